//! How a variable is kept, by its type. In: a slot; out: what is written for it, and the variable again.
//!
//! By serde, or for what serde cannot do as is, by a form of its own. What can do neither is `Volatile`: it may be alive from one
//! step to the next, not while the function waits.
use super::Of;
use super::slots::empty;
use crate::snapshot::{In, NotNow, Out, RestoreError};
use serde::de::DeserializeOwned;
use serde::{Serialize, de, ser};
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
    /// The value of a form.
    fn back(form: Self::Back) -> T;
}

/// A variable that is kept by `K`.
pub struct Keep<K, T>(PhantomData<fn() -> (K, T)>);
impl<K, T> Clone for Keep<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K, T> Copy for Keep<K, T> {}

impl<K: Stores<T>, T> Keep<K, T> {
    pub(crate) const fn new() -> Self {
        Keep(PhantomData)
    }

    /// Writes the variable, which is there.
    pub fn save(&self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<T>() {
            return Ok(());
        }
        match slot {
            Some(value) => out.value(&K::form(value)),
            None => empty(),
        }
    }

    /// Reads the variable.
    pub fn load(&self, _: Of<T>, input: &mut In) -> Result<T, RestoreError> {
        input.value::<K::Back>().map(K::back)
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
    pub fn save(&self, _: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        if out.shapes::<T>() {
            return Ok(());
        }
        out.volatile::<T>()
    }

    /// It never was.
    pub fn load(&self, _: Of<T>, _: &mut In) -> Result<T, RestoreError> {
        Err(RestoreError::volatile::<T>())
    }
}

/// How a variable must be kept to be alive while the function waits.
pub trait Durable {}
impl<K, T> Durable for Keep<K, T> {}
impl<T: Storable> Durable for Volatile<T> {}

/// Implemented for nothing: names the type in rustc's message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored",
    label = "alive while the function waits here",
    note = "derive `Serialize` and `Deserialize` for it, drop it before the wait, or keep an owned value instead of a borrow"
)]
pub trait Storable {}

// ---- the choice -----------------------------------------------------------------------------------

/// Chooses for types with a form of their own.
pub trait KeepSpecial {
    /// How it is kept.
    type By;
    /// Chooses.
    fn keep(&self) -> Self::By;
}
/// Chooses for types of types with a form of their own.
pub trait KeepNested {
    /// How it is kept.
    type By;
    /// Chooses.
    fn keep(&self) -> Self::By;
}
/// Chooses for types that serde knows.
pub trait KeepSerde<T> {
    /// Chooses.
    fn keep(&self) -> Keep<BySerde, T>
    where
        BySerde: Stores<T>,
    {
        Keep::new()
    }
}
/// Chooses for any other type.
pub trait KeepVolatile<T> {
    /// Chooses.
    fn keep(&self) -> Volatile<T> {
        Volatile(PhantomData)
    }
}
impl<T: Serialize + DeserializeOwned> KeepSerde<T> for &Of<T> {}
impl<T> KeepVolatile<T> for Of<T> {}

/// What serde knows.
pub struct BySerde;
impl<T: Serialize + DeserializeOwned> Stores<T> for BySerde {
    type Form<'v>
        = &'v T
    where
        T: 'v;
    type Back = T;
    fn form(value: &T) -> &T {
        value
    }
    fn back(form: T) -> T {
        form
    }
}

/// Arrays of any length (serde stops at 32), as tuples.
pub struct ByArray;
/// An array as serde sees a tuple.
pub struct ArrayForm<'v, T, const N: usize>(&'v [T; N]);
impl<T: Serialize, const N: usize> Serialize for ArrayForm<'_, T, N> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for item in self.0 {
            ser::SerializeTuple::serialize_element(&mut tuple, item)?;
        }
        ser::SerializeTuple::end(tuple)
    }
}
/// An array read as a tuple.
pub struct ArrayBack<T, const N: usize>([T; N]);
impl<'de, T: de::Deserialize<'de>, const N: usize> de::Deserialize<'de> for ArrayBack<T, N> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const N: usize>(PhantomData<T>);
        impl<'de, T: de::Deserialize<'de>, const N: usize> de::Visitor<'de> for Items<T, N> {
            type Value = ArrayBack<T, N>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "an array of {N} items")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < N {
                    match seq.next_element()? {
                        Some(item) => items.push(item),
                        None => return Err(de::Error::invalid_length(items.len(), &self)),
                    }
                }
                let found = items.len();
                items.try_into().map(ArrayBack).map_err(|_| de::Error::invalid_length(found, &self))
            }
        }
        deserializer.deserialize_tuple(N, Items(PhantomData))
    }
}
impl<T: Serialize + DeserializeOwned, const N: usize> Stores<[T; N]> for ByArray {
    type Form<'v>
        = ArrayForm<'v, T, N>
    where
        T: 'v;
    type Back = ArrayBack<T, N>;
    fn form(value: &[T; N]) -> ArrayForm<'_, T, N> {
        ArrayForm(value)
    }
    fn back(form: ArrayBack<T, N>) -> [T; N] {
        form.0
    }
}
impl<T: Serialize + DeserializeOwned, const N: usize> KeepSpecial for &&&Of<[T; N]> {
    type By = Keep<ByArray, [T; N]>;
    fn keep(&self) -> Self::By {
        Keep::new()
    }
}
