//! The engine in a world where everything goes wrong that can. In: a seed; out: what it broke, which is to be nothing.
//!
//! Several workers share a store. They crash, stand still until they are taken for dead, and have clocks that differ; their calls to the
//! store are delayed, refused, or carried out with the answer lost; the disk is full for a while. Meanwhile coroutines of all kinds run,
//! and clients start, send and cancel, each request again until it has an answer. Then the faults stop, everything must come to its end,
//! and what was seen is compared with what is guaranteed. A seed gives the same run each time.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::Ends;
use super::core::{Checkpoints, Retries};
use super::registry::Registry;
use super::virtual_world::Virtual;
use super::worker::{Hooks, Options, Worker};
use super::world::World;
use crate::environment::Environment;
use crate::leaf::{Child, JoinError, cancelled, idempotency_key, now, own_id, progress, random, receive, send, sleep, spawn};
use crate::store::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Committed, End, Fate, Filter, Id, Memory, NewCoroutine, NewMessage, News, NewsOf, Next,
    Page, Record, Report, Sent, Started, Store, StoreError, Swept, WorkerId,
};
use crate::{durable, payload, select};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

// ---- what is seen ---------------------------------------------------------------------------------------

/// What happened, as the world outside and the store see it.
#[derive(Default)]
struct Seen {
    /// What was done outside, by its key: what, and how often it was tried.
    done: BTreeMap<String, (String, u32)>,
    /// Which step of a coroutine was committed as done.
    committed: BTreeMap<Id, u32>,
    revisions: BTreeMap<Id, u64>,
    ends: BTreeMap<Id, End>,
    violations: Vec<String>,
    /// How many of each fault there were.
    faults: BTreeMap<&'static str, u64>,
    checkpoints: u64,
    trace: DefaultHasher,
}

impl Seen {
    fn fault(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
        fault.hash(&mut self.trace);
    }

    fn committed(&mut self, checkpoint: &Checkpoint, outcome: &Committed) {
        let Committed::Done { revision, .. } = outcome else { return self.fault("commit of a deposed worker") };
        self.checkpoints += 1;
        (checkpoint.id.as_str(), revision).hash(&mut self.trace);
        let before = self.revisions.insert(checkpoint.id.clone(), *revision).unwrap_or(0);
        if *revision != before + 1 || checkpoint.revision != before {
            self.violations.push(format!("{}: revision {revision} after {before}", checkpoint.id));
        }
        if let Some(step) = checkpoint.progress.as_deref().and_then(|progress| payload::decode::<u32>(progress).ok()) {
            let before = self.committed.insert(checkpoint.id.clone(), step).unwrap_or(0);
            if step < before {
                self.violations.push(format!("{}: went back from step {before} to {step}", checkpoint.id));
            }
        }
        if let Next::Ended(end) = &checkpoint.next
            && self.ends.insert(checkpoint.id.clone(), end.clone()).is_some()
        {
            self.violations.push(format!("{}: ended twice", checkpoint.id));
        }
    }
}

/// The world outside, as coroutines take it.
struct Outside {
    world: Arc<Virtual>,
    seen: Arc<Mutex<Seen>>,
    /// How likely a step panics: in a thousand.
    panics: u64,
    calm: Arc<AtomicBool>,
}

impl Outside {
    /// A step of a coroutine: does something once for its key.
    async fn does(&self, id: &Id, step: u32, key: &str, what: &str) {
        {
            let mut seen = self.seen.lock().unwrap();
            if seen.committed.get(id).is_some_and(|committed| *committed > step) {
                seen.violations.push(format!("{id}: step {step} was done again after it was committed"));
            }
            let (known, tries) = seen.done.entry(key.into()).or_insert_with(|| (what.into(), 0));
            *tries += 1;
            if known != what {
                let text = format!("{key}: `{known}` and `{what}` have the same key");
                seen.violations.push(text);
            }
        }
        let ms = below(&self.world, 30);
        self.world.sleep_until(self.world.now_ms() + ms).await;
        if !self.calm.load(Ordering::Relaxed) && below(&self.world, 1000) < self.panics {
            self.seen.lock().unwrap().fault("panic");
            std::panic::resume_unwind(Box::new("a step broke")); // (no hook: it would print)
        }
    }

