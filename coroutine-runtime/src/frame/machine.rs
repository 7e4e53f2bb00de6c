//! The machine under every coroutine, and all `unsafe` of the crate.
//!
//! In: a function's variables and code, what it is lent, and a `Cx`. Out: one resume. What always holds:
//! - only a driver resumes a root (`Driven`, or a `Call` polled as a future): it ties a frame that may be in flight to what it is lent;
//! - nothing is read from a frame while a flight is under way in it: the driver knows, and answers instead of the frame;
//! - a child lies in its parent's `wait` and is dropped there as soon as it has returned;
//! - what a parent lends is lent once, at the call, or after a restore at the first resume, when nothing is in flight;
//! - the driver resumes the innermost suspended child directly, by a path of pointers; between resumes nothing else touches what they
//!   lead to, and no user's code runs between a child's return and its parent's taking of what it returned.
//!
//! What is safe to say of blocks and of what is awaited stands in `block` and `awaited`.
//!
//! Emitted code has no `unsafe`, and what it calls here is safe to call and unsound if called in another order than the compiler's.
#![allow(unsafe_code)]
use super::block::Block;
use super::guard::{Accepts, Guard};
use super::host::Choice;
use super::known::Known;
use super::many::LentToEach;
use super::slots::empty;
use super::{Awaited, Leaf, Mut, Opt, Over, Ports, Ref, Saves, Tuple, Within};
use crate::concurrent::{Beside, Combines, Keeps, Set, Turns, Word, Words};
#[cfg(feature = "engine")]
use crate::leaf::Turn;
use crate::snapshot::{Frozen, In, Info, NotNow, Out, RestoreError};
use crate::testing::outside;
use serde::Serialize;
use serde::de::DeserializeOwned;
#[cfg(feature = "engine")]
use std::any::Any;
use std::any::TypeId;
use std::cell::UnsafeCell;
use std::future::Future;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr::NonNull;
#[cfg(feature = "engine")]
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

// ---- borrows that are handed in again at every resume -------------------------------------------

mod sealed {
    pub trait Lent {}
    pub trait Loan {}
    pub trait Body {}
    pub trait Frame {}
    pub trait Runs {}
    pub trait Lanes {}
}

/// A list of borrows, as a family over their lifetime: `()`, `(Ref<A>,)`, `(Ref<A>, Mut<B>)`, ..
pub trait Lent: sealed::Lent + Sized + 'static {
    /// The borrows, for one lifetime.
    type At<'x>;
    /// The borrows as a step has them: what a shared one gives may live on after the step.
    type Step<'x>;
    /// The lifetimes of all borrows but the first, as borrows of nothing, where all are the same.
    #[doc(hidden)]
    type Rest<'x>;
    /// What is kept beside a frame that may be in flight: a `&mut` kept there would claim sole access whenever it moves.
    type Raw: Copy + 'static;
    /// What any number of frames are lent, each of which is lent this.
    #[doc(hidden)]
    type All: LentToAll<Self>;
    #[doc(hidden)]
    fn raw(at: Self::At<'_>) -> Self::Raw;
    /// # Safety
    /// It was made of borrows that last for `'x`, and no other `&mut` made of it is used meanwhile.
    #[doc(hidden)]
    unsafe fn back<'x>(raw: Self::Raw) -> Self::At<'x>;
    /// # Safety
    /// As for `back`; and no `'static` of it is used after the frame that it is lent to.
    #[doc(hidden)]
    unsafe fn step<'x>(raw: Self::Raw) -> Self::Step<'x>;
    /// Gives up what nobody is lent.
    ///
    /// # Safety
    /// It is what `raw` made, and nobody else takes it.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn release(_: Self::Raw) {}
}

/// One borrow, as a family over its lifetime: [`Ref<T>`] or [`Mut<T>`].
pub trait Loan: sealed::Loan + 'static {
    /// The borrow, for one lifetime.
    type At<'x>;
    /// The borrow as a step has it.
    #[doc(hidden)]
    type Step<'x>;
    #[doc(hidden)]
    type Raw: Copy + 'static;
    #[doc(hidden)]
    fn raw(at: Self::At<'_>) -> Self::Raw;
    /// # Safety
    /// As for `Lent`.
    #[doc(hidden)]
    unsafe fn back<'x>(raw: Self::Raw) -> Self::At<'x>;
    /// # Safety
    /// As for `Lent`.
    #[doc(hidden)]
    unsafe fn step<'x>(raw: Self::Raw) -> Self::Step<'x>;
}

impl<T: ?Sized> sealed::Loan for Ref<T> {}
impl<T: ?Sized + 'static> Loan for Ref<T> {
    type At<'x> = &'x T;
    type Step<'x> = &'static T;
    type Raw = *const T;
    #[inline(always)]
    fn raw(at: &T) -> *const T {
        at
    }
    #[inline(always)]
    unsafe fn back<'x>(raw: *const T) -> &'x T {
        // SAFETY: made of a `&T` that lasts for `'x`, by this function's contract.
        unsafe { &*raw }
    }
    #[inline(always)]
    unsafe fn step<'x>(raw: *const T) -> Self::Step<'x> {
        // SAFETY: made of a `&T` that lasts as long as anybody uses this one, by this function's contract.
        unsafe { &*raw }
    }
}

impl<T: ?Sized> sealed::Loan for Mut<T> {}
impl<T: ?Sized + 'static> Loan for Mut<T> {
    type At<'x> = &'x mut T;
    type Step<'x> = &'x mut T;
    type Raw = *mut T;
    #[inline(always)]
    fn raw(at: &mut T) -> *mut T {
        at
    }
    #[inline(always)]
    unsafe fn back<'x>(raw: *mut T) -> &'x mut T {
        // SAFETY: made of a `&mut T` that lasts for `'x` and of which no other is used meanwhile, by this function's contract.
        unsafe { &mut *raw }
    }
    #[inline(always)]
    unsafe fn step<'x>(raw: *mut T) -> &'x mut T {
        // SAFETY: as for `back`.
        unsafe { &mut *raw }
    }
}

impl<F> sealed::Loan for Opt<F> {}
impl<F: Loan> Loan for Opt<F> {
    type At<'x> = Option<F::At<'x>>;
    type Step<'x> = Option<F::Step<'x>>;
    type Raw = Option<F::Raw>;
    #[inline(always)]
    fn raw(at: Option<F::At<'_>>) -> Option<F::Raw> {
        at.map(F::raw)
    }
    #[inline(always)]
    unsafe fn back<'x>(raw: Option<F::Raw>) -> Option<F::At<'x>> {
        // SAFETY: what is inside keeps the contract that the whole keeps.
        raw.map(|raw| unsafe { F::back(raw) })
    }
    #[inline(always)]
    unsafe fn step<'x>(raw: Option<F::Raw>) -> Option<F::Step<'x>> {
        // SAFETY: as for `back`.
        raw.map(|raw| unsafe { F::step(raw) })
    }
}

impl<C: ?Sized> sealed::Loan for Within<C> {}
impl<C: ?Sized + for<'y> Over<'y> + 'static> Loan for Within<C> {
    type At<'x> = &'x <C as Over<'x>>::Is;
    type Step<'x> = &'static <C as Over<'static>>::Is;
    type Raw = *const <C as Over<'static>>::Is;
    #[inline(always)]
    fn raw<'x>(at: &'x <C as Over<'x>>::Is) -> Self::Raw {
        // SAFETY: only a lifetime is another, which nothing of the layout depends on; and a pointer claims nothing.
        unsafe { std::mem::transmute_copy::<&'x <C as Over<'x>>::Is, Self::Raw>(&at) }
    }
    #[inline(always)]
    unsafe fn back<'x>(raw: Self::Raw) -> &'x <C as Over<'x>>::Is {
        // SAFETY: made of such a borrow for a lifetime that `'x` lies in, by this function's contract; and the type is covariant in it, which
        // emitted code has rustc check for each type that it names so. Besides, only a lifetime is another.
        unsafe { std::mem::transmute_copy::<Self::Raw, &'x <C as Over<'x>>::Is>(&raw) }
    }
    #[inline(always)]
    unsafe fn step<'x>(raw: Self::Raw) -> Self::Step<'x> {
        // SAFETY: made of a borrow that lasts as long as anybody uses this one, by this function's contract.
        unsafe { &*raw }
    }
}

macro_rules! rest {
    ($x:lifetime) => { () };
    ($x:lifetime $first:ident $($loan:ident)*) => { ($(rest!(@ $x $loan),)*) };
    (@ $x:lifetime $loan:ident) => { &$x () };
}
/// What many are lent that are lent nothing is nothing.
macro_rules! all {
    () => { () };
    ($($loan:ident)*) => { Every<Self> };
}
/// What a list lends is what each of its members lends.
macro_rules! members { ($($loan:ident $n:tt),*) => {
    type At<'x> = ($($loan::At<'x>,)*);
    type Step<'x> = ($($loan::Step<'x>,)*);
    type Raw = ($($loan::Raw,)*);
    #[inline(always)]
    fn raw(at: Self::At<'_>) -> Self::Raw {
        ($($loan::raw(at.$n),)*)
    }
    #[inline(always)]
    unsafe fn back<'x>(raw: Self::Raw) -> Self::At<'x> {
        // SAFETY: each member keeps the contract that the list keeps.
        ($(unsafe { $loan::back(raw.$n) },)*)
    }
    #[inline(always)]
    unsafe fn step<'x>(raw: Self::Raw) -> Self::Step<'x> {
        // SAFETY: each member keeps the contract that the list keeps.
        ($(unsafe { $loan::step(raw.$n) },)*)
    }
} }
macro_rules! lists { ($(($($loan:ident $n:tt),*);)*) => { $(
    impl<$($loan: Loan),*> sealed::Lent for ($($loan,)*) {}
    #[allow(clippy::unused_unit, unused_variables, reason = "the empty list")]
    impl<$($loan: Loan),*> Lent for ($($loan,)*) {
        type Rest<'x> = rest!('x $($loan)*);
        type All = all!($($loan)*);
        members! { $($loan $n),* }
    }
)* } }
lists! {
    ();
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
}

macro_rules! tuples { ($(($($loan:ident $n:tt),*);)*) => { $(
    impl<$($loan: Loan),*> sealed::Loan for Tuple<($($loan,)*)> {}
    impl<$($loan: Loan),*> Loan for Tuple<($($loan,)*)> {
        members! { $($loan $n),* }
    }
)* } }
tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}

/// A list of lists: what several frames beside each other are lent.
pub struct Each<T>(PhantomData<fn() -> T>);

macro_rules! each { ($(($($list:ident $n:tt),*);)*) => { $(
    impl<$($list: Lent),*> sealed::Lent for Each<($($list,)*)> {}
    impl<$($list: Lent),*> Lent for Each<($($list,)*)> {
        type Rest<'x> = ();
        type All = Every<Self>;
        members! { $($list $n),* }
    }
)* } }
each! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
}

/// What a step beside other frames is lent again after a restore: nothing, for none is under way then.
pub struct Nothing(pub(super) ());
impl sealed::Lent for Nothing {}
impl Lent for Nothing {
    type All = Every<Self>;
    type At<'x> = Nothing;
    type Step<'x> = Nothing;
    type Rest<'x> = ();
    type Raw = ();
    fn raw(_: Nothing) {}
    unsafe fn back<'x>((): ()) -> Self::At<'x> {
        Nothing(())
    }
    unsafe fn step<'x>((): ()) -> Self::Step<'x> {
        Nothing(())
    }
}

/// What each of any number of frames of one function is lent.
pub struct Every<L>(PhantomData<fn() -> L>);

/// What each of them is lent, for one lifetime.
pub struct Loans<'x, L: Lent>(AllRaw<L::Raw>, PhantomData<L::At<'x>>);

enum AllRaw<R> {
    /// Each its own.
    List(Vec<R>),
    /// All the same.
    Same(R),
}

impl<L> sealed::Lent for Every<L> {}
impl<L: Lent> Lent for Every<L> {
    type At<'x> = Loans<'x, L>;
    type Step<'x> = ();
    type Rest<'x> = ();
    /// (A box: whoever is lent it first takes it, and what each is lent with it.)
    type Raw = Option<NonNull<()>>;
    type All = Every<Self>;
    fn raw(at: Loans<'_, L>) -> Self::Raw {
        Some(NonNull::from(Box::leak(Box::new(at.0))).cast())
    }
    unsafe fn back<'x>(_: Self::Raw) -> Self::At<'x> {
        // (It lends to frames that only this file makes, and which take it.)
        empty()
    }
    unsafe fn step<'x>(_: Self::Raw) -> Self::Step<'x> {}
    unsafe fn release(raw: Self::Raw) {
        if let Some(raw) = raw {
            // SAFETY: `raw` alone makes these, of such a box, and nobody else takes it.
            drop(unsafe { Box::from_raw(raw.cast::<AllRaw<L::Raw>>().as_ptr()) });
        }
    }
}

