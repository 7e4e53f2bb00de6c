//! A sleep: waits for a moment. In: a deadline, which is all that is stored of it; out: that it has passed.
//!
//! Here the clock is the system's, and a thread of this crate's own wakes who waits. What does not happen here: that a sleeping coroutine
//! is taken out of memory; whoever keeps its snapshot may do that.
use crate::frame::machine::{Call, Cx};
use crate::frame::{Leaf, Silent};
use crate::snapshot::{In, Info, NotNow, Out, RestoreError, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The frame of [`sleep`] and [`sleep_until`].
pub struct Sleep {
    until: Until,
    alarm: Option<Alarm>,
}

#[derive(Clone, Copy)]
enum Until {
    /// So many milliseconds from when it is first resumed: by then it is known whose clock counts.
    For(u64),
    /// Milliseconds since 1970.
    At(u64),
}

/// Waits until so much time has passed, days if need be.
///
/// The time begins when it is first awaited. Only the moment when it ends is stored: a coroutine that is restored later goes on at once,
/// one that is restored earlier waits for the rest. It is no step: the coroutine can be stored meanwhile ([`run_with`](crate::Coroutine::run_with) gives the chance to when it
/// begins to wait), and other branches of a [`join!`](crate::join) go on. Time is the system's clock, to a millisecond, and goes on while
/// the process does not run; where an engine drives, it is the engine's.
///
/// ```
/// use coroutine_runtime::{prelude::*, sleep};
/// use std::task::{Context, Waker};
/// use std::time::Duration;
///
/// #[durable]
/// async fn tomorrow(n: u32) -> u32 {
///     sleep(Duration::from_secs(86_400)).await;
///     n + 1
/// }
///
/// let mut coroutine = tomorrow(1).start();
/// assert!(coroutine.poll_run(&mut Context::from_waker(Waker::noop())).is_pending());
/// let bytes = coroutine.snapshot()?;
/// let again = restore(tomorrow, &bytes)?; // waits for the rest of the day
/// assert_eq!(again.view().frames[1].function, "sleep");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sleep(time: Duration) -> Call<'static, (), Sleep> {
    // (Rounded up: it never ends too early.)
    let for_ms = u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    Call::new((), Sleep { until: Until::For(for_ms), alarm: None })
}

/// Waits until a moment: as [`sleep`].
///
/// ```
/// use coroutine_runtime::{prelude::*, sleep_until};
/// use std::time::SystemTime;
///
/// #[durable]
/// async fn waits(deadline: SystemTime) -> &'static str {
///     sleep_until(deadline).await;
///     "it is time"
/// }
///
/// assert_eq!(waits(SystemTime::now()).start().run()?, "it is time");
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
pub fn sleep_until(deadline: SystemTime) -> Call<'static, (), Sleep> {
    let since = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let deadline_ms = u64::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    Call::new((), Sleep { until: Until::At(deadline_ms), alarm: None })
}

/// What [`timeout!`](crate::timeout) gives when the time is over.
///
/// ```
/// use coroutine_runtime::{Elapsed, prelude::*, sleep, timeout};
/// use std::time::Duration;
///
/// #[durable]
/// async fn waits() -> Result<(), Elapsed> {
///     timeout!(Duration::from_millis(1), sleep(Duration::from_secs(86_400)))
/// }
///
/// assert_eq!(waits().start().run()?, Err(Elapsed));
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is over")
    }
}

impl std::error::Error for Elapsed {}

/// Some ten thousand years.
const FOREVER: Duration = Duration::from_secs(10_000 * 366 * 86_400);
/// After so long the clock is looked at again, for it may have been set.
const NAP_MAX: Duration = Duration::from_secs(60);

static INFO: Info = Info {
    name: "sleep",
    file: "",
    states: &[State { label: "Sleeps", line: 0, live: &[0], held: &[] }, State { label: "Begins", line: 0, live: &[1], held: &[] }],
    slots: &["until_ms", "for_ms"],
};

