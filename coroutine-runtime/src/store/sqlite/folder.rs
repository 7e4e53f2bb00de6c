//! The thread that folds: it brings rows into the tables that are not there as the journal has them, behind the back of whoever writes,
//! and what the write-ahead log says into the file. In: rows, from the keeper; of many changes of one coroutine these are the last.
//!
//! It may be ended at any time, and several processes may fold one store: a fold is a transaction that does nothing if another was
//! faster. It is not synced by itself, for nobody is told of it: if it is lost, the journal is still there.
use super::failure::failed;
use super::tables::{Head, Tables};
use super::turns::Turns;
use crate::store::state::Row;
use crate::store::{Id, StoreError};
use rusqlite::Connection;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

/// With how many pages the write-ahead log is brought into the file.
pub(super) const LOG_PAGES: u64 = 16_384;

/// After so many rows a fold is given up when the store is closed; fewer are written first.
const ROWS_AT_LEAST: usize = 1_024;

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
    /// Whether the folder is at work.
    pub(super) folds: AtomicBool,
    /// The store is closed: a fold that is under way is given up.
    pub(super) closes: AtomicBool,
}

impl Shared {
    /// Why the last fold failed, if it did.
    pub(super) fn failure(&self) -> Option<StoreError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Fold {
    /// The last record of which everything is in the tables, as far as the keeper knows.
    pub(super) before: u64,
    /// Every row that the records behind it have changed, as it is after all of them; none of those that are gone.
    pub(super) rows: Vec<(Id, Option<Arc<Row>>)>,
    pub(super) after: Head,
}

impl Folder {
    /// Folds what it is given, until there is nobody who gives it anything.
    pub(super) fn run(self, folds: &Receiver<Fold>) {
        for fold in folds {
            let failure = self.round(&fold).err();
            *self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
            drop(fold);
            self.shared.folds.store(false, Ordering::Release);
        }
    }

    fn round(&self, fold: &Fold) -> Result<(), StoreError> {
        self.fold(fold)?;
        if self.shared.log_pages.load(Ordering::Relaxed) >= LOG_PAGES {
            self.checkpoint()?;
        }
        Ok(())
    }

    fn fold(&self, fold: &Fold) -> Result<(), StoreError> {
        let _turn = self.shared.turns.take();
        self.transaction(|| {
            let tables = Tables(&self.connection);
            // (Only folds change it. If another process was faster, this one is of no use.)
            if tables.head()?.folded != fold.before {
                return Ok(());
            }
            for some in fold.rows.chunks(ROWS_AT_LEAST) {
                for (id, row) in some {
                    tables.set_row(id, row.as_deref())?;
                }
                if self.shared.closes.load(Ordering::Relaxed) && fold.rows.len() > ROWS_AT_LEAST {
                    return Err(StoreError::Lost);
                }
            }
            tables.cut(fold.after.folded)?;
            tables.set_head(&fold.after)
        })
    }

    fn transaction<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let execute = |sql| self.connection.execute_batch(sql).map_err(failed);
        execute("BEGIN IMMEDIATE")?;
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
