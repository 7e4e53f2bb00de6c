//! Tests of programs that use the engine: virtual time, a store in memory, and crashes where the test wants them. In: functions and what they
//! take by reference; out: a scenario that runs to its end, the same each time.
//!
//! Everything is one thread and one queue of tasks. When none of them can go on, time jumps to where one can. A step that waits for the real
//! world (a socket, a thread) is given a while of real time first.
use super::client::Client;
use super::error::RuntimeError;
use crate::engine::{Arguments, Checkpoints, Hooks, Lendable, Options, Registry, Virtual, Worker, World};
use crate::environment::Environment;
use crate::frame::{Frame, Silent};
use crate::function::Function;
use crate::store::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Committed, Fate, Filter, Id, Memory, NewCoroutine, NewMessage, News, NewsOf, Page,
    Record, Report, Sent, Started, Store, StoreError, Swept, WorkerId,
};
use serde::Serialize;
use std::error::Error;
use std::future::pending;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

/// What a scenario gives: errors of all kinds pass with `?`.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// Runs scenarios: programs that start coroutines and look at what becomes of them, in virtual time.
///
/// A workflow of a month is tested in milliseconds: when nothing can go on, the clock jumps to the next moment when something can. Every
/// run with the same seed is the same, as far as the steps are.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, sleep};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// #[derive(Default)]
/// struct Mails(Mutex<Vec<String>>);
/// impl Mails {
///     async fn send(&self, text: &str) {
///         self.0.lock().unwrap().push(text.into());
///     }
/// }
///
/// #[durable]
/// async fn trial(mails: &Mails, name: String) {
///     mails.send(&format!("welcome, {name}")).await;
///     sleep(Duration::from_secs(30 * 86_400)).await;
///     mails.send(&format!("your month is over, {name}")).await;
/// }
///
/// TestRuntime::new().env_with(Mails::default).register(trial).run(async |rt| {
///     let begin = rt.now();
///     rt.start(trial, ("Ada".into(),)).await?.result().await?;
///     assert_eq!(rt.env::<Mails>().unwrap().0.lock().unwrap().len(), 2);
///     assert_eq!(rt.now().duration_since(begin)?, Duration::from_secs(30 * 86_400));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TestRuntime {
    registry: Registry,
    environment: Vec<Arc<dyn Fn(&mut Environment) + Send + Sync>>,
    options: Options,
    seed: u64,
    patience: Duration,
}

impl Default for TestRuntime {
    fn default() -> Self {
        TestRuntime::new()
    }
}