    /// What every clock should say.
    fn true_ms(&self) -> u64 {
        self.world.now_ms()
    }
}

/// The answer of a store, for which this world waits: what another thread does for it takes no time here.
fn at_once<T>(answer: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl Wake for Thread {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Thread(std::thread::current())));
    let mut answer = pin!(answer);
    loop {
        match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn below(world: &Virtual, end: u64) -> u64 {
    let mut bytes = [0; 8];
    world.random(&mut bytes);
    u64::from_le_bytes(bytes) % end.max(1)
}

// ---- what runs ------------------------------------------------------------------------------------------

#[durable]
async fn works(outside: &Outside, steps: u32) -> u64 {
    let id = own_id().await;
    let mut sum = 0;
    for step in 0..steps {
        let drawn = random::<u64>().await % 1000;
        let key = idempotency_key().await;
        outside.does(&id, step, &key, &format!("{id} {step} {drawn}")).await;
        progress(step + 1).await;
        sum += drawn;
    }
    sum
}

#[durable]
async fn naps(outside: &Outside, times: u32) -> (u64, u64) {
    let (mut early_ms, mut most_ms) = (0, 0);
    for n in 1..=times {
        let time = Duration::from_millis(random::<u64>().await % (1000 * u64::from(n)) + 1);
        let (begin, true_begin) = (now().await, async { outside.true_ms() }.await);
        sleep(time).await;
        let (end, true_end) = (now().await, async { outside.true_ms() }.await);
        let slept_ms = true_end.saturating_sub(true_begin);
        early_ms = early_ms.max((time.as_millis() as u64).saturating_sub(slept_ms));
        most_ms = most_ms.max(slept_ms);
        let _ = (begin, end);
    }
    (early_ms, most_ms)
}

#[durable]
async fn hears(outside: &Outside, count: u32) -> Vec<u32> {
    let id = own_id().await;
    let mut heard = Vec::new();
    for n in 0..count {
        let number: u32 = receive::<u32>("numbers").await;
        heard.push(number);
        let key = idempotency_key().await;
        outside.does(&id, n, &key, &format!("{id} heard {number}")).await;
        progress(n + 1).await;
    }
    heard
}

#[durable]
async fn parents(outside: &Outside, children: u32) -> u64 {
    let id = own_id().await;
    let mut spawned: Vec<Child<u64>> = Vec::new();
    for n in 0..children {
        spawned.push(spawn(works_for, (n, id.clone())).await);
    }
    let mut sum = 0;
    for child in &spawned {
        sum += child.join().await.unwrap_or(1 << 40);
    }
    for _ in 0..children {
        let told: u64 = receive::<u64>("told").await;
        sum += told << 20;
    }
    async { outside.true_ms() }.await;
    sum
}

#[durable]
async fn works_for(outside: &Outside, n: u32, parent: Id) -> u64 {
    let id = own_id().await;
    let key = idempotency_key().await;
    outside.does(&id, 0, &key, &format!("{id} for {parent}")).await;
    send(parent, "told", 1u64).await;
    u64::from(n)
}

/// Works until it is cancelled, and tidies up then.
#[durable]
async fn tidies(outside: &Outside, gently: bool) -> String {
    let id = own_id().await;
    let child = spawn(hears, (1,)).await; // which nobody sends to
    if !gently {
        return match child.join().await {
            Err(JoinError::Cancelled) => "child cancelled".into(),
            other => format!("{other:?}"),
        };
    }
    select! {
        text = receive::<String>("never") => text,
        () = cancelled() => {
            let key = idempotency_key().await;
            outside.does(&id, 0, &key, &format!("{id} tidies")).await;
            progress(1u32).await;
            crate::cancel(child.id().clone()).await;
            match child.join().await {
                Err(JoinError::Cancelled) => "tidied".into(),
                other => format!("{other:?}"),
            }
        }
    }
}

// ---- what goes wrong ------------------------------------------------------------------------------------

/// How likely faults are, each in a thousand calls.
#[derive(Clone, Copy)]
struct Faults {
    refused: u64,
    lost: u64,
    delayed: u64,
    /// The longest delay.
    delay_ms: u64,
}

/// A store as one worker or client reaches it.
struct Faulty {
    store: Arc<dyn Store>,
    world: Arc<Virtual>,
    seen: Arc<Mutex<Seen>>,
    faults: Faults,
    /// The store is full until then.
    full_until_ms: Arc<AtomicU64>,
    calm: Arc<AtomicBool>,
}

impl Faulty {
    fn hits(&self, thousandths: u64, fault: &'static str) -> bool {
        let hits = !self.calm.load(Ordering::Relaxed) && below(&self.world, 1000) < thousandths;
        if hits {
            self.seen.lock().unwrap().fault(fault);
        }
        hits
    }

    async fn delay(&self) {
        if self.hits(self.faults.delayed, "delay") {
            let ms = below(&self.world, self.faults.delay_ms);
            self.world.sleep_until(self.world.now_ms() + ms).await;
        }
    }

    /// A call that writes, with whatever happens to it.
    async fn write<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.delay().await;
        if self.world.now_ms() < self.full_until_ms.load(Ordering::Relaxed) {
            self.seen.lock().unwrap().fault("full disk");
            return Err(StoreError::Full("simulated".into()));
        }
        if self.hits(self.faults.refused, "refused") {
            return Err(StoreError::Busy);
        }
        if self.hits(self.faults.lost, "lost before") {
            return Err(StoreError::Lost);
        }
        let answer = at_once(call);
        self.delay().await;
        if self.hits(self.faults.lost, "lost after") {
            return Err(StoreError::Lost);
        }
        answer
    }
}

