//! How a variable is treated that is in scope and never used again: the end of its scope is a use, if its drop can be felt.
//!
//! In: a slot; out: nothing for plain memory, an optional value for what can be stored, an error of rustc for the rest.
use super::Of;
use super::keep::{BySerde, Stores};
use crate::snapshot::{In, NotNow, Out, RestoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Plain memory: that it is dropped early is not felt, so it is not stored.
#[derive(Clone, Copy)]
pub struct Unfelt;
impl Unfelt {
    /// Writes nothing.
    pub fn save<T>(&self, _: &Option<T>, _: &mut Out<'_>) -> Result<(), NotNow> {
        Ok(())
    }
    /// Gives nothing.
    pub fn load<T>(&self, _: Of<T>, _: &mut In) -> Result<Option<T>, RestoreError> {
        Ok(None)
    }
}

/// A variable whose drop may be felt, stored by `K` while it is there.
pub struct Hold<K, T>(PhantomData<fn() -> (K, T)>);
impl<K, T> Clone for Hold<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K, T> Copy for Hold<K, T> {}
impl<K: Stores<T>, T> Hold<K, T> {
    /// Writes the variable if it is there.
    pub fn save(&self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<Option<T>>() {
            return Ok(());
        }
        out.value(&slot.as_ref().map(K::form))
    }
    /// Reads it.
    pub fn load(&self, _: Of<T>, input: &mut In) -> Result<Option<T>, RestoreError> {
        Ok(input.value::<Option<K::Back>>()?.map(K::back))
    }
}

/// A variable whose drop may be felt and that cannot be stored.
pub struct Held<T>(PhantomData<fn() -> T>);
impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Held<T> {}
impl<T> Held<T> {
    /// It cannot be stored now, unless it is gone.
    pub fn save(&self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<Option<T>>() {
            return Ok(());
        }
        match slot {
            Some(_) => out.volatile::<T>(),
            None => out.value(&()),
        }
    }
    /// It was gone.
    pub fn load(&self, _: Of<T>, input: &mut In) -> Result<Option<T>, RestoreError> {
        input.value::<()>()?;
        Ok(None)
    }
}

/// How a variable must be held to be in scope while the function waits.
pub trait Releasable {}
impl Releasable for Unfelt {}
impl<K, T> Releasable for Hold<K, T> {}
impl<T: Holdable> Releasable for Held<T> {}

/// Implemented for nothing: names the type in rustc's message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` would have to be held while the function waits, maybe for days",
    label = "in scope across this wait: Rust would drop it only after",
    note = "`drop` it before the wait, end its scope, or derive `Serialize` and `Deserialize` for it"
)]
pub trait Holdable {}

/// Chooses for plain memory of std.
pub trait HoldPlain {
    /// Chooses.
    fn hold(&self) -> Unfelt {
        Unfelt
    }
}
/// Chooses for what is copied.
pub trait HoldCopy {
    /// Chooses.
    fn hold(&self) -> Unfelt {
        Unfelt
    }
}
/// Chooses for types with a form of their own.
pub trait HoldSpecial {
    /// How it is held.
    type By;
    /// Chooses.
    fn hold(&self) -> Self::By;
}
/// Chooses for types that serde knows.
pub trait HoldSerde<T> {
    /// Chooses.
    fn hold(&self) -> Hold<BySerde, T>
    where
        BySerde: Stores<T>,
    {
        Hold(PhantomData)
    }
}
/// Chooses for any other type.
pub trait HoldUnstorable<T> {
    /// Chooses.
    fn hold(&self) -> Held<T> {
        Held(PhantomData)
    }
}
impl<T: Plain> HoldPlain for &&&Of<T> {}
impl<T: Copy> HoldCopy for &&&&Of<T> {}
impl<T: Serialize + DeserializeOwned> HoldSerde<T> for &Of<T> {}
impl<T> HoldUnstorable<T> for Of<T> {}

/// Plain memory: types of std over plain data, whose drop frees memory and does nothing else.
pub trait Plain {}
impl Plain for String {}
impl<T: Plain> Plain for Vec<T> {}
impl<T: Plain> Plain for Option<T> {}
macro_rules! plain { ($($t:ty)*) => { $(impl Plain for $t {})* } }
plain! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char }
impl Plain for () {}
