//! What is taken from the environment: resources, and functions by their names.
use super::*;

/// Held by value, and never stored.
#[derive(Clone)]
struct Pool {
    port: u16,
}
impl Resource for Pool {}

#[derive(Serialize, Deserialize)]
struct Job {
    pool: Env<Pool>,
    rows: u16,
}

#[durable]
async fn copies(pool: Env<Pool>) -> Vec<u16> {
    let mine = Pool::clone(&pool);
    let mut ports = vec![mine.port];
    let job: Job = receive("job").await;
    for _ in 0..job.rows {
        ports.extend([pool.port, job.pool.port, mine.port, looks(mine.clone()).await]);
    }
    ports
}

#[durable]
async fn looks(pool: Pool) -> u16 {
    sleep(Duration::from_millis(1)).await;
    pool.port
}

#[durable]
async fn order(pool: &Pool, lines: &[u16], mut note: Option<&mut String>) -> String {
    let mut sum = pool.port;
    for line in lines {
        sleep(Duration::from_millis(1)).await;
        sum += line;
        if let Some(note) = note.as_deref_mut() {
            note.push('.');
        }
    }
    format!("{sum}{}", note.as_deref().map_or("", String::as_str))
}

#[durable(root = order_kept(lines, note))]
async fn order_in(pool: &Pool, lines: &[u16], note: Option<&mut String>) -> String {
    order(pool, lines, note).await
}

#[test]
fn roots_keep_the_data_that_functions_borrow() -> Outcome {
    TestRuntime::new().env(Pool { port: 7 }).register(order_kept).crash_everywhere(async |rt| {
        let it = rt.start_as("it", order_kept, (vec![1, 2], Some("noted".to_owned()))).await?;
        assert_eq!(it.result().await?, "10noted..");
        let it = rt.start_as("without", order_kept, (vec![3], None)).await?;
        assert_eq!(it.result().await?, "10");
        Ok(())
    })?;
    Ok(())
}

/// A pool that its starter had, which nobody has where it runs.
fn elsewhere() -> Env<Pool> {
    Env::new(Pool { port: 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_that_of_the_runtime_that_goes_on() -> Outcome {
    let store = Arc::new(Memory::new());
    let worker = |port| Runtime::builder(store.clone()).env(Pool { port }).register(copies).start();
    let first = worker(1).await?;
    status(&first.start_as("it", copies, (elsewhere(),)).await?, Status::Waiting).await?;
    first.shutdown().await;

    let second = worker(2).await?;
    let it = second.handle::<Vec<u16>>("it")?;
    it.send("job", &Job { pool: elsewhere(), rows: 2 }).await?;
    assert_eq!(it.result().await?, [1, 2, 2, 2, 2, 2, 2, 2, 2]);
    second.shutdown().await;
    Ok(())
}

#[test]
fn resources_are_there_whatever_crashes() -> Outcome {
    TestRuntime::new().env(Pool { port: 7 }).register(copies).crash_everywhere(async |rt| {
        let it = rt.start_as("it", copies, (elsewhere(),)).await?;
        it.send_with_key("job", "job", &Job { pool: elsewhere(), rows: 2 }).await?;
        assert_eq!(it.result().await?, [7; 9]);
        Ok(())
    })?;
    Ok(())
}

#[tokio::test]
async fn a_resource_that_a_function_takes_is_asked_for_before_it_runs() -> Outcome {
    let lacks = Runtime::builder(Memory::new()).register(copies).start().await;
    let told = lacks.err().ok_or("it started")?.to_string();
    assert!(told.contains("::copies` takes a `Env<engine::environment::Pool>`, and there is none: give it one with `env`"), "{told}");
    Ok(())
}

/// Nothing in its parameters says what it holds.
#[durable]
async fn opens() -> u16 {
    let pool = Arc::new(Pool { port: 1 });
    receive::<()>("go").await;
    pool.port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coroutine_rests_where_its_resource_is_not_there() -> Outcome {
    let store = Arc::new(Memory::new());
    let lacks = Runtime::builder(store.clone()).cache(0).register(opens).start().await?;
    let it = lacks.start_as("it", opens, ()).await?;
    status(&it, Status::Waiting).await?;
    it.send("go", &()).await?;
    status(&it, Status::Quarantined).await?;
    let error = it.inspect().await?.error.clone().unwrap_or_default();
    for part in [
        "`pool` in `engine::environment::opens` at `",
        "the environment has no `engine::environment::Pool`",
        "or `env` where a runtime is built",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    lacks.shutdown().await;

    let has = Runtime::builder(store).env(Pool { port: 2 }).register(opens).start().await?;
    assert!(has.resume(it.id()).await?);
    assert_eq!(has.handle::<u16>("it")?.result().await?, 2, "nothing is lost");
    has.shutdown().await;
    Ok(())
}

#[durable]
async fn prices(pool: Env<Pool>, order: u64) -> u64 {
    sleep(DAY).await;
    order * u64::from(pool.port)
}

#[durable]
async fn ships(order: u64) -> u64 {
    let by: u64 = receive("by").await;
    order + by
}

/// Which functions it awaits, only its variables say.
#[durable]
async fn works(pool: Env<Pool>, order: u64) -> u64 {
    let jobs: Vec<Erased<u64>> = vec![erase(prices(pool, order)), erase(ships(order))];
    sleep(DAY).await;
    let mut sum = 0;
    for job in jobs {
        sum += job.await;
    }
    sum
}

#[test]
fn erased_coroutines_find_their_functions_whatever_crashes() -> Outcome {
    let tests = TestRuntime::new().env(Pool { port: 10 }).register(works).register(prices).register(ships);
    tests.crash_everywhere(async |rt| {
        let it = rt.start_as("it", works, (elsewhere(), 7)).await?;
        it.send_with_key("by", "by", &5u64).await?;
        assert_eq!(it.result().await?, 82);
        Ok(())
    })?;
    Ok(())
}

#[test]
fn a_coroutine_rests_where_a_function_that_it_holds_is_not_registered() -> Outcome {
    TestRuntime::new().cache(0).env(Pool { port: 10 }).register(works).register(prices).run(async |rt| {
        let it = rt.start(works, (elsewhere(), 7)).await?;
        rt.settle().await;
        rt.advance(DAY).await;
        rt.settle().await;
        assert_eq!(it.status().await?, Status::Quarantined);
        let error = it.inspect().await?.error.clone().unwrap_or_default();
        for part in [
            "`jobs` in `engine::environment::works` at `",
            "no function `engine::environment::ships`",
            "or `register` where a runtime is built",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
        Ok(())
    })
}
