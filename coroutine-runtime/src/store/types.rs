//! What goes into a store and comes out of it: plain data.
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// How many bytes an [`Id`] may have.
pub const ID_BYTES_MAX: usize = 255;
/// How many messages may wait in the inbox of a coroutine for more to be accepted from outside; see [`Sent::Full`].
pub const INBOX_MAX: usize = 10_000;

/// The name of a coroutine in its store: 1 to 255 bytes, chosen by whoever starts it.
///
/// ```
/// use coroutine_runtime::store::Id;
///
/// let order = Id::new("order-17")?;
/// assert_eq!(order.child(3)?.as_str(), "order-17/3");
/// assert!(Id::new("").is_err());
/// # Ok::<(), coroutine_runtime::store::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(Arc<str>);

impl Id {
    /// An id of this text.
    ///
    /// ```
    /// use coroutine_runtime::store::Id;
    ///
    /// assert_eq!(Id::new("order-17")?.to_string(), "order-17");
    /// assert!(Id::new("x".repeat(256)).is_err());
    /// # Ok::<(), coroutine_runtime::store::IdError>(())
    /// ```
    ///
    /// # Errors
    /// If it is empty or has more than [`ID_BYTES_MAX`] bytes.
    pub fn new(text: impl Into<Arc<str>>) -> Result<Self, IdError> {
        let text = text.into();
        match text.len() {
            1..=ID_BYTES_MAX => Ok(Id(text)),
            length => Err(IdError { length }),
        }
    }

    /// The id of the child that bears this number: `parent/number`.
    ///
    /// ```
    /// use coroutine_runtime::store::Id;
    ///
    /// assert_eq!(Id::new("order-17")?.child(0)?.child(3)?.as_str(), "order-17/0/3");
    /// # Ok::<(), coroutine_runtime::store::IdError>(())
    /// ```
    ///
    /// # Errors
    /// If that is too long.
    pub fn child(&self, number: u64) -> Result<Self, IdError> {
        Id::new(format!("{self}/{number}"))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Id::new(text)
    }
}

impl TryFrom<&str> for Id {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        Id::new(text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        id.as_str().to_owned()
    }
}

/// A text that is no [`Id`].
///
/// ```
/// use coroutine_runtime::store::Id;
///
/// let error = Id::new("").unwrap_err();
/// assert_eq!(error.to_string(), "an id has 1 to 255 bytes, and this text has 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    length: usize,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id has 1 to {ID_BYTES_MAX} bytes, and this text has {}", self.length)
    }
}

impl std::error::Error for IdError {}

/// How often a coroutine was committed. It only grows, by one with each [`Checkpoint`].
pub type Revision = u64;

/// Who may write what it has claimed: one for each start of a worker, never used twice in a store.
///
/// ```
/// use coroutine_runtime::store::WorkerId;
///
/// assert_eq!((WorkerId::new(7).number(), WorkerId::new(7).to_string()), (7, "worker 7".to_string()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(u64);

impl WorkerId {
    /// The worker of this number.
    pub fn new(number: u64) -> Self {
        WorkerId(number)
    }

    /// Its number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker {}", self.0)
    }
}

/// A coroutine to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCoroutine {
    /// Its name in the store.
    pub id: Id,
    /// The function that it runs.
    pub function: Arc<str>,
    /// The function's arguments.
    pub args: Vec<u8>,
    /// Who started it: wakes when it ends, and is cancelled before it.
    pub parent: Option<Id>,
}

/// What became of a [`NewCoroutine`].
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Started, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: vec![1], parent: None };
/// let other = NewCoroutine { args: vec![2], ..order.clone() };
/// assert_eq!(store.start(0, vec![order.clone(), order, other]).await?, [Started::New, Started::Same, Started::Other]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It is there and ready.
    New,
    /// It was there before, of the same function and with the same arguments: nothing was done.
    Same,
    /// Its id was taken by one of another function or with other arguments: nothing was done.
    Other,
}

/// Where a coroutine stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It has not begun: its arguments.
    Args(Vec<u8>),
    /// A snapshot of it.
    Snapshot(Vec<u8>),
}

/// How a coroutine ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It returned this.
    Completed(Vec<u8>),
    /// It was given up, for this reason.
    Failed(String),
    /// It was cancelled.
    Cancelled,
}

/// What is known of how a coroutine ended.
///
/// ```
/// use coroutine_runtime::store::{Fate, Id, Memory, NewCoroutine, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// assert_eq!(store.ends(vec![id.clone()]).await?, [Fate::Unknown]);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: vec![1], parent: None };
/// store.start(0, vec![order]).await?;
/// assert_eq!(store.ends(vec![id]).await?, [Fate::Alive]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is not in the store: it never was, or it was [swept](super::Store::sweep).
    Unknown,
    /// It has not ended.
    Alive,
    /// It has.
    Ended(End),
}

