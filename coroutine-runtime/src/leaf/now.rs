//! The time, as a value of the coroutine's. In: a clock; out: what it says, once.
use super::sleep::now_ms;
use crate::frame::machine::{Call, Cx};
use crate::frame::{Frame, Leaf, Silent};
use crate::snapshot::{In, NotNow, Out, RestoreError};
use std::task::Poll;
use std::time::{Duration, SystemTime};

/// What time it is.
///
/// The value is a variable like any other: it is stored with the coroutine, and a coroutine that goes on after a restore does not ask
/// again. Where an engine drives, it is the engine's clock, which a test may set.
///
/// ```
/// use coroutine_runtime::{now, prelude::*};
/// use std::time::{Duration, SystemTime};
///
/// #[durable(yield = &'static str)]
/// async fn lasts() -> Duration {
///     let begin = now().await;
///     yield_("begun").await;
///     now().await.duration_since(begin).unwrap_or_default()
/// }
///
/// let mut coroutine = lasts().start();
/// coroutine.resume(())?;
/// let bytes = coroutine.snapshot()?;
/// assert!(matches!(restore(lasts, &bytes)?.resume(())?, Resumed::Complete(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn now() -> Call<'static, (), impl Frame<Lent = (), Return = SystemTime, Port = Silent>> {
    Call::new((), Now)
}

struct Now;

const NAME: &str = "now";
const LABEL: &str = "Begins";

impl Leaf for Now {
    type Return = SystemTime;
    type Port = Silent;

    fn advance(&mut self, cx: &mut Cx<'_>) -> Poll<SystemTime> {
        let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(now_ms(cx)));
        Poll::Ready(now.unwrap_or(SystemTime::UNIX_EPOCH))
    }

    fn write(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.leaf::<()>(NAME, LABEL)
    }

    fn read(input: &mut In<'_>) -> Result<Self, RestoreError> {
        input.leaf::<()>(NAME, LABEL).map(|()| Now)
    }
}
