//! Messages. In: what others have sent; out: values, each received once.
use super::Turn;
use super::asking::{Question, frame, question};
use crate::frame::machine::Call;
use crate::payload;
use crate::snapshot::Info;
use crate::store::{Id, NewMessage};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

/// Waits for the next message in one of the coroutine's channels.
///
/// Messages come from outside ([`Handle::send`](crate::Handle::send)) or from other coroutines ([`send`]). They wait in the coroutine's inbox,
/// which is in the store, until they are received, in the order in which they came to it. A message is received in one commit with all
/// that the coroutine has done since its last checkpoint: it is neither lost nor received twice, whatever crashes.
///
/// With a limit: `timeout!(Duration::from_secs(86_400), receive::<Approval>("approval"))`; the message that comes later stays in the inbox.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, receive};
///
/// #[durable]
/// async fn sum() -> u32 {
///     let first: u32 = receive("numbers").await;
///     let second: u32 = receive("numbers").await;
///     first + second
/// }
///
/// TestRuntime::new().register(sum).run(async |rt| {
///     let sum = rt.start(sum, ()).await?;
///     sum.send("numbers", &3).await?;
///     sum.send("numbers", &4).await?;
///     assert_eq!(sum.result().await?, 7);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// When the message is no `T`: the coroutine is tried again, and then rests in quarantine with the message still in its inbox, to be
/// resumed with code that reads it. And when no engine drives the coroutine.
pub fn receive<T: DeserializeOwned + Send + 'static>(channel: impl Into<Arc<str>>) -> Call<'static, (), Received<T>> {
    Received::call(Receive { channel: channel.into(), of: PhantomData })
}

frame! {
    /// The frame of [`receive`].
    Received<T> gives T, of Receive where DeserializeOwned + Send + 'static
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Receive<T> {
    channel: Arc<str>,
    of: PhantomData<fn() -> T>,
}

static RECEIVE: Info = question("receive");
impl<T: DeserializeOwned + Send + 'static> Question for Receive<T> {
    type Return = T;
    const INFO: &'static Info = &RECEIVE;
    fn ask(&mut self, turn: &Turn) -> Poll<T> {
        let Some(bytes) = turn.receive(&self.channel) else { return Poll::Pending };
        match payload::decode(&bytes) {
            Ok(message) => Poll::Ready(message),
            Err(error) => panic!("a message in the channel `{}` is not what the coroutine receives there: {error}", self.channel),
        }
    }
}

/// Sends a message to another coroutine in the same store.
///
/// It goes out with the coroutine's next checkpoint, and only if that is made: a coroutine that is tried again does not send twice. What
/// is sent to a coroutine that has ended, or that is not there, is dropped.
///
/// ```
/// use coroutine_runtime::store::Id;
/// use coroutine_runtime::{TestRuntime, own_id, prelude::*, receive, send, spawn};
///
/// #[durable]
/// async fn doubles(n: u32, whom: Id) {
///     send(whom, "answers", 2 * n).await;
/// }
///
/// #[durable]
/// async fn asks() -> u32 {
///     spawn(doubles, (21, own_id().await)).await;
///     receive("answers").await
/// }
///
/// TestRuntime::new().register(asks).register(doubles).run(async |rt| {
///     assert_eq!(rt.start(asks, ()).await?.result().await?, 42);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// When the message's `Serialize` fails, and when no engine drives the coroutine.
pub fn send<T: Serialize>(to: Id, channel: impl Into<Arc<str>>, message: T) -> Call<'static, (), Sending> {
    match payload::encode(&message) {
        Ok(payload) => Sending::call(SendMessage { to, channel: channel.into(), payload }),
        Err(error) => panic!("{error}"),
    }
}

frame! {
    /// The frame of [`send`].
    Sending gives (), of SendMessage
}

#[derive(Serialize, Deserialize)]
struct SendMessage {
    to: Id,
    channel: Arc<str>,
    payload: Vec<u8>,
}

static SEND: Info = question("send");
impl Question for SendMessage {
    type Return = ();
    const INFO: &'static Info = &SEND;
    fn ask(&mut self, turn: &Turn) -> Poll<()> {
        let payload = std::mem::take(&mut self.payload);
        turn.send(NewMessage { to: self.to.clone(), channel: self.channel.clone(), key: None, payload });
        Poll::Ready(())
    }
}
