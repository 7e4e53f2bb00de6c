//! What a coroutine says of itself and to others: checkpoints, progress, requests to cancel.
use super::Turn;
use super::asking::{Question, ask, frame, question};
use crate::frame::machine::Call;
use crate::frame::{Frame, Silent};
use crate::payload;
use crate::snapshot::Info;
use crate::store::Id;
use serde::{Deserialize, Serialize};
use std::task::Poll;

/// The coroutine's own name in its store: to be given to others, who may send to it.
///
/// ```
/// use coroutine_runtime::{TestRuntime, own_id, prelude::*, receive, send, spawn, store::Id};
///
/// #[durable]
/// async fn answers(whom: Id, n: u32) {
///     send(whom, "answer", n * 2).await;
/// }
///
/// #[durable]
/// async fn asks() -> u32 {
///     spawn(answers, (own_id().await, 21)).await; // who is asked knows whom to answer
///     receive("answer").await
/// }
///
/// TestRuntime::new().register(answers).register(asks).run(async |rt| {
///     assert_eq!(rt.start_as("asker", asks, ()).await?.result().await?, 42);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn own_id() -> Call<'static, (), impl Frame<Lent = (), Return = Id, Port = Silent>> {
    ask(OwnId)
}

/// Stores the coroutine here, and goes on when that is durable.
///
/// Before each step a coroutine is stored anyway, unless it was registered with
/// [`Checkpoints::Asked`](crate::Checkpoints::Asked): then only here, where it waits, and at its end.
///
/// ```
/// use coroutine_runtime::{Checkpoints, TestRuntime, checkpoint, prelude::*};
///
/// #[durable]
/// async fn counts(to: u64) -> u64 {
///     let mut sum = 0;
///     for n in 0..to {
///         sum += std::future::ready(n).await; // a step that costs too little to be stored each time
///         if n % 100 == 99 {
///             checkpoint().await;
///         }
///     }
///     sum
/// }
///
/// TestRuntime::new().register_with(counts, Checkpoints::Asked).run(async |rt| {
///     let counts = rt.start(counts, (1000,)).await?;
///     assert_eq!(counts.result().await?, 499_500);
///     assert_eq!(counts.inspect().await?.revision, 11, "ten that were asked for, and the end");
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn checkpoint() -> Call<'static, (), impl Frame<Lent = (), Return = (), Port = Silent>> {
    ask(Checkpoint { restored: false, asked: false })
}

/// Says how far the coroutine is, for others to read: [`Handle::inspect`](crate::Handle::inspect) shows what was said last before the last
/// checkpoint.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, progress, receive};
///
/// #[durable]
/// async fn copies(files: u32) {
///     for n in 1..=files {
///         async { /* a step */ }.await;
///         progress(format!("{n} of {files}")).await;
///     }
///     receive::<()>("done").await
/// }
///
/// TestRuntime::new().register(copies).run(async |rt| {
///     let copies = rt.start(copies, (3,)).await?;
///     rt.settle().await;
///     assert_eq!(copies.inspect().await?.progress::<String>()?.as_deref(), Some("3 of 3"));
///     copies.send("done", &()).await?;
///     copies.result().await?;
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// When the value's `Serialize` fails, and when no engine drives the coroutine.
pub fn progress<T: Serialize>(value: T) -> Call<'static, (), Progressing> {
    match payload::encode(&value) {
        Ok(value) => Progressing::call(Progress { value }),
        Err(error) => panic!("{error}"),
    }
}

frame! {
    /// The frame of [`progress`].
    Progressing gives (), of Progress
}