impl Store for Faulty {
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        Box::pin(self.write(self.store.open_worker(now_ms, ttl_ms)))
    }
    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        Box::pin(self.write(self.store.heartbeat(worker, now_ms, ttl_ms)))
    }
    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        Box::pin(self.write(self.store.depose(now_ms)))
    }
    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        Box::pin(self.write(self.store.close_worker(worker, now_ms)))
    }
    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        Box::pin(self.write(self.store.claim(worker, now_ms, limit, functions)))
    }
    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        Box::pin(self.write(async move {
            let report = at_once(self.store.commit(worker, now_ms, batch.clone()));
            let mut seen = self.seen.lock().unwrap();
            let report = report.inspect_err(|_| seen.fault("commit of a deposed worker"))?;
            batch.iter().zip(&report.outcomes).for_each(|(checkpoint, outcome)| seen.committed(checkpoint, outcome));
            Ok(report)
        }))
    }
    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        Box::pin(self.write(self.store.release(worker, now_ms, ids)))
    }
    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        Box::pin(self.write(self.store.news(worker, of)))
    }
    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        Box::pin(self.write(self.store.ends(ids)))
    }
    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        Box::pin(self.write(self.store.start(now_ms, coroutines)))
    }
    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        Box::pin(self.write(self.store.send(now_ms, messages)))
    }
    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        Box::pin(self.write(self.store.cancel(now_ms, id)))
    }
    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        Box::pin(self.write(self.store.resume(now_ms, id)))
    }
    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        Box::pin(self.write(self.store.fail(now_ms, id, error)))
    }
    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        Box::pin(async move { at_once(self.store.inspect(id)) })
    }
    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        Box::pin(async move { at_once(self.store.list(filter, after, limit)) })
    }
    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        Box::pin(self.write(self.store.sweep(now_ms, ended_before_ms, limit)))
    }
    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        self.store.changed(seen)
    }
}

/// The world as one machine has it: its clock goes wrong and is set, and at times it stands still.
pub(super) struct Machine {
    pub(super) world: Arc<Virtual>,
    pub(super) ahead_ms: Arc<AtomicU64>,
    pub(super) frozen_until_ms: Arc<AtomicU64>,
}

