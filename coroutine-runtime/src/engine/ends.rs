//! Who waits for coroutines to end, outside of them. In: ids; out: fates. One task asks the store for all who wait, when it has changed.
use super::world::World;
use crate::store::{End, Fate, Id, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, oneshot};

/// For so many who wait, the store is given a millisecond of rest.
const ASKED_A_MS: u64 = 64;
const PAUSE_MAX_MS: u64 = 100;

type Waiter = oneshot::Sender<Result<Fate, StoreError>>;

/// Who waits for which end.
pub(crate) struct Ends {
    store: Arc<dyn Store>,
    world: Arc<dyn World>,
    waiting: Mutex<Waiting>,
    /// Somebody has stopped waiting.
    left: Notify,
}

#[derive(Default)]
struct Waiting {
    of: BTreeMap<Id, Vec<Waiter>>,
    /// Whether there is a task that asks.
    asked: bool,
}

impl Ends {
    pub(crate) fn new(store: Arc<dyn Store>, world: Arc<dyn World>) -> Arc<Self> {
        Arc::new(Ends { store, world, waiting: Mutex::default(), left: Notify::new() })
    }

    /// Waits until a coroutine has ended, or is not in the store.
    pub(crate) async fn end_of(self: &Arc<Self>, id: &Id) -> Result<Fate, StoreError> {
        let _leaves = Leaves(self);
        let (waiter, fate) = oneshot::channel();
        let begins = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.of.entry(id.clone()).or_default().push(waiter);
            !std::mem::replace(&mut waiting.asked, true)
        };
        if begins {
            let ends = self.clone();
            self.world.spawn(Box::pin(async move { ends.ask().await }));
        }
        // (Who waits first: the end of it may have been told before.)
        if let [fate @ (Fate::Ended(_) | Fate::Unknown)] = &mut self.store.ends(vec![id.clone()]).await?[..] {
            return Ok(std::mem::replace(fate, Fate::Alive));
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
        let mut seen = 0;
        loop {
            // (When nobody waits any more it ends: it would keep the store open.)
            seen = tokio::select! {
                biased;
                seen = self.store.changed(seen) => seen,
                () = self.left.notified() => seen,
            };
            let ids: Vec<Id> = {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.of.retain(|_, waiters| {
                    waiters.retain(|waiter| !waiter.is_closed());
                    !waiters.is_empty()
                });
                waiting.asked = !waiting.of.is_empty();
                if !waiting.asked {
                    return;
                }
                waiting.of.keys().cloned().collect()
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
            let pause_ms = ids.len() as u64 / ASKED_A_MS;
            if pause_ms > 0 {
                self.world.sleep_until(self.world.now_ms() + pause_ms.min(PAUSE_MAX_MS)).await;
            }
        }
    }
}

/// Whoever waits no more.
struct Leaves<'a>(&'a Ends);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.left.notify_one();
    }
}
