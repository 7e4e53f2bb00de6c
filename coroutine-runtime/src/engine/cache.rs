//! Coroutines that were let go, still decoded. In: one with its revision; out: the same one, if it was not committed by others since.
use super::running::Running;
use crate::store::{Id, Revision};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// At most so many, those that came last.
pub(crate) struct Cache {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    coroutines: HashMap<Id, (Revision, Box<dyn Running>)>,
    /// In the order in which they came; some of these are gone.
    order: VecDeque<(Id, Revision)>,
}

impl Cache {
    pub(crate) fn new(capacity: usize) -> Self {
        Cache { capacity, kept: Mutex::default() }
    }

    pub(crate) fn put(&self, id: Id, revision: Revision, running: Box<dyn Running>) {
        let mut dropped = Vec::new();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.order.push_back((id.clone(), revision));
        dropped.extend(kept.coroutines.insert(id, (revision, running)).map(|(_, running)| running));
        // (Twice as many names as coroutines: else names of those that are gone would pile up.)
        while kept.coroutines.len() > self.capacity || kept.order.len() > self.capacity.saturating_mul(2) {
            let Some((id, revision)) = kept.order.pop_front() else { break };
            if kept.coroutines.get(&id).is_some_and(|(known, _)| *known == revision) {
                dropped.extend(kept.coroutines.remove(&id).map(|(_, running)| running));
            }
        }
        drop(kept);
        // (Unlocked: it runs code of users.)
        dropped.into_iter().for_each(drop_quietly);
    }

    /// Drops them all.
    pub(crate) fn clear(&self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        kept.coroutines.into_values().for_each(|(_, running)| drop_quietly(running));
    }

    /// The coroutine, if it is as it was committed last.
    pub(crate) fn take(&self, id: &Id, revision: Revision) -> Option<Box<dyn Running>> {
        let taken = self.kept.lock().unwrap_or_else(PoisonError::into_inner).coroutines.remove(id)?;
        if taken.0 == revision {
            return Some(taken.1);
        }
        drop_quietly(taken.1);
        None
    }
}

/// Drops a coroutine; a panic of what it drops has been reported by the panic hook, and is nobody else's affair.
pub(crate) fn drop_quietly(running: Box<dyn Running>) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(running)));
}
