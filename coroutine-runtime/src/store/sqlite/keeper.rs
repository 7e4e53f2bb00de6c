//! The thread that has the connection. In: jobs; out: their answers, after they are durable. Jobs that arrive while a transaction is
//! under way share the next one, and with it one sync of the disk.
//!
//! It keeps the state of what is in the journal and not yet in the other tables; a transaction first catches up with what others have
//! put there, then does its jobs on the state and appends one record. After an error the state is made anew from the file. What the tables
//! do not have yet it gives to who folds.
use super::failure::failed;
use super::folder::{Fold, LOG_PAGES, Shared};
use super::journal;
use super::session::Session;
use super::tables::{Head, Tables};
use crate::store::StoreError;
use crate::store::state::State;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// How many jobs share a transaction at most.
const JOBS_MAX: usize = 1024;
/// How often an idle keeper looks whether others have written.
const LOOK_EVERY: Duration = Duration::from_millis(3);
/// What an idle keeper has had folded after this time.
const FOLD_AFTER: Duration = Duration::from_secs(1);
/// With how many rows in memory that nobody runs they are folded: while they are written nobody else can write. (Those that somebody
/// runs will be changed again soon.)
const ROWS_MAX: usize = 5_000;
/// How much of the journal is not folded before who writes waits for who folds.
const BACKLOG_BYTES_MAX: usize = 128 << 20;

/// How safe a transaction must be from a loss of power. (From the end of a process, even of the system's kernel's cache, all are.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// It writes nothing.
    Reading,
    /// It may be lost, together with all that came after it: it says nothing to anyone but a worker, who will be lost as well.
    Writing,
    /// It is promised to last.
    Syncing,
}

