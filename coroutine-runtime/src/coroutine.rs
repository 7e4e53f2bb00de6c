//! A coroutine that is driven by hand: resumed, stored, looked at. In: a call, or a frame that was restored; out: what it yields and
//! returns. What always holds: a frame is read at rest only, and never resumed after it has returned or panicked.
use crate::frame::machine::{self, Call, Cx, Driven, Lent, Port, Shared, Step};
use crate::frame::{Frame, Saves, Silent, Yields};
use crate::snapshot::{self, NotNow, RestoreError, SnapshotError, View};
use futures_core::Stream;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// A started coroutine, and for `'a` what it was lent.
///
/// A [`Call`] gives it with [`start`](Call::start), a snapshot with [`restore`](crate::restore). It runs only while it is resumed, and
/// dropping it drops its variables, as with any future.
///
/// ```
/// use coroutine_runtime::{Resumed, restore, yield_};
///
/// // `yield_` itself is the simplest coroutine: it yields once, and returns what it is resumed with.
/// let mut coroutine = yield_::<u32, String>(7).start();
/// assert_eq!(coroutine.resume(String::new())?, Resumed::Yielded(7));
/// let bytes = coroutine.snapshot()?;
/// drop(coroutine);
///
/// let mut coroutine = restore(yield_::<u32, String>, &bytes)?;
/// assert_eq!(coroutine.resume("seven".into())?, Resumed::Complete("seven".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Coroutine<'a, M: Frame> {
    driven: Driven<'a, M>,
    phase: Phase,
    /// The step ahead, if there is one, was announced, or its frame was stored just there.
    announced: bool,
}

/// (Its frame is pinned in a box of its own.)
impl<M: Frame> Unpin for Coroutine<'_, M> {}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Waits to be started, for what it is resumed with, or for a step to begin.
    Rests,
    /// A step is under way.
    Flies,
    /// It has returned.
    Returned,
    /// It is being resumed, or panicked.
    Broken,
}

/// What a resume gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed<Y, R> {
    /// It yielded a value and waits to be resumed.
    Yielded(Y),
    /// It returned.
    Complete(R),
}

/// Where a coroutine stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspended<Y, R> {
    /// A step is about to begin: a good moment to store the coroutine. After a crash the step is done again, from here.
    StepAhead,
    /// It yielded a value and waits to be resumed.
    Yielded(Y),
    /// It returned.
    Complete(R),
}

/// Why a coroutine cannot be resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResumeError {
    /// It has returned.
    Returned,
    /// It panicked in an earlier resume, or was left in the middle of one.
    Panicked,
    /// A coroutine inside it that was restored does not fit this program. Nothing is lost: it is as it was.
    Restore(RestoreError),
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResumeError::Returned => f.write_str("the coroutine cannot be resumed: it has returned"),
            ResumeError::Panicked => f.write_str(
                "the coroutine cannot be resumed: it panicked, so its variables may be anything; go on from an earlier snapshot",
            ),
            ResumeError::Restore(_) => f.write_str("the coroutine cannot be resumed: it awaits one that does not fit this program"),
        }
    }
}

impl std::error::Error for ResumeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ResumeError::Restore(error) => Some(error),
            ResumeError::Returned | ResumeError::Panicked => None,
        }
    }
}

/// Why a coroutine cannot be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloneError {
    /// It cannot be stored now.
    Snapshot(SnapshotError),
    /// What was stored does not give it back: a variable's `Serialize` and `Deserialize` do not fit each other.
    Restore(RestoreError),
}

impl fmt::Display for CloneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the coroutine cannot be copied through a snapshot")
    }
}

impl std::error::Error for CloneError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CloneError::Snapshot(error) => Some(error),
            CloneError::Restore(error) => Some(error),
        }
    }
}

