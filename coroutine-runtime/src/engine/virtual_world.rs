//! A world of its own: virtual time, randomness from a seed, one queue of tasks. In: tasks; out: they run, the same each time.
//!
//! Time stands still while anything can go on; then it jumps to the next moment that somebody waits for.
use super::world::World;
use crate::store::BoxFuture;
use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// When time begins: the first of January 2026.
const BEGIN_MS: u64 = 1_767_225_600_000;
/// For so much real time something is waited for that nothing here can bring about.
const STUCK: Duration = Duration::from_secs(10);

pub(crate) struct Virtual {
    state: Arc<Mutex<State>>,
    /// How much real time a step is given that waits for the real world, before time jumps.
    patience: Duration,
}

struct State {
    now_ms: u64,
    timers: BTreeMap<Key, Waker>,
    count: u64,
    /// By when they became ready; if shuffled, by their numbers.
    ready: BTreeMap<u64, Arc<Task>>,
    /// All of them.
    tasks: BTreeMap<u64, Weak<Task>>,
    /// Whether the next task is any of those that are ready, or the first.
    shuffled: bool,
    /// How often all tasks were at rest, while somebody asked.
    settled: u64,
    settling: Vec<Waker>,
    /// How many steps are under way.
    flying: usize,
    random: u64,
    /// Who drives it all.
    driver: Option<Waker>,
}

/// When, and which of those at the same time.
type Key = (u64, u64);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// (SplitMix64.)
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn next_ready(&mut self) -> Option<Arc<Task>> {
        if self.shuffled && self.ready.len() > 1 {
            let at = usize::try_from(self.next_random() % self.ready.len() as u64).unwrap_or(0);
            let key = *self.ready.keys().nth(at)?;
            return self.ready.remove(&key);
        }
        self.ready.pop_first().map(|(_, task)| task)
    }

    /// (In which order tasks are woken at once is tokio's affair, and not the same each time: if shuffled, it does not matter.)
    fn is_ready(&mut self, task: Arc<Task>) {
        self.count += 1;
        let key = if self.shuffled { task.number } else { self.count };
        self.ready.insert(key, task);
    }
}

impl Virtual {
    pub(crate) fn new(seed: u64, patience: Duration) -> Self {
        let state = State {
            now_ms: BEGIN_MS,
            timers: BTreeMap::new(),
            count: 0,
            ready: BTreeMap::new(),
            tasks: BTreeMap::new(),
            shuffled: false,
            settled: 0,
            settling: Vec::new(),
            flying: 0,
            random: seed,
            driver: None,
        };
        Virtual { state: Arc::new(Mutex::new(state)), patience }
    }

    /// The next task is any of those that are ready, as the seed says.
    #[cfg(test)]
    pub(super) fn shuffle(&self) {
        lock(&self.state).shuffled = true;
    }

