//! Versions of a function, and workers beside each other.
use super::*;
use crate::checkpoints::three_steps;

mod version_1 {
    use super::*;
    #[durable(name = "invoice")]
    pub async fn invoice(cents: u32) -> u32 {
        receive::<()>("send").await;
        cents
    }
}

#[durable(name = "invoice 2")]
async fn invoice(cents: u32, currency: String) -> String {
    receive::<()>("send").await;
    format!("{cents} {currency}")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_of_a_function_run_side_by_side() -> Outcome {
    let store = Arc::new(Memory::new());
    let before = Runtime::builder(store.clone()).register(version_1::invoice).start().await?;
    let old = before.start_as("old", version_1::invoice, (7,)).await?;
    status(&old, Status::Waiting).await?;
    before.shutdown().await;

    let runtime = Runtime::builder(store).register(version_1::invoice).register(invoice).start().await?;
    let new = runtime.start_as("new", invoice, (8, "EUR".into())).await?;
    let old = runtime.handle::<u32>("old")?;
    old.send("send", &()).await?;
    new.send("send", &()).await?;
    assert_eq!((old.result().await?, new.result().await?), (7, "8 EUR".to_string()));
    runtime.shutdown().await;
    Ok(())
}

#[durable]
async fn accepts(world: &World, name: String) -> String {
    progress(format!("{name} waits")).await;
    let answer: String = receive("answers").await;
    let key = idempotency_key().await;
    world.does(&key, &answer).await;
    format!("{name}: {answer}")
}

/// (`coroutine-runtime/tests/crash.rs` does it from another process.)
#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_file_open_starts_sends_and_looks_while_a_worker_runs() -> Outcome {
    let directory = std::env::temp_dir().join(format!("engine-two-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let path = directory.join("store.db");
    let runtime = Runtime::builder(Sqlite::open(&path)?).env(World::default()).register(accepts).start().await?;

    let client = Client::new(Sqlite::open(&path)?); // which has no world
    let (one, other) = (client.start(accepts, ("one".into(),)).await?, client.start(accepts, ("other".into(),)).await?);
    status(&one, Status::Waiting).await?;
    assert_eq!(one.inspect().await?.progress::<String>()?.as_deref(), Some("one waits"));
    assert_eq!(one.inspect().await?.frames()?.last().map(|frame| frame.function.to_string()).as_deref(), Some("receive"));
    one.send("answers", "yes").await?;
    assert_eq!(one.result().await?, "one: yes");
    other.cancel().await?;
    assert!(matches!(other.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
    let page = client.list(Default::default(), None, 10).await?;
    assert_eq!(page.records.iter().filter(|record| record.end.is_some()).count(), 2);
    runtime.shutdown().await;
    drop(client);
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

struct Stop(std::sync::atomic::AtomicBool);

#[durable]
async fn goes_round(stop: &Stop) -> u64 {
    let mut rounds = 0;
    while !ready(stop.0.load(Ordering::Relaxed)).await {
        rounds += 1;
    }
    rounds
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_waits_gives_way_to_others() -> Outcome {
    let stop = Arc::new(Stop(false.into()));
    let builder = Runtime::builder(Memory::new()).env_shared(stop.clone()).env(World::default()).concurrency(1);
    let runtime = builder.register(goes_round).register(three_steps).start().await?;
    let round = runtime.start(goes_round, ()).await?;
    status(&round, Status::Running).await?;
    let other = runtime.start(three_steps, ()).await?;
    assert_eq!(tokio::time::timeout(Duration::from_secs(60), other.result()).await??, [1, 1, 1]);
    stop.0.store(true, Ordering::Relaxed);
    let rounds = round.result().await?;
    let revision = round.inspect().await?.revision;
    assert!(revision > rounds, "each round is a checkpoint: {rounds} rounds, revision {revision}");
    runtime.shutdown().await;
    Ok(())
}

#[durable]
async fn passes_gate(gate: &Gate, world: &World) -> usize {
    let before = world.tries("before").await;
    arrives(gate, world).await;
    before + world.tries("after").await
}

async fn arrives(gate: &Gate, world: &World) {
    world.tries("gate").await;
    gate.passes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_steps_land_and_loses_nothing() -> Outcome {
    let store = Arc::new(Memory::new());
    let (gate, world) = (Arc::new(Gate(tokio::sync::Semaphore::new(0))), Arc::new(World::default()));
    let worker = || Runtime::builder(store.clone()).env_shared(gate.clone()).env_shared(world.clone()).register(passes_gate).start();
    let first = worker().await?;
    let it = Client::new(store.clone()).handle::<usize>(first.start(passes_gate, ()).await?.id().as_str())?;
    while world.tried("gate") == 0 {
        tokio::task::yield_now().await;
    }
    let mut ends = std::pin::pin!(first.shutdown());
    assert!(std::future::poll_fn(|context| std::task::Poll::Ready(ends.as_mut().poll(context))).await.is_pending());
    gate.0.add_permits(1);
    ends.await;
    assert_eq!(it.status().await?, Status::Ready, "given back at once");
    assert_eq!(world.tried("after"), 0, "and nothing new was begun");

    let second = worker().await?;
    assert_eq!(it.result().await?, 2, "each step was done once: the gate would not open twice");
    second.shutdown().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn coroutines_that_run_are_bounded() -> Outcome {
    let gate = Arc::new(Gate(tokio::sync::Semaphore::new(0)));
    let world = Arc::new(World::default());
    let builder = Runtime::builder(Memory::new()).env_shared(gate.clone()).env_shared(world.clone());
    let runtime = builder.register(passes_gate).concurrency(4).start().await?;
    let mut handles = Vec::new();
    for _ in 0..20 {
        handles.push(runtime.start(passes_gate, ()).await?);
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert!(world.tried("before") <= 4);
    }
    gate.0.add_permits(20);
    for handle in handles {
        handle.result().await?;
    }
    assert_eq!(world.total(), 60);
    runtime.shutdown().await;
    Ok(())
}

#[durable]
async fn counts_to(n: usize, world: &World) -> usize {
    let mut given = 0;
    for step in 0..n {
        let key = idempotency_key().await;
        world.does(&key, &format!("{step}")).await;
        given += ready(1).await;
    }
    given
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_taken_for_dead_write_nothing_more() -> Outcome {
    let store = Arc::new(Memory::new());
    let world = Arc::new(World::default());
    // Leases that are too short to be kept: they depose each other, with steps under way, all the time.
    let worker = || {
        let builder = Runtime::builder(store.clone()).env_shared(world.clone()).register(counts_to);
        builder.lease(Duration::from_millis(4)).retries(u32::MAX, Duration::ZERO).on_error(|_| {}).start()
    };
    let (first, second) = (worker().await?, worker().await?);
    let client = Client::new(store.clone());
    let mut handles = Vec::new();
    for n in 0..40 {
        handles.push(client.start_as(format!("it-{n}"), counts_to, (20,)).await?);
    }
    for handle in &handles {
        assert_eq!(tokio::time::timeout(Duration::from_secs(60), handle.result()).await??, 20);
        assert_eq!(handle.inspect().await?.revision, 41, "a checkpoint before each step, and the end: no more were written");
    }
    assert_eq!(world.done.lock().unwrap().len(), 40 * 20, "nobody has drawn a key that another did not");
    println!("{} steps were done again", world.total() - 40 * 20);
    first.shutdown_within(Duration::from_secs(1)).await;
    second.shutdown_within(Duration::from_secs(1)).await;
    Ok(())
}
