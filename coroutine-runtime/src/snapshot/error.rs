//! What can go wrong on the way to bytes and back.
use std::any::type_name;
use std::fmt;

/// Why a coroutine cannot be stored now. It is unharmed, and an earlier snapshot of it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotError {
    what: String,
}

impl SnapshotError {
    #[cold]
    pub(crate) fn new(what: impl Into<String>) -> Self {
        SnapshotError { what: what.into() }
    }
    #[cold]
    pub(crate) fn flying() -> Self {
        Self::new("a step is under way: the frame could be stored when it took off, and can be again when it has landed")
    }
    #[cold]
    pub(crate) fn landing() -> Self {
        Self::new("the frame is not at rest")
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the coroutine cannot be stored now: {}", self.what)
    }
}

impl std::error::Error for SnapshotError {}

/// Why bytes do not give a coroutine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreError {
    what: Box<str>,
}

impl RestoreError {
    #[cold]
    pub(crate) fn new(what: impl Into<String>) -> Self {
        RestoreError { what: what.into().into() }
    }
    #[cold]
    pub(crate) fn flying() -> Self {
        Self::new("the snapshot claims a state in which a step is under way, and such a state is never stored")
    }
    #[cold]
    pub(crate) fn volatile<T>() -> Self {
        Self::new(format!("the snapshot claims a variable of type `{}`, which is never stored", type_name::<T>()))
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the coroutine cannot be restored: {}", self.what)
    }
}

impl std::error::Error for RestoreError {}
