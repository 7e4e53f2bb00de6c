//! Time, randomness and tasks, as the engine has them. In a program they are the system's and tokio's; in a test they are the test's.
use crate::leaf::system_random;
use crate::store::BoxFuture;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, SystemTime};

/// What the engine has of its surroundings, besides its store.
pub(crate) trait World: Send + Sync + 'static {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// Waits until a time; perhaps not so long, so whoever waits looks at the clock again.
    fn sleep_until(&self, at_ms: u64) -> BoxFuture<'static, ()>;
    fn random(&self, bytes: &mut [u8]);
    fn spawn(&self, task: BoxFuture<'static, ()>);
    /// A coroutine's step is under way from now on (`true`), or no more.
    fn flies(&self, _begins: bool) {}
}

/// Lets other tasks go first. (tokio's own yield comes back when tokio's queue has been looked at, which in a world of its own is not.)
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The system's clock and randomness, and tokio's tasks.
pub(crate) struct System(tokio::runtime::Handle);

/// After so long the clock is looked at again, for it may have been set.
const NAP_MAX_MS: u64 = 10_000;

impl System {
    /// Where tokio runs.
    ///
    /// # Panics
    /// Where it does not.
    pub(crate) fn current() -> Self {
        System(tokio::runtime::Handle::current())
    }
}

impl World for System {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_until(&self, at_ms: u64) -> BoxFuture<'static, ()> {
        let nap_ms = at_ms.saturating_sub(self.now_ms()).min(NAP_MAX_MS);
        Box::pin(tokio::time::sleep(Duration::from_millis(nap_ms)))
    }

    fn random(&self, bytes: &mut [u8]) {
        system_random(bytes);
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}