/// What any number of frames are lent, each of which is lent an `L`.
pub trait LentToAll<L: Lent>: Lent {
    /// Before anybody is lent anything again.
    #[doc(hidden)]
    const NONE: Self::Raw;
    /// As much, for each of `n`.
    #[doc(hidden)]
    fn none(n: usize) -> Vec<L::Raw>;
    /// What calls of them were lent.
    #[doc(hidden)]
    fn of_calls<'x, 'c: 'x, M: Frame<Lent = L>, B: 'x, I: IntoIterator<Item = Call<'c, L, M, B>>>(
        calls: impl FnOnce() -> I,
    ) -> Self::At<'x>;
    /// What each of them is lent.
    #[doc(hidden)]
    fn same<'x, T: LentToEach<'x, L>>(lent: T) -> Self::At<'x>;
    /// What each of `n` is lent. `None`: they are not as many.
    ///
    /// # Safety
    /// It is asked once for what was made of a `raw`.
    #[doc(hidden)]
    unsafe fn of_each(raw: Self::Raw, n: usize) -> Option<Vec<L::Raw>>;
}

impl LentToAll<()> for () {
    const NONE: () = ();
    fn none(n: usize) -> Vec<()> {
        vec![(); n]
    }
    fn of_calls<'x, 'c: 'x, M: Frame<Lent = ()>, B: 'x, I: IntoIterator<Item = Call<'c, (), M, B>>>(_: impl FnOnce() -> I) {}
    fn same<'x, T: LentToEach<'x, ()>>(_: T) -> <() as Lent>::At<'x> {}
    unsafe fn of_each((): (), n: usize) -> Option<Vec<()>> {
        Some(vec![(); n])
    }
}

impl<L: Lent> LentToAll<L> for Every<L> {
    const NONE: Self::Raw = None;
    fn none(_: usize) -> Vec<L::Raw> {
        Vec::new()
    }
    fn of_calls<'x, 'c: 'x, M: Frame<Lent = L>, B: 'x, I: IntoIterator<Item = Call<'c, L, M, B>>>(
        calls: impl FnOnce() -> I,
    ) -> Loans<'x, L> {
        let raw = |call: Call<'c, L, M, B>| call.into_child().lent.unwrap_or_else(|| empty());
        Loans(AllRaw::List(calls().into_iter().map(raw).collect()), PhantomData)
    }
    fn same<'x, T: LentToEach<'x, L>>(lent: T) -> Loans<'x, L> {
        Loans(AllRaw::Same(L::raw(lent.at())), PhantomData)
    }
    unsafe fn of_each(raw: Self::Raw, n: usize) -> Option<Vec<L::Raw>> {
        let Some(raw) = raw else { empty() };
        // SAFETY: `raw` alone makes these, of such a box, and it is taken once, by this function's contract.
        match *unsafe { Box::from_raw(raw.cast::<AllRaw<L::Raw>>().as_ptr()) } {
            AllRaw::List(list) => (list.len() == n).then_some(list),
            AllRaw::Same(raw) => Some(vec![raw; n]),
        }
    }
}

/// A list of shared borrows: what it lends may be lent twice.
///
/// # Safety
/// `At` is `Copy` in effect: it holds no `&mut`.
pub unsafe trait Shared: Lent {}
macro_rules! shared { ($(($($t:ident),*))*) => { $(
    // SAFETY: it holds `&T`s.
    unsafe impl<$($t: ?Sized + 'static),*> Shared for ($(Ref<$t>,)*) {}
)* } }
shared! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }

/// What is lent for one resume. Only this file makes one.
pub struct Lend<'x, L: Lent> {
    raw: L::Raw,
    _lent: PhantomData<L::At<'x>>,
}

impl<L: Lent> Lend<'_, L> {
    /// What is lent, for a block without awaits.
    #[inline(always)]
    pub fn get(&mut self) -> L::At<'_> {
        // SAFETY: made of borrows that last for this resume; `&mut self` keeps others from being made meanwhile, and while a block
        // of emitted code runs nothing is in flight in this frame that could use the same borrow.
        unsafe { L::back(self.raw) }
    }
}

// ---- what a resume hands in, and what a suspension hands out --------------------------------------

/// Where a coroutine's values go out and come in: one lies on its driver's stack.
pub(crate) struct Port<Y, R> {
    pub(crate) out: Option<Y>,
    pub(crate) input: Option<R>,
}

#[derive(Clone, Copy)]
struct ErasedPort {
    port: NonNull<()>,
    /// (By reference: where the address is the same, so is the type, and nothing more has to be compared.)
    of: &'static TypeId,
}

#[cold]
#[inline(never)]
fn is_of<T: 'static>(of: &TypeId) -> bool {
    *of == TypeId::of::<T>()
}

/// What a resume hands in, and what a suspension hands out.
pub struct Cx<'c> {
    /// In: the step that was about to begin was announced, so it may begin. The frame that announced it takes this.
    pub(crate) takeoff: bool,
    /// Whether the driver wants to be told of steps that are about to begin.
    announcing: bool,
    /// In: one step may begin without being announced, for it was announced with others.
    pub(crate) free: bool,
    /// In: somebody beside has yielded, or is to be asked first: a yield waits for its turn.
    pub(crate) busy: bool,
    /// Out: a yield waits for its turn.
    pub(crate) blocked: bool,
    /// In and out: a yield of ours was not answered yet.
    pub(crate) asks: bool,
    /// Out: why it stopped, other than for its driver.
    pub(crate) stop: Stop,
    port: Option<ErasedPort>,
    waker: &'c Waker,
    /// What the driver keeps, if it resumes suspended children by itself.
    kept: Option<NonNull<Kept>>,
    /// The engine's side of this resume, if an engine drives.
    #[cfg(feature = "engine")]
    turn: Option<&'c Turn>,
}

/// What a driver keeps from one resume to the next.
#[derive(Default)]
struct Kept {
    /// The suspended children, from the outermost; during a resume, those that were left suspended come behind, innermost first.
    path: Vec<Level>,
    /// Why a frame could not be thawed.
    failure: Option<RestoreError>,
}

impl Kept {
    /// Drops the frames on the path: the innermost first, as they would go by themselves, but each on this stack.
    #[inline]
    fn clear(&mut self) {
        while let Some(level) = self.path.pop() {
            // SAFETY: it is on the path, so it lies where it was left, and those inside it are gone.
            unsafe { (level.of.clear)(level.child) };
        }
    }
}

/// Why a resume stopped: none of these, or some.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop(u8);
impl Stop {
    /// For the driver: a yield, or the end.
    pub(crate) const NONE: Stop = Stop(0);
    /// A step is about to begin: the driver may store the frame now, then resumes with `takeoff`.
    const AHEAD: u8 = 1;
    /// A flight was left under way.
    const FLYING: u8 = 2;
    /// A frame could not be thawed.
    const FAILED: u8 = 4;
    /// The innermost child on the path was not resumed yet.
    const CALLS: u8 = 8;
    /// Children were left suspended that are new to the path.
    const DEEPER: u8 = 16;
    /// Something waits for a moment, and will wake the task then.
    const SLEEPS: u8 = 32;

    pub(crate) fn is_ahead(self) -> bool {
        self.0 & Self::AHEAD != 0
    }
    pub(crate) fn is_flying(self) -> bool {
        self.0 & Self::FLYING != 0
    }
    pub(crate) fn is_asleep(self) -> bool {
        self.0 & Self::SLEEPS != 0
    }
    pub(crate) fn is_failed(self) -> bool {
        self.0 & Self::FAILED != 0
    }
    /// Why either stopped.
    pub(crate) fn or(self, other: Stop) -> Stop {
        Stop(self.0 | other.0)
    }
}

impl<'c> Cx<'c> {
    #[inline(always)]
    pub(crate) fn new(waker: &'c Waker, announcing: bool) -> Self {
        Cx {
            takeoff: false,
            announcing,
            free: false,
            busy: false,
            blocked: false,
            asks: false,
            stop: Stop::NONE,
            port: None,
            waker,
            kept: None,
            #[cfg(feature = "engine")]
            turn: None,
        }
    }

    /// A context of an engine's: leaves ask `turn`, and steps are announced.
    #[cfg(feature = "engine")]
    pub(crate) fn with_turn(turn: &'c Turn, waker: &'c Waker) -> Self {
        Cx { turn: Some(turn), ..Cx::new(waker, true) }
    }

    /// The engine's side of this resume, if an engine drives.
    #[cfg(feature = "engine")]
    pub(crate) fn turn(&self) -> Option<&'c Turn> {
        self.turn
    }

    /// A context whose frames may yield into `port`.
    #[inline(always)]
    pub(crate) fn with_port<Y: 'static, R: 'static>(port: &'c mut Port<Y, R>, waker: &'c Waker, announcing: bool) -> Self {
        let of = const { &TypeId::of::<Port<Y, R>>() };
        Cx { port: Some(ErasedPort { port: NonNull::from(port).cast(), of }), ..Cx::new(waker, announcing) }
    }

    /// The port, if it has these types.
    #[inline(always)]
    pub(crate) fn port<Y: 'static, R: 'static>(&mut self) -> Option<&mut Port<Y, R>> {
        let erased = self.port.as_ref()?;
        let same = std::ptr::eq(erased.of, const { &TypeId::of::<Port<Y, R>>() }) || is_of::<Port<Y, R>>(erased.of);
        // SAFETY: it was made of a `&'c mut Port<Y, R>` of these types, which `self` stands for; `&mut self` keeps it alone.
        same.then(|| unsafe { erased.port.cast::<Port<Y, R>>().as_mut() })
    }

    /// Hands a value to the driver: the frame is to suspend.
    #[inline(always)]
    pub(crate) fn send<Y: 'static, R: 'static>(&mut self, value: Y) {
        self.asks = true;
        match self.port::<Y, R>() {
            Some(port) => {
                port.out = Some(value);
                // What this resume brought is for a yield that waited for it.
                port.input = None;
            }
            None => outside::send::<Y, R>(value, self.port.is_some()),
        }
    }

    /// What the driver resumes a yield with, once it has its value.
    #[inline(always)]
    pub(crate) fn receive<Y: 'static, R: 'static>(&mut self) -> Poll<R> {
        let received = match self.port::<Y, R>() {
            Some(port) => port.input.take().map_or(Poll::Pending, Poll::Ready),
            None => outside::receive::<Y, R>(self.port.is_some()),
        };
        self.asks = received.is_pending();
        received
    }

    /// Whether a yield has to wait for its turn; it is noted that it does.
    #[inline(always)]
    pub(crate) fn waits_for_turn(&mut self) -> bool {
        self.blocked |= self.busy;
        self.busy
    }

    /// What the driver keeps.
    #[inline(always)]
    fn kept(&mut self) -> Option<&mut Kept> {
        // SAFETY: the driver lends it for this resume, and touches it only between resumes.
        self.kept.map(|mut kept| unsafe { kept.as_mut() })
    }

    /// A frame could not be thawed: it stays as it was, and the driver says why.
    #[cold]
    pub fn fail(&mut self, error: RestoreError) {
        self.stop.0 |= Stop::FAILED;
        if let Some(kept) = self.kept() {
            kept.failure.get_or_insert(error);
        }
    }

    /// Whether a step that is about to begin is to be announced first. `entered`: the frame was resumed just before it.
    #[inline]
    pub(super) fn take_off(&mut self, entered: bool) -> bool {
        let announced = entered && std::mem::take(&mut self.takeoff);
        let ahead = self.announcing && !announced && !std::mem::take(&mut self.free);
        self.stop.0 |= u8::from(ahead);
        ahead
    }

    /// Something waits for a moment.
    pub(crate) fn sleeps(&mut self) {
        self.stop.0 |= Stop::SLEEPS;
    }

    /// Who is to be woken.
    pub(crate) fn waker(&self) -> &Waker {
        self.waker
    }

    /// Notes a child that was left suspended, for the driver to resume it by itself. `false` if it does not.
    #[inline(always)]
    fn note<M: Frame>(&mut self, child: &mut Child<M>) -> bool {
        let Some(kept) = self.kept() else { return false };
        kept.path.push(Level { child: NonNull::from(child).cast(), of: const { &Kind::of::<M>() } });
        self.stop.0 |= Stop::DEEPER;
        true
    }
}

// ---- the path to the innermost frame ------------------------------------------------------------------

/// A suspended child: the driver resumes the innermost directly, and its parent when it has returned. So a resume costs the same at
/// any depth, and recursion needs no stack.
///
/// It points to a child in its place in its parent's frame. What always holds between resumes: each level lies in the frame of the
/// level before it, the first in the root's, and those frames were left suspended in the await of the next level. Nothing else
/// resumes them, so nothing moves or drops them, but the driver's own end. A frame that polls more than one child, or may drop one
/// that is suspended, must hide the path from them.
#[derive(Clone, Copy)]
struct Level {
    child: NonNull<()>,
    of: &'static Kind,
}

