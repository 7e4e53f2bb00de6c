//! Values that are asked for once and then are variables like any other: random ones, and keys for what is done outside. In: the engine's
//! randomness and its count; out: a value.
//!
//! A step that follows takes off from a checkpoint that has the value: whatever crashes then, it sees the same one again.
use super::Turn;
use super::asking::{Question, ask, question};
use crate::frame::machine::Call;
use crate::frame::{Frame, Silent};
use crate::snapshot::Info;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::task::Poll;

/// What [`random`] makes.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, random};
///
/// #[durable]
/// async fn draws() -> (u128, [u8; 16], f64) {
///     (random().await, random().await, random().await)
/// }
///
/// TestRuntime::new().register(draws).run(async |rt| {
///     let (number, key, part) = rt.start(draws, ()).await?.result().await?;
///     assert!((0.0..1.0).contains(&part));
///     assert!(number != 0 || key != [0; 16]);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait FromRandom: Send + 'static {
    /// Makes one of bytes that `fill` fills with random ones.
    fn from_random(fill: &mut dyn FnMut(&mut [u8])) -> Self;
}

macro_rules! from_random { ($($t:ty)*) => { $(
    impl FromRandom for $t {
        fn from_random(fill: &mut dyn FnMut(&mut [u8])) -> Self {
            let mut bytes = [0; size_of::<$t>()];
            fill(&mut bytes);
            <$t>::from_le_bytes(bytes)
        }
    }
)* } }
from_random! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }

impl<const N: usize> FromRandom for [u8; N] {
    fn from_random(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = [0; N];
        fill(&mut bytes);
        bytes
    }
}

/// Between 0 and 1, and never 1.
impl FromRandom for f64 {
    fn from_random(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        // (53 bits are a float's digits, so every value is as likely.)
        (u64::from_random(fill) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A random value: an integer of any size, an array of bytes, or a float between 0 and 1.
///
/// It is drawn once and stored with the coroutine. In a test with a [`TestRuntime`](crate::TestRuntime) it comes from a seed.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, random};
///
/// #[durable]
/// async fn dice() -> u64 {
///     random::<u64>().await % 6 + 1
/// }
///
/// TestRuntime::new().register(dice).run(async |rt| {
///     assert!((1..=6).contains(&rt.start(dice, ()).await?.result().await?));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn random<T: FromRandom>() -> Call<'static, (), impl Frame<Lent = (), Return = T, Port = Silent>> {
    ask(Draw(PhantomData))
}

/// A new random UUID, version 4, as text: `f81d4fae-7dec-41d0-a765-00a0c91e6bf6`.
///
/// As [`random`], it is drawn once and stored with the coroutine. For what is done outside with a key against doing it twice, there is
/// [`idempotency_key`].
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, uuid};
///
/// #[durable]
/// async fn names() -> String {
///     uuid().await
/// }
///
/// TestRuntime::new().register(names).run(async |rt| {
///     let id = rt.start(names, ()).await?.result().await?;
///     assert_eq!((id.len(), &id[14..15]), (36, "4"));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn uuid() -> Call<'static, (), impl Frame<Lent = (), Return = String, Port = Silent>> {
    ask(DrawUuid)
}

/// A key for something outside that must not be done twice: the same on every try of the steps that follow, and different for each
/// call of this function and each coroutine in the store.
///
/// A step whose process dies is done again when the coroutine goes on. If what it calls knows the key from the first time, it can answer
/// as it did then.
///
/// ```
/// use coroutine_runtime::{TestRuntime, idempotency_key, prelude::*};
///
/// #[durable]
/// async fn pays() -> (String, String) {
///     (idempotency_key().await, idempotency_key().await)
/// }
///
/// TestRuntime::new().register(pays).run(async |rt| {
///     let (one, other) = rt.start_as("order-1", pays, ()).await?.result().await?;
///     assert_eq!((&*one, &*other), ("order-1#0", "order-1#1"));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn idempotency_key() -> Call<'static, (), impl Frame<Lent = (), Return = String, Port = Silent>> {
    ask(Key)
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Draw<T>(PhantomData<fn() -> T>);

static RANDOM: Info = question("random");
impl<T: FromRandom> Question for Draw<T> {
    type Return = T;
    const INFO: &'static Info = &RANDOM;
    fn ask(&mut self, turn: &Turn) -> Poll<T> {
        Poll::Ready(T::from_random(&mut |bytes| turn.random(bytes)))
    }
    fn ask_nobody(&mut self) -> T {
        T::from_random(&mut system)
    }
}

#[derive(Serialize, Deserialize)]
struct DrawUuid;

static UUID: Info = question("uuid");
impl Question for DrawUuid {
    type Return = String;
    const INFO: &'static Info = &UUID;
    fn ask(&mut self, turn: &Turn) -> Poll<String> {
        Poll::Ready(uuid_of(FromRandom::from_random(&mut |bytes| turn.random(bytes))))
    }
    fn ask_nobody(&mut self) -> String {
        uuid_of(FromRandom::from_random(&mut system))
    }
}

/// The UUID of random bits.
pub(crate) fn uuid_of(bits: u128) -> String {
    let bits = bits & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let digits = format!("{bits:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or_default());
    parts.join("-")
}

#[derive(Serialize, Deserialize)]
struct Key;

static KEY: Info = question("idempotency_key");
impl Question for Key {
    type Return = String;
    const INFO: &'static Info = &KEY;
    fn ask(&mut self, turn: &Turn) -> Poll<String> {
        Poll::Ready(format!("{}#{}", turn.id(), turn.next_serial()))
    }
}

/// Random bytes of the system's.
///
/// # Panics
/// When it has none, which no system that Rust's standard library runs on is known for.
pub(crate) fn system(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the system has no random bytes: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_a_version_and_a_variant() {
        assert_eq!(uuid_of(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid_of(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn floats_are_below_one() {
        assert_eq!(f64::from_random(&mut |bytes| bytes.fill(0)), 0.0);
        let most = f64::from_random(&mut |bytes| bytes.fill(255));
        assert!(most < 1.0 && most > 0.999_999_999_999);
    }
}
