//! A store in memory: the [state](super::state) behind a lock. It outlives its workers, not its process.
use super::state::{Nothing, State};
use super::types::{
    Asked, Checkpoint, Claimed, Fate, Filter, Id, NewCoroutine, NewMessage, News, NewsOf, Page, Record, Report, Sent, Started, Swept,
    WorkerId,
};
use super::{Answer, BoxFuture, Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A store in memory, for tests. Its clones are the same store.
///
/// ```
/// use coroutine_runtime::store::{Id, Memory, NewCoroutine, Started, Store};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, id) = (Memory::new(), Id::new("order-17")?);
/// let order = NewCoroutine { id, function: "order".into(), args: vec![], parent: None };
/// assert_eq!(store.start(0, vec![order.clone()]).await?, [Started::New]);
/// assert_eq!(store.clone().start(0, vec![order]).await?, [Started::Same]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Memory {
    /// An empty store.
    ///
    /// ```
    /// use coroutine_runtime::store::{Filter, Memory, Store};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// assert!(Memory::new().list(Filter::default(), None, 10).await?.records.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        Memory { state: Arc::default(), changes: Arc::new(watch::Sender::new(1)) }
    }

    fn call<'a, T: Send + 'a>(&'a self, call: impl FnOnce(&mut State) -> Result<T, StoreError> + Send + 'a) -> Answer<'a, T> {
        Box::pin(async move {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = call(&mut state);
            if state.has_stirred() {
                self.changes.send_modify(|count| *count += 1);
            }
            answer
        })
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for Memory {
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        self.call(move |state| Ok(state.open_worker(now_ms, ttl_ms)))
    }

    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        self.call(move |state| state.heartbeat(worker, now_ms, ttl_ms))
    }

    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        self.call(move |state| {
            let overdue = state.overdue(now_ms);
            for worker in &overdue {
                state.end_worker(&mut Nothing, *worker, now_ms, true)?;
            }
            Ok(overdue.len())
        })
    }

    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        self.call(move |state| state.end_worker(&mut Nothing, worker, now_ms, false))
    }

    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        let functions = functions.to_vec();
        self.call(move |state| {
            let (ids, next_due_ms) = state.claimable(&mut Nothing, worker, now_ms, limit, &functions)?;
            Ok(Claimed { coroutines: state.claim(&mut Nothing, worker, &ids)?, next_due_ms })
        })
    }

    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        self.call(move |state| state.commit(&mut Nothing, worker, now_ms, batch))
    }

    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        self.call(move |state| state.release(&mut Nothing, worker, now_ms, &ids))
    }

    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        self.call(move |state| state.news(&mut Nothing, worker, of))
    }

    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        self.call(move |state| ids.iter().map(|id| state.fate(&mut Nothing, id)).collect())
    }

    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        self.call(move |state| state.start(&mut Nothing, now_ms, coroutines))
    }

    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        self.call(move |state| state.send(&mut Nothing, now_ms, messages))
    }

    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        self.call(move |state| state.cancel(&mut Nothing, now_ms, &id))
    }

    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        self.call(move |state| state.resume(&mut Nothing, now_ms, &id))
    }

    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        self.call(move |state| state.fail(&mut Nothing, now_ms, &id, error))
    }

    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        self.call(move |state| state.inspect(&mut Nothing, &id))
    }

    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        self.call(move |state| state.list(&mut Nothing, &filter, after, limit))
    }

    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        self.call(move |state| {
            let (removed, passed) = state.sweepable(&mut Nothing, ended_before_ms, limit)?;
            let more = limit > 0 && removed.len() + passed.len() >= limit;
            state.sweep(&mut Nothing, now_ms, &removed, &passed)?;
            Ok(Swept { removed: removed.len(), more })
        })
    }

    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        let mut changes = self.changes.subscribe();
        // There is always a sender as long as there is `self`.
        Box::pin(async move { changes.wait_for(|count| *count > seen).await.map_or(seen, |count| *count) })
    }
}