struct Kind {
    /// Resumes the child; `true` if it has returned, and what it returned lies in its place.
    go_on: unsafe fn(NonNull<()>, &mut Cx<'_>) -> bool,
    /// Drops the child's frame.
    clear: unsafe fn(NonNull<()>),
}

impl Kind {
    const fn of<M: Frame>() -> Kind {
        /// # Safety
        /// `child` is a pinned `Child<M>` that nobody else uses meanwhile, and what was lent to it is as `Frame::resume` asks.
        // (Out of line: a frame's code may be inlined here, into the driver for a root, and nowhere else; inlined into its parents,
        // it would be there once for each call, and a chain of calls would be one function.)
        #[inline(never)]
        unsafe fn go_on<M: Frame>(child: NonNull<()>, cx: &mut Cx<'_>) -> bool {
            // SAFETY: it is one, and nobody else uses it.
            let child = unsafe { child.cast::<Child<M>>().as_mut() };
            let (Part::Frame(frame), Some(raw)) = (&mut child.part, held::<M::Lent>(child.lent)) else { super::slots::finished() };
            // SAFETY: it is pinned in its place; what is lent is as asked.
            match unsafe { Pin::new_unchecked(frame).resume(&mut Lend { raw, _lent: PhantomData }, cx) } {
                Poll::Ready(value) => {
                    // The frame goes first, with whatever it left under way.
                    child.part = Part::Gone;
                    child.part = Part::Landed(value);
                    true
                }
                Poll::Pending => false,
            }
        }
        /// # Safety
        /// `child` is a `Child<M>` on a path.
        unsafe fn clear<M: Frame>(child: NonNull<()>) {
            // SAFETY: it is one, and only the driver uses it.
            unsafe { child.cast::<Child<M>>().as_mut() }.part = Part::Gone;
        }
        Kind { go_on: go_on::<M>, clear: clear::<M> }
    }
}

// ---- frames ---------------------------------------------------------------------------------------

/// A suspended function: plain data, until a step is under way.
///
/// It is named in signatures (`impl Frame<Lent = .., Return = .., Port = ..>`) and implemented by what `#[durable]` emits; its
/// methods are the runtime's.
#[diagnostic::on_unimplemented(message = "`{Self}` is not the frame of a durable coroutine")]
pub trait Frame: sealed::Frame + Send + Sized + 'static {
    /// What it is lent at every resume: its reference parameters.
    type Lent: Lent;
    /// What the function returns.
    type Return;
    /// What it yields and is resumed with: [`Silent`](crate::Silent) or [`Yields`](crate::Yields).
    type Port;
    /// Whether it is a leaf: nothing is below it, and it is always resumed through its parent.
    #[doc(hidden)]
    const LEAF: bool = false;

    /// Whether it waits in leaves alone, or in frames that do. Such a frame is resumed through its parent, where its code may be inlined,
    /// until it has suspended twice: most that are called often do so once.
    #[doc(hidden)]
    const SHALLOW: bool = Self::LEAF;

    /// Whether steps of its own begin at once when it is first resumed: they are announced before it is made.
    #[doc(hidden)]
    const STEPS: bool = false;

    /// Whether it is a function's, which has a name.
    #[doc(hidden)]
    const NAMED: bool = false;

    /// Goes on until it suspends or returns.
    ///
    /// # Safety
    /// What is lent must outlive every flight that this resume leaves under way, and nobody may use it against their borrows: until
    /// the frame is dropped, or a later resume finds it at rest.
    #[doc(hidden)]
    unsafe fn resume(self: Pin<&mut Self>, lent: &mut Lend<'_, Self::Lent>, cx: &mut Cx<'_>) -> Poll<Self::Return>;

    /// Takes what it is lent again after a restore, before it goes on.
    ///
    /// # Safety
    /// As for `resume`; and it is told once of what `Lent::raw` made.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn take_lent(&mut self, _: <Self::Lent as Lent>::Raw) {}

    /// Writes this frame, and tells `out` which frame it awaits. To be called at rest only: the driver asks first.
    #[doc(hidden)]
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow>;

    /// Reads a frame of this type, and those it awaits.
    #[doc(hidden)]
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError>;

    /// The name that the function has in snapshots and in stores; empty for what cannot be a root there.
    #[doc(hidden)]
    fn name() -> &'static str {
        ""
    }
}

// ---- machines -----------------------------------------------------------------------------------

/// The variables of a function. The runtime's own, so that drop order and pinning do not rest on emitted code.
pub struct Vars<A, W, S> {
    /// What is awaited. First, so dropped first: it may borrow the slots.
    pub wait: W,
    /// The state.
    pub at: A,
    /// The variables, in reverse order of declaration.
    pub slots: S,
    /// A `&mut` to variables then claims no sole access, which flights into them rely on.
    _pinned: PhantomPinned,
}

impl<A, W, S> Vars<A, W, S> {
    /// The variables of a function that starts.
    #[inline(always)]
    pub fn new(at: A, wait: W, slots: S) -> Self {
        Vars { wait, at, slots, _pinned: PhantomPinned }
    }
}

/// The code of a function: functions over its variables, made in the one place where every type is known.
pub struct Code<A, W, S, L: Lent, R> {
    /// The types of the others, to be named before they are.
    pub types: Types<A, W, S, L, R>,
    /// What is known of the function without its variables.
    pub info: &'static Info,
    /// Goes on until it suspends or returns.
    #[allow(clippy::type_complexity, reason = "an alias would hide what is higher-ranked")]
    pub resume: for<'f, 'r, 'x, 'c, 'd> fn(&'f mut Vars<A, W, S>, &'r mut Lend<'x, L>, &'c mut Cx<'d>) -> Poll<R>,
    /// Writes the variables that are alive.
    pub save: for<'f, 'o> fn(&'f Vars<A, W, S>, &'o mut Out<'f>) -> Result<(), NotNow>,
    /// Variables of nothing, for `load` to fill.
    pub blank: fn() -> Vars<A, W, S>,
    /// Fills them.
    pub load: for<'f, 'i, 'b> fn(&'f mut Vars<A, W, S>, &'i mut In<'b>) -> Result<(), RestoreError>,
}

/// The types of a function's code: what is given them is checked with them known, as far as they are.
pub struct Types<A, W, S, L, R>(PhantomData<fn() -> (A, W, S, L, R)>);

impl<A, W, S, L, R> Clone for Types<A, W, S, L, R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A, W, S, L, R> Copy for Types<A, W, S, L, R> {}

/// The types of the code that they are made part of.
#[inline(always)]
pub fn types<A, W, S, L, R>() -> Types<A, W, S, L, R> {
    Types(PhantomData)
}

/// The transition of a small function, to be inlined where a frame is resumed: a closure that became a pointer would not be, as its
/// way there is a function that nobody can mark.
#[inline(always)]
#[allow(clippy::type_complexity, reason = "an alias would hide what is higher-ranked")]
pub fn inlined<C, A, W, S, L: Lent, R>(
    _: Types<A, W, S, L, R>,
    _: C,
) -> for<'f, 'r, 'x, 'c, 'd> fn(&'f mut Vars<A, W, S>, &'r mut Lend<'x, L>, &'c mut Cx<'d>) -> Poll<R>
where
    C: for<'f, 'r, 'x, 'c, 'd> Fn(&'f mut Vars<A, W, S>, &'r mut Lend<'x, L>, &'c mut Cx<'d>) -> Poll<R> + Copy,
{
    #[inline(always)]
    fn call<C, A, W, S, L: Lent, R>(f: &mut Vars<A, W, S>, lent: &mut Lend<'_, L>, cx: &mut Cx<'_>) -> Poll<R>
    where
        C: for<'f, 'r, 'x, 'c, 'd> Fn(&'f mut Vars<A, W, S>, &'r mut Lend<'x, L>, &'c mut Cx<'d>) -> Poll<R> + Copy,
    {
        const { assert!(size_of::<C>() == 0, "the code captures nothing") };
        // SAFETY: a closure that captures nothing has one value, and is `Copy`; `inlined`, which alone names this function, was given it.
        let code = unsafe { NonNull::<C>::dangling().read() };
        code(f, lent, cx)
    }
    call::<C, A, W, S, L, R>
}

/// A closure that captures nothing and gives the code. A machine's type mentions it alone: were the variables' type mentioned again
/// for each of the functions, the type of a call chain would double, or worse, with every call.
pub trait Body: sealed::Body + Copy + Send + 'static {
    /// The states.
    type At: Send + 'static;
    /// What it awaits.
    type Wait: Send + 'static;
    /// Its variables.
    type Slots: Send + 'static;
    /// What it is lent.
    type Lent: Lent;
    /// What it returns.
    type Return;
    /// The code.
    fn code(self) -> Code<Self::At, Self::Wait, Self::Slots, Self::Lent, Self::Return>;
}

impl<F: Fn() -> Code<A, W, S, L, R>, A, W, S, L: Lent, R> sealed::Body for F {}
impl<F, A, W, S, L, R> Body for F
where
    F: Fn() -> Code<A, W, S, L, R> + Copy + Send + 'static,
    A: Send + 'static,
    W: Send + 'static,
    S: Send + 'static,
    L: Lent,
{
    type At = A;
    type Wait = W;
    type Slots = S;
    type Lent = L;
    type Return = R;
    #[inline(always)]
    fn code(self) -> Code<A, W, S, L, R> {
        self()
    }
}

/// The frame of a `#[durable]` function with the port `P`.
pub struct Machine<F: Body, P> {
    /// A `&Machine` must not claim that nobody writes to what a flight borrows.
    variables: UnsafeCell<Vars<F::At, F::Wait, F::Slots>>,
    body: F,
    _port: PhantomData<fn() -> P>,
    /// Here, not in the emitted struct: for that one, user code could write `impl Unpin`.
    _pinned: PhantomPinned,
}

/// A call of a `#[durable]` function: its frame, and what the call lends it. `'a` and what `B` names are the lifetimes of the borrows, as
/// the function's signature has them; `'x` is one that lies in all of them.
#[inline(always)]
pub fn machine<'a, 'x, L, R, P, A, W, S, F, B>(lent: L::At<'x>, variables: Vars<A, W, S>, body: F) -> Call<'a, L, Machine<F, P>, B>
where
    F: Fn() -> Code<A, W, S, L, R> + Copy + Send + 'static,
    A: Send + 'static,
    W: Send + 'static,
    S: Send + 'static,
    L: Lent,
    R: 'static,
    P: 'static,
{
    const { assert!(size_of::<F>() == 0, "the code captures nothing") };
    Call::of(lent, Machine { variables: UnsafeCell::new(variables), body, _port: PhantomData, _pinned: PhantomPinned })
}

impl<F: Body, P> sealed::Frame for Machine<F, P> {}
impl<F: Body, P: 'static> Frame for Machine<F, P> {
    type Lent = F::Lent;
    type Return = F::Return;
    type Port = P;
    // (A step's box and a frame that has one take more than a pointer: so it waits in yields, or in frames that do.)
    const SHALLOW: bool = size_of::<F::Wait>() <= size_of::<usize>();
    const NAMED: bool = true;

    #[inline(always)]
    unsafe fn resume(self: Pin<&mut Self>, lent: &mut Lend<'_, F::Lent>, cx: &mut Cx<'_>) -> Poll<F::Return> {
        // SAFETY: nothing is moved out of `this`: the emitted transition never moves an awaited child out of the variables.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `this` is borrowed solely; a flight under way borrows slots behind it, which `Vars: !Unpin` allows for.
        (this.body.code().resume)(unsafe { &mut *this.variables.get() }, lent, cx)
    }

    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        let code = self.body.code();
        // SAFETY: drivers save at rest only, and nobody else has a `&Machine`: no flight writes to the variables meanwhile.
        let variables = unsafe { &*self.variables.get() };
        out.frame(code.info, code.save as usize, &|out| (code.save)(variables, out))
    }

    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        let body = body_of::<F>();
        let code = body.code();
        let mut variables = (code.blank)();
        input.frame(code.info, code.save as usize, &|out| (code.save)(&variables, out))?;
        (code.load)(&mut variables, input)?;
        Ok(Machine { variables: UnsafeCell::new(variables), body, _port: PhantomData, _pinned: PhantomPinned })
    }

    fn name() -> &'static str {
        body_of::<F>().code().info.name
    }
}

/// A machine's body, of which only the type is known.
#[inline(always)]
fn body_of<F: Body>() -> F {
    const { assert!(size_of::<F>() == 0, "the code captures nothing") };
    // SAFETY: a closure that captures nothing has one value, and is `Copy`; a machine of this type was once made with it, or
    // its function's signature could not have been named. `machine` and this function check its size.
    unsafe { NonNull::<F>::dangling().read() }
}