/// What a coroutine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It may go on, and waits for a worker.
    Ready,
    /// A worker has it.
    Running,
    /// It waits: for a time, for messages, for others' ends.
    Waiting,
    /// It panicked and will be tried again at a later time.
    Retrying,
    /// It rests where it stands until somebody resumes or fails it.
    Quarantined,
    /// It returned.
    Completed,
    /// It was given up.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// What a coroutine waits for: for whatever of it is first. A request to cancel wakes it in any case.
///
/// To wait for the end of a coroutine that is not in the store counts as fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wake {
    /// This time.
    pub until_ms: Option<u64>,
    /// A message in one of these channels.
    pub channels: Vec<Arc<str>>,
    /// The end of one of these coroutines.
    pub ends: Vec<Id>,
}

/// What becomes of a coroutine with a [`Checkpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The worker keeps it: a step is ahead.
    Running {
        /// Its snapshot.
        snapshot: Vec<u8>,
    },
    /// The worker lets go of it until it wakes. If what it waits for has come already it is ready at once.
    Waiting {
        /// Its snapshot.
        snapshot: Vec<u8>,
        /// What it waits for.
        wake: Wake,
    },
    /// It panicked: it stands where it stood, and may go on at a time.
    Retrying {
        /// What it panicked with.
        error: String,
        /// How often it has been tried since its last good checkpoint.
        attempts: u32,
        /// When to try again.
        until_ms: u64,
    },
    /// It rests where it stood until somebody [resumes](super::Store::resume), [fails](super::Store::fail) or
    /// [cancels](super::Store::cancel) it.
    Quarantined {
        /// Why.
        error: String,
    },
    /// The worker gives it back as it stood, ready to go on at once.
    Released,
    /// It is over. What it has not received is forgotten; if it was cancelled, so are its children.
    Ended(End),
}

/// One commit of one coroutine, all of it or nothing: where it stands, and everything that it did since the last one.
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, End, Id, Next};
///
/// let checkpoint = Checkpoint::new(Id::new("order-17")?, 4, Next::Ended(End::Completed(b"receipt".to_vec())));
/// assert_eq!(checkpoint.revision, 4);
/// # Ok::<(), coroutine_runtime::store::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose it is.
    pub id: Id,
    /// The revision at which it was loaded or last committed. If the store has another one, nothing is written.
    pub revision: Revision,
    /// What becomes of it.
    pub next: Next,
    /// A counter of the engine's, kept beside the snapshot.
    pub serial: u64,
    /// The messages that it has received, by [`Message::seq`].
    pub consumed: Vec<u64>,
    /// How many of the requests to cancel it has been told of, all in all. One that it has been told of wakes it no more.
    pub cancels_taken: u32,
    /// Coroutines to start. They are there before messages are sent.
    pub starts: Vec<NewCoroutine>,
    /// Messages to send.
    pub sends: Vec<NewMessage>,
    /// Coroutines to cancel.
    pub cancels: Vec<Id>,
    /// What others may read of how far it is, if that is new.
    pub progress: Option<Vec<u8>>,
}

impl Checkpoint {
    /// A checkpoint that only says where the coroutine stands.
    pub fn new(id: Id, revision: Revision, next: Next) -> Self {
        Checkpoint {
            id,
            revision,
            next,
            serial: 0,
            consumed: Vec::new(),
            cancels_taken: 0,
            starts: Vec::new(),
            sends: Vec::new(),
            cancels: Vec::new(),
            progress: None,
        }
    }
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// To whom.
    pub to: Id,
    /// In which of its channels.
    pub channel: Arc<str>,
    /// Of the messages to one coroutine that have the same key, only the first is delivered.
    pub key: Option<Arc<str>>,
    /// What it says.
    pub payload: Vec<u8>,
}

/// What became of a [`NewMessage`].
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, NewMessage, Sent, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let message = NewMessage { to: id.clone(), channel: "go".into(), key: Some("1".into()), payload: vec![] };
/// assert_eq!(store.send(0, vec![message.clone()]).await?, [Sent::Unknown]);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: vec![1], parent: None };
/// store.start(0, vec![order]).await?;
/// assert_eq!(store.send(0, vec![message.clone(), message]).await?, [Sent::New, Sent::Duplicate]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is in the inbox.
    New,
    /// One with its key was sent before: nothing was done.
    Duplicate,
    /// Who should have it has ended.
    Ended,
    /// Who should have it is not in the store.
    Unknown,
    /// [`INBOX_MAX`] messages wait there already; try again later. (What coroutines send each other is always accepted.)
    Full,
}

/// A message in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number: messages of one inbox are in the order of their numbers.
    pub seq: u64,
    /// Its channel.
    pub channel: Arc<str>,
    /// What it says.
    pub payload: Vec<u8>,
}