impl Sleep {
    fn values(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        let (state, ms) = match self.until {
            Until::At(ms) => (0, ms),
            Until::For(ms) => (1, ms),
        };
        out.state(state)?;
        if out.shapes::<u64>() {
            return Ok(());
        }
        out.value(&ms)
    }

    /// Waits for what an engine's clock or this system's says.
    fn wait(&mut self, deadline_ms: u64, cx: &mut Cx<'_>) -> bool {
        #[cfg(feature = "engine")]
        if let Some(turn) = cx.turn() {
            return turn.is_due(deadline_ms);
        }
        let deadline = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(deadline_ms));
        let left = deadline.map_or(FOREVER, |deadline| deadline.duration_since(SystemTime::now()).unwrap_or_default());
        self.alarm = (!left.is_zero()).then(|| Alarm::set(left.min(NAP_MAX), cx.waker()));
        left.is_zero()
    }
}

impl Leaf for Sleep {
    type Return = ();
    type Port = Silent;

    fn advance(&mut self, cx: &mut Cx<'_>) -> Poll<()> {
        let deadline_ms = match self.until {
            Until::At(ms) => ms,
            // (No time is no time, whatever the clock.)
            Until::For(0) => return Poll::Ready(()),
            Until::For(ms) => now_ms(cx).saturating_add(ms),
        };
        self.until = Until::At(deadline_ms);
        if self.wait(deadline_ms, cx) {
            return Poll::Ready(());
        }
        cx.sleeps();
        Poll::Pending
    }

    fn write(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.frame(&INFO, 0, &|out| self.values(out))
    }

    fn read(input: &mut In<'_>) -> Result<Self, RestoreError> {
        input.frame(&INFO, 0, &|out| Sleep { until: Until::At(0), alarm: None }.values(out))?;
        let state = input.state(&INFO)?;
        let ms = input.value()?;
        Ok(Sleep { until: if state == 0 { Until::At(ms) } else { Until::For(ms) }, alarm: None })
    }
}

/// What the clock says that counts for a coroutine: the engine's, or the system's.
pub(super) fn now_ms(cx: &Cx<'_>) -> u64 {
    #[cfg(feature = "engine")]
    if let Some(turn) = cx.turn() {
        return turn.now_ms();
    }
    let _ = cx;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

// ---- who wakes ------------------------------------------------------------------------------------------

/// A task that is to be woken; dropped, it is not.
struct Alarm(Key);

/// When, and which of those at the same time.
type Key = (Instant, u64);

#[derive(Default)]
struct Alarms {
    waiting: Mutex<(BTreeMap<Key, Waker>, u64)>,
    changed: Condvar,
}

impl Alarm {
    fn set(after: Duration, waker: &Waker) -> Self {
        let alarms = Alarms::running();
        let mut waiting = alarms.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.1 += 1;
        let key = (Instant::now() + after, waiting.1);
        waiting.0.insert(key, waker.clone());
        alarms.changed.notify_one();
        Alarm(key)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let waker = Alarms::running().waiting.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&self.0);
        // (Unlocked: a waker runs code of others.)
        drop(waker);
    }
}

impl Alarms {
    /// The alarms, and a thread that sounds them: there is one as long as the process lives.
    fn running() -> &'static Alarms {
        static ALARMS: OnceLock<Alarms> = OnceLock::new();
        static THREAD: OnceLock<bool> = OnceLock::new();
        let alarms = ALARMS.get_or_init(Alarms::default);
        let runs = *THREAD.get_or_init(|| thread::Builder::new().name("coroutine-alarms".into()).spawn(|| alarms.sound()).is_ok());
        assert!(runs, "no thread could be started that wakes sleeping coroutines");
        alarms
    }

    fn sound(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            match waiting.0.first_key_value().map(|(key, _)| *key) {
                Some((at, n)) if at <= now => {
                    let waker = waiting.0.remove(&(at, n));
                    drop(waiting);
                    waker.into_iter().for_each(Waker::wake);
                    waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                }
                Some((at, _)) => {
                    waiting = self.changed.wait_timeout(waiting, at - now).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
