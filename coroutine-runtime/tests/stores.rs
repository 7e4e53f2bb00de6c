//! Every store does what the conformance suite asks.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use coroutine_runtime::store::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Fate, Filter, Id, Memory, NewCoroutine, NewMessage, News, NewsOf, Page, Record, Report,
    Sent, Sqlite, Started, Store, StoreError, Swept, WorkerId, conformance,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A directory that is gone when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("stores-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    /// A file that is not there yet.
    fn file(&self) -> PathBuf {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.0.join(format!("{}.db", COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path).unwrap()
}

#[tokio::test]
async fn memory() {
    conformance::check(Memory::new).await.unwrap();
}

#[tokio::test]
async fn sqlite() {
    let scratch = Scratch::new();
    conformance::check(|| open(&scratch.file())).await.unwrap();
}

/// A store that is closed and opened again between every two calls: nothing is known but what is in the file.
struct Reopened(PathBuf);

impl Reopened {
    fn call<'a, T: Send + 'a>(&'a self, call: impl for<'s> FnOnce(&'s Sqlite) -> Answer<'s, T> + Send + 'a) -> Answer<'a, T> {
        Box::pin(async move { call(&Sqlite::open(&self.0)?).await })
    }
}

impl Store for Reopened {
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        self.call(move |store| store.open_worker(now_ms, ttl_ms))
    }

    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        self.call(move |store| store.heartbeat(worker, now_ms, ttl_ms))
    }

    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        self.call(move |store| store.depose(now_ms))
    }

    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        self.call(move |store| store.close_worker(worker, now_ms))
    }

    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        let functions = functions.to_vec();
        self.call(move |store| store.claim(worker, now_ms, limit, &functions))
    }

    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        self.call(move |store| store.commit(worker, now_ms, batch))
    }

    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        self.call(move |store| store.release(worker, now_ms, ids))
    }

    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        self.call(move |store| store.news(worker, of))
    }

    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        self.call(move |store| store.ends(ids))
    }

    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        self.call(move |store| store.start(now_ms, coroutines))
    }

    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        self.call(move |store| store.send(now_ms, messages))
    }

    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        self.call(move |store| store.cancel(now_ms, id))
    }

    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        self.call(move |store| store.resume(now_ms, id))
    }

    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        self.call(move |store| store.fail(now_ms, id, error))
    }

    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        self.call(move |store| store.inspect(id))
    }

    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        self.call(move |store| store.list(filter, after, limit))
    }

    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        self.call(move |store| store.sweep(now_ms, ended_before_ms, limit))
    }

    /// What changed before it was opened is not known to the one that counts.
    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        Box::pin(async move { seen + 1 })
    }
}

#[tokio::test]
async fn sqlite_that_is_reopened_between_calls() {
    let scratch = Scratch::new();
    conformance::check(|| Reopened(scratch.file())).await.unwrap();
}

fn order(id: &str) -> NewCoroutine {
    NewCoroutine { id: Id::new(id).unwrap(), function: "order".into(), args: vec![7; 300], parent: None }
}

fn message(to: &str) -> NewMessage {
    NewMessage { to: Id::new(to).unwrap(), channel: "in".into(), key: None, payload: vec![1] }
}

#[tokio::test]
async fn two_that_have_it_open_see_each_other() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let (one, other) = (open(&path), open(&path));
    let mut seen = other.changed(0).await;
    one.start(0, vec![order("a")]).await.unwrap();
    seen = other.changed(seen).await;
    let worker = other.open_worker(0, 1_000).await.unwrap();
    assert_ne!(one.open_worker(0, 1_000).await.unwrap(), worker);
    let a = other.claim(worker, 0, 10, &["order".into()]).await.unwrap().coroutines.remove(0);
    assert!(one.claim(worker, 0, 10, &["order".into()]).await.unwrap().coroutines.is_empty());
    one.send(1, vec![message("a")]).await.unwrap();
    while other.news(worker, vec![NewsOf { id: a.id.clone(), after_seq: 0, ends: vec![] }]).await.unwrap()[0].inbox.is_empty() {
        seen = other.changed(seen).await;
    }
    assert_eq!(one.depose(1_000).await.unwrap(), 2);
    assert!(matches!(other.heartbeat(worker, 0, 1_000).await, Err(StoreError::Fenced)));
}