impl<T: Leaf> sealed::Frame for T {}
impl<T: Leaf> Frame for T {
    type Lent = ();
    type Return = T::Return;
    type Port = T::Port;
    const LEAF: bool = true;

    #[inline(always)]
    unsafe fn resume(self: Pin<&mut Self>, _: &mut Lend<'_, ()>, cx: &mut Cx<'_>) -> Poll<T::Return> {
        self.get_mut().advance(cx)
    }

    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        self.write(out)
    }

    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        T::read(input)
    }
}

// ---- calls --------------------------------------------------------------------------------------

/// What calling a coroutine gives: its frame, and for the call's lifetime what it borrows.
///
/// Await it, in a `#[durable]` function or in any async code, or [`start`](Call::start) it to drive it by hand. The frame's own
/// type does not name the lifetime `'a`, so that a caller can keep the frame. Where a function borrows more than once, `'a` is the
/// lifetime of the first borrow, and `B` names those of the others: `(&'b (), ..)`.
#[must_use = "coroutines do nothing unless awaited or started"]
#[repr(transparent)]
pub struct Call<'a, L: Lent, M: Frame<Lent = L>, B = ()> {
    child: Child<M>,
    _lent: PhantomData<(L::At<'a>, B)>,
}

/// Not for what it does: it makes rustc keep `'a` alive until this is dropped, flights and all.
impl<L: Lent, M: Frame<Lent = L>, B> Drop for Call<'_, L, M, B> {
    fn drop(&mut self) {}
}

// SAFETY: the frame is `Send`; the pointers stand for `L::At<'a>`, which is asked.
unsafe impl<'a, L: Lent, M: Frame<Lent = L>, B> Send for Call<'a, L, M, B> where L::At<'a>: Send {}

impl<'a, L: Lent, M: Frame<Lent = L>> Call<'a, L, M> {
    #[inline(always)]
    pub(crate) fn new(lent: L::At<'a>, frame: M) -> Self {
        Call::of(lent, frame)
    }
}

impl<'a, L: Lent, M: Frame<Lent = L>, B> Call<'a, L, M, B> {
    #[inline(always)]
    fn of(lent: L::At<'_>, frame: M) -> Self {
        Call { child: Child { part: Part::Frame(frame), lent: Some(L::raw(lent)) }, _lent: PhantomData }
    }

    #[inline(always)]
    pub(super) fn into_child(self) -> Child<M> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is never used again, and its `Drop` does nothing.
        unsafe { (&raw const this.child).read() }
    }

    /// The frame alone, of a call that lends nothing and has not begun.
    #[inline(always)]
    pub(crate) fn into_frame(self) -> M {
        match self.into_child().part {
            Part::Frame(frame) => frame,
            Part::Landed(_) | Part::Gone => super::slots::finished(),
        }
    }

    pub(crate) fn driven<'c>(self) -> Driven<'c, M>
    where
        'a: 'c,
        B: 'c,
    {
        match self.into_child() {
            Child { part: Part::Frame(frame), lent: Some(lent) } => Driven::of(frame, lent),
            _ => empty(),
        }
    }
}

/// As an ordinary future: driven by the task that polls it. Nothing is stored, steps are not announced, and what it yields goes
/// to a [`Twin`](crate::testing::Twin) if one drives the task.
impl<L: Lent, M: Frame<Lent = L>, B> Future for Call<'_, L, M, B> {
    type Output = M::Return;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<M::Return> {
        let mut cx = Cx::new(context.waker(), false);
        // SAFETY: the child is pinned with `self` and not moved.
        let child = unsafe { Pin::new_unchecked(&mut self.get_unchecked_mut().child) };
        // SAFETY: `'a` outlives `self`, so every flight, which the frame holds; the borrows are the call's alone for as long.
        unsafe { child.go_on(true, &mut cx) }
    }
}

/// What a coroutine gives that borrows from what it was lent, on its way to who awaits it. `S` is the shape of its type.
pub struct Given<S: ?Sized + Over<'static, Is: Sized>>(<S as Over<'static>>::Is);

// SAFETY: it is made when a frame returns, and taken in the same resume by who awaits it.
unsafe impl<S: ?Sized + Over<'static, Is: Sized>> Send for Given<S> {}

impl<S: ?Sized + for<'x> Over<'x, Is: Sized>> Given<S> {
    /// What the function gives.
    #[inline(always)]
    pub fn of<'x>(value: <S as Over<'x>>::Is) -> Self {
        let value = ManuallyDrop::new(value);
        // SAFETY: only a lifetime is another, which nothing of the layout depends on, and the value is not used again. Who takes it uses it
        // no longer than what was lent lasts: see `into_inner` and `at`.
        Given(unsafe { std::mem::transmute_copy::<ManuallyDrop<<S as Over<'x>>::Is>, <S as Over<'static>>::Is>(&value) })
    }

    /// What it is, for emitted code. That the function uses it no longer than it should is what rustc has checked in the twin, whose code is
    /// the same: it does not wait meanwhile, as what is not stored cannot be there over a wait.
    #[inline(always)]
    pub(super) fn into_inner(self) -> <S as Over<'static>>::Is {
        self.0
    }

    /// What it is.
    ///
    /// # Safety
    /// What the coroutine was lent lasts for `'x`.
    unsafe fn at<'x>(self) -> <S as Over<'x>>::Is {
        let value = ManuallyDrop::new(self.0);
        // SAFETY: only a lifetime is another; the value was made of what the coroutine was lent, and is not used again.
        unsafe { std::mem::transmute_copy::<ManuallyDrop<<S as Over<'static>>::Is>, <S as Over<'x>>::Is>(&value) }
    }
}

/// What calling a coroutine gives that returns a borrow of what it is lent: as a [`Call`], to be awaited.
#[must_use = "coroutines do nothing unless awaited"]
pub struct Giving<'a, S, L, M, B = ()>
where
    S: ?Sized + Over<'static, Is: Sized>,
    L: Lent,
    M: Frame<Lent = L, Return = Given<S>>,
{
    call: Call<'a, L, M, B>,
}

impl<'a, S, L, M, B> Giving<'a, S, L, M, B>
where
    S: ?Sized + Over<'static, Is: Sized>,
    L: Lent,
    M: Frame<Lent = L, Return = Given<S>>,
{
    /// The call of a function that returns a borrow.
    #[inline(always)]
    pub fn of(call: Call<'a, L, M, B>) -> Self {
        Giving { call }
    }

    #[inline(always)]
    pub(super) fn into_child(self) -> Child<M> {
        self.call.into_child()
    }
}

/// As for a [`Call`].
impl<'a, S, L, M, B> Future for Giving<'a, S, L, M, B>
where
    S: ?Sized + for<'x> Over<'x, Is: Sized>,
    L: Lent,
    M: Frame<Lent = L, Return = Given<S>>,
{
    type Output = <S as Over<'a>>::Is;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the call is pinned with `self` and not moved.
        let call = unsafe { self.map_unchecked_mut(|this| &mut this.call) };
        // SAFETY: what the call borrows lasts for `'a`, and the function's signature says that what it gives does: its twin was checked by it.
        call.poll(context).map(|given| unsafe { given.at() })
    }
}

// ---- several frames beside each other -------------------------------------------------------------

/// What goes on beside others: a child in its place, or a step.
pub trait Runs: sealed::Runs + Saves + Send + Sized + 'static {
    /// What it is lent.
    type Lent: Lent;
    /// What it gives.
    type Return: Send + 'static;
    /// What it yields.
    type Port: 'static;
    /// Whether it is a step.
    const STEP: bool;
    /// Whether nothing below it need be resumed by itself.
    #[doc(hidden)]
    const SHALLOW: bool;
    /// Goes on.
    ///
    /// # Safety
    /// What is lent must be as `Frame::resume` asks.
    #[doc(hidden)]
    unsafe fn go_on_beside(self: Pin<&mut Self>, raw: <Self::Lent as Lent>::Raw, cx: &mut Cx<'_>) -> Poll<Self::Return>;
    /// As [`Frame::take_lent`].
    ///
    /// # Safety
    /// As there.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn take_lent(&mut self, _: <Self::Lent as Lent>::Raw) {}
    /// Reads it.
    #[doc(hidden)]
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError>;
}

impl<M: Frame> sealed::Runs for Child<M> {}
impl<M: Frame<Return: Send + 'static, Port: 'static>> Runs for Child<M> {
    type Lent = M::Lent;
    type Return = M::Return;
    type Port = M::Port;
    const STEP: bool = M::STEPS;
    const SHALLOW: bool = M::SHALLOW;
    #[inline(always)]
    unsafe fn go_on_beside(self: Pin<&mut Self>, raw: <M::Lent as Lent>::Raw, cx: &mut Cx<'_>) -> Poll<M::Return> {
        // SAFETY: the frame is not moved.
        let this = unsafe { self.get_unchecked_mut() };
        this.lent.get_or_insert(raw);
        // SAFETY: pinned with `self`; what is lent is as asked.
        unsafe { Pin::new_unchecked(this).go_on(true, cx) }
    }
    unsafe fn take_lent(&mut self, raw: <M::Lent as Lent>::Raw) {
        // SAFETY: as asked.
        unsafe { self.part.take_lent(raw) };
    }
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        <Self as Awaited>::load(input)
    }
}

impl<R> sealed::Runs for Flight<R> {}
impl<R: Send + 'static> Runs for Flight<R> {
    type Lent = Nothing;
    type Return = R;
    type Port = super::Silent;
    const STEP: bool = true;
    const SHALLOW: bool = true;
    unsafe fn go_on_beside(self: Pin<&mut Self>, (): (), cx: &mut Cx<'_>) -> Poll<R> {
        self.get_mut().go_on(cx)
    }
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        <Self as Awaited>::load(input)
    }
}

/// A child whose value is wanted only if it is accepted.
pub struct Guarded<M: Frame> {
    child: Child<M>,
    /// Not there after a restore, until the frame that they are in goes on.
    accepts: Option<fn(&M::Return) -> bool>,
}

impl<M: Frame> sealed::Runs for Guarded<M> {}
impl<M: Frame<Return: Send + 'static, Port: 'static>> Runs for Guarded<M> {
    type Lent = M::Lent;
    type Return = Option<M::Return>;
    type Port = M::Port;
    const STEP: bool = M::STEPS;
    const SHALLOW: bool = M::SHALLOW;
    unsafe fn go_on_beside(self: Pin<&mut Self>, raw: <M::Lent as Lent>::Raw, cx: &mut Cx<'_>) -> Poll<Option<M::Return>> {
        // SAFETY: the child is not moved.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: it is pinned with `self`; what is lent is as asked.
        let landed = unsafe { Pin::new_unchecked(&mut this.child).go_on_beside(raw, cx) };
        landed.map(|value| Some(value).filter(|value| this.accepts.is_none_or(|accepts| accepts(value))))
    }
    unsafe fn take_lent(&mut self, raw: <M::Lent as Lent>::Raw) {
        // SAFETY: as asked.
        unsafe { self.child.take_lent(raw) };
    }
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Ok(Guarded { child: <Child<M> as Awaited>::load(input)?, accepts: None })
    }
}
impl<M: Frame> Saves for Guarded<M> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        self.child.save_into(out)
    }
}

impl<M: Frame<Return: Send + 'static, Port: 'static>> Guard for Guarded<M> {
    type Value = M::Return;
    fn accept(&mut self, accepts: fn(&M::Return) -> bool) {
        self.accepts = Some(accepts);
    }
}

/// One of several frames beside each other, until it has landed. It has a path of its own, for the driver sees only the frame that
/// they are in: so each goes on at its innermost frame, and whatever it recurses into needs no stack.
pub struct Lane<G: Runs, K> {
    kept: Kept,
    part: Option<G>,
    _keep: PhantomData<fn() -> K>,
}

/// The innermost first, as in a driver. (Frames are pinned in it, so nothing moves out.)
impl<G: Runs, K> Drop for Lane<G, K> {
    fn drop(&mut self) {
        self.kept.clear();
    }
}

// SAFETY: what runs is `Send`, and the path leads to frames below it.
unsafe impl<G: Runs, K> Send for Lane<G, K> {}

impl<G: Runs, K> Lane<G, K> {
    pub(crate) fn new(part: Option<G>) -> Self {
        Lane { kept: Kept::default(), part, _keep: PhantomData }
    }

    pub(crate) fn part(&self) -> Option<&G> {
        self.part.as_ref()
    }

    /// Takes what it is lent again after a restore.
    ///
    /// # Safety
    /// As for [`Frame::take_lent`].
    #[inline]
    unsafe fn take_lent(&mut self, raw: <G::Lent as Lent>::Raw) {
        match &mut self.part {
            // SAFETY: as asked.
            Some(part) => unsafe { part.take_lent(raw) },
            // SAFETY: as asked; what has landed is lent nothing.
            None => unsafe { <G::Lent as Lent>::release(raw) },
        }
    }

