//! What can go wrong in a store. Each error says what is so and what to do; none of them loses what was committed before.
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why a store did not do what it was asked.
///
/// What was committed before stands, whatever the error is. Of the call that failed nothing was written, if the error is
/// [definite](StoreError::definite).
///
/// ```
/// use coroutine_runtime::store::StoreError;
///
/// assert!(StoreError::Full("no room".into()).definite(), "nothing was written");
/// assert!(!StoreError::Lost.definite(), "nobody knows");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StoreError {
    /// The worker was deposed: others run its coroutines now, and it can never write again.
    Fenced,
    /// There is no room left where the store lies.
    Full(String),
    /// The store may be read but not written.
    ReadOnly(String),
    /// What was read is not what was written.
    Corrupt(String),
    /// The store was made by a newer version of this crate.
    Newer {
        /// The version of the store's format.
        found: u32,
        /// The newest version that this crate knows.
        known: u32,
    },
    /// Others kept the store locked for too long; try again.
    Busy,
    /// The store cannot be reached, or failed in another way.
    Io(Arc<dyn Error + Send + Sync>),
    /// The answer was lost: what was asked may have been committed or not.
    Lost,
}

impl StoreError {
    /// Whether nothing of what was asked was written, for sure. If not, it may have been committed or not.
    ///
    /// ```
    /// use coroutine_runtime::store::StoreError;
    ///
    /// assert!(StoreError::Busy.definite());
    /// assert!(!StoreError::Lost.definite());
    /// ```
    pub fn definite(&self) -> bool {
        !matches!(self, StoreError::Io(_) | StoreError::Lost)
    }

    /// An error of what the store lies on.
    ///
    /// ```
    /// use coroutine_runtime::store::StoreError;
    /// use std::error::Error;
    ///
    /// let error = StoreError::io("the cable is out");
    /// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the cable is out"));
    /// ```
    pub fn io(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StoreError::Io(Arc::from(source.into()))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Fenced => {
                f.write_str("this worker was taken for dead and deposed; open a new one, and beat more often than its time to live")
            }
            StoreError::Full(what) => write!(f, "the store is full, and nothing of this was written ({what}); make room and try again"),
            StoreError::ReadOnly(what) => {
                write!(f, "the store can be read but not written ({what}); look at its permissions and its file system")
            }
            StoreError::Corrupt(what) => {
                write!(f, "the store is damaged ({what}); stop its workers, keep a copy of it, and go back to a backup")
            }
            StoreError::Newer { found, known } => {
                write!(f, "the store has format {found}, and this program knows formats up to {known}; run a newer version")
            }
            StoreError::Busy => f.write_str("others keep the store locked; try again"),
            StoreError::Io(_) => f.write_str("the store failed"),
            StoreError::Lost => {
                f.write_str("the answer of the store was lost: what was asked may have been committed or not; look before trying again")
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StoreError::Io(source) => Some(&**source),
            _ => None,
        }
    }
}
