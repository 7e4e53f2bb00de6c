//! A coroutine of which the type is forgotten. In: a turn; out: where it stopped.
use super::lendable::Lendable;
use crate::coroutine::{Coroutine, Paused, ResumeError};
use crate::frame::{Frame, Silent};
use crate::leaf::Turn;
use crate::payload;
use crate::snapshot::SnapshotError;
use serde::Serialize;
use std::task::Waker;

/// A coroutine that runs.
pub(crate) trait Running: Send {
    /// Goes on until it suspends.
    fn take_turn(&mut self, turn: &Turn, waker: &Waker) -> Result<Paused<Vec<u8>>, Trouble>;
    /// A step that is ahead does not begin with the next turn, but is announced anew.
    fn hold_back(&mut self);
    /// Stores it, where it stopped.
    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError>;
}

/// Why a coroutine cannot go on, other than by a panic.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// What it awaits does not fit this program.
    Unfit(String),
    /// What it has returned cannot be written.
    Unwritable(String),
}

impl<M> Running for Coroutine<'static, M>
where
    M: Frame<Port = Silent, Lent: Lendable, Return: Serialize>,
{
    fn take_turn(&mut self, turn: &Turn, waker: &Waker) -> Result<Paused<Vec<u8>>, Trouble> {
        Ok(match Coroutine::take_turn(self, turn, waker) {
            Ok(Paused::Returned(value)) => {
                Paused::Returned(payload::encode(&value).map_err(|error| Trouble::Unwritable(error.to_string()))?)
            }
            Ok(Paused::Ahead) => Paused::Ahead,
            Ok(Paused::Waits) => Paused::Waits,
            Ok(Paused::Flies) => Paused::Flies,
            Err(ResumeError::Restore(error)) => return Err(Trouble::Unfit(error.to_string())),
            Err(error @ (ResumeError::Returned | ResumeError::Panicked)) => return Err(Trouble::Unfit(error.to_string())),
        })
    }

    fn hold_back(&mut self) {
        Coroutine::hold_back(self);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        Coroutine::snapshot(self)
    }
}
