//! A store that fails: in front of any other, as a plan says. For tests of whatever relies on a store.
use super::{
    Answer, Asked, BoxFuture, Checkpoint, Claimed, Fate, Filter, Id, NewCoroutine, NewMessage, News, NewsOf, Page, Record, Report, Sent,
    Started, Store, StoreError, Swept, WorkerId,
};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// What a [`Store`] is asked for. (`Call` is a coroutine's, and `Send` rustc's: it would write theirs out in every error.)
///
/// ```
/// use coroutine_runtime::store::{Fault, Faulty, Memory, Operation, Store, StoreError};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Faulty::new(Memory::new(), |call| match call {
///     Operation::Sweep => Fault::Refused(StoreError::Busy),
///     _ => Fault::None,
/// });
/// assert!(matches!(store.sweep(0, 0, 10).await, Err(StoreError::Busy)));
/// assert!(store.open_worker(0, 1000).await.is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the methods of the trait")]
pub enum Operation {
    OpenWorker,
    Heartbeat,
    Depose,
    CloseWorker,
    Claim,
    Commit,
    Release,
    News,
    Ends,
    Start,
    SendMessages,
    Cancel,
    Resume,
    Fail,
    Inspect,
    List,
    Sweep,
}

/// What becomes of a call.
///
/// ```
/// use coroutine_runtime::store::{Fault, Faulty, Memory, Store, StoreError};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Faulty::new(Memory::new(), |_| Fault::Lost);
/// assert!(matches!(store.open_worker(0, 1000).await, Err(StoreError::Lost)), "there is a worker now, and nobody knows of it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing: it is carried out.
    None,
    /// It is not carried out, and this is the answer.
    Refused(StoreError),
    /// It is carried out, and the answer is [`StoreError::Lost`].
    Lost,
    /// It is carried out late, so that calls that were made after it come first; others run so often meanwhile.
    Late(u32),
    /// It is carried out at once and answered late.
    LateAnswer(u32),
}

/// A store with faults; each call asks the plan.
///
/// ```
/// use coroutine_runtime::store::{Operation, Fate, Fault, Faulty, Id, Memory, NewCoroutine, Store, StoreError};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let memory = Memory::new();
/// let mut starts = 0;
/// let store = Faulty::new(memory.clone(), move |call| {
///     starts += usize::from(call == Operation::Start);
///     match (call, starts) {
///         (Operation::Start, 1) => Fault::Refused(StoreError::Busy),
///         (Operation::Start, 2) => Fault::Lost,
///         _ => Fault::None,
///     }
/// });
/// let id = Id::new("order-17")?;
/// let order = NewCoroutine { id: id.clone(), function: "order".into(), args: vec![], parent: None };
///
/// assert!(matches!(store.start(0, vec![order.clone()]).await, Err(StoreError::Busy)));
/// assert_eq!(memory.ends(vec![id.clone()]).await?, [Fate::Unknown]);
/// assert!(matches!(store.start(0, vec![order]).await, Err(StoreError::Lost)));
/// assert_eq!(memory.ends(vec![id]).await?, [Fate::Alive]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Faulty<S> {
    store: S,
    plan: Arc<Mutex<dyn FnMut(Operation) -> Fault + Send>>,
}

impl<S> Faulty<S> {
    /// A store in front of this one, with faults as planned.
    ///
    /// ```
    /// use coroutine_runtime::store::{Fault, Faulty, Memory, Store, StoreError};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = Faulty::new(Memory::new(), |_| Fault::Refused(StoreError::Full("no room".into())));
    /// assert!(matches!(store.open_worker(0, 1000).await, Err(StoreError::Full(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(store: S, plan: impl FnMut(Operation) -> Fault + Send + 'static) -> Self {
        Faulty { store, plan: Arc::new(Mutex::new(plan)) }
    }
}

