//! How many things a coroutine is lent, as a choice by type. In: what a child is lent; out: which of two closures makes it.
//!
//! A literal argument may be lent (`&str`) or given (`&'static str`, `impl Into<String>`); only the callee's type tells, by the
//! number of its loans. Emitted code writes both forms and this picks the one whose number fits. Where more than one argument may be
//! lent, what may be a borrow (`list.first().unwrap()`) is lent if its own type is one.
use super::Of;
use super::again::Borrowed;
use super::awaited::{Alone, FlowChild, FlowSent, Giver, Sent, Thawing};
use super::machine::{Awaiting, Child, Each, Every, Flight, Frame, Lent, Nothing};
use std::marker::PhantomData;

/// What is lent, as a type to choose by.
pub struct Arity<L>(PhantomData<fn() -> L>);

impl<L> Arity<L> {
    pub(super) const fn new() -> Self {
        Arity(PhantomData)
    }
}

/// Everything that may be lent is.
pub struct All<L>(PhantomData<fn() -> L>);
/// Only what is lent for sure is.
pub struct Sure<L>(PhantomData<fn() -> L>);

// The result's type is spelled out, so that what the chosen closure gives is coerced to it.
impl<L: Lent> All<L> {
    /// The first form.
    #[inline(always)]
    pub fn when<'x, A, Z>(self, args: A, all: impl FnOnce(A) -> L::At<'x>, _: impl FnOnce(A) -> Z) -> L::At<'x> {
        all(args)
    }

    /// The first form, for a branch: `args` is what is lent for sure.
    #[inline(always)]
    pub fn fit<'x, A, Z>(self, args: A, all: impl FnOnce(A) -> L::At<'x>, _: impl FnOnce(A) -> Z) -> L::At<'x> {
        all(args)
    }
}

impl<L: Lent> Sure<L> {
    /// The second form.
    #[inline(always)]
    pub fn when<'x, A, Z>(self, args: A, _: impl FnOnce(A) -> Z, sure: impl FnOnce(A) -> L::At<'x>) -> L::At<'x> {
        sure(args)
    }

    /// The second form, for a branch.
    #[inline(always)]
    pub fn fit<'x, A, Z>(self, args: A, _: impl FnOnce(A) -> Z, sure: impl FnOnce(A) -> L::At<'x>) -> L::At<'x> {
        sure(args)
    }
}

impl Sure<NotAsked> {
    /// A branch that is a step: it is lent nothing again.
    #[inline(always)]
    pub fn fit<A, Y, Z>(self, _: A, _: impl FnOnce(A) -> Y, _: impl FnOnce(A) -> Z) -> Nothing {
        Nothing(())
    }

    /// A flight is lent nothing again: neither form is of use.
    #[inline(always)]
    pub fn when<A, Y, Z>(self, args: A, _: impl FnOnce(A) -> Y, sure: impl FnOnce(A) -> Z) -> Z {
        sure(args)
    }
}

/// What a flight is lent again: it holds its own borrows.
pub struct NotAsked(());

impl<L: Lent> Arity<L> {
    /// What is lent, of which nothing is left to choose.
    #[inline(always)]
    pub fn exactly<'x, A>(self, args: A, lend: impl FnOnce(A) -> L::At<'x>) -> L::At<'x> {
        lend(args)
    }
}
impl Arity<NotAsked> {
    /// Not what is lent.
    #[inline(always)]
    pub fn exactly<A, Z>(self, args: A, lend: impl FnOnce(A) -> Z) -> Z {
        lend(args)
    }
}

/// What may be a borrow is one: it is lent.
pub struct IsLent;
/// What may be a borrow is none.
pub struct IsGiven;

impl IsLent {
    /// The first form.
    #[inline(always)]
    pub fn when<A, Y, N>(&self, args: A, lent: impl FnOnce(A) -> Y, _: impl FnOnce(A) -> N) -> Y {
        lent(args)
    }
    /// By how much the first form lends.
    #[inline(always)]
    pub fn lent<L>(&self, _: &Arity<L>) -> Arity<L> {
        Arity::new()
    }
    /// The second form is not asked.
    #[inline(always)]
    pub fn given<L>(&self, _: &Arity<L>) -> Arity<NotAsked> {
        Arity::new()
    }
}
impl IsGiven {
    /// The second form.
    #[inline(always)]
    pub fn when<A, Y, N>(&self, args: A, _: impl FnOnce(A) -> Y, given: impl FnOnce(A) -> N) -> N {
        given(args)
    }
    /// The first form is not asked.
    #[inline(always)]
    pub fn lent<L>(&self, _: &Arity<L>) -> Arity<NotAsked> {
        Arity::new()
    }
    /// By how much the second form lends.
    #[inline(always)]
    pub fn given<L>(&self, _: &Arity<L>) -> Arity<L> {
        Arity::new()
    }
}

