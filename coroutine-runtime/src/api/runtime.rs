//! A worker in a program. In: a store, functions and what they take by reference; out: coroutines that run, until it is shut down.
use super::client::Client;
use super::error::RuntimeError;
use crate::engine::{Arguments, Checkpoints, Hooks, Lendable, Options, Registry, System, Worker};
use crate::environment::Environment;
use crate::frame::{Frame, Silent};
use crate::function::Function;
use crate::store::{Store, StoreError};
use serde::Serialize;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// Runs the coroutines of a store: those that can move, so many at once, each checkpointed at its awaits and brought to its end.
///
/// It is a [`Client`] of its store, too. It works in the tokio runtime that it is started in; a service keeps it beside whatever else it
/// does there. When it is dropped, what runs is dropped where it is, as in a crash: nothing that was committed is lost, and steps that
/// were under way are done again by whoever runs the store next. [`shutdown`](Self::shutdown) lets them land first.
///
/// ```
/// use coroutine_runtime::store::Memory;
/// use coroutine_runtime::{prelude::*, sleep};
/// use std::time::Duration;
///
/// #[durable]
/// async fn order(shop: &Shop, item: String) -> Result<u32, String> {
///     let price = shop.price(&item).await?;    // a step: done again only if the process dies before it is committed
///     sleep(Duration::from_millis(10)).await;  // or a month: a coroutine that sleeps is in the store, not in memory
///     Ok(price)
/// }
///
/// struct Shop;
/// impl Shop {
///     async fn price(&self, item: &str) -> Result<u32, String> {
///         Ok(item.len() as u32)
///     }
/// }
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let runtime = Runtime::builder(Memory::new()).env(Shop).register(order).start().await?;
/// let order = runtime.start_as("order-17", order, ("tea".into(),)).await?;
/// assert_eq!(order.result().await?, Ok(3));
/// runtime.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Runtime {
    client: Client,
    worker: Arc<Worker>,
}

impl Runtime {
    /// A runtime of this store, to be told what it runs.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let runtime = Runtime::builder(Memory::new()).register(doubles).start().await?;
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(store: impl Store) -> RuntimeBuilder {
        RuntimeBuilder {
            store: Arc::new(store),
            registry: Registry::default(),
            environment: Environment::default(),
            options: Options::default(),
            hooks: Hooks::default(),
        }
    }

    /// A client of the same store, that may outlive the runtime.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let runtime = Runtime::builder(Memory::new()).register(doubles).start().await?;
    /// let client = runtime.client().clone(); // for the handlers of a web server, say
    /// let doubles = client.start(doubles, (21,)).await?;
    /// assert_eq!(doubles.result().await?, 42);
    /// runtime.shutdown().await;
    /// assert_eq!(doubles.result().await?, 42, "the store is still there");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Starts nothing more, lets the steps that are under way land and commits what they gave, and gives everything back to the store:
    /// another runtime goes on at once.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use std::sync::Arc;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let store = Arc::new(Memory::new());
    /// let runtime = Runtime::builder(store.clone()).register(doubles).start().await?;
    /// let doubles_it = runtime.start(doubles, (21,)).await?;
    /// runtime.shutdown().await; // whether it has run by now or not
    /// let next = Runtime::builder(store).register(doubles).start().await?;
    /// assert_eq!(next.handle::<u32>(doubles_it.id().as_str())?.result().await?, 42);
    /// next.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn shutdown(self) {
        self.worker.drain().await;
    }

    /// As [`shutdown`](Self::shutdown), but steps that take longer than this are dropped: they will be done again. `false` if there were
    /// some.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let store = Arc::new(Memory::new());
    /// let runtime = Runtime::builder(store.clone()).register(doubles).start().await?;
    /// let doubles_it = runtime.start(doubles, (21,)).await?;
    /// let all_landed = runtime.shutdown_within(Duration::from_secs(10)).await;
    /// assert!(all_landed, "it has no steps that take long");
    /// let next = Runtime::builder(store).register(doubles).start().await?;
    /// assert_eq!(next.handle::<u32>(doubles_it.id().as_str())?.result().await?, 42);
    /// next.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn shutdown_within(self, limit: Duration) -> bool {
        let landed = tokio::time::timeout(limit, self.worker.drain()).await.is_ok();
        self.worker.stop();
        landed
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.worker.stop();
    }
}