impl<'a, L: Lent, M: Frame<Lent = L>, B> Call<'a, L, M, B> {
    /// A coroutine to be driven by hand. It has not begun to run.
    pub fn start<'c>(self) -> Coroutine<'c, M>
    where
        'a: 'c,
        B: 'c,
    {
        Coroutine { driven: self.driven(), phase: Phase::Rests, announced: false }
    }
}

// ---- any coroutine ------------------------------------------------------------------------------------

/// How a resume ended.
enum Stop<R> {
    Returned(R),
    /// It waits for a moment, and nothing else goes on.
    Sleeps,
    /// It waits for its driver.
    Waits,
    /// A step is about to begin.
    Ahead,
    /// A step is under way.
    Flies,
}

impl<'a, M: Frame> Coroutine<'a, M> {
    pub(crate) fn restored(frame: M, lent: <M::Lent as Lent>::At<'a>) -> Self {
        Coroutine { driven: Driven::new(frame, lent), phase: Phase::Rests, announced: true }
    }

    /// Whether it can be resumed; until the resume has come back, it cannot, and a panic leaves it so. Out comes whether the step
    /// ahead was announced.
    #[inline(always)]
    fn begin(&mut self) -> Result<bool, ResumeError> {
        if !matches!(self.phase, Phase::Rests | Phase::Flies) {
            return Err(self.ended());
        }
        self.phase = Phase::Broken;
        Ok(self.announced)
    }

    #[cold]
    fn ended(&self) -> ResumeError {
        if self.phase == Phase::Returned { ResumeError::Returned } else { ResumeError::Panicked }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Stop<M::Return>, ResumeError> {
        cx.takeoff = self.begin()?;
        let landed = self.driven.resume(cx);
        self.came_back(landed, cx)
    }

    fn came_back(&mut self, landed: Poll<M::Return>, cx: &mut Cx<'_>) -> Result<Stop<M::Return>, ResumeError> {
        match landed {
            Poll::Ready(value) => {
                self.phase = Phase::Returned;
                Ok(Stop::Returned(value))
            }
            Poll::Pending if cx.stop == machine::Stop::NONE => {
                self.rests();
                Ok(Stop::Waits)
            }
            Poll::Pending => self.stopped_short(cx),
        }
    }

    #[inline(always)]
    fn rests(&mut self) {
        (self.phase, self.announced) = (Phase::Rests, false);
    }

    #[inline(never)]
    fn stopped_short(&mut self, cx: &mut Cx<'_>) -> Result<Stop<M::Return>, ResumeError> {
        let flies = cx.stop.is_flying();
        self.phase = if flies { Phase::Flies } else { Phase::Rests };
        // Beside a step that is under way others wait for it: they are announced together, when the frame can be stored.
        self.announced = cx.stop.is_ahead() && !flies;
        if cx.stop.is_failed() {
            self.announced = true;
            return Err(self.driven.take_failure().map_or(ResumeError::Panicked, ResumeError::Restore));
        }
        Ok(match () {
            () if flies => Stop::Flies,
            () if cx.stop.is_ahead() => Stop::Ahead,
            () if cx.stop.is_asleep() => Stop::Sleeps,
            () => Stop::Waits,
        })
    }

    /// Whether it has returned.
    pub fn is_complete(&self) -> bool {
        self.phase == Phase::Returned
    }

    /// Stores it as bytes, which [`restore`](crate::restore) turns back into it, in any process that has its function.
    ///
    /// # Errors
    /// When it cannot be stored now: a step is under way; a variable is alive that passes from one step to the next and cannot be
    /// stored; it has returned or panicked; or a variable's `Serialize` fails.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        snapshot::bytes_of(&Root(self.at_rest()?))
    }

    /// Stores it as JSON, which [`restore_json`](crate::restore_json) turns back into it.
    ///
    /// JSON has no words for some values: floats that are not finite come back as errors, maps need keys that are strings or numbers.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot).
    pub fn snapshot_json(&self) -> Result<String, SnapshotError> {
        snapshot::json_of(&Root(self.at_rest()?))
    }

