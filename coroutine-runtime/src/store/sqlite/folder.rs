//! The thread that folds: it brings what the journal says into the other tables, behind the back of whoever writes, and what the
//! write-ahead log says into the file. Of many changes of one coroutine the tables see the last.
//!
//! It may be ended at any time, and several processes may fold one store: a fold is a transaction that does nothing if another was
//! faster. It is not synced by itself, for nobody is told of it: if it is lost, the journal is still there.
use super::failure::failed;
use super::journal;
use super::tables::{Head, Tables};
use super::turns::Turns;
use crate::store::state::State;
use crate::store::{Id, StoreError};
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

/// After how many rows a fold ends: while they are written nobody else can write.
const ROWS_MAX: usize = 10_000;
/// After how many bytes of the journal.
const BYTES_MAX: usize = 32 << 20;
/// With how many pages the write-ahead log is brought into the file.
pub(super) const LOG_PAGES: u64 = 16_384;

/// Who folds.
pub(super) struct Folder {
    pub(super) connection: Connection,
    pub(super) shared: Arc<Shared>,
}

/// What keeper and folder share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) turns: Turns,
    /// How many pages the write-ahead log has.
    pub(super) log_pages: AtomicU64,
    /// Why the last fold failed.
    pub(super) failure: Mutex<Option<StoreError>>,
}

impl Shared {
    /// Why the last fold failed, if it did.
    pub(super) fn failure(&self) -> Option<StoreError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a fold is about to write.
struct Fold {
    before: Head,
    state: State,
    after: Head,
}

impl Folder {
    /// Folds whenever it is told to, until nobody can any more.
    pub(super) fn run(mut self, told: &Receiver<()>) {
        for () in told {
            let failure = self.round().err();
            *self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        }
    }

    /// Folds what is there now.
    fn round(&mut self) -> Result<(), StoreError> {
        let last = Tables::read(&self.connection).last()?.unwrap_or(0);
        while self.fold()? < last {}
        if self.shared.log_pages.load(Ordering::Relaxed) >= LOG_PAGES {
            self.checkpoint()?;
        }
        Ok(())
    }

    /// Folds some records, and says up to which.
    fn fold(&mut self) -> Result<u64, StoreError> {
        let mut tables = Tables::write(&self.connection);
        let fold = self.transaction("BEGIN", || read(&mut tables))?;
        if fold.after == fold.before {
            // Nothing is behind it; or another process folds.
            return Ok(u64::MAX);
        }
        let _turn = self.shared.turns.take();
        self.transaction("BEGIN IMMEDIATE", || {
            // Nobody but who folds writes what the fold has read.
            if tables.head()? != fold.before {
                return Ok(());
            }
            let mut changed: Vec<&Id> = fold.state.changed().iter().collect();
            changed.sort();
            for id in changed {
                tables.set_row(id, fold.state.here(id))?;
            }
            tables.cut(fold.after.folded)?;
            tables.set_head(&fold.after)
        })?;
        Ok(fold.after.folded)
    }

    fn transaction<T>(&self, begin: &str, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let execute = |sql| self.connection.execute_batch(sql).map_err(failed);
        execute(begin)?;
        let outcome = work().and_then(|done| execute("COMMIT").map(|()| done));
        if outcome.is_err() && !self.connection.is_autocommit() {
            execute("ROLLBACK")?;
        }
        outcome
    }

    /// Brings the log into the file: most of it while others write, the rest in a turn, so that the next who writes begins it anew.
    fn checkpoint(&self) -> Result<(), StoreError> {
        let checkpoint = || self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(failed);
        checkpoint()?;
        let _turn = self.shared.turns.take();
        checkpoint()
    }
}

/// Takes records from the journal until they touch many rows.
fn read(tables: &mut Tables<'_>) -> Result<Fold, StoreError> {
    let before = tables.head()?;
    let mut state = State::new(before.workers.clone(), before.last_worker);
    state.begin(1);
    let (mut folded, mut bytes) = (before.folded, 0);
    while bytes < BYTES_MAX
        && state.changed().len() < ROWS_MAX
        && let Some(record) = tables.after(folded)?
    {
        journal::replay(&record, &mut state, tables)?;
        folded += 1;
        bytes += record.len();
    }
    let after = Head { folded, last_worker: state.last_worker, workers: state.workers.clone() };
    Ok(Fold { before, state, after })
}
