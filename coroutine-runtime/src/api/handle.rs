//! One coroutine in a store, as its starter or anybody else sees it. In: an id; out: its state, its end.
use super::client::{Client, PAYLOAD_BYTES_MAX};
use super::error::RuntimeError;
use crate::leaf::joined;
use crate::payload::{self, PayloadError};
use crate::snapshot::{FrameInspection, RestoreError, inspect};
use crate::store::{Asked, Fate, Id, NewMessage, Record, Sent, Status, Stored};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// A coroutine in a store; what it gives is an `R`. Dropping the handle does nothing to the coroutine.
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
///     let waits = rt.start(waits, ()).await?;
///     waits.send("go", &7).await?;
///     assert_eq!(waits.result().await?, 7);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Handle<R> {
    client: Client,
    id: Id,
    _gives: PhantomData<fn() -> R>,
}

impl<R> Handle<R> {
    pub(super) fn new(client: Client, id: Id) -> Self {
        Handle { client, id, _gives: PhantomData }
    }

    /// Its name in the store.
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
    ///     let named = rt.start_as("order-17", doubles, (1,)).await?;
    ///     assert_eq!(named.id().as_str(), "order-17");
    ///     let other = rt.start(doubles, (1,)).await?; // a random id
    ///     assert_ne!(other.id(), named.id());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Waits until it has ended, and gives what it returned.
    ///
    /// One that panics has not ended: it is tried again, and then rests in quarantine ([`Status::Quarantined`]) until somebody
    /// [resumes](Client::resume) it, [gives it up](Client::fail) or cancels it.
    ///
    /// ```
    /// use coroutine_runtime::{RuntimeError, TestRuntime, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// TestRuntime::new().register(doubles).run(async |rt| {
    ///     let doubles = rt.start(doubles, (21,)).await?;
    ///     assert_eq!(doubles.result().await?, 42);
    ///     assert_eq!(doubles.result().await?, 42, "as often as it is asked for");
    ///     let nobody = rt.handle::<u32>("nobody")?;
    ///     assert!(matches!(nobody.result().await, Err(RuntimeError::Unknown(_))));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RuntimeError::Join`] when it was cancelled, given up, or returned something that is no `R`; [`RuntimeError::Unknown`] when it is not
    /// in the store; [`RuntimeError::Store`] when the store fails.
    pub async fn result(&self) -> Result<R, RuntimeError>
    where
        R: DeserializeOwned,
    {
        loop {
            let fate = self.client.ends.end_of(&self.id).await?;
            if fate == Fate::Unknown {
                return Err(RuntimeError::Unknown(self.id.clone()));
            }
            if let Some(joined) = joined(fate) {
                return joined.map_err(RuntimeError::Join);
            }
        }
    }

    /// What it is doing.
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
    ///     rt.settle().await;
    ///     assert_eq!(waits.status().await?, Status::Waiting);
    ///     waits.send("go", &1).await?;
    ///     waits.result().await?;
    ///     assert_eq!(waits.status().await?, Status::Completed);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it is not in the store, or that fails.
    pub async fn status(&self) -> Result<Status, RuntimeError> {
        Ok(self.inspect().await?.status)
    }

    /// Everything that can be seen of it.
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
    ///     let waits = rt.start(waits, ()).await?;
    ///     rt.settle().await;
    ///     waits.send("elsewhere", &1).await?;
    ///     let seen = waits.inspect().await?;
    ///     assert_eq!((seen.revision, seen.attempts, seen.inbox), (1, 0, 1));
    ///     assert_eq!(seen.frames()?[0].function, seen.function.to_string());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it is not in the store, or that fails.
    pub async fn inspect(&self) -> Result<Inspected, RuntimeError> {
        match self.client.store.inspect(self.id.clone()).await? {
            Some(record) => Ok(Inspected(record)),
            None => Err(RuntimeError::Unknown(self.id.clone())),
        }
    }

    /// Sends it a message: it is in its inbox when this returns, until it [receives](crate::receive) it.
    ///
    /// ```
    /// use coroutine_runtime::{RuntimeError, TestRuntime, prelude::*, receive};
    ///
    /// #[durable]
    /// async fn waits() -> u32 {
    ///     receive("go").await
    /// }
    ///
    /// TestRuntime::new().register(waits).run(async |rt| {
    ///     let waits = rt.start(waits, ()).await?;
    ///     waits.send("go", &7).await?; // whether it waits already or not
    ///     assert_eq!(waits.result().await?, 7);
    ///     assert!(matches!(waits.send("go", &8).await, Err(RuntimeError::Ended(_))));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it has ended or is not in the store, when too many messages wait for it, when the message cannot be stored, or when the store
    /// fails. If the answer was lost it may have been sent: [with a key](Self::send_with_key) it can be sent again.
    pub async fn send<T: Serialize + ?Sized>(&self, channel: &str, message: &T) -> Result<(), RuntimeError> {
        self.send_message(channel.into(), None, message).await
    }