impl World for Machine {
    fn now_ms(&self) -> u64 {
        self.world.now_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }
    fn sleep_until(&self, at_ms: u64) -> BoxFuture<'static, ()> {
        self.world.sleep_until(at_ms.saturating_sub(self.ahead_ms.load(Ordering::Relaxed)))
    }
    fn random(&self, bytes: &mut [u8]) {
        self.world.random(bytes);
    }
    fn spawn(&self, mut task: BoxFuture<'static, ()>) {
        let (world, frozen_until_ms) = (self.world.clone(), self.frozen_until_ms.clone());
        self.world.spawn(Box::pin(async move {
            let mut thaws: Option<BoxFuture<'static, ()>> = None;
            poll_fn(|context| {
                loop {
                    let until_ms = frozen_until_ms.load(Ordering::Relaxed);
                    if world.now_ms() >= until_ms {
                        thaws = None;
                        return task.as_mut().poll(context);
                    }
                    match thaws.get_or_insert_with(|| world.sleep_until(until_ms)).as_mut().poll(context) {
                        Poll::Ready(()) => thaws = None,
                        Poll::Pending => return Poll::Pending,
                    }
                }
            })
            .await;
        }));
    }
}

// ---- a run ----------------------------------------------------------------------------------------------

/// All of a run.
struct Simulation {
    world: Arc<Virtual>,
    store: Arc<dyn Store>,
    seen: Arc<Mutex<Seen>>,
    calm: Arc<AtomicBool>,
    full_until_ms: Arc<AtomicU64>,
    faults: Faults,
    panics: u64,
    skew_ms: u64,
}

/// A worker, and its machine.
struct Running {
    worker: Arc<Worker>,
    ahead_ms: Arc<AtomicU64>,
    frozen_until_ms: Arc<AtomicU64>,
}

const LEASE_MS: u64 = 2_000;

impl Simulation {
    fn new(seed: u64, store: Arc<dyn Store>) -> Self {
        let world = Arc::new(Virtual::new(seed, Duration::ZERO));
        world.shuffle();
        let rate = |most: u64| below(&world, most + 1);
        let faults = Faults { refused: rate(30), lost: rate(20), delayed: rate(100), delay_ms: [5, 50, 3 * LEASE_MS][rate(2) as usize] };
        let (panics, skew_ms) = (rate(50), [0, 0, 50, 500][rate(3) as usize]);
        let (seen, calm, full_until_ms) = (Arc::default(), Arc::default(), Arc::default());
        Simulation { world, store, seen, calm, full_until_ms, faults, panics, skew_ms }
    }

    fn faulty(&self) -> Arc<Faulty> {
        let Simulation { store, world, seen, calm, full_until_ms, faults, .. } = self;
        Arc::new(Faulty {
            store: store.clone(),
            world: world.clone(),
            seen: seen.clone(),
            faults: *faults,
            full_until_ms: full_until_ms.clone(),
            calm: calm.clone(),
        })
    }

    /// A worker that begins to work as soon as it can.
    fn worker(&self) -> Running {
        let mut registry = Registry::default();
        registry.register(works, Checkpoints::EveryAwait);
        registry.register(naps, Checkpoints::EveryAwait);
        registry.register(hears, Checkpoints::EveryAwait);
        registry.register(parents, Checkpoints::EveryAwait);
        registry.register(works_for, Checkpoints::EveryAwait);
        registry.register(tidies, Checkpoints::EveryAwait);
        let mut environment = Environment::default();
        let (world, seen, calm) = (self.world.clone(), self.seen.clone(), self.calm.clone());
        environment.insert(Arc::new(Outside { world, seen, panics: self.panics, calm }));
        let frozen_until_ms = Arc::<AtomicU64>::default();
        let ahead_ms = Arc::new(AtomicU64::new(below(&self.world, self.skew_ms + 1)));
        let machine = Machine { world: self.world.clone(), ahead_ms: ahead_ms.clone(), frozen_until_ms: frozen_until_ms.clone() };
        let machine = Arc::new(machine);
        let store = self.faulty();
        let ends = Ends::new(store.clone(), machine.clone());
        let options = Options {
            concurrency: [1, 3, 16, 1024][below(&self.world, 4) as usize],
            cache: [0, 2, 1024][below(&self.world, 3) as usize],
            in_a_row: [1, 3, 256][below(&self.world, 3) as usize],
            lease_ms: LEASE_MS,
            retries: Retries { attempts_max: u32::MAX, first: Duration::from_millis(20), longest: Duration::from_millis(500) },
            retention_ms: None,
            ..Options::default()
        };
        let worker = Worker::new(store, machine, registry, environment, options, ends, Hooks { on_error: Box::new(|_| {}) });
        let (starting, world) = (worker.clone(), self.world.clone());
        self.world.spawn(Box::pin(async move {
            while starting.start().await.is_err() {
                world.sleep_until(world.now_ms() + 10).await;
            }
        }));
        Running { worker, ahead_ms, frozen_until_ms }
    }