    /// Goes on until it suspends or lands; when it lands it is dropped in its place. What a driver keeps is hidden from what lies in it.
    ///
    /// # Safety
    /// What is lent must be as `Frame::resume` asks.
    #[inline(always)]
    unsafe fn go_on(self: Pin<&mut Self>, raw: <G::Lent as Lent>::Raw, cx: &mut Cx<'_>) -> Poll<G::Return> {
        // SAFETY: what runs is not moved, and dropped in its place.
        let this = unsafe { self.get_unchecked_mut() };
        let outer = cx.kept.take();
        // SAFETY: it is pinned with `self`; what is lent is as asked.
        let landed = unsafe { if G::SHALLOW { this.go_on_here(raw, cx) } else { this.go_on_by_path(raw, cx) } };
        cx.kept = outer;
        if cx.stop.is_failed()
            && let Some(failure) = this.kept.failure.take()
        {
            cx.fail(failure);
        }
        if landed.is_ready() {
            this.part = None;
        }
        landed
    }

    /// # Safety
    /// It is pinned, and what is lent must be as `Frame::resume` asks.
    #[inline(always)]
    unsafe fn go_on_here(&mut self, raw: <G::Lent as Lent>::Raw, cx: &mut Cx<'_>) -> Poll<G::Return> {
        let Some(part) = &mut self.part else { super::slots::finished() };
        // SAFETY: it is pinned in its lane; what is lent is as asked.
        unsafe { Pin::new_unchecked(part).go_on_beside(raw, cx) }
    }

    /// As a driver goes on: the innermost frame first.
    ///
    /// # Safety
    /// It is pinned, and what is lent must be as `Frame::resume` asks.
    unsafe fn go_on_by_path(&mut self, raw: <G::Lent as Lent>::Raw, cx: &mut Cx<'_>) -> Poll<G::Return> {
        loop {
            let levels = self.kept.path.len();
            let innermost = self.kept.path.last().copied();
            cx.kept = Some(NonNull::from(&mut self.kept));
            match innermost {
                // SAFETY: it is the innermost on the path: what it was lent lies in the frames above it, which rest in awaiting it,
                // or is what this lane was lent.
                Some(level) => {
                    if unsafe { (level.of.go_on)(level.child, cx) } {
                        self.kept.path.pop();
                        continue;
                    }
                }
                // SAFETY: as asked.
                None => {
                    if let Poll::Ready(value) = unsafe { self.go_on_here(raw, cx) } {
                        return Poll::Ready(value);
                    }
                }
            }
            self.kept.path[levels..].reverse();
            let calls = cx.stop.0 & Stop::CALLS != 0;
            cx.stop.0 &= !(Stop::DEEPER | Stop::CALLS);
            if !calls {
                return Poll::Pending;
            }
        }
    }
}

/// Frames beside each other, as a tuple of [`Lane`]s.
pub trait Lanes: sealed::Lanes + Send + Sized + 'static {
    /// What they are lent: an [`Each`].
    type Lent: Lent;
    /// What they yield.
    type Port: 'static;
    /// What they gave, as a tuple of options.
    type Landed: Send + 'static;
    /// How they are counted.
    #[doc(hidden)]
    type Set: Set + Send + 'static;
    /// Whether steps are among them.
    const STEPS: bool;
    /// What stands for all their types.
    #[doc(hidden)]
    fn key() -> usize {
        std::any::type_name::<Self::Landed>().as_ptr() as usize
    }
    #[doc(hidden)]
    fn none() -> Self::Landed;
    /// Those that have not landed.
    #[doc(hidden)]
    fn running(landed: &Self::Landed) -> Self::Set;
    #[doc(hidden)]
    fn save_landed(landed: &Self::Landed, out: &mut Out<'_>) -> Result<(), NotNow>;
    #[doc(hidden)]
    fn load_landed(input: &mut In<'_>) -> Result<Self::Landed, RestoreError>;
    #[doc(hidden)]
    fn under_way<'f>(&'f self, found: &mut Vec<&'f dyn Saves>);
    #[doc(hidden)]
    fn load(landed: &Self::Landed, input: &mut In<'_>) -> Result<Self, RestoreError>;
    /// Takes what they are lent again after a restore.
    ///
    /// # Safety
    /// As for [`Frame::take_lent`].
    #[doc(hidden)]
    unsafe fn take_lent(&mut self, raw: <Self::Lent as Lent>::Raw);
    /// Resumes the `n`th, which has not landed, and says whether it has then.
    ///
    /// # Safety
    /// What is lent must be as `Frame::resume` asks.
    #[doc(hidden)]
    unsafe fn go_on(self: Pin<&mut Self>, n: usize, raw: <Self::Lent as Lent>::Raw, landed: &mut Self::Landed, cx: &mut Cx<'_>) -> bool;
}

#[inline(always)]
fn lands<R>(landed: &mut Option<R>, polled: Poll<R>) -> bool {
    let Poll::Ready(value) = polled else { return false };
    *landed = Some(value);
    true
}

macro_rules! lanes { ($(($first:ident $kf:ident 0 $(, $g:ident $k:ident $n:tt)*);)*) => { $(
    impl<$first: Runs, $kf $(, $g: Runs, $k)*> sealed::Lanes for (Lane<$first, $kf>, $(Lane<$g, $k>,)*) {}
    impl<$first: Runs, $kf: Keeps<$first::Return> $(, $g: Runs, $k: Keeps<$g::Return>)*> Lanes for (Lane<$first, $kf>, $(Lane<$g, $k>,)*)
    {
        type Lent = Each<($first::Lent, $($g::Lent,)*)>;
        type Port = Ports<($first::Port, $($g::Port,)*)>;
        type Landed = (Option<$first::Return>, $(Option<$g::Return>,)*);
        type Set = Word;
        const STEPS: bool = $first::STEP $(|| $g::STEP)*;

        fn none() -> Self::Landed {
            (None::<$first::Return>, $(None::<$g::Return>,)*)
        }

        #[inline]
        fn running(landed: &Self::Landed) -> Word {
            Word(u32::from(landed.0.is_none()) $(| u32::from(landed.$n.is_none()) << $n)*)
        }

        fn save_landed(landed: &Self::Landed, out: &mut Out<'_>) -> Result<(), NotNow> {
            $kf::save(&landed.0, out)?;
            $($k::save(&landed.$n, out)?;)*
            Ok(())
        }

        fn load_landed(input: &mut In<'_>) -> Result<Self::Landed, RestoreError> {
            Ok(($kf::load(input)?, $($k::load(input)?,)*))
        }

        fn under_way<'f>(&'f self, found: &mut Vec<&'f dyn Saves>) {
            found.extend(self.0.part().map(|part| part as &dyn Saves));
            $(found.extend(self.$n.part().map(|part| part as &dyn Saves));)*
        }

        fn load(landed: &Self::Landed, input: &mut In<'_>) -> Result<Self, RestoreError> {
            let owner = input.current();
            let mut branches = 0..;
            let mut branch = || branches.next().unwrap_or_default();
            Ok((
                Lane::new(if landed.0.is_none() { Some(input.branch(owner, branch(), <$first as Runs>::load)?) } else { None }),
                $(Lane::new(if landed.$n.is_none() { Some(input.branch(owner, branch(), <$g as Runs>::load)?) } else { None }),)*
            ))
        }

        unsafe fn take_lent(&mut self, raw: <Self::Lent as Lent>::Raw) {
            // SAFETY: as asked, each its own.
            unsafe {
                self.0.take_lent(raw.0);
                $(self.$n.take_lent(raw.$n);)*
            }
        }

        #[inline(always)]
        unsafe fn go_on(
            self: Pin<&mut Self>,
            n: usize,
            raw: <Self::Lent as Lent>::Raw,
            landed: &mut Self::Landed,
            cx: &mut Cx<'_>,
        ) -> bool {
            // SAFETY: the lanes are not moved.
            let this = unsafe { self.get_unchecked_mut() };
            // SAFETY: each lane is pinned with the tuple; what is lent is as asked.
            unsafe {
                match n {
                    0 => lands(&mut landed.0, Pin::new_unchecked(&mut this.0).go_on(raw.0, cx)),
                    $($n => lands(&mut landed.$n, Pin::new_unchecked(&mut this.$n).go_on(raw.$n, cx)),)*
                    _ => empty(),
                }
            }
        }
    }
)* } }
lanes! {
    (A KA 0);
    (A KA 0, B KB 1);
    (A KA 0, B KB 1, C KC 2);
    (A KA 0, B KB 1, C KC 2, D KD 3);
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4);
    (A KA 0, B KB 1, C KC 2, D KD 3, E KE 4, F KF 5);
}

/// Any number of frames of one function beside each other. (No lane is added or taken out, so they stay where they are.)
pub struct Many<M: Frame<Return: Send + 'static, Port: 'static>> {
    lanes: Vec<Lane<Child<M>, ()>>,
    /// What each is lent. After a restore it has none, until they are lent it again.
    lent: Vec<<M::Lent as Lent>::Raw>,
}

// SAFETY: as for a child.
unsafe impl<M: Frame<Return: Send + 'static, Port: 'static>> Send for Many<M> {}

impl<M: Frame<Return: Send + 'static, Port: 'static>> sealed::Lanes for Many<M> {}
impl<M> Lanes for Many<M>
where
    M: Frame<Return: Serialize + DeserializeOwned + Send + 'static, Port: 'static>,
{
    type Lent = <M::Lent as Lent>::All;
    type Port = M::Port;
    type Landed = Vec<Option<M::Return>>;
    type Set = Words;
    const STEPS: bool = M::STEPS;

    fn none() -> Self::Landed {
        Vec::new()
    }

    fn running(landed: &Self::Landed) -> Words {
        landed.iter().enumerate().filter(|(_, landed)| landed.is_none()).map(|(n, _)| n).collect()
    }

    fn save_landed(landed: &Self::Landed, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<Self::Landed>() {
            return Ok(());
        }
        out.value(landed)
    }

    fn load_landed(input: &mut In<'_>) -> Result<Self::Landed, RestoreError> {
        input.value()
    }

    fn under_way<'f>(&'f self, found: &mut Vec<&'f dyn Saves>) {
        found.extend(self.lanes.iter().filter_map(|lane| lane.part().map(|part| part as &dyn Saves)));
    }

    fn load(landed: &Self::Landed, input: &mut In<'_>) -> Result<Self, RestoreError> {
        let owner = input.current();
        let mut branches = 0..;
        let mut lane = |landed: &Option<M::Return>| match landed {
            Some(_) => Ok(Lane::new(None)),
            None => input.branch(owner, branches.next().unwrap_or_default(), <Child<M> as Runs>::load).map(|part| Lane::new(Some(part))),
        };
        let lanes = landed.iter().map(&mut lane).collect::<Result<_, _>>()?;
        Ok(Many { lanes, lent: <Self::Lent as LentToAll<M::Lent>>::none(landed.len()) })
    }

    unsafe fn take_lent(&mut self, raw: <Self::Lent as Lent>::Raw) {
        let lanes = self.lanes.len();
        // SAFETY: it was made for these lanes, which are told once.
        match unsafe { <Self::Lent as LentToAll<M::Lent>>::of_each(raw, lanes) } {
            Some(lent) => self.lent = lent,
            None => others(lanes),
        }
    }

    unsafe fn go_on(self: Pin<&mut Self>, n: usize, _: <Self::Lent as Lent>::Raw, landed: &mut Self::Landed, cx: &mut Cx<'_>) -> bool {
        // SAFETY: the lanes are not moved.
        let this = unsafe { self.get_unchecked_mut() };
        let (Some(lane), Some(raw), Some(landed)) = (this.lanes.get_mut(n), this.lent.get(n), landed.get_mut(n)) else { empty() };
        // SAFETY: each lane is pinned in the list, which is never grown nor shrunk; what is lent was lent for it, as asked.
        lands(landed, unsafe { Pin::new_unchecked(lane).go_on(*raw, cx) })
    }
}

/// What is gone over is not what it was: it has interior mutability, or what goes over it is not what its name says.
#[cold]
#[inline(never)]
fn others(lanes: usize) -> ! {
    panic!(
        "coroutines that were beside each other, {lanes} of them, were to be lent what they borrow after a restore, and what `join_all` goes over gave another number of calls: what it goes over must not change"
    )
}

