//! An awaited operand about to begin. In: its block, whose output says what it is; out: what the frame awaits.
//!
//! A child's block is ready at once, and its frame is taken in. A yield's block is ready at once too, and its value goes out before
//! there is anything to await. A step's block becomes a flight.
use super::Over;
use super::awaited::{Alone, FlowChild, FlowDeep, FlowSent, Giver, Sent};
use super::flight::{IsChild, IsDeep, IsErased, IsGiver, IsValue, IsYield};
use super::machine::{Child, Cx, Deep, Dynamic, Flight, Frame, Given, Lent};
use super::slots::{empty, take};
use super::tri::Flow;
use std::cell::Cell;
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// An operand that is not evaluated yet: temporaries and borrows live inside the block.
pub struct Block<B, O> {
    block: Cell<Option<B>>,
    /// How a yield's operand was left.
    left: Cell<Option<O>>,
}

impl<B, O> Block<B, O> {
    #[inline(always)]
    pub(super) fn new(block: B) -> Self {
        Block { block: Cell::new(Some(block)), left: Cell::new(None) }
    }

    #[inline(always)]
    fn into_block(self) -> B {
        take(&mut self.block.into_inner())
    }
}

impl<'a, B: Future<Output = IsChild<'a, L, M, X>>, L: Lent, M: Frame<Lent = L>, X> Block<B, IsChild<'a, L, M, X>> {
    /// A child announces its own steps; but if it has some that begin with it, they are announced now.
    #[inline(always)]
    pub fn announce(&self, cx: &mut Cx<'_>, entered: bool) -> bool {
        M::STEPS && cx.take_off(entered)
    }

    /// Evaluates the operand and takes the frame in.
    #[inline(always)]
    pub fn begin(self) -> Child<M> {
        at_once(self.into_block()).0.into_child()
    }
}

impl<'a, B: Future<Output = Flow<IsChild<'a, L, M, X>, E>>, L: Lent, M: Frame<Lent = L>, E, X> Block<B, Flow<IsChild<'a, L, M, X>, E>> {
    /// A child announces its own steps; but if it has some that begin with it, they are announced now.
    #[inline(always)]
    pub fn announce(&self, cx: &mut Cx<'_>, entered: bool) -> bool {
        M::STEPS && cx.take_off(entered)
    }

    /// Evaluates the operand and takes the frame in, or how the operand was left.
    #[inline(always)]
    pub fn begin(self) -> FlowChild<M, E> {
        match at_once(self.into_block()) {
            Flow::On(IsChild(call)) => FlowChild::Child(call.into_child()),
            Flow::Return(value) => FlowChild::Return(Some(value)),
            Flow::Jump(target) => FlowChild::Jump(target),
        }
    }
}

impl<'a, B, S, L, M, X> Block<B, IsGiver<'a, S, L, M, X>>
where
    B: Future<Output = IsGiver<'a, S, L, M, X>>,
    S: ?Sized + Over<'static, Is: Sized>,
    L: Lent,
    M: Frame<Lent = L, Return = Given<S>>,
{
    /// A child announces its own steps.
    #[inline(always)]
    pub fn announce(&self, _cx: &mut Cx<'_>, _entered: bool) -> bool {
        false
    }

    /// Evaluates the operand and takes the frame in.
    #[inline(always)]
    pub fn begin(self) -> Giver<Child<M>> {
        Giver(at_once(self.into_block()).0.into_child())
    }
}

impl<'a, B, S, L, M, E, X> Block<B, Flow<IsGiver<'a, S, L, M, X>, E>>
where
    B: Future<Output = Flow<IsGiver<'a, S, L, M, X>, E>>,
    S: ?Sized + Over<'static, Is: Sized>,
    L: Lent,
    M: Frame<Lent = L, Return = Given<S>>,
{
    /// A child announces its own steps.
    #[inline(always)]
    pub fn announce(&self, _cx: &mut Cx<'_>, _entered: bool) -> bool {
        false
    }

    /// Evaluates the operand and takes the frame in, or how the operand was left.
    #[inline(always)]
    pub fn begin(self) -> Giver<FlowChild<M, E>> {
        Giver(match at_once(self.into_block()) {
            Flow::On(IsGiver(call)) => FlowChild::Child(call.into_child()),
            Flow::Return(value) => FlowChild::Return(Some(value)),
            Flow::Jump(target) => FlowChild::Jump(target),
        })
    }
}

impl<B: Future<Output = IsErased<R, P>>, R: 'static, P: 'static> Block<B, IsErased<R, P>> {
    /// A child announces its own steps.
    #[inline(always)]
    pub fn announce(&self, _cx: &mut Cx<'_>, _entered: bool) -> bool {
        false
    }

    /// Evaluates the operand and takes the frame in.
    #[inline(always)]
    pub fn begin(self) -> Alone<Child<Dynamic<R, P>>> {
        Alone(at_once(self.into_block()).0.into_child())
    }
}

impl<B: Future<Output = Flow<IsErased<R, P>, E>>, R: 'static, P: 'static, E> Block<B, Flow<IsErased<R, P>, E>> {
    /// A child announces its own steps.
    #[inline(always)]
    pub fn announce(&self, _cx: &mut Cx<'_>, _entered: bool) -> bool {
        false
    }

