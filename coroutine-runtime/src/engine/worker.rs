//! A worker: takes coroutines that can move from its store, drives so many at once, and shows that it lives. In: options, functions and
//! their environment; out: tasks, until it is shut down.
//!
//! A worker lives in generations: each has an id of its own in the store. One that was taken for dead (its machine slept) has lost its
//! coroutines to others; it drops everything, and begins again with a new id.
use super::cache::Cache;
use super::committer::{Commits, Committer, committer};
use super::core::Retries;
use super::ends::Ends;
use super::registry::Registry;
use super::turns::drive;
use super::world::World;
use crate::environment::Environment;
use crate::store::{Id, News, NewsOf, Store, StoreError, WorkerId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, Semaphore, watch};

/// How a worker works.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// How many coroutines are hot at once.
    pub(crate) concurrency: usize,
    /// How many coroutines that wait are kept decoded.
    pub(crate) cache: usize,
    /// After how many checkpoints a coroutine that never waits gives way, if all places are taken.
    pub(crate) in_a_row: u32,
    /// After how long without a sign of life it is taken for dead.
    pub(crate) lease_ms: u64,
    pub(crate) retries: Retries,
    pub(crate) snapshot_bytes_max: usize,
    pub(crate) payload_bytes_max: usize,
    /// How long coroutines that have ended are kept; `None`: for ever.
    pub(crate) retention_ms: Option<u64>,
    /// Whether it does by the clock what a worker has to: shows that it lives, deposes the dead, sweeps.
    pub(crate) housekeeping: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            concurrency: 1024,
            cache: 1024,
            in_a_row: 256,
            lease_ms: 10_000,
            retries: Retries::default(),
            snapshot_bytes_max: 16 << 20,
            payload_bytes_max: 16 << 20,
            retention_ms: Some(7 * 86_400_000),
            housekeeping: true,
        }
    }
}

/// What a program is told of.
pub(crate) struct Hooks {
    pub(crate) on_error: Box<dyn Fn(&StoreError) + Send + Sync>,
}

impl Default for Hooks {
    fn default() -> Self {
        Hooks {
            on_error: Box::new(|error| match std::error::Error::source(error) {
                Some(source) => eprintln!("coroutine_runtime: {error}: {source}; trying again"),
                None => eprintln!("coroutine_runtime: {error}; trying again"),
            }),
        }
    }
}

impl Hooks {
    pub(crate) fn report(&self, error: &StoreError) {
        (self.on_error)(error);
    }
}

pub(crate) struct Worker {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) world: Arc<dyn World>,
    pub(crate) registry: Registry,
    pub(crate) environment: Arc<Environment>,
    pub(crate) options: Options,
    pub(crate) cache: Cache,
    pub(crate) ends: Arc<Ends>,
    pub(crate) hooks: Arc<Hooks>,
    phase: watch::Sender<Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Works,
    /// Nothing new is claimed, and what is hot is stored.
    Drains,
    /// Everything is dropped.
    Stopped,
}

/// Sweeps are so far apart, and take so many at once.
const SWEEP_EVERY_MS: u64 = 60_000;
const SWEEP_MAX: usize = 256;
/// After an error of the store.
const PAUSE_MS: u64 = 200;
/// Steps that are under way learn of requests to cancel after this at the latest.
const LOOK_EVERY_MS: u64 = 100;

impl Worker {
    #[allow(clippy::too_many_arguments, reason = "it is called in one place, and each is named there")]
    pub(crate) fn new(
        store: Arc<dyn Store>,
        world: Arc<dyn World>,
        registry: Registry,
        mut environment: Environment,
        options: Options,
        ends: Arc<Ends>,
        hooks: Hooks,
    ) -> Arc<Self> {
        registry.enroll(&mut environment);
        Arc::new(Worker {
            store,
            world,
            registry,
            environment: Arc::new(environment),
            cache: Cache::new(options.cache),
            options,
            ends,
            hooks: Arc::new(hooks),
            phase: watch::Sender::new(Phase::Works),
        })
    }

    /// Begins to work.
    pub(crate) async fn start(self: &Arc<Self>) -> Result<(), StoreError> {
        let lease = self.open().await?;
        let worker = self.clone();
        self.world.spawn(Box::pin(async move { worker.supervise(lease).await }));
        Ok(())
    }

