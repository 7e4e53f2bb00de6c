//! A coroutine as a value: what holds one can be stored, another coroutine's variable included. In: a coroutine at rest; out: its
//! snapshot as bytes, or where a format is for people, as JSON.
use super::{SnapshotError, bytes_of, input, json_of};
use crate::coroutine::{Coroutine, CoroutineStream, Root};
use crate::frame::{Call, Erased, Frame, Saves};
use serde::de::{Error as _, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;
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
        write(&Root(self.at_rest().map_err(S::Error::custom)?), serializer)
    }
}

impl<'de, M: Frame<Lent = ()>> Deserialize<'de> for Coroutine<'static, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer).map(|frame| Coroutine::restored(frame, ()))
    }
}

/// As a coroutine, until it is awaited; its function is found by its name where it is read.
impl<R: 'static, P: 'static> Serialize for Erased<R, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.at_rest().ok_or_else(|| S::Error::custom(SnapshotError::flying()))?, serializer)
    }
}

impl<'de, R: 'static, P: 'static> Deserialize<'de> for Erased<R, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer).map(|frame| Call::new((), frame))
    }
}

/// How deep coroutines may be held in variables of each other: what is read may be of any function, so nothing else bounds it.
const HELD_MAX: u32 = 32;

thread_local! {
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// Goes one deeper, until it is dropped.
struct Deeper(());
impl Deeper {
    fn go<E>(custom: impl FnOnce(String) -> E) -> Result<Self, E> {
        if HELD.get() == HELD_MAX {
            return Err(custom(format!("coroutines are held in variables of each other more than {HELD_MAX} deep")));
        }
        HELD.set(HELD.get() + 1);
        Ok(Deeper(()))
    }
}
impl Drop for Deeper {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

fn write<S: Serializer>(root: &dyn Saves, serializer: S) -> Result<S::Ok, S::Error> {
    let deeper = Deeper::go(S::Error::custom)?;
    if serializer.is_human_readable() {
        let json = json_of(root).map_err(S::Error::custom)?;
        drop(deeper);
        serde_json::from_str::<serde_json::Value>(&json).map_err(S::Error::custom)?.serialize(serializer)
    } else {
        let bytes = bytes_of(root).map_err(S::Error::custom)?;
        drop(deeper);
        serializer.serialize_bytes(&bytes)
    }
}

fn read<'de, M: Frame<Lent = ()>, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    if deserializer.is_human_readable() {
        let json = serde_json::Value::deserialize(deserializer)?.to_string();
        let _deeper = Deeper::go(D::Error::custom)?;
        return input::from_json(&json).map_err(D::Error::custom);
    }
    deserializer.deserialize_byte_buf(Bytes(PhantomData))
}

struct Bytes<M>(PhantomData<fn() -> M>);
impl<M: Frame<Lent = ()>> Visitor<'_> for Bytes<M> {
    type Value = M;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot of a coroutine")
    }
    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<M, E> {
        let _deeper = Deeper::go(E::custom)?;
        input::from_bytes(bytes).map_err(E::custom)
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
