//! What talks to a store and runs nothing: starts coroutines, sends to them, looks at them. In: functions by their names in a program,
//! coroutines by their ids; out: handles.
use super::error::{RuntimeError, StartError};
use super::handle::Handle;
use crate::engine::{Ends, System, World};
use crate::frame::Frame;
use crate::function::Function;
use crate::leaf::{FromRandom, uuid_of};
use crate::payload;
use crate::store::{Filter, Id, IdError, NewCoroutine, Page, Started, Store};
use serde::Serialize;
use std::sync::Arc;

/// How large arguments and messages may be.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// Starts coroutines in a store, and talks to those that are there. It runs none: some [`Runtime`](crate::Runtime) does, in this process or
/// another, that has the same store. It needs nothing of what the coroutines take by reference.
///
/// ```
/// use coroutine_runtime::store::{Memory, Status};
/// use coroutine_runtime::{Client, Runtime, prelude::*};
/// use std::sync::Arc;
///
/// struct Shop;
///
/// #[durable]
/// async fn order(shop: &Shop, item: String) -> usize {
///     item.len()
/// }
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let store = Arc::new(Memory::new());
/// let client = Client::new(store.clone()); // in a web server, say
/// let handle = client.start_as("order-17", order, ("tea".into(),)).await?;
/// assert_eq!(handle.status().await?, Status::Ready);
///
/// let runtime = Runtime::builder(store).env(Shop).register(order).start().await?; // in a worker
/// assert_eq!(handle.result().await?, 3);
/// runtime.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    pub(super) store: Arc<dyn Store>,
    pub(super) world: Arc<dyn World>,
    pub(super) ends: Arc<Ends>,
}

