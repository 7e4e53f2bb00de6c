//! What goes into a store and comes out of it: plain data.
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// How many bytes an [`Id`] may have.
///
/// ```
/// use coroutine_runtime::store::{ID_BYTES_MAX, Id};
///
/// assert!(Id::new("x".repeat(ID_BYTES_MAX)).is_ok() && Id::new("x".repeat(ID_BYTES_MAX + 1)).is_err());
/// ```
pub const ID_BYTES_MAX: usize = 255;
/// How many messages may wait in the inbox of a coroutine for more to be accepted from outside; see [`Sent::Full`].
///
/// ```
/// use coroutine_runtime::store::{INBOX_MAX, Id, Memory, NewCoroutine, NewMessage, Sent, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let message = NewMessage { to: id, channel: "go".into(), key: None, payload: vec![] };
/// let sent = store.send(0, vec![message; INBOX_MAX + 1]).await?;
/// assert_eq!((sent[INBOX_MAX - 1], sent[INBOX_MAX]), (Sent::New, Sent::Full));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    ///
    /// ```
    /// use coroutine_runtime::store::Id;
    ///
    /// assert_eq!(Id::new("order-17")?.as_str(), "order-17");
    /// # Ok::<(), coroutine_runtime::store::IdError>(())
    /// ```
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
    ///
    /// ```
    /// use coroutine_runtime::store::WorkerId;
    ///
    /// assert_eq!(WorkerId::new(7).to_string(), "worker 7");
    /// ```
    pub fn new(number: u64) -> Self {
        WorkerId(number)
    }

    /// Its number.
    ///
    /// ```
    /// use coroutine_runtime::store::WorkerId;
    ///
    /// assert_eq!(WorkerId::new(7).number(), 7);
    /// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Started, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let order = NewCoroutine { id: Id::new("order-17")?, function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// assert_eq!(Memory::new().start(0, vec![order]).await?, [Started::New]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Store, Stored};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// assert_eq!(store.inspect(id).await?.and_then(|record| record.stored), Some(Stored::Args(b"[1]".to_vec())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It has not begun: its arguments.
    Args(Vec<u8>),
    /// A snapshot of it.
    Snapshot(Vec<u8>),
}

/// How a coroutine ended.
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, End, Fate, Id, Memory, NewCoroutine, Next, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// let end = End::Completed(b"receipt".to_vec());
/// store.commit(worker, 1, vec![Checkpoint::new(id.clone(), claimed.coroutines[0].revision, Next::Ended(end.clone()))]).await?;
/// assert_eq!(store.ends(vec![id]).await?, [Fate::Ended(end)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Status, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// assert_eq!(store.inspect(id.clone()).await?.map(|record| record.status), Some(Status::Ready));
/// let worker = store.open_worker(0, 10_000).await?;
/// store.claim(worker, 0, 16, &["order".into()]).await?;
/// assert_eq!(store.inspect(id).await?.map(|record| record.status), Some(Status::Running));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, Id, Memory, NewCoroutine, Next, Store, Wake};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// let wake = Wake { until_ms: Some(100), channels: vec!["go".into()], ends: vec![] };
/// let waits = Next::Waiting { snapshot: b"..".to_vec(), wake };
/// store.commit(worker, 1, vec![Checkpoint::new(id, claimed.coroutines[0].revision, waits)]).await?;
/// let claimed = store.claim(worker, 99, 16, &["order".into()]).await?;
/// assert_eq!((claimed.coroutines.len(), claimed.next_due_ms), (0, Some(100)));
/// assert_eq!(store.claim(worker, 100, 16, &["order".into()]).await?.coroutines.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, Id, Memory, NewCoroutine, Next, Status, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// let rests = Next::Quarantined { error: "it panicked".into() };
/// store.commit(worker, 1, vec![Checkpoint::new(id.clone(), claimed.coroutines[0].revision, rests)]).await?;
/// let record = store.inspect(id).await?.ok_or("it is gone")?;
/// assert_eq!((record.status, record.error.as_deref()), (Status::Quarantined, Some("it panicked")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    ///
    /// ```
    /// use coroutine_runtime::store::{Checkpoint, Id, Next};
    ///
    /// let checkpoint = Checkpoint { progress: Some(b"3".to_vec()), ..Checkpoint::new(Id::new("order-17")?, 4, Next::Released) };
    /// assert!(checkpoint.sends.is_empty());
    /// # Ok::<(), coroutine_runtime::store::IdError>(())
    /// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, NewMessage, Sent, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let message = NewMessage { to: id, channel: "go".into(), key: None, payload: b"1".to_vec() };
