//! Stores: where coroutines are when they are not running.
//!
//! A [`Store`] keeps what the engine commits: of each coroutine its snapshot, what it waits for and its inbox. It knows nothing of the
//! functions: snapshots, arguments, messages and results are bytes to it. It has no clock either: every time is in milliseconds since
//! 1970 and handed in by the caller.
//!
//! - `Sqlite` (with the feature `sqlite`) is one file, the default for a single machine.
//! - [`Memory`] forgets everything with the process: for tests.
//! - [`Faulty`] stands in front of another one and fails as planned: for tests.
//!
//! Whatever the store, these are the rules:
//!
//! 1. A [`Checkpoint`] is one atomic commit: the snapshot, what the coroutine waits for, the messages that it received and sent, the
//!    children that it started, its end. It is there as a whole or not at all, and when [`Store::commit`] answers it is durable.
//! 2. A checkpoint is conditional on the coroutine's revision and on the worker that has it. A worker that was deposed cannot write.
//! 3. Whether what a coroutine waits for has come already is decided in the commit that makes it wait: nothing can come in between.
//! 4. A message is in its inbox until a checkpoint says that it was received; of two with the same key only the first is.
//! 5. A coroutine that has ended stays that way. Its end wakes whoever waits for it.
pub mod conformance;
mod error;
mod faulty;
mod memory;
mod shared;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
mod types;

pub use error::StoreError;
pub use faulty::{Fault, Faulty, Operation};
pub use memory::Memory;
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteOptions};
pub use types::{
    Asked, Checkpoint, Claimed, Committed, End, Fate, Filter, ID_BYTES_MAX, INBOX_MAX, Id, IdError, Loaded, Message, NewCoroutine,
    NewMessage, News, NewsOf, Next, Page, Record, Report, Revision, Sent, Started, Status, Stored, Swept, Wake, WorkerId,
};

use std::pin::Pin;
use std::sync::Arc;

/// A future that a store gives.
///
/// ```
/// use coroutine_runtime::store::BoxFuture;
///
/// let later: BoxFuture<'_, u32> = Box::pin(async { 42 });
/// # drop(later);
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// What a store answers, later.
///
/// ```
/// use coroutine_runtime::store::{Answer, StoreError};
///
/// let refused: Answer<'_, u32> = Box::pin(async { Err(StoreError::Busy) });
/// # drop(refused);
/// ```
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Where coroutines are kept, and who may run them.
///
/// The engine calls this; a program needs it only to bring a store of its own. Every call is atomic. If the future that a call gives is
/// dropped, the call may be carried out or not.
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, End, Fate, Id, Memory, NewCoroutine, Next, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Memory::new();
/// let id = Id::new("greeting")?;
/// store.start(0, vec![NewCoroutine { id: id.clone(), function: "greet".into(), args: b"Ada".to_vec(), parent: None }]).await?;
///
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["greet".into()]).await?;
/// let greeting = &claimed.coroutines[0];
/// let end = End::Completed(b"Hello Ada".to_vec());
/// store.commit(worker, 1, vec![Checkpoint::new(id.clone(), greeting.revision, Next::Ended(end.clone()))]).await?;
/// assert_eq!(store.ends(vec![id]).await?, [Fate::Ended(end)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Store: Send + Sync + 'static {
    /// A new worker, which is taken for dead if it does not beat for `ttl_ms`.
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId>;

    /// The worker lives: it has `ttl_ms` from now.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if it was deposed.
    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()>;

    /// Deposes the workers whose time is over, and those of which the store knows that they are dead; tells how many these are. What
    /// they ran is ready for others, with one more attempt.
    fn depose(&self, now_ms: u64) -> Answer<'_, usize>;

    /// The worker ends. What it still has is ready for others.
    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()>;

    /// Gives the worker up to `limit` coroutines of these functions that are ready or due, those that have waited longest first.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if it was deposed.
    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed>;

    /// Writes checkpoints, all of them in one commit, each on its own condition; see [`Committed`].
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if the worker was deposed: nothing is written.
    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report>;

    /// Gives back those of these coroutines that this worker has, as they were committed last: after an answer of which it is not
    /// known whether it was [written](StoreError::definite).
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if it was deposed: then they were given back before.
    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()>;

    /// What has come for coroutines that this worker has. Those that it does not have are left out.
    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>>;

    /// Which of these coroutines have ended, and how.
    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>>;

    /// Starts coroutines.
    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>>;

    /// Sends messages from outside.
    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>>;

    /// Asks a coroutine to cancel. Its children are asked when it has ended that way.
    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked>;

    /// Makes a quarantined coroutine ready, with no attempts behind it. Tells whether it was one.
    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool>;

    /// Ends a quarantined coroutine as failed. Tells whether it was one.
    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool>;

    /// Everything that can be seen of a coroutine.
    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>>;

    /// Some of the coroutines after an id, at most `limit`. A page may be short, even empty, though there are more: `next` tells.
    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page>;

    /// Removes coroutines that ended before a time, at most `limit`. One whose parent lives is kept, for its parent may ask how it
    /// ended.
    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept>;

    /// Waits until the store's count of changes is above `seen`, and gives the count. Begin with 0: that is answered at once.
    ///
    /// Counted is what somebody may wait for: a coroutine that became ready or has a new time to wake at, a message, a request to
    /// cancel, an end. What this process did is counted at once; what others did within milliseconds.
    fn changed(&self, seen: u64) -> BoxFuture<'_, u64>;
}