    /// What it is doing: the functions that await each other, where each waits, and its variables.
    ///
    /// ```
    /// # use coroutine_runtime::yield_;
    /// let mut coroutine = yield_::<u32, ()>(1).start();
    /// coroutine.resume(())?;
    /// assert_eq!(format!("{:?}", coroutine.view()), "0: yield_ at Sent\n");
    /// # Ok::<(), coroutine_runtime::ResumeError>(())
    /// ```
    pub fn view(&self) -> View {
        match self.at_rest() {
            Ok(frame) => snapshot::view_of(&Root(frame)),
            Err(error) => View::none(error.to_string()),
        }
    }

    /// A copy that goes on by itself from here, made through a snapshot. Only where all that it was lent is shared (`&T`).
    ///
    /// # Errors
    /// When it cannot be stored now.
    pub fn try_clone(&self) -> Result<Self, CloneError>
    where
        M::Lent: Shared,
    {
        let bytes = self.snapshot().map_err(CloneError::Snapshot)?;
        let frame = snapshot::frame_of(&bytes).map_err(CloneError::Restore)?;
        Ok(Coroutine { driven: self.driven.beside(frame), phase: Phase::Rests, announced: true })
    }

    pub(crate) fn at_rest(&self) -> Result<&M, SnapshotError> {
        match self.phase {
            Phase::Rests => Ok(self.driven.at_rest()),
            Phase::Flies => Err(SnapshotError::flying()),
            Phase::Returned => Err(SnapshotError::returned()),
            Phase::Broken => Err(SnapshotError::panicked()),
        }
    }
}

impl<M: Frame> fmt::Debug for Coroutine<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A root, to be written.
pub(crate) struct Root<'f, M>(pub(crate) &'f M);
impl<M: Frame> Saves for Root<'_, M> {
    fn save_into<'f>(&'f self, out: &mut snapshot::Out<'f>) -> Result<(), NotNow> {
        self.0.save_into(out)
    }
}

/// Wakes a thread that waits for a step.
struct Unpark(Thread);
impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits until the step that is under way wants to be polled again; the first time, only makes the waker that it is polled with.
#[cold]
fn wait(waker: &mut Option<Waker>) {
    match waker {
        Some(_) => thread::park(),
        None => *waker = Some(Arc::new(Unpark(thread::current())).into()),
    }
}

#[cfg(feature = "engine")]
mod turns {
    //! What an engine does with a coroutine.
    use super::{Coroutine, Phase, ResumeError, Stop};
    use crate::frame::Frame;
    use crate::frame::machine::{Cx, Driven, Shared};
    use crate::leaf::Turn;
    use crate::snapshot::RestoreError;
    use std::any::Any;
    use std::sync::Arc;
    use std::task::Waker;

    /// Where a turn ended.
    pub(crate) enum Paused<R> {
        /// It has returned.
        Returned(R),
        /// A step is about to begin: it can be stored now, or goes on at the next turn.
        Ahead,
        /// It waits for what it has asked the turn for, and can be stored.
        Waits,
        /// A step is under way, perhaps beside what it waits for.
        Flies,
    }

    impl<M: Frame<Lent: Shared>> Coroutine<'static, M> {
        /// One that `owner` lends what it is lent, and that keeps it alive.
        pub(crate) fn owning<E: Any + Send + Sync>(
            owner: Arc<E>,
            make: impl for<'x> FnOnce(&'x E) -> Result<Option<Coroutine<'x, M>>, RestoreError>,
        ) -> Result<Option<Self>, RestoreError> {
            let mut announced = false;
            let driven = Driven::owning(owner, |owner| {
                let coroutine = make(owner)?;
                announced = coroutine.as_ref().is_some_and(|coroutine| coroutine.announced);
                Ok(coroutine.map(|coroutine| coroutine.driven))
            })?;
            Ok(driven.map(|driven| Coroutine { driven, phase: Phase::Rests, announced }))
        }
    }

    impl<M: Frame> Coroutine<'_, M> {
        /// Goes on until it suspends.
        pub(crate) fn take_turn(&mut self, turn: &Turn, waker: &Waker) -> Result<Paused<M::Return>, ResumeError> {
            Ok(match self.go_on(&mut Cx::with_turn(turn, waker))? {
                Stop::Returned(value) => Paused::Returned(value),
                Stop::Ahead => Paused::Ahead,
                Stop::Flies => Paused::Flies,
                Stop::Waits | Stop::Sleeps => Paused::Waits,
            })
        }

        /// A step that is ahead is announced anew at the next turn, and does not begin with it.
        pub(crate) fn hold_back(&mut self) {
            self.announced = false;
        }
    }
}
#[cfg(feature = "engine")]
pub(crate) use turns::Paused;

