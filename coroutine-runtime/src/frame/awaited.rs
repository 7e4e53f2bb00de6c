//! What a frame awaits. In: a resume of the frame; out: a resume of what it awaits, and what that gave. And what of it is stored.
//!
//! A child is resumed in its place; a yield takes what the driver resumes it with; a flight is polled; an erased child that is still
//! frozen is thawed first, by the type that its call site knows.
use super::flight::IsValue;
use super::machine::{Awaiting, Child, Cx, Deep, Dynamic, Flight, Frame, Given, Lend, Lent};
use super::slots::take;
use super::tri::Flow;
use super::{Awaited, Over, Saves};
use crate::leaf::Yield;
use crate::snapshot::{In, NotNow, Out, RestoreError};
use std::marker::PhantomData;
use std::task::Poll;

/// A yield whose value has gone out. Nothing is left of it but that.
pub struct Sent<Y, R>(PhantomData<fn(R) -> Y>);

impl<Y, R> Sent<Y, R> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Sent(PhantomData)
    }

    /// What the driver resumes it with. One that `begins` has sent its value in this resume: there is no answer yet.
    #[inline(always)]
    fn answer(&self, begins: bool, cx: &mut Cx<'_>) -> Poll<R>
    where
        Y: 'static,
        R: 'static,
    {
        if begins { Poll::Pending } else { cx.receive::<Y, R>() }
    }
}

/// A yield whose operand may be left early; how it was left comes out at the first resume.
pub enum FlowSent<Y, R, E> {
    /// The yield.
    Sent(Sent<Y, R>),
    /// `return` or `?`.
    Return(Option<E>),
    /// `break` or `continue`.
    Jump(u32),
}

/// A child whose operand may be left early; how it was left comes out at the first resume.
pub enum FlowChild<M: Frame, E> {
    /// The child.
    Child(Child<M>),
    /// `return` or `?`.
    Return(Option<E>),
    /// `break` or `continue`.
    Jump(u32),
}

/// A child that is lent nothing, whatever its operand mentions: an erased one, with an operand that may be left early or not.
pub struct Alone<C>(pub(super) C);

/// A child that gives a borrow of what it is lent, with an operand that may be left early or not.
pub struct Giver<C>(pub(super) C);

/// An erased child whose operand may be left early; how it was left comes out at the first resume.
pub enum FlowDeep<R, P, E> {
    /// The child.
    Child(Deep<R, P>),
    /// `return` or `?`.
    Return(Option<E>),
    /// `break` or `continue`.
    Jump(u32),
}

/// A thawing for what needs none.
pub struct NoThaw;

/// The type of an erased child, known at its call site.
pub struct Thaws<M>(PhantomData<fn() -> M>);

impl<M> Thaws<M> {
    pub(crate) const fn new() -> Self {
        Thaws(PhantomData)
    }
}

impl<M: Frame> Awaiting<Child<M>> {
    /// A child is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }

    /// Resumes the child. `lend` is run once after a restore: otherwise the call's own borrows last as long as the child.
    #[inline(always)]
    pub fn resume<'x, L: Lent>(
        self,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<M::Return> {
        self.resume_child(self.awaited(), lent, lend, cx)
    }
}

impl<M: Frame, E> Awaiting<FlowChild<M, E>> {
    /// A child is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }

    /// Resumes the child, or gives how its operand was left.
    #[inline(always)]
    pub fn resume<'x, L: Lent>(
        self,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<Flow<M::Return, E>> {
        match self.awaited() {
            FlowChild::Child(child) => self.resume_child(child, lent, lend, cx).map(Flow::On),
            FlowChild::Return(value) => Poll::Ready(Flow::Return(take(value))),
            FlowChild::Jump(target) => Poll::Ready(Flow::Jump(*target)),
        }
    }
}

/// What gives nothing that borrows from what it was lent.
#[diagnostic::on_unimplemented(
    message = "what this coroutine gives may borrow from a variable that might be moved while the borrow is there",
    label = "lent to a coroutine that gives a borrow; a method or a field is its last use, and only a type tells that from a move",
    note = "where it is used last, write `(&variable).method()`; or use what was given before the variable, or make it an owned value"
)]
pub trait GivesOwned {}
impl<M: Frame> GivesOwned for Child<M> {}
impl<M: Frame, E> GivesOwned for FlowChild<M, E> {}
impl<Y, R> GivesOwned for Sent<Y, R> {}
impl<Y, R, E> GivesOwned for FlowSent<Y, R, E> {}
impl<R, P> GivesOwned for Deep<R, P> {}
impl<R, P, E> GivesOwned for FlowDeep<R, P, E> {}
impl<R> GivesOwned for Flight<R> {}
#[diagnostic::do_not_recommend]
impl<C> GivesOwned for Alone<C> {}

