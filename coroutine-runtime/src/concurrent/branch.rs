//! What a branch is, by its type: a coroutine that is a frame beside others, or a step. In: an operand; out: a branch.
use crate::frame::Of;
use crate::frame::guard::GuardedStep;
use crate::frame::keep::Durable;
use crate::frame::machine::{Call, ChildBranch, Frame, GuardedBranch, Lent, NoBranch, StepBranch};
use crate::leaf::Yield;
use std::future::{IntoFuture, Ready};
use std::pin::Pin;

/// The type of what a branch gives.
pub fn of_output<T: IntoFuture>(_: &T) -> Of<T::Output> {
    Of::new()
}

/// Makes a branch of a call.
pub struct MakeChild;
/// Makes a branch of any other future.
pub struct MakeStep;
/// Makes a branch of a yield, which a coroutine refuses.
pub struct MakeYield;
/// Makes a branch of a boxed call, which a coroutine refuses.
pub struct MakeDeep;
/// For what is no future: rustc has refused the program.
pub struct MakeNone;

/// Chooses for a call of a coroutine.
pub trait PickChildBranch {
    /// Chooses.
    fn __durable_branch(&self) -> MakeChild {
        MakeChild
    }
}
/// Chooses for a yield.
pub trait PickYieldBranch {
    /// Chooses.
    fn __durable_branch(&self) -> MakeYield {
        MakeYield
    }
}
/// Chooses for a boxed call of a coroutine.
pub trait PickDeepBranch {
    /// Chooses.
    fn __durable_branch(&self) -> MakeDeep {
        MakeDeep
    }
}
/// Chooses for any other future.
pub trait PickStepBranch {
    /// Chooses.
    fn __durable_branch(&self) -> MakeStep {
        MakeStep
    }
}
/// Chooses for what is no future.
pub trait PickNoneBranch {
    /// Chooses.
    fn __durable_branch(&self) -> MakeNone {
        MakeNone
    }
}
impl<Y: Send + 'static, R: 'static> PickYieldBranch for &&&Of<Call<'_, (), Yield<Y, R>>> {}
// (Five levels fit four `&`: this one is reached by one more autoref, before any `&` is taken off.)
impl<L: Lent, M: Frame<Lent = L>, B> PickChildBranch for &&&&Of<Call<'_, L, M, B>> {}
impl<L: Lent, M: Frame<Lent = L>, B> PickDeepBranch for &&Of<Pin<Box<Call<'_, L, M, B>>>> {}
impl<T: IntoFuture> PickStepBranch for &Of<T> {}
impl<T> PickNoneBranch for Of<T> {}

impl MakeChild {
    /// Makes it; `_` says how what it gives is kept.
    pub fn branch<'a, L: Lent, M: Frame<Lent = L>, B, K>(self, call: Call<'a, L, M, B>, _: K) -> ChildBranch<'a, L, M, B, K> {
        ChildBranch::new(call)
    }
}
impl MakeChild {
    /// Makes one that gives its value if it is wanted.
    pub fn guarded<'a, L: Lent, M: Frame<Lent = L>, B, K>(
        self,
        call: Call<'a, L, M, B>,
        wanted: bool,
        accepts: fn(&M::Return) -> bool,
        _: K,
    ) -> GuardedBranch<'a, L, M, B, K> {
        GuardedBranch::new(call, wanted, accepts)
    }
}
impl MakeStep {
    /// Makes one that gives its value if it is wanted.
    pub fn guarded<T: IntoFuture, K>(
        self,
        future: T,
        wanted: bool,
        accepts: fn(&T::Output) -> bool,
        _: K,
    ) -> StepBranch<GuardedStep<T::IntoFuture>, K> {
        StepBranch::new(GuardedStep::new(future.into_future(), wanted, accepts))
    }
}
impl MakeStep {
    /// Makes it; `_` says how what it gives is kept.
    pub fn branch<T: IntoFuture, K>(self, future: T, _: K) -> StepBranch<T::IntoFuture, K> {
        StepBranch::new(future.into_future())
    }
}
impl MakeYield {
    /// Makes it, for an ordinary task.
    pub fn branch<T, K>(self, call: T, _: K) -> NoBranch<T, K> {
        NoBranch::new(call)
    }
}
impl MakeDeep {
    /// Makes it, for an ordinary task.
    pub fn branch<T, K>(self, call: T, _: K) -> NoBranch<T, K> {
        NoBranch::new(call)
    }
}
macro_rules! for_tasks { ($($make:ident)*) => { $(
    impl $make {
        /// Makes one that gives its value if it is wanted, for an ordinary task.
        pub fn guarded<T: IntoFuture, K>(
            self,
            call: T,
            wanted: bool,
            accepts: fn(&T::Output) -> bool,
            _: K,
        ) -> NoBranch<GuardedStep<T::IntoFuture>, K> {
            NoBranch::new(GuardedStep::new(call.into_future(), wanted, accepts))
        }
    }
)* } }
for_tasks! { MakeYield MakeDeep }
impl MakeNone {
    /// Never called.
    pub fn guarded<T, R, A, K>(self, _: T, _: bool, _: A, _: K) -> StepBranch<Ready<Option<R>>, K> {
        crate::frame::slots::empty()
    }
    /// Never called.
    pub fn branch<T, R, K>(self, _: T, _: K) -> StepBranch<Ready<R>, K> {
        crate::frame::slots::empty()
    }
}

/// A branch in a coroutine: what it gives must be storable, for the others may wait.
#[diagnostic::on_unimplemented(
    message = "a branch cannot be a `yield_` alone or a boxed call",
    label = "one of these branches is",
    note = "put it into a `#[durable]` function of its own and call that: `async fn ask() -> u64 {{ yield_(1).await }}`"
)]
pub trait IsBranch {}
impl<L: Lent, M: Frame<Lent = L>, B, K: Durable> IsBranch for ChildBranch<'_, L, M, B, K> {}
impl<L: Lent, M: Frame<Lent = L>, B, K: Durable> IsBranch for GuardedBranch<'_, L, M, B, K> {}
impl<F, K: Durable> IsBranch for StepBranch<F, K> {}