// ---- one that yields ------------------------------------------------------------------------------------

impl<'a, Y: 'static, R: 'static, M: Frame<Port = Yields<Y, R>>> Coroutine<'a, M> {
    /// Goes on to the next yield or to the end. While a step is under way the thread waits.
    ///
    /// `input` is what the yield gives that it waits in. A coroutine that has not begun waits in none: what its first resume brings is
    /// dropped.
    ///
    /// # Errors
    /// When it has returned or panicked, or awaits a restored coroutine that does not fit this program.
    ///
    /// # Panics
    /// When its code does. It cannot be resumed after that.
    #[inline(always)]
    pub fn resume(&mut self, input: R) -> Result<Resumed<Y, M::Return>, ResumeError> {
        let takeoff = self.begin()?;
        if self.driven.is_below() { self.resume_below(takeoff, input) } else { self.resume_root(takeoff, input) }
    }

    /// As `resume`, where a child is suspended. (Its port and its context are its own: where all that sees them is inlined, they live
    /// in registers.)
    #[inline(always)]
    fn resume_below(&mut self, takeoff: bool, input: R) -> Result<Resumed<Y, M::Return>, ResumeError> {
        let mut port = Port { out: None, input: Some(input) };
        let mut cx = Cx::with_port(&mut port, Waker::noop(), false);
        cx.takeoff = takeoff;
        let step = self.driven.step_below(&mut cx);
        let stop = cx.stop;
        self.yielded(step, stop, port)
    }

    /// As `resume`, where no child is suspended.
    #[inline(always)]
    fn resume_root(&mut self, takeoff: bool, input: R) -> Result<Resumed<Y, M::Return>, ResumeError> {
        let mut port = Port { out: None, input: Some(input) };
        let mut cx = Cx::with_port(&mut port, Waker::noop(), false);
        cx.takeoff = takeoff;
        let step = self.driven.step_root(&mut cx);
        let stop = cx.stop;
        self.yielded(step, stop, port)
    }

    /// A resume whose first step was a yield, most often.
    #[inline(always)]
    fn yielded(&mut self, step: Step<M::Return>, stop: machine::Stop, mut port: Port<Y, R>) -> Result<Resumed<Y, M::Return>, ResumeError> {
        if matches!(step, Step::Suspended)
            && stop == machine::Stop::NONE
            && let Some(value) = port.out.take()
        {
            self.rests();
            return Ok(Resumed::Yielded(value));
        }
        self.resume_after(step, stop, port)
    }

    /// Goes on with a resume whose first step was no yield.
    #[inline(never)]
    fn resume_after(
        &mut self,
        step: Step<M::Return>,
        stop: machine::Stop,
        mut port: Port<Y, R>,
    ) -> Result<Resumed<Y, M::Return>, ResumeError> {
        let mut cx = Cx::with_port(&mut port, Waker::noop(), false);
        cx.stop = stop;
        let landed = match step {
            Step::Returned(value) => Poll::Ready(value),
            Step::Suspended => Poll::Pending,
            Step::Goes => self.driven.resume(&mut cx),
        };
        if let Stop::Returned(value) = self.came_back(landed, &mut cx)? {
            return Ok(Resumed::Complete(value));
        }
        self.resume_on(port)
    }

