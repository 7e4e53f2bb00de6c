//! One transaction of the store: what is asked, done on the state over the tables and recorded for the journal.
use super::journal::Record as Journal;
use super::tables::Tables;
use crate::store::state::State;
use crate::store::{
    Asked, Checkpoint, Claimed, Fate, Filter, Id, NewCoroutine, NewMessage, News, NewsOf, Page, Record, Report, Sent, Started, StoreError,
    Swept, WorkerId,
};
use std::sync::Arc;

/// A state and the tables under it, in a transaction.
pub(super) struct Session<'s, 'c> {
    pub(super) state: &'s mut State,
    pub(super) tables: Tables<'c>,
    pub(super) journal: Journal,
}

impl Session<'_, '_> {
    pub(super) fn open_worker(&mut self, now_ms: u64, ttl_ms: u64) -> Result<WorkerId, StoreError> {
        self.journal.open_worker(now_ms, ttl_ms);
        Ok(self.state.open_worker(now_ms, ttl_ms))
    }

    pub(super) fn heartbeat(&mut self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Result<(), StoreError> {
        self.state.fence(worker)?;
        self.journal.heartbeat(worker, now_ms, ttl_ms);
        self.state.heartbeat(worker, now_ms, ttl_ms)
    }

    /// Deposes the workers whose time is over, and those of others that are there.
    pub(super) fn depose(&mut self, now_ms: u64, others: &[WorkerId]) -> Result<usize, StoreError> {
        let mut overdue = self.state.overdue(now_ms);
        overdue.extend(others.iter().filter(|worker| self.state.fence(**worker).is_ok()));
        overdue.sort();
        overdue.dedup();
        for worker in &overdue {
            self.journal.end_worker(*worker, now_ms, true);
            self.state.end_worker(&mut self.tables, *worker, now_ms, true)?;
        }
        Ok(overdue.len())
    }

    pub(super) fn close_worker(&mut self, worker: WorkerId, now_ms: u64) -> Result<(), StoreError> {
        self.journal.end_worker(worker, now_ms, false);
        self.state.end_worker(&mut self.tables, worker, now_ms, false)
    }

    pub(super) fn claim(&mut self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Result<Claimed, StoreError> {
        let (ids, next_due_ms) = self.state.claimable(&mut self.tables, worker, now_ms, limit, functions)?;
        if !ids.is_empty() {
            self.journal.assign(worker, &ids);
        }
        Ok(Claimed { coroutines: self.state.claim(&mut self.tables, worker, &ids)?, next_due_ms })
    }

    pub(super) fn commit(&mut self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Result<Report, StoreError> {
        self.state.fence(worker)?;
        self.journal.commit(worker, now_ms, &batch);
        self.state.commit(&mut self.tables, worker, now_ms, batch)
    }

    pub(super) fn release(&mut self, worker: WorkerId, now_ms: u64, ids: &[Id]) -> Result<(), StoreError> {
        self.state.fence(worker)?;
        self.journal.release(worker, now_ms, ids);
        self.state.release(&mut self.tables, worker, now_ms, ids)
    }

    pub(super) fn news(&mut self, worker: WorkerId, of: Vec<NewsOf>) -> Result<Vec<News>, StoreError> {
        self.state.news(&mut self.tables, worker, of)
    }

    pub(super) fn ends(&mut self, ids: &[Id]) -> Result<Vec<Fate>, StoreError> {
        ids.iter().map(|id| self.state.fate(&mut self.tables, id)).collect()
    }

    pub(super) fn start(&mut self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Result<Vec<Started>, StoreError> {
        self.journal.start(now_ms, &coroutines);
        self.state.start(&mut self.tables, now_ms, coroutines)
    }

    pub(super) fn send(&mut self, now_ms: u64, messages: Vec<NewMessage>) -> Result<Vec<Sent>, StoreError> {
        self.journal.send(now_ms, &messages);
        self.state.send(&mut self.tables, now_ms, messages)
    }

    pub(super) fn cancel(&mut self, now_ms: u64, id: &Id) -> Result<Asked, StoreError> {
        self.journal.cancel(now_ms, id);
        self.state.cancel(&mut self.tables, now_ms, id)
    }

    pub(super) fn resume(&mut self, now_ms: u64, id: &Id) -> Result<bool, StoreError> {
        self.journal.resume(now_ms, id);
        self.state.resume(&mut self.tables, now_ms, id)
    }

    pub(super) fn fail(&mut self, now_ms: u64, id: &Id, error: String) -> Result<bool, StoreError> {
        self.journal.fail(now_ms, id, &error);
        self.state.fail(&mut self.tables, now_ms, id, error)
    }

    pub(super) fn inspect(&mut self, id: &Id) -> Result<Option<Record>, StoreError> {
        self.state.inspect(&mut self.tables, id)
    }

    pub(super) fn list(&mut self, filter: &Filter, after: Option<Id>, limit: usize) -> Result<Page, StoreError> {
        self.state.list(&mut self.tables, filter, after, limit)
    }

    pub(super) fn sweep(&mut self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Result<Swept, StoreError> {
        let (removed, passed) = self.state.sweepable(&mut self.tables, ended_before_ms, limit)?;
        if removed.is_empty() && passed.is_empty() {
            return Ok(Swept::default());
        }
        let more = limit > 0 && removed.len() + passed.len() >= limit;
        self.journal.sweep(now_ms, &removed, &passed);
        self.state.sweep(&mut self.tables, now_ms, &removed, &passed)?;
        Ok(Swept { removed: removed.len(), more })
    }
}
