//! The embedded store: one SQLite file.
mod codec;
mod failure;
mod folder;
mod journal;
mod keeper;
mod locks;
mod session;
mod tables;
mod turns;

use super::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Fate, Filter, Id, NewCoroutine, NewMessage, News, NewsOf, Page, Record, Report, Sent,
    Started, Store, StoreError, Swept, WorkerId,
};
use failure::failed;
use folder::{Folder, Shared};
use keeper::{Call, Job, Keeper, Needs};
use locks::Locks;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use session::Session;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How long to wait for other processes that write.
const BUSY: Duration = Duration::from_secs(10);
/// How much may be in the journal before it is folded, if nothing is said.
const JOURNAL_BYTES: usize = 32 << 20;
/// How much of the file is read through the system's cache of pages without being copied.
const MAPPED_BYTES: i64 = 1 << 30;
/// How large SQLite's own cache of pages may become, for each of two connections.
const CACHE_KIB: i64 = 32 << 10;
/// How many statements are kept prepared.
const STATEMENTS_MAX: usize = 64;

/// A store in one SQLite file, the default for a single machine.
///
/// Several processes may have it open at the same time: some that run coroutines, some that only start, send and look. What is answered
/// is on the disk: it survives the process, the system and a loss of power.
///
/// Beside the file, SQLite keeps two more while it is open (`-wal`, `-shm`), and each worker one that says whether it lives
/// (`-worker-` and its number).
///
/// ```
/// use coroutine_runtime::store::{Id, NewCoroutine, Sqlite, Started, Store};
///
/// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("orders.db");
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let order = NewCoroutine { id: Id::new("order-17")?, function: "order".into(), args: vec![], parent: None };
/// let store = Sqlite::open(&path)?;
/// assert_eq!(store.start(0, vec![order.clone()]).await?, [Started::New]);
/// drop(store);
///
/// let store = Sqlite::open(&path)?;
/// assert_eq!(store.start(0, vec![order]).await?, [Started::Same]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sqlite {
    /// `None` when it is dropped.
    jobs: Option<Sender<Box<dyn Job>>>,
    changes: Arc<watch::Sender<u64>>,
    shared: Arc<Shared>,
    /// The keeper's thread, and the folder's; `None` when it is dropped.
    keeping: Option<JoinHandle<()>>,
    folding: Option<JoinHandle<()>>,
    locks: Arc<Locks>,
    is_read_only: bool,
}

/// How a [`Sqlite`] store is opened.
///
/// ```no_run
/// use coroutine_runtime::store::Sqlite;
///
/// let store = Sqlite::options().bytes_max(1 << 30).open("orders.db")?;
/// # Ok::<(), coroutine_runtime::store::StoreError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    read_only: bool,
    bytes_max: Option<u64>,
    journal_bytes: usize,
    leases_only: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        SqliteOptions { read_only: false, bytes_max: None, journal_bytes: JOURNAL_BYTES, leases_only: false }
    }
}