impl TestRuntime {
    /// One that runs nothing yet.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// TestRuntime::new().register(doubles).run(async |rt| {
    ///     assert_eq!(rt.start(doubles, (21,)).await?.result().await?, 42);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        // (A worker that nobody deposes needs no lease; a crash deposes it at once.)
        let options = Options { housekeeping: false, lease_ms: 0, retention_ms: None, ..Options::default() };
        TestRuntime { registry: Registry::default(), environment: Vec::new(), options, seed: 1, patience: Duration::from_millis(50) }
    }

    /// What functions take as `&T`, and what coroutines hold as a [`Resource`](crate::Resource) or an [`Env`](crate::Env): the same value
    /// in all runs.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// struct Rate(u32);
    ///
    /// #[durable]
    /// async fn converts(rate: &Rate, euros: u32) -> u32 {
    ///     euros * rate.0
    /// }
    ///
    /// TestRuntime::new().env(Rate(3)).register(converts).run(async |rt| {
    ///     assert_eq!(rt.start(converts, (14,)).await?.result().await?, 42);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn env<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.env_shared(Arc::new(value))
    }

    /// As [`env`](Self::env), for a value that the test has too, or of which only the trait is named.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// let ledger = Arc::new(Ledger::default());
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[derive(Default)]
    /// struct Ledger(Mutex<Vec<u32>>);
    ///
    /// #[durable]
    /// async fn writes(ledger: &Ledger, n: u32) {
    ///     async { ledger.0.lock().unwrap().push(n) }.await;
    /// }
    ///
    /// let ledger = Arc::new(Ledger::default());
    ///
    /// TestRuntime::new().env_shared(ledger.clone()).register(writes).run(async |rt| {
    ///     rt.start(writes, (7,)).await?.result().await?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(*ledger.0.lock().unwrap(), [7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn env_shared<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.environment.push(Arc::new(move |environment| environment.insert(value.clone())));
        self
    }

    /// As [`env`](Self::env), with a new value for each run: [`TestRun::env`] gives it.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[derive(Default)]
    /// struct Ledger(Mutex<Vec<u32>>);
    ///
    /// #[durable]
    /// async fn writes(ledger: &Ledger, n: u32) {
    ///     async { ledger.0.lock().unwrap().push(n) }.await;
    /// }
    ///
    /// let tests = TestRuntime::new().env_with(Ledger::default).register(writes);
    /// for _ in 0..2 {
    ///     tests.run(async |rt| {
    ///         rt.start(writes, (7,)).await?.result().await?;
    ///         assert_eq!(*rt.env::<Ledger>().unwrap().0.lock().unwrap(), [7]);
    ///         Ok(())
    ///     })?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn env_with<T: Send + Sync + 'static>(mut self, make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.environment.push(Arc::new(move |environment| environment.insert(Arc::new(make()))));
        self
    }

    /// A function that it runs.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// TestRuntime::new().register(doubles).run(async |rt| {
    ///     assert_eq!(rt.start(doubles, (21,)).await?.result().await?, 42);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn register<F, M>(self, function: F) -> Self
    where
        F: Function<M, Args: Arguments, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>>,
        F: Clone + Send + Sync + 'static,
        M: 'static,
    {
        self.register_with(function, Checkpoints::default())
    }

    /// As [`register`](Self::register), and says when its coroutines are stored.
    ///
    /// ```
    /// use coroutine_runtime::{Checkpoints, TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn steps() {
    ///     async {}.await;
    ///     async {}.await;
    /// }
    ///
    /// TestRuntime::new().register_with(steps, Checkpoints::Asked).run(async |rt| {
    ///     let steps = rt.start(steps, ()).await?;
    ///     steps.result().await?;
    ///     assert_eq!(rt.checkpoints(), 1, "at its end");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn register_with<F, M>(mut self, function: F, checkpoints: Checkpoints) -> Self
    where
        F: Function<M, Args: Arguments, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>>,
        F: Clone + Send + Sync + 'static,
        M: 'static,
    {
        self.registry.register(function, checkpoints);
        self
    }

    /// As [`RuntimeBuilder::retries`](crate::RuntimeBuilder::retries).
    ///
    /// ```
    /// use coroutine_runtime::store::Status;
    /// use std::time::Duration;
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn breaks() {
    ///     panic!("it is broken");
    /// }
    ///
    /// TestRuntime::new().register(breaks).retries(2, Duration::from_secs(1)).run(async |rt| {
    ///     let breaks = rt.start(breaks, ()).await?;
    ///     rt.advance(Duration::from_secs(2)).await; // the second try is after a second
    ///     assert_eq!(breaks.status().await?, Status::Quarantined);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn retries(mut self, attempts: u32, first: Duration) -> Self {
        self.options.retries.attempts_max = attempts.max(1);
        self.options.retries.first = first;
        self
    }

    /// How many coroutines that wait are kept decoded. With 0, each is restored from its snapshot whenever it goes on.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*, receive};
    ///
    /// #[durable]
    /// async fn waits() -> u32 {
    ///     receive("go").await
    /// }
    ///
    /// TestRuntime::new().cache(0).register(waits).run(async |rt| {
    ///     let waits = rt.start(waits, ()).await?;
    ///     rt.settle().await;
    ///     waits.send("go", &7).await?;
    ///     assert_eq!(waits.result().await?, 7, "read from its snapshot");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cache(mut self, coroutines: usize) -> Self {
        self.options.cache = coroutines;
        self
    }

    /// What random values come from.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*, random};
    ///
    /// #[durable]
    /// async fn draws() -> u64 {
    ///     random().await
    /// }
    ///
    /// let drawn = |seed| {
    ///     TestRuntime::new().seed(seed).register(draws).run(async |rt| Ok(rt.start(draws, ()).await?.result().await?))
    /// };
    /// assert_eq!(drawn(1)?, drawn(1)?);
    /// assert_ne!(drawn(1)?, drawn(2)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How much real time a step that waits for the real world is given before the clock jumps. 50 milliseconds if nothing is said.
    ///
    /// ```
    /// use std::time::Duration;
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// struct Service;
    /// impl Service {
    ///     /// What another thread answers in its own time.
    ///     async fn ask(&self) -> String {
    ///         tokio::task::spawn_blocking(|| "an answer".to_string()).await.unwrap_or_default()
    ///     }
    /// }
    ///
    /// #[durable]
    /// async fn asks(service: &Service) -> String {
    ///     service.ask().await
    /// }
    ///
    /// TestRuntime::new().env(Service).register(asks).patience(Duration::from_secs(1)).run(async |rt| {
    ///     assert_eq!(rt.start(asks, ()).await?.result().await?, "an answer");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Runs a scenario, and gives what it gives.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// let given = TestRuntime::new().register(doubles).run(async |rt| {
    ///     let doubles = rt.start(doubles, (21,)).await?;
    ///     Ok(doubles.result().await?)
    /// })?;
    /// assert_eq!(given, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What the scenario gives; that functions cannot be run; or that the scenario waits for something that will not come.
    pub fn run<T>(&self, scenario: impl AsyncFnOnce(&TestRun) -> Outcome<T>) -> Outcome<T> {
        self.once(Plan::Never, scenario).map(|(value, _)| value)
    }

    /// Runs a scenario again and again: once with no crash, and then twice for each checkpoint that is made in it, with a crash just before
    /// it is written and with one just after. What a crash leaves is in the store alone: everything that ran is dropped where it is, and
    /// another worker goes on.
    ///
    /// What the scenario asserts must hold in each run: that is what durable means. Values of [`env_with`](Self::env_with) are
    /// new in each run. Gives the number of runs.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, idempotency_key, prelude::*};
    /// use std::collections::BTreeMap;
    /// use std::sync::Mutex;
    ///
    /// #[derive(Default)]
    /// struct Bank(Mutex<BTreeMap<String, u32>>);
    /// impl Bank {
    ///     async fn pay(&self, key: &str, amount: u32) {
    ///         self.0.lock().unwrap().insert(key.into(), amount); // the same key again changes nothing
    ///     }
    /// }
    ///
    /// #[durable]
    /// async fn pays(bank: &Bank) {
    ///     for amount in [10, 20, 30] {
    ///         let key = idempotency_key().await;
    ///         bank.pay(&key, amount).await;
    ///     }
    /// }
    ///
    /// let runs = TestRuntime::new().env_with(Bank::default).register(pays).crash_everywhere(async |rt| {
    ///     rt.start(pays, ()).await?.result().await?;
    ///     let paid = rt.env::<Bank>().unwrap().0.lock().unwrap().values().sum::<u32>();
    ///     assert_eq!(paid, 60, "each was paid, and none twice");
    ///     Ok(())
    /// })?;
    /// assert_eq!(runs, 9, "three steps and the end, crashed before and after, and a run without a crash");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run), and where the crash was.
    pub fn crash_everywhere(&self, scenario: impl AsyncFn(&TestRun) -> Outcome<()>) -> Outcome<usize> {
        let ((), checkpoints) = self.once(Plan::Never, &scenario)?;
        let mut runs = 1;
        for n in 1..=checkpoints {
            for (plan, place) in [(Plan::Before(n), "before"), (Plan::After(n), "after")] {
                self.once(plan, &scenario).map_err(|error| format!("with a crash {place} checkpoint {n} of {checkpoints}: {error}"))?;
                runs += 1;
            }
        }
        Ok(runs)
    }

    fn once<T>(&self, plan: Plan, scenario: impl AsyncFnOnce(&TestRun) -> Outcome<T>) -> Outcome<(T, usize)> {
        let mut environment = Environment::default();
        self.environment.iter().for_each(|put| put(&mut environment));
        let faults = self.registry.faults(&environment);
        if !faults.is_empty() {
            return Err(RuntimeError::Functions(faults).into());
        }
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let world = Arc::new(Virtual::new(self.seed, self.patience));
        let store = Arc::new(Observed::new(plan));
        let run = TestRun {
            client: Client::in_world(store.clone(), world.clone()),
            inner: Arc::new(Inner {
                world: world.clone(),
                store: store.clone(),
                environment,
                registry: self.registry.clone(),
                options: self.options.clone(),
                worker: Mutex::default(),
            }),
        };
        let driven = async {
            run.inner.work().await?;
            run.inner.crash_when_planned();
            scenario(&run).await
        };
        let outcome = tokio.block_on(tokio::task::unconstrained(world.drive(driven)));
        run.inner.stop();
        world.clear();
        Ok((outcome??, store.commits()))
    }
}

