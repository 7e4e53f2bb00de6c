//! Coroutines that a coroutine starts: in the store they are its children, with rows, steps and lives of their own. In: a function and
//! its arguments; out: a handle, and how the child ended.
use super::Turn;
use super::asking::{Question, ask, frame, question};
use crate::frame::Frame;
use crate::frame::machine::Call;
use crate::function::Function;
use crate::payload;
use crate::snapshot::Info;
use crate::store::{End, Fate, Id, NewCoroutine};
use coroutine_macro::durable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

/// Starts a coroutine that goes on by itself: in the store it is a child of this one.
///
/// It is there with this coroutine's next checkpoint, once, whatever crashes. When this coroutine is cancelled, so are the children that
/// still live; when it returns, they go on. The function must be registered where the child is to run, with what it takes by reference.
///
/// ```
/// use coroutine_runtime::{JoinError, TestRuntime, prelude::*, spawn};
///
/// #[durable]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// #[durable]
/// async fn sum_of_squares(to: u64) -> Result<u64, JoinError> {
///     let mut children = Vec::new();
///     for n in 1..=to {
///         children.push(spawn(square, (n,)).await);
///     }
///     let mut sum = 0;
///     for child in children {
///         sum += child.join().await?;
///     }
///     Ok(sum)
/// }
///
/// TestRuntime::new().register(square).register(sum_of_squares).run(async |rt| {
///     assert_eq!(rt.start(sum_of_squares, (4,)).await?.result().await?, Ok(30));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// When the arguments' `Serialize` fails, and when no engine drives the coroutine.
pub fn spawn<F, M>(function: F, args: F::Args) -> Call<'static, (), Spawned<<F::Frame as Frame>::Return>>
where
    F: Function<M, Args: Serialize>,
    <F::Frame as Frame>::Return: 'static,
{
    spawned(None, function, args)
}

/// As [`spawn`], for a child with an id that is chosen: other coroutines, and programs outside, may then know it beforehand.
///
/// If there is one with this id already, of the same function and with the same arguments, that is the child; if it is another, joining
/// gives how that one ended.
///
/// ```
/// use coroutine_runtime::{JoinError, TestRuntime, prelude::*, spawn_as, store::Id};
///
/// #[durable]
/// async fn doubles(n: u32) -> u32 {
///     n * 2
/// }
///
/// #[durable]
/// async fn parent() -> Result<u32, JoinError> {
///     let id = Id::new("the-child").expect("it is short");
///     let child = spawn_as(id, doubles, (21,)).await;
///     child.join().await
/// }
///
/// TestRuntime::new().register(doubles).register(parent).run(async |rt| {
///     let parent = rt.start(parent, ()).await?;
///     assert_eq!(parent.result().await?, Ok(42));
///     assert_eq!(rt.handle::<u32>("the-child")?.result().await?, 42, "whoever knows its name may ask");
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn spawn_as<F, M>(id: Id, function: F, args: F::Args) -> Call<'static, (), Spawned<<F::Frame as Frame>::Return>>
where
    F: Function<M, Args: Serialize>,
    <F::Frame as Frame>::Return: 'static,
{
    spawned(Some(id), function, args)
}

fn spawned<F, M>(id: Option<Id>, _: F, args: F::Args) -> Call<'static, (), Spawned<<F::Frame as Frame>::Return>>
where
    F: Function<M, Args: Serialize>,
    <F::Frame as Frame>::Return: 'static,
{
    match payload::encode(&args) {
        Ok(args) => Spawned::call(Start { id, function: F::Frame::name().into(), args, of: PhantomData }),
        Err(error) => panic!("{error}"),
    }
}

/// A coroutine that another has started: its name in the store, and the type of what it gives. It may be a variable, an argument, a
/// message.
///
/// ```
/// use coroutine_runtime::{Child, TestRuntime, prelude::*, spawn};
///
/// #[durable]
/// async fn doubles(n: u32) -> u32 {
///     n * 2
/// }
///
/// #[durable]
/// async fn all() -> u32 {
///     let mut children: Vec<Child<u32>> = Vec::new(); // a variable like any other
///     for n in 1..=3 {
///         children.push(spawn(doubles, (n,)).await);
///     }
///     let mut sum = 0;
///     for child in children {
///         sum += child.join().await.unwrap_or(0);
///     }
///     sum
/// }
///
/// TestRuntime::new().register(doubles).register(all).run(async |rt| {
///     assert_eq!(rt.start(all, ()).await?.result().await?, 2 + 4 + 6);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Child<R> {
    id: Id,
    #[serde(skip)]
    of: PhantomData<fn() -> R>,
}

impl<R> Child<R> {
    /// Its name in the store.
    ///
    /// ```
    /// use coroutine_runtime::{TestRuntime, prelude::*, spawn};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// #[durable]
    /// async fn parent() -> String {
    ///     spawn(doubles, (21,)).await.id().to_string()
    /// }
    ///
    /// TestRuntime::new().register(doubles).register(parent).run(async |rt| {
    ///     let parent = rt.start_as("parent", parent, ()).await?;
    ///     assert_eq!(parent.result().await?, "parent/0");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> &Id {
        &self.id
    }
}

