//! A field of what is borrowed, as a borrow: by `&mut`, unless what the field lies in gives shared borrows only (an `Arc`, a `&`).
//!
//! In: a borrow and the field, read both ways; out: the field's borrow. A method is called on it, and only its type says by which.
use super::Of;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// The field is borrowed as what it lies in is.
pub struct Direct<V>(PhantomData<fn(V)>);
/// The field lies behind what gives shared borrows only.
pub struct Behind<V>(PhantomData<fn(V)>);

impl<'x, T: ?Sized> Direct<&'x mut T> {
    /// The field's borrow.
    #[inline(always)]
    pub fn field<F: ?Sized>(self, it: &'x mut T, _: impl FnOnce(&T) -> &F, unique: impl FnOnce(&mut T) -> &mut F) -> &'x mut F {
        unique(it)
    }
}
impl<'x, T: ?Sized> Direct<&'x T> {
    /// The field's borrow.
    #[inline(always)]
    pub fn field<F: ?Sized>(self, it: &'x T, shared: impl FnOnce(&T) -> &F, _: impl FnOnce(&mut T) -> &mut F) -> &'x F {
        shared(it)
    }
}
impl<'x, P: Deref> Behind<&'x mut P> {
    /// The field's borrow.
    #[inline(always)]
    pub fn field<F: ?Sized>(self, it: &'x mut P, shared: impl FnOnce(&P::Target) -> &F, _: impl FnOnce(&mut P::Target) -> &mut F) -> &'x F {
        shared(it)
    }
}
impl<'x, P: Deref> Behind<&'x P> {
    /// The field's borrow.
    #[inline(always)]
    pub fn field<F: ?Sized>(self, it: &'x P, shared: impl FnOnce(&P::Target) -> &F, _: impl FnOnce(&mut P::Target) -> &mut F) -> &'x F {
        shared(it)
    }
}

/// Chooses for what gives borrows of both kinds.
pub trait PathUnique<V> {
    /// Chooses.
    #[inline(always)]
    fn __durable_path(&self) -> Direct<V> {
        Direct(PhantomData)
    }
}
/// Chooses for what gives shared borrows only.
pub trait PathBehind<V> {
    /// Chooses.
    #[inline(always)]
    fn __durable_path(&self) -> Behind<V> {
        Behind(PhantomData)
    }
}
/// Chooses for anything else.
pub trait PathDirect<V> {
    /// Chooses.
    #[inline(always)]
    fn __durable_path(&self) -> Direct<V> {
        Direct(PhantomData)
    }
}
impl<'x, P: DerefMut> PathUnique<&'x mut P> for &&Of<&'x mut P> {}
impl<'x, P: DerefMut> PathUnique<&'x P> for &&Of<&'x P> {}
impl<'x, P: Deref> PathBehind<&'x mut P> for &Of<&'x mut P> {}
impl<'x, P: Deref> PathBehind<&'x P> for &Of<&'x P> {}
impl<V> PathDirect<V> for Of<V> {}
