//! Every store does what the conformance suite asks.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use coroutine_runtime::store::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Committed, End, Fate, Fault, Faulty, Filter, Id, Loaded, Memory, NewCoroutine,
    NewMessage, News, NewsOf, Next, Page, Record, Report, Sent, Sqlite, SqliteOptions, Started, Status, Store, StoreError, Stored, Swept,
    Wake, WorkerId, conformance,
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

/// Whoever waits for each answer sees nothing of calls and answers that are late.
#[tokio::test]
async fn late_answers() {
    let late = || {
        let mut random = Seeded(7);
        Faulty::new(Memory::new(), move |_| match random.below(3) {
            0 => Fault::Late(random.below(5) as u32),
            1 => Fault::LateAnswer(random.below(5) as u32),
            _ => Fault::None,
        })
    };
    conformance::check(late).await.unwrap();
}

/// A call is carried out if its answer is lost, and not if it is refused; and who comes late comes after others.
#[tokio::test]
async fn faults_are_what_they_say() {
    let memory = Memory::new();
    let (plan, planned) = std::sync::mpsc::channel();
    let store = Faulty::new(memory.clone(), move |_| planned.recv().unwrap());
    let there = async |id: &str| memory.inspect(Id::new(id).unwrap()).await.unwrap().is_some();
    for (id, fault, is_there) in [
        ("a", Fault::Refused(StoreError::Full("test".into())), false),
        ("b", Fault::Refused(StoreError::Busy), false),
        ("c", Fault::Lost, true),
    ] {
        plan.send(fault).unwrap();
        let error = store.start(0, vec![order(id)]).await.unwrap_err();
        assert_eq!(error.definite(), !is_there, "{error}");
        assert_eq!(there(id).await, is_there, "{error}");
    }
    plan.send(Fault::Late(3)).unwrap();
    plan.send(Fault::None).unwrap();
    let mut late = store.start(0, vec![order("d")]);
    let first = std::future::poll_fn(|cx| std::task::Poll::Ready(late.as_mut().poll(cx).is_pending())).await;
    assert!(first && !there("d").await);
    assert_eq!(store.start(0, vec![order("d")]).await.unwrap(), [Started::New]);
    assert_eq!(late.await.unwrap(), [Started::Same], "it came second");
}

#[tokio::test]
async fn sqlite() {
    let scratch = Scratch::new();
    conformance::check(|| open(&scratch.file())).await.unwrap();
}

#[tokio::test]
async fn sqlite_that_folds_all_the_time() {
    let scratch = Scratch::new();
    conformance::check(|| Sqlite::options().journal_bytes(0).open(scratch.file()).unwrap()).await.unwrap();
}

/// A store that is closed and opened again between every two calls: nothing is known but what is in the file.
struct Reopened(PathBuf, SqliteOptions);

