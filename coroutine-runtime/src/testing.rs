//! For tests: drives plain async functions that yield, so that they can be compared with durable ones. In: a future; out: what yields
//! inside it, as from a coroutine.
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::coroutine::Resumed;

/// Drives any future inside which coroutines yield `Y` and are resumed with `R`.
///
/// ```
/// use coroutine_runtime::testing::Twin;
/// use coroutine_runtime::{Resumed, yield_};
///
/// let mut twin = Twin::<u8, u8, _>::new(async { yield_::<u8, u8>(1).await + 1 });
/// assert_eq!(twin.resume(0), Resumed::Yielded(1));
/// assert_eq!(twin.resume(5), Resumed::Complete(6));
/// ```
pub struct Twin<Y, R, F> {
    future: Option<Pin<Box<F>>>,
    _port: PhantomData<fn(R) -> Y>,
}

impl<Y: 'static, R: 'static, F: Future> Twin<Y, R, F> {
    /// Drives `future`.
    pub fn new(future: F) -> Self {
        Twin { future: Some(Box::pin(future)), _port: PhantomData }
    }

    /// Goes on to the next yield or to the end; the first `input` is dropped. Ordinary futures inside are polled until they are ready.
    ///
    /// # Panics
    /// After it has completed.
    pub fn resume(&mut self, input: R) -> Resumed<Y, F::Output> {
        let Some(future) = &mut self.future else { panic!("the twin was resumed after it had completed") };
        let mut input = Some(input);
        loop {
            let (landed, out) = outside::with::<Y, R, _>(&mut input, || future.as_mut().poll(&mut Context::from_waker(Waker::noop())));
            match (landed, out) {
                (Poll::Ready(value), _) => {
                    self.future = None;
                    return Resumed::Complete(value);
                }
                (Poll::Pending, Some(value)) => return Resumed::Yielded(value),
                (Poll::Pending, None) => {}
            }
        }
    }
}

pub(crate) mod outside {
    //! Where a coroutine yields that no driver of ours drives: the port of the twin whose task polls it.
    use crate::frame::machine::Port;
    use std::any::{Any, type_name};
    use std::cell::RefCell;
    use std::task::Poll;

    thread_local! {
        static PORT: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }

    /// Polls with a port for what yields inside; `input` is taken if it was asked for.
    pub(crate) fn with<Y: 'static, R: 'static, T>(input: &mut Option<R>, poll: impl FnOnce() -> T) -> (T, Option<Y>) {
        /// Puts the outer port back, whether or not the poll panics.
        struct Outer(Option<Box<dyn Any>>);
        impl Drop for Outer {
            fn drop(&mut self) {
                let outer = self.0.take();
                PORT.with_borrow_mut(|port| *port = outer);
            }
        }
        let outer = Outer(PORT.replace(Some(Box::new(Port::<Y, R> { out: None, input: input.take() }))));
        let result = poll();
        let port = PORT.take();
        drop(outer);
        match port.and_then(|port| port.downcast::<Port<Y, R>>().ok()) {
            Some(port) => {
                *input = port.input;
                (result, port.out)
            }
            None => (result, None),
        }
    }

    #[cold]
    pub(crate) fn send<Y: 'static, R: 'static>(value: Y, driven: bool) {
        let sent = PORT.with_borrow_mut(|port| Some(port_of::<Y, R>(port)?.out.replace(value)));
        if sent.is_none() {
            nobody::<Y, R>(driven)
        }
    }

    #[cold]
    pub(crate) fn receive<Y: 'static, R: 'static>(driven: bool) -> Poll<R> {
        let received = PORT.with_borrow_mut(|port| {
            let port = port_of::<Y, R>(port)?;
            Some(if port.out.is_some() { None } else { port.input.take() })
        });
        match received {
            Some(input) => input.map_or(Poll::Pending, Poll::Ready),
            None => nobody::<Y, R>(driven),
        }
    }

    fn port_of<Y: 'static, R: 'static>(port: &mut Option<Box<dyn Any>>) -> Option<&mut Port<Y, R>> {
        port.as_mut().and_then(|port| port.downcast_mut())
    }

    fn nobody<Y, R>(driven: bool) -> ! {
        let (yields, resumes) = (type_name::<Y>(), type_name::<R>());
        if driven {
            panic!("a coroutine yielded `{yields}` and asked for `{resumes}` inside one whose yields have other types");
        }
        panic!(
            "a coroutine yielded `{yields}` where nothing takes it, in an ordinary task or inside a step: `start` the coroutine and `resume` it, or await it directly in a `#[durable]` function"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yield_;

    #[test]
    fn a_twin_is_driven_like_a_coroutine() {
        let mut twin = Twin::<u8, u8, _>::new(async {
            let mut sum = 0;
            for n in 0..3 {
                sum += yield_::<u8, u8>(n).await;
                std::future::ready(()).await;
            }
            sum
        });
        assert_eq!(twin.resume(99), Resumed::Yielded(0));
        assert_eq!(twin.resume(1), Resumed::Yielded(1));
        assert_eq!(twin.resume(2), Resumed::Yielded(2));
        assert_eq!(twin.resume(3), Resumed::Complete(6));
    }

    #[test]
    #[should_panic = "where nothing takes it"]
    fn a_yield_in_an_ordinary_task() {
        let _ = Box::pin(yield_::<u8, u8>(1)).as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
}
