//! Who waits for coroutines to end, outside of them. In: ids; out: fates. One task asks the store for all who wait, when it has changed.
use super::world::World;
use crate::store::{End, Fate, Id, Store, StoreError};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, oneshot};

/// How many are asked for at once, when the store has changed: those who wait for others have their turns.
const ASKED_MAX: usize = 1_024;
/// For so many that were asked for, the store is given a millisecond of rest.
const ASKED_A_MS: u64 = 64;

type Waiter = oneshot::Sender<Result<Fate, StoreError>>;

/// Who waits for which end.
pub(crate) struct Ends {
    store: Arc<dyn Store>,
    world: Arc<dyn World>,
    waiting: Mutex<Waiting>,
    /// Somebody has begun to wait, or has stopped.
    moved: Notify,
}

#[derive(Default)]
struct Waiting {
    of: BTreeMap<Id, Vec<Waiter>>,
    /// Who was not asked for yet: the end may have been before somebody waited for it.
    new: Vec<Id>,
    /// After whom to go on when the store has changed.
    after: Option<Id>,
    /// Whether there is a task that asks.
    asked: bool,
}

impl Waiting {
    /// Whom to ask for: those who are new; and when the store has changed, some of the others.
    fn next(&mut self, has_changed: bool) -> Vec<Id> {
        let mut ids = std::mem::take(&mut self.new);
        ids.retain(|id| self.of.contains_key(id));
        if has_changed {
            let from = self.after.take().map_or(Bound::Unbounded, Bound::Excluded);
            let room = ASKED_MAX.saturating_sub(ids.len());
            let some: Vec<Id> = self.of.range((from, Bound::Unbounded)).take(room).map(|(id, _)| id.clone()).collect();
            self.after = some.last().filter(|_| some.len() == room).cloned();
            ids.extend(some);
        }
        ids
    }
}

impl Ends {
    pub(crate) fn new(store: Arc<dyn Store>, world: Arc<dyn World>) -> Arc<Self> {
        Arc::new(Ends { store, world, waiting: Mutex::default(), moved: Notify::new() })
    }

    /// Waits until a coroutine has ended, or is not in the store.
    pub(crate) async fn end_of(self: &Arc<Self>, id: &Id) -> Result<Fate, StoreError> {
        let _leaves = Leaves { ends: self, id };
        let (waiter, fate) = oneshot::channel();
        let begins = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.of.entry(id.clone()).or_default().push(waiter);
            waiting.new.push(id.clone());
            !std::mem::replace(&mut waiting.asked, true)
        };
        if begins {
            let ends = self.clone();
            self.world.spawn(Box::pin(async move { ends.ask().await }));
        } else {
            self.moved.notify_one();
        }
        // (A task that was dropped with its runtime has nothing to say.)
        fate.await.unwrap_or(Err(StoreError::Lost))
    }

    /// A coroutine has ended, here.
    pub(crate) fn tell(&self, id: &Id, end: &End) {
        self.answer(id, &Ok(Fate::Ended(end.clone())));
    }

    /// Whether anybody waits for it.
    pub(crate) fn wanted(&self, id: &Id) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).of.contains_key(id)
    }

    fn answer(&self, id: &Id, fate: &Result<Fate, StoreError>) {
        let waiters = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).of.remove(id);
        for waiter in waiters.into_iter().flatten() {
            // (Who no longer waits is not told.)
            let _ = waiter.send(fate.clone());
        }
    }

    /// Asks for all who wait, until nobody does.
    async fn ask(&self) {
        // All who wait have been asked for since the store counted `seen`; those up to `after`, since it counted `round`.
        let (mut seen, mut round, mut rests_until_ms) = (0, 0, 0);
        loop {
            // (When nobody waits any more it ends: it would keep the store open.)
            let changed = async {
                if self.world.now_ms() < rests_until_ms {
                    self.world.sleep_until(rests_until_ms).await;
                }
                self.store.changed(seen).await
            };
            let count = tokio::select! {
                biased;
                count = changed => Some(count),
                () = self.moved.notified() => None,
            };
            let ids = {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.asked = !waiting.of.is_empty();
                if !waiting.asked {
                    waiting.new.clear();
                    return;
                }
                if let Some(count) = count.filter(|_| waiting.after.is_none()) {
                    round = count;
                }
                let ids = waiting.next(count.is_some());
                if count.is_some() && waiting.after.is_none() {
                    seen = round;
                }
                ids
            };
            match self.store.ends(ids.clone()).await {
                Ok(fates) => {
                    for (id, fate) in ids.iter().zip(fates) {
                        if fate != Fate::Alive {
                            self.answer(id, &Ok(fate));
                        }
                    }
                }
                Err(error) => ids.iter().for_each(|id| self.answer(id, &Err(error.clone()))),
            }
            // (Ends that this process commits are told at once. Many who wait are not asked for at every change.)
            if count.is_some() {
                rests_until_ms = self.world.now_ms() + ids.len() as u64 / ASKED_A_MS;
            }
        }
    }
}

/// Whoever waits no more.
struct Leaves<'a> {
    ends: &'a Ends,
    id: &'a Id,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let mut waiting = self.ends.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiters) = waiting.of.get_mut(self.id) {
            waiters.retain(|waiter| !waiter.is_closed());
            if waiters.is_empty() {
                waiting.of.remove(self.id);
            }
        }
        if waiting.of.is_empty() {
            self.ends.moved.notify_one();
        }
    }
}