// ---- a scenario's side ----------------------------------------------------------------------------------

/// One run of a scenario: a [`Client`] of a store in memory whose coroutines are run beside it, in virtual time.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, receive};
///
/// #[durable]
/// async fn waits() -> u32 {
///     receive("go").await
/// }
///
/// TestRuntime::new().register(waits).run(async |rt| {
///     let waits = rt.start(waits, ()).await?; // all that a client can
///     rt.settle().await;
///     rt.crash().await?; // and what only a test can
///     waits.send("go", &7).await?;
///     assert_eq!(waits.result().await?, 7);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TestRun {
    client: Client,
    inner: Arc<Inner>,
}

struct Inner {
    world: Arc<Virtual>,
    store: Arc<Observed>,
    environment: Environment,
    registry: Registry,
    options: Options,
    worker: Mutex<Option<Arc<Worker>>>,
}

impl TestRun {
    /// What the clock says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use coroutine_runtime::{TestRuntime, prelude::*, sleep};
    ///
    /// #[durable]
    /// async fn sleeps() {
    ///     sleep(Duration::from_secs(3600)).await;
    /// }
    ///
    /// TestRuntime::new().register(sleeps).run(async |rt| {
    ///     let begin = rt.now();
    ///     rt.start(sleeps, ()).await?.result().await?;
    ///     assert_eq!(rt.now(), begin + Duration::from_secs(3600));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.inner.world.now_ms())
    }

    /// Lets this time pass; whatever is due meanwhile goes on when it is.
    ///
    /// ```
    /// use coroutine_runtime::store::Status;
    /// use std::time::Duration;
    /// use coroutine_runtime::{TestRuntime, prelude::*, sleep};
    ///
    /// #[durable]
    /// async fn sleeps() {
    ///     sleep(Duration::from_secs(3600)).await;
    /// }
    ///
    /// TestRuntime::new().register(sleeps).run(async |rt| {
    ///     let sleeps = rt.start(sleeps, ()).await?;
    ///     rt.advance(Duration::from_secs(3599)).await;
    ///     assert_eq!(sleeps.status().await?, Status::Waiting);
    ///     rt.advance(Duration::from_secs(1)).await;
    ///     rt.settle().await;
    ///     assert_eq!(sleeps.status().await?, Status::Completed);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn advance(&self, time: Duration) {
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.inner.world.sleep_until(self.inner.world.now_ms().saturating_add(time_ms)).await;
    }

    /// Waits until nothing can go on without time passing or something coming from outside.
    ///
    /// ```
    /// use coroutine_runtime::store::Status;
    /// use coroutine_runtime::{TestRuntime, prelude::*, receive};
    ///
    /// #[durable]
    /// async fn waits() -> u32 {
    ///     receive("go").await
    /// }
    ///
    /// TestRuntime::new().register(waits).run(async |rt| {
    ///     let waits = rt.start(waits, ()).await?;
    ///     assert_eq!(waits.status().await?, Status::Ready, "nothing else has run yet");
    ///     rt.settle().await;
    ///     assert_eq!(waits.status().await?, Status::Waiting);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn settle(&self) {
        self.inner.world.settle().await;
    }

    /// A value that functions take by reference.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[derive(Default)]
    /// struct Ledger(Mutex<Vec<u32>>);
    ///
    /// #[durable]
    /// async fn writes(ledger: &Ledger, n: u32) {
    ///     async { ledger.0.lock().unwrap().push(n) }.await;
    /// }
    ///
    /// TestRuntime::new().env_with(Ledger::default).register(writes).run(async |rt| {
    ///     rt.start(writes, (7,)).await?.result().await?;
    ///     assert_eq!(*rt.env::<Ledger>().unwrap().0.lock().unwrap(), [7]);
    ///     assert!(rt.env::<String>().is_none());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.inner.environment.get()
    }

    /// Drops everything that runs where it is, as if the process had died. Another worker goes on with what is in the store.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use coroutine_runtime::{TestRuntime, prelude::*, receive};
    ///
    /// #[derive(Default)]
    /// struct Ledger(Mutex<Vec<&'static str>>);
    /// impl Ledger {
    ///     async fn write(&self, what: &'static str) {
    ///         self.0.lock().unwrap().push(what);
    ///     }
    /// }
    ///
    /// #[durable]
    /// async fn waits(ledger: &Ledger) {
    ///     ledger.write("begins").await;
    ///     receive::<()>("go").await;
    ///     ledger.write("ends").await;
    /// }
    ///
    /// TestRuntime::new().env_with(Ledger::default).register(waits).run(async |rt| {
    ///     let waits = rt.start(waits, ()).await?;
    ///     rt.settle().await;
    ///     rt.crash().await?;
    ///     waits.send("go", &()).await?;
    ///     waits.result().await?;
    ///     assert_eq!(*rt.env::<Ledger>().unwrap().0.lock().unwrap(), ["begins", "ends"], "the first step was not done again");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the store fails.
    pub async fn crash(&self) -> Result<(), RuntimeError> {
        self.inner.crash().await
    }

    /// The messages that coroutines have sent, with the checkpoints that are in the store, in their order.
    ///
    /// ```
    /// use coroutine_runtime::store::Id;
    /// use coroutine_runtime::{TestRuntime, prelude::*, send};
    ///
    /// #[durable]
    /// async fn tells(whom: Id) {
    ///     send(whom, "news", 7).await;
    /// }
    ///
    /// TestRuntime::new().register(tells).run(async |rt| {
    ///     rt.start(tells, (Id::new("somebody")?,)).await?.result().await?;
    ///     let sends = rt.sends();
    ///     assert_eq!((sends[0].to.as_str(), &*sends[0].channel, &*sends[0].payload), ("somebody", "news", &b"7"[..]));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sends(&self) -> Vec<NewMessage> {
        lock(&self.inner.store.observed).sends.clone()
    }

    /// How many checkpoints were made.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// TestRuntime::new().register(doubles).run(async |rt| {
    ///     rt.start(doubles, (21,)).await?.result().await?;
    ///     assert_eq!(rt.checkpoints(), 1, "its end");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn checkpoints(&self) -> usize {
        self.inner.store.commits()
    }
}