/// What became of one [`Checkpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// It is durable.
    Done {
        /// The coroutine's revision from now on.
        revision: Revision,
        /// Whether it was to wait and is ready again, since what it waits for was there.
        ready: bool,
        /// How often it was asked to cancel.
        cancels_asked: u32,
        /// Which of the coroutines to start were not, since their ids are taken: [`Started::Other`].
        clashes: Vec<Id>,
    },
    /// The coroutine has another revision or is another worker's: nothing of this checkpoint was written.
    Stale,
}

/// What became of a batch of checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Of each checkpoint, in their order.
    pub outcomes: Vec<Committed>,
    /// How many coroutines became ready: started, woken, or ready again at once.
    pub ready: usize,
    /// The earliest time at which one of those that wait from now on wakes.
    pub next_due_ms: Option<u64>,
}

/// A coroutine that a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Its name.
    pub id: Id,
    /// The function that it runs.
    pub function: Arc<str>,
    /// Its revision.
    pub revision: Revision,
    /// Where it stands.
    pub stored: Stored,
    /// See [`Checkpoint::serial`].
    pub serial: u64,
    /// How often it panicked, or its worker died, since its last good checkpoint.
    pub attempts: u32,
    /// Who started it.
    pub parent: Option<Id>,
    /// The messages that it has not received, in their order.
    pub inbox: Vec<Message>,
    /// Of those whose ends it waits for since its last checkpoint, the ones that are not [alive](Fate::Alive).
    pub ends: Vec<(Id, Fate)>,
    /// How often it was asked to cancel.
    pub cancels_asked: u32,
    /// How many of these it has been told of.
    pub cancels_taken: u32,
}

/// What a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claimed {
    /// The coroutines, those that have waited longest first.
    pub coroutines: Vec<Loaded>,
    /// The earliest time at which there may be more to claim; the time of the claim if there is more now.
    pub next_due_ms: Option<u64>,
}

/// A question for what has come for a coroutine that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsOf {
    /// Whose it is.
    pub id: Id,
    /// The number of the last message that is known.
    pub after_seq: u64,
    /// Coroutines whose ends it waits for.
    pub ends: Vec<Id>,
}

/// What has come for a coroutine that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Whose it is.
    pub id: Id,
    /// The messages that are new.
    pub inbox: Vec<Message>,
    /// How often it was asked to cancel, all in all.
    pub cancels_asked: u32,
    /// Of those whose ends it waits for, the ones that are not [alive](Fate::Alive).
    pub ends: Vec<(Id, Fate)>,
}

/// What became of a request to cancel.
///
/// ```
/// use coroutine_runtime::store::{Asked, Id, Memory, NewCoroutine, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// assert_eq!(store.cancel(0, id.clone()).await?, Asked::Unknown);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: vec![1], parent: None };
/// store.start(0, vec![order]).await?;
/// assert_eq!(store.cancel(0, id.clone()).await?, Asked::New);
/// assert_eq!(store.cancel(0, id).await?, Asked::Again);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It will be told, and wakes.
    New,
    /// It was asked before; it will be told again.
    Again,
    /// It has ended.
    Ended,
    /// It is not in the store.
    Unknown,
}

/// Everything that can be seen of a coroutine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub id: Id,
    /// The function that it runs.
    pub function: Arc<str>,
    /// What it is doing.
    pub status: Status,
    /// Who has it, if it runs.
    pub worker: Option<WorkerId>,
    /// Its revision.
    pub revision: Revision,
    /// Where it stands; not in a [`Page`], and not of one that has ended.
    pub stored: Option<Stored>,
    /// What it waits for, if it waits.
    pub wake: Option<Wake>,
    /// How often it panicked, or its worker died, since its last good checkpoint.
    pub attempts: u32,
    /// What it panicked with last, or why it is quarantined.
    pub error: Option<String>,
    /// What it says of how far it is.
    pub progress: Option<Vec<u8>>,
    /// Who started it.
    pub parent: Option<Id>,
    /// How many messages it has not received.
    pub inbox: usize,
    /// How often it was asked to cancel.
    pub cancels_asked: u32,
    /// When it was started.
    pub started_ms: u64,
    /// When it was committed last, or ended.
    pub changed_ms: u64,
    /// How it ended.
    pub end: Option<End>,
}

/// Which coroutines to list.
///
/// ```
/// use coroutine_runtime::store::{Filter, Id, Memory, NewCoroutine, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: vec![1], parent: None };
/// store.start(0, vec![order]).await?;
/// let found = |function: &str| Filter { function: Some(function.into()), ..Filter::default() };
/// assert_eq!(store.list(found("order"), None, 10).await?.records[0].id, id);
/// assert!(store.list(found("refund"), None, 10).await?.records.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Those that are doing this.
    pub status: Option<Status>,
    /// Those of this function.
    pub function: Option<Arc<str>>,
}

/// Some of the coroutines in a store, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The coroutines, without what is stored of them.
    pub records: Vec<Record>,
    /// After which id to go on; `None` if these were the last.
    pub next: Option<Id>,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// How many coroutines are gone.
    pub removed: usize,
    /// Whether there may be more.
    pub more: bool,
}