impl Reopened {
    fn call<'a, T: Send + 'a>(&'a self, call: impl for<'s> FnOnce(&'s Sqlite) -> Answer<'s, T> + Send + 'a) -> Answer<'a, T> {
        Box::pin(async move { call(&self.1.open(&self.0)?).await })
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
    conformance::check(|| Reopened(scratch.file(), Sqlite::options().leases_only())).await.unwrap();
}

/// When it is opened again, nothing is in the journal.
#[tokio::test]
async fn sqlite_that_is_folded_and_reopened_between_calls() {
    let scratch = Scratch::new();
    conformance::check(|| Reopened(scratch.file(), Sqlite::options().leases_only().journal_bytes(0))).await.unwrap();
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

/// Whose process has ended is deposed long before its time is over; who lives is not.
#[tokio::test]
async fn the_dead_are_seen_at_once() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let (one, other) = (open(&path), open(&path));
    let dies = one.open_worker(0, 1_000_000).await.unwrap();
    let lives = other.open_worker(0, 1_000_000).await.unwrap();
    other.start(0, vec![order("a")]).await.unwrap();
    assert_eq!(one.claim(dies, 0, 1, &["order".into()]).await.unwrap().coroutines.len(), 1);
    assert_eq!(other.depose(1).await.unwrap() + one.depose(1).await.unwrap(), 0);
    drop(one);
    assert_eq!(other.depose(2).await.unwrap(), 1);
    assert_eq!(other.claim(lives, 2, 1, &["order".into()]).await.unwrap().coroutines[0].attempts, 1);
    let third = open(&path);
    assert_eq!(third.depose(3).await.unwrap(), 0);
    other.close_worker(lives, 4).await.unwrap();
    drop(other);
    assert_eq!(third.depose(5).await.unwrap(), 0, "who has said goodbye is not dead");
    drop(third);
    let files = std::fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(files, [path.file_name().unwrap()], "nothing is left behind");
}

/// A generator of numbers that is the same for a seed everywhere: xorshift.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn id(&mut self) -> Id {
        Id::new(format!("c{}", self.below(8))).unwrap()
    }

    fn ids(&mut self) -> Vec<Id> {
        (0..self.below(3)).map(|_| self.id()).collect()
    }

    fn channel(&mut self) -> Arc<str> {
        format!("channel {}", self.below(2)).into()
    }

    fn coroutine(&mut self) -> NewCoroutine {
        let parent = (self.below(2) == 0).then(|| self.id());
        NewCoroutine { id: self.id(), function: "order".into(), args: vec![self.below(2) as u8], parent }
    }

    fn message(&mut self) -> NewMessage {
        let key = (self.below(2) == 0).then(|| format!("key {}", self.below(4)).into());
        NewMessage { to: self.id(), channel: self.channel(), key, payload: vec![self.below(256) as u8] }
    }

    fn next(&mut self, now_ms: u64) -> Next {
        let snapshot = vec![self.below(256) as u8; self.below(600) as usize];
        match self.below(10) {
            0..3 => Next::Running { snapshot },
            3..6 => {
                let until_ms = (self.below(2) == 0).then(|| now_ms + self.below(20));
                let channels = (0..self.below(3)).map(|_| self.channel()).collect();
                Next::Waiting { snapshot, wake: Wake { until_ms, channels, ends: self.ids() } }
            }
            6 => Next::Retrying { error: "oh".into(), attempts: 1 + self.below(3) as u32, until_ms: now_ms + self.below(20) },
            7 => Next::Quarantined { error: "broken".into() },
            8 => Next::Released,
            _ => Next::Ended(match self.below(3) {
                0 => End::Completed(snapshot),
                1 => End::Failed("no".into()),
                _ => End::Cancelled,
            }),
        }
    }
}

/// What both stores were told of, to ask for more that makes sense.
#[derive(Default)]
struct Told {
    workers: Vec<WorkerId>,
    /// The worker that claimed it, its revision, and the messages that it knows.
    claimed: Vec<(WorkerId, Id, u64, Vec<u64>)>,
}

/// Does something to a store, and gives everything that it answers. Both stores are asked the same.
async fn step(store: &dyn Store, random: &mut Seeded, now_ms: u64, told: &mut Told) -> Result<String, StoreError> {
    let worker = told.workers.get(random.below(told.workers.len().max(1) as u64) as usize).copied().unwrap_or(WorkerId::new(77));
    Ok(match random.below(16) {
        0 => {
            let opened = store.open_worker(now_ms, 1 + random.below(200)).await?;
            told.workers.push(opened);
            format!("{opened}")
        }
        1 => match random.below(3) {
            0 => format!("{:?}", store.depose(now_ms).await?),
            1 => format!("{:?}", store.heartbeat(worker, now_ms, random.below(200)).await.map_err(|error| error.to_string())),
            _ if random.below(4) == 0 => format!("{:?}", store.close_worker(worker, now_ms).await?),
            _ => format!("{:?}", store.release(worker, now_ms, random.ids()).await.map_err(|error| error.to_string())),
        },
        2..5 => {
            let claimed = store.claim(worker, now_ms, random.below(5) as usize, &["order".into()]).await;
            for loaded in claimed.iter().flat_map(|claimed| &claimed.coroutines) {
                let seqs = loaded.inbox.iter().map(|message| message.seq).collect();
                told.claimed.push((worker, loaded.id.clone(), loaded.revision, seqs));
            }
            format!("{:?}", claimed.map_err(|error| error.to_string()))
        }
        5..10 => {
            let mut batch = Vec::new();
            for _ in 0..random.below(4) {
                let which = random.below(told.claimed.len().max(1) as u64) as usize;
                let (id, revision, seqs) = match told.claimed.get_mut(which) {
                    Some((_, id, revision, seqs)) => {
                        *revision += 1;
                        (id.clone(), *revision - 1, std::mem::take(seqs))
                    }
                    None => (random.id(), 0, Vec::new()),
                };
                batch.push(Checkpoint {
                    serial: random.below(1000),
                    consumed: seqs.into_iter().filter(|_| random.below(2) == 0).collect(),
                    cancels_taken: random.below(2) as u32,
                    starts: (0..random.below(2)).map(|_| random.coroutine()).collect(),
                    sends: (0..random.below(3)).map(|_| random.message()).collect(),
                    cancels: if random.below(4) == 0 { random.ids() } else { Vec::new() },
                    progress: (random.below(4) == 0).then(|| vec![random.below(256) as u8]),
                    ..Checkpoint::new(id, revision, random.next(now_ms))
                });
            }
            let worker = told.claimed.get(random.below(4) as usize).map_or(worker, |(worker, ..)| *worker);
            format!("{:?}", store.commit(worker, now_ms, batch).await.map_err(|error| error.to_string()))
        }
        10 => format!("{:?}", store.start(now_ms, (0..random.below(4)).map(|_| random.coroutine()).collect()).await?),
        11 => format!("{:?}", store.send(now_ms, (0..random.below(4)).map(|_| random.message()).collect()).await?),
        12 => format!("{:?}", store.cancel(now_ms, random.id()).await?),
        13 if random.below(2) == 0 => format!("{:?}", store.resume(now_ms, random.id()).await?),
        13 => format!("{:?}", store.fail(now_ms, random.id(), "given up".into()).await?),
        14 => format!("{:?}", store.sweep(now_ms, now_ms.saturating_sub(random.below(100)), random.below(4) as usize).await?),
        _ => {
            let of = NewsOf { id: random.id(), after_seq: random.below(5), ends: random.ids() };
            format!("{:?} {:?}", store.news(worker, vec![of]).await?, store.ends(random.ids()).await?)
        }
    })
}

/// Everything that is in a store.
async fn everything(store: &dyn Store) -> Result<Vec<Record>, StoreError> {
    let mut all = Vec::new();
    for record in store.list(Filter::default(), None, 100).await?.records {
        all.extend(store.inspect(record.id).await?);
    }
    Ok(all)
}

/// Whatever is asked, a store on disk answers what the one in memory does, however far it is folded and by whichever process.
async fn answers_are_those_of_memory(options: SqliteOptions, seeds: std::ops::Range<u64>) {
    let scratch = Scratch::new();
    for seed in seeds {
        let path = scratch.file();
        let (memory, handles) = (Memory::new(), [options.open(&path).unwrap(), options.open(&path).unwrap()]);
        let mut random = Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (mut told, mut told_disk) = (Told::default(), Told::default());
        let mut now_ms = 1_000;
        for count in 0..250 {
            now_ms += random.below(10);
            let store = &handles[random.below(2) as usize];
            let mut same = Seeded(random.0);
            let expected = step(&memory, &mut random, now_ms, &mut told).await.unwrap();
            let found = step(store, &mut same, now_ms, &mut told_disk).await.unwrap();
            assert_eq!(found, expected, "seed {seed}, step {count}");
            if count % 25 == 0 {
                let (found, expected) = (everything(&handles[0]).await.unwrap(), everything(&memory).await.unwrap());
                assert_eq!(found, expected, "seed {seed}, after step {count}");
            }
        }
        drop(handles);
        let (found, expected) = (everything(&options.open(&path).unwrap()).await.unwrap(), everything(&memory).await.unwrap());
        assert_eq!(found, expected, "seed {seed}, at the end");
    }
}

#[tokio::test]
async fn answers_are_those_of_memory_with_a_journal() {
    answers_are_those_of_memory(Sqlite::options(), 1..9).await;
}

#[tokio::test]
async fn answers_are_those_of_memory_while_it_folds_all_the_time() {
    answers_are_those_of_memory(Sqlite::options().journal_bytes(0), 100..108).await;
}

#[tokio::test]
async fn answers_are_those_of_memory_while_it_folds_now_and_then() {
    answers_are_those_of_memory(Sqlite::options().journal_bytes(5_000), 200..208).await;
}

#[tokio::test]
async fn who_is_started_again_has_no_keys_of_a_former_life() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let keyed = || vec![NewMessage { key: Some("k".into()), ..message("a") }];
    let folding = Sqlite::options().journal_bytes(0);