impl SqliteOptions {
    /// Only looks: whatever would write is refused with [`StoreError::ReadOnly`]. The file must be there.
    ///
    /// ```
    /// use coroutine_runtime::store::{Sqlite, Store, StoreError};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-read", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// drop(Sqlite::open(&path)?);
    /// let store = Sqlite::options().read_only().open(&path)?; // to look, in a tool
    /// assert!(matches!(store.open_worker(0, 1000).await, Err(StoreError::ReadOnly(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// How large the file may become. When there is no room left, whatever would write is refused with [`StoreError::Full`].
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Sqlite, Store};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-max", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Sqlite::options().bytes_max(1 << 30).open(&path)?;
    /// assert!(store.list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bytes_max(mut self, bytes_max: u64) -> Self {
        self.bytes_max = Some(bytes_max);
        self
    }

    /// Takes a worker for dead when its lease is over and not before. Else each worker keeps a file beside the store locked, so that others
    /// see at once that its process has ended. To be used where locks of files cannot be trusted.
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Sqlite, Store};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-leases", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Sqlite::options().leases_only().open(&path)?;
    /// assert!(store.list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn leases_only(mut self) -> Self {
        self.leases_only = true;
        self
    }

    /// How much may be in the journal before it is folded into the tables; 32 MiB if nothing is said. With more there is less to write,
    /// since of many changes of one coroutine the tables see the last, and opening takes longer after a crash.
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Sqlite, Store};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-journal", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Sqlite::options().journal_bytes(128 << 20).open(&path)?;
    /// assert!(store.list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn journal_bytes(mut self, journal_bytes: usize) -> Self {
        self.journal_bytes = journal_bytes;
        self
    }

    /// Opens the store in this file; makes it if it is not there.
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Sqlite, Store};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-open", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// assert!(Sqlite::options().read_only().open(&path).is_err(), "it is not there yet");
    /// let store = Sqlite::options().open(&path)?;
    /// assert!(store.list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be opened, is no store, is damaged, or is a store of a newer version.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Sqlite, StoreError> {
        let path = path.as_ref();
        let mut connection = self.connect(path)?;
        let is_read_only = connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)?;
        let (changes, shared) = (Arc::new(watch::Sender::new(1)), Arc::<Shared>::default());
        let (mut folds, mut folding) = (None, None);
        if !is_read_only {
            count_log_pages(&mut connection, &shared)?;
            let mut folder = Folder { connection: self.connect(path)?, shared: shared.clone() };
            count_log_pages(&mut folder.connection, &shared)?;
            folder.connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
            let (give, given) = mpsc::sync_channel(1);
            folding = Some(spawn("store-fold", move || folder.run(&given))?);
            folds = Some(give);
        }
        let keeper = Keeper::new(connection, changes.clone(), shared.clone(), folds, self.journal_bytes);
        let (jobs, asked) = mpsc::channel();
        let keeping = Some(spawn("store", move || keeper.run(&asked))?);
        let locks = Arc::new(Locks::new((!self.leases_only && !is_read_only).then(|| path.to_owned())));
        Ok(Sqlite { jobs: Some(jobs), changes, shared, keeping, folding, locks, is_read_only })
    }

    fn connect(&self, path: &Path) -> Result<Connection, StoreError> {
        let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags |= if self.read_only {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        };
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        self.prepare(&connection).map_err(|error| at(path, error))?;
        Ok(connection)
    }

    fn prepare(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.busy_timeout(BUSY).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // Statements are compiled once, not again whenever what is bound to them might have them planned in another way.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        // What another connection writes empties SQLite's own cache of pages; the system's is still there.
        connection.pragma_update(None, "mmap_size", MAPPED_BYTES).map_err(failed)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failed)?;
        if !connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
            connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
            connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
            if let Some(bytes_max) = self.bytes_max {
                let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(failed)?;
                let pages = u32::try_from(bytes_max / u64::from(page.max(1))).unwrap_or(u32::MAX);
                connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(failed)?;
            }
        }
        migrate(connection)
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(StoreError::io)
}

/// Has each commit say how long the write-ahead log is. (It takes the place of SQLite's own checkpoints, which would be made by whoever
/// commits.)
fn count_log_pages(connection: &mut Connection, shared: &Arc<Shared>) -> Result<(), StoreError> {
    let shared = shared.clone();
    let count = move |_: &mut Wal, pages| {
        shared.log_pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    };
    connection.wal_hook(Some(count)).map_err(failed)
}

/// Brings a store to the version of this crate.
fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let version = || connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).map_err(failed);
    let known = tables::VERSION;
    loop {
        let found = version()?;
        match found {
            found if found == known => return Ok(()),
            found if found > known => return Err(StoreError::Newer { found, known }),
            _ => {}
        }
        connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        // Another process may have been faster.
        if version()? == found {
            let migration = tables::MIGRATIONS[found as usize];
            connection.execute_batch(migration).map_err(failed)?;
            connection.pragma_update(None, "user_version", found + 1).map_err(failed)?;
        }
        connection.execute_batch("COMMIT").map_err(failed)?;
    }
}

/// Says where the store is that cannot be opened.
fn at(path: &Path, error: StoreError) -> StoreError {
    let at = |what: String| format!("{}: {what}", path.display());
    match error {
        StoreError::Full(what) => StoreError::Full(at(what)),
        StoreError::ReadOnly(what) => StoreError::ReadOnly(at(what)),
        StoreError::Corrupt(what) => StoreError::Corrupt(at(what)),
        other => other,
    }
}

