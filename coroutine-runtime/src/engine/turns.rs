//! One coroutine while it is hot: from where it was claimed to where it is let go. In: what the store has of it; out: turns, and a checkpoint
//! after each that wants one. `core` decides; here it is carried out.
use super::cache::drop_quietly;
use super::committer::Answer;
use super::core::{Life, Stopped, Verdict};
use super::running::{Running, Trouble};
use super::worker::{Generation, Hot};
use super::world::{World, yield_now};
use crate::coroutine::Paused;
use crate::environment::Environment;
use crate::leaf::{Asks, Turn};
use crate::store::{Committed, End, Loaded, NewsOf, Next, Stored, Wake};
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Poll, Waker};

/// After so many turns without a wait, others have theirs.
const TURNS_MAX: u32 = 64;

/// A coroutine in its worker.
struct Driven {
    life: Life,
    turn: Turn,
    running: Box<dyn Running>,
    hot: Arc<Hot>,
    flies: Option<Flies>,
}

/// Drives a coroutine until it is let go.
pub(super) async fn drive(generation: &Generation, mut loaded: Loaded) {
    let worker = &generation.worker;
    let Some(registered) = worker.registry.find(&loaded.function) else { return };
    let life = Life::of(&loaded, registered.checkpoints, worker.options.retries);
    let world = worker.world.clone();
    let turn = Turn::new(&mut loaded, Arc::new(move |bytes: &mut [u8]| world.random(bytes)));
    let begun = matches!(loaded.stored, Stored::Snapshot(_));
    if let Some(next) = life.before(begun, turn.is_cancelled()) {
        generation.committer.commit(life.checkpoint(next, &turn)).await;
        return;
    }
    let running = match worker.cache.take(&life.id, life.revision) {
        Some(running) => Ok(running),
        // (Arguments and variables are read by code of users.)
        None => catch_unwind(AssertUnwindSafe(|| registered.begin(&worker.environment, &loaded.stored)))
            .unwrap_or_else(|panic| Err(text_of(&*panic))),
    };
    match running {
        Ok(running) => {
            drop(loaded);
            let hot = generation.heat(&life.id);
            Driven { life, turn, running, hot, flies: None }.run(generation).await;
        }
        Err(error) => {
            generation.committer.commit(life.checkpoint(life.unfit(error, turn.is_cancelled()), &turn)).await;
        }
    }
}

impl Driven {
    async fn run(mut self, generation: &Generation) {
        let world = generation.worker.world.clone();
        let mut turns = 0;
        loop {
            turns += 1;
            if turns % TURNS_MAX == 0 {
                yield_now().await;
            }
            if self.turn.is_cancelled() {
                // It waits: unless for this, it goes no further, and no step begins.
                self.turn.set_deaf(true);
                self.running.hold_back();
            }
            generation.is_sure().await;
            let mut stopped =
                poll_fn(|context| Poll::Ready(self.take_turn(&generation.worker.environment, world.now_ms(), context.waker()))).await;
            let (largest, max) = (self.turn.largest_payload(), generation.worker.options.payload_bytes_max);
            if largest > max {
                stopped = Stopped::Unfit(format!(
                    "it sends or starts something of {largest} bytes, and {max} are allowed: store it elsewhere, and pass where"
                ));
            }
            self.turn.set_deaf(false);
            let asks = self.turn.asks();
            let verdict = self.life.after(stopped, asks.clone(), self.turn.is_cancelled(), world.now_ms());
            if verdict != Verdict::Watch {
                self.flies = None;
            }
            match verdict {
                Verdict::GoOn => {}
                Verdict::Watch => self.watch(generation, asks, &world).await,
                Verdict::Store => {
                    let next = match self.running.snapshot() {
                        Ok(snapshot) => self.bounded(generation, snapshot, |snapshot| {
                            self.life.goes_on(snapshot, generation.is_full(), generation.worker.options.in_a_row)
                        }),
                        // A variable is alive that passes from one step to the next: the checkpoint before it stands for both.
                        Err(error) if error.passes() => continue,
                        Err(error) => Next::Quarantined { error: error.to_string() },
                    };
                    match self.store(generation, next).await {
                        Some(driven) => self = driven,
                        None => return,
                    }
                }
                Verdict::LetGo(wake) => {
                    if self.has_news(generation, &wake).await {
                        continue;
                    }
                    let next = match self.running.snapshot() {
                        Ok(snapshot) => self.bounded(generation, snapshot, |snapshot| Next::Waiting { snapshot, wake }),
                        Err(error) => Next::Quarantined { error: error.to_string() },
                    };
                    self.store(generation, next).await;
                    return;
                }
                Verdict::Drop(next) => {
                    self.end(generation, next).await;
                    return;
                }
            }
        }
    }

