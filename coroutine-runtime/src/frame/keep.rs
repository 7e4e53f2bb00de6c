//! How a variable is kept, by its type. In: a slot; out: what is written for it, and the variable again.
//!
//! By serde, or for what serde cannot do as is, by a form of its own (`special`). What can do neither is `Volatile`: it may be alive
//! from one step to the next, not while the function waits. The choice is made by autoref where all types are known.
use super::Of;
use super::ambient::Ambient;
use super::slots::empty;
use crate::snapshot::{In, NotNow, Out, RestoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// How a `T` is stored: as which serde form, and how it comes back.
pub trait Stores<T>: 'static {
    /// What is written.
    type Form<'v>: Serialize
    where
        T: 'v;
    /// What is read.
    type Back: DeserializeOwned;
    /// The form of a value.
    fn form(value: &T) -> Self::Form<'_>;
    /// The value of a form, or why there is none.
    fn back(form: Self::Back) -> Result<T, Box<str>>;
}

/// What serde knows.
pub struct BySerde;

impl<T: Serialize + DeserializeOwned> Stores<T> for BySerde {
    type Form<'v>
        = &'v T
    where
        T: 'v;
    type Back = T;
    #[inline(always)]
    fn form(value: &T) -> &T {
        value
    }
    #[inline(always)]
    fn back(form: T) -> Result<T, Box<str>> {
        Ok(form)
    }
}

/// A type of `&'static str`s with a form of its own. (Asked first: that serde cannot give a `&'static str` is a matter of lifetimes,
/// which a choice by type does not see.)
pub trait Textual: Sized {
    /// The form.
    type By: Stores<Self>;
}

/// A type with a form of its own, of parts that serde knows.
pub trait Special: Sized {
    /// The form.
    type By: Stores<Self>;
}

/// A type with a form of its own, of parts with a form of their own.
pub trait Nested: Sized {
    /// The form.
    type By: Stores<Self>;
}

/// A variable that is kept by `K`.
pub struct Keep<K, T>(PhantomData<fn() -> (K, T)>);
impl<K, T> Clone for Keep<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K, T> Copy for Keep<K, T> {}

impl<K, T> Keep<K, T> {
    pub(super) const NEW: Self = Keep(PhantomData);
}

impl<K: Stores<T>, T> Keep<K, T> {
    /// Writes the variable, which is there.
    #[inline(always)]
    pub fn save(self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        match slot {
            Some(value) if out.is_binary() => out.bytes(&K::form(value)),
            slot => self.save_otherwise(slot, out),
        }
    }

    #[cold]
    fn save_otherwise(self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<K::Back>() {
            return Ok(());
        }
        match slot {
            Some(value) => out.value(&K::form(value)),
            None => empty(),
        }
    }

    /// Reads the variable.
    #[inline]
    pub fn load(self, _: Of<T>, input: &mut In<'_>) -> Result<T, RestoreError> {
        let form = input.value::<K::Back>()?;
        K::back(form).map_err(|what| input.wrong(&what))
    }
}

/// A variable that cannot be stored.
pub struct Volatile<T>(PhantomData<fn() -> T>);
impl<T> Clone for Volatile<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Volatile<T> {}

impl<T> Volatile<T> {
    /// It cannot be stored now.
    pub fn save(self, _: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes_nothing::<T>() {
            return Ok(());
        }
        out.volatile::<T>()
    }

    /// It never was.
    pub fn load(self, _: Of<T>, _: &mut In<'_>) -> Result<T, RestoreError> {
        Err(RestoreError::volatile::<T>())
    }
}