impl Deref for TestRun {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Inner {
    async fn work(&self) -> Result<(), RuntimeError> {
        let client = Client::in_world(self.store.clone(), self.world.clone());
        let worker = Worker::new(
            self.store.clone(),
            self.world.clone(),
            self.registry.clone(),
            self.environment.clone(),
            self.options.clone(),
            client.ends,
            Hooks::default(),
        );
        worker.start().await?;
        *lock(&self.worker) = Some(worker);
        Ok(())
    }

    fn stop(&self) {
        if let Some(worker) = lock(&self.worker).take() {
            worker.stop();
        }
    }

    async fn crash(&self) -> Result<(), RuntimeError> {
        self.stop();
        // (Its tasks see it when they are polled.)
        self.world.settle().await;
        self.store.depose(self.world.now_ms()).await?;
        self.work().await
    }

    fn crash_when_planned(self: &Arc<Self>) {
        let inner = self.clone();
        self.world.spawn(Box::pin(async move {
            inner.store.crashes.notified().await;
            if let Err(error) = inner.crash().await {
                panic!("a store in memory failed: {error}");
            }
        }));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---- the store ------------------------------------------------------------------------------------------

/// Where a run crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Never,
    /// Before the checkpoint with this number is written.
    Before(usize),
    /// After it, and before its worker knows.
    After(usize),
}

/// A store in memory that is looked at, and that crashes its worker where a plan says.
struct Observed {
    store: Memory,
    plan: Plan,
    observed: Mutex<Observations>,
    crashes: Notify,
}

#[derive(Default)]
struct Observations {
    checkpoints: usize,
    sends: Vec<NewMessage>,
    /// There is one crash a run.
    crashed: bool,
}

impl Observed {
    fn new(plan: Plan) -> Self {
        Observed { store: Memory::new(), plan, observed: Mutex::default(), crashes: Notify::new() }
    }