    /// As [`send`](Self::send), once: of the messages to this coroutine that have the same key, only the first is delivered.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*, receive};
    ///
    /// #[durable]
    /// async fn adds() -> u32 {
    ///     receive::<u32>("numbers").await + receive::<u32>("numbers").await
    /// }
    ///
    /// TestRuntime::new().register(adds).run(async |rt| {
    ///     let adds = rt.start(adds, ()).await?;
    ///     adds.send_with_key("numbers", "request-1", &3).await?;
    ///     adds.send_with_key("numbers", "request-1", &3).await?; // its sender had no answer, and sent it again
    ///     adds.send_with_key("numbers", "request-2", &4).await?;
    ///     assert_eq!(adds.result().await?, 7);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send). A message that was sent before is no error.
    pub async fn send_with_key<T: Serialize + ?Sized>(&self, channel: &str, key: &str, message: &T) -> Result<(), RuntimeError> {
        self.send_message(channel.into(), Some(key.into()), message).await
    }

    async fn send_message<T: Serialize + ?Sized>(&self, channel: Arc<str>, key: Option<Arc<str>>, message: &T) -> Result<(), RuntimeError> {
        let payload = payload::encode(&message).map_err(RuntimeError::Payload)?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(RuntimeError::TooLarge { bytes: payload.len(), max: PAYLOAD_BYTES_MAX });
        }
        let message = NewMessage { to: self.id.clone(), channel, key, payload };
        match self.client.store.send(self.client.world.now_ms(), vec![message]).await?.first() {
            Some(Sent::New | Sent::Duplicate) => Ok(()),
            Some(Sent::Ended) => Err(RuntimeError::Ended(self.id.clone())),
            Some(Sent::Full) => Err(RuntimeError::InboxFull(self.id.clone())),
            Some(Sent::Unknown) | None => Err(RuntimeError::Unknown(self.id.clone())),
        }
    }

    /// Asks it to cancel. It is dropped where it waits, at its next await at the latest, and with it the children that it started; unless
    /// it waits in [`cancelled`](crate::cancelled): then it is told, and may clean up. To ask a second time drops it then, too.
    ///
    /// ```
    /// use coroutine_runtime::{JoinError, RuntimeError, TestRuntime, prelude::*, receive};
    ///
    /// #[durable]
    /// async fn waits() -> u32 {
    ///     receive("go").await
    /// }
    ///
    /// TestRuntime::new().register(waits).run(async |rt| {
    ///     let waits = rt.start(waits, ()).await?;
    ///     waits.cancel().await?;
    ///     assert!(matches!(waits.result().await, Err(RuntimeError::Join(JoinError::Cancelled))));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it has ended or is not in the store, or that fails.
    pub async fn cancel(&self) -> Result<(), RuntimeError> {
        match self.client.store.cancel(self.client.world.now_ms(), self.id.clone()).await? {
            Asked::New | Asked::Again => Ok(()),
            Asked::Ended => Err(RuntimeError::Ended(self.id.clone())),
            Asked::Unknown => Err(RuntimeError::Unknown(self.id.clone())),
        }
    }
}

impl<R> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Handle { client: self.client.clone(), id: self.id.clone(), _gives: PhantomData }
    }
}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.id).finish()
    }
}

/// Everything that can be seen of a coroutine: what the store has of it, decoded.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, progress, receive};
///
/// #[durable]
/// async fn order() {
///     progress("waits for approval").await;
///     receive::<()>("approval").await
/// }
///
/// TestRuntime::new().register(order).run(async |rt| {
///     let order = rt.start(order, ()).await?;
///     rt.settle().await;
///     let inspected = order.inspect().await?;
///     assert_eq!(inspected.progress::<String>()?.as_deref(), Some("waits for approval"));
///     let frames = inspected.frames()?;
///     assert_eq!(frames.last().map(|frame| &*frame.function), Some("receive"));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected(Record);

impl Inspected {
    /// What it said last of how far it is; see [`progress`](crate::progress).
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*, progress};
    ///
    /// #[durable]
    /// async fn counts() {
    ///     for n in 1..=3u32 {
    ///         progress((n, 3u32)).await;
    ///     }
    /// }
    ///
    /// TestRuntime::new().register(counts).run(async |rt| {
    ///     let counts = rt.start(counts, ()).await?;
    ///     counts.result().await?;
    ///     let seen = counts.inspect().await?;
    ///     assert_eq!(seen.progress::<(u32, u32)>()?, Some((3, 3)));
    ///     assert!(seen.progress::<String>().is_err());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When that is no `T`.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<Option<T>, PayloadError> {
        self.0.progress.as_deref().map(payload::decode).transpose()
    }

    /// The functions that await each other in it, from the outermost, and where each waits. None where it has not begun, or has ended.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*, receive};
    ///
    /// #[durable]
    /// async fn waits() -> u32 {
    ///     receive("go").await
    /// }
    ///
    /// #[durable]
    /// async fn outer() -> u32 {
    ///     waits().await
    /// }
    ///
    /// TestRuntime::new().register(outer).run(async |rt| {
    ///     let outer = rt.start(outer, ()).await?;
    ///     rt.settle().await;
    ///     let seen = outer.inspect().await?;
    ///     let names: Vec<_> = seen.frames()?.iter().map(|frame| frame.function.rsplit("::").next().unwrap().to_string()).collect();
    ///     assert_eq!(names, ["outer", "waits", "receive"]);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When its snapshot is damaged.
    pub fn frames(&self) -> Result<Vec<FrameInspection>, RestoreError> {
        match &self.0.stored {
            Some(Stored::Snapshot(bytes)) => Ok(inspect(bytes)?.frames),
            Some(Stored::Args(_)) | None => Ok(Vec::new()),
        }
    }
}

/// The store's record.
impl Deref for Inspected {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.0
    }
}