/// A runtime starts coroutines and talks to them as any client of its store does.
impl Deref for Runtime {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("options", &self.worker.options).finish_non_exhaustive()
    }
}

/// What a [`Runtime`] is to run, and how.
///
/// ```
/// use coroutine_runtime::prelude::*;
/// use coroutine_runtime::store::Memory;
/// use std::time::Duration;
///
/// #[durable]
/// async fn doubles(n: u32) -> u32 {
///     n * 2
/// }
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let builder = Runtime::builder(Memory::new()).register(doubles);
/// let runtime = builder.concurrency(100).lease(Duration::from_secs(5)).retention(None).start().await?;
/// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
/// runtime.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RuntimeBuilder {
    store: Arc<dyn Store>,
    registry: Registry,
    environment: Environment,
    options: Options,
    hooks: Hooks,
}

impl RuntimeBuilder {
    /// What functions take as `&T`, and what coroutines hold as a [`Resource`](crate::Resource) or an [`Env`](crate::Env): one value of
    /// each type.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// struct Rate(u32);
    ///
    /// #[durable]
    /// async fn converts(rate: &Rate, euros: u32) -> u32 {
    ///     euros * rate.0
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let runtime = Runtime::builder(Memory::new()).env(Rate(3)).register(converts).start().await?;
    /// assert_eq!(runtime.start(converts, (14,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn env<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.env_shared(Arc::new(value))
    }

    /// As [`env`](Self::env), for a value that is shared with others, or of which only the trait is named: `Arc<dyn Mailer>` for `&dyn Mailer`.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use std::sync::Arc;
    ///
    /// trait Mailer: Send + Sync {
    ///     fn mail(&self, to: &str) -> String;
    /// }
    /// struct Smtp;
    /// impl Mailer for Smtp {
    ///     fn mail(&self, to: &str) -> String {
    ///         format!("sent to {to}")
    ///     }
    /// }
    ///
    /// #[durable]
    /// async fn mails(mailer: &dyn Mailer, to: String) -> String {
    ///     mailer.mail(&to)
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let smtp: Arc<dyn Mailer> = Arc::new(Smtp);
    /// let runtime = Runtime::builder(Memory::new()).env_shared(smtp.clone()).register(mails).start().await?;
    /// assert_eq!(runtime.start(mails, ("Ada".into(),)).await?.result().await?, smtp.mail("Ada"));
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn env_shared<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.environment.insert(value);
        self
    }

    /// A function that it runs. Coroutines of functions that are not registered stay in the store, for others.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// struct Rate(u32);
    ///
    /// #[durable]
    /// async fn converts(rate: &Rate, euros: u32) -> u32 {
    ///     euros * rate.0
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let lacks = Runtime::builder(Memory::new()).register(converts).start().await;
    /// assert!(lacks.unwrap_err().to_string().contains("::converts` takes a `&"));
    /// let runtime = Runtime::builder(Memory::new()).env(Rate(3)).register(converts).start().await?;
    /// assert_eq!(runtime.start(converts, (14,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
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
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use coroutine_runtime::Checkpoints;
    ///
    /// #[durable]
    /// async fn adds(to: u64) -> u64 {
    ///     let mut sum = 0;
    ///     for n in 0..to {
    ///         sum += std::future::ready(n).await; // a step that may be done again as well as not
    ///     }
    ///     sum
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let runtime = Runtime::builder(Memory::new()).register_with(adds, Checkpoints::Asked).start().await?;
    /// let adds = runtime.start(adds, (100,)).await?;
    /// assert_eq!(adds.result().await?, 4950);
    /// assert_eq!(adds.inspect().await?.revision, 1, "it was stored once: at its end");
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
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

    /// How many coroutines are hot at once: that run, or have a step under way. Others that could move wait in the store; one that never waits
    /// gives way to them every few hundred checkpoints. 1024 if nothing is said.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let builder = Runtime::builder(Memory::new()).register(doubles);
    /// let runtime = builder.concurrency(16).start().await?; // as many as the service behind the steps can take
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn concurrency(mut self, coroutines: usize) -> Self {
        self.options.concurrency = coroutines.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
        self
    }

    /// How many coroutines that wait are kept in memory as well, those that came last: they need not be decoded when they wake. 1024 if
    /// nothing is said.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let builder = Runtime::builder(Memory::new()).register(doubles);
    /// let runtime = builder.cache(0).start().await?; // who waits is in the store and nowhere else
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cache(mut self, coroutines: usize) -> Self {
        self.options.cache = coroutines;
        self
    }

    /// After how long without a sign of life others take what this one runs. Ten seconds if nothing is said. A shorter time lets others
    /// go on sooner after a crash; it has to be longer than the machine may stand still, and four times
    /// as long as the clocks of machines that share the store may differ.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use std::time::Duration;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let builder = Runtime::builder(Memory::new()).register(doubles);
    /// let runtime = builder.lease(Duration::from_secs(30)).start().await?;
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lease(mut self, time: Duration) -> Self {
        self.options.lease_ms = millis(time).max(LEASE_MIN_MS);
        self
    }

    /// How often a coroutine that panics, or whose worker dies, is tried from the same place before it rests in quarantine, and how long to
    /// wait before it is tried again: first so long, then twice as long each time, a minute at most. Ten times and 200 milliseconds if nothing is said.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use std::time::Duration;
    ///
    /// #[derive(Default)]
    /// struct Flaky(AtomicU32);
    ///
    /// #[durable]
    /// async fn tries(flaky: &Flaky) -> u32 {
    ///     let tried = async { flaky.0.fetch_add(1, Ordering::Relaxed) }.await;
    ///     assert!(tried >= 2, "not yet");
    ///     tried
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let builder = Runtime::builder(Memory::new()).env(Flaky::default()).register(tries);
    /// let runtime = builder.retries(3, Duration::from_millis(1)).start().await?;
    /// assert_eq!(runtime.start(tries, ()).await?.result().await?, 2, "the third time it went well");
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn retries(mut self, attempts: u32, first: Duration) -> Self {
        self.options.retries.attempts_max = attempts.max(1);
        self.options.retries.first = first;
        self
    }

    /// How large a coroutine may be in the store, and what it returns: a larger one rests in quarantine. 16 MiB if nothing is said.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::{Memory, Status};
    ///
    /// #[durable]
    /// async fn repeats(times: usize) -> String {
    ///     "x".repeat(times)
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let runtime = Runtime::builder(Memory::new()).register(repeats).size_limit(1_000).start().await?;
    /// assert_eq!(runtime.start(repeats, (100,)).await?.result().await?.len(), 100);
    /// let large = runtime.start(repeats, (10_000,)).await?;
    /// while large.status().await? != Status::Quarantined {
    ///     tokio::task::yield_now().await;
    /// }
    /// let error = large.inspect().await?.error.clone();
    /// assert!(error.is_some_and(|error| error.contains("and 1000 are allowed")));
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn size_limit(mut self, bytes: usize) -> Self {
        (self.options.snapshot_bytes_max, self.options.payload_bytes_max) = (bytes, bytes);
        self
    }

    /// How long coroutines that have ended stay in the store; `None`: for ever. A week if nothing is said.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    /// use std::time::Duration;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let builder = Runtime::builder(Memory::new()).register(doubles);
    /// let runtime = builder.retention(Some(Duration::from_secs(30 * 86_400))).start().await?;
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn retention(mut self, time: Option<Duration>) -> Self {
        self.options.retention_ms = time.map(millis);
        self
    }

    /// What to do when the store fails, and the runtime tries again. It is printed to stderr if nothing is said.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let builder = Runtime::builder(Memory::new()).register(doubles);
    /// let runtime = builder.on_error(|error| eprintln!("the store: {error}")).start().await?; // a log or a metric
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_error(mut self, report: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        self.hooks.on_error = Box::new(report);
        self
    }

    /// Begins to run.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    /// use coroutine_runtime::store::Memory;
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let runtime = Runtime::builder(Memory::new()).register(doubles).start().await?;
    /// assert_eq!(runtime.start(doubles, (21,)).await?.result().await?, 42);
    /// runtime.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RuntimeError::Functions`] when a function takes a reference to what is not there, or two have the same name: each is named. And
    /// when the store fails.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<Runtime, RuntimeError> {
        let faults = self.registry.faults(&self.environment);
        if !faults.is_empty() {
            return Err(RuntimeError::Functions(faults));
        }
        let world = Arc::new(System::current());
        let client = Client::in_world(self.store.clone(), world.clone());
        let worker = Worker::new(self.store, world, self.registry, self.environment, self.options, client.ends.clone(), self.hooks);
        worker.start().await?;
        Ok(Runtime { client, worker })
    }
}

/// Below this a worker could never be sure that it is not deposed.
const LEASE_MIN_MS: u64 = 4;

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