    let store = folding.open(&path).unwrap();
    store.start(0, vec![order("a")]).await.unwrap();
    assert_eq!(store.send(0, keyed()).await.unwrap(), [Sent::New]);
    let worker = store.open_worker(0, 1_000).await.unwrap();
    let a = store.claim(worker, 0, 1, &["order".into()]).await.unwrap().coroutines.remove(0);
    store.commit(worker, 1, vec![Checkpoint::new(a.id, a.revision, Next::Quarantined { error: "oh".into() })]).await.unwrap();
    drop(store);

    // The key is in the tables; that it is gone, and comes again, is in the journal alone.
    let store = open(&path);
    assert!(store.fail(2, Id::new("a").unwrap(), "no".into()).await.unwrap());
    assert_eq!(store.sweep(10, 10, 10).await.unwrap().removed, 1);
    store.start(11, vec![order("a")]).await.unwrap();
    assert_eq!(store.send(11, keyed()).await.unwrap(), [Sent::New]);
    drop(store);

    drop(folding.open(&path).unwrap().send(12, vec![message("nobody")]).await.unwrap());
    let store = folding.open(&path).unwrap();
    assert_eq!(store.send(13, keyed()).await.unwrap(), [Sent::Duplicate]);
    let a = store.inspect(Id::new("a").unwrap()).await.unwrap().unwrap();
    assert_eq!((a.inbox, a.started_ms), (1, 11));
}