impl<C> Awaiting<C> {
    /// It is lent a variable that is taken out of its slot later, perhaps before what is given is used: see `Given`.
    #[inline(always)]
    pub fn is_lent_what_moves(&self)
    where
        C: GivesOwned,
    {
    }
}

impl<C> Awaiting<Giver<C>> {
    /// A child is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }
}

impl<S: ?Sized + for<'x> Over<'x, Is: Sized>, M: Frame<Return = Given<S>>> Awaiting<Giver<Child<M>>> {
    /// As for a child; what it gives may be used up to the next wait.
    #[inline(always)]
    pub fn resume<'x, L: Lent>(
        self,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<<S as Over<'static>>::Is> {
        self.resume_child(&mut self.awaited().0, lent, lend, cx).map(Given::into_inner)
    }
}

impl<S: ?Sized + for<'x> Over<'x, Is: Sized>, M: Frame<Return = Given<S>>, E> Awaiting<Giver<FlowChild<M, E>>> {
    /// As for a child, or how its operand was left.
    #[inline(always)]
    pub fn resume<'x, L: Lent>(
        self,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<Flow<<S as Over<'static>>::Is, E>> {
        match &mut self.awaited().0 {
            FlowChild::Child(child) => self.resume_child(child, lent, lend, cx).map(|given| Flow::On(given.into_inner())),
            FlowChild::Return(value) => Poll::Ready(Flow::Return(take(value))),
            FlowChild::Jump(target) => Poll::Ready(Flow::Jump(*target)),
        }
    }
}

impl<C> Awaiting<Alone<C>> {
    /// A child is never raw: one that is, knows its function.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }
}

impl<R: 'static, P: 'static> Awaiting<Alone<Child<Dynamic<R, P>>>> {
    /// Resumes the child.
    #[inline(always)]
    pub fn resume<'x, L: Lent, X>(self, lent: &mut Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> X, cx: &mut Cx<'_>) -> Poll<R> {
        self.resume_child(&mut self.awaited().0, lent, |_| (), cx)
    }
}

impl<R: 'static, P: 'static, E> Awaiting<Alone<FlowChild<Dynamic<R, P>, E>>> {
    /// Resumes the child, or gives how its operand was left.
    #[inline(always)]
    pub fn resume<'x, L: Lent, X>(self, lent: &mut Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> X, cx: &mut Cx<'_>) -> Poll<Flow<R, E>> {
        match &mut self.awaited().0 {
            FlowChild::Child(child) => self.resume_child(child, lent, |_| (), cx).map(Flow::On),
            FlowChild::Return(value) => Poll::Ready(Flow::Return(take(value))),
            FlowChild::Jump(target) => Poll::Ready(Flow::Jump(*target)),
        }
    }
}

impl<C: Saves> Saves for Alone<C> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        self.0.save_into(out)
    }
}

impl<C: Awaited> Awaited for Alone<C> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        C::load(input).map(Alone)
    }
}

impl<C: Saves> Saves for Giver<C> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        self.0.save_into(out)
    }
}

impl<C: Awaited> Awaited for Giver<C> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        C::load(input).map(Giver)
    }
}

impl<Y: 'static, R: 'static> Awaiting<Sent<Y, R>> {
    /// A yield is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }

    /// Takes what the driver resumes it with.
    #[inline(always)]
    pub fn resume<'x, L: Lent, X>(self, _: &mut Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> X, cx: &mut Cx<'_>) -> Poll<R> {
        self.awaited().answer(self.begins(), cx)
    }
}

impl<Y: 'static, R: 'static, E> Awaiting<FlowSent<Y, R, E>> {
    /// A yield is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }

    /// Takes what the driver resumes it with, or gives how its operand was left.
    #[inline(always)]
    pub fn resume<'x, L: Lent, X>(self, _: &mut Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> X, cx: &mut Cx<'_>) -> Poll<Flow<R, E>> {
        match self.awaited() {
            FlowSent::Sent(sent) => sent.answer(self.begins(), cx).map(Flow::On),
            FlowSent::Return(value) => Poll::Ready(Flow::Return(take(value))),
            FlowSent::Jump(target) => Poll::Ready(Flow::Jump(*target)),
        }
    }
}

impl<R> Awaiting<Flight<IsValue<R>>> {
    /// A flight is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }

    /// Goes on with the step. Lends nothing: a flight holds its own borrows.
    #[inline]
    pub fn resume<'x, L: Lent, X>(self, _: &mut Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> X, cx: &mut Cx<'_>) -> Poll<R> {
        self.awaited().go_on(cx).map(|landed| landed.0)
    }
}

