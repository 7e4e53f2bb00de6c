//! A yield: hands a value to the driver, and waits for what it is resumed with.
use crate::frame::machine::{Call, Cx};
use crate::frame::{Leaf, Yields};
use crate::snapshot::{In, NotNow, Out, RestoreError};
use crate::testing::port;
use std::marker::PhantomData;
use std::task::Poll;

/// The frame of [`yield_`]. Once its value has gone out there is nothing left to store.
pub struct Yield<Y, R> {
    value: Option<Y>,
    _resume: PhantomData<fn() -> R>,
}

/// Hands `value` to whoever drives the coroutine, and waits to be resumed.
#[inline(always)]
pub fn yield_<Y: Send + Unpin + 'static, R: 'static>(value: Y) -> Call<'static, (), Yield<Y, R>> {
    Call::new((), Yield { value: Some(value), _resume: PhantomData })
}

impl<Y: Send + Unpin + 'static, R: 'static> Leaf for Yield<Y, R> {
    type Return = R;
    type Port = Yields<Y, R>;

    #[inline(always)]
    fn advance(&mut self, cx: &mut Cx<'_>) -> Poll<R> {
        match (self.value.take(), cx.port::<Y, R>()) {
            (Some(value), Some(port)) => {
                port.out = Some(value);
                Poll::Pending
            }
            (None, Some(port)) => match port.input.take() {
                Some(input) => Poll::Ready(input),
                None => Poll::Pending,
            },
            (value, None) => port::outside(value, cx.has_port()),
        }
    }

    fn write(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        if self.value.is_some() {
            return Err(NotNow::new("it is about to yield: resume it first"));
        }
        out.leaf::<(Y, R)>("coroutine_runtime::yield_", "Sent")
    }

    fn read(input: &mut In<'_>) -> Result<Self, RestoreError> {
        input.leaf::<(Y, R)>("coroutine_runtime::yield_", "Sent")?;
        Ok(Yield { value: None, _resume: PhantomData })
    }
}