/// Waits until somebody asks the coroutine to cancel.
///
/// A coroutine that is asked to cancel is dropped where it waits, at its next await at the latest: its variables are dropped as in plain
/// async, and it ends as cancelled. One that waits in `cancelled()` at that moment, most often in a branch of a [`race!`](crate::race) or
/// [`select!`](macro@crate::select), is told here instead, and goes on: it can undo what it did, with steps that are as durable as any,
/// and return what it likes. Asked a second time, it is dropped where it then waits, unless it waits here again.
///
/// ```
/// use coroutine_runtime::store::Status;
/// use coroutine_runtime::{TestRuntime, cancelled, prelude::*, receive, select};
///
/// #[durable]
/// async fn booking() -> String {
///     select! {
///         _ = receive::<String>("go") => "booked".into(),
///         () = cancelled() => {
///             async { /* a step that gives the room back */ }.await;
///             "given back".into()
///         }
///     }
/// }
///
/// #[durable]
/// async fn waits() {
///     receive::<()>("go").await
/// }
///
/// TestRuntime::new().register(booking).register(waits).run(async |rt| {
///     let booking = rt.start(booking, ()).await?;
///     let waits = rt.start(waits, ()).await?;
///     rt.settle().await;
///     booking.cancel().await?;
///     waits.cancel().await?;
///     assert_eq!(booking.result().await?, "given back");
///     assert!(waits.result().await.is_err());
///     assert_eq!(waits.status().await?, Status::Cancelled);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cancelled() -> Call<'static, (), impl Frame<Lent = (), Return = (), Port = Silent>> {
    ask(Cancelled)
}

/// Asks another coroutine to cancel, as [`Handle::cancel`](crate::Handle::cancel) does. The request goes out with the next checkpoint.
///
/// ```
/// use std::time::Duration;
/// use coroutine_runtime::{JoinError, TestRuntime, cancel, prelude::*, receive, sleep, spawn};
///
/// #[durable]
/// async fn waits() -> u32 {
///     receive("go").await
/// }
///
/// #[durable]
/// async fn gives_up() -> Result<u32, JoinError> {
///     let child = spawn(waits, ()).await;
///     sleep(Duration::from_secs(86_400)).await;
///     cancel(child.id().clone()).await;
///     child.join().await
/// }
///
/// TestRuntime::new().register(waits).register(gives_up).run(async |rt| {
///     let gives_up = rt.start(gives_up, ()).await?;
///     assert_eq!(gives_up.result().await?, Err(JoinError::Cancelled));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cancel(id: Id) -> Call<'static, (), impl Frame<Lent = (), Return = (), Port = Silent>> {
    ask(Cancel { id })
}

#[derive(Serialize, Deserialize)]
struct OwnId;

static OWN_ID: Info = question("own_id");
impl Question for OwnId {
    type Return = Id;
    const INFO: &'static Info = &OWN_ID;
    fn ask(&mut self, turn: &Turn) -> Poll<Id> {
        Poll::Ready(turn.id().clone())
    }
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    /// What is read from a store was stored.
    #[serde(skip, default = "restored")]
    restored: bool,
    /// (A checkpoint that was made before it was asked for is another's.)
    #[serde(skip)]
    asked: bool,
}

fn restored() -> bool {
    true
}

static CHECKPOINT: Info = question("checkpoint");
impl Question for Checkpoint {
    type Return = ();
    const INFO: &'static Info = &CHECKPOINT;
    fn ask(&mut self, turn: &Turn) -> Poll<()> {
        if self.restored || (self.asked && turn.is_committed()) {
            return Poll::Ready(());
        }
        self.asked = true;
        turn.asks_checkpoint();
        Poll::Pending
    }
    /// (Whoever stores coroutines by hand does so where it likes.)
    fn ask_nobody(&mut self) {}
}

#[derive(Serialize, Deserialize)]
struct Progress {
    value: Vec<u8>,
}

static PROGRESS: Info = question("progress");
impl Question for Progress {
    type Return = ();
    const INFO: &'static Info = &PROGRESS;
    fn ask(&mut self, turn: &Turn) -> Poll<()> {
        turn.progress(std::mem::take(&mut self.value));
        Poll::Ready(())
    }
    /// (Nobody reads it.)
    fn ask_nobody(&mut self) {}
}

#[derive(Serialize, Deserialize)]
struct Cancelled;

static CANCELLED: Info = question("cancelled");
impl Question for Cancelled {
    type Return = ();
    const INFO: &'static Info = &CANCELLED;
    fn ask(&mut self, turn: &Turn) -> Poll<()> {
        if turn.take_cancel() { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[derive(Serialize, Deserialize)]
struct Cancel {
    id: Id,
}

static CANCEL: Info = question("cancel");
impl Question for Cancel {
    type Return = ();
    const INFO: &'static Info = &CANCEL;
    fn ask(&mut self, turn: &Turn) -> Poll<()> {
        turn.cancel(self.id.clone());
        Poll::Ready(())
    }
}
