//! How a variable is treated that is in scope and never used again: the end of its scope is a use, if its drop can be felt.
//!
//! In: a slot; out: nothing for plain memory, an optional value for what can be stored, an error of rustc for the rest.
use super::Of;
use super::ambient::Ambient;
use super::keep::{BySerde, Special, Stores};
use super::plain::Plain;
use crate::snapshot::{In, NotNow, Out, RestoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Plain memory: that it is dropped early is not felt, so it is not stored.
#[derive(Clone, Copy)]
pub struct Unfelt;

impl Unfelt {
    /// Writes nothing.
    #[inline(always)]
    pub fn save<T>(self, _: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.skips();
        Ok(())
    }

    /// Gives nothing.
    #[inline(always)]
    pub fn load<T>(self, _: Of<T>, input: &mut In<'_>) -> Result<Option<T>, RestoreError> {
        input.skips();
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

impl<K, T> Hold<K, T> {
    pub(super) const NEW: Self = Hold(PhantomData);
}

impl<K: Stores<T>, T> Hold<K, T> {
    /// Writes the variable if it is there.
    pub fn save(self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<Option<K::Back>>() {
            return Ok(());
        }
        out.value(&slot.as_ref().map(K::form))
    }

    /// Reads it.
    pub fn load(self, _: Of<T>, input: &mut In<'_>) -> Result<Option<T>, RestoreError> {
        let form = input.value::<Option<K::Back>>()?;
        form.map(K::back).transpose().map_err(|what| input.wrong(&what))
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
    pub fn save(self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes_nothing::<T>() {
            return Ok(());
        }
        match slot {
            Some(_) => out.volatile::<T>(),
            None => {
                out.skips();
                Ok(())
            }
        }
    }

    /// It was gone.
    pub fn load(self, _: Of<T>, input: &mut In<'_>) -> Result<Option<T>, RestoreError> {
        input.skips();
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
    note = "`drop` it before the wait, end its scope, or derive `Serialize` and `Deserialize` for it",
    note = "a handle to what is outside (a pool, a client, a service) is not stored but taken from the environment: `impl coroutine_runtime::Resource` for its type, or hold it in an `Env<..>`",
    note = "a value of another crate's type that can be made again is stored by an adaptor: `#[with(..)]` on its `let` or its parameter, and an `impl coroutine_runtime::Adapt`"
)]
pub trait Holdable {}

// ---- the choice -----------------------------------------------------------------------------------

/// Chooses for resources.
pub trait HoldAmbient<T: Ambient> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold(&self) -> Hold<T::By, T> {
        Hold(PhantomData)
    }
}
/// Chooses for plain memory of std.
pub trait HoldPlain {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold(&self) -> Unfelt {
        Unfelt
    }
}
/// Chooses for what is copied.
pub trait HoldCopy {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold(&self) -> Unfelt {
        Unfelt
    }
}
/// Chooses for types with a form of their own.
pub trait HoldSpecial<T: Special> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold(&self) -> Hold<T::By, T> {
        Hold(PhantomData)
    }
}
/// Chooses for types that serde knows.
pub trait HoldSerde<T> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold(&self) -> Hold<BySerde, T> {
        Hold(PhantomData)
    }
}
/// Chooses for any other type.
pub trait HoldUnstorable<T> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold(&self) -> Held<T> {
        Held(PhantomData)
    }
}
impl<T: Ambient> HoldAmbient<T> for &&&&Of<T> {}
// (Six levels fit five `&`: this one is reached by one more autoref, before any `&` is taken off.)
impl<T: Plain> HoldPlain for &&&&&Of<T> {}
impl<T: Copy> HoldCopy for &&&Of<T> {}
impl<T: Special> HoldSpecial<T> for &&Of<T> {}
impl<T: Serialize + DeserializeOwned> HoldSerde<T> for &Of<T> {}
impl<T> HoldUnstorable<T> for Of<T> {}

// ---- the choice for what may be lent to a child, which must find it again --------------------------------

/// Chooses for resources.
pub trait LentAmbient<T: Ambient> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold_lent(&self) -> Hold<T::By, T> {
        Hold(PhantomData)
    }
}
/// Chooses for types with a form of their own.
pub trait LentSpecial<T: Special> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold_lent(&self) -> Hold<T::By, T> {
        Hold(PhantomData)
    }
}
/// Chooses for types that serde knows.
pub trait LentSerde<T> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold_lent(&self) -> Hold<BySerde, T> {
        Hold(PhantomData)
    }
}
/// Chooses for any other type.
pub trait LentUnstorable<T> {
    /// Chooses.
    #[inline(always)]
    fn __durable_hold_lent(&self) -> Held<T> {
        Held(PhantomData)
    }
}
impl<T: Ambient> LentAmbient<T> for &&&Of<T> {}
impl<T: Special> LentSpecial<T> for &&Of<T> {}
impl<T: Serialize + DeserializeOwned> LentSerde<T> for &Of<T> {}
impl<T> LentUnstorable<T> for Of<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::of_slot;
    use crate::snapshot::testing::{through, write};
    use serde::Deserialize;

    #[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
    struct Bell(u8);
    impl Drop for Bell {
        fn drop(&mut self) {}
    }
    struct Permit;
    impl Drop for Permit {
        fn drop(&mut self) {}
    }
    #[derive(Clone, Copy)]
    struct Point;

    #[test]
    fn plain_memory_is_left_out() {
        macro_rules! unfelt { ($($value:expr),* $(,)?) => { $(
            let slot = Some($value);
            let _: Unfelt = (&&&&&of_slot(&slot)).__durable_hold();
        )* } }
        unfelt!(
            5u8,
            String::new(),
            vec![Some((1u8, String::new()))],
            "text",
            [1u8; 90],
            Point,
            std::collections::HashMap::<u8, String>::new(),
            &Permit
        );
        unfelt!(std::time::Instant::now(), Box::<[u8]>::from([1]), std::borrow::Cow::Borrowed("a"), 0..5u8, (0..5u8).rev());
    }

    #[test]
    fn what_can_be_felt_is_stored_if_it_is_there() {
        for slot in [Some(Bell(3)), None] {
            let [binary, json] = through(
                |out| (&&&&&of_slot(&slot)).__durable_hold().save(&slot, out),
                |input| (&&&&&of_slot(&slot)).__durable_hold().load(of_slot(&slot), input),
            );
            assert_eq!((&binary, &json), (&slot, &slot));
        }
        let slot = Some(vec![Bell(1)].into_iter());
        let [again, _] = through(
            |out| (&&&&&of_slot(&slot)).__durable_hold().save(&slot, out),
            |input| (&&&&&of_slot(&slot)).__durable_hold().load(of_slot(&slot), input),
        );
        assert_eq!(again.unwrap().as_slice(), [Bell(1)]);
    }

    #[test]
    fn what_cannot_be_stored_must_be_gone() {
        let mut slot = Some(Permit);
        assert!(write(|out| (&&&&&of_slot(&slot)).__durable_hold().save(&slot, out)).is_err());
        slot = None;
        assert!(write(|out| (&&&&&of_slot(&slot)).__durable_hold().save(&slot, out)).is_ok());
    }
}