impl<R, E> Awaiting<Flight<Flow<IsValue<R>, E>>> {
    /// A flight is never raw.
    #[inline(always)]
    pub fn thaw(self, _: NoThaw) -> Self {
        self
    }

    /// Goes on with the step. Lends nothing: a flight holds its own borrows.
    #[inline]
    pub fn resume<'x, L: Lent, X>(self, _: &mut Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> X, cx: &mut Cx<'_>) -> Poll<Flow<R, E>> {
        self.awaited().go_on(cx).map(|landed| match landed {
            Flow::On(IsValue(value)) => Flow::On(value),
            Flow::Return(value) => Flow::Return(value),
            Flow::Jump(target) => Flow::Jump(target),
        })
    }
}

impl<R, P> Awaiting<Deep<R, P>> {
    /// With the child's type, which its call site knows.
    #[inline(always)]
    pub fn thaw<M: Frame<Return = R>>(self, _: Thaws<M>) -> Thawing<Deep<R, P>, M> {
        Thawing(self, PhantomData)
    }
}

impl<R, P, E> Awaiting<FlowDeep<R, P, E>> {
    /// With the child's type, which its call site knows.
    #[inline(always)]
    pub fn thaw<M: Frame<Return = R>>(self, _: Thaws<M>) -> Thawing<FlowDeep<R, P, E>, M> {
        Thawing(self, PhantomData)
    }
}

/// An erased child about to be resumed, with its type.
pub struct Thawing<C, M>(Awaiting<C>, PhantomData<fn() -> M>);

impl<R, P, M: Frame<Return = R>> Thawing<Deep<R, P>, M> {
    /// Resumes the child; one that is raw is thawed first, and lent what it was lent before.
    #[inline(always)]
    pub fn resume<'x, L: Lent>(
        self,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<R> {
        self.0.resume_deep::<R, P, M, L>(self.0.awaited(), lent, lend, cx)
    }
}

impl<R, P, E, M: Frame<Return = R>> Thawing<FlowDeep<R, P, E>, M> {
    /// Resumes the child, or gives how its operand was left.
    #[inline(always)]
    pub fn resume<'x, L: Lent>(
        self,
        lent: &mut Lend<'x, L>,
        lend: impl FnOnce(L::At<'x>) -> <M::Lent as Lent>::At<'x>,
        cx: &mut Cx<'_>,
    ) -> Poll<Flow<R, E>> {
        match self.0.awaited() {
            FlowDeep::Child(deep) => self.0.resume_deep::<R, P, M, L>(deep, lent, lend, cx).map(Flow::On),
            FlowDeep::Return(value) => Poll::Ready(Flow::Return(take(value))),
            FlowDeep::Jump(target) => Poll::Ready(Flow::Jump(*target)),
        }
    }
}

impl<M: Frame, E> Saves for FlowChild<M, E> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        match self {
            FlowChild::Child(child) => child.save_into(out),
            FlowChild::Return(_) | FlowChild::Jump(_) => Err(NotNow::landing()),
        }
    }
}

impl<M: Frame, E> Awaited for FlowChild<M, E> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Child::load(input).map(FlowChild::Child)
    }
}

impl<Y: 'static, R: 'static> Saves for Sent<Y, R> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        Yield::<Y, R>::write_sent(out)
    }
}

impl<Y: 'static, R: 'static> Awaited for Sent<Y, R> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Yield::<Y, R>::read_sent(input)?;
        Ok(Sent::new())
    }
}

impl<Y: 'static, R: 'static, E> Saves for FlowSent<Y, R, E> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        match self {
            FlowSent::Sent(sent) => sent.save_into(out),
            FlowSent::Return(_) | FlowSent::Jump(_) => Err(NotNow::landing()),
        }
    }
}

impl<Y: 'static, R: 'static, E> Awaited for FlowSent<Y, R, E> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Sent::load(input).map(FlowSent::Sent)
    }
}

impl<O> Saves for Flight<O> {
    fn save_into<'f>(&'f self, _: &mut Out<'f>) -> Result<(), NotNow> {
        Err(NotNow::flying())
    }
}

impl<O> Awaited for Flight<O> {
    fn load(_: &mut In<'_>) -> Result<Self, RestoreError> {
        Err(RestoreError::flying())
    }
}

impl<R, P, E> Saves for FlowDeep<R, P, E> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow> {
        match self {
            FlowDeep::Child(child) => child.save_into(out),
            FlowDeep::Return(_) | FlowDeep::Jump(_) => Err(NotNow::landing()),
        }
    }
}

impl<R, P, E> Awaited for FlowDeep<R, P, E> {
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Deep::load(input).map(FlowDeep::Child)
    }
}
