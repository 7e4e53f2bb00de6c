//! What can go wrong between a program and the engine.
use crate::leaf::JoinError;
use crate::payload::PayloadError;
use crate::store::{Id, IdError, StoreError};
use std::fmt;

/// Why a coroutine was not started.
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
/// match client.start_as("", doubles, (3,)).await {
///     Err(StartError::Id(error)) => assert_eq!(error.to_string(), "an id has 1 to 255 bytes, and this text has 0"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StartError {
    /// This is no id.
    Id(IdError),
    /// The id is taken by a coroutine of another function, or with other arguments.
    Taken(Id),
    /// The arguments cannot be written.
    Arguments(PayloadError),
    /// The arguments are larger than the store is to keep.
    TooLarge {
        /// So many bytes they have.
        bytes: usize,
        /// So many are allowed.
        max: usize,
    },
    /// The store did not do it.
    Store(StoreError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Id(_) => f.write_str("the coroutine was not started: it cannot have this id"),
            StartError::Taken(id) => {
                write!(
                    f,
                    "the coroutine was not started: `{id}` is another one, of another function or with other arguments; choose another id"
                )
            }
            StartError::Arguments(_) => f.write_str("the coroutine was not started: its arguments cannot be stored"),
            StartError::TooLarge { bytes, max } => {
                write!(
                    f,
                    "the coroutine was not started: its arguments have {bytes} bytes, and {max} are allowed; store them elsewhere, and pass where"
                )
            }
            StartError::Store(_) => {
                f.write_str("the coroutine was not started, or the answer was lost: with an id of your own, start it again")
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Id(error) => Some(error),
            StartError::Arguments(error) => Some(error),
            StartError::Store(error) => Some(error),
            StartError::Taken(_) | StartError::TooLarge { .. } => None,
        }
    }
}

/// Why the engine did not do what a program asked.
///
/// ```
/// use coroutine_runtime::store::{Memory};
/// use coroutine_runtime::{Client, prelude::*, RuntimeError};
///
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let handle = Client::new(Memory::new()).handle::<u32>("nobody")?;
/// match handle.status().await {
///     Err(RuntimeError::Unknown(id)) => assert_eq!(id.as_str(), "nobody"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The functions that are registered cannot be run: what each lacks.
    Functions(Vec<String>),
    /// The coroutine is not in the store: it never was, or ended so long ago that it was removed.
    Unknown(Id),
    /// The coroutine has ended already.
    Ended(Id),
    /// The coroutine gave no value.
    Join(JoinError),
    /// What is sent cannot be written.
    Payload(PayloadError),
    /// What is sent is larger than the store is to keep.
    TooLarge {
        /// So many bytes it has.
        bytes: usize,
        /// So many are allowed.
        max: usize,
    },
    /// Too many messages wait for the coroutine; try again later.
    InboxFull(Id),
    /// The store did not do it.
    Store(StoreError),
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuntimeError::Functions(faults) => write!(f, "the runtime cannot start: {}", faults.join("; ")),
            RuntimeError::Unknown(id) => {
                write!(f, "`{id}` is not in the store: it never was, or it ended so long ago that it was removed")
            }
            RuntimeError::Ended(id) => write!(f, "`{id}` has ended"),
            RuntimeError::Join(error) => error.fmt(f),
            RuntimeError::Payload(_) => f.write_str("the message cannot be stored"),
            RuntimeError::TooLarge { bytes, max } => {
                write!(f, "the message has {bytes} bytes, and {max} are allowed; store it elsewhere, and send where")
            }
            RuntimeError::InboxFull(id) => write!(f, "too many messages wait for `{id}` already; try again when it has received some"),
            RuntimeError::Store(_) => f.write_str("the store did not do it"),
        }
    }
}

impl std::error::Error for RuntimeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RuntimeError::Payload(error) => Some(error),
            RuntimeError::Store(error) => Some(error),
            RuntimeError::Join(error) => std::error::Error::source(error),
            RuntimeError::Functions(_)
            | RuntimeError::Unknown(_)
            | RuntimeError::Ended(_)
            | RuntimeError::TooLarge { .. }
            | RuntimeError::InboxFull(_) => None,
        }
    }
}

impl From<StoreError> for RuntimeError {
    fn from(error: StoreError) -> Self {
        RuntimeError::Store(error)
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        StartError::Store(error)
    }
}

impl From<IdError> for StartError {
    fn from(error: IdError) -> Self {
        StartError::Id(error)
    }
}