    /// Goes on with a resume that has stopped for another reason than a yield.
    #[cold]
    fn resume_on(&mut self, mut port: Port<Y, R>) -> Result<Resumed<Y, M::Return>, ResumeError> {
        let mut waker = None;
        loop {
            if let Some(value) = port.out.take() {
                return Ok(Resumed::Yielded(value));
            }
            match self.go_on(&mut Cx::with_port(&mut port, waker.as_ref().unwrap_or(Waker::noop()), false))? {
                Stop::Returned(value) => return Ok(Resumed::Complete(value)),
                // (Beside a yield, nothing is waited for.)
                Stop::Flies | Stop::Sleeps if port.out.is_none() => wait(&mut waker),
                Stop::Flies | Stop::Sleeps | Stop::Waits | Stop::Ahead => {}
            }
        }
    }

    /// Goes on to the next suspension: as [`resume`](Self::resume), but it stops before each step too.
    ///
    /// `input` is dropped unless the coroutine waits in a yield. Where several branches go on beside each other
    /// ([`join!`](crate::join)), it stops before the steps of all of them at once. One may yield while another's step is under way:
    /// [`settle`](Self::settle) lets it land.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn advance(&mut self, input: R) -> Result<Suspended<Y, M::Return>, ResumeError> {
        let mut port = Port { out: None, input: Some(input) };
        let mut waker = None;
        loop {
            let stop = self.go_on(&mut Cx::with_port(&mut port, waker.as_ref().unwrap_or(Waker::noop()), true))?;
            if let Some(value) = port.out.take() {
                // (A step beside it that is ahead is announced when the yield has been answered.)
                self.announced = false;
                return Ok(Suspended::Yielded(value));
            }
            match stop {
                Stop::Returned(value) => return Ok(Suspended::Complete(value)),
                Stop::Ahead => return Ok(Suspended::StepAhead),
                Stop::Flies | Stop::Sleeps => wait(&mut waker),
                Stop::Waits => {}
            }
        }
    }

    /// Goes on beside a yield as far as it can without the answer: to where another step is ahead, or, with `None`, until nothing is under
    /// way and it waits for the answer alone, and can be stored. The thread waits meanwhile.
    ///
    /// Only where branches go on beside each other ([`join!`](crate::join)) is anything under way beside a yield. It may even come to its
    /// end without the answer, or to another yield, as where the one that yielded loses a race; the answer is for the other, then.
    ///
    /// ```
    /// use coroutine_runtime::{Suspended, join, prelude::*};
    ///
    /// #[durable(yield = u32, resume = u32)]
    /// async fn asks() -> u32 {
    ///     yield_(1).await
    /// }
    ///
    /// #[durable(yield = u32, resume = u32)]
    /// async fn both() -> u32 {
    ///     let (a, b) = join!(asks(), async { looks_up().await });
    ///     a + b
    /// }
    ///
    /// async fn looks_up() -> u32 {
    ///     # let mut first = true;
    ///     # std::future::poll_fn(|cx| if std::mem::take(&mut first) { cx.waker().wake_by_ref(); std::task::Poll::Pending } else { std::task::Poll::Ready(()) }).await;
    ///     40
    /// }
    ///
    /// let mut coroutine = both().start();
    /// assert_eq!(coroutine.advance(0)?, Suspended::StepAhead);
    /// assert_eq!(coroutine.advance(0)?, Suspended::Yielded(1));
    /// assert!(coroutine.snapshot().is_err(), "it looks something up");
    /// assert_eq!(coroutine.settle()?, None);
    /// let mut coroutine = restore(both, &coroutine.snapshot()?)?;
    /// assert_eq!(coroutine.advance(2)?, Suspended::Complete(42));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn settle(&mut self) -> Result<Option<Suspended<Y, M::Return>>, ResumeError> {
        let mut waker = None;
        loop {
            let mut port = Port::<Y, R> { out: None, input: None };
            let stop = self.go_on(&mut Cx::with_port(&mut port, waker.as_ref().unwrap_or(Waker::noop()), true))?;
            if let Some(value) = port.out {
                self.announced = false;
                return Ok(Some(Suspended::Yielded(value)));
            }
            match stop {
                Stop::Returned(value) => return Ok(Some(Suspended::Complete(value))),
                Stop::Ahead => return Ok(Some(Suspended::StepAhead)),
                Stop::Waits | Stop::Sleeps => return Ok(None),
                Stop::Flies => wait(&mut waker),
            }
        }
    }

    /// As [`resume`](Self::resume), for a task: while a step is under way, the task is woken when it can go on.
    ///
    /// `input` is taken when the yield that the coroutine waits in takes it.
    pub fn poll_resume(&mut self, input: &mut Option<R>, context: &mut Context<'_>) -> Poll<Result<Resumed<Y, M::Return>, ResumeError>> {
        let mut port = Port { out: None, input: input.take() };
        loop {
            let stop = match self.go_on(&mut Cx::with_port(&mut port, context.waker(), false)) {
                Ok(stop) => stop,
                Err(error) => return Poll::Ready(Err(error)),
            };
            if let Some(value) = port.out.take() {
                return Poll::Ready(Ok(Resumed::Yielded(value)));
            }
            match stop {
                Stop::Returned(value) => return Poll::Ready(Ok(Resumed::Complete(value))),
                Stop::Flies | Stop::Sleeps => {
                    *input = port.input;
                    return Poll::Pending;
                }
                Stop::Waits | Stop::Ahead => {}
            }
        }
    }

    /// As [`resume`](Self::resume), for async code: other tasks run while a step is under way.
    ///
    /// # Errors
    /// As [`resume`](Self::resume).
    pub fn resume_async(&mut self, input: R) -> impl Future<Output = Result<Resumed<Y, M::Return>, ResumeError>> + use<'_, 'a, M, Y, R> {
        let mut input = Some(input);
        poll_fn(move |context| self.poll_resume(&mut input, context))
    }
}