    /// Evaluates the operand and takes the frame in, or how the operand was left.
    #[inline(always)]
    pub fn begin(self) -> Alone<FlowChild<Dynamic<R, P>, E>> {
        Alone(match at_once(self.into_block()) {
            Flow::On(IsErased(call)) => FlowChild::Child(call.into_child()),
            Flow::Return(value) => FlowChild::Return(Some(value)),
            Flow::Jump(target) => FlowChild::Jump(target),
        })
    }
}

impl<'a, B: Future<Output = IsDeep<'a, L, M, X>>, L: Lent, M: Frame<Lent = L>, X> Block<B, IsDeep<'a, L, M, X>> {
    /// A child announces its own steps.
    #[inline(always)]
    pub fn announce(&self, _cx: &mut Cx<'_>, _entered: bool) -> bool {
        false
    }

    /// Evaluates the operand and takes the boxed frame in.
    #[inline(always)]
    pub fn begin(self) -> Deep<M::Return, M::Port> {
        Deep::of(at_once(self.into_block()).0)
    }
}

impl<'a, B: Future<Output = Flow<IsDeep<'a, L, M, X>, E>>, L: Lent, M: Frame<Lent = L>, E, X> Block<B, Flow<IsDeep<'a, L, M, X>, E>> {
    /// A child announces its own steps.
    #[inline(always)]
    pub fn announce(&self, _cx: &mut Cx<'_>, _entered: bool) -> bool {
        false
    }

    /// Evaluates the operand and takes the boxed frame in, or how the operand was left.
    #[inline(always)]
    pub fn begin(self) -> FlowDeep<M::Return, M::Port, E> {
        match at_once(self.into_block()) {
            Flow::On(IsDeep(call)) => FlowDeep::Child(Deep::of(call)),
            Flow::Return(value) => FlowDeep::Return(Some(value)),
            Flow::Jump(target) => FlowDeep::Jump(target),
        }
    }
}

impl<B: Future<Output = IsYield<Y, R>>, Y: 'static, R: 'static> Block<B, IsYield<Y, R>> {
    /// Evaluates the operand and sends the value on its way: nothing of it stays in the frame.
    #[inline(always)]
    pub fn announce(&self, cx: &mut Cx<'_>, _entered: bool) -> bool {
        if cx.waits_for_turn() {
            return true;
        }
        if let Some(block) = self.block.take() {
            cx.send::<Y, R>(at_once(block).0);
        }
        false
    }

    /// What is left to wait for.
    #[inline(always)]
    pub fn begin(self) -> Sent<Y, R> {
        Sent::new()
    }
}

impl<B: Future<Output = Flow<IsYield<Y, R>, E>>, Y: 'static, R: 'static, E> Block<B, Flow<IsYield<Y, R>, E>> {
    /// Evaluates the operand and sends the value on its way, or keeps how it was left.
    #[inline(always)]
    pub fn announce(&self, cx: &mut Cx<'_>, _entered: bool) -> bool {
        if cx.waits_for_turn() {
            return true;
        }
        if let Some(block) = self.block.take() {
            match at_once(block) {
                Flow::On(IsYield(value, _)) => cx.send::<Y, R>(value),
                left => self.left.set(Some(left)),
            }
        }
        false
    }

    /// What is left to wait for, or how the operand was left.
    #[inline(always)]
    pub fn begin(self) -> FlowSent<Y, R, E> {
        match self.left.into_inner() {
            Some(Flow::Return(value)) => FlowSent::Return(Some(value)),
            Some(Flow::Jump(target)) => FlowSent::Jump(target),
            Some(Flow::On(_)) | None => FlowSent::Sent(Sent::new()),
        }
    }
}

#[allow(clippy::extra_unused_lifetimes, reason = "it is what a flight is lengthened from")]
impl<'x, B: Future<Output = IsValue<R>> + Send + 'x, R: 'x> Block<B, IsValue<R>> {
    /// Before a step begins, the driver gets the chance to store the frame as it is, if it can be stored now.
    #[inline]
    pub fn announce(&self, cx: &mut Cx<'_>, entered: bool) -> bool {
        cx.take_off(entered)
    }

    /// The step, not polled yet.
    pub fn begin(self) -> Flight<IsValue<R>> {
        Flight::of(Box::pin(self.into_block()))
    }
}

#[allow(clippy::extra_unused_lifetimes, reason = "it is what a flight is lengthened from")]
impl<'x, B: Future<Output = Flow<IsValue<R>, E>> + Send + 'x, R: 'x, E: 'x> Block<B, Flow<IsValue<R>, E>> {
    /// Before a step begins, the driver gets the chance to store the frame as it is, if it can be stored now.
    #[inline]
    pub fn announce(&self, cx: &mut Cx<'_>, entered: bool) -> bool {
        cx.take_off(entered)
    }

    /// The step, not polled yet.
    pub fn begin(self) -> Flight<Flow<IsValue<R>, E>> {
        Flight::of(Box::pin(self.into_block()))
    }
}

/// The operand of a child: the block has no awaits but the one that gives the child, which is ready.
#[inline(always)]
fn at_once<B: Future>(block: B) -> B::Output {
    match std::pin::pin!(block).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => empty(),
    }
}