impl<C, M> Several<C, Many<M>>
where
    M: Frame<Return: Serialize + DeserializeOwned + Send + 'static, Port: 'static>,
    C: Combines<Vec<Option<M::Return>>>,
{
    /// A call of them all. What the calls borrow lasts for `'a`, and so long does this one.
    pub(crate) fn of_many<'a, 'c: 'a, L: Lent, B: 'a>(calls: impl Iterator<Item = Call<'c, L, M, B>>) -> Call<'a, L::All, Self>
    where
        M: Frame<Lent = L>,
    {
        let (mut lanes, mut lent) = (Vec::new(), Vec::new());
        for call in calls {
            let child = call.into_child();
            lent.push(child.lent.unwrap_or_else(|| empty()));
            lanes.push(Lane::new(Some(child)));
        }
        let landed = lanes.iter().map(|_| None).collect();
        Several::call(Many { lanes, lent }, landed, <L::All as LentToAll<L>>::NONE)
    }
}

/// What becomes one of several frames beside each other; what it borrows lasts for `'a`.
pub trait Branch<'a> {
    /// What goes on.
    type Runs: Runs;
    /// How what it gives is kept until the others have landed.
    type Keep;
    /// What it gives from the start, and does not run for.
    #[doc(hidden)]
    fn landed(&self) -> Option<<Self::Runs as Runs>::Return> {
        None
    }
    /// The lane, and what it was lent.
    #[doc(hidden)]
    #[allow(clippy::type_complexity, reason = "two things that are made at once")]
    fn into_lane(self) -> (Lane<Self::Runs, Self::Keep>, <<Self::Runs as Runs>::Lent as Lent>::Raw);
}

/// A call as a branch.
pub struct ChildBranch<'a, L: Lent, M: Frame<Lent = L>, B, K>(Call<'a, L, M, B>, PhantomData<K>);
impl<'a, L: Lent, M: Frame<Lent = L>, B, K> ChildBranch<'a, L, M, B, K> {
    pub(crate) fn new(call: Call<'a, L, M, B>) -> Self {
        ChildBranch(call, PhantomData)
    }
}
// (What the call was lent lasts for `'c`, or for the lifetimes in `B`, so for `'a` too.)
impl<'a, 'c: 'a, L: Lent, M: Frame<Lent = L, Return: Send + 'static, Port: 'static>, B: 'a, K> Branch<'a> for ChildBranch<'c, L, M, B, K> {
    type Runs = Child<M>;
    type Keep = K;
    fn into_lane(self) -> (Lane<Child<M>, K>, L::Raw) {
        let child = self.0.into_child();
        let Some(raw) = child.lent else { empty() };
        (Lane::new(Some(child)), raw)
    }
}

/// A call as a branch whose value is wanted only if it is accepted: else it gives nothing, from the start if it is not wanted at all.
pub struct GuardedBranch<'a, L: Lent, M: Frame<Lent = L>, B, K> {
    call: Option<Call<'a, L, M, B>>,
    raw: L::Raw,
    accepts: fn(&M::Return) -> bool,
    _keep: PhantomData<K>,
}
impl<'a, L: Lent, M: Frame<Lent = L>, B, K> GuardedBranch<'a, L, M, B, K> {
    pub(crate) fn new(call: Call<'a, L, M, B>, wanted: bool, accepts: fn(&M::Return) -> bool) -> Self {
        let Some(raw) = call.child.lent else { empty() };
        GuardedBranch { call: wanted.then_some(call), raw, accepts, _keep: PhantomData }
    }
}
// (As for a `ChildBranch`.)
impl<'a, 'c: 'a, L: Lent, M: Frame<Lent = L, Return: Send + 'static, Port: 'static>, B: 'a, K> Branch<'a>
    for GuardedBranch<'c, L, M, B, K>
{
    type Runs = Guarded<M>;
    type Keep = K;
    fn landed(&self) -> Option<Option<M::Return>> {
        self.call.is_none().then_some(None)
    }
    fn into_lane(self) -> (Lane<Guarded<M>, K>, L::Raw) {
        let guarded = |call: Call<'c, L, M, B>| Guarded { child: call.into_child(), accepts: Some(self.accepts) };
        (Lane::new(self.call.map(guarded)), self.raw)
    }
}

/// Any other future as a branch.
pub struct StepBranch<F, K>(F, PhantomData<K>);
impl<F, K> StepBranch<F, K> {
    pub(crate) fn new(future: F) -> Self {
        StepBranch(future, PhantomData)
    }
    pub(crate) fn into_future(self) -> F {
        self.0
    }
}
impl<'a, F: Future<Output: Send + 'static> + Send + 'a, K> Branch<'a> for StepBranch<F, K> {
    type Runs = Flight<F::Output>;
    type Keep = K;
    fn into_lane(self) -> (Lane<Flight<F::Output>, K>, ()) {
        (Lane::new(Some(Flight::of(Box::pin(self.0)))), ())
    }
}

/// What cannot be a branch in a coroutine, though it can in an ordinary task.
pub struct NoBranch<F, K>(F, PhantomData<K>);
impl<F, K> NoBranch<F, K> {
    pub(crate) fn new(future: F) -> Self {
        NoBranch(future, PhantomData)
    }
}
impl<'a, F: Future<Output: Send + 'static> + Send + 'a, K> Branch<'a> for NoBranch<F, K> {
    type Runs = Flight<F::Output>;
    type Keep = K;
    fn into_lane(self) -> (Lane<Flight<F::Output>, K>, ()) {
        (Lane::new(Some(Flight::of(Box::pin(self.0)))), ())
    }
}

/// Branches that become frames beside each other.
pub trait Branches<'a> {
    /// What they become.
    type Lanes: Lanes;
    /// A call of them all. What the branches borrow lasts for `'a`, and so long does the call.
    #[doc(hidden)]
    fn together<Way: Combines<<Self::Lanes as Lanes>::Landed>>(self) -> Call<'a, <Self::Lanes as Lanes>::Lent, Several<Way, Self::Lanes>>;
}

macro_rules! branches { ($(($($b:ident $n:tt),*);)*) => { $(
    impl<'a, $($b: Branch<'a>),*> Branches<'a> for ($($b,)*)
    where
        ($(Lane<$b::Runs, $b::Keep>,)*):
            Lanes<Lent = Each<($(<$b::Runs as Runs>::Lent,)*)>, Landed = ($(Option<<$b::Runs as Runs>::Return>,)*)>,
    {
        type Lanes = ($(Lane<$b::Runs, $b::Keep>,)*);
        fn together<Way: Combines<<Self::Lanes as Lanes>::Landed>>(self) -> Call<'a, <Self::Lanes as Lanes>::Lent, Several<Way, Self::Lanes>> {
            let landed = ($(self.$n.landed(),)*);
            let branches = ($(self.$n.into_lane(),)*);
            let raw = ($(branches.$n.1,)*);
            Several::call(($(branches.$n.0,)*), landed, raw)
        }
    }
)* } }
branches! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
}

/// Frames beside each other in one frame; `C` says when it is over and what it gives.
pub struct Several<C, B: Lanes> {
    lanes: B,
    landed: B::Landed,
    turns: Turns<B::Set>,
    _combines: PhantomData<fn() -> C>,
    _pinned: PhantomPinned,
}

impl<C: Combines<B::Landed>, B: Lanes> Several<C, B> {
    /// A call of it. `raw` is what the lanes' own calls were lent, for `'a`.
    fn call<'a>(lanes: B, landed: B::Landed, raw: <B::Lent as Lent>::Raw) -> Call<'a, B::Lent, Self> {
        let several = Several { lanes, landed, turns: Turns::new(B::STEPS), _combines: PhantomData, _pinned: PhantomPinned };
        Call { child: Child { part: Part::Frame(several), lent: Some(raw) }, _lent: PhantomData }
    }

    fn save_values(landed: &B::Landed, turns: &Turns<B::Set>, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.state(0)?;
        turns.save(out)?;
        B::save_landed(landed, out)
    }
}

macro_rules! accepts { ($(($($g:ident $k:ident $n:tt),*);)*) => { $(
    impl<C, $($g: Guard, $k),*> Accepts for Several<C, ($(Lane<$g, $k>,)*)>
    where
        ($(Lane<$g, $k>,)*): Lanes,
    {
        type By = ($(fn(&$g::Value) -> bool,)*);
        fn accept(&mut self, by: Self::By) {
            $(if let Some(branch) = &mut self.lanes.$n.part {
                branch.accept(by.$n);
            })*
        }
    }
)* } }
accepts! {
    (A KA 0, B KB 1);
    (A KA 0, B KB 1, D KD 2);
    (A KA 0, B KB 1, D KD 2, E KE 3);
    (A KA 0, B KB 1, D KD 2, E KE 3, F KF 4);
    (A KA 0, B KB 1, D KD 2, E KE 3, F KF 4, G KG 5);
}

impl<M: Frame + Accepts> Accepts for Child<M> {
    type By = M::By;
    fn accept(&mut self, by: M::By) {
        if let Part::Frame(frame) = &mut self.part {
            frame.accept(by);
        }
    }
}

/// One resume of frames beside each other, whose safety is that of their frame's.
struct Round<'r, C, B: Lanes> {
    lanes: &'r mut B,
    landed: &'r mut B::Landed,
    raw: <B::Lent as Lent>::Raw,
    _combines: PhantomData<fn() -> C>,
}

impl<C: Combines<B::Landed>, B: Lanes> Beside for Round<'_, C, B> {
    type Set = B::Set;
    #[inline(always)]
    fn running(&self) -> B::Set {
        B::running(self.landed)
    }
    #[inline(always)]
    fn are_over(&self) -> bool {
        C::is_over(self.landed)
    }
    #[inline(always)]
    fn go_on(&mut self, n: usize, cx: &mut Cx<'_>) -> bool {
        // SAFETY: `Frame::resume` alone makes a round, of lanes that are pinned with their frame; what is lent is as it asks.
        unsafe { Pin::new_unchecked(&mut *self.lanes).go_on(n, self.raw, self.landed, cx) }
    }
}

impl<C, B: Lanes> sealed::Frame for Several<C, B> {}
impl<C: Combines<B::Landed>, B: Lanes> Frame for Several<C, B> {
    type Lent = B::Lent;
    type Return = C::Return;
    type Port = B::Port;
    const STEPS: bool = B::STEPS;

    unsafe fn resume(self: Pin<&mut Self>, lent: &mut Lend<'_, B::Lent>, cx: &mut Cx<'_>) -> Poll<C::Return> {
        // SAFETY: the lanes are not moved.
        let this = unsafe { self.get_unchecked_mut() };
        let Several { lanes, landed, turns, .. } = this;
        let mut round = Round::<C, B> { lanes, landed, raw: lent.raw, _combines: PhantomData };
        if !turns.round(cx, &mut round) {
            return Poll::Pending;
        }
        Poll::Ready(C::finish(landed))
    }

    unsafe fn take_lent(&mut self, raw: <B::Lent as Lent>::Raw) {
        // SAFETY: as asked.
        unsafe { self.lanes.take_lent(raw) };
    }

    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        out.frame(C::INFO, B::key(), &|out| Self::save_values(&self.landed, &self.turns, out))?;
        let mut lanes = Vec::new();
        self.lanes.under_way(&mut lanes);
        out.branches(lanes);
        Ok(())
    }

    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        input.frame(C::INFO, B::key(), &|out| Self::save_values(&B::none(), &Turns::new(false), out))?;
        let turns = Turns::load(input)?;
        let landed = B::load_landed(input)?;
        let lanes = B::load(&landed, input)?;
        Ok(Several { lanes, landed, turns, _combines: PhantomData, _pinned: PhantomPinned })
    }
}

// ---- an awaited operand ---------------------------------------------------------------------------

/// A child in its place in its parent's frame, and what was lent to it: from the call to its end, as in plain async. Empty after
/// a restore, until it is lent again.
pub struct Child<M: Frame> {
    part: Part<M, M::Return>,
    lent: Option<<M::Lent as Lent>::Raw>,
}

enum Part<M, R> {
    Frame(M),
    /// What it returned when the driver resumed it by itself; its parent, which is resumed next, takes it first of all.
    Landed(R),
    Gone,
}

impl<M: Frame> Part<M, M::Return> {
    /// As [`Frame::take_lent`].
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    unsafe fn take_lent(&mut self, raw: <M::Lent as Lent>::Raw) {
        match self {
            // SAFETY: as asked.
            Part::Frame(frame) => unsafe { frame.take_lent(raw) },
            // SAFETY: as asked; it needs it no longer.
            Part::Landed(_) | Part::Gone => unsafe { <M::Lent as Lent>::release(raw) },
        }
    }
}

// SAFETY: frames are `Send`. The pointers lead into the frames above, which move with this one, or to what the root was lent: the
// root's driver is `Send` only if that is. A value that has landed is taken in the same resume.
unsafe impl<M: Frame> Send for Child<M> {}

/// What a child is lent, if it was lent already: nothing needs no lending.
#[inline(always)]
fn held<L: Lent>(lent: Option<L::Raw>) -> Option<L::Raw> {
    if const { size_of::<L::Raw>() == 0 } {
        // SAFETY: it has no bytes, and is `Copy`: a list of no pointers, for each pointer has some.
        return Some(unsafe { NonNull::<L::Raw>::dangling().read() });
    }
    lent
}

