//! The thread that has the connection. In: jobs; out: their answers, after they are durable. Jobs that arrive while a transaction is
//! under way share the next one, and with it one sync of the disk.
use super::failure::failed;
use super::session::Session;
use super::tables::Tables;
use crate::store::StoreError;
use crate::store::state::State;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How many jobs share a transaction at most.
const JOBS_MAX: usize = 1024;
/// How often an idle keeper looks whether others have written.
const LOOK_EVERY: Duration = Duration::from_millis(3);

/// Something to do in a transaction.
pub(super) trait Job: Send {
    fn writes(&self) -> bool;
    /// An error is one of the whole transaction.
    fn run(&mut self, session: &mut Session<'_, '_>) -> Result<(), StoreError>;
    /// What became of the transaction.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A job that somebody waits for.
pub(super) struct Call<F, T> {
    pub(super) writes: bool,
    pub(super) call: Option<F>,
    pub(super) answer: Option<Result<T, StoreError>>,
    pub(super) to: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnOnce(&mut Session<'_, '_>) -> Result<T, StoreError> + Send> Job for Call<F, T> {
    fn writes(&self) -> bool {
        self.writes
    }

    fn run(&mut self, session: &mut Session<'_, '_>) -> Result<(), StoreError> {
        let Some(call) = self.call.take() else { return Ok(()) };
        match call(session) {
            // Not of the store, but of who asks.
            Err(StoreError::Fenced) => self.answer = Some(Err(StoreError::Fenced)),
            Err(error) => return Err(error),
            answer => self.answer = Some(answer),
        }
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Call { answer, to, .. } = *self;
        // Who asked may have gone away.
        drop(to.send(outcome.and_then(|()| answer.unwrap_or(Err(StoreError::Lost)))));
    }
}

/// Who has the connection.
pub(super) struct Keeper {
    pub(super) connection: Connection,
    pub(super) changes: Arc<watch::Sender<u64>>,
    /// By which it is known whether others have written.
    pub(super) seen: i64,
}

impl Keeper {
    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        loop {
            match jobs.recv_timeout(LOOK_EVERY) {
                Ok(first) => {
                    let mut batch = vec![first];
                    batch.extend(jobs.try_iter().take(JOBS_MAX - 1));
                    self.serve(batch);
                }
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn look(&mut self) {
        let version = self.connection.prepare_cached("PRAGMA data_version").and_then(|mut pragma| pragma.query_one([], |row| row.get(0)));
        if let Ok(version) = version
            && version != self.seen
        {
            self.seen = version;
            self.tell();
        }
    }

    fn tell(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn serve(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let outcome = self.transaction(&mut batch);
        if outcome.is_err() && !self.connection.is_autocommit() {
            // If this fails, too, the next transaction cannot begin and says so.
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        if matches!(outcome, Ok(true)) {
            self.tell();
        }
        let outcome = outcome.map(drop);
        for job in batch {
            job.finish(outcome.clone());
        }
    }

    /// Runs jobs in one transaction. Gives whether something changed that somebody may wait for.
    fn transaction(&mut self, batch: &mut [Box<dyn Job>]) -> Result<bool, StoreError> {
        let writes = batch.iter().any(|job| job.writes());
        self.execute(if writes { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        let mut state = State::default();
        let (workers, last_worker) = Tables::read(&self.connection).workers()?;
        state.workers = workers.iter().copied().collect();
        state.last_worker = last_worker;
        state.begin(1);
        let mut session = Session { state: &mut state, tables: Tables::write(&self.connection) };
        for job in batch {
            job.run(&mut session)?;
        }
        let mut tables = session.tables;
        for id in state.changed() {
            tables.set_row(id, state.here(id))?;
        }
        if !workers.iter().copied().eq(state.workers.iter().map(|(worker, ends_ms)| (*worker, *ends_ms)))
            || last_worker != state.last_worker
        {
            tables.set_workers(state.workers.iter().map(|(worker, ends_ms)| (*worker, *ends_ms)), state.last_worker)?;
        }
        self.execute("COMMIT")?;
        Ok(state.has_stirred())
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
    }
}
