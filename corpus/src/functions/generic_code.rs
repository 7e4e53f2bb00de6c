//! Generic helpers and small libraries: over stores, transports, sinks and clocks that the caller brings.
use crate::support::*;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt::{Debug, Display};
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, RwLock, Semaphore, mpsc};
use tokio::time::{sleep, timeout};

pub trait Store: Send + Sync {
    fn load(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
    fn save(&self, key: &str, value: &[u8]) -> impl Future<Output = Result<()>> + Send;
    fn keys(&self) -> impl Future<Output = Result<Vec<String>>> + Send;
}

pub trait Transport: Send {
    type Frame: Clone + Debug + Send + 'static;
    fn send(&mut self, frame: Self::Frame) -> impl Future<Output = Result<()>> + Send;
    fn recv(&mut self) -> impl Future<Output = Result<Option<Self::Frame>>> + Send;
}

pub async fn mirror(from: &impl Store, to: &impl Store) -> Result<usize> {
    let mut copied = 0;
    for key in from.keys().await? {
        let Some(value) = from.load(&key).await? else { continue };
        if to.load(&key).await?.as_deref() == Some(&value[..]) {
            continue;
        }
        to.save(&key, &value).await?;
        copied += 1;
    }
    Ok(copied)
}

pub async fn get_or_insert_with<S, F, Fut>(store: &S, key: &str, make: F) -> Result<Vec<u8>>
where
    S: Store,
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<Vec<u8>>> + Send,
{
    if let Some(value) = store.load(key).await? {
        return Ok(value);
    }
    let value = make().await?;
    store.save(key, &value).await?;
    Ok(value)
}

pub async fn request<T: Transport>(transport: &mut T, frame: T::Frame, tries: u32) -> Result<T::Frame> {
    for attempt in 1..=tries {
        transport.send(frame.clone()).await?;
        match timeout(Duration::from_secs(1), transport.recv()).await {
            Ok(Ok(Some(reply))) => return Ok(reply),
            Ok(Ok(None)) => bail!("closed"),
            Ok(Err(e)) if attempt == tries => return Err(e),
            Ok(Err(e)) => warn!("attempt {attempt}: {e}"),
            Err(_) => warn!("attempt {attempt} timed out"),
        }
    }
    bail!("no reply to {frame:?}")
}

pub async fn pump<A, B>(left: &mut A, right: &mut B) -> Result<u64>
where
    A: Transport,
    B: Transport<Frame = A::Frame>,
{
    let mut moved = 0u64;
    while let Some(frame) = left.recv().await? {
        right.send(frame).await?;
        moved += 1;
    }
    Ok(moved)
}

pub async fn wait_until(clock: &dyn ClockLike, at: u64, mut on_tick: impl FnMut(u64) + Send) -> u64 {
    let mut now = clock.now();
    while now < at {
        on_tick(now);
        clock.wait_for(at - now).await;
        now = clock.now();
    }
    now
}

pub trait ClockLike: Send + Sync {
    fn now(&self) -> u64;
    fn wait_for(&self, secs: u64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

pub async fn retry_with<T, E, F, Fut>(mut operation: F, policy: &RetryPolicy) -> Result<T, E>
where
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, E>> + Send,
    E: Display + Send + 'static,
    T: Send + 'static,
{
    let mut delay = policy.initial;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match operation(attempt).await {
            Ok(value) => break Ok(value),
            Err(e) if attempt >= policy.max => break Err(e),
            Err(e) => {
                debug!("attempt {attempt} failed: {e}");
                sleep(delay).await;
                delay = (delay * 2).min(policy.cap);
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct RetryPolicy {
    pub initial: Duration,
    pub cap: Duration,
    pub max: u32,
}

pub async fn batched<T, I>(items: I, size: usize, pool: &Pool) -> Result<u64>
where
    I: IntoIterator<Item = T>,
    T: Display + Send + Sync + 'static,
{
    let mut written = 0;
    let mut batch = Vec::with_capacity(size);
    for item in items {
        batch.push(item.to_string());
        if batch.len() == size {
            written += pool.execute("insert", &[&batch.join(",")]).await?;
            batch.clear();
        }
    }
    if !batch.is_empty() {
        written += pool.execute("insert", &[&batch.join(",")]).await?;
    }
    Ok(written)
}

pub async fn group_and_send<K, V>(pairs: Vec<(K, V)>, queue: &Queue) -> Result<BTreeMap<K, usize>>
where
    K: Ord + Clone + Display + Send + Sync + 'static,
    V: Display + Send + Sync + 'static,
{
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    let mut sent = BTreeMap::new();
    for (key, values) in &groups {
        for value in values {
            queue.send(&format!("{key}={value}")).await?;
        }
        *sent.entry(key.clone()).or_insert(0) += values.len();
    }
    Ok(sent)
}

pub struct Cached<S> {
    inner: S,
    entries: RwLock<HashMap<String, Arc<Vec<u8>>>>,
    hits: std::sync::atomic::AtomicU64,
}
impl<S: Store + 'static> Cached<S> {
    pub async fn load(&self, key: &str) -> Result<Option<Arc<Vec<u8>>>> {
        if let Some(hit) = self.entries.read().await.get(key) {
            self.hits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            return Ok(Some(hit.clone()));
        }
        let Some(value) = self.inner.load(key).await? else { return Ok(None) };
        let value = Arc::new(value);
        self.entries.write().await.insert(key.to_owned(), value.clone());
        Ok(Some(value))
    }

    pub async fn warm<'a>(&self, keys: impl Iterator<Item = &'a str> + Send) -> Result<usize> {
        let keys: Vec<String> = keys.map(str::to_owned).collect();
        let mut warmed = 0;
        for key in &keys {
            if self.load(key).await?.is_some() {
                warmed += 1;
            }
        }
        Ok(warmed)
    }

    pub async fn flush(&mut self) -> Result<()> {
        let entries = std::mem::take(self.entries.get_mut());
        for (key, value) in entries {
            self.inner.save(&key, &value).await?;
        }
        self.hits = Default::default();
        Ok(())
    }
}

pub struct Worker<T, S> {
    transport: T,
    store: S,
    limit: Arc<Semaphore>,
    backlog: VecDeque<String>,
}
impl<T, S> Worker<T, S>
where
    T: Transport<Frame = String> + 'static,
    S: Store + 'static,
{
    pub async fn run(mut self) -> Result<(T, usize)> {
        let mut handled = 0;
        loop {
            let line = match self.backlog.pop_front() {
                Some(line) => line,
                None => match self.transport.recv().await? {
                    Some(line) => line,
                    None => break,
                },
            };
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "get" => {
                    let value = self.store.load(rest).await?.unwrap_or_default();
                    self.transport.send(String::from_utf8_lossy(&value).into_owned()).await?;
                }
                "put" => {
                    let Some((key, value)) = rest.split_once('=') else {
                        self.transport.send(format!("what is {rest}?")).await?;
                        continue;
                    };
                    self.store.save(key, value.as_bytes()).await?;
                    self.transport.send("ok".into()).await?;
                }
                "later" => self.backlog.push_back(rest.to_owned()),
                other => warn!("{other}"),
            }
            handled += 1;
        }
        Ok((self.transport, handled))
    }

    pub async fn step(&mut self) -> Result<bool> {
        let permit = self.limit.clone().acquire_owned().await?;
        let Some(line) = self.transport.recv().await? else { return Ok(false) };
        self.store.save("last", line.as_bytes()).await?;
        drop(permit);
        Ok(true)
    }
}

pub async fn drain<T: Send + 'static>(mut rx: mpsc::Receiver<T>, mut each: impl FnMut(T) -> bool + Send + 'static) -> usize {
    let mut n = 0;
    while let Some(item) = rx.recv().await {
        n += 1;
        if !each(item) {
            break;
        }
    }
    n
}

pub async fn first_ok<T, E>(urls: &[&str], client: &HttpClient, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
    for url in urls {
        let Ok(response) = client.get(url).send().await else { continue };
        let Ok(text) = response.text().await else { continue };
        if let Ok(value) = parse(&text) {
            return Some(value);
        }
    }
    None
}

pub async fn dedup_by_key<T, K>(rx: &mut mpsc::Receiver<T>, key: impl Fn(&T) -> K) -> Vec<T>
where
    K: Hash + Eq + Send + 'static,
    T: Send + 'static,
{
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    while let Some(item) = rx.recv().await {
        if seen.insert(key(&item)) {
            out.push(item);
        }
    }
    out
}

pub async fn with_lock<T, R>(lock: &Mutex<T>, f: impl FnOnce(&mut T) -> R) -> R {
    let mut guard = lock.lock().await;
    f(&mut guard)
}

pub async fn swap_both<T: Clone + Send>(a: &Mutex<T>, b: &Mutex<T>) {
    let mut left = a.lock().await;
    let mut right = b.lock().await;
    std::mem::swap(&mut *left, &mut *right);
}

pub async fn fan_out<S: Store>(stores: &[S], key: &str, value: &[u8]) -> Result<usize> {
    let mut ok = 0;
    let mut last = None;
    for (i, store) in stores.iter().enumerate() {
        match store.save(key, value).await {
            Ok(()) => ok += 1,
            Err(e) => last = Some((i, e)),
        }
    }
    match (ok, last) {
        (0, Some((i, e))) => Err(format!("all failed, store {i} last: {e}").into()),
        (ok, _) => Ok(ok),
    }
}

pub async fn quorum<S: Store>(stores: &[S], key: &str) -> Result<Option<Vec<u8>>> {
    let mut votes: HashMap<Vec<u8>, usize> = HashMap::new();
    let need = stores.len() / 2 + 1;
    for store in stores {
        if let Some(value) = store.load(key).await? {
            let count = votes.entry(value).or_insert(0);
            *count += 1;
            if *count >= need {
                break;
            }
        }
    }
    Ok(votes.into_iter().max_by_key(|(_, n)| *n).filter(|(_, n)| *n >= need).map(|(v, _)| v))
}

pub async fn measure<F: Future>(name: &str, future: F) -> F::Output
where
    F: Send + 'static,
    F::Output: Send + 'static,
{
    let started = Instant::now();
    let output = future.await;
    info!("{name} took {:?}", started.elapsed());
    output
}

pub async fn paginate<T, F, Fut>(mut fetch: F, max: usize) -> Result<Vec<T>>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, Option<String>)>> + Send,
    T: Send + 'static,
{
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let (page, next) = fetch(token.take()).await?;
        all.extend(page);
        token = match next {
            Some(next) if all.len() < max => Some(next),
            _ => break,
        };
    }
    all.truncate(max);
    Ok(all)
}