    /// Waits until no task can go on without time passing.
    pub(crate) async fn settle(&self) {
        let before = lock(&self.state).settled;
        poll_fn(|context| {
            let mut state = lock(&self.state);
            if state.settled > before {
                return Poll::Ready(());
            }
            state.settling.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Runs tasks, and this one, until it is done.
    pub(crate) async fn drive<T>(&self, main: impl Future<Output = T>) -> Result<T, Box<dyn Error>> {
        let mut main = pin!(main);
        let woken = Arc::new(Main { woken: AtomicBool::new(true), state: Arc::downgrade(&self.state) });
        let waker = Waker::from(woken.clone());
        loop {
            let value = poll_fn(|context| Poll::Ready(self.run_ready(main.as_mut(), &woken, &waker, context))).await;
            if let Some(value) = value {
                return Ok(value);
            }
            let patient = !self.patience.is_zero() && lock(&self.state).flying > 0;
            if patient && self.is_woken(&woken, self.patience).await {
                continue;
            }
            if !self.jump() && !self.is_woken(&woken, STUCK).await {
                return Err("the test waits for something that will not come: nothing runs, and nothing is due".into());
            }
        }
    }

    /// Runs what is ready.
    fn run_ready<T>(
        &self,
        mut main: Pin<&mut impl Future<Output = T>>,
        woken: &Main,
        waker: &Waker,
        context: &mut Context<'_>,
    ) -> Option<T> {
        lock(&self.state).driver = Some(context.waker().clone());
        loop {
            if woken.woken.swap(false, Ordering::AcqRel)
                && let Poll::Ready(value) = main.as_mut().poll(&mut Context::from_waker(waker))
            {
                return Some(value);
            }
            let task = lock(&self.state).next_ready();
            match task {
                Some(task) => task.run(),
                None if woken.woken.load(Ordering::Acquire) => {}
                None => return None,
            }
        }
    }

    /// Whether anything wants to go on within a stretch of real time.
    async fn is_woken(&self, woken: &Main, within: Duration) -> bool {
        let anything = poll_fn(|context| {
            let mut state = lock(&self.state);
            if !state.ready.is_empty() || woken.woken.load(Ordering::Acquire) {
                return Poll::Ready(());
            }
            state.driver = Some(context.waker().clone());
            Poll::Pending
        });
        tokio::time::timeout(within, anything).await.is_ok()
    }

    /// Tells who waits until all is at rest; if nobody does, lets the time pass until something is due.
    fn jump(&self) -> bool {
        let mut state = lock(&self.state);
        let mut due = std::mem::take(&mut state.settling);
        if due.is_empty() {
            let Some((&(at_ms, _), _)) = state.timers.first_key_value() else { return false };
            let now_ms = state.now_ms.max(at_ms);
            state.now_ms = now_ms;
            let later = state.timers.split_off(&(now_ms.saturating_add(1), 0));
            due.extend(std::mem::replace(&mut state.timers, later).into_values());
        } else {
            state.settled += 1;
        }
        drop(state);
        due.into_iter().for_each(Waker::wake);
        true
    }

    /// Drops all tasks: those that wait for each other would keep each other alive.
    pub(crate) fn clear(&self) {
        let tasks = std::mem::take(&mut lock(&self.state).tasks);
        for task in tasks.values().filter_map(Weak::upgrade) {
            let future = lock(&task.future).take();
            drop(future);
        }
        let ready = std::mem::take(&mut lock(&self.state).ready);
        drop(ready);
    }
}

impl World for Virtual {
    fn now_ms(&self) -> u64 {
        lock(&self.state).now_ms
    }

    fn sleep_until(&self, at_ms: u64) -> BoxFuture<'static, ()> {
        Box::pin(Timer { state: self.state.clone(), at_ms, key: None })
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut state = lock(&self.state);
        for chunk in bytes.chunks_mut(8) {
            let word = state.next_random().to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
        }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        let mut state = lock(&self.state);
        state.count += 1;
        let number = state.count;
        let task = Task { number, future: Mutex::new(Some(task)), state: Arc::downgrade(&self.state), queued: AtomicBool::new(false) };
        let task = Arc::new(task);
        state.tasks.insert(number, Arc::downgrade(&task));
        drop(state);
        task.wake();
    }

    fn flies(&self, begins: bool) {
        let mut state = lock(&self.state);
        state.flying = if begins { state.flying + 1 } else { state.flying.saturating_sub(1) };
    }
}

/// Waits for a time; dropped, it is not waited for.
struct Timer {
    state: Arc<Mutex<State>>,
    at_ms: u64,
    key: Option<Key>,
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = lock(&this.state);
        if state.now_ms >= this.at_ms {
            return Poll::Ready(());
        }
        state.count += 1;
        let count = state.count;
        state.timers.insert(*this.key.get_or_insert((this.at_ms, count)), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let waker = self.key.and_then(|key| lock(&self.state).timers.remove(&key));
        // (Unlocked: the last of a task may be in it.)
        drop(waker);
    }
}

struct Task {
    number: u64,
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    state: Weak<Mutex<State>>,
    queued: AtomicBool,
}

impl Task {
    fn run(self: Arc<Self>) {
        self.queued.store(false, Ordering::Release);
        let Some(mut future) = lock(&self.future).take() else { return };
        let waker = Waker::from(self.clone());
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            *lock(&self.future) = Some(future);
        } else if let Some(state) = self.state.upgrade() {
            lock(&state).tasks.remove(&self.number);
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let Some(state) = self.state.upgrade() else { return };
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut state = lock(&state);
        state.is_ready(self);
        let driver = state.driver.take();
        drop(state);
        driver.into_iter().for_each(Waker::wake);
    }
}

/// What is driven besides tasks.
struct Main {
    woken: AtomicBool,
    state: Weak<Mutex<State>>,
}

impl Wake for Main {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let driver = self.state.upgrade().and_then(|state| lock(&state).driver.take());
        driver.into_iter().for_each(Waker::wake);
    }
}