/// How what a branch gave is kept until the branches beside it have landed.
pub trait Keeps<T>: 'static {
    /// Writes it, if it is there.
    fn save(landed: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow>;
    /// Reads it.
    fn load(input: &mut In<'_>) -> Result<Option<T>, RestoreError>;
}
impl<K: Stores<T>, T: 'static> Keeps<T> for Keep<K, T> {
    fn save(landed: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<Option<K::Back>>() {
            return Ok(());
        }
        out.value(&landed.as_ref().map(K::form))
    }
    fn load(input: &mut In<'_>) -> Result<Option<T>, RestoreError> {
        let form = input.value::<Option<K::Back>>()?;
        form.map(K::back).transpose().map_err(|what| input.wrong(&what))
    }
}
/// (Not in a coroutine: there it is refused.)
impl<T: 'static> Keeps<T> for Volatile<T> {
    fn save(landed: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes_nothing::<T>() {
            return Ok(());
        }
        match landed {
            Some(_) => out.volatile::<T>(),
            None => {
                out.skips();
                Ok(())
            }
        }
    }
    fn load(input: &mut In<'_>) -> Result<Option<T>, RestoreError> {
        input.skips();
        Ok(None)
    }
}

/// Where the first that lands ends it all: nothing that a branch gave is kept while others go on.
pub struct Unkept(());
impl Unkept {
    pub(crate) const NEW: Unkept = Unkept(());
}
impl<T> Keeps<T> for Unkept {
    fn save(_: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.skips();
        Ok(())
    }
    fn load(input: &mut In<'_>) -> Result<Option<T>, RestoreError> {
        input.skips();
        Ok(None)
    }
}

/// How a variable must be kept to be alive while the function waits.
pub trait Durable {}
impl Durable for Unkept {}
impl<K, T> Durable for Keep<K, T> {}
impl<T: Storable> Durable for Volatile<T> {}

/// Implemented for nothing: names the type in rustc's message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored",
    label = "alive while the function waits here",
    note = "derive `Serialize` and `Deserialize` for it, drop it before the wait, or keep what is owned: a value instead of a borrow, what an iterator gives, `collect`ed, instead of the iterator",
    note = "a handle to what is outside (a pool, a client, a service) is not stored but taken from the environment: `impl coroutine_runtime::Resource` for its type, or hold it in an `Env<..>`",
    note = "a value of another crate's type that can be made again is stored by an adaptor: `#[with(..)]` on its `let` or its parameter, and an `impl coroutine_runtime::Adapt`"
)]
pub trait Storable {}

// ---- the choice -----------------------------------------------------------------------------------

