//! Where that lies what a method is called on and nobody uses again: a coroutine that is lent it (`&self`) needs it in a slot of its
//! parent for as long as it waits; one that is given it (`self`), or a step, has it for itself. In: a call, by its type; out: the place.
//!
//! Emitted code asks by a call that is never evaluated, on a plain variable, and then calls on the place.
use super::arity::{All, Arity, NotAsked, Sure};
use super::machine::{Call, Given, Giving, Lend, Lent};
use super::slots::{fill, full, take};
use super::tri::Flow;
use super::{Of, Over};
use std::future::Future;
use std::pin::Pin;

/// In a slot.
#[derive(Clone, Copy)]
pub struct InSlot(());
/// In the block that awaits.
#[derive(Clone, Copy)]
pub struct InBlock(());

/// A choice that only a type makes.
pub trait Choice {
    /// What was chosen.
    const CHOSEN: Self;
}
impl Choice for InSlot {
    const CHOSEN: Self = InSlot(());
}
impl Choice for InBlock {
    const CHOSEN: Self = InBlock(());
}
macro_rules! choices { ($(($($c:ident)*))*) => { $(
    impl<$($c: Choice),*> Choice for ($($c,)*) {
        const CHOSEN: Self = ($($c::CHOSEN,)*);
    }
)* } }
choices! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// What an operand chooses. It is not evaluated: the block is only there for its type.
#[inline(always)]
pub fn chosen<'x, L, B, P, R>(_: &Lend<'x, L>, _: impl FnOnce(L::Step<'x>) -> B) -> P
where
    L: Lent,
    B: Future<Output = Flow<P, R>>,
    P: Choice,
{
    P::CHOSEN
}

/// What an operand chooses that is never left early.
#[inline(always)]
pub fn asked<'x, L: Lent, P: Choice>(_: &Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> P) -> P {
    P::CHOSEN
}

impl InSlot {
    /// A variable that a method is called on: it stays in its slot.
    #[inline(always)]
    pub fn take<T>(self, slot: &mut Option<T>) -> &mut T {
        full(slot)
    }
    /// A temporary that a method is called on.
    #[inline(always)]
    pub fn put<T>(self, slot: &mut Option<T>, value: T) -> &mut T {
        fill(slot, value)
    }
}
impl InBlock {
    /// A variable that a method is called on: the step's, or given away.
    #[inline(always)]
    pub fn take<T>(self, slot: &mut Option<T>) -> T {
        take(slot)
    }
    /// A temporary that a method is called on.
    #[inline(always)]
    pub fn put<T>(self, _: &mut Option<T>, value: T) -> T {
        value
    }
}

/// What a future gives, not known yet.
#[inline(always)]
pub fn of_any<O>() -> Of<O> {
    Of::new()
}

/// Two futures give the same.
#[inline(always)]
pub fn same<O, F: std::future::IntoFuture<Output = O>>(_: &Of<O>, _: &F) {}

// ---- the choice -----------------------------------------------------------------------------------

/// By how much a coroutine that is called is lent.
pub trait LendsSome {
    /// The family of its loans.
    type Lent;
    /// By how much.
    fn __durable_lends(&self) -> Arity<Self::Lent> {
        Arity::new()
    }
}
/// A step is lent nothing.
pub trait LendsNothing {
    /// Nothing.
    fn __durable_lends(&self) -> Arity<NotAsked> {
        Arity::new()
    }
}
impl<L: Lent, M: super::Frame<Lent = L>, B> LendsSome for &Of<Call<'_, L, M, B>> {
    type Lent = L;
}
impl<L: Lent, M: super::Frame<Lent = L>, B> LendsSome for &Of<Pin<Box<Call<'_, L, M, B>>>> {
    type Lent = L;
}
impl<S: ?Sized + Over<'static, Is: Sized>, L: Lent, M: super::Frame<Lent = L, Return = Given<S>>, B> LendsSome
    for &Of<Giving<'_, S, L, M, B>>
{
    type Lent = L;
}
impl<T> LendsNothing for Of<T> {}

impl<L> All<L> {
    /// What a method is called on is lent.
    pub fn receives(&self) -> InSlot {
        InSlot(())
    }
    /// Nothing else has to be chosen.
    pub fn others(&self) -> Arity<NotAsked> {
        Arity::new()
    }
}
impl<L> Sure<L> {
    /// What a method is called on is given.
    pub fn receives(&self) -> InBlock {
        InBlock(())
    }
    /// Of the arguments, it must be chosen yet which are lent.
    pub fn others(&self) -> Arity<L> {
        Arity::new()
    }
}
