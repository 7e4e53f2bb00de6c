//! Who runs coroutines: workers are opened, live, end and are deposed, and take what is ready.
use super::{Base, Line, Standing, State};
use crate::store::StoreError;
use crate::store::types::{Fate, Id, Loaded, WorkerId};
use std::collections::BTreeSet;
use std::sync::Arc;

impl State {
    pub(in crate::store) fn open_worker(&mut self, now_ms: u64, ttl_ms: u64) -> WorkerId {
        self.last_worker += 1;
        let worker = WorkerId::new(self.last_worker);
        self.workers.insert(worker, now_ms.saturating_add(ttl_ms));
        worker
    }

    pub(in crate::store) fn heartbeat(&mut self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Result<(), StoreError> {
        let ends_ms = self.workers.get_mut(&worker).ok_or(StoreError::Fenced)?;
        // A clock that was set back takes no time away.
        *ends_ms = now_ms.saturating_add(ttl_ms).max(*ends_ms);
        Ok(())
    }

    /// The workers whose time is over.
    pub(in crate::store) fn overdue(&self, now_ms: u64) -> Vec<WorkerId> {
        self.workers.iter().filter(|(_, ends_ms)| **ends_ms <= now_ms).map(|(worker, _)| *worker).collect()
    }

    /// Ends a worker; what it has is ready for others. If it was deposed, each of these has been tried once more.
    pub(in crate::store) fn end_worker(
        &mut self,
        base: &mut dyn Base,
        worker: WorkerId,
        now_ms: u64,
        deposed: bool,
    ) -> Result<(), StoreError> {
        self.workers.remove(&worker);
        for (_, id) in self.in_line(base, &Line::Owned(worker), usize::MAX, u64::MAX)? {
            self.give_back(base, &id, worker, now_ms, u32::from(deposed))?;
        }
        Ok(())
    }

    pub(in crate::store) fn release(&mut self, base: &mut dyn Base, worker: WorkerId, now_ms: u64, ids: &[Id]) -> Result<(), StoreError> {
        self.fence(worker)?;
        for id in ids {
            self.give_back(base, id, worker, now_ms, 0)?;
        }
        Ok(())
    }

    fn give_back(&mut self, base: &mut dyn Base, id: &Id, worker: WorkerId, now_ms: u64, attempts: u32) -> Result<(), StoreError> {
        if self.row(base, id)?.is_some_and(|row| row.is_of(worker)) {
            self.change(id, |row| {
                row.attempts = row.attempts.saturating_add(attempts);
                row.standing = Standing::Ready { since_ms: now_ms };
            });
            self.stir();
        }
        Ok(())
    }

    pub(in crate::store) fn fence(&self, worker: WorkerId) -> Result<(), StoreError> {
        if self.workers.contains_key(&worker) { Ok(()) } else { Err(StoreError::Fenced) }
    }

    /// Which coroutines a worker may claim, and when there may be more.
    pub(in crate::store) fn claimable(
        &mut self,
        base: &mut dyn Base,
        worker: WorkerId,
        now_ms: u64,
        limit: usize,
        functions: &[Arc<str>],
    ) -> Result<(Vec<Id>, Option<u64>), StoreError> {
        self.fence(worker)?;
        let (mut first, mut next_due_ms) = (Vec::new(), None);
        let want = limit.saturating_add(1);
        for function in functions.iter().collect::<BTreeSet<_>>() {
            first.extend(self.in_line(base, &Line::Ready(function.clone()), want, u64::MAX)?);
            let mut due = self.in_line(base, &Line::Due(function.clone()), want, now_ms)?;
            let later = due.split_off(due.partition_point(|(at_ms, _)| *at_ms <= now_ms));
            next_due_ms = later.first().map(|(at_ms, _)| *at_ms).into_iter().chain(next_due_ms).min();
            first.extend(due);
        }
        first.sort();
        if first.len() > limit {
            next_due_ms = Some(now_ms);
            first.truncate(limit);
        }
        Ok((first.into_iter().map(|(_, id)| id).collect(), next_due_ms))
    }

    /// Gives coroutines that it may claim to a worker.
    pub(in crate::store) fn claim(&mut self, base: &mut dyn Base, worker: WorkerId, ids: &[Id]) -> Result<Vec<Loaded>, StoreError> {
        self.fence(worker)?;
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(row) = self.row(base, id)? else { continue };
            let mut loaded = Loaded {
                id: id.clone(),
                function: row.function.clone(),
                revision: row.revision,
                stored: row.stored.clone(),
                serial: row.serial,
                attempts: row.attempts,
                parent: row.parent.clone(),
                inbox: row.inbox.clone(),
                ends: Vec::new(),
                cancels_asked: row.cancels_asked,
                cancels_taken: row.cancels_taken,
            };
            let waits_for = row.wake.ends.clone();
            loaded.ends = self.over(base, waits_for)?;
            claimed.push(loaded);
        }
        self.assign(base, worker, ids)?;
        Ok(claimed)
    }

    /// Has them run by a worker.
    pub(in crate::store) fn assign(&mut self, base: &mut dyn Base, worker: WorkerId, ids: &[Id]) -> Result<(), StoreError> {
        for id in ids {
            if self.row(base, id)?.is_some() {
                self.change(id, |row| row.standing = Standing::Running(worker));
            }
        }
        Ok(())
    }

    /// Those of some coroutines that are not alive.
    pub(super) fn over(&self, base: &mut dyn Base, ids: Vec<Id>) -> Result<Vec<(Id, Fate)>, StoreError> {
        let mut over = Vec::new();
        for id in ids {
            match self.fate(base, &id)? {
                Fate::Alive => {}
                fate => over.push((id, fate)),
            }
        }
        Ok(over)
    }
}
