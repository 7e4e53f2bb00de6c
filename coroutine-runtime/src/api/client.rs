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
    /// # Errors
    /// When this is no id.
    pub fn handle<R>(&self, id: impl Into<Arc<str>>) -> Result<Handle<R>, IdError> {
        Ok(Handle::new(self.clone(), Id::new(id)?))
    }

    /// Lets a coroutine go on that rests in quarantine: it is tried again from where it stands. `false` if it does not rest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resume(&self, id: &Id) -> Result<bool, RuntimeError> {
        Ok(self.store.resume(self.world.now_ms(), id.clone()).await?)
    }

    /// Gives a coroutine up that rests in quarantine: it ends as failed, which its parent sees. `false` if it does not rest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn fail(&self, id: &Id, reason: &str) -> Result<bool, RuntimeError> {
        Ok(self.store.fail(self.world.now_ms(), id.clone(), reason.into()).await?)
    }

    /// Some of the coroutines in the store, after an id: see [`Store::list`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Result<Page, RuntimeError> {
        Ok(self.store.list(filter, after, limit).await?)
    }
}
