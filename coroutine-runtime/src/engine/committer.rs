//! Group commit. In: checkpoints of coroutines that wait for them; out: one commit for all that came while the last one was under way.
use super::ends::Ends;
use super::worker::Hooks;
use super::world::{World, yield_now};
use crate::store::{Checkpoint, Committed, End, Id, Next, Store, StoreError, WorkerId};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// How many checkpoints are committed at once, at most.
const BATCH_MAX: usize = 4096;
/// How many bytes of snapshots, about.
const BATCH_MAX_BYTES: usize = 16 << 20;
/// How often who commits lets others go first before it collects.
const COURTESY: usize = 2;
/// After an error of the store: first this, then twice as long, up to the longest.
const PAUSE_FIRST_MS: u64 = 10;
const PAUSE_MAX_MS: u64 = 2_000;

/// What became of a checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is durable.
    Done(Committed),
    /// It is not known, or the worker was deposed: whoever has the coroutine drops it, and it is claimed anew.
    Lost,
}

struct Request {
    checkpoint: Checkpoint,
    answer: oneshot::Sender<Answer>,
}

/// Where checkpoints are handed in.
#[derive(Clone)]
pub(crate) struct Committer(mpsc::UnboundedSender<Request>);

/// Where they come out: one task has it.
pub(crate) struct Queue(mpsc::UnboundedReceiver<Request>);

/// (Each coroutine that is hot has at most one checkpoint in it, so it has a bound.)
pub(crate) fn committer() -> (Committer, Queue) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Committer(sender), Queue(receiver))
}

impl Committer {
    /// Commits, together with others.
    pub(crate) async fn commit(&self, checkpoint: Checkpoint) -> Answer {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Request { checkpoint, answer }).is_err() {
            return Answer::Lost;
        }
        answered.await.unwrap_or(Answer::Lost)
    }
}

/// What the task that commits works with.
pub(crate) struct Commits {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) world: Arc<dyn World>,
    pub(crate) worker: WorkerId,
    pub(crate) ends: Arc<Ends>,
    pub(crate) hooks: Arc<Hooks>,
}

impl Commits {
    /// Commits until the worker was deposed, or cannot know what it has.
    pub(crate) async fn run(self, mut queue: Queue) {
        let mut requests = Vec::new();
        loop {
            let room = BATCH_MAX.saturating_sub(requests.len());
            if queue.0.recv_many(&mut requests, room).await == 0 {
                return;
            }
            // (What is too much for one commit comes with the next.)
            while !requests.is_empty() {
                let rest = requests.split_off(batch_of(&requests));
                if self.commit(requests).await.is_err() {
                    return;
                }
                requests = rest;
            }
            // Those that were told just now are about to hand in their next ones; else the first of them would be committed alone.
            for _ in 0..COURTESY {
                yield_now().await;
            }
        }
    }

    /// Commits once, and tells everybody; the error is that the worker cannot go on under its name.
    async fn commit(&self, requests: Vec<Request>) -> Result<(), StoreError> {
        let (checkpoints, answers): (Vec<_>, Vec<_>) = requests.into_iter().map(|request| (request.checkpoint, request.answer)).unzip();
        let ended: Vec<Option<(Id, End)>> = checkpoints.iter().map(|checkpoint| self.wanted_end(checkpoint)).collect();
        let mut pause_ms = PAUSE_FIRST_MS;
        let report = loop {
            match self.store.commit(self.worker, self.world.now_ms(), checkpoints.clone()).await {
                Ok(report) => break report,
                Err(StoreError::Fenced) => {
                    answers.into_iter().for_each(lost);
                    return Err(StoreError::Fenced);
                }
                // Nothing of it was written, so it is tried again, for as long as it takes: nobody goes on before it is durable.
                Err(error) if error.definite() => self.hooks.report(&error),
                Err(error) => {
                    self.hooks.report(&error);
                    let ids = checkpoints.into_iter().map(|checkpoint| checkpoint.id).collect();
                    let released = self.release(ids).await;
                    answers.into_iter().for_each(lost);
                    return released;
                }
            }
            self.world.sleep_until(self.world.now_ms() + pause_ms).await;
            pause_ms = (pause_ms * 2).min(PAUSE_MAX_MS);
        };
        for ((answer, outcome), ended) in answers.into_iter().zip(report.outcomes).zip(ended) {
            if let (Some((id, end)), Committed::Done { .. }) = (ended, &outcome) {
                self.ends.tell(&id, &end);
            }
            // (Who was dropped meanwhile is not told.)
            let _ = answer.send(Answer::Done(outcome));
        }
        Ok(())
    }

    /// Nobody knows what of these was written: they are given back, as they are stored, to be claimed anew. The error is that the worker
    /// cannot go on under its name.
    async fn release(&self, ids: Vec<Id>) -> Result<(), StoreError> {
        let mut pause_ms = PAUSE_FIRST_MS;
        loop {
            match self.store.release(self.worker, self.world.now_ms(), ids.clone()).await {
                Ok(()) => return Ok(()),
                Err(error) if error.definite() && !matches!(error, StoreError::Fenced) => self.hooks.report(&error),
                // They may be given back, and claimed anew by this very worker: to give them back once more would be to have them run
                // by two at once.
                Err(error) => return Err(error),
            }
            self.world.sleep_until(self.world.now_ms() + pause_ms).await;
            pause_ms = (pause_ms * 2).min(PAUSE_MAX_MS);
        }
    }

    fn wanted_end(&self, checkpoint: &Checkpoint) -> Option<(Id, End)> {
        match &checkpoint.next {
            Next::Ended(end) if self.ends.wanted(&checkpoint.id) => Some((checkpoint.id.clone(), end.clone())),
            _ => None,
        }
    }
}

fn lost(answer: oneshot::Sender<Answer>) {
    // (Who was dropped meanwhile is not told.)
    let _ = answer.send(Answer::Lost);
}

/// How many of the requests go into one commit: at least one.
fn batch_of(requests: &[Request]) -> usize {
    let mut bytes = 0;
    let fit = requests.iter().take_while(|request| {
        bytes += match &request.checkpoint.next {
            Next::Running { snapshot } | Next::Waiting { snapshot, .. } => snapshot.len(),
            Next::Ended(End::Completed(value)) => value.len(),
            _ => 0,
        };
        bytes <= BATCH_MAX_BYTES
    });
    fit.count().max(1)
}
