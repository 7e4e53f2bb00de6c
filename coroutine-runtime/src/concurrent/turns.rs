//! Whose turn it is among branches beside each other. In: a resume of them all; out: each has gone on as far as it can, and at most one
//! of them has yielded.
//!
//! A driver takes one value at a time, so a branch that wants to yield while another's yield is not answered stays before it. When it is
//! answered, those that wait come first, in turn. What this keeps is stored, so that a restore changes no order.
use crate::frame::machine::{Cx, Entry};
use crate::snapshot::{In, NotNow, Out, RestoreError};

/// Whose turn it is.
pub struct Turns {
    /// The branch whose yield was not answered yet.
    asks: Option<u32>,
    /// The branch that is the first to yield, if several want to.
    next: u32,
    /// Branches that wait for their turn and for nothing else: to resume them before it is theirs would change nothing. (Not stored: after
    /// a restore each is resumed once to find out.)
    still: Set,
    /// Nothing has gone on yet, and steps were announced for the whole: so they are for each.
    fresh: bool,
}

impl Turns {
    /// Nobody's turn. `announced`: the whole was announced before it began.
    pub(crate) fn new(announced: bool) -> Self {
        Turns { asks: None, next: 0, still: Set::default(), fresh: announced }
    }

    /// Resumes each branch that has not landed, in order, until `is_over`, and says whether it is.
    pub(crate) fn round<D>(
        &mut self,
        count: usize,
        cx: &mut Cx<'_>,
        landed: &mut D,
        go_on: &mut dyn FnMut(usize, &mut Entry, &mut D, &mut Cx<'_>),
        has_landed: &dyn Fn(&D, usize) -> bool,
        is_over: &dyn Fn(&D) -> bool,
    ) -> bool {
        // (Of those that it is over with, nobody asks any more.)
        cx.asks = false;
        if is_over(landed) {
            return true;
        }
        // (Found anew each time: a branch that has yielded asks for the answer whenever it is resumed.)
        self.asks = None;
        let (takeoff, free) = (std::mem::take(&mut cx.takeoff), std::mem::take(&mut self.fresh));
        let (mut waiting, running) = (Set::default(), Set::of((0..count).filter(|n| !has_landed(landed, *n))));
        for n in running.from(0) {
            if self.still.contains(n) {
                waiting.insert(n);
                continue;
            }
            let mut entry = Entry { takeoff, free, busy: true, asks: false, blocked: false, still: false };
            go_on(n, &mut entry, landed, cx);
            self.note(n, &entry);
            if entry.blocked {
                waiting.insert(n);
            }
            if has_landed(landed, n) && is_over(landed) {
                return true;
            }
        }
        if cx.busy {
            cx.blocked |= waiting != Set::default();
        } else if self.asks.is_none() && (!cx.stop.is_ahead() || cx.stop.is_flying()) {
            // (Steps that are announced begin first: they do not wait for an answer.)
            for n in waiting.from(self.next) {
                let mut entry = Entry { takeoff: false, free: false, busy: false, asks: false, blocked: false, still: false };
                go_on(n, &mut entry, landed, cx);
                self.note(n, &entry);
                if has_landed(landed, n) && is_over(landed) {
                    return true;
                }
                if self.asks.is_some() {
                    self.next = number(n + 1).unwrap_or(0);
                    break;
                }
            }
        }
        cx.asks = self.asks.is_some();
        false
    }

    fn note(&mut self, n: usize, entry: &Entry) {
        if entry.asks {
            self.asks = number(n);
        }
        if entry.blocked && entry.still && !entry.asks {
            self.still.insert(n);
        } else {
            self.still.remove(n);
        }
    }

    pub(crate) fn save(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<u32>() {
            return Ok(());
        }
        out.value(&self.next)
    }

    pub(crate) fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Ok(Turns { asks: None, next: input.value()?, still: Set::default(), fresh: false })
    }
}

fn number(n: usize) -> Option<u32> {
    u32::try_from(n).ok()
}

/// Branches: there are far fewer than bits.
#[derive(Clone, Copy, Default, PartialEq)]
struct Set(u64);

impl Set {
    fn of(branches: impl Iterator<Item = usize>) -> Self {
        let mut set = Set::default();
        branches.for_each(|n| set.insert(n));
        set
    }

    fn insert(&mut self, n: usize) {
        self.0 |= 1 << n;
    }

    fn remove(&mut self, n: usize) {
        self.0 &= !(1 << n);
    }

    fn contains(self, n: usize) -> bool {
        self.0 & (1 << n) != 0
    }

    /// Those in it, in order, from a number on and then from the first.
    fn from(self, first: u32) -> impl Iterator<Item = usize> {
        let below = 1u64.checked_shl(first).map_or(u64::MAX, |bit| bit - 1);
        bits(self.0 & !below).chain(bits(self.0 & below))
    }
}

fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let n = set.trailing_zeros() as usize;
        let found = set != 0;
        set &= set.wrapping_sub(1);
        found.then_some(n)
    })
}
