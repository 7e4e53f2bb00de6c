//! A coroutine that is driven by hand: resumed, stored, looked at.
use crate::frame::machine::{Call, Cx, Driven, Lent, Port};
use crate::frame::{Frame, Silent, Yields};
use crate::snapshot::{Out, RestoreError, SnapshotError};
use std::fmt;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::thread::{self, Thread};

/// A started coroutine.
pub struct Coroutine<'a, M: Frame> {
    driven: Driven<'a, M>,
    phase: Phase,
    /// The step ahead, if there is one, was announced, or its frame was stored just there.
    takeoff: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Not resumed yet: what the first resume brings is dropped.
    Fresh,
    /// Waits for what it is resumed with, or for its step to begin.
    Rests,
    /// A step is under way.
    Flies,
    /// It has returned.
    Returned,
    /// It is being resumed, or panicked.
    Broken,
}

/// What a resume gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumed<Y, R> {
    /// It yielded.
    Yielded(Y),
    /// It returned.
    Complete(R),
}

/// Where a coroutine stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspended<Y, R> {
    /// A step is about to begin: a good moment to store the coroutine.
    StepAhead,
    /// It yielded.
    Yielded(Y),
    /// It returned.
    Complete(R),
}

/// Why a coroutine cannot be resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResumeError {
    /// It has returned.
    Returned,
    /// It panicked.
    Panicked,
    /// A frame inside it that was restored does not fit this program.
    Restore(RestoreError),
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResumeError::Returned => f.write_str("the coroutine has returned"),
            ResumeError::Panicked => f.write_str("the coroutine panicked"),
            ResumeError::Restore(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for ResumeError {}

impl<'a, L: Lent, M: Frame<Lent = L>> Call<'a, L, M> {
    /// A coroutine to be driven by hand.
    pub fn start(self) -> Coroutine<'a, M> {
        Coroutine { driven: self.driven(), phase: Phase::Fresh, takeoff: false }
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

enum Stop<R> {
    Ready(R),
    Yield,
    TakeOff,
    Flight,
}

impl<'a, M: Frame> Coroutine<'a, M> {
    pub(crate) fn restored(frame: M, lent: <M::Lent as Lent>::At<'a>) -> Self {
        Coroutine { driven: Driven::new(frame, lent), phase: Phase::Rests, takeoff: true }
    }

    #[inline(always)]
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Stop<M::Return>, ResumeError> {
        match self.phase {
            Phase::Fresh | Phase::Rests | Phase::Flies => {}
            Phase::Returned => return Err(ResumeError::Returned),
            Phase::Broken => return Err(ResumeError::Panicked),
        }
        self.phase = Phase::Broken;
        cx.takeoff = self.takeoff;
        match self.driven.resume(cx) {
            Poll::Ready(value) => {
                self.phase = Phase::Returned;
                Ok(Stop::Ready(value))
            }
            Poll::Pending => {
                self.phase = if cx.flying { Phase::Flies } else { Phase::Rests };
                self.takeoff = cx.ahead;
                if let Some(error) = cx.take_failure() {
                    return Err(ResumeError::Restore(error));
                }
                Ok(if cx.ahead {
                    Stop::TakeOff
                } else if cx.flying {
                    Stop::Flight
                } else {
                    Stop::Yield
                })
            }
        }
    }

    /// Stores it as bytes.
    ///
    /// # Errors
    /// See [`snapshot`](crate::snapshot).
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        Out::binary(&Root(self.at_rest()?))
    }

    /// Stores it as JSON.
    ///
    /// # Errors
    /// See [`snapshot`](crate::snapshot).
    pub fn snapshot_json(&self) -> Result<String, SnapshotError> {
        Out::json(&Root(self.at_rest()?))
    }

    fn at_rest(&self) -> Result<&M, SnapshotError> {
        match self.phase {
            Phase::Fresh | Phase::Rests => Ok(self.driven.at_rest()),
            Phase::Flies => Err(SnapshotError::flying()),
            Phase::Returned => Err(SnapshotError::new("it has returned")),
            Phase::Broken => Err(SnapshotError::new("it panicked")),
        }
    }
}

struct Root<'f, M>(&'f M);
impl<M: Frame> crate::frame::Saves for Root<'_, M> {
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), SnapshotError> {
        self.0.save_into(out)
    }
}

impl<Y: 'static, R: 'static, M: Frame<Port = Yields<Y, R>>> Coroutine<'_, M> {
    /// Goes on to the next yield or to the end; the thread waits for steps. What the very first resume brings is dropped.
    ///
    /// # Errors
    /// When it has returned or panicked.
    #[inline]
    pub fn resume(&mut self, input: R) -> Result<Resumed<Y, M::Return>, ResumeError> {
        let mut input = Some(input);
        loop {
            match self.suspend(&mut input)? {
                Suspended::Yielded(value) => return Ok(Resumed::Yielded(value)),
                Suspended::Complete(value) => return Ok(Resumed::Complete(value)),
                Suspended::StepAhead => {}
            }
        }
    }

    /// Goes on to the next suspension.
    ///
    /// # Errors
    /// When it has returned or panicked.
    pub fn advance(&mut self, input: R) -> Result<Suspended<Y, M::Return>, ResumeError> {
        self.suspend(&mut Some(input))
    }

    #[inline(always)]
    fn suspend(&mut self, input: &mut Option<R>) -> Result<Suspended<Y, M::Return>, ResumeError> {
        let mut port = Port { out: None, input: if self.phase == Phase::Fresh { None } else { input.take() } };
        let mut waker = None;
        loop {
            let mut cx = Cx::with_port(&mut port, waker.as_ref().unwrap_or(Waker::noop()), true);
            match self.go_on(&mut cx)? {
                Stop::Ready(value) => return Ok(Suspended::Complete(value)),
                Stop::TakeOff => {
                    *input = port.input;
                    return Ok(Suspended::StepAhead);
                }
                Stop::Flight => wait(&mut waker),
                Stop::Yield => {
                    if let Some(value) = port.out.take() {
                        return Ok(Suspended::Yielded(value));
                    }
                }
            }
        }
    }
}

impl<M: Frame<Port = Silent>> Coroutine<'_, M> {
    /// Runs it to its end.
    ///
    /// # Errors
    /// When it has returned or panicked.
    pub fn run(&mut self) -> Result<M::Return, ResumeError> {
        self.run_with(|_| Ok(()))
    }

    /// Runs it to its end; `store` is called wherever it can be stored: before each step.
    ///
    /// # Errors
    /// When it has returned or panicked, or what `store` gives.
    pub fn run_with<E: From<ResumeError>>(&mut self, mut store: impl FnMut(&Self) -> Result<(), E>) -> Result<M::Return, E> {
        let mut waker = None;
        loop {
            let mut cx = Cx::new(waker.as_ref().unwrap_or(Waker::noop()), true);
            match self.go_on(&mut cx)? {
                Stop::Ready(value) => return Ok(value),
                Stop::TakeOff => {
                    store(self)?;
                }
                Stop::Flight => wait(&mut waker),
                Stop::Yield => return Err(ResumeError::Panicked.into()),
            }
        }
    }
}