/// assert_eq!(store.send(0, vec![message]).await?, [Sent::New]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, NewMessage, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// store.send(0, vec![NewMessage { to: id, channel: "go".into(), key: None, payload: b"1".to_vec() }]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let inbox = &store.claim(worker, 0, 16, &["order".into()]).await?.coroutines[0].inbox;
/// assert_eq!((inbox[0].seq, &*inbox[0].channel, &*inbox[0].payload), (1, "go", &b"1"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, Committed, Id, Memory, NewCoroutine, Next, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// let checkpoint = Checkpoint::new(id, claimed.coroutines[0].revision, Next::Running { snapshot: b"..".to_vec() });
/// let first = store.commit(worker, 1, vec![checkpoint.clone()]).await?;
/// assert!(matches!(first.outcomes[..], [Committed::Done { revision: 1, .. }]));
/// let again = store.commit(worker, 2, vec![checkpoint]).await?;
/// assert!(matches!(again.outcomes[..], [Committed::Stale]), "it has another revision now");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, Id, Memory, NewCoroutine, Next, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// let report = store.commit(worker, 1, vec![Checkpoint::new(id, claimed.coroutines[0].revision, Next::Released)]).await?;
/// assert_eq!((report.outcomes.len(), report.ready), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Store, Stored};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// let loaded = &claimed.coroutines[0];
/// assert_eq!((&loaded.id, &*loaded.function, loaded.revision, loaded.attempts), (&id, "order", 0, 0));
/// assert_eq!(loaded.stored, Stored::Args(b"[1]".to_vec()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// assert_eq!((&claimed.coroutines[0].id, claimed.next_due_ms), (&id, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claimed {
    /// The coroutines, those that have waited longest first.
    pub coroutines: Vec<Loaded>,
    /// The earliest time at which there may be more to claim; the time of the claim if there is more now.
    pub next_due_ms: Option<u64>,
}

/// A question for what has come for a coroutine that runs.
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, NewMessage, NewsOf, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// store.send(1, vec![NewMessage { to: id.clone(), channel: "go".into(), key: None, payload: b"1".to_vec() }]).await?;
/// let news = store.news(worker, vec![NewsOf { id, after_seq: 0, ends: vec![] }]).await?;
/// assert_eq!(news[0].inbox.len(), 1);
/// let of = NewsOf { id: news[0].id.clone(), after_seq: news[0].inbox[0].seq, ends: vec![] };
/// assert!(store.news(worker, vec![of]).await?[0].inbox.is_empty(), "nothing after that");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, NewMessage, NewsOf, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// store.send(1, vec![NewMessage { to: id.clone(), channel: "go".into(), key: None, payload: b"1".to_vec() }]).await?;
/// let news = store.news(worker, vec![NewsOf { id, after_seq: 0, ends: vec![] }]).await?;
/// assert_eq!((&*news[0].inbox[0].payload, news[0].cancels_asked), (&b"1"[..], 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Status, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let record = store.inspect(id).await?.ok_or("it is not there")?;
/// assert_eq!((&*record.function, record.status, record.revision, record.inbox), ("order", Status::Ready, 0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use coroutine_runtime::store::{Filter, Id, Memory, NewCoroutine, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Memory::new();
/// for n in 0..3 {
///     let id = Id::new(format!("order-{n}"))?;
///     store.start(0, vec![NewCoroutine { id, function: "order".into(), args: vec![], parent: None }]).await?;
/// }
/// let page = store.list(Filter::default(), None, 2).await?;
/// assert_eq!(page.records.len(), 2);
/// let rest = store.list(Filter::default(), page.next, 2).await?;
/// assert_eq!((rest.records.len(), rest.next), (1, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The coroutines, without what is stored of them.
    pub records: Vec<Record>,
    /// After which id to go on; `None` if these were the last.
    pub next: Option<Id>,
}

/// What a sweep did.
///
/// ```
/// use coroutine_runtime::store::{Checkpoint, End, Id, Memory, NewCoroutine, Next, Store, Swept};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: b"[1]".to_vec(), parent: None };
/// store.start(0, vec![order]).await?;
/// let worker = store.open_worker(0, 10_000).await?;
/// let claimed = store.claim(worker, 0, 16, &["order".into()]).await?;
/// store.commit(worker, 1, vec![Checkpoint::new(id, claimed.coroutines[0].revision, Next::Ended(End::Cancelled))]).await?;
/// assert_eq!(store.sweep(500, 1, 10).await?, Swept::default(), "it ended at 1, not before");
/// assert_eq!(store.sweep(500, 2, 10).await?, Swept { removed: 1, more: false });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// How many coroutines are gone.
    pub removed: usize,
    /// Whether there may be more.
    pub more: bool,
}