impl<M: Frame> Child<M> {
    /// `begins`: this is its first resume.
    ///
    /// # Safety
    /// What was lent to it must be as `Frame::resume` asks.
    #[inline(always)]
    unsafe fn go_on(self: Pin<&mut Self>, begins: bool, cx: &mut Cx<'_>) -> Poll<M::Return> {
        // SAFETY: the frame is not moved, and dropped in its place.
        let this = unsafe { self.get_unchecked_mut() };
        if !matches!(this.part, Part::Frame(_)) {
            return Poll::Ready(this.landed());
        }
        if M::SHALLOW {
            // SAFETY: its pin is structural; what is lent is as asked.
            let landed = unsafe { Pin::new_unchecked(&mut *this).go_on_here(cx) };
            if !M::LEAF && !begins && landed.is_pending() {
                cx.note(this);
            }
            return landed;
        }
        // SAFETY: it is pinned and borrowed solely; what is lent is as asked.
        if unsafe { (Kind::of::<M>().go_on)(NonNull::from(&mut *this).cast(), cx) } {
            return Poll::Ready(this.landed());
        }
        cx.note(this);
        Poll::Pending
    }

    /// Resumes the frame through its parent. (Always inlined: a small function's code then stands in its caller's, as with rustc's own
    /// machines.)
    ///
    /// # Safety
    /// What was lent to it must be as `Frame::resume` asks.
    #[inline(always)]
    unsafe fn go_on_here(self: Pin<&mut Self>, cx: &mut Cx<'_>) -> Poll<M::Return> {
        // SAFETY: the frame is not moved, and dropped in its place.
        let this = unsafe { self.get_unchecked_mut() };
        let (Part::Frame(frame), Some(raw)) = (&mut this.part, held::<M::Lent>(this.lent)) else { super::slots::finished() };
        // SAFETY: it is pinned in its place; what is lent is as asked.
        let landed = unsafe { Pin::new_unchecked(frame).resume(&mut Lend { raw, _lent: PhantomData }, cx) };
        if landed.is_ready() {
            // It goes before its value is used, with whatever it left under way.
            this.part = Part::Gone;
        }
        landed
    }

    #[inline]
    fn landed(&mut self) -> M::Return {
        match std::mem::replace(&mut self.part, Part::Gone) {
            Part::Landed(value) => value,
            Part::Frame(_) | Part::Gone => super::slots::finished(),
        }
    }
}

/// A slot for an operand's block to borrow: `'x` is longer than any local of a resume.
///
/// (The slots are reached one by one. A function that is given all of them has their types in its own, and rustc looks at each that is
/// not known yet again with every expression that follows.)
#[inline(always)]
pub fn reach<'x, T, L: Lent>(slot: &mut Option<T>, _: &Lend<'x, L>) -> &'x mut Option<T> {
    let slot = &raw mut *slot;
    // SAFETY: the slots are pinned in their frame. Emitted code reaches a slot once for a block, and the frame rests in the await that
    // follows until the block has landed or is dropped; `wait`, where the block goes, is dropped before the slots.
    unsafe { &mut *slot }
}

/// As [`reach`], for a variable that the block only uses by value: it is taken out or copied, so nothing that comes out of the block borrows
/// from the slot, and no type has to name for how long it is reached. (rustc makes that the lifetime of a trait's coroutine, which names its own.)
#[inline(always)]
pub fn reach_value<T: 'static, L: Lent>(slot: &mut Option<T>, _: &Lend<'_, L>) -> &'static mut Option<T> {
    let slot = &raw mut *slot;
    // SAFETY: as for `reach`; the block is the only one that has it, and is dropped before the slots.
    unsafe { &mut *slot }
}

/// What was lent, for an operand's block.
///
/// What is lent by a shared borrow comes as `'static`, so that what a step gives may borrow from it (the guard of a lock, a permit) and
/// live in the code after the step, up to the end of the frame. That the function uses it no longer than it should is what rustc has
/// checked in the twin, whose code is the same.
#[inline(always)]
pub fn lent<'x, L: Lent>(lent: &mut Lend<'x, L>) -> L::Step<'x> {
    // SAFETY: what is lent outlives the frame, as `Frame::resume` asks, and nothing that borrows from it leaves the frame: the twin would
    // not have passed the borrow checker. The frame rests until the block has landed or is dropped, so none other is used meanwhile.
    unsafe { L::step(lent.raw) }
}

/// How long an operand's block has what it is lent and what it reaches, by what it is the operand of.
///
/// (rustc makes that a part of the type of a trait's coroutine, which names its own lifetimes; and a type in a frame names none but `'static`.)
pub struct Outlives(());
/// As long as any local of a resume: it is no call of a coroutine.
pub struct OutlivesResume(());

impl Choice for Outlives {
    const CHOSEN: Self = Outlives(());
}
impl Choice for OutlivesResume {
    const CHOSEN: Self = OutlivesResume(());
}

impl Outlives {
    /// As [`lent`], for a coroutine.
    #[inline(always)]
    pub fn lent<L: Lent>(&self, lent: &mut Lend<'_, L>) -> L::At<'static> {
        // SAFETY: as for `lent`; the block is ready at once, and what it gives is taken into the frame: a coroutine, which is resumed, and lent
        // to, before anything else in the frame is, and is dropped before what it was lent.
        unsafe { L::back(lent.raw) }
    }

    /// As [`reach`], for a coroutine.
    #[inline(always)]
    pub fn reach<T: 'static, L: Lent>(&self, slot: &mut Option<T>, _: &Lend<'_, L>) -> &'static mut Option<T> {
        let slot = &raw mut *slot;
        // SAFETY: as for `reach`; and what the block gives is a coroutine, as for `lent`.
        unsafe { &mut *slot }
    }
}

impl OutlivesResume {
    /// [`lent`].
    #[inline(always)]
    pub fn lent<'x, L: Lent>(&self, lent: &mut Lend<'x, L>) -> L::Step<'x> {
        self::lent(lent)
    }

    /// [`reach`].
    #[inline(always)]
    pub fn reach<'x, T, L: Lent>(&self, slot: &mut Option<T>, lent: &Lend<'x, L>) -> &'x mut Option<T> {
        reach(slot, lent)
    }
}

/// An operand's block. It may borrow slots that were reached and what was lent, and nothing else: `'x` is longer than any local of a
/// resume, so rustc refuses the others.
#[inline(always)]
pub fn operand<'x, L: Lent, B: Future<Output = O> + 'x, O: 'x>(_: &Lend<'x, L>, block: B) -> Block<B, O> {
    Block::new(block)
}

/// A variable that a step borrows for what it gives: a guard, a permit. Emitted for variables that are never assigned nor moved, so
/// that they lie in their slot until it is emptied, after everything that was declared later.
#[inline(always)]
pub fn pinned<T: 'static>(slot: &Option<T>) -> &'static T {
    super::slots::seen(pinned_slot(slot))
}

/// The slot of such a variable.
#[inline(always)]
pub(super) fn pinned_slot<T: 'static>(slot: &Option<T>) -> &'static Option<T> {
    // SAFETY: as for `reach`: the slot is pinned in its frame and is not written to before it is emptied, and what borrows from it is
    // gone by then, which rustc has checked in the twin.
    unsafe { &*std::ptr::from_ref(slot) }
}

/// An ordinary future under way. It may borrow its frame's pinned variables and what was lent to it.
pub struct Flight<O>(Pin<Box<dyn Future<Output = O> + Send>>);

impl<O> Flight<O> {
    pub(super) fn of<'x>(flight: Pin<Box<dyn Future<Output = O> + Send + 'x>>) -> Self
    where
        O: 'x,
    {
        // SAFETY: only the lifetime changes. What the flight borrows lives in frames that are pinned and that nobody touches until
        // it has landed or is dropped: its own rests in this await, those above in awaiting it; it lies in its frame's `wait`,
        // which is dropped before the slots; and drivers outlive nothing of what they are lent.
        Flight(unsafe {
            std::mem::transmute::<Pin<Box<dyn Future<Output = O> + Send + 'x>>, Pin<Box<dyn Future<Output = O> + Send>>>(flight)
        })
    }

    #[inline]
    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>) -> Poll<O> {
        let landed = self.0.as_mut().poll(&mut Context::from_waker(cx.waker));
        if landed.is_pending() {
            cx.stop.0 |= Stop::FLYING;
        }
        landed
    }
}

/// A child whose type would contain its parent's: boxed and erased, and after a restore raw until the call site, which knows its
/// type, resumes it.
pub struct Deep<R, P>(Erasable<R>, PhantomData<fn() -> P>);

enum Erasable<R> {
    Live(AnyChild<R>),
    Raw(Frozen),
}

/// A child of which the type is forgotten.
pub(super) type AnyChild<R> = Pin<Box<dyn IsChild<R> + Send>>;

pub(super) trait IsChild<R>: Saves {
    /// # Safety
    /// As for `Child::go_on`.
    unsafe fn go_on_erased(self: Pin<&mut Self>, cx: &mut Cx<'_>) -> Poll<R>;
}

impl<M: Frame> IsChild<M::Return> for Child<M> {
    unsafe fn go_on_erased(self: Pin<&mut Self>, cx: &mut Cx<'_>) -> Poll<M::Return> {
        // SAFETY: the frame is not moved.
        let this = unsafe { self.get_unchecked_mut() };
        if matches!(this.part, Part::Frame(_)) && cx.note(this) {
            // Its parent suspends, and the driver resumes it: however deep a recursion is, its stack is this one.
            cx.stop.0 |= Stop::CALLS;
            return Poll::Pending;
        }
        // SAFETY: as asked.
        unsafe { Pin::new_unchecked(this).go_on(true, cx) }
    }
}

impl<R, P> Deep<R, P> {
    pub(super) fn of<L: Lent, M: Frame<Lent = L, Return = R, Port = P>, B>(call: Pin<Box<Call<'_, L, M, B>>>) -> Self {
        // SAFETY: what is behind the pointer stays where it is.
        let call = Box::into_raw(unsafe { Pin::into_inner_unchecked(call) });
        // SAFETY: a `Call` is a `Child` in its layout, and its `Drop` does nothing.
        let child: Box<Child<M>> = unsafe { Box::from_raw(call.cast()) };
        Deep(Erasable::Live(Box::into_pin(child)), PhantomData)
    }
}

/// The frame of an [`Erased`](crate::Erased) coroutine: that of a function of which only what it gives and yields is known, in a box.
///
/// It writes nothing of its own: in a snapshot stands the function's frame, and by the function's name it is found again.
pub struct Dynamic<R, P> {
    child: Erasable<R>,
    function: Known<R, P>,
    /// It was resumed: something may be under way in it.
    begun: bool,
    /// So that a call that was polled by itself is started by nobody.
    _pinned: PhantomPinned,
}

impl<R: 'static, P: 'static> Dynamic<R, P> {
    pub(super) fn of<M: Frame<Lent = (), Return = R, Port = P>>(call: Call<'static, (), M>) -> Self {
        Dynamic { child: Erasable::Live(Box::pin(call.into_child())), function: Known::of::<M>(), begun: false, _pinned: PhantomPinned }
    }
}

impl<R: 'static, P: 'static> Call<'static, (), Dynamic<R, P>> {
    /// What is stored of it, unless it is polled by itself.
    pub(crate) fn at_rest(&self) -> Option<&dyn Saves> {
        match &self.child.part {
            Part::Frame(frame) if !frame.begun => Some(&self.child),
            Part::Frame(_) | Part::Landed(_) | Part::Gone => None,
        }
    }
}

impl<R, P> sealed::Frame for Dynamic<R, P> {}
impl<R: 'static, P: 'static> Frame for Dynamic<R, P> {
    type Lent = ();
    type Return = R;
    type Port = P;

    unsafe fn resume(self: Pin<&mut Self>, _: &mut Lend<'_, ()>, cx: &mut Cx<'_>) -> Poll<R> {
        // SAFETY: nothing is moved: the child is pinned in its box, and one that is replaced was never resumed.
        let this = unsafe { self.get_unchecked_mut() };
        if let Erasable::Raw(frozen) = &this.child {
            match this.function.thaw(frozen) {
                Ok(child) => this.child = Erasable::Live(child),
                Err(error) => {
                    cx.fail(error);
                    return Poll::Pending;
                }
            }
        }
        this.begun = true;
        match &mut this.child {
            // SAFETY: it is lent nothing.
            Erasable::Live(child) => unsafe { child.as_mut().go_on_erased(cx) },
            Erasable::Raw(_) => empty(),
        }
    }

    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        self.child.save_into(out)
    }

    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        let function = Known::in_scope(input.function()?)?;
        let is_root = input.is_at_root();
        let frozen = input.rest()?;
        // One that others await is decoded where it is resumed: so a restore needs no stack, however deep they await each other.
        let child = if is_root { Erasable::Live(function.thaw(&frozen)?) } else { Erasable::Raw(frozen) };
        Ok(Dynamic { child, function, begun: false, _pinned: PhantomPinned })
    }
}

