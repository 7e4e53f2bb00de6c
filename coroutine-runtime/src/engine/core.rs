//! What becomes of a coroutine after a turn, as pure functions: no store, no clock, no tasks. In: where the turn stopped and what is known;
//! out: what is to be done next.
use super::backoff::Backoff;
use crate::leaf::{Asks, Effects, Turn};
use crate::store::{Checkpoint, End, Id, Loaded, Next, Revision, Wake};
use std::time::Duration;

/// When a coroutine is stored, besides where it waits and when it ends.
///
/// ```
/// use coroutine_runtime::{Checkpoints, TestRuntime, prelude::*};
///
/// #[durable]
/// async fn steps() {
///     async {}.await;
///     async {}.await;
/// }
///
/// TestRuntime::new().register_with(steps, Checkpoints::EveryAwait).run(async |rt| {
///     let steps = rt.start(steps, ()).await?;
///     steps.result().await?;
///     assert_eq!(steps.inspect().await?.revision, 3, "before each of two steps, and at its end");
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoints {
    /// Before each step: after a crash, only the step that was under way is done again.
    #[default]
    EveryAwait,
    /// Only where the coroutine asks for it, with [`checkpoint`](crate::checkpoint): after a crash, all steps since then are done again.
    Asked,
}

/// Where a turn stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Returned(Vec<u8>),
    Ahead,
    Waits,
    Flies,
    /// It panicked, or cannot be written.
    Failed(String),
    /// It does not fit this program: trying again is of no use.
    Unfit(String),
}

/// What is to be done after a turn.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// To go on at once, without a checkpoint.
    GoOn,
    /// To wait for the step that is under way, and for what comes beside it.
    Watch,
    /// To be stored, and then to go on.
    Store,
    /// To be stored, and to be let go until this comes.
    LetGo(Wake),
    /// To be dropped, with this as the last that is said of it.
    Drop(Next),
}

/// What is known of a coroutine that is hot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) id: Id,
    pub(crate) revision: Revision,
    /// How often it was tried since its last good checkpoint.
    attempts: u32,
    checkpoints: Checkpoints,
    retries: Retries,
    /// How many checkpoints it has made since it was claimed.
    made: u32,
}

/// How often a coroutine that panics is tried again, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retries {
    pub(crate) attempts_max: u32,
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Retries { attempts_max: 10, first: Duration::from_millis(200), longest: Duration::from_secs(60) }
    }
}

impl Life {
    pub(crate) fn of(loaded: &Loaded, checkpoints: Checkpoints, retries: Retries) -> Self {
        Life { id: loaded.id.clone(), revision: loaded.revision, attempts: loaded.attempts, checkpoints, retries, made: 0 }
    }

    /// What becomes of it before its first turn, if it is not to have one. A coroutine that kills its worker never panics: it is seen here.
    pub(crate) fn before(&self, begun: bool, cancelled: bool) -> Option<Next> {
        let exhausted = self.attempts >= self.retries.attempts_max;
        if cancelled && (!begun || exhausted) {
            return Some(Next::Ended(End::Cancelled));
        }
        exhausted.then(|| Next::Quarantined {
            error: format!("it was tried {} times from here, and each time its worker died or it panicked", self.attempts),
        })
    }

    /// What becomes of it if it cannot be made from what is stored.
    pub(crate) fn unfit(&self, error: String, cancelled: bool) -> Next {
        if cancelled { Next::Ended(End::Cancelled) } else { Next::Quarantined { error } }
    }

    /// What becomes of it after a turn.
    pub(crate) fn after(&self, stopped: Stopped, asks: Asks, cancelled: bool, now_ms: u64) -> Verdict {
        match stopped {
            Stopped::Returned(value) => Verdict::Drop(Next::Ended(End::Completed(value))),
            Stopped::Failed(error) => Verdict::Drop(self.failed(error, now_ms)),
            Stopped::Unfit(error) => Verdict::Drop(Next::Quarantined { error }),
            // One that waits for the request takes it at its next turn.
            _ if cancelled && asks.cancel => Verdict::GoOn,
            _ if cancelled => Verdict::Drop(Next::Ended(End::Cancelled)),
            Stopped::Flies => Verdict::Watch,
            Stopped::Ahead if self.checkpoints == Checkpoints::EveryAwait || asks.checkpoint => Verdict::Store,
            Stopped::Ahead => Verdict::GoOn,
            Stopped::Waits if asks.checkpoint => Verdict::Store,
            Stopped::Waits => Verdict::LetGo(asks.wake),
        }
    }

    /// What becomes of it after a try that failed.
    pub(crate) fn failed(&self, error: String, now_ms: u64) -> Next {
        let attempts = self.attempts.saturating_add(1);
        if attempts >= self.retries.attempts_max {
            return Next::Quarantined { error };
        }
        // (The same for all: what is tried again is spread by when it failed.)
        let waits = Backoff::new(self.retries.first, attempts).at_most(self.retries.longest).jitter(0.0);
        let wait = waits.last().unwrap_or_default();
        let until_ms = now_ms.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Next::Retrying { error, attempts, until_ms }
    }

