//! Variables that are not stored: resources, alone and in containers. In: a slot; out: nothing, and the value of the environment that is
//! in scope where it is read.
use super::cursor::ArrayCursor;
use super::keep::Stores;
use super::special::{ByArray, ByOption, ByVec};
use crate::environment::{Env, Resource, Unwritten};
use std::sync::Arc;
use std::vec;

/// A type of which nothing is stored but how many there are.
pub trait Ambient: Sized {
    /// The form.
    type By: Stores<Self>;
}

/// One that is taken from the environment.
pub struct ByEnvironment;

impl<T: Resource + Clone> Stores<T> for ByEnvironment {
    type Form<'v> = Unwritten;
    type Back = Env<T>;
    fn form(_: &T) -> Unwritten {
        Unwritten
    }
    fn back(form: Env<T>) -> Result<T, Box<str>> {
        Ok(T::clone(&form))
    }
}
impl<T: Resource + ?Sized> Stores<Arc<T>> for ByEnvironment {
    type Form<'v> = Unwritten;
    type Back = Env<T>;
    fn form(_: &Arc<T>) -> Unwritten {
        Unwritten
    }
    fn back(form: Env<T>) -> Result<Arc<T>, Box<str>> {
        Ok(form.shared().clone())
    }
}

impl<T: Resource + Clone> Ambient for T {
    type By = ByEnvironment;
}
impl<T: Resource + ?Sized> Ambient for Arc<T> {
    type By = ByEnvironment;
}
macro_rules! containers { ($([$($p:tt)*] $type:ty = $by:ty;)*) => { $(
    impl<$($p)*> Ambient for $type {
        type By = $by;
    }
)* } }
containers! {
    [T: Ambient] Vec<T> = ByVec<T::By>;
    [T: Ambient] vec::IntoIter<T> = ByVec<T::By>;
    [T: Ambient] Option<T> = ByOption<T::By>;
    [T: Ambient, const N: usize] [T; N] = ByArray<T::By>;
    [T: Ambient, const N: usize] ArrayCursor<T, N> = ByVec<T::By>;
}
