//! What a thread remembers of the stacks that it stored or restored lately: which kinds they had, and the bytes that say so.
//!
//! Most snapshots of a program are of few stacks, which differ in values alone. In: the frames of a stack, or the end of a snapshot's
//! bytes; out: the same end again, or the states of the frames, without looking anything up or comparing name by name. A plan says only
//! what was found the long way before: a stack or bytes that are not exactly those are none of it.
use super::kind::{Key, Kind};
use std::cell::Cell;
use std::rc::Rc;

/// How many frames a stack has at most that is remembered.
pub(super) const FRAMES_MAX: usize = 32;
/// How long the end of a snapshot is at most that is remembered.
const TAIL_BYTES_MAX: usize = 4096;
/// How many stacks a thread remembers, for each way.
const PLANS: usize = 64;

/// A frame of a stack.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) key: Key,
    pub(super) kind: &'static Kind,
}

/// A stack: what each of its frames is, and the end of its snapshots: the kinds, and which frame is of which.
pub(super) struct Plan {
    pub(super) frames: Box<[Frame]>,
    pub(super) kinds_count: u16,
    pub(super) tail: Box<[u8]>,
}

impl Plan {
    /// A plan, if the stack is not too large for one.
    pub(super) fn new(frames: &[Frame], kinds_count: u16, tail: &[u8]) -> Option<Rc<Self>> {
        let fits = !frames.is_empty() && frames.len() <= FRAMES_MAX && tail.len() <= TAIL_BYTES_MAX;
        fits.then(|| Rc::new(Plan { frames: frames.into(), kinds_count, tail: tail.into() }))
    }
}

type Plans = [Cell<Option<Rc<Plan>>>; PLANS];

thread_local! {
    static STORED: Plans = const { [const { Cell::new(None) }; PLANS] };
    static RESTORED: Plans = const { [const { Cell::new(None) }; PLANS] };
}

/// Looks at a place: what is there stays, if nobody puts another there meanwhile.
#[inline]
fn look(place: &Cell<Option<Rc<Plan>>>, is_it: impl FnOnce(&Plan) -> bool) -> Option<Rc<Plan>> {
    let plan = place.take();
    let found = plan.as_ref().filter(|plan| is_it(plan)).cloned();
    place.set(plan);
    found
}

/// The plan of stored stacks that begin with this frame.
#[inline]
pub(super) fn stored(root: Key) -> Option<Rc<Plan>> {
    STORED
        .try_with(|plans| look(&plans[root.place() % PLANS], |plan| plan.frames.first().is_some_and(|frame| frame.key == root)))
        .ok()
        .flatten()
}

/// Remembers a stack that was stored.
pub(super) fn was_stored(plan: Rc<Plan>) {
    if let Some(root) = plan.frames.first() {
        // (At the end of a thread there may be no place any more.)
        let _ = STORED.try_with(|plans| plans[root.key.place() % PLANS].set(Some(plan.clone())));
    }
}

/// The plan of restored stacks whose snapshots end so.
#[inline]
pub(super) fn restored(kinds_count: u16, frames_count: usize, tail: &[u8]) -> Option<Rc<Plan>> {
    let is_it = |plan: &Plan| (plan.kinds_count, plan.frames.len()) == (kinds_count, frames_count) && *plan.tail == *tail;
    RESTORED.try_with(|plans| look(&plans[place(tail)], is_it)).ok().flatten()
}

/// Remembers a stack that was restored.
pub(super) fn was_restored(plan: Rc<Plan>) {
    let _ = RESTORED.try_with(|plans| plans[place(&plan.tail)].set(Some(plan.clone())));
}

/// Where the plan of such a tail lies: by its length and a few of its bytes, for all of them are compared anyway.
#[inline]
fn place(tail: &[u8]) -> usize {
    let byte = |at: usize| tail.get(at).copied().map_or(0, usize::from);
    let n = tail.len();
    (n ^ byte(n / 4) ^ (byte(n / 2) << 1) ^ (byte(n / 4 * 3) << 2) ^ (byte(n.saturating_sub(9)) << 3)) % PLANS
}