/// Something to do in a transaction.
pub(super) trait Job: Send {
    fn needs(&self) -> Needs;
    /// An error is one of the whole transaction.
    fn run(&mut self, session: &mut Session<'_, '_>) -> Result<(), StoreError>;
    /// What became of the transaction.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A job that somebody waits for.
pub(super) struct Call<F, T> {
    pub(super) needs: Needs,
    pub(super) call: Option<F>,
    pub(super) answer: Option<Result<T, StoreError>>,
    pub(super) to: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnOnce(&mut Session<'_, '_>) -> Result<T, StoreError> + Send> Job for Call<F, T> {
    fn needs(&self) -> Needs {
        self.needs
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
    connection: Connection,
    changes: Arc<watch::Sender<u64>>,
    shared: Arc<Shared>,
    /// Who folds; nobody if the store is only read.
    folder: Option<SyncSender<Fold>>,
    /// What the journal says beyond the other tables; `None` if it must be made anew.
    state: Option<State>,
    /// How much of the journal is not folded before it is: the more there is, the more changes of a coroutine are folded into one.
    fold_bytes: usize,
    /// The last record that is in the state.
    last: u64,
    /// The last record of which everything is in the tables.
    folded: u64,
    /// How long the records are that are not folded, and all together.
    backlog: VecDeque<(u64, usize)>,
    backlog_bytes: usize,
    /// By which it is known whether others have written.
    seen: i64,
    is_syncing: bool,
    last_served: Instant,
}

impl Keeper {
    pub(super) fn new(
        connection: Connection,
        changes: Arc<watch::Sender<u64>>,
        shared: Arc<Shared>,
        folder: Option<SyncSender<Fold>>,
        fold_bytes: usize,
    ) -> Self {
        Keeper {
            connection,
            changes,
            shared,
            folder,
            state: None,
            fold_bytes,
            last: 0,
            folded: 0,
            backlog: VecDeque::new(),
            backlog_bytes: 0,
            seen: 0,
            is_syncing: true,
            last_served: Instant::now(),
        }
    }

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

    /// Looks whether others have written, and has the journal folded if there is nothing else to do.
    fn look(&mut self) {
        if self.version().is_ok_and(|version| version != self.seen) {
            self.serve(Vec::new());
        }
        if !self.backlog.is_empty() && self.last_served.elapsed() >= FOLD_AFTER {
            self.have_folded();
            self.last_served = Instant::now();
        }
    }

    /// Has the folder bring into the tables what is not there yet, unless it is at work.
    fn have_folded(&mut self) {
        if self.folder.is_none() || self.shared.folds.load(Ordering::Acquire) {
            return;
        }
        // What it has done meanwhile is not to be done again.
        if self.transaction(&mut [], Needs::Reading).is_err() {
            self.state = None;
        }
        let (Some(folder), Some(state)) = (&self.folder, &self.state) else { return };
        if self.backlog.is_empty() && !self.is_log_long() {
            return;
        }
        let after = Head { folded: self.last, last_worker: state.last_worker, workers: state.workers.clone() };
        self.shared.folds.store(true, Ordering::Release);
        // (It is there as long as the keeper is.)
        let _ = folder.try_send(Fold { before: self.folded, rows: state.unlike_base(), after });
    }

    fn is_log_long(&self) -> bool {
        self.shared.log_pages.load(Ordering::Relaxed) >= LOG_PAGES
    }

    fn serve(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let needs = batch.iter().map(|job| job.needs()).max().unwrap_or(Needs::Reading);
        let outcome = self.wait_for_folder(needs).and_then(|()| self.transaction(&mut batch, needs));
        if outcome.is_err() {
            self.state = None;
            if !self.connection.is_autocommit() {
                // If this fails, too, the next transaction cannot begin and says so.
                drop(self.connection.execute_batch("ROLLBACK"));
            }
        }
        if matches!(outcome, Ok(true)) {
            self.changes.send_modify(|count| *count += 1);
        }
        if !batch.is_empty() {
            self.last_served = Instant::now();
        }
        let outcome = outcome.map(drop);
        for job in batch {
            job.finish(outcome.clone());
        }
        let rows = self.state.as_ref().map_or(0, State::at_rest);
        if self.backlog_bytes > self.fold_bytes || rows > ROWS_MAX || self.is_log_long() {
            self.have_folded();
        }
    }

    /// Waits while there is too much that is not folded.
    fn wait_for_folder(&mut self, needs: Needs) -> Result<(), StoreError> {
        while needs > Needs::Reading && self.backlog_bytes > self.fold_bytes.max(BACKLOG_BYTES_MAX) {
            if let Some(failure) = self.shared.failure() {
                self.have_folded();
                return Err(failure);
            }
            self.have_folded();
            std::thread::sleep(LOOK_EVERY);
            self.transaction(&mut [], Needs::Reading)?;
        }
        Ok(())
    }

    /// Runs jobs in one transaction. Gives whether something changed that somebody may wait for.
    fn transaction(&mut self, batch: &mut [Box<dyn Job>], needs: Needs) -> Result<bool, StoreError> {
        let shared = self.shared.clone();
        let _turn = (needs > Needs::Reading).then(|| shared.turns.take());
        if needs > Needs::Reading && self.is_syncing != (needs == Needs::Syncing) {
            self.is_syncing = needs == Needs::Syncing;
            let level = if self.is_syncing { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", level).map_err(failed)?;
        }
        self.execute(if needs > Needs::Reading { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        let (mut state, was_reset) = self.catch_up()?;
        state.begin(self.last.saturating_add(1));
        let mut session = Session { state: &mut state, tables: Tables(&self.connection), journal: journal::Record::default() };
        for job in batch {
            job.run(&mut session)?;
        }
        let Session { tables, journal, .. } = session;
        let mut appended = None;
        if !journal.is_empty() {
            let record = journal.finish();
            tables.append(self.last.saturating_add(1), &record)?;
            appended = Some(record.len());
        }
        self.execute("COMMIT")?;
        if let Some(length) = appended {
            self.count(length);
        }
        let has_stirred = state.has_stirred();
        self.state = Some(state);
        Ok(has_stirred || was_reset)
    }

    /// Takes the state and brings it up to the journal. Tells, too, whether it was made anew.
    fn catch_up(&mut self) -> Result<(State, bool), StoreError> {
        let version = self.version()?;
        let state = match self.state.take() {
            Some(state) if version == self.seen => return Ok((state, false)),
            state => state,
        };
        let mut tables = Tables(&self.connection);
        let head = tables.head()?;
        let (mut state, was_reset) = match state {
            // Others may have folded what this process has not seen.
            Some(state) if head.folded <= self.last => (state, false),
            _ => {
                self.last = head.folded;
                self.backlog.clear();
                self.backlog_bytes = 0;
                (State::new(head.workers, head.last_worker), true)
            }
        };
        while let Some(record) = tables.after(self.last)? {
            state.begin(self.last.saturating_add(1));
            journal::replay(&record, &mut state, &mut tables)?;
            self.last += 1;
            self.backlog.push_back((self.last, record.len()));
            self.backlog_bytes += record.len();
        }
        state.begin(self.last.saturating_add(1));
        state.forget(head.folded);
        self.folded = head.folded;
        let folded = self.backlog.partition_point(|(number, _)| *number <= head.folded);
        self.backlog_bytes -= self.backlog.drain(..folded).map(|(_, length)| length).sum::<usize>();
        self.seen = version;
        Ok((state, was_reset))
    }

    fn count(&mut self, length: usize) {
        self.last += 1;
        self.backlog.push_back((self.last, length));
        self.backlog_bytes += length;
    }

    fn version(&self) -> Result<i64, StoreError> {
        let read = || self.connection.prepare_cached("PRAGMA data_version")?.query_one([], |row| row.get(0));
        read().map_err(failed)
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
    }
}