    /// Claims nothing more, and waits until what is hot is stored.
    pub(crate) async fn drain(&self) {
        let drains = |phase: &mut Phase| std::mem::replace(phase, Phase::Drains) != Phase::Drains;
        self.phase.send_if_modified(|phase| *phase == Phase::Works && drains(phase));
        // (The worker keeps the sender, so there is no error.)
        let _ = self.phase.subscribe().wait_for(|phase| *phase == Phase::Stopped).await;
    }

    /// Drops everything that is hot, where it is.
    pub(crate) fn stop(&self) {
        self.phase.send_replace(Phase::Stopped);
        self.cache.clear();
    }

    async fn reaches(&self, reached: impl FnMut(&Phase) -> bool) {
        let _ = self.phase.subscribe().wait_for(reached).await;
    }

    /// One generation after the other.
    async fn supervise(self: Arc<Self>, mut lease: Lease) {
        loop {
            let id = lease.id;
            let generation = Generation::begin(self.clone(), lease);
            tokio::select! {
                biased;
                () = self.reaches(|phase| *phase == Phase::Stopped) => return generation.over(),
                () = generation.is_over() => {}
                () = self.reaches(|phase| *phase == Phase::Drains) => {
                    generation.drained().await;
                    generation.over();
                    if let Err(error) = self.store.close_worker(id, self.world.now_ms()).await {
                        self.hooks.report(&error);
                    }
                    return self.stop();
                }
            }
            generation.over();
            self.cache.clear();
            // (If it was deposed, or this fails, what it had is given back already, or when its lease is over.)
            if let Err(error) = self.store.close_worker(id, self.world.now_ms()).await {
                self.hooks.report(&error);
            }
            lease = tokio::select! {
                biased;
                () = self.reaches(|phase| *phase != Phase::Works) => return self.stop(),
                lease = self.reopen() => lease,
            };
        }
    }

    async fn open(&self) -> Result<Lease, StoreError> {
        let sent_ms = self.world.now_ms();
        let id = self.store.open_worker(sent_ms, self.options.lease_ms).await?;
        Ok(Lease { id, until_ms: self.sure_until_ms(sent_ms) })
    }

    async fn reopen(&self) -> Lease {
        loop {
            match self.open().await {
                Ok(lease) => return lease,
                Err(error) => self.pause_after(&error).await,
            }
        }
    }

    /// Until when nobody has deposed a worker that showed at this time that it lives. Clocks differ, so it is not sure of all of its lease.
    fn sure_until_ms(&self, sent_ms: u64) -> u64 {
        match self.options.housekeeping {
            true => sent_ms.saturating_add(self.options.lease_ms / 4 * 3),
            false => u64::MAX,
        }
    }

    async fn pause_after(&self, error: &StoreError) {
        self.hooks.report(error);
        self.world.sleep_until(self.world.now_ms() + PAUSE_MS).await;
    }
}

/// The name of a worker, and until when it is surely its own.
#[derive(Clone, Copy)]
struct Lease {
    id: WorkerId,
    until_ms: u64,
}

/// A worker between two names.
pub(crate) struct Generation {
    pub(crate) worker: Arc<Worker>,
    pub(crate) id: WorkerId,
    pub(crate) committer: Committer,
    hot: Mutex<BTreeMap<Id, Arc<Hot>>>,
    permits: Arc<Semaphore>,
    /// A step is under way that was not before: what it waits for may have come already.
    pub(crate) look: Notify,
    /// Until when nobody else runs what it has.
    sure_until_ms: watch::Sender<u64>,
    over: watch::Sender<bool>,
}

impl Generation {
    fn begin(worker: Arc<Worker>, Lease { id, until_ms }: Lease) -> Arc<Self> {
        let (committer, queue) = committer();
        let commits = Commits {
            store: worker.store.clone(),
            world: worker.world.clone(),
            worker: id,
            ends: worker.ends.clone(),
            hooks: worker.hooks.clone(),
        };
        let permits = Arc::new(Semaphore::new(worker.options.concurrency));
        let (hot, look, over) = (Mutex::default(), Notify::new(), watch::Sender::new(false));
        let sure_until_ms = watch::Sender::new(until_ms);
        let generation = Arc::new(Generation { worker, id, committer, hot, permits, look, sure_until_ms, over });
        generation.spawn(|generation| async move {
            commits.run(queue).await;
            generation.over();
        });
        generation.spawn(|generation| async move { generation.claim().await });
        generation.spawn(|generation| async move { generation.look().await });
        if generation.worker.options.housekeeping {
            generation.spawn(|generation| async move { generation.live().await });
            generation.spawn(|generation| async move { generation.sweep().await });
        }
        generation
    }