    fn commits(&self) -> usize {
        lock(&self.observed).checkpoints
    }

    /// The worker is to crash: it never gets an answer.
    async fn crash<T>(&self) -> T {
        self.crashes.notify_one();
        pending().await
    }

    async fn commit_observed(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Result<Report, StoreError> {
        // (One after the other, so that there is a crash for each.)
        let mut whole = Report::default();
        for checkpoint in batch {
            let n = self.commits() + 1;
            if self.plan == Plan::Before(n) && !std::mem::replace(&mut lock(&self.observed).crashed, true) {
                return self.crash().await;
            }
            let sends = checkpoint.sends.clone();
            let report = self.store.commit(worker, now_ms, vec![checkpoint]).await?;
            if report.outcomes.iter().any(|outcome| *outcome != Committed::Stale) {
                let mut observed = lock(&self.observed);
                observed.checkpoints = n;
                observed.sends.extend(sends);
            }
            whole.outcomes.extend(report.outcomes);
            whole.ready += report.ready;
            whole.next_due_ms = whole.next_due_ms.into_iter().chain(report.next_due_ms).min();
            if self.plan == Plan::After(n) && !std::mem::replace(&mut lock(&self.observed).crashed, true) {
                return self.crash().await;
            }
        }
        Ok(whole)
    }
}

impl Store for Observed {
    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        Box::pin(self.commit_observed(worker, now_ms, batch))
    }
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        self.store.open_worker(now_ms, ttl_ms)
    }
    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        self.store.heartbeat(worker, now_ms, ttl_ms)
    }
    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        self.store.depose(now_ms)
    }
    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        self.store.close_worker(worker, now_ms)
    }
    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        self.store.claim(worker, now_ms, limit, functions)
    }
    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        self.store.release(worker, now_ms, ids)
    }
    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        self.store.news(worker, of)
    }
    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        self.store.ends(ids)
    }
    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        self.store.start(now_ms, coroutines)
    }
    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        self.store.send(now_ms, messages)
    }
    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        self.store.cancel(now_ms, id)
    }
    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        self.store.resume(now_ms, id)
    }
    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        self.store.fail(now_ms, id, error)
    }
    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        self.store.inspect(id)
    }
    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        self.store.list(filter, after, limit)
    }
    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        self.store.sweep(now_ms, ended_before_ms, limit)
    }
    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        self.store.changed(seen)
    }
}