    /// The checkpoint that says what becomes of it. Of a turn that failed nothing is kept.
    pub(crate) fn checkpoint(&self, next: Next, turn: &Turn) -> Checkpoint {
        let effects = match next {
            Next::Retrying { .. } | Next::Quarantined { .. } | Next::Released => Effects::default(),
            Next::Running { .. } | Next::Waiting { .. } | Next::Ended(_) => turn.take_effects(),
        };
        Checkpoint {
            serial: turn.serial(),
            consumed: effects.consumed,
            cancels_taken: turn.cancels_taken(),
            starts: effects.starts,
            sends: effects.sends,
            cancels: effects.cancels,
            progress: effects.progress,
            ..Checkpoint::new(self.id.clone(), self.revision, next)
        }
    }

    /// What becomes of it at a checkpoint before which it need not wait: it goes on; but if others wait for its place, and it has had its
    /// turn, it stands in line behind them.
    pub(crate) fn goes_on(&self, snapshot: Vec<u8>, others_wait: bool, in_a_row: u32) -> Next {
        if others_wait && self.made.saturating_add(1) >= in_a_row {
            return Next::Waiting { snapshot, wake: Wake { until_ms: Some(0), ..Wake::default() } };
        }
        Next::Running { snapshot }
    }

    /// It was committed.
    pub(crate) fn committed(&mut self, revision: Revision) {
        self.revision = revision;
        self.attempts = 0;
        self.made = self.made.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(attempts: u32, checkpoints: Checkpoints) -> Life {
        Life { id: Id::new("it").unwrap(), revision: 7, attempts, checkpoints, retries: Retries::default(), made: 0 }
    }

    fn after(stopped: Stopped, asks: Asks, cancelled: bool) -> Verdict {
        life(0, Checkpoints::EveryAwait).after(stopped, asks, cancelled, 1000)
    }

    #[test]
    fn a_coroutine_is_stored_before_steps_and_let_go_where_it_waits() {
        let wake = Wake { until_ms: Some(5), ..Wake::default() };
        let asks = Asks { wake: wake.clone(), ..Asks::default() };
        assert_eq!(after(Stopped::Ahead, asks.clone(), false), Verdict::Store);
        assert_eq!(after(Stopped::Waits, asks.clone(), false), Verdict::LetGo(wake));
        assert_eq!(after(Stopped::Flies, asks, false), Verdict::Watch);
    }

    #[test]
    fn where_only_what_is_asked_for_is_stored() {
        let life = life(0, Checkpoints::Asked);
        assert_eq!(life.after(Stopped::Ahead, Asks::default(), false, 0), Verdict::GoOn);
        let asks = Asks { checkpoint: true, ..Asks::default() };
        assert_eq!(life.after(Stopped::Ahead, asks.clone(), false, 0), Verdict::Store);
        assert_eq!(life.after(Stopped::Waits, asks, false, 0), Verdict::Store);
        assert_eq!(life.after(Stopped::Waits, Asks::default(), false, 0), Verdict::LetGo(Wake::default()));
    }

    #[test]
    fn who_has_had_its_turn_stands_in_line_behind_others() {
        let mut life = life(0, Checkpoints::EveryAwait);
        let goes_on = |life: &Life, others_wait| matches!(life.goes_on(Vec::new(), others_wait, 3), Next::Running { .. });
        assert!(goes_on(&life, true));
        life.committed(8);
        assert!(goes_on(&life, true));
        life.committed(9);
        assert!(!goes_on(&life, true) && goes_on(&life, false));
    }

    #[test]
    fn a_request_to_cancel_drops_it_unless_it_waits_for_one_or_has_returned() {
        let cancelled = Verdict::Drop(Next::Ended(End::Cancelled));
        for stopped in [Stopped::Ahead, Stopped::Waits, Stopped::Flies] {
            assert_eq!(after(stopped, Asks::default(), true), cancelled);
        }
        assert_eq!(after(Stopped::Waits, Asks { cancel: true, ..Asks::default() }, true), Verdict::GoOn);
        let returned = Verdict::Drop(Next::Ended(End::Completed(vec![1])));
        assert_eq!(after(Stopped::Returned(vec![1]), Asks::default(), true), returned);
        assert_eq!(life(0, Checkpoints::EveryAwait).before(false, true), Some(Next::Ended(End::Cancelled)));
        assert_eq!(life(0, Checkpoints::EveryAwait).before(true, true), None);
        assert_eq!(
            life(10, Checkpoints::EveryAwait).before(true, true),
            Some(Next::Ended(End::Cancelled)),
            "it rested, and cannot be asked"
        );
        assert_eq!(life(0, Checkpoints::EveryAwait).unfit("no".into(), true), Next::Ended(End::Cancelled));
    }

    #[test]
    fn what_fails_is_tried_later_and_later_and_then_rests() {
        let until = |attempts| match life(attempts, Checkpoints::EveryAwait).failed("no".into(), 1000) {
            Next::Retrying { until_ms, attempts: now, .. } => {
                assert_eq!(now, attempts + 1);
                Some(until_ms - 1000)
            }
            next => {
                assert_eq!(next, Next::Quarantined { error: "no".into() });
                None
            }
        };
        assert_eq!([0, 1, 2, 7, 8].map(until), [Some(200), Some(400), Some(800), Some(25_600), Some(51_200)]);
        assert_eq!(until(9), None);
        assert!(matches!(life(10, Checkpoints::EveryAwait).before(true, false), Some(Next::Quarantined { .. })));
        assert_eq!(life(9, Checkpoints::EveryAwait).before(true, false), None);
    }
}