/// A child of a coroutine that lends nothing, from where it is stored.
pub(super) fn thawed<M: Frame<Lent = ()>>(frozen: &Frozen) -> Result<AnyChild<M::Return>, RestoreError> {
    Ok(Box::pin(Child { part: Part::Frame(frozen.thaw::<M>()?), lent: Some(()) }))
}

// ---- what a frame awaits, resumed -------------------------------------------------------------------

/// A slot from which what is awaited may be lent something again.
pub struct Slot<'x, T> {
    slot: *mut Option<T>,
    _reached: PhantomData<&'x mut T>,
}

impl<T> Clone for Slot<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slot<'_, T> {}

/// A slot to lend from, if something is to be lent. (By a pointer: what is in flight may borrow it.)
#[inline(always)]
pub fn slot<'x, T, L: Lent>(slot: *mut Option<T>, _: &Lend<'x, L>) -> Slot<'x, T> {
    Slot { slot, _reached: PhantomData }
}

impl<'x, T> Slot<'x, T> {
    /// The type of the variable in it.
    #[inline(always)]
    pub fn of(self) -> super::Of<T> {
        super::Of::new()
    }

    /// The slot, where something is lent from it.
    #[inline(always)]
    pub fn again(self) -> &'x mut Option<T> {
        // SAFETY: emitted code calls it once, where it lends to a child that is not lent anything yet: nothing is in flight in it, so
        // nobody uses the slot, which lasts as long as the child: it lies in the frame that awaits it.
        unsafe { &mut *self.slot }
    }
}

/// What a frame awaits, for a transition that mentions its type rarely: see [`reach`].
pub struct Wait<W>(*mut W);

/// What a frame awaits.
#[inline(always)]
pub fn wait<W>(wait: *mut W) -> Wait<W> {
    Wait(wait)
}

impl<W> Wait<W> {
    /// What is awaited.
    #[inline(always)]
    pub fn get<'f>(&self) -> &'f mut W {
        // SAFETY: it points into the frame that is being resumed or loaded. Emitted code reaches `wait` by this alone meanwhile, and uses
        // what it got before it calls this again.
        unsafe { &mut *self.0 }
    }
}

/// What a frame awaits, resumed.
pub struct Awaiting<C> {
    awaited: *mut C,
    begins: bool,
}

/// What is awaited. `begins`: in this resume, after its operand was evaluated.
#[inline(always)]
pub fn awaiting<C>(awaited: &mut C, begins: bool) -> Awaiting<C> {
    Awaiting { awaited, begins }
}

/// What a child is lent that is lent nothing.
#[inline(always)]
pub fn nothing<T>(_: T) {}

impl<C> Awaiting<C> {
    /// Whether it begins with this resume.
    #[inline(always)]
    pub(super) fn begins(&self) -> bool {
        self.begins
    }

    /// What is awaited.
    #[inline(always)]
    pub(super) fn awaited<'f>(&self) -> &'f mut C {
        // SAFETY: it points into the frame that is being resumed, and nothing else borrows `wait` until that resume suspends or goes on.
        unsafe { &mut *self.awaited }
    }

    /// What is lent to a child after a restore.
    #[inline(always)]
    fn lend_again<'x, L: Lent, K: Lent>(&self, lent: &mut Lend<'x, L>, lend: impl FnOnce(L::At<'x>) -> K::At<'x>) -> K::Raw {
        // SAFETY: nothing is in flight in a child that is not lent anything yet, so nobody uses what was lent, which lasts as long as
        // the child: it lies in the frame that it was lent to.
        K::raw(lend(unsafe { L::back(lent.raw) }))
    }

    /// Resumes a child that is awaited. `lend` is run once after a restore: otherwise the call's own borrows last as long as the child.
    #[inline(always)]
    pub(super) fn resume_child<'x, M: Frame, L: Lent>(
        &self,
        child: &mut Child<M>,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<M::Return> {
        if held::<M::Lent>(child.lent).is_none() {
            let raw = self.lend_again::<L, M::Lent>(lent, lend);
            child.lent = Some(raw);
            // SAFETY: it is lent as for its resume, and just now.
            unsafe { child.part.take_lent(raw) };
        }
        // SAFETY: a child is made in its place in its parent's frame, which is pinned, and dropped there: its pin is structural. What
        // was lent to it at the call, or just now, lasts as long as it does: see `lent`.
        unsafe { Pin::new_unchecked(child).go_on(self.begins, cx) }
    }

    /// Resumes an erased child that is awaited; one that is frozen is thawed first, and lent what it was lent before.
    #[inline(always)]
    pub(super) fn resume_deep<'x, R, P, M: Frame<Return = R>, L: Lent>(
        &self,
        deep: &mut Deep<R, P>,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<R> {
        if let Erasable::Raw(frozen) = &deep.0 {
            match frozen.thaw::<M>() {
                Ok(mut frame) => {
                    let raw = self.lend_again::<L, M::Lent>(lent, lend);
                    // SAFETY: it is lent as for its resume, and just now.
                    unsafe { frame.take_lent(raw) };
                    deep.0 = Erasable::Live(Box::pin(Child { part: Part::Frame(frame), lent: Some(raw) }));
                }
                Err(error) => {
                    cx.fail(error);
                    return Poll::Pending;
                }
            }
        }
        match &mut deep.0 {
            // SAFETY: what was lent to it at the call, or just now, lasts as long as it does: see `lent`.
            Erasable::Live(child) => unsafe { child.as_mut().go_on_erased(cx) },
            Erasable::Raw(_) => empty(),
        }
    }
}

// ---- what a frame awaits, written and read ------------------------------------------------------------

impl<M: Frame> Saves for Child<M> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        match &self.part {
            Part::Frame(frame) => frame.save_into(out),
            Part::Landed(_) | Part::Gone => Err(NotNow::landing()),
        }
    }
}

impl<M: Frame> Awaited for Child<M> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Ok(Child { part: Part::Frame(M::load(input)?), lent: None })
    }
}

impl<R> Saves for Erasable<R> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        match self {
            Erasable::Live(child) => child.save_into(out),
            Erasable::Raw(frozen) => out.frozen(frozen),
        }
    }
}

impl<R, P> Saves for Deep<R, P> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        self.0.save_into(out)
    }
}

impl<R, P> Awaited for Deep<R, P> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Ok(Deep(Erasable::Raw(input.rest()?), PhantomData))
    }
}

// ---- the driver: ties a frame that may be in flight to what it is lent ----------------------------------

/// A frame and what it is lent, until both are done with.
pub(crate) struct Driven<'a, M: Frame> {
    kept: Kept,
    frame: Pin<Box<M>>,
    lent: <M::Lent as Lent>::Raw,
    _lent: PhantomData<<M::Lent as Lent>::At<'a>>,
    /// What owns what is lent, where nobody else does. Dropped after the frame.
    #[cfg(feature = "engine")]
    owner: Option<Arc<dyn Any + Send + Sync>>,
}

/// (That there is one makes rustc keep `'a` alive until this is dropped, flights and all.)
impl<M: Frame> Drop for Driven<'_, M> {
    #[inline]
    fn drop(&mut self) {
        self.kept.clear();
    }
}

// SAFETY: frames are `Send`, and the path leads to frames below this one's. The pointers stand for `At<'a>`, which is asked.
unsafe impl<'a, M: Frame> Send for Driven<'a, M> where <M::Lent as Lent>::At<'a>: Send {}

/// How one resume of the innermost frame ended.
pub(crate) enum Step<R> {
    /// It suspended: `Cx::stop` says why.
    Suspended,
    /// The coroutine has returned.
    Returned(R),
    /// There is more to resume at once.
    Goes,
}

impl<'a, M: Frame> Driven<'a, M> {
    pub(crate) fn new(frame: M, lent: <M::Lent as Lent>::At<'a>) -> Self {
        Driven::of(frame, M::Lent::raw(lent))
    }

    fn of(frame: M, lent: <M::Lent as Lent>::Raw) -> Self {
        Driven {
            kept: Kept::default(),
            frame: Box::pin(frame),
            lent,
            _lent: PhantomData,
            #[cfg(feature = "engine")]
            owner: None,
        }
    }

    /// A frame that is lent what `owner` owns, and keeps that alive. `E` may be anything that many threads may look at, as what is lent is
    /// shared, and the frame may be dropped in any.
    #[cfg(feature = "engine")]
    pub(crate) fn owning<E: Any + Send + Sync>(
        owner: Arc<E>,
        make: impl for<'x> FnOnce(&'x E) -> Result<Option<Driven<'x, M>>, RestoreError>,
    ) -> Result<Option<Driven<'static, M>>, RestoreError>
    where
        M::Lent: Shared,
    {
        let Some(driven) = make(&owner)? else { return Ok(None) };
        let driven = ManuallyDrop::new(driven);
        // SAFETY: only the lifetime changes, of which nothing is in the layout, and the one that is read from is never used again. What is
        // lent is borrowed from what `owner` points to, or lasts longer: `make` takes it for any lifetime, and the frame's type names
        // none. It is kept raw and used by this frame alone, flights included; the frame is dropped before `owner`, a field behind it,
        // which stays where it is; and what an `Arc` points to does not move, nor does anybody have it solely while this one is there.
        let mut driven = unsafe { (&raw const *driven).cast::<Driven<'static, M>>().read() };
        driven.owner = Some(owner);
        Ok(Some(driven))
    }

    /// Another frame, lent the same.
    pub(crate) fn beside(&self, frame: M) -> Self
    where
        M::Lent: Shared,
    {
        // (Shared borrows may be held twice, each for `'a`; and what an owner lends stays while one of the two does.)
        Driven {
            kept: Kept::default(),
            frame: Box::pin(frame),
            lent: self.lent,
            _lent: PhantomData,
            #[cfg(feature = "engine")]
            owner: self.owner.clone(),
        }
    }

    /// Goes on until it suspends or returns. After a panic it must not be called again.
    #[inline(never)]
    pub(crate) fn resume(&mut self, cx: &mut Cx<'_>) -> Poll<M::Return> {
        loop {
            match if self.is_below() { self.step_below(cx) } else { self.step_root(cx) } {
                Step::Suspended => return Poll::Pending,
                Step::Returned(value) => return Poll::Ready(value),
                Step::Goes => {}
            }
        }
    }

    /// Whether a child is suspended, so that it is what is resumed next.
    #[inline(always)]
    pub(crate) fn is_below(&self) -> bool {
        !self.kept.path.is_empty()
    }

    /// Resumes the innermost child, if one is suspended, and takes it from the path if it has returned. After a panic it must not be called again.
    #[inline(always)]
    pub(crate) fn step_below(&mut self, cx: &mut Cx<'_>) -> Step<M::Return> {
        let Some(level) = self.kept.path.last().copied() else { return Step::Goes };
        let levels = self.kept.path.len();
        cx.kept = Some(NonNull::from(&mut self.kept));
        // SAFETY: it is the innermost on the path. What it was lent lies in the frames above, which rest in awaiting it, or is what the
        // root is lent.
        if unsafe { (level.of.go_on)(level.child, cx) } {
            self.kept.path.pop();
            return Step::Goes;
        }
        self.suspended(levels, cx)
    }

    /// Resumes the root, if no child is suspended. After a panic it must not be called again.
    #[inline(always)]
    pub(crate) fn step_root(&mut self, cx: &mut Cx<'_>) -> Step<M::Return> {
        if self.is_below() {
            return Step::Goes;
        }
        cx.kept = Some(NonNull::from(&mut self.kept));
        // SAFETY: `'a` outlives `self`, so every flight, which the frame holds; and what is lent is ours alone for as long.
        match unsafe { self.frame.as_mut().resume(&mut Lend { raw: self.lent, _lent: PhantomData }, cx) } {
            Poll::Ready(value) => Step::Returned(value),
            Poll::Pending => self.suspended(0, cx),
        }
    }

    /// (A context that is passed to no function that is called, such as what is inlined here, lives in registers.)
    #[inline(always)]
    fn suspended(&mut self, levels: usize, cx: &mut Cx<'_>) -> Step<M::Return> {
        if cx.stop.0 & Stop::DEEPER != 0 {
            self.deepened(levels);
            let calls = cx.stop.0 & Stop::CALLS != 0;
            cx.stop.0 &= !(Stop::DEEPER | Stop::CALLS);
            if calls {
                return Step::Goes;
            }
        }
        Step::Suspended
    }

    /// Children that were left suspended come onto the path.
    #[inline(never)]
    fn deepened(&mut self, levels: usize) {
        self.kept.path[levels..].reverse();
    }

    /// Why a frame could not be thawed.
    pub(crate) fn take_failure(&mut self) -> Option<RestoreError> {
        self.kept.failure.take()
    }

    /// The frame, to be written: at rest only, which the caller knows.
    pub(crate) fn at_rest(&self) -> &M {
        &self.frame
    }
}
