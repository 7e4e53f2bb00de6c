//! A coroutine as a value: what holds one can be stored, another coroutine's variable included. In: a coroutine at rest; out: its
//! snapshot as bytes, or where a format is for people, as JSON.
use super::input;
use crate::coroutine::{Coroutine, CoroutineStream};
use crate::frame::Frame;
use serde::de::{Error as _, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// As bytes that [`restore`](crate::restore) reads, or as the JSON that [`restore_json`](crate::restore_json) does. So a coroutine may be
/// kept in a variable of another, or inside any other value that is stored. One that has returned, or in which a step is under way, cannot.
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
/// /// Keeps a coroutine in a variable.
/// #[durable(yield = u32)]
/// async fn doubled(to: u32) {
///     let mut counter = count(to).start();
///     while let Ok(Resumed::Yielded(n)) = counter.resume(()) {
///         yield_(2 * n).await;
///     }
/// }
///
/// let mut coroutine = doubled(3).start();
/// assert_eq!(coroutine.resume(())?, Resumed::Yielded(2));
/// let coroutine = restore(doubled, &coroutine.snapshot()?)?;
/// assert_eq!(coroutine.collect::<Vec<_>>(), [4, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<M: Frame<Lent = ()>> Serialize for Coroutine<'static, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let json = self.snapshot_json().map_err(S::Error::custom)?;
            serde_json::from_str::<serde_json::Value>(&json).map_err(S::Error::custom)?.serialize(serializer)
        } else {
            serializer.serialize_bytes(&self.snapshot().map_err(S::Error::custom)?)
        }
    }
}

impl<'de, M: Frame<Lent = ()>> Deserialize<'de> for Coroutine<'static, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let json = serde_json::Value::deserialize(deserializer)?.to_string();
            return input::from_json(&json).map(|frame| Coroutine::restored(frame, ())).map_err(D::Error::custom);
        }
        deserializer.deserialize_byte_buf(Bytes(PhantomData))
    }
}

struct Bytes<M>(PhantomData<fn() -> M>);
impl<M: Frame<Lent = ()>> Visitor<'_> for Bytes<M> {
    type Value = Coroutine<'static, M>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot of a coroutine")
    }
    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        input::from_bytes(bytes).map(|frame| Coroutine::restored(frame, ())).map_err(E::custom)
    }
}

/// As the coroutine that it is a stream of, or nothing if that has come to its end.
impl<M: Frame<Lent = ()>> Serialize for CoroutineStream<'static, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, M: Frame<Lent = ()>> Deserialize<'de> for CoroutineStream<'static, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(CoroutineStream)
    }
}