/// Chooses for borrows.
pub trait LentBorrow {
    /// Chooses.
    #[inline(always)]
    fn __durable_lent(&self) -> IsLent {
        IsLent
    }
}
/// Chooses for values.
pub trait LentValue {
    /// Chooses.
    #[inline(always)]
    fn __durable_lent(&self) -> IsGiven {
        IsGiven
    }
}
impl<T: Borrowed> LentBorrow for &Of<T> {}
impl<T> LentValue for Of<T> {}

/// What an awaited thing is lent.
pub trait Lends {
    /// The family of its loans.
    type Lent;
}
impl<M: Frame> Lends for Child<M> {
    type Lent = M::Lent;
}
impl<M: Frame, E> Lends for FlowChild<M, E> {
    type Lent = M::Lent;
}
impl<C: Lends> Lends for Giver<C> {
    type Lent = C::Lent;
}
impl<O> Lends for Flight<O> {
    type Lent = NotAsked;
}
impl<C> Lends for Alone<C> {
    type Lent = NotAsked;
}
impl<Y, R> Lends for Sent<Y, R> {
    type Lent = NotAsked;
}
impl<Y, R, E> Lends for FlowSent<Y, R, E> {
    type Lent = NotAsked;
}

/// What a branch is lent, to choose by.
pub trait Asked {
    /// The family of its loans.
    type Is;
}
impl Asked for Nothing {
    type Is = NotAsked;
}
impl<T> Asked for Each<T> {
    type Is = Self;
}
impl<L> Asked for Every<L> {
    type Is = Self;
}
macro_rules! asked { ($(($($l:ident),*))*) => { $(
    impl<$($l),*> Asked for ($($l,)*) {
        type Is = Self;
    }
)* } }
asked! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }

macro_rules! branches {
    ($(($($l:ident $branch:ident),*);)* @ $($all:ident)*) => {
        $(impl<$($l: Asked),*> Arity<Each<($($l,)*)>> {
            $(
                /// By how much this branch is lent.
                #[inline(always)]
                pub fn $branch(&self) -> Arity<$l::Is> {
                    Arity(PhantomData)
                }
            )*
        })*
        impl Arity<NotAsked> {
            $(
                /// Branches that are all steps are lent nothing again.
                #[inline(always)]
                pub fn $all(&self) -> Arity<NotAsked> {
                    Arity(PhantomData)
                }
            )*
        }
    };
}
branches! {
    (A branch0);
    (A branch0, B branch1);
    (A branch0, B branch1, C branch2);
    (A branch0, B branch1, C branch2, D branch3);
    (A branch0, B branch1, C branch2, D branch3, E branch4);
    (A branch0, B branch1, C branch2, D branch3, E branch4, F branch5);
    @ branch0 branch1 branch2 branch3 branch4 branch5
}

impl<C: Lends> Awaiting<C> {
    /// By how much it is lent.
    #[inline(always)]
    pub fn arity(&self) -> Arity<C::Lent> {
        Arity(PhantomData)
    }
}
impl<C, M: Frame> Thawing<C, M> {
    /// By how much it is lent.
    #[inline(always)]
    pub fn arity(&self) -> Arity<M::Lent> {
        Arity(PhantomData)
    }
}

macro_rules! arities { ($($yes:ident $no:ident $method:ident ($($l:ident),*);)*) => { $(
    /// Whether there are as many loans as this.
    pub trait $yes {
        /// The loans.
        type Lent;
        /// All.
        fn $method(&self) -> All<Self::Lent> {
            All(PhantomData)
        }
    }
    impl<$($l),*> $yes for Arity<($($l,)*)> {
        type Lent = ($($l,)*);
    }
    /// Whether there are not.
    pub trait $no {
        /// The loans.
        type Lent;
        /// Only the sure ones.
        fn $method(&self) -> Sure<Self::Lent> {
            Sure(PhantomData)
        }
    }
    impl<L> $no for &Arity<L> {
        type Lent = L;
    }
)* } }
arities! {
    Zero NotZero __durable_arity0 ();
    One NotOne __durable_arity1 (A);
    Two NotTwo __durable_arity2 (A, B);
    Three NotThree __durable_arity3 (A, B, C);
    Four NotFour __durable_arity4 (A, B, C, D);
    Five NotFive __durable_arity5 (A, B, C, D, E);
    Six NotSix __durable_arity6 (A, B, C, D, E, F);
    Seven NotSeven __durable_arity7 (A, B, C, D, E, F, G);
    Eight NotEight __durable_arity8 (A, B, C, D, E, F, G, H);
}