impl Sqlite {
    /// Opens the store in this file; makes it if it is not there.
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Sqlite, Store};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-simply", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Sqlite::open(&path)?;
    /// assert!(store.list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be opened, is no store, is damaged, or is a store of a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::default().open(path)
    }

    /// How a store is opened.
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Sqlite, Store};
    ///
    /// # let directory = std::env::temp_dir().join(format!("sqlite-doc-{}-options", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("orders.db");
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Sqlite::options().bytes_max(1 << 30).journal_bytes(8 << 20).open(&path)?;
    /// assert!(store.list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    fn read<'a, T, F>(&'a self, call: F) -> Answer<'a, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Session<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.call(Needs::Reading, call)
    }

    fn write<'a, T, F>(&'a self, needs: Needs, call: F) -> Answer<'a, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Session<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    {
        if self.is_read_only {
            return Box::pin(async { Err(StoreError::ReadOnly("it was opened to be read".into())) });
        }
        self.call(needs, call)
    }

    fn call<'a, T, F>(&'a self, needs: Needs, call: F) -> Answer<'a, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Session<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(async move {
            let (to, answer) = oneshot::channel();
            let job = Call { needs, call: Some(call), answer: None, to };
            // The keeper works as long as it can be asked; if it panicked, nobody answers.
            let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(Box::new(job)).is_ok());
            if sent { answer.await.unwrap_or(Err(StoreError::Lost)) } else { Err(StoreError::Lost) }
        })
    }
}

impl Drop for Sqlite {
    /// Waits until what was asked is done and the file is closed. A long fold is given up: the journal is still there.
    fn drop(&mut self) {
        // The keeper ends when nobody can ask it any more, and the folder with the keeper.
        self.jobs = None;
        drop(self.keeping.take().map(JoinHandle::join));
        self.shared.closes.store(true, Ordering::Relaxed);
        drop(self.folding.take().map(JoinHandle::join));
    }
}

impl Store for Sqlite {
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        let locks = self.locks.clone();
        self.write(Needs::Writing, move |session| {
            let lock = locks.prepare();
            let worker = session.open_worker(now_ms, ttl_ms)?;
            locks.keep(worker, lock);
            Ok(worker)
        })
    }

    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        self.write(Needs::Writing, move |session| session.heartbeat(worker, now_ms, ttl_ms))
    }

    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        let locks = self.locks.clone();
        self.write(Needs::Writing, move |session| session.depose(now_ms, &locks.take_dead()))
    }

    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        let locks = self.locks.clone();
        self.write(Needs::Writing, move |session| {
            session.close_worker(worker, now_ms)?;
            locks.release(worker);
            Ok(())
        })
    }

    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        let functions = functions.to_vec();
        self.write(Needs::Writing, move |session| session.claim(worker, now_ms, limit, &functions))
    }

    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        self.write(Needs::Syncing, move |session| session.commit(worker, now_ms, batch))
    }

    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        self.write(Needs::Writing, move |session| session.release(worker, now_ms, &ids))
    }

    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        self.read(move |session| session.news(worker, of))
    }

    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        self.read(move |session| session.ends(&ids))
    }

    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        self.write(Needs::Syncing, move |session| session.start(now_ms, coroutines))
    }

    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        self.write(Needs::Syncing, move |session| session.send(now_ms, messages))
    }

    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        self.write(Needs::Syncing, move |session| session.cancel(now_ms, &id))
    }

    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        self.write(Needs::Syncing, move |session| session.resume(now_ms, &id))
    }

    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        self.write(Needs::Syncing, move |session| session.fail(now_ms, &id, error))
    }

    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        self.read(move |session| session.inspect(&id))
    }

    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        self.read(move |session| session.list(&filter, after, limit))
    }

    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        self.write(Needs::Writing, move |session| session.sweep(now_ms, ended_before_ms, limit))
    }

    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        let mut changes = self.changes.subscribe();
        // There is always a sender as long as there is `self`.
        Box::pin(async move { changes.wait_for(|count| *count > seen).await.map_or(seen, |count| *count) })
    }
}
