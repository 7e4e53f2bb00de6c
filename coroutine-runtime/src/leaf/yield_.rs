//! A yield: hands a value to the driver, and waits for what it is resumed with.
use crate::frame::machine::{Call, Cx};
use crate::frame::slots::empty;
use crate::frame::{Leaf, Yields};
use crate::snapshot::{In, NotNow, Out, RestoreError};
use std::marker::PhantomData;
use std::task::Poll;

/// The frame of [`yield_`]. Once its value has gone out there is nothing left to store.
pub struct Yield<Y, R> {
    value: Option<Y>,
    _resume: PhantomData<fn() -> R>,
}

/// (It is never pinned to what it holds.)
impl<Y, R> Unpin for Yield<Y, R> {}

/// Hands `value` to whoever drives the coroutine, and waits to be resumed.
///
/// In a function with `#[durable(yield = Y, resume = R)]`, `yield_(value).await` gives what the next resume brings. On its own it is
/// the simplest coroutine there is.
///
/// ```
/// use coroutine_runtime::{Resumed, yield_};
///
/// let mut coroutine = yield_::<&str, u32>("how many?").start();
/// assert_eq!(coroutine.resume(0)?, Resumed::Yielded("how many?")); // what the first resume brings is dropped
/// assert_eq!(coroutine.resume(3)?, Resumed::Complete(3));
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
///
/// # Panics
/// When it is awaited where nothing takes what it yields: in an ordinary task, or in a coroutine whose yields have other types.
#[inline(always)]
pub fn yield_<Y: Send + 'static, R: 'static>(value: Y) -> Call<'static, (), Yield<Y, R>> {
    Call::new((), Yield { value: Some(value), _resume: PhantomData })
}

const NAME: &str = "yield_";
const SENT: &str = "Sent";

impl<Y: 'static, R: 'static> Yield<Y, R> {
    /// The value of a yield that was not resumed yet.
    #[inline(always)]
    pub(crate) fn into_value(self) -> Y {
        match self.value {
            Some(value) => value,
            None => empty(),
        }
    }

    /// Writes a yield whose value has gone out.
    pub(crate) fn write_sent(out: &mut Out<'_>) -> Result<(), NotNow> {
        out.leaf::<(Y, R)>(NAME, SENT)
    }

    /// Reads one.
    pub(crate) fn read_sent(input: &mut In<'_>) -> Result<(), RestoreError> {
        input.leaf::<(Y, R)>(NAME, SENT)
    }
}

impl<Y: Send + 'static, R: 'static> Leaf for Yield<Y, R> {
    type Return = R;
    type Port = Yields<Y, R>;

    #[inline]
    fn advance(&mut self, cx: &mut Cx<'_>) -> Poll<R> {
        if self.value.is_some() && cx.waits_for_turn() {
            return Poll::Pending;
        }
        match self.value.take() {
            Some(value) => {
                cx.send::<Y, R>(value);
                Poll::Pending
            }
            None => cx.receive::<Y, R>(),
        }
    }

    fn write(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        if self.value.is_some() {
            return Err(NotNow::new("it is a yield that has not yielded yet; resume it first"));
        }
        Self::write_sent(out)
    }

    fn read(input: &mut In<'_>) -> Result<Self, RestoreError> {
        Self::read_sent(input)?;
        Ok(Yield { value: None, _resume: PhantomData })
    }
}