    /// A task, which is dropped when the generation is over.
    fn spawn<F: Future<Output = ()> + Send + 'static>(self: &Arc<Self>, task: impl FnOnce(Arc<Self>) -> F) {
        let mut over = self.over.subscribe();
        let task = task(self.clone());
        self.worker.world.spawn(Box::pin(async move {
            tokio::select! {
                biased;
                _ = over.wait_for(|over| *over) => {}
                () = task => {}
            }
        }));
    }

    fn over(&self) {
        self.sure_until_ms.send_replace(0);
        self.over.send_replace(true);
    }

    async fn is_over(&self) {
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    /// Waits until nothing is hot.
    async fn drained(&self) {
        let all = u32::try_from(self.worker.options.concurrency).unwrap_or(u32::MAX);
        tokio::select! {
            biased;
            () = self.is_over() => {}
            _ = self.permits.acquire_many(all) => {}
        }
    }

    /// Waits until it is sure that nobody else runs what it has: a machine that stood still may have been deposed, and whoever runs its
    /// coroutines since has done the steps that they are before.
    pub(crate) async fn is_sure(&self) {
        let sure = |until_ms: &u64| self.worker.world.now_ms() < *until_ms;
        if !sure(&self.sure_until_ms.borrow()) {
            // (It keeps the sender, so there is no error.)
            let _ = self.sure_until_ms.subscribe().wait_for(sure).await;
        }
    }

    /// Whether as many coroutines are hot as may be: others may wait for a place.
    pub(crate) fn is_full(&self) -> bool {
        self.permits.available_permits() == 0
    }

    pub(crate) fn drains(&self) -> bool {
        *self.worker.phase.borrow() != Phase::Works
    }

    // ---- claims ----

    /// Takes what can move, as long as there is room for it.
    async fn claim(self: Arc<Self>) {
        let functions = self.worker.registry.names();
        let mut seen = 0;
        loop {
            let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
            if self.drains() {
                return;
            }
            let mut permits = vec![permit];
            while let Ok(permit) = self.permits.clone().try_acquire_owned() {
                permits.push(permit);
            }
            let claimed = match self.worker.store.claim(self.id, self.worker.world.now_ms(), permits.len(), &functions).await {
                Ok(claimed) => claimed,
                Err(StoreError::Fenced) => return self.over(),
                Err(error) => {
                    self.worker.pause_after(&error).await;
                    if error.definite() {
                        continue;
                    }
                    // It may have coroutines that it knows nothing of: under another name it has none.
                    return self.over();
                }
            };
            for loaded in claimed.coroutines {
                let permit = permits.pop();
                self.spawn(|generation| async move {
                    drive(&generation, loaded).await;
                    drop(permit);
                });
            }
            if permits.is_empty() {
                continue;
            }
            drop(permits);
            seen = tokio::select! {
                biased;
                seen = self.worker.store.changed(seen) => seen,
                () = self.due(claimed.next_due_ms) => seen,
                () = self.worker.reaches(|phase| *phase != Phase::Works) => return,
            };
        }
    }

    async fn due(&self, at_ms: Option<u64>) {
        match at_ms {
            Some(at_ms) => self.worker.world.sleep_until(at_ms).await,
            None => std::future::pending().await,
        }
    }

    // ---- what comes for coroutines that are hot ----

    /// It is hot from now on, until what this gives is dropped by everybody else.
    pub(crate) fn heat(&self, id: &Id) -> Arc<Hot> {
        let hot = Arc::new(Hot::default());
        self.hot.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), hot.clone());
        hot
    }

    /// Looks for what has come for coroutines whose steps are under way: at once for those that wait for something beside it, and for
    /// all of them every now and then, for they may be asked to cancel.
    async fn look(self: Arc<Self>) {
        let (mut seen, mut all_at_ms, mut skipped) = (0, 0, false);
        loop {
            seen = tokio::select! {
                biased;
                seen = self.worker.store.changed(seen) => seen,
                () = self.look.notified() => seen,
                () = self.due(skipped.then_some(all_at_ms)) => seen,
            };
            let now_ms = self.worker.world.now_ms();
            let all = now_ms >= all_at_ms;
            if all {
                all_at_ms = now_ms + LOOK_EVERY_MS;
            }
            let of;
            (of, skipped) = self.watching(all);
            if !of.is_empty() && !self.tell(of).await {
                return self.over();
            }
        }
    }

    /// Whose news are asked for, and whether some were left out.
    fn watching(&self, all: bool) -> (Vec<NewsOf>, bool) {
        let mut hot = self.hot.lock().unwrap_or_else(PoisonError::into_inner);
        hot.retain(|_, hot| Arc::strong_count(hot) > 1);
        let watched: Vec<_> = hot.values().filter_map(|hot| hot.watched()).collect();
        drop(hot);
        let count = watched.len();
        let of: Vec<_> = watched.into_iter().filter(|watched| all || watched.waits).map(|watched| watched.of).collect();
        let skipped = of.len() < count;
        (of, skipped)
    }

    /// Tells who is told; `false` if the worker was deposed.
    async fn tell(&self, of: Vec<NewsOf>) -> bool {
        match self.worker.store.news(self.id, of).await {
            Ok(news) => {
                let hot = self.hot.lock().unwrap_or_else(PoisonError::into_inner);
                for news in news {
                    if let Some(hot) = hot.get(&news.id) {
                        hot.tell(news);
                    }
                }
                true
            }
            Err(StoreError::Fenced) => false,
            Err(error) => {
                self.worker.pause_after(&error).await;
                true
            }
        }
    }

    // ---- housekeeping ----

    /// Shows that it lives, and deposes those that do not.
    async fn live(self: Arc<Self>) {
        let Worker { store, world, options, .. } = &*self.worker;
        loop {
            if let Err(error) = store.depose(world.now_ms()).await {
                self.worker.hooks.report(&error);
            }
            world.sleep_until(world.now_ms() + options.lease_ms / 3).await;
            let sent_ms = world.now_ms();
            match store.heartbeat(self.id, sent_ms, options.lease_ms).await {
                Ok(()) => drop(self.sure_until_ms.send_replace(self.worker.sure_until_ms(sent_ms))),
                Err(StoreError::Fenced) => return self.over(),
                Err(error) => self.worker.hooks.report(&error),
            }
        }
    }

    /// Removes what ended long ago, a little at a time.
    async fn sweep(self: Arc<Self>) {
        let Worker { store, world, options, .. } = &*self.worker;
        let Some(retention_ms) = options.retention_ms else { return };
        loop {
            let now_ms = world.now_ms();
            let swept = store.sweep(now_ms, now_ms.saturating_sub(retention_ms), SWEEP_MAX).await;
            let pause_ms = match swept {
                Ok(swept) if swept.more => PAUSE_MS,
                Ok(_) => SWEEP_EVERY_MS,
                Err(error) => {
                    self.worker.hooks.report(&error);
                    SWEEP_EVERY_MS
                }
            };
            world.sleep_until(now_ms + pause_ms).await;
        }
    }
}

