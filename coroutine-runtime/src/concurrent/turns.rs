//! Whose turn it is among branches beside each other. In: a resume of them all; out: each has gone on as far as it can, and at most one
//! of them has yielded.
//!
//! A driver takes one value at a time, so a branch that wants to yield while another's yield is not answered stays before it. When it is
//! answered, those that wait come first, in turn. What this keeps is stored, so that a restore changes no order.
use super::set::Set;
use crate::frame::machine::{Cx, Stop};
use crate::snapshot::{In, NotNow, Out, RestoreError};

/// Branches, as far as turns are concerned.
pub(crate) trait Beside {
    /// How they are counted.
    type Set: Set;
    /// Those that have not landed.
    fn running(&self) -> Self::Set;
    /// Whether it is over with them.
    fn are_over(&self) -> bool;
    /// The `n`th, which has not landed, goes on; says whether it has landed then. (Inlined, and called in one place.)
    fn go_on(&mut self, n: usize, cx: &mut Cx<'_>) -> bool;
    /// The same, as a call.
    #[inline(never)]
    fn goes_on(&mut self, n: usize, cx: &mut Cx<'_>) -> bool {
        self.go_on(n, cx)
    }
}

/// Whose turn it is.
pub(crate) struct Turns<S> {
    /// The branch that is the first to yield, if several want to.
    next: u32,
    /// Branches that wait for their turn and for nothing else: to resume them before it is theirs would change nothing. (Not stored: after
    /// a restore each is resumed once to find out.)
    still: S,
    /// Nothing has gone on yet, and steps were announced for the whole: so they are for each.
    fresh: bool,
    /// Whether they were looked at once: there may be none that goes on.
    seen: bool,
    /// The one before `next` has yielded, and all others wait for their turn and for nothing else: all are among `still`.
    steady: bool,
}

/// How the whole was resumed.
struct Outer {
    stop: Stop,
    busy: bool,
    free: bool,
    blocked: bool,
}

/// That a branch has gone on.
struct Went {
    n: usize,
    /// As all do, before one of those may yield that wait for their turn.
    all: bool,
    landed: bool,
}

impl<S: Set> Turns<S> {
    /// Nobody's turn. `announced`: the whole was announced before it began.
    pub(crate) fn new(announced: bool) -> Self {
        Turns { next: 0, still: S::default(), fresh: announced, seen: false, steady: false }
    }

    /// Resumes each branch that has not landed, in order, until it is over with them, and says whether it is. First all go on as far as
    /// they can without a yield; then, if nobody has yielded, those that wait for their turn, until one of them has.
    #[inline(always)]
    pub(crate) fn round(&mut self, cx: &mut Cx<'_>, branches: &mut impl Beside<Set = S>) -> bool {
        let outer = Outer { stop: cx.stop, busy: cx.busy, free: cx.free, blocked: cx.blocked };
        let mut went = None;
        if self.steady && !cx.busy && !cx.takeoff {
            went = self.passes_on(cx, branches);
            if went.is_none() {
                (cx.free, cx.blocked, cx.stop) = (outer.free, outer.blocked, outer.stop);
                return false;
            }
        }
        self.whole_round(went, &outer, cx, branches)
    }

    /// The most common round: who was answered goes on up to its next yield, and the next in turn yields. Otherwise, how the last went.
    #[inline(always)]
    fn passes_on(&mut self, cx: &mut Cx<'_>, branches: &mut impl Beside<Set = S>) -> Option<Went> {
        let mut n = self.before();
        (cx.free, cx.busy) = (false, true);
        loop {
            (cx.asks, cx.blocked, cx.stop) = (false, false, Stop::NONE);
            let landed = branches.go_on(n, cx);
            let all = cx.busy;
            let passes = if all { cx.blocked && !cx.asks } else { cx.asks };
            if landed || !passes || cx.stop != Stop::NONE {
                self.steady = false;
                self.still.remove(n);
                return Some(Went { n, all, landed });
            }
            cx.busy = false;
            if !all {
                self.passed(n);
                return None;
            }
            n = self.still.in_turn(n + 1).unwrap_or(n);
        }
    }

    /// A round, the first of which may have gone on.
    fn whole_round(&mut self, mut went: Option<Went>, outer: &Outer, cx: &mut Cx<'_>, branches: &mut impl Beside<Set = S>) -> bool {
        if std::mem::take(&mut self.steady) {
            self.still.remove(self.before());
        }
        if !std::mem::replace(&mut self.seen, true) && branches.are_over() {
            // (Of those that it is over with, nobody asks any more.)
            cx.asks = false;
            return true;
        }
        let (takeoff, fresh) = (cx.takeoff, std::mem::take(&mut self.fresh));
        let mut waiting = branches.running();
        let (mut stopped, mut asks) = (outer.stop, false);
        let (mut all, mut at) = (true, 0);
        let over = loop {
            let (n, landed) = match went.take() {
                Some(went) => {
                    all = went.all;
                    (went.n, went.landed)
                }
                None => {
                    let next = if all { waiting.from(at, &self.still) } else { waiting.in_turn(at) };
                    let n = match next {
                        Some(n) => n,
                        // (Steps that are announced begin first: they do not wait for an answer.)
                        None if all && !outer.busy && !asks && (!stopped.is_ahead() || stopped.is_flying()) => {
                            (all, at) = (false, self.next as usize);
                            continue;
                        }
                        None => break false,
                    };
                    (cx.takeoff, cx.free, cx.busy) = (all && takeoff, all && fresh, all);
                    (cx.asks, cx.blocked, cx.stop) = (false, false, Stop::NONE);
                    (n, branches.goes_on(n, cx))
                }
            };
            at = n + 1;
            if !all || !cx.blocked {
                waiting.remove(n);
            }
            if cx.blocked && !cx.asks && cx.stop == Stop::NONE {
                self.still.insert(n);
            } else {
                self.still.remove(n);
            }
            stopped = stopped.or(cx.stop);
            asks |= cx.asks;
            if landed && branches.are_over() {
                break true;
            }
            if !all && asks {
                self.passed(n);
                self.still.insert(n);
                self.steady = stopped == Stop::NONE && !landed && branches.running().from(0, &self.still).is_none();
                if !self.steady {
                    self.still.remove(n);
                }
                break false;
            }
        };
        (cx.takeoff, cx.free, cx.busy) = (false, outer.free, outer.busy);
        cx.asks = asks && !over;
        cx.blocked = outer.blocked || outer.busy && !over && !waiting.is_empty();
        // What others wait for, which are dropped now, is of no concern to anybody.
        cx.stop = if over { outer.stop } else { stopped };
        over
    }

    /// The branch that yielded last.
    #[inline(always)]
    fn before(&self) -> usize {
        (self.next as usize).saturating_sub(1)
    }

    /// A branch has yielded: it is the turn of the one after it.
    #[inline(always)]
    fn passed(&mut self, n: usize) {
        self.next = u32::try_from(n + 1).unwrap_or(0);
    }

    pub(crate) fn save(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<u32>() {
            return Ok(());
        }
        out.value(&self.next)
    }

    pub(crate) fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Ok(Turns { next: input.value()?, still: S::default(), fresh: false, seen: false, steady: false })
    }
}
