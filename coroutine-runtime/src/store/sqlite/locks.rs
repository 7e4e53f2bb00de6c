//! Who of the workers lives: each has a file beside the store that its process keeps locked. In: a worker; out: which have died. The
//! system unlocks the files of a process that ends, however it ends, so nobody waits for a lease that will not be renewed.
//!
//! It is a short cut: where files cannot be locked, leases tell.
use crate::store::WorkerId;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The locks of one open store.
#[derive(Debug)]
pub(super) struct Locks {
    /// The store's file; none if nothing is to be locked.
    path: Option<PathBuf>,
    held: Mutex<HashMap<WorkerId, File>>,
}

/// A file that is locked, under a name of its own: when it gets the worker's name nobody can find it unlocked.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

impl Locks {
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Locks { path, held: Mutex::default() }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<WorkerId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A lock for a worker that is about to be opened; none where there are no locks.
    pub(super) fn prepare(&self) -> Option<Lock> {
        let path = beside(self.path.as_deref()?, &format!("opening-{}", std::process::id()));
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path).ok()?;
        file.try_lock().ok()?;
        Some(Lock { path, file })
    }

    /// From now on, whoever looks sees that the worker lives.
    pub(super) fn keep(&self, worker: WorkerId, lock: Option<Lock>) {
        if let Some((Lock { path, file }, store)) = lock.zip(self.path.as_deref())
            && fs::rename(path, of(store, worker)).is_ok()
        {
            self.held().insert(worker, file);
        }
    }

    /// The worker has ended.
    pub(super) fn release(&self, worker: WorkerId) {
        if let (Some(store), Some(_)) = (&self.path, self.held().remove(&worker)) {
            forget(store, worker);
        }
    }

    /// The workers whose processes have ended without saying so. Each is told of once.
    pub(super) fn take_dead(&self) -> Vec<WorkerId> {
        let Some(store) = &self.path else { return Vec::new() };
        let mut dead: Vec<_> = workers(store).unwrap_or_default().into_iter().filter(|worker| is_dead(&of(store, *worker))).collect();
        dead.sort();
        for worker in &dead {
            forget(store, *worker);
        }
        dead
    }
}

/// A file beside the store.
fn beside(store: &Path, suffix: &str) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-");
    name.push(suffix);
    name.into()
}

const WORKER: &str = "worker-";

fn of(store: &Path, worker: WorkerId) -> PathBuf {
    beside(store, &format!("{WORKER}{}", worker.number()))
}

/// What is left behind is found again, and does no harm.
fn forget(store: &Path, worker: WorkerId) {
    let _ = fs::remove_file(of(store, worker));
}

fn is_dead(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// The workers that have files.
fn workers(store: &Path) -> io::Result<Vec<WorkerId>> {
    let prefix = beside(store, WORKER);
    let prefix = prefix.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let directory = store.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut workers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(&*prefix)?.parse().ok());
        workers.extend(number.map(WorkerId::new));
    }
    Ok(workers)
}
