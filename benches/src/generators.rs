//! The three kinds of generators, behind one trait: ours, rustc's own async machine, and diapause's.
use crate::measure::Contender;
use coroutine_runtime::Yields;
use coroutine_runtime::prelude::*;
use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// What a generator is resumed with to make it return. It never is: the generators go on for ever.
pub(crate) const STOP: u64 = u64::MAX;

/// Something that is resumed with a number and yields one.
pub(crate) trait Steps {
    fn step(&mut self, input: u64) -> u64;
}

/// Resumes it over and over. What is behind the reference is anybody's guess to the optimizer, and a resume is a call.
pub(crate) fn drive(generator: &mut impl Steps, times: u64) {
    #[inline(never)]
    fn step<G: Steps>(generator: &mut G, input: u64) -> u64 {
        generator.step(input)
    }
    for n in 0..times {
        black_box(step(black_box(&mut *generator), black_box(n & 0xffff)));
    }
}

/// A generator as a contender.
pub(crate) fn contender<'a>(mut generator: impl Steps + 'a) -> Contender<'a> {
    generator.step(0);
    Box::new(move |times| drive(&mut generator, times))
}

fn ended() -> ! {
    panic!("a generator that never ends has ended")
}

// ---- ours -------------------------------------------------------------------------------------------

pub(crate) struct Ours<'a, M: Frame>(Coroutine<'a, M>);

impl<M: Frame<Return = u64, Port = Yields<u64, u64>>> Steps for Ours<'_, M> {
    #[inline(always)]
    fn step(&mut self, input: u64) -> u64 {
        match self.0.resume(input) {
            Ok(Resumed::Yielded(value)) => value,
            _ => ended(),
        }
    }
}

/// A call of a `#[durable]` function.
pub(crate) fn ours<'a, M: Frame<Return = u64, Port = Yields<u64, u64>>, B: 'a>(call: Call<'a, M::Lent, M, B>) -> Ours<'a, M> {
    Ours(call.start())
}

/// What a call's frame takes in memory.
pub(crate) fn frame_size<M: Frame, B>(_: &Call<'_, M::Lent, M, B>) -> usize {
    size_of::<M>()
}

// ---- rustc's own ------------------------------------------------------------------------------------

/// Where a plain async function's values go out and come in: the cheapest that there is.
#[derive(Default)]
pub(crate) struct Port {
    out: Cell<Option<u64>>,
    input: Cell<Option<u64>>,
    /// Whether one of several has a value out that is not answered.
    asks: Cell<bool>,
}

impl Port {
    /// Yields from a plain async function.
    #[inline]
    pub(crate) fn yields(&self, value: u64) -> Yielding<'_> {
        Yielding { port: self, value: Some(value) }
    }

    /// The same, for one of several futures beside each other: it waits until no other has a value that is not answered.
    #[inline]
    pub(crate) fn yields_in_turn(&self, value: u64) -> InTurn<'_> {
        InTurn { port: self, value: Some(value) }
    }

    /// A port that is there for good.
    pub(crate) fn leaked() -> &'static Port {
        Box::leak(Box::default())
    }
}

/// A plain future that yields once.
pub(crate) struct Yielding<'p> {
    port: &'p Port,
    value: Option<u64>,
}

impl Future for Yielding<'_> {
    type Output = u64;
    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        match self.value.take() {
            Some(value) => {
                self.port.out.set(Some(value));
                Poll::Pending
            }
            None => match self.port.input.take() {
                Some(input) => Poll::Ready(input),
                None => Poll::Pending,
            },
        }
    }
}

/// A plain future that yields once, when it is its turn.
pub(crate) struct InTurn<'p> {
    port: &'p Port,
    value: Option<u64>,
}

impl Future for InTurn<'_> {
    type Output = u64;
    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        if self.value.is_some() {
            if !self.port.asks.replace(true) {
                self.port.out.set(self.value.take());
            }
            return Poll::Pending;
        }
        match self.port.input.take() {
            Some(input) => {
                self.port.asks.set(false);
                Poll::Ready(input)
            }
            None => Poll::Pending,
        }
    }
}

pub(crate) struct Rustc<F> {
    future: Pin<Box<F>>,
    port: &'static Port,
}

impl<F: Future<Output = u64>> Steps for Rustc<F> {
    #[inline(always)]
    fn step(&mut self, input: u64) -> u64 {
        self.port.input.set(Some(input));
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => match self.port.out.take() {
                Some(value) => value,
                None => ended(),
            },
            Poll::Ready(_) => ended(),
        }
    }
}

/// A plain async function's future.
pub(crate) fn rustc<F: Future<Output = u64>>(future: impl FnOnce(&'static Port) -> F) -> Rustc<F> {
    let port = Port::leaked();
    Rustc { future: Box::pin(future(port)), port }
}

// ---- diapause's -------------------------------------------------------------------------------------

pub(crate) struct Diapause<C> {
    state: Box<C>,
    started: bool,
}

impl<C: diapause::Coroutine<u64, Yield = u64, Return = u64>> Steps for Diapause<C> {
    #[inline(always)]
    fn step(&mut self, input: u64) -> u64 {
        let state = if self.started {
            self.state.resume(input)
        } else {
            self.started = true;
            self.state.start()
        };
        match state {
            diapause::CoroutineState::Yielded(value) => value,
            diapause::CoroutineState::Complete(_) => ended(),
        }
    }
}

/// A diapause coroutine.
pub(crate) fn diapause<C>(state: C) -> Diapause<C> {
    Diapause { state: Box::new(state), started: false }
}