    /// Resumes it once.
    fn take_turn(&mut self, environment: &Environment, now_ms: u64, waker: &Waker) -> Stopped {
        self.turn.begin(now_ms);
        // (In a turn values are read, too: messages, and coroutines inside it that are thawed.)
        let paused = catch_unwind(AssertUnwindSafe(|| environment.scope(|| self.running.take_turn(&self.turn, waker))));
        self.turn.finish();
        match paused {
            Ok(Ok(Paused::Returned(value))) => Stopped::Returned(value),
            Ok(Ok(Paused::Ahead)) => Stopped::Ahead,
            Ok(Ok(Paused::Waits)) => Stopped::Waits,
            Ok(Ok(Paused::Flies)) => Stopped::Flies,
            Ok(Err(Trouble::Unfit(error) | Trouble::Unwritable(error))) => Stopped::Unfit(error),
            Err(panic) => Stopped::Failed(text_of(&*panic)),
        }
    }

    /// Waits until the step that is under way wants to go on, or something has come that is waited for beside it.
    async fn watch(&mut self, generation: &Generation, asks: Asks, world: &Arc<dyn World>) {
        if self.flies.is_none() {
            self.flies = Some(Flies::begin(world.clone()));
        }
        let until_ms = asks.wake.until_ms;
        let waits = !(asks.wake.channels.is_empty() && asks.wake.ends.is_empty());
        self.hot.watch(self.news_of(&asks.wake), waits, self.turn.cancels_asked());
        generation.look.notify_one();
        let mut polled = false;
        let woken = poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending });
        tokio::select! {
            biased;
            () = woken => {}
            () = self.hot.told() => {}
            () = sleep_until(until_ms, world) => {}
        }
        for news in self.hot.take_news() {
            self.turn.tell(news);
        }
    }

    /// Whether what it is about to wait for has come: then there is no need to store it.
    async fn has_news(&mut self, generation: &Generation, wake: &Wake) -> bool {
        let of = self.news_of(wake);
        if wake.channels.is_empty() && of.ends.is_empty() {
            return false;
        }
        let news = generation.worker.store.news(generation.id, vec![of]).await;
        // (Without an answer it is stored, which decides the same.)
        news.unwrap_or_default().into_iter().any(|news| self.turn.tell(news))
    }

    fn news_of(&self, wake: &Wake) -> NewsOf {
        // (The store does not know children that are started with the next checkpoint.)
        let ends = wake.ends.iter().filter(|id| !self.turn.is_about_to_start(id)).cloned().collect();
        NewsOf { id: self.life.id.clone(), after_seq: self.turn.last_seq(), ends }
    }

    /// What becomes of it if it is not too large to be stored.
    fn bounded(&self, generation: &Generation, snapshot: Vec<u8>, next: impl FnOnce(Vec<u8>) -> Next) -> Next {
        let max = generation.worker.options.snapshot_bytes_max;
        match snapshot.len() {
            length if length > max => {
                let error = format!("its snapshot has {length} bytes, and {max} are allowed: keep less in its variables, or allow more");
                Next::Quarantined { error }
            }
            _ => next(snapshot),
        }
    }

    /// Commits where it stands. Out comes the coroutine, if it goes on here.
    async fn store(mut self, generation: &Generation, next: Next) -> Option<Self> {
        let (keeps, waits) = (matches!(next, Next::Running { .. }), matches!(next, Next::Waiting { .. }));
        match generation.committer.commit(self.life.checkpoint(next, &self.turn)).await {
            Answer::Done(Committed::Done { revision, cancels_asked, .. }) if keeps => {
                self.life.committed(revision);
                self.turn.commit(cancels_asked);
                if generation.drains() {
                    // (It is given back as a whole, with everything that this worker has.)
                    drop_quietly(self.running);
                    return None;
                }
                Some(self)
            }
            Answer::Done(Committed::Done { revision, .. }) if waits => {
                generation.worker.cache.put(self.life.id.clone(), revision, self.running);
                None
            }
            // It rests, or it is another worker's by now, or nobody knows: then it is claimed anew.
            Answer::Done(Committed::Done { .. } | Committed::Stale) | Answer::Lost => {
                drop_quietly(self.running);
                None
            }
        }
    }

    /// Drops it, and says the last of it.
    async fn end(self, generation: &Generation, next: Next) {
        drop_quietly(self.running);
        let max = generation.worker.options.payload_bytes_max;
        let next = match next {
            Next::Ended(End::Completed(value)) if value.len() > max => {
                let error = format!("what it returned has {} bytes, and {max} are allowed: return less, or allow more", value.len());
                Next::Quarantined { error }
            }
            next => next,
        };
        generation.committer.commit(self.life.checkpoint(next, &self.turn)).await;
    }
}

async fn sleep_until(until_ms: Option<u64>, world: &Arc<dyn World>) {
    match until_ms {
        Some(at_ms) => world.sleep_until(at_ms).await,
        None => std::future::pending().await,
    }
}

/// A step is under way, as the world knows it.
struct Flies(Arc<dyn World>);

impl Flies {
    fn begin(world: Arc<dyn World>) -> Self {
        world.flies(true);
        Flies(world)
    }
}

impl Drop for Flies {
    fn drop(&mut self) {
        self.0.flies(false);
    }
}

/// What a panic said.
fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("with something that is no text"))
}