impl<R: DeserializeOwned + Send + 'static> Child<R> {
    /// Waits until it has ended, and gives what it returned or why it did not.
    ///
    /// It may be joined more than once, and by others. A child that panics is no end: it is tried again, and then rests in quarantine
    /// until somebody resumes it, [fails](crate::Client::fail) it or cancels it.
    ///
    /// ```
    /// use coroutine_runtime::{JoinError, TestRuntime, prelude::*, spawn};
    ///
    /// #[durable]
    /// async fn doubles(n: u32) -> u32 {
    ///     n * 2
    /// }
    ///
    /// #[durable]
    /// async fn asks() -> Result<u32, JoinError> {
    ///     let child = spawn(doubles, (21,)).await;
    ///     assert_eq!(child.join().await, child.join().await); // as often as it is asked for
    ///     child.join().await
    /// }
    ///
    /// TestRuntime::new().register(doubles).register(asks).run(async |rt| {
    ///     assert_eq!(rt.start(asks, ()).await?.result().await?, Ok(42));
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[durable(name = "Child::join")]
    pub async fn join(&self) -> Result<R, JoinError> {
        ask(Join::<R> { id: self.id.clone(), of: PhantomData }).await
    }
}

impl<R> Clone for Child<R> {
    fn clone(&self) -> Self {
        Child { id: self.id.clone(), of: PhantomData }
    }
}

impl<R> fmt::Debug for Child<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Child").field(&self.id).finish()
    }
}

impl<R> PartialEq for Child<R> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl<R> Eq for Child<R> {}

/// Why a coroutine gave no value.
///
/// ```
/// use coroutine_runtime::{JoinError, TestRuntime, prelude::*, receive, spawn_as, store::Id};
///
/// #[durable]
/// async fn waits() -> u32 {
///     receive("go").await
/// }
///
/// #[durable]
/// async fn parent() -> String {
///     let child = spawn_as(Id::new("child").expect("it is short"), waits, ()).await;
///     match child.join().await {
///         Ok(n) => format!("it gave {n}"),
///         Err(error @ JoinError::Cancelled) => error.to_string(),
///         Err(error) => panic!("{error}"), // to be tried again, and then to rest
///     }
/// }
///
/// TestRuntime::new().register(waits).register(parent).run(async |rt| {
///     let parent = rt.start(parent, ()).await?;
///     rt.settle().await;
///     rt.handle::<u32>("child")?.cancel().await?;
///     assert_eq!(parent.result().await?, "the coroutine was cancelled");
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum JoinError {
    /// It was cancelled.
    Cancelled,
    /// Somebody gave it up, for this reason.
    Failed(String),
    /// It is not in the store: it ended so long ago that it was removed, or never was.
    Unknown,
    /// What it returned is not what is expected here.
    Value(String),
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Cancelled => f.write_str("the coroutine was cancelled"),
            JoinError::Failed(reason) => write!(f, "the coroutine was given up: {reason}"),
            JoinError::Unknown => {
                f.write_str("the coroutine is not in the store: it never was, or it ended so long ago that it was removed")
            }
            JoinError::Value(what) => write!(f, "the coroutine returned something else than is expected here: {what}"),
        }
    }
}

impl std::error::Error for JoinError {}

/// What an end says to who waits for it.
pub(crate) fn joined<R: DeserializeOwned>(fate: Fate) -> Option<Result<R, JoinError>> {
    Some(match fate {
        Fate::Alive => return None,
        Fate::Unknown => Err(JoinError::Unknown),
        Fate::Ended(End::Cancelled) => Err(JoinError::Cancelled),
        Fate::Ended(End::Failed(reason)) => Err(JoinError::Failed(reason)),
        Fate::Ended(End::Completed(bytes)) => payload::decode(&bytes).map_err(|error| JoinError::Value(error.to_string())),
    })
}

frame! {
    /// The frame of [`spawn`].
    Spawned<R> gives Child<R>, of Start where 'static
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Start<R> {
    id: Option<Id>,
    function: Arc<str>,
    args: Vec<u8>,
    of: PhantomData<fn() -> R>,
}

static SPAWN: Info = question("spawn");
impl<R: 'static> Question for Start<R> {
    type Return = Child<R>;
    const INFO: &'static Info = &SPAWN;
    fn ask(&mut self, turn: &Turn) -> Poll<Child<R>> {
        let id = self.id.take().unwrap_or_else(|| match turn.id().child(turn.next_serial()) {
            Ok(id) => id,
            Err(error) => panic!("a coroutine's children are named after it, and `{}` has too many ancestors for that: {error}", turn.id()),
        });
        turn.start(NewCoroutine {
            id: id.clone(),
            function: self.function.clone(),
            args: std::mem::take(&mut self.args),
            parent: Some(turn.id().clone()),
        });
        Poll::Ready(Child { id, of: PhantomData })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Join<R> {
    id: Id,
    of: PhantomData<fn() -> R>,
}

static JOIN: Info = question("join");
impl<R: DeserializeOwned + Send + 'static> Question for Join<R> {
    type Return = Result<R, JoinError>;
    const INFO: &'static Info = &JOIN;
    fn ask(&mut self, turn: &Turn) -> Poll<Result<R, JoinError>> {
        match turn.end_of(&self.id).and_then(joined) {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        }
    }
}