/// What it yields, to its end.
///
/// # Panics
/// When the coroutine's code does, or when it awaits a restored coroutine that does not fit this program.
impl<Y: 'static, M: Frame<Port = Yields<Y, ()>>> Iterator for Coroutine<'_, M> {
    type Item = Y;

    fn next(&mut self) -> Option<Y> {
        match self.resume(()) {
            Ok(Resumed::Yielded(value)) => Some(value),
            Ok(Resumed::Complete(_)) | Err(ResumeError::Returned | ResumeError::Panicked) => None,
            Err(ResumeError::Restore(error)) => panic!("{error}"),
        }
    }
}

/// What a coroutine yields, as a stream. See [`Coroutine::into_stream`].
pub struct CoroutineStream<'a, M: Frame>(
    /// Until it has come to its end.
    pub(crate) Option<Coroutine<'a, M>>,
);

impl<'a, Y: 'static, M: Frame<Port = Yields<Y, ()>>> Coroutine<'a, M> {
    /// What it yields, as a stream. It ends where the coroutine returns, or with an error.
    pub fn into_stream(self) -> CoroutineStream<'a, M> {
        CoroutineStream(Some(self))
    }
}

impl<Y: 'static, M: Frame<Port = Yields<Y, ()>>> CoroutineStream<'_, M> {
    /// The next value; `None` where the coroutine has returned.
    ///
    /// A stream may be a variable of a coroutine: it is stored with it, and goes on where it was. Each `next().await` is a step: steps
    /// inside the stream's coroutine are done again with it.
    ///
    /// ```
    /// use coroutine_runtime::prelude::*;
    ///
    /// #[durable(yield = u32)]
    /// async fn count(to: u32) {
    ///     for n in 1..=to {
    ///         yield_(n).await;
    ///     }
    /// }
    ///
    /// #[durable(yield = u32)]
    /// async fn sums(to: u32) -> Result<(), coroutine_runtime::RestoreError> {
    ///     let mut numbers = count(to).start().into_stream();
    ///     let mut sum = 0;
    ///     while let Some(n) = numbers.next().await {
    ///         sum += n?;
    ///         yield_(sum).await;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let mut coroutine = sums(3).start();
    /// assert_eq!(coroutine.resume(())?, Resumed::Yielded(1));
    /// let coroutine = restore(sums, &coroutine.snapshot()?)?;
    /// assert_eq!(coroutine.collect::<Vec<_>>(), [3, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn next(&mut self) -> Option<Result<Y, RestoreError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<Y: 'static, M: Frame<Port = Yields<Y, ()>>> Stream for CoroutineStream<'_, M> {
    type Item = Result<Y, RestoreError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let place = &mut self.get_mut().0;
        let Some(coroutine) = place else { return Poll::Ready(None) };
        coroutine.poll_resume(&mut Some(()), context).map(|resumed| match resumed {
            Ok(Resumed::Yielded(value)) => Some(Ok(value)),
            Ok(Resumed::Complete(_)) | Err(ResumeError::Returned | ResumeError::Panicked) => {
                *place = None;
                None
            }
            Err(ResumeError::Restore(error)) => Some(Err(error)),
        })
    }
}

