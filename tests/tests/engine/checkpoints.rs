//! Checkpoints: what is stored, when, and what is done again.
use super::*;

#[durable]
pub(crate) async fn three_steps(world: &World) -> Vec<usize> {
    let a = world.tries("a").await;
    let b = world.tries("b").await;
    let c = world.tries("c").await;
    vec![a, b, c]
}

#[test]
fn a_step_that_was_committed_is_never_done_again() -> Outcome {
    let runs = TestRuntime::new().env_with(World::default).register(three_steps).crash_everywhere(async |rt| {
        let tries = rt.start(three_steps, ()).await?.result().await?;
        let world = rt.env::<World>().unwrap();
        assert_eq!(tries.iter().sum::<usize>(), world.total(), "what a step gave is what its last try gave");
        assert!(world.total() <= 4, "one crash, so one step at most was under way: {:?}", world.tries);
        Ok(())
    })?;
    assert_eq!(runs, 1 + 2 * 4);
    Ok(())
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Report {
    heard: Vec<u32>,
    child: Result<u32, JoinError>,
    echo: u32,
}

/// All that a checkpoint holds: messages in and out, children, progress.
#[durable]
async fn busy(world: &World) -> Report {
    let mut heard = Vec::new();
    for n in 0..4u32 {
        heard.push(receive("numbers").await);
        let key = idempotency_key().await;
        world.does(&key, &format!("step {n}")).await;
        progress(n).await;
    }
    let child = spawn(adds, (heard.clone(), own_id().await)).await;
    let echo: u32 = receive("echo").await;
    let sum = child.join().await;
    Report { heard, child: sum, echo }
}

#[durable]
async fn adds(world: &World, numbers: Vec<u32>, parent: Id) -> u32 {
    let key = idempotency_key().await;
    world.does(&key, "add").await;
    let sum = numbers.iter().sum();
    send(parent, "echo", sum + 1).await;
    sum
}

#[test]
fn a_checkpoint_is_there_as_a_whole_or_not_at_all() -> Outcome {
    let runs = TestRuntime::new().env_with(World::default).register(busy).register(adds).crash_everywhere(async |rt| {
        let busy = rt.start_as("busy", busy, ()).await?;
        for n in 0..4 {
            busy.send_with_key("numbers", &format!("{n}"), &(10 * n)).await?;
            busy.send_with_key("numbers", &format!("{n}"), &99).await?; // the same key: not delivered
        }
        let report = busy.result().await?;
        assert_eq!(report, Report { heard: vec![0, 10, 20, 30], child: Ok(60), echo: 61 });
        assert_eq!(busy.inspect().await?.progress::<u32>()?, Some(3));
        let done: Vec<String> = rt.env::<World>().unwrap().done.lock().unwrap().values().cloned().collect();
        assert_eq!(done, ["step 0", "step 1", "step 2", "step 3", "add"], "each once, by its key");
        let sends = rt.sends();
        assert_eq!(sends.len(), 1, "what was sent is sent once: {sends:?}");
        assert_eq!(rt.list(Default::default(), None, 10).await?.records.len(), 2, "and one child is there");
        Ok(())
    })?;
    assert!(runs > 10, "{runs}");
    Ok(())
}

#[durable]
pub(crate) async fn numbers(count: u32) -> Vec<u32> {
    let mut heard = Vec::new();
    for _ in 0..count {
        heard.push(receive("numbers").await);
    }
    heard
}

#[test]
fn messages_are_received_once_and_in_their_order() -> Outcome {
    for cache in [0, 100] {
        TestRuntime::new().cache(cache).register(numbers).crash_everywhere(async |rt| {
            let numbers = rt.start(numbers, (20,)).await?;
            for n in 0..20u32 {
                numbers.send("numbers", &n).await?;
                if n % 3 == 0 {
                    rt.settle().await;
                }
            }
            assert_eq!(numbers.result().await?, (0..20).collect::<Vec<_>>());
            Ok(())
        })?;
    }
    Ok(())
}

#[durable]
async fn draws(world: &World) -> (u64, String, String) {
    let drawn = (random::<u64>().await, uuid().await, idempotency_key().await);
    world.does("first", &format!("{drawn:?}")).await;
    world.does("second", &format!("{drawn:?}")).await;
    drawn
}

#[test]
fn what_was_drawn_before_a_step_is_the_same_on_every_try() -> Outcome {
    TestRuntime::new().env_with(World::default).register(draws).crash_everywhere(async |rt| {
        let drawn = rt.start_as("it", draws, ()).await?.result().await?;
        let tries: BTreeSet<String> = rt.env::<World>().unwrap().tries.lock().unwrap().iter().cloned().collect();
        assert_eq!(tries, BTreeSet::from([format!("{drawn:?}")]));
        assert_eq!(drawn.2, "it#0");
        Ok(())
    })?;
    Ok(())
}

#[durable]
async fn breaks(world: &World, at: usize) -> usize {
    let first = world.tries("first").await;
    if world.tries("second").await < at {
        panic!("the second step broke");
    }
    first
}

#[test]
fn a_panic_is_tried_again_from_the_last_checkpoint_and_then_rests() -> Outcome {
    let rt = TestRuntime::new().env_with(World::default).register(breaks).retries(3, Duration::from_secs(1));
    rt.run(async |rt| {
        assert_eq!(rt.start(breaks, (3,)).await?.result().await?, 1, "the first step was not done again");
        Ok(())
    })?;
    rt.run(async |rt| {
        let breaks = rt.start(breaks, (5,)).await?;
        rt.advance(DAY).await;
        let rests = breaks.inspect().await?;
        assert_eq!((rests.status, rests.error.as_deref()), (Status::Quarantined, Some("it panicked: the second step broke")));
        assert_eq!(rt.env::<World>().unwrap().tried("second"), 3);
        assert!(!rests.frames()?.is_empty(), "it stands where it stood");

        assert!(rt.resume(breaks.id()).await?);
        assert_eq!(breaks.result().await?, 1, "the fourth try breaks, the fifth does not");
        assert!(!rt.resume(breaks.id()).await?);
        Ok(())
    })
}

#[durable(name = "moves")]
pub(crate) async fn moves_old(text: String) -> String {
    receive::<()>("go").await;
    text
}

pub(crate) mod newer {
    use super::*;
    #[durable(name = "moves")]
    pub async fn moves(count: u64) -> u64 {
        receive::<()>("go").await;
        count
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coroutine_that_does_not_fit_the_program_rests_until_one_comes_that_it_fits() -> Outcome {
    let store = Arc::new(Memory::new());
    let old = Runtime::builder(store.clone()).register(moves_old).start().await?;
    let it = old.start_as("it", moves_old, ("kept".into(),)).await?;
    status(&it, Status::Waiting).await?;
    old.shutdown().await;

    let new = Runtime::builder(store.clone()).register(newer::moves).start().await?;
    let it = new.handle::<String>("it")?;
    it.send("go", &()).await?;
    status(&it, Status::Quarantined).await?;
    let error = it.inspect().await?.error.clone().unwrap_or_default();
    assert!(error.contains("`text` was stored and is not kept here"), "{error}");
    let other = new.start_as("other", newer::moves, (1,)).await?;
    status(&other, Status::Waiting).await?;
    new.shutdown().await;

    let old = Runtime::builder(store).register(moves_old).start().await?;
    assert!(old.resume(it.id()).await?);
    assert_eq!(old.handle::<String>("it")?.result().await?, "kept");
    other.send("go", &()).await?;
    status(&other, Status::Quarantined).await?;
    other.cancel().await?;
    status(&other, Status::Cancelled).await?;
    old.shutdown().await;
    Ok(())
}

/// What cannot be stored, and passes from one step to the next.
struct Connection(Arc<AtomicUsize>);
#[derive(Default)]
struct Database(Arc<AtomicUsize>);
impl Database {
    async fn connect(&self) -> Connection {
        self.0.fetch_add(1, Ordering::Relaxed);
        Connection(self.0.clone())
    }
}
impl Connection {
    async fn query(self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[durable]
async fn asks_database(database: &Database) -> usize {
    let connection = database.connect().await;
    connection.query().await
}

#[test]
fn steps_around_what_cannot_be_stored_are_one() -> Outcome {
    TestRuntime::new().env_with(Database::default).register(asks_database).crash_everywhere(async |rt| {
        rt.start(asks_database, ()).await?.result().await?;
        assert_eq!(rt.checkpoints(), 2, "before the first, and the end");
        Ok(())
    })?;
    Ok(())
}

#[durable]
async fn hot_loop(world: &World) -> u64 {
    let mut sum = 0;
    for n in 0..100 {
        sum += ready(n).await;
        if n == 49 {
            checkpoint().await;
            world.tries("half").await;
        }
    }
    sum
}

#[test]
fn only_what_is_asked_for_is_stored_if_so_registered() -> Outcome {
    let rt = TestRuntime::new().env_with(World::default).register_with(hot_loop, Checkpoints::Asked);
    let runs = rt.crash_everywhere(async |rt| {
        assert_eq!(rt.start(hot_loop, ()).await?.result().await?, 4950);
        assert_eq!(rt.checkpoints(), 2);
        Ok(())
    })?;
    assert_eq!(runs, 5);
    Ok(())
}

static ALIVE: AtomicUsize = AtomicUsize::new(0);
struct Counted;
impl Counted {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Counted
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}
impl Serialize for Counted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ().serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Counted::new())
    }
}

#[durable]
async fn holds_and_sleeps() {
    let _held = Counted::new();
    sleep(DAY).await;
}

#[test]
fn who_sleeps_is_not_in_memory() -> Outcome {
    TestRuntime::new().cache(3).register(holds_and_sleeps).run(async |rt| {
        let mut handles = Vec::new();
        for _ in 0..500 {
            handles.push(rt.start(holds_and_sleeps, ()).await?);
        }
        rt.settle().await;
        assert_eq!(ALIVE.load(Ordering::Relaxed), 3, "those in the cache");
        for handle in handles {
            handle.result().await?;
        }
        assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
        Ok(())
    })
}
