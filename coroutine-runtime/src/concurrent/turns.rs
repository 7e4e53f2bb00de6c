//! Whose turn it is among branches beside each other. In: a resume of them all; out: each has gone on as far as it can, and at most one
//! of them has yielded.
//!
//! A driver takes one value at a time, so a branch that wants to yield while another's yield is not answered stays before it. When it is
//! answered, those that wait come first, in turn. What this keeps is stored, so that a restore changes no order.
use crate::frame::machine::{Cx, Stop};
use crate::snapshot::{In, NotNow, Out, RestoreError};

/// Branches, as far as turns are concerned.
pub(crate) trait Beside {
    /// Those that have not landed.
    fn running(&self) -> Set;
    /// Whether it is over with them.
    fn are_over(&self) -> bool;
    /// The `n`th, which has not landed, goes on; says whether it has landed then.
    fn go_on(&mut self, n: usize, cx: &mut Cx<'_>) -> bool;
}

/// Whose turn it is.
pub struct Turns {
    /// The branch that is the first to yield, if several want to.
    next: u32,
    /// Branches that wait for their turn and for nothing else: to resume them before it is theirs would change nothing. (Not stored: after
    /// a restore each is resumed once to find out.)
    still: Set,
    /// Nothing has gone on yet, and steps were announced for the whole: so they are for each.
    fresh: bool,
}

/// What has come of a round so far.
struct Came {
    /// Why branches stopped.
    stop: Stop,
    /// A yield of one was not answered yet.
    asks: bool,
}

impl Turns {
    /// Nobody's turn. `announced`: the whole was announced before it began.
    pub(crate) fn new(announced: bool) -> Self {
        Turns { next: 0, still: Set::default(), fresh: announced }
    }

    /// Resumes each branch that has not landed, in order, until it is over with them, and says whether it is.
    pub(crate) fn round(&mut self, cx: &mut Cx<'_>, branches: &mut impl Beside) -> bool {
        // (Of those that it is over with, nobody asks any more.)
        cx.asks = false;
        if branches.are_over() {
            return true;
        }
        let (stop, busy, free, blocked) = (cx.stop, cx.busy, cx.free, cx.blocked);
        let mut came = Came { stop, asks: false };
        let mut waiting = self.all_go_on(cx, branches, &mut came);
        let over = match &mut waiting {
            None => true,
            // (Steps that are announced begin first: they do not wait for an answer.)
            Some(_) if busy || came.asks || came.stop.is_ahead() && !came.stop.is_flying() => false,
            Some(waiting) => self.one_yields(waiting, cx, branches, &mut came),
        };
        (cx.takeoff, cx.free, cx.busy) = (false, free, busy);
        cx.asks = came.asks && !over;
        cx.blocked = blocked || busy && waiting.is_some_and(|waiting| !waiting.is_empty());
        // What others wait for, which are dropped now, is of no concern to anybody.
        cx.stop = if over { stop } else { came.stop };
        over
    }

    /// All go on as far as they can without a yield. Gives those that wait for their turn, if it is not over.
    fn all_go_on(&mut self, cx: &mut Cx<'_>, branches: &mut impl Beside, came: &mut Came) -> Option<Set> {
        let (takeoff, free) = (std::mem::take(&mut cx.takeoff), std::mem::take(&mut self.fresh));
        let (mut waiting, mut at) = (branches.running(), 0);
        while let Some(n) = waiting.from(at, &self.still) {
            at = n + 1;
            (cx.takeoff, cx.free, cx.busy) = (takeoff, free, true);
            if self.goes_on(n, cx, branches, came) {
                return None;
            }
            if !cx.blocked {
                waiting.remove(n);
            }
        }
        Some(waiting)
    }

    /// Those that wait for their turn go on, until one of them has yielded. Says whether it is over.
    fn one_yields(&mut self, waiting: &mut Set, cx: &mut Cx<'_>, branches: &mut impl Beside, came: &mut Came) -> bool {
        let (none, mut at) = (Set::default(), self.next as usize);
        while let Some(n) = waiting.from(at, &none).or_else(|| waiting.from(0, &none)) {
            waiting.remove(n);
            at = n + 1;
            (cx.takeoff, cx.free, cx.busy) = (false, false, false);
            if self.goes_on(n, cx, branches, came) {
                return true;
            }
            if came.asks {
                self.next = u32::try_from(at).unwrap_or(0);
                break;
            }
        }
        false
    }

    /// One goes on, in a context of its own. Says whether it is over.
    #[inline(always)]
    fn goes_on(&mut self, n: usize, cx: &mut Cx<'_>, branches: &mut impl Beside, came: &mut Came) -> bool {
        (cx.asks, cx.blocked, cx.stop) = (false, false, Stop::NONE);
        let landed = branches.go_on(n, cx);
        if cx.blocked && !cx.asks && cx.stop == Stop::NONE {
            self.still.insert(n);
        } else {
            self.still.remove(n);
        }
        came.stop = came.stop.or(cx.stop);
        came.asks |= cx.asks;
        landed && branches.are_over()
    }

    pub(crate) fn save(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<u32>() {
            return Ok(());
        }
        out.value(&self.next)
    }

    pub(crate) fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Ok(Turns { next: input.value()?, still: Set::default(), fresh: false })
    }
}

/// Branches, by their numbers. (The first are most often all.)
#[derive(Default)]
pub struct Set {
    first: u64,
    more: Vec<u64>,
}

/// How many branches a word has.
const WORD: usize = u64::BITS as usize;

impl Set {
    /// The first branches, a bit for each.
    #[inline(always)]
    pub(crate) fn from_bits(first: u64) -> Self {
        Set { first, more: Vec::new() }
    }

    #[inline(always)]
    fn word(&self, n: usize) -> u64 {
        if n == 0 { self.first } else { self.more.get(n - 1).copied().unwrap_or(0) }
    }

    /// Its word, to be changed, and the bit in it that stands for a branch.
    #[inline(always)]
    fn bit(&mut self, n: usize) -> (&mut u64, u64) {
        let word = if n < WORD { &mut self.first } else { self.beyond(n / WORD) };
        (word, 1 << (n % WORD))
    }

    #[cold]
    fn beyond(&mut self, word: usize) -> &mut u64 {
        self.more.resize(self.more.len().max(word), 0);
        &mut self.more[word - 1]
    }

    #[inline(always)]
    fn insert(&mut self, n: usize) {
        let (word, bit) = self.bit(n);
        *word |= bit;
    }

    #[inline(always)]
    fn remove(&mut self, n: usize) {
        let (word, bit) = self.bit(n);
        *word &= !bit;
    }

    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.first == 0 && self.more.iter().all(|word| *word == 0)
    }

    /// The first that is `n` or comes after it, and is not among others.
    #[inline(always)]
    fn from(&self, n: usize, others: &Set) -> Option<usize> {
        let mut word = n / WORD;
        let mut bits = self.word(word) & !others.word(word) & (u64::MAX << (n % WORD));
        while bits == 0 {
            word += 1;
            if word > self.more.len() {
                return None;
            }
            bits = self.word(word) & !others.word(word);
        }
        Some(word * WORD + bits.trailing_zeros() as usize)
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(branches: I) -> Self {
        let mut set = Set::default();
        branches.into_iter().for_each(|n| set.insert(n));
        set
    }
}