impl Client {
    /// A client of a store.
    ///
    /// ```
    /// use coroutine_runtime::store::{Memory};
    /// use coroutine_runtime::Client;
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let client = Client::new(Memory::new());
    /// assert!(client.list(Default::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(store: impl Store) -> Self {
        Client::in_world(Arc::new(store), Arc::new(System::current()))
    }

    pub(super) fn in_world(store: Arc<dyn Store>, world: Arc<dyn World>) -> Self {
        Client { ends: Ends::new(store.clone(), world.clone()), store, world }
    }

    /// Starts a coroutine, with a new random id. `args` are the parameters that the function takes by value, as a tuple.
    ///
    /// ```
    /// use coroutine_runtime::store::{Memory};
    /// use coroutine_runtime::{Client, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let client = Client::new(Memory::new());
    /// let one = client.start(doubles, (3,)).await?;
    /// let other = client.start(doubles, (3,)).await?; // another one: each has a random id
    /// assert_ne!(one.id(), other.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When its arguments cannot be stored, or the store fails. If the answer was lost it may run: only with
    /// [an id of your own](Self::start_as) can you ask again.
    pub async fn start<F, M>(&self, function: F, args: F::Args) -> Result<Handle<<F::Frame as Frame>::Return>, StartError>
    where
        F: Function<M, Args: Serialize>,
    {
        let id = uuid_of(FromRandom::from_random(&mut |bytes| self.world.random(bytes)));
        self.start_as(id, function, args).await
    }

    /// Starts a coroutine with this id, once: if it is there already, with the same arguments, that is the one.
    ///
    /// ```
    /// use coroutine_runtime::store::{Memory};
    /// use coroutine_runtime::{Client, prelude::*, StartError};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let client = Client::new(Memory::new());
    /// client.start_as("order-17", doubles, (3,)).await?;
    /// client.start_as("order-17", doubles, (3,)).await?; // the same
    /// let taken = client.start_as("order-17", doubles, (4,)).await;
    /// assert!(matches!(taken, Err(StartError::Taken(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the id is taken by a coroutine of another function or with other arguments, when the arguments cannot be stored, or when the
    /// store fails.
    pub async fn start_as<F, M>(
        &self,
        id: impl Into<Arc<str>>,
        _: F,
        args: F::Args,
    ) -> Result<Handle<<F::Frame as Frame>::Return>, StartError>
    where
        F: Function<M, Args: Serialize>,
    {
        let id = Id::new(id)?;
        let args = payload::encode(&args).map_err(StartError::Arguments)?;
        if args.len() > PAYLOAD_BYTES_MAX {
            return Err(StartError::TooLarge { bytes: args.len(), max: PAYLOAD_BYTES_MAX });
        }
        let coroutine = NewCoroutine { id: id.clone(), function: F::Frame::name().into(), args, parent: None };
        match self.store.start(self.world.now_ms(), vec![coroutine]).await?.first() {
            Some(Started::Other) => Err(StartError::Taken(id)),
            _ => Ok(Handle::new(self.clone(), id)),
        }
    }

    /// A handle of a coroutine that is in the store, or may be: what it gives is an `R`.
    ///
    /// ```
    /// use coroutine_runtime::store::{Memory, Status};
    /// use coroutine_runtime::{Client, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let client = Client::new(Memory::new());
    /// client.start_as("order-17", doubles, (3,)).await?;
    /// let order = client.handle::<u32>("order-17")?; // elsewhere: all that is needed is the name
    /// assert_eq!(order.status().await?, Status::Ready);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When this is no id.
    pub fn handle<R>(&self, id: impl Into<Arc<str>>) -> Result<Handle<R>, IdError> {
        Ok(Handle::new(self.clone(), Id::new(id)?))
    }

    /// Lets a coroutine go on that rests in quarantine: it is tried again from where it stands. `false` if it does not rest.
    ///
    /// ```
    /// use coroutine_runtime::store::Status;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::time::Duration;
    /// use coroutine_runtime::{TestRuntime, prelude::*};
    ///
    /// /// What is wrong outside, until somebody mends it.
    /// #[derive(Default)]
    /// struct Bank(AtomicBool);
    ///
    /// #[durable]
    /// async fn pays(bank: &Bank) -> u32 {
    ///     async { assert!(bank.0.load(Ordering::Relaxed), "the bank is closed") }.await;
    ///     42
    /// }
    ///
    /// TestRuntime::new().env_with(Bank::default).register(pays).retries(2, Duration::from_secs(1)).run(async |rt| {
    ///     let pays = rt.start(pays, ()).await?;
    ///     rt.advance(Duration::from_secs(60)).await; // it panics twice
    ///     assert_eq!(pays.status().await?, Status::Quarantined);
    ///
    ///     rt.env::<Bank>().unwrap().0.store(true, Ordering::Relaxed);
    ///     assert!(rt.resume(pays.id()).await?);
    ///     assert_eq!(pays.result().await?, 42);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resume(&self, id: &Id) -> Result<bool, RuntimeError> {
        Ok(self.store.resume(self.world.now_ms(), id.clone()).await?)
    }

    /// Gives a coroutine up that rests in quarantine: it ends as failed, which its parent sees. `false` if it does not rest.
    ///
    /// ```
    /// use coroutine_runtime::store::Status;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::time::Duration;
    /// use coroutine_runtime::{JoinError, RuntimeError, TestRuntime, prelude::*};
    ///
    /// /// What is wrong outside, until somebody mends it.
    /// #[derive(Default)]
    /// struct Bank(AtomicBool);
    ///
    /// #[durable]
    /// async fn pays(bank: &Bank) -> u32 {
    ///     async { assert!(bank.0.load(Ordering::Relaxed), "the bank is closed") }.await;
    ///     42
    /// }
    ///
    /// TestRuntime::new().env_with(Bank::default).register(pays).retries(2, Duration::from_secs(1)).run(async |rt| {
    ///     let pays = rt.start(pays, ()).await?;
    ///     rt.advance(Duration::from_secs(60)).await; // it panics twice
    ///     assert!(rt.fail(pays.id(), "the bank is gone").await?);
    ///     let failed = JoinError::Failed("the bank is gone".into());
    ///     assert!(matches!(pays.result().await, Err(RuntimeError::Join(error)) if error == failed));
    ///     assert_eq!(pays.status().await?, Status::Failed);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the store fails.
    pub async fn fail(&self, id: &Id, reason: &str) -> Result<bool, RuntimeError> {
        Ok(self.store.fail(self.world.now_ms(), id.clone(), reason.into()).await?)
    }

    /// Some of the coroutines in the store, after an id: see [`Store::list`].
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Memory, Status};
    /// use coroutine_runtime::{Client, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
    /// let client = Client::new(Memory::new());
    /// for n in 0..5 {
    ///     client.start_as(format!("order-{n}"), doubles, (n,)).await?;
    /// }
    /// let ready = Filter { status: Some(Status::Ready), ..Filter::default() };
    /// let (mut seen, mut after) = (Vec::new(), None);
    /// loop {
    ///     let page = client.list(ready.clone(), after, 2).await?;
    ///     seen.extend(page.records.into_iter().map(|record| record.id.to_string()));
    ///     after = page.next;
    ///     if after.is_none() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(seen, ["order-0", "order-1", "order-2", "order-3", "order-4"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Result<Page, RuntimeError> {
        Ok(self.store.list(filter, after, limit).await?)
    }
}
