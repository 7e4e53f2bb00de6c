//! For tests: drives plain async functions that yield, so that they can be compared with durable ones.
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::coroutine::Resumed;

/// Drives any future inside which coroutines yield `Y` and are resumed with `R`.
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
            let (landed, out) = port::with::<Y, R, _>(&mut input, || future.as_mut().poll(&mut Context::from_waker(Waker::noop())));
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

pub(crate) mod port {
    //! Where a coroutine yields that no driver of ours drives: the port of the twin whose task polls it.
    use crate::frame::machine::Port;
    use std::any::{Any, type_name};
    use std::cell::RefCell;
    use std::task::Poll;

    thread_local! {
        static PORT: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }

    pub(crate) fn with<Y: 'static, R: 'static, T>(input: &mut Option<R>, poll: impl FnOnce() -> T) -> (T, Option<Y>) {
        let outer = PORT.replace(Some(Box::new(Port::<Y, R> { out: None, input: input.take() })));
        let result = poll();
        let port = PORT.replace(outer);
        match port.and_then(|port| port.downcast::<Port<Y, R>>().ok()) {
            Some(port) => {
                *input = port.input;
                (result, port.out)
            }
            None => (result, None),
        }
    }

    #[cold]
    pub(crate) fn outside<Y: 'static, R: 'static>(value: Option<Y>, other: bool) -> Poll<R> {
        PORT.with_borrow_mut(|port| {
            let Some(port) = port.as_mut().and_then(|port| port.downcast_mut::<Port<Y, R>>()) else {
                panic!(
                    "`yield_::<{}, {}>` was awaited {}",
                    type_name::<Y>(),
                    type_name::<R>(),
                    if other {
                        "in a coroutine whose yields have other types"
                    } else {
                        "where nothing takes what it yields: start the coroutine and resume it"
                    },
                )
            };
            match value {
                Some(value) => {
                    port.out = Some(value);
                    Poll::Pending
                }
                None => port.input.take().map_or(Poll::Pending, Poll::Ready),
            }
        })
    }
}