impl<S: fmt::Debug> fmt::Debug for Faulty<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Lets others run so often.
async fn wait(mut times: u32) {
    std::future::poll_fn(|cx| {
        let Some(left) = times.checked_sub(1) else { return Poll::Ready(()) };
        times = left;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<S: Store> Faulty<S> {
    fn through<'a, T: Send + 'a>(&'a self, call: Operation, carry_out: impl FnOnce(&'a S) -> Answer<'a, T> + Send + 'a) -> Answer<'a, T> {
        let fault = {
            let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
            plan(call)
        };
        Box::pin(async move {
            match fault {
                Fault::None => carry_out(&self.store).await,
                Fault::Refused(error) => Err(error),
                Fault::Lost => match carry_out(&self.store).await {
                    // A worker that was deposed learns of it all the same, or it would ask for ever.
                    Err(StoreError::Fenced) => Err(StoreError::Fenced),
                    _ => Err(StoreError::Lost),
                },
                Fault::Late(times) => {
                    wait(times).await;
                    carry_out(&self.store).await
                }
                Fault::LateAnswer(times) => {
                    let answer = carry_out(&self.store).await;
                    wait(times).await;
                    answer
                }
            }
        })
    }
}

impl<S: Store> Store for Faulty<S> {
    fn open_worker(&self, now_ms: u64, ttl_ms: u64) -> Answer<'_, WorkerId> {
        self.through(Operation::OpenWorker, move |store| store.open_worker(now_ms, ttl_ms))
    }

    fn heartbeat(&self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Answer<'_, ()> {
        self.through(Operation::Heartbeat, move |store| store.heartbeat(worker, now_ms, ttl_ms))
    }

    fn depose(&self, now_ms: u64) -> Answer<'_, usize> {
        self.through(Operation::Depose, move |store| store.depose(now_ms))
    }

    fn close_worker(&self, worker: WorkerId, now_ms: u64) -> Answer<'_, ()> {
        self.through(Operation::CloseWorker, move |store| store.close_worker(worker, now_ms))
    }

    fn claim(&self, worker: WorkerId, now_ms: u64, limit: usize, functions: &[Arc<str>]) -> Answer<'_, Claimed> {
        let functions = functions.to_vec();
        self.through(Operation::Claim, move |store| Box::pin(async move { store.claim(worker, now_ms, limit, &functions).await }))
    }

    fn commit(&self, worker: WorkerId, now_ms: u64, batch: Vec<Checkpoint>) -> Answer<'_, Report> {
        self.through(Operation::Commit, move |store| store.commit(worker, now_ms, batch))
    }

    fn release(&self, worker: WorkerId, now_ms: u64, ids: Vec<Id>) -> Answer<'_, ()> {
        self.through(Operation::Release, move |store| store.release(worker, now_ms, ids))
    }

    fn news(&self, worker: WorkerId, of: Vec<NewsOf>) -> Answer<'_, Vec<News>> {
        self.through(Operation::News, move |store| store.news(worker, of))
    }

    fn ends(&self, ids: Vec<Id>) -> Answer<'_, Vec<Fate>> {
        self.through(Operation::Ends, move |store| store.ends(ids))
    }

    fn start(&self, now_ms: u64, coroutines: Vec<NewCoroutine>) -> Answer<'_, Vec<Started>> {
        self.through(Operation::Start, move |store| store.start(now_ms, coroutines))
    }

    fn send(&self, now_ms: u64, messages: Vec<NewMessage>) -> Answer<'_, Vec<Sent>> {
        self.through(Operation::SendMessages, move |store| store.send(now_ms, messages))
    }

    fn cancel(&self, now_ms: u64, id: Id) -> Answer<'_, Asked> {
        self.through(Operation::Cancel, move |store| store.cancel(now_ms, id))
    }

    fn resume(&self, now_ms: u64, id: Id) -> Answer<'_, bool> {
        self.through(Operation::Resume, move |store| store.resume(now_ms, id))
    }

    fn fail(&self, now_ms: u64, id: Id, error: String) -> Answer<'_, bool> {
        self.through(Operation::Fail, move |store| store.fail(now_ms, id, error))
    }

    fn inspect(&self, id: Id) -> Answer<'_, Option<Record>> {
        self.through(Operation::Inspect, move |store| store.inspect(id))
    }

    fn list(&self, filter: Filter, after: Option<Id>, limit: usize) -> Answer<'_, Page> {
        self.through(Operation::List, move |store| store.list(filter, after, limit))
    }

    fn sweep(&self, now_ms: u64, ended_before_ms: u64, limit: usize) -> Answer<'_, Swept> {
        self.through(Operation::Sweep, move |store| store.sweep(now_ms, ended_before_ms, limit))
    }

    fn changed(&self, seen: u64) -> BoxFuture<'_, u64> {
        self.store.changed(seen)
    }
}