/// A fold of many rows is given up when the store is closed.
#[tokio::test]
async fn a_store_that_is_closed_while_it_folds_loses_nothing() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let folding = Sqlite::options().journal_bytes(0);
    let (count, mut claimed) = (6_000, 0);
    let store = folding.open(&path).unwrap();
    let all: Vec<_> = (0..count).map(|n| order(&format!("c{n:05}"))).collect();
    assert_eq!(store.start(0, all.clone()).await.unwrap(), vec![Started::New; count]);
    drop(store);
    // Each of these is closed while what it has done is folded, or not yet.
    for _ in 0..3 {
        let store = folding.open(&path).unwrap();
        let worker = store.open_worker(0, u64::MAX).await.unwrap();
        let some = store.claim(worker, 0, count / 3, &["order".into()]).await.unwrap().coroutines;
        let ended = |id: Id, revision| Checkpoint::new(id, revision, Next::Ended(End::Completed(b"done".to_vec())));
        claimed += some.len();
        store.commit(worker, 1, some.into_iter().map(|loaded| ended(loaded.id, loaded.revision)).collect()).await.unwrap();
    }
    let store = folding.open(&path).unwrap();
    assert_eq!(claimed, count, "each was ready once");
    let done = Fate::Ended(End::Completed(b"done".to_vec()));
    assert_eq!(store.ends(all.into_iter().map(|new| new.id).collect()).await.unwrap(), vec![done; count]);
}

#[tokio::test]
async fn a_full_store_says_so_and_loses_nothing() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let small = Sqlite::options().bytes_max(400_000);
    let store = small.open(&path).unwrap();
    let mut there = 0;
    let error = loop {
        let id = format!("c{there:05}");
        match store.start(0, vec![order(&id)]).await {
            Ok(started) => assert_eq!(started, [Started::New]),
            Err(error) => break error,
        }
        there += 1;
        assert!(there < 10_000, "it has an end");
    };
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    assert!(error.definite());
    assert!(there > 100, "{there}");
    assert!(matches!(store.start(0, vec![order("one more")]).await, Err(StoreError::Full(_))));
    let last = Id::new(format!("c{:05}", there - 1)).unwrap();
    assert!(store.inspect(last.clone()).await.unwrap().is_some());
    assert!(store.inspect(Id::new("one more").unwrap()).await.unwrap().is_none());
    drop(store);

    let store = open(&path);
    assert!(store.inspect(last).await.unwrap().is_some());
    assert_eq!(store.start(0, vec![order("one more")]).await.unwrap(), [Started::New], "with more room it goes on");
}

#[tokio::test]
async fn a_store_that_is_only_read_refuses_to_be_written() {
    let scratch = Scratch::new();
    let path = scratch.file();
    assert!(Sqlite::options().read_only().open(&path).is_err(), "there is nothing to read");
    let store = open(&path);
    store.start(0, vec![order("a")]).await.unwrap();
    let reader = Sqlite::options().read_only().open(&path).unwrap();
    assert!(matches!(reader.start(0, vec![order("b")]).await, Err(StoreError::ReadOnly(_))));
    assert!(matches!(reader.open_worker(0, 1).await, Err(StoreError::ReadOnly(_))));
    assert_eq!(reader.list(Filter::default(), None, 10).await.unwrap().records.len(), 1);
    let seen = reader.changed(0).await;
    store.start(0, vec![order("b")]).await.unwrap();
    reader.changed(seen).await;
    assert_eq!(reader.list(Filter::default(), None, 10).await.unwrap().records.len(), 2, "it sees what others write");
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let scratch = Scratch::new();
    let path = scratch.file();
    drop(open(&path));
    let connection = rusqlite::Connection::open(&path).unwrap();
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "user_version", version + 1).unwrap();
    drop(connection);
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found, known } if found == version + 1 && known == version), "{error}");
}

#[tokio::test]
async fn what_is_no_store_is_left_alone() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let text = "Dear diary, today I met a coroutine. ".repeat(200);
    std::fs::write(&path, &text).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "it says where: {error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