pub async fn copy_lines<R, W>(reader: &mut R, writer: &mut W) -> std::io::Result<u64>
where
    R: tokio::io::AsyncBufRead + Unpin + Send,
    W: tokio::io::AsyncWrite + Unpin + Send,
{
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
    let mut line = String::new();
    let mut total = 0u64;
    while reader.read_line(&mut line).await? > 0 {
        writer.write_all(line.trim_end().as_bytes()).await?;
        writer.write_all(b"\n").await?;
        total += line.len() as u64;
        line.clear();
    }
    writer.flush().await?;
    Ok(total)
}

pub async fn find_map<T, U, F>(items: &[T], pool: &Pool, f: F) -> Result<Option<U>>
where
    T: Display + Sync,
    F: Fn(&T, i64) -> Option<U>,
{
    for item in items {
        let n = pool.fetch_one::<i64>("select n", &[item]).await?;
        if let found @ Some(_) = f(item, n) {
            return Ok(found);
        }
    }
    Ok(None)
}

pub async fn notify_all<N>(notifiers: &mut [Box<N>], text: &str) -> usize
where
    N: Transport<Frame = String>,
{
    let mut sent = 0;
    for notifier in notifiers.iter_mut() {
        if notifier.send(text.to_string()).await.is_ok() {
            sent += 1;
        }
    }
    sent
}
