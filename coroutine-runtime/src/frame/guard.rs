//! Branches of `select!` of which not every value is wanted: `Some(message) = next() => ..`. In: what a branch gives, and whether it is
//! wanted, as functions; out: the value, or nothing. (`machine` has the branch that is a coroutine, `Guarded`.)
//!
//! The functions are not stored: emitted code tells them again at each resume.
use super::awaited::FlowChild;
use super::flight::IsValue;
use super::keep::{Durable, Keeps};
use super::machine::{Awaiting, Child, Flight, Frame, Runs};
use super::tri::Flow;
use crate::concurrent::{OneOf2, OneOf3, OneOf4, OneOf5, OneOf6};
use crate::snapshot::{In, NotNow, Out, RestoreError};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A branch that gives a value if it is wanted.
pub trait Guard: Runs<Return = Option<Self::Value>> {
    /// The value.
    type Value: 'static;
    /// Says which are wanted.
    fn accept(&mut self, _: fn(&Self::Value) -> bool) {}
}
/// (It has its function itself, and is not stored.)
impl<T: Send + 'static> Guard for Flight<Option<T>> {
    type Value = T;
}

/// What is told which values of its branches are wanted.
pub trait Accepts {
    /// A function for each.
    type By;
    /// Tells it.
    fn accept(&mut self, by: Self::By);
}
impl<M: Frame, E> Accepts for FlowChild<M, E>
where
    Child<M>: Accepts,
{
    type By = <Child<M> as Accepts>::By;
    fn accept(&mut self, by: Self::By) {
        if let FlowChild::Child(child) = self {
            child.accept(by);
        }
    }
}
/// (Steps have their functions themselves.)
impl<T: OfBranches> Accepts for Flight<T> {
    type By = T::By;
    fn accept(&mut self, _: T::By) {}
}
impl<C: Accepts> Awaiting<C> {
    /// Tells what is awaited which values of its branches are wanted.
    pub fn accept(&self, by: C::By) {
        self.awaited().accept(by);
    }
}

/// What branches give together.
pub trait OfBranches {
    /// A function for each.
    type By;
}
impl<T: OfBranches> OfBranches for IsValue<T> {
    type By = T::By;
}
impl<T: OfBranches, R> OfBranches for Flow<T, R> {
    type By = T::By;
}
macro_rules! of_branches { ($($one_of:ident $($t:ident)*;)*) => { $(
    impl<$($t),*> OfBranches for Option<$one_of<$($t),*>> {
        type By = ($(fn(&$t) -> bool,)*);
    }
)* } }
of_branches! {
    OneOf2 A B;
    OneOf3 A B C;
    OneOf4 A B C D;
    OneOf5 A B C D E;
    OneOf6 A B C D E F;
}

/// A step that gives its value if it is wanted; not begun if no value is.
pub struct GuardedStep<F: Future> {
    future: Option<Pin<Box<F>>>,
    accepts: fn(&F::Output) -> bool,
}
impl<F: Future> GuardedStep<F> {
    pub(crate) fn new(future: F, wanted: bool, accepts: fn(&F::Output) -> bool) -> Self {
        GuardedStep { future: wanted.then(|| Box::pin(future)), accepts }
    }
}
impl<F: Future> Future for GuardedStep<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        let landed = future.as_mut().poll(context);
        landed.map(|value| Some(value).filter(|value| (self.accepts)(value)))
    }
}

/// Of branches of which not every value is wanted, those are kept that gave none.
pub struct Refused(());
impl Refused {
    pub(crate) const NEW: Refused = Refused(());
}
impl Durable for Refused {}
impl<T> Keeps<Option<T>> for Refused {
    fn save(landed: &Option<Option<T>>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<bool>() {
            return Ok(());
        }
        out.value(&landed.is_some())
    }
    fn load(input: &mut In<'_>) -> Result<Option<Option<T>>, RestoreError> {
        Ok(input.value::<bool>()?.then_some(None))
    }
}