/// Somebody wrote over the pages from the second on: whatever needs one of them is an error, and nothing is made up.
#[tokio::test]
async fn damaged_pages_are_found() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let store = Sqlite::options().journal_bytes(0).open(&path).unwrap();
    store.start(0, (0..500).map(|n| order(&format!("c{n:03}"))).collect()).await.unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page.fill(0x5a);
    }
    std::fs::write(&path, &bytes).unwrap();
    let looked = match Sqlite::open(&path) {
        Ok(store) => store.inspect(Id::new("c007").unwrap()).await.map(drop),
        Err(error) => Err(error),
    };
    assert!(matches!(looked, Err(StoreError::Corrupt(_))), "{looked:?}");
}

/// A record of the journal that was changed is not believed.
#[tokio::test]
async fn a_damaged_journal_is_found() {
    let scratch = Scratch::new();
    let path = scratch.file();
    let store = open(&path);
    store.start(0, vec![order("a")]).await.unwrap();
    drop(store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let record: Vec<u8> = connection.query_row("SELECT record FROM journal", [], |row| row.get(0)).unwrap();
    for at in [0, record.len() / 2, record.len() - 1] {
        let mut damaged = record.clone();
        damaged[at] ^= 1;
        connection.execute("UPDATE journal SET record = ?", [&damaged]).unwrap();
        let store = open(&path);
        let looked = store.inspect(Id::new("a").unwrap()).await;
        assert!(matches!(looked, Err(StoreError::Corrupt(_))), "{looked:?}");
        let written = store.start(0, vec![order("b")]).await;
        assert!(matches!(written, Err(StoreError::Corrupt(_))), "{written:?}");
    }
    connection.execute("UPDATE journal SET record = ?", [&record]).unwrap();
    assert!(open(&path).inspect(Id::new("a").unwrap()).await.unwrap().is_some());
}

/// Workers through connections of their own, at the same time, while all of them fold: each coroutine takes its steps one after the other,
/// whoever has it, and every commit that was answered counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn workers_at_the_same_time() {
    const COROUTINES: u64 = 60;
    const STEPS: u64 = 12;
    let scratch = Scratch::new();
    let path = scratch.file();
    let options = Sqlite::options().journal_bytes(2_000);
    let new = (0..COROUTINES).map(|n| order(&format!("c{n:02}"))).collect();
    options.open(&path).unwrap().start(0, new).await.unwrap();

    let work = async |store: Sqlite, seed: u64| {
        let mut random = Seeded(seed);
        let worker = store.open_worker(0, 1_000_000).await.unwrap();
        let mut done = 0;
        loop {
            let claimed = store.claim(worker, 1, 1 + random.below(5) as usize, &["order".into()]).await.unwrap().coroutines;
            if claimed.is_empty() {
                if store.list(Filter { status: Some(Status::Completed), function: None }, None, 100).await.unwrap().records.len() as u64
                    == COROUTINES
                {
                    return done;
                }
                tokio::task::yield_now().await;
                continue;
            }
            let next = |loaded: &Loaded| match &loaded.stored {
                Stored::Snapshot(snapshot) if snapshot.len() as u64 + 1 == STEPS => Next::Ended(End::Completed(snapshot.clone())),
                Stored::Snapshot(snapshot) => Next::Waiting { snapshot: vec![7; snapshot.len() + 1], wake: soon() },
                Stored::Args(_) => Next::Waiting { snapshot: vec![7], wake: soon() },
            };
            let batch: Vec<_> = claimed.iter().map(|loaded| Checkpoint::new(loaded.id.clone(), loaded.revision, next(loaded))).collect();
            let report = store.commit(worker, 1, batch).await.unwrap();
            assert!(report.outcomes.iter().all(|outcome| matches!(outcome, Committed::Done { .. })), "who has it can write: {report:?}");
            done += report.outcomes.len() as u64;
        }
    };
    let stores = [options.open(&path).unwrap(), options.open(&path).unwrap(), options.open(&path).unwrap()];
    let [one, two, three] = stores;
    let (one, two, three) = tokio::join!(tokio::spawn(work(one, 1)), tokio::spawn(work(two, 2)), tokio::spawn(work(three, 3)));
    assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), COROUTINES * STEPS);
    let store = open(&path);
    for record in everything(&store).await.unwrap() {
        assert_eq!((record.revision, record.end), (STEPS, Some(End::Completed(vec![7; STEPS as usize - 1]))));
    }
}

/// A time that is over.
fn soon() -> Wake {
    Wake { until_ms: Some(0), ..Wake::default() }
}
