//! What the engine guarantees, each by a test that tries to break it. Most crash at every checkpoint, before it and after it; all run in
//! virtual time, or on real stores where two workers meet.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
use coroutine_runtime::store::{INBOX_MAX, Id, Memory, Sqlite, Status};
use coroutine_runtime::{
    Checkpoints, Child, Client, Env, Erased, JoinError, Resource, RuntimeError, StartError, TestRuntime, cancel, cancelled, checkpoint,
    erase, idempotency_key, join, now, own_id, prelude::*, progress, race, random, receive, select, send, sleep, sleep_until, spawn,
    spawn_as, timeout, uuid,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const DAY: Duration = Duration::from_secs(86_400);

/// The world outside: what was done there, try by try.
#[derive(Default)]
struct World {
    tries: Mutex<Vec<String>>,
    done: Mutex<BTreeMap<String, String>>,
}

impl World {
    /// Done once for each key, however often it is tried.
    async fn does(&self, key: &str, what: &str) {
        self.tries.lock().unwrap().push(what.into());
        tokio::task::yield_now().await;
        self.done.lock().unwrap().entry(key.into()).or_insert_with(|| what.into());
    }

    async fn tries(&self, what: &str) -> usize {
        self.tries.lock().unwrap().push(what.into());
        tokio::task::yield_now().await;
        self.tried(what)
    }

    fn tried(&self, what: &str) -> usize {
        self.tries.lock().unwrap().iter().filter(|tried| *tried == what).count()
    }

    fn total(&self) -> usize {
        self.tries.lock().unwrap().len()
    }
}

// ---- checkpoints ------------------------------------------------------------------------------------

#[durable]
async fn three_steps(world: &World) -> Vec<usize> {
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
async fn numbers(count: u32) -> Vec<u32> {
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

// ---- time -------------------------------------------------------------------------------------------

#[durable]
async fn naps(times: u32) -> Vec<u64> {
    let mut woke = Vec::new();
    let begin = now().await;
    for n in 1..=times {
        sleep(DAY * n).await;
        woke.push(now().await.duration_since(begin).unwrap_or_default().as_secs());
    }
    sleep_until(begin + DAY * 100).await;
    woke.push(now().await.duration_since(begin).unwrap_or_default().as_secs());
    woke
}

#[test]
fn timers_fire_at_their_time_whatever_crashes() -> Outcome {
    let day = DAY.as_secs();
    TestRuntime::new().register(naps).crash_everywhere(async |rt| {
        let naps = rt.start(naps, (3,)).await?;
        for _ in 0..5 {
            rt.advance(DAY / 2).await;
            rt.crash().await?;
        }
        assert_eq!(naps.result().await?, [day, 3 * day, 6 * day, 100 * day], "to the millisecond, in virtual time");
        Ok(())
    })?;
    Ok(())
}

#[durable]
async fn patient() -> Vec<Result<u32, coroutine_runtime::Elapsed>> {
    let early = timeout!(DAY, receive::<u32>("answers"));
    let late = timeout!(DAY, receive::<u32>("answers"));
    sleep(DAY * 10).await;
    let stays = timeout!(DAY, receive::<u32>("answers"));
    vec![early, late, stays]
}

#[test]
fn a_message_or_a_time_whichever_is_first() -> Outcome {
    TestRuntime::new().register(patient).crash_everywhere(async |rt| {
        let patient = rt.start(patient, ()).await?;
        rt.advance(DAY / 2).await;
        patient.send_with_key("answers", "1", &1).await?;
        rt.advance(DAY * 2).await; // the second wait is over by now
        patient.send_with_key("answers", "2", &2).await?; // and this stays in the inbox for the third
        assert_eq!(patient.result().await?, [Ok(1), Err(coroutine_runtime::Elapsed), Ok(2)]);
        Ok(())
    })?;
    Ok(())
}

// ---- values that are drawn --------------------------------------------------------------------------

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

// ---- panics -----------------------------------------------------------------------------------------

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
async fn moves_old(text: String) -> String {
    receive::<()>("go").await;
    text
}

mod newer {
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

/// Waits until a coroutine is doing this.
async fn status<R>(it: &Handle<R>, wanted: Status) -> Outcome {
    for _ in 0..2000 {
        if it.status().await? == wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(format!("it is {:?}, not {wanted:?}", it.inspect().await?).into())
}

// ---- cancellation -----------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
struct Guard(String);
static DROPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());
impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.lock().unwrap().push(self.0.clone());
    }
}

#[durable]
async fn family(depth: u32) -> u32 {
    let _guard = Guard(format!("cancelled at {depth}"));
    if depth == 0 {
        receive::<()>("never").await;
        return 0;
    }
    let child = spawn(family, (depth - 1,)).await;
    child.join().await.unwrap_or(99)
}

#[test]
fn a_request_to_cancel_reaches_children_and_drops_what_they_hold() -> Outcome {
    TestRuntime::new().register(family).run(async |rt| {
        let top = rt.start_as("top", family, (2,)).await?;
        rt.settle().await;
        DROPPED.lock().unwrap().clear();
        top.cancel().await?;
        assert!(matches!(top.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        rt.settle().await;
        for id in ["top", "top/0", "top/0/0"] {
            assert_eq!(rt.handle::<u32>(id)?.status().await?, Status::Cancelled, "{id}");
        }
        let dropped: BTreeSet<String> = DROPPED.lock().unwrap().iter().cloned().collect();
        assert_eq!(dropped.len(), 3, "{dropped:?}");
        assert!(matches!(top.cancel().await, Err(RuntimeError::Ended(_))));
        Ok(())
    })
}

#[durable]
async fn tidies(world: &World) -> String {
    let booked = idempotency_key().await;
    world.does(&booked, "book").await;
    select! {
        _ = receive::<()>("confirm") => "confirmed".to_string(),
        () = cancelled() => {
            sleep(DAY).await;
            world.does(&format!("{booked} undone"), "undo").await;
            "tidied".to_string()
        }
    }
}

#[test]
fn who_waits_for_the_request_cleans_up_durably() -> Outcome {
    TestRuntime::new().env_with(World::default).register(tidies).crash_everywhere(async |rt| {
        let tidies = rt.start(tidies, ()).await?;
        rt.advance(DAY).await;
        tidies.cancel().await?;
        assert_eq!(tidies.result().await?, "tidied");
        let done: Vec<String> = rt.env::<World>().unwrap().done.lock().unwrap().values().cloned().collect();
        assert_eq!(done, ["book", "undo"]);
        Ok(())
    })?;
    TestRuntime::new().env_with(World::default).register(tidies).run(async |rt| {
        let tidies = rt.start(tidies, ()).await?;
        rt.settle().await;
        tidies.cancel().await?;
        rt.settle().await;
        tidies.cancel().await?; // it tidies up, and nobody waits for this one
        assert!(matches!(tidies.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        assert_eq!(rt.env::<World>().unwrap().tried("undo"), 0);
        Ok(())
    })
}

struct Slow;
impl Slow {
    async fn never(&self) {
        std::future::pending().await
    }
}

#[durable]
async fn stuck(slow: &Slow) {
    let _guard = Guard("stuck".into());
    slow.never().await
}

#[test]
fn a_step_that_is_under_way_is_dropped_by_a_request_to_cancel() -> Outcome {
    TestRuntime::new().env(Slow).register(stuck).run(async |rt| {
        let stuck = rt.start(stuck, ()).await?;
        rt.settle().await;
        assert_eq!(stuck.status().await?, Status::Running);
        stuck.cancel().await?;
        assert!(matches!(stuck.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        Ok(())
    })
}

// ---- parents and children -----------------------------------------------------------------------------

#[durable]
async fn doomed(how: String) -> u32 {
    if how == "panics" {
        panic!("doomed");
    }
    receive("never").await
}

#[durable]
async fn watches(how: String) -> Result<u32, JoinError> {
    let child = spawn_as(Id::new("child").map_err(|error| JoinError::Value(error.to_string()))?, doomed, (how,)).await;
    child.join().await
}

#[test]
fn a_parent_sees_how_its_child_ended() -> Outcome {
    let rt = TestRuntime::new().register(doomed).register(watches).retries(2, Duration::from_secs(1));
    rt.run(async |rt| {
        let parent = rt.start(watches, ("panics".into(),)).await?;
        rt.advance(DAY).await;
        assert_eq!(parent.status().await?, Status::Waiting, "a child in quarantine has not ended");
        assert!(rt.fail(&Id::new("child")?, "nobody mends it").await?);
        assert_eq!(parent.result().await?, Err(JoinError::Failed("nobody mends it".into())));
        Ok(())
    })?;
    rt.run(async |rt| {
        let parent = rt.start(watches, ("waits".into(),)).await?;
        rt.settle().await;
        rt.handle::<u32>("child")?.cancel().await?;
        assert_eq!(parent.result().await?, Err(JoinError::Cancelled));
        Ok(())
    })
}

#[durable]
async fn square(n: u64) -> u64 {
    n * n
}

#[durable]
async fn fans_out(to: u64) -> u64 {
    let mut children: Vec<Child<u64>> = Vec::new();
    for n in 1..=to {
        children.push(spawn(square, (n,)).await);
    }
    let mut sum = 0;
    for child in &children {
        sum += child.join().await.unwrap_or_default();
    }
    sum
}

#[test]
fn children_are_started_once_and_joined_whatever_crashes() -> Outcome {
    TestRuntime::new().register(square).register(fans_out).crash_everywhere(async |rt| {
        assert_eq!(rt.start(fans_out, (5,)).await?.result().await?, 55);
        assert_eq!(rt.list(Default::default(), None, 100).await?.records.len(), 6);
        Ok(())
    })?;
    TestRuntime::new().register(square).register(fans_out).run(async |rt| {
        assert_eq!(rt.start(fans_out, (1000,)).await?.result().await?, 333_833_500);
        Ok(())
    })
}

#[durable]
async fn stops_another(whom: Id) {
    cancel(whom).await;
}

#[test]
fn a_coroutine_cancels_another() -> Outcome {
    TestRuntime::new().register(numbers).register(stops_another).crash_everywhere(async |rt| {
        let numbers = rt.start(numbers, (3,)).await?;
        rt.settle().await;
        rt.start(stops_another, (numbers.id().clone(),)).await?.result().await?;
        assert!(matches!(numbers.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
        Ok(())
    })?;
    Ok(())
}

// ---- several things at once -----------------------------------------------------------------------------

#[durable]
async fn beside(world: &World) -> (usize, u32, &'static str) {
    let (steps, heard) = join!(several(world), receive::<u32>("numbers"));
    let first = race!(late("day", DAY), late("hour", DAY / 24));
    (steps, heard, first)
}

#[durable]
async fn several(world: &World) -> usize {
    let mut tried = 0;
    for n in 0..3 {
        tried += world.tries(&format!("step {n}")).await;
    }
    tried
}

#[durable]
async fn late(what: &'static str, time: Duration) -> &'static str {
    sleep(time).await;
    what
}

#[test]
fn branches_wait_and_work_beside_each_other() -> Outcome {
    TestRuntime::new().env_with(World::default).register(beside).crash_everywhere(async |rt| {
        let id = rt.start(beside, ()).await?.id().clone();
        let it = rt.handle::<(usize, u32, String)>(id.as_str())?;
        rt.advance(Duration::from_secs(1)).await;
        it.send_with_key("numbers", "once", &7).await?;
        let (steps, heard, first) = it.result().await?;
        assert_eq!((heard, &*first), (7, "hour"));
        assert_eq!(steps, rt.env::<World>().unwrap().total());
        assert!(steps <= 4);
        Ok(())
    })?;
    Ok(())
}

struct Gate(tokio::sync::Semaphore);
impl Gate {
    async fn passes(&self) -> u32 {
        self.0.acquire().await.unwrap().forget();
        1
    }
}

#[durable]
async fn hears_beside_a_step(gate: &Gate) -> u32 {
    race!(gate.passes(), hears())
}

#[durable]
async fn hears() -> u32 {
    receive("numbers").await
}

#[test]
fn what_comes_beside_a_step_that_is_under_way_is_heard_at_once() -> Outcome {
    TestRuntime::new().env(Gate(tokio::sync::Semaphore::new(0))).register(hears_beside_a_step).run(async |rt| {
        let it = rt.start(hears_beside_a_step, ()).await?;
        rt.settle().await;
        assert_eq!(it.status().await?, Status::Running);
        it.send("numbers", &2).await?;
        assert_eq!(it.result().await?, 2);
        Ok(())
    })
}

// ---- what is stored, and when ---------------------------------------------------------------------------

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

// ---- resources ------------------------------------------------------------------------------------------

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
    assert!(told.contains("::copies` takes a `Env<engine::Pool>`, and there is none: give it one with `env`"), "{told}");
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
    for part in ["`pool` in `engine::opens` at `", "the environment has no `engine::Pool`", "or `env` where a runtime is built"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    lacks.shutdown().await;

    let has = Runtime::builder(store).env(Pool { port: 2 }).register(opens).start().await?;
    assert!(has.resume(it.id()).await?);
    assert_eq!(has.handle::<u16>("it")?.result().await?, 2, "nothing is lost");
    has.shutdown().await;
    Ok(())
}

// ---- erased coroutines ----------------------------------------------------------------------------------

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
        for part in ["`jobs` in `engine::works` at `", "no function `engine::ships`", "or `register` where a runtime is built"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        Ok(())
    })
}

// ---- what is refused ------------------------------------------------------------------------------------

trait Mailer: Send + Sync {
    fn name(&self) -> String;
}
struct Smtp;
impl Mailer for Smtp {
    fn name(&self) -> String {
        "smtp".into()
    }
}
struct Service {
    prefix: String,
}
impl Service {
    #[durable]
    async fn mails(&self, mailer: &dyn Mailer, text: String) -> String {
        format!("{}{} by {}", self.prefix, ready(text).await, mailer.name())
    }
}

#[test]
fn methods_and_traits_are_lent_by_the_environment() -> Outcome {
    let rt = TestRuntime::new().env(Service { prefix: "> ".into() }).env_shared::<dyn Mailer>(Arc::new(Smtp)).register(Service::mails);
    rt.run(async |rt| {
        assert_eq!(rt.start(Service::mails, ("hi".into(),)).await?.result().await?, "> hi by smtp");
        Ok(())
    })
}

#[tokio::test]
async fn what_functions_lack_is_told_by_name() -> Outcome {
    let lacks = Runtime::builder(Memory::new()).env(Smtp).register(Service::mails).register(three_steps).start().await;
    let told = lacks.err().ok_or("it started")?.to_string();
    for part in ["::mails` takes a `&engine::Service`", "&dyn engine::Mailer", "::three_steps` takes a `&engine::World`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let twice = Runtime::builder(Memory::new()).register(moves_old).register(newer::moves).start().await;
    assert!(twice.err().ok_or("it started")?.to_string().contains("two functions are registered as `moves`"));
    Ok(())
}

#[test]
fn an_id_is_taken_once() -> Outcome {
    TestRuntime::new().register(square).register(numbers).run(async |rt| {
        let one = rt.start_as("it", square, (3,)).await?;
        let same = rt.start_as("it", square, (3,)).await?;
        assert_eq!((one.result().await?, same.result().await?), (9, 9));
        assert_eq!(rt.start_as("it", square, (3,)).await?.result().await?, 9, "after its end, too");
        assert!(matches!(rt.start_as("it", square, (4,)).await, Err(StartError::Taken(_))));
        assert!(matches!(rt.start_as("it", numbers, (3,)).await, Err(StartError::Taken(_))));
        assert!(matches!(rt.start_as("", square, (3,)).await, Err(StartError::Id(_))));
        assert!(matches!(rt.handle::<u64>("nobody")?.result().await, Err(RuntimeError::Unknown(_))));
        assert!(matches!(rt.handle::<u64>("nobody")?.send("numbers", &1).await, Err(RuntimeError::Unknown(_))));
        assert!(matches!(one.send("numbers", &1).await, Err(RuntimeError::Ended(_))));
        Ok(())
    })
}

#[durable]
async fn grows(bytes: usize) -> usize {
    let text = "x".repeat(bytes);
    ready(()).await;
    text.len()
}

#[durable]
async fn sends_much(bytes: usize) {
    let whom = own_id().await;
    send(whom, "much", "x".repeat(bytes)).await;
    receive::<()>("never").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_rests_and_says_so() -> Outcome {
    let runtime = Runtime::builder(Memory::new()).register(grows).register(sends_much).size_limit(10_000).start().await?;
    assert_eq!(runtime.start(grows, (5_000,)).await?.result().await?, 5_000);
    let large = runtime.start(grows, (50_000,)).await?;
    let sends = runtime.start(sends_much, (50_000,)).await?;
    for id in [large.id(), sends.id()] {
        let it = runtime.handle::<()>(id.as_str())?;
        status(&it, Status::Quarantined).await?;
        let error = it.inspect().await?.error.clone().unwrap_or_default();
        assert!(error.contains("10000 are allowed"), "{error}");
        it.cancel().await?;
        assert!(matches!(it.result().await, Err(RuntimeError::Join(JoinError::Cancelled))), "one that rests can be cancelled");
    }
    runtime.shutdown().await;
    Ok(())
}

#[durable]
async fn measures(text: String) -> usize {
    text.len()
}

#[test]
fn what_comes_from_outside_and_is_too_large_or_too_much_is_refused() -> Outcome {
    TestRuntime::new().register(measures).register(hears).run(async |rt| {
        let large = "x".repeat(17 << 20);
        let refused = rt.start_as("large", measures, (large.clone(),)).await;
        assert!(matches!(refused, Err(StartError::TooLarge { max, .. }) if max == 16 << 20), "{refused:?}");
        assert!(matches!(rt.handle::<usize>("large")?.status().await, Err(RuntimeError::Unknown(_))), "and nothing is there");

        let hears = rt.start(hears, ()).await?;
        let refused = hears.send("numbers", &large).await;
        assert!(matches!(refused, Err(RuntimeError::TooLarge { max, .. }) if max == 16 << 20), "{refused:?}");
        for n in 0..INBOX_MAX {
            hears.send("elsewhere", &n).await?;
        }
        assert!(matches!(hears.send("elsewhere", &0).await, Err(RuntimeError::InboxFull(_))));
        assert!(matches!(hears.send("numbers", &7).await, Err(RuntimeError::InboxFull(_))), "an inbox has all channels");
        Ok(())
    })
}

// ---- versions -------------------------------------------------------------------------------------------

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

// ---- workers --------------------------------------------------------------------------------------------

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
