//! Branches that are all steps: together they are one step, an ordinary future. In: branches; out: a coroutine, or a future of them all.
use super::branch::IsBranch;
use super::combine::Combines;
use crate::frame::Of;
use crate::frame::machine::{Branches, Call, Lanes, Lent, Several, StepBranch};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Futures beside each other.
#[must_use = "futures do nothing unless awaited"]
pub struct Together<C, F, D> {
    futures: F,
    landed: D,
    _combines: PhantomData<fn() -> C>,
}

/// (Its futures are pinned in boxes of their own.)
impl<C, F, D> Unpin for Together<C, F, D> {}

/// Makes a future of branches that are all steps.
pub struct OfSteps;
/// Makes a coroutine of branches of which some are coroutines.
pub struct OfMixed;

/// Chooses for branches that are all steps.
pub trait Steps {
    /// Chooses.
    fn __durable_together(&self) -> OfSteps {
        OfSteps
    }
}
/// Chooses for other branches.
pub trait Mixed {
    /// Chooses.
    fn __durable_together(&self) -> OfMixed {
        OfMixed
    }
}
impl<B> Mixed for Of<B> {}

impl OfMixed {
    /// A call of them all.
    pub fn together<'a, C, B>(self, _: C, branches: B) -> Call<'a, <B::Lanes as Lanes>::Lent, Several<C::Is, B::Lanes>>
    where
        C: Way,
        B: Branches<'a>,
        C::Is: Combines<<B::Lanes as Lanes>::Landed>,
        <B::Lanes as Lanes>::Lent: Lent,
    {
        branches.together::<C::Is>()
    }

    /// What a branch gives must be storable, for the others may wait.
    pub fn keeps<B: Kept>(&self, _: &B) {}
}

/// Branches in a coroutine.
pub trait Kept {}
macro_rules! kept { ($(($($b:ident)*))*) => { $(
    impl<$($b: IsBranch),*> Kept for ($($b,)*) {}
)* } }
kept! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// A value that stands for how branches are combined.
pub trait Way {
    /// How.
    type Is: Send + 'static;
}

macro_rules! ways { ($($(#[$doc:meta])* $name:ident $is:ident;)*) => { $(
    $(#[$doc])*
    pub struct $name;
    impl Way for $name {
        type Is = super::$is;
    }
)* } }
ways! {
    /// All.
    All Joined;
    /// All, or the first error.
    Try Tried;
    /// The first, and which it is.
    Select First;
    /// The first that is wanted, and which it is.
    SelectWanted FirstWanted;
    /// The first.
    Race Raced;
}

macro_rules! steps { ($(($($f:ident $k:ident $n:tt),*);)*) => { $(
    impl<$($f: Future, $k),*> Steps for &Of<($(StepBranch<$f, $k>,)*)> {}
    impl<$($f: Future, $k),*> StepsOf for ($(StepBranch<$f, $k>,)*) {
        type Futures = ($(Pin<Box<$f>>,)*);
        type Landed = ($(Option<$f::Output>,)*);
        fn start(self) -> (Self::Futures, Self::Landed) {
            (($(Box::pin(self.$n.into_future()),)*), ($(None::<$f::Output>,)*))
        }
    }
    impl<C: Combines<($(Option<$f::Output>,)*)>, $($f: Future),*> Future
        for Together<C, ($(Pin<Box<$f>>,)*), ($(Option<$f::Output>,)*)>
    {
        type Output = C::Return;
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<C::Return> {
            let Together { futures, landed, .. } = &mut *self;
            $(if landed.$n.is_none()
                && let Poll::Ready(value) = futures.$n.as_mut().poll(context)
            {
                landed.$n = Some(value);
                if C::is_over(landed) {
                    return Poll::Ready(C::finish(landed));
                }
            })*
            Poll::Pending
        }
    }
)* } }
steps! {
    (A KA 0);
    (A KA 0, B KB 1);
    (A KA 0, B KB 1, D KD 2);
    (A KA 0, B KB 1, D KD 2, E KE 3);
    (A KA 0, B KB 1, D KD 2, E KE 3, F KF 4);
    (A KA 0, B KB 1, D KD 2, E KE 3, F KF 4, G KG 5);
}

/// Steps as futures.
pub trait StepsOf {
    /// The futures.
    type Futures;
    /// What has landed of them.
    type Landed;
    /// Begins.
    fn start(self) -> (Self::Futures, Self::Landed);
}

impl OfSteps {
    /// A future of them all.
    pub fn together<C: Way, B: StepsOf>(self, _: C, branches: B) -> Together<C::Is, B::Futures, B::Landed> {
        let (futures, landed) = branches.start();
        Together { futures, landed, _combines: PhantomData }
    }

    /// A step keeps nothing.
    pub fn keeps<B>(&self, _: &B) {}
}
