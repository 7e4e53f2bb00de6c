//! Who writes: the keeper or the folder, each in its turn. (A mutex gives nobody a turn: who has just let go of it takes it again. And
//! SQLite lets who waits sleep for milliseconds.)
use std::sync::{Condvar, Mutex, PoisonError};

/// Turns to write, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Turns {
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    asked: u64,
    over: u64,
}

/// A turn: until it is dropped, nobody else has one.
#[derive(Debug)]
pub(super) struct Turn<'t>(&'t Turns);

impl Turns {
    /// Waits for a turn.
    pub(super) fn take(&self) -> Turn<'_> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = queue.asked;
        queue.asked += 1;
        while queue.over != mine {
            queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.over += 1;
        self.0.moved.notify_all();
    }
}