// ---- one that does not ----------------------------------------------------------------------------------

impl<'a, M: Frame<Port = Silent>> Coroutine<'a, M> {
    /// Runs it to its end. While a step is under way the thread waits.
    ///
    /// # Errors
    /// When it has returned or panicked, or awaits a restored coroutine that does not fit this program.
    ///
    /// # Panics
    /// When its code does.
    pub fn run(&mut self) -> Result<M::Return, ResumeError> {
        let mut waker = None;
        loop {
            match self.go_on(&mut Cx::new(waker.as_ref().unwrap_or(Waker::noop()), false))? {
                Stop::Returned(value) => return Ok(value),
                Stop::Waits | Stop::Ahead | Stop::Flies | Stop::Sleeps => wait(&mut waker),
            }
        }
    }

    /// Runs it to its end, and calls `store` wherever it is good to store it: before each step, and when it sleeps. After a crash it goes on from what was
    /// stored last, and does that step again.
    ///
    /// # Errors
    /// As [`run`](Self::run), and what `store` gives: the coroutine then rests where it was stored.
    pub fn run_with<E: From<ResumeError>>(&mut self, mut store: impl FnMut(&Self) -> Result<(), E>) -> Result<M::Return, E> {
        let mut waker = None;
        loop {
            match self.go_on(&mut Cx::new(waker.as_ref().unwrap_or(Waker::noop()), true))? {
                Stop::Returned(value) => return Ok(value),
                Stop::Ahead => store(self)?,
                Stop::Sleeps => {
                    // (Where nobody could wake it yet, it comes here again at once.)
                    if waker.is_some() {
                        store(self)?;
                    }
                    wait(&mut waker);
                }
                Stop::Waits | Stop::Flies => wait(&mut waker),
            }
        }
    }

    /// As [`run`](Self::run), for a task: while a step is under way, the task is woken when it can go on.
    pub fn poll_run(&mut self, context: &mut Context<'_>) -> Poll<Result<M::Return, ResumeError>> {
        match self.go_on(&mut Cx::new(context.waker(), false)) {
            Ok(Stop::Returned(value)) => Poll::Ready(Ok(value)),
            Ok(Stop::Waits | Stop::Ahead | Stop::Flies | Stop::Sleeps) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// As [`run`](Self::run), for async code: other tasks run while a step is under way.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async(&mut self) -> impl Future<Output = Result<M::Return, ResumeError>> + use<'_, 'a, M> {
        poll_fn(move |context| self.poll_run(context))
    }
}
