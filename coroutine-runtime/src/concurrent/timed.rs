//! `tokio::time::timeout(limit, call)` in an unchanged body. In: a limit and what it is for; out: a coroutine beside a sleep, if that is one; or
//! what the function gives that was called.
use super::combine::Timed;
use crate::frame::Of;
use crate::frame::keep::Unkept;
use crate::frame::machine::{Branches, Call, Child, ChildBranch, Each, Frame, Lane, Lent, Several};
use crate::leaf::{Sleep, sleep};
use std::time::Duration;

/// A coroutine and its sleep.
type Limited<M> = Several<Timed, (Lane<Child<M>, Unkept>, Lane<Child<Sleep>, Unkept>)>;

/// The sleep of a branch that is limited, for its type: it is made by its limit.
pub fn limited() -> Call<'static, (), Sleep> {
    sleep(Duration::ZERO)
}

/// For a call of a coroutine.
pub struct LimitCall(());
/// For any other future.
pub struct LimitStep(());

impl LimitCall {
    /// A call of it, for so long.
    pub fn within<'a, L: Lent, M: Frame<Lent = L, Return: Send + 'static, Port: 'static>, B: 'a, R>(
        self,
        limit: Duration,
        call: Call<'a, L, M, B>,
        _: impl FnOnce(Duration, Call<'a, L, M, B>) -> R,
    ) -> Call<'a, Each<(L, ())>, Limited<M>>
    where
        (ChildBranch<'a, L, M, B, Unkept>, ChildBranch<'static, (), Sleep, (), Unkept>):
            Branches<'a, Lanes = (Lane<Child<M>, Unkept>, Lane<Child<Sleep>, Unkept>)>,
    {
        (ChildBranch::new(call), ChildBranch::new(sleep(limit))).together::<Timed>()
    }
}
impl LimitStep {
    /// What the function gives that was called.
    pub fn within<D, T, R>(self, limit: D, step: T, by: impl FnOnce(D, T) -> R) -> R {
        by(limit, step)
    }
}

/// Chooses for a call.
pub trait PickLimitCall {
    /// Chooses.
    fn __durable_timed(&self) -> LimitCall {
        LimitCall(())
    }
}
/// Chooses for any other future.
pub trait PickLimitStep {
    /// Chooses.
    fn __durable_timed(&self) -> LimitStep {
        LimitStep(())
    }
}
impl<L: Lent, M: Frame<Lent = L>, B> PickLimitCall for &Of<Call<'_, L, M, B>> {}
impl<T> PickLimitStep for Of<T> {}