    async fn pause(&self, ms: u64) {
        self.world.sleep_until(self.world.now_ms() + ms).await;
    }

    /// Asks until there is an answer: it may have been carried out before.
    async fn insist<T>(&self, mut ask: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(_) => self.pause(1 + below(&self.world, 50)).await,
            }
        }
    }

    async fn start(&self, id: &str, function: &'static str, args: Vec<u8>) {
        let client = self.faulty();
        let new = NewCoroutine { id: Id::new(id).unwrap(), function: format!("{}::{function}", module_path!()).into(), args, parent: None };
        let started = self.insist(async || client.start(self.world.now_ms(), vec![new.clone()]).await).await;
        if started == [Started::Other] {
            self.violation(format!("{id}: was taken"));
        }
    }

    fn violation(&self, what: String) {
        self.seen.lock().unwrap().violations.push(what);
    }

    /// Everything: starts, faults, ends.
    async fn run(&self) {
        let client = self.faulty();
        let (world, rate) = (&self.world, |end| below(&self.world, end));
        let many = if rate(100) == 0 { 1000 } else { 1 + rate(40) };
        let mut workers: Vec<_> = (0..=rate(3)).map(|_| self.worker()).collect();
        let mut expected = BTreeMap::new();
        for n in 0..many {
            let kind = rate(6);
            let size = 1 + rate(6) as u32;
            let id = format!("{n}");
            let (function, args) = match kind {
                0 | 1 => ("works", payload::encode(&(size,)).unwrap()),
                2 => ("naps", payload::encode(&(size,)).unwrap()),
                3 => ("hears", payload::encode(&(size,)).unwrap()),
                4 => ("parents", payload::encode(&(size,)).unwrap()),
                _ => ("tidies", payload::encode(&(size.is_multiple_of(2),)).unwrap()),
            };
            self.start(&id, function, args).await;
            expected.insert(id, (function, size));
        }
        // Clients and faults, at the same time.
        both(self.talk(&client, &expected), self.disturb(&mut workers)).await;
        self.calm.store(true, Ordering::Relaxed);
        self.full_until_ms.store(0, Ordering::Relaxed);
        self.await_ends(world.now_ms() + 10 * 60_000).await;
        workers.iter().for_each(|running| running.worker.stop());
        self.judge(&expected).await;
    }

    /// Sends and cancels.
    async fn talk(&self, client: &Faulty, expected: &BTreeMap<String, (&'static str, u32)>) {
        for (id, (function, size)) in expected {
            let id = Id::new(id.as_str()).unwrap();
            match *function {
                "hears" => {
                    for n in 0..*size {
                        let payload = payload::encode(&n).unwrap();
                        let message = NewMessage { to: id.clone(), channel: "numbers".into(), key: Some(n.to_string().into()), payload };
                        let copies = 1 + below(&self.world, 3);
                        for _ in 0..copies {
                            self.insist(async || client.send(self.world.now_ms(), vec![message.clone()]).await).await;
                        }
                    }
                }
                "tidies" => {
                    // (Once, and a request whose answer was lost is not repeated: a second one would drop it.)
                    let mut asked = false;
                    while !asked {
                        self.pause(below(&self.world, 100)).await;
                        let begun = at_once(self.store.inspect(id.clone())).unwrap().is_some_and(|record| record.wake.is_some());
                        if begun {
                            at_once(self.store.cancel(self.world.now_ms(), id.clone())).unwrap();
                            asked = true;
                        }
                    }
                }
                _ => self.pause(below(&self.world, 10)).await,
            }
        }
    }

    /// Crashes workers, has them stand still, sets their clocks, fills the disk.
    async fn disturb(&self, workers: &mut [Running]) {
        for _ in 0..below(&self.world, 12) {
            self.pause(below(&self.world, 400)).await;
            let at = below(&self.world, workers.len() as u64) as usize;
            match below(&self.world, 5) {
                0 => {
                    self.full_until_ms.store(self.world.now_ms() + below(&self.world, 300), Ordering::Relaxed);
                }
                1 => {
                    self.seen.lock().unwrap().fault("stands still");
                    workers[at].frozen_until_ms.store(self.world.now_ms() + below(&self.world, 3 * LEASE_MS), Ordering::Relaxed);
                }
                2 => {
                    self.seen.lock().unwrap().fault("shutdown");
                    // (It may take as long as it likes; the next one begins at once.)
                    let old = std::mem::replace(&mut workers[at], self.worker()).worker;
                    self.world.spawn(Box::pin(async move { old.drain().await }));
                }
                3 => {
                    self.seen.lock().unwrap().fault("clock set");
                    workers[at].ahead_ms.store(below(&self.world, self.skew_ms + 1), Ordering::Relaxed);
                }
                _ => {
                    self.seen.lock().unwrap().fault("crash");
                    workers[at].worker.stop();
                    workers[at] = self.worker();
                }
            }
        }
    }

    /// Everything must end, now that nothing goes wrong any more.
    async fn await_ends(&self, until_ms: u64) {
        loop {
            let page = at_once(self.store.list(Filter::default(), None, usize::MAX)).unwrap();
            let alive: Vec<_> =
                page.records.iter().filter(|record| record.end.is_none()).map(|record| (&record.id, record.status)).collect();
            if alive.is_empty() {
                return;
            }
            if self.world.now_ms() > until_ms {
                return self.violation(format!("never ended: {alive:?}"));
            }
            self.pause(500).await;
        }
    }

    /// Compares what is there with what must be.
    async fn judge(&self, expected: &BTreeMap<String, (&'static str, u32)>) {
        for (id, (function, size)) in expected {
            let fates = at_once(self.store.ends(vec![Id::new(id.as_str()).unwrap()])).unwrap();
            let wrong = match (*function, &fates[..]) {
                ("works", [Fate::Ended(End::Completed(bytes))]) => {
                    let sum: u64 = payload::decode(bytes).unwrap();
                    let seen = self.seen.lock().unwrap();
                    let own: Vec<_> = seen.done.iter().filter(|(key, _)| key.rsplit_once('#').is_some_and(|(of, _)| of == id)).collect();
                    let drawn: u64 = own.iter().map(|(_, (what, _))| what.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
                    (own.len() != *size as usize || drawn != sum).then(|| format!("did {own:?}, and gave {sum}"))
                }
                ("naps", [Fate::Ended(End::Completed(bytes))]) => {
                    let (early_ms, _): (u64, u64) = payload::decode(bytes).unwrap();
                    (early_ms > self.skew_ms).then(|| format!("woke {early_ms} ms early"))
                }
                ("hears", [Fate::Ended(End::Completed(bytes))]) => {
                    let heard: Vec<u32> = payload::decode(bytes).unwrap();
                    (heard != (0..*size).collect::<Vec<_>>()).then(|| format!("heard {heard:?} of {size}"))
                }
                ("parents", [Fate::Ended(End::Completed(bytes))]) => {
                    let sum: u64 = payload::decode(bytes).unwrap();
                    let (size, n) = (u64::from(*size), u64::from(*size));
                    (sum != (size << 20) + n * (n - 1) / 2).then(|| format!("{size} children gave {sum:x}"))
                }
                ("tidies", [Fate::Ended(End::Completed(bytes))]) => {
                    let text: String = payload::decode(bytes).unwrap();
                    (size % 2 == 1 || text != "tidied").then(|| format!("gave {text}"))
                }
                ("tidies", [Fate::Ended(End::Cancelled)]) if size % 2 == 1 => None,
                (_, fates) => Some(format!("ended as {fates:?}")),
            };
            if let Some(wrong) = wrong {
                self.violation(format!("{id}, `{function}` of {size}: {wrong}"));
            }
        }
    }
}

/// Until both have come to their end.
async fn both(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (false, false);
    poll_fn(|context| {
        first = first || one.as_mut().poll(context).is_ready();
        second = second || other.as_mut().poll(context).is_ready();
        if first && second { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Runs one seed.
fn simulate(seed: u64, store: Arc<dyn Store>, tokio: &tokio::runtime::Runtime) -> Seen {
    let simulation = Simulation::new(seed, store);
    let driven = simulation.world.drive(simulation.run());
    if let Err(error) = tokio.block_on(tokio::task::unconstrained(driven)) {
        simulation.violation(error.to_string());
    }
    simulation.world.clear();
    std::mem::take(&mut *simulation.seen.lock().unwrap())
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// How many seeds, and from which on: `SEEDS=10000 FIRST=1 cargo test --release -p coroutine-runtime --features engine simulation -- --nocapture`.
fn number(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// What goes wrong.
const KINDS: [&str; 11] = [
    "crash",
    "clock set",
    "stands still",
    "shutdown",
    "full disk",
    "refused",
    "lost before",
    "lost after",
    "delay",
    "panic",
    "commit of a deposed worker",
];

#[test]
fn simulation_of_a_world_where_everything_goes_wrong() {
    let tokio = tokio_runtime();
    let (first, count) = (number("FIRST", 1), number("SEEDS", 60));
    let (mut faults, mut checkpoints, mut ended) = (BTreeMap::<&str, u64>::new(), 0, 0);
    for seed in first..first + count {
        let seen = simulate(seed, Arc::new(Memory::new()), &tokio);
        assert!(seen.violations.is_empty(), "seed {seed}: {:#?}", seen.violations);
        seen.faults.iter().for_each(|(fault, n)| *faults.entry(fault).or_default() += n);
        (checkpoints, ended) = (checkpoints + seen.checkpoints, ended + seen.ends.len());
        if seed % 1000 == 0 {
            println!("seed {seed}: {ended} coroutines, {checkpoints} checkpoints");
        }
    }
    println!("{count} seeds, {ended} coroutines ended, {checkpoints} checkpoints, faults {faults:#?}, no violations");
    for kind in KINDS.iter().filter(|_| count >= 60) {
        assert!(faults.contains_key(kind), "there was no {kind}");
    }
}

#[test]
fn a_simulation_is_the_same_each_time() {
    let tokio = tokio_runtime();
    for seed in 1000..1010 {
        let [one, other] = [0; 2].map(|_| simulate(seed, Arc::new(Memory::new()), &tokio));
        assert_eq!((one.trace.finish(), one.checkpoints), (other.trace.finish(), other.checkpoints), "seed {seed}");
    }
}

/// The same on a real store: fewer seeds, for each commit is synced.
#[cfg(feature = "sqlite")]
#[test]
fn simulation_on_a_real_store() {
    let (tokio, directory) = (tokio_runtime(), std::env::temp_dir().join(format!("coroutine-simulation-{}", std::process::id())));
    let (first, count) = (number("FIRST", 1), number("SEEDS_ON_DISK", 3));
    for seed in first..first + count {
        std::fs::create_dir_all(&directory).unwrap();
        // (It folds every now and then, beside it all.)
        let store = crate::store::Sqlite::options().journal_bytes(20_000).leases_only().open(directory.join("store.db")).unwrap();
        let seen = simulate(seed, Arc::new(store), &tokio);
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(seen.violations.is_empty(), "seed {seed}: {:#?}", seen.violations);
        println!("seed {seed}: {} coroutines, {} checkpoints", seen.ends.len(), seen.checkpoints);
    }
}