/// Chooses for resources, before all others: a resource may well be something that serde knows, too.
pub trait KeepAmbient<T: Ambient> {
    /// Chooses.
    #[inline(always)]
    fn __durable_keep(&self) -> Keep<T::By, T> {
        Keep(PhantomData)
    }
}
/// Chooses for types of `&'static str`s.
pub trait KeepTextual<T: Textual> {
    /// Chooses.
    #[inline(always)]
    fn __durable_keep(&self) -> Keep<T::By, T> {
        Keep(PhantomData)
    }
}
/// Chooses for types with a form of their own.
pub trait KeepSpecial<T: Special> {
    /// Chooses.
    #[inline(always)]
    fn __durable_keep(&self) -> Keep<T::By, T> {
        Keep(PhantomData)
    }
}
/// Chooses for types of types with a form of their own.
pub trait KeepNested<T: Nested> {
    /// Chooses.
    #[inline(always)]
    fn __durable_keep(&self) -> Keep<T::By, T> {
        Keep(PhantomData)
    }
}
/// Chooses for types that serde knows.
pub trait KeepSerde<T> {
    /// Chooses.
    #[inline(always)]
    fn __durable_keep(&self) -> Keep<BySerde, T> {
        Keep(PhantomData)
    }
}
/// Chooses for any other type.
pub trait KeepVolatile<T> {
    /// Chooses.
    #[inline(always)]
    fn __durable_keep(&self) -> Volatile<T> {
        Volatile(PhantomData)
    }
}
impl<T: Ambient> KeepAmbient<T> for &&&&Of<T> {}
// (Six levels fit five `&`: this one is reached by one more autoref, before any `&` is taken off.)
impl<T: Textual> KeepTextual<T> for &&&&&Of<T> {}
impl<T: Special> KeepSpecial<T> for &&&Of<T> {}
impl<T: Serialize + DeserializeOwned> KeepSerde<T> for &&Of<T> {}
impl<T: Nested> KeepNested<T> for &Of<T> {}
impl<T> KeepVolatile<T> for Of<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::of_slot;
    use crate::snapshot::testing::through;
    use std::cmp::Ordering;
    use std::collections::{BTreeMap, VecDeque};
    use std::sync::Arc;

    /// A variable of a type, written and read again, in both codecs.
    macro_rules! again {
        ($value:expr) => {{
            let slot = Some($value);
            through(
                |out| (&&&&&of_slot(&slot)).__durable_keep().save(&slot, out),
                |input| (&&&&&of_slot(&slot)).__durable_keep().load(of_slot(&slot), input),
            )
        }};
    }
    macro_rules! same { ($($value:expr),* $(,)?) => { $(
        for value in again!($value) {
            assert_eq!(value, $value);
        }
    )* } }

    #[test]
    fn what_serde_knows() {
        same!(7u8, -1i64, 1.5f64, 'x', true, (), String::from("text"), vec![1u32, 2], Some(3u16), (1u8, String::new()), 1u128 << 60);
        same!(Arc::new(5u32), Arc::<str>::from("shared"), Box::<[u8]>::from([1, 2]), BTreeMap::from([(1u8, "a".to_string())]));
        same!(std::time::Duration::from_millis(5), std::num::NonZeroU8::MIN, 0..5u32, VecDeque::from([1u8, 2]));
    }

    #[test]
    fn arrays_of_any_length() {
        same!([3u8; 0], [7u64; 33], [[1u8; 40]; 40], vec![[2u8; 64]; 3], Some([1u16; 50]), [String::from("a"), String::from("b")]);
    }

    #[test]
    fn static_strings() {
        same!("literal", Some("literal"), vec!["a", "b"], ["x", "y", "z"], ("name", 5u32), [("one", 1u8), ("two", 2)]);
        let [first, second] = again!("the same place");
        assert_eq!(first.as_ptr(), second.as_ptr(), "leaked once");
    }

    #[test]
    fn ordering() {
        same!(Ordering::Less, Ordering::Equal, Ordering::Greater, Some(Ordering::Less));
    }

    #[test]
    fn iterators_keep_what_remains() {
        let mut items = vec![1u8, 2, 3].into_iter();
        items.next();
        for again in again!(items.clone()) {
            assert_eq!(again.as_slice(), [2, 3]);
        }
        for again in again!(items.clone().rev()) {
            assert_eq!(again.collect::<Vec<_>>(), [3, 2]);
        }
        for again in again!(vec!["a"].into_iter()) {
            assert_eq!(again.as_slice(), ["a"]);
        }
        for again in again!(VecDeque::from([4u8, 5]).into_iter()) {
            assert_eq!(again.collect::<Vec<_>>(), [4, 5]);
        }
        for again in again!(Some(4u8).into_iter()) {
            assert_eq!(again.collect::<Vec<_>>(), [4]);
        }
    }

    #[test]
    fn ranges_keep_where_they_are() {
        let mut range = 3..=5u8;
        while range.next().is_some() {}
        for mut again in again!(range.clone()) {
            assert_eq!(again.next(), None, "an exhausted range stays exhausted");
        }
        same!(3..=5u8, -3..=3i32, 'a'..='z', 0..=u64::MAX);
        macro_rules! rest { ($($range:expr),* $(,)?) => { $(
            for skip in 0..9 {
                let mut range = $range;
                for _ in 0..skip {
                    range.next();
                }
                for again in again!(range.clone()) {
                    assert_eq!(again.collect::<Vec<_>>(), range.clone().collect::<Vec<_>>(), "{} after {skip}", stringify!($range));
                }
            }
        )* } }
        rest!((0..5u8).rev(), (250..=255u8).rev(), (-3..3i64).rev(), (5..5u32).rev());
        rest!((0..10u8).step_by(3), (0..=255u8).step_by(100), (-9..9i32).step_by(4), (0..10usize).rev().step_by(3));
        rest!((0..=9i8).rev().step_by(2), (0..1u8).step_by(7));
    }

    #[test]
    fn what_cannot_be_stored() {
        let slot = Some(std::sync::mpsc::channel::<u8>());
        let error = crate::snapshot::testing::write(|out| (&&&&&of_slot(&slot)).__durable_keep().save(&slot, out)).unwrap_err();
        assert!(error.to_string().contains("cannot be stored"), "{error}");
    }
}