/// A coroutine that is hot, as others see it.
#[derive(Default)]
pub(crate) struct Hot {
    state: Mutex<HotState>,
    told: Notify,
}

#[derive(Default)]
struct HotState {
    /// What it waits for while a step is under way.
    watched: Option<Watched>,
    news: Vec<News>,
}

#[derive(Clone)]
struct Watched {
    of: NewsOf,
    cancels_asked: u32,
    /// Whether it waits for anything but a request to cancel.
    waits: bool,
}

impl Hot {
    /// A step is under way, and this is what may come beside it.
    pub(crate) fn watch(&self, of: NewsOf, waits: bool, cancels_asked: u32) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).watched = Some(Watched { of, waits, cancels_asked });
    }

    fn watched(&self) -> Option<Watched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).watched.clone()
    }

    fn tell(&self, news: News) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watched) = &state.watched else { return };
        if news.inbox.is_empty() && news.ends.is_empty() && news.cancels_asked <= watched.cancels_asked {
            return;
        }
        // (Asked for once: what is known by then is asked for from there on.)
        state.watched = None;
        state.news.push(news);
        drop(state);
        self.told.notify_one();
    }

    /// Waits until there is news.
    pub(crate) async fn told(&self) {
        self.told.notified().await;
    }

    /// The news. Nothing more is asked for until the next watch.
    pub(crate) fn take_news(&self) -> Vec<News> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.watched = None;
        std::mem::take(&mut state.news)
    }
}
