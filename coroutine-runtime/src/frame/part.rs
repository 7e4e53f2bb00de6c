//! A part of a variable that lives on, used by value: copied, or moved out with something empty left in its place. In: the part's
//! place; out: its value.
//!
//! That the part is not used again before it is filled is what rustc has checked in the twin, so nobody sees what is left there. Emitted
//! code writes both ways down; rustc does not borrow-check the one that the type rules out, for it is behind a value that there is none of.
use super::Of;
use super::slots::empty;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::convert::Infallible;

/// A type with a value that costs nothing to make, and whose drop does nothing.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be moved out of a variable that is used again after a wait",
    label = "moved out here, and nothing can be left in its place",
    note = "take the variable apart where it is made (`let Order {{ customer, items, .. }} = order;`), or make the field an `Option`"
)]
pub trait Hollow {
    /// That value.
    fn hollow() -> Self;
}

macro_rules! hollow { ($([$($p:tt)*] $type:ty;)*) => { $(
    impl<$($p)*> Hollow for $type {
        #[inline(always)]
        fn hollow() -> Self {
            Self::default()
        }
    }
)* } }
hollow! {
    [] String;
    [] Box<str>;
    [] std::path::PathBuf;
    [] std::ffi::OsString;
    [] serde_json::Value;
    [T] Option<T>;
    [T] Vec<T>;
    [T] Box<[T]>;
    [T] VecDeque<T>;
    [T] LinkedList<T>;
    [T: Ord] BinaryHeap<T>;
    [T] BTreeSet<T>;
    [K, V] BTreeMap<K, V>;
    [T, S: Default] HashSet<T, S>;
    [K, V, S: Default] HashMap<K, V, S>;
}
macro_rules! tuples { ($(($($t:ident),*))*) => { $(
    impl<$($t: Hollow),*> Hollow for ($($t,)*) {
        #[inline(always)]
        fn hollow() -> Self {
            ($($t::hollow(),)*)
        }
    }
)* } }
tuples! { (A) (A, B) (A, B, C) (A, B, C, D) }
impl<T: Hollow, const N: usize> Hollow for [T; N] {
    fn hollow() -> Self {
        std::array::from_fn(|_| T::hollow())
    }
}

/// It is copied.
pub struct Copied;
/// It is borrowed in its turn, as Rust does with a mutable borrow.
pub struct Reborrowed;
/// It is moved out.
pub struct MovedOut;

/// Chooses for what may be copied.
pub trait PartCopy {
    /// Chooses.
    #[inline(always)]
    fn __durable_part(&self) -> Copied {
        Copied
    }
}
/// Chooses for a mutable borrow.
pub trait PartReborrow {
    /// Chooses.
    #[inline(always)]
    fn __durable_part(&self) -> Reborrowed {
        Reborrowed
    }
}
/// Chooses for what cannot be copied.
pub trait PartMove {
    /// Chooses.
    #[inline(always)]
    fn __durable_part(&self) -> MovedOut {
        MovedOut
    }
}
impl<T: Copy> PartCopy for &&Of<T> {}
impl<T: ?Sized> PartReborrow for &Of<&mut T> {}
impl<T> PartMove for Of<T> {}

impl Copied {
    /// Whether it is copied.
    #[inline(always)]
    pub fn copies(&self) -> bool {
        true
    }
    /// The copy.
    #[inline(always)]
    pub fn copy<T: Copy>(&self, part: &T) -> T {
        *part
    }
    /// It is not moved: what follows is not reached.
    #[inline(always)]
    pub fn moves(&self) -> Infallible {
        empty()
    }
    /// Not reached.
    #[inline(always)]
    pub fn out<T>(&self, _: &mut T) -> T {
        empty()
    }
}
impl Reborrowed {
    /// Whether it is copied.
    #[inline(always)]
    pub fn copies(&self) -> bool {
        false
    }
    /// Not reached.
    #[inline(always)]
    pub fn copy<'p, T: ?Sized>(&self, _: &'p &mut T) -> &'p mut T {
        empty()
    }
    /// It is moved, in effect.
    #[inline(always)]
    pub fn moves(&self) {}
    /// The borrow.
    #[inline(always)]
    pub fn out<'p, T: ?Sized>(&self, part: &'p mut &mut T) -> &'p mut T {
        part
    }
}
impl MovedOut {
    /// Whether it is copied.
    #[inline(always)]
    pub fn copies(&self) -> bool {
        false
    }
    /// Not reached.
    #[inline(always)]
    pub fn copy<T>(&self, _: &T) -> T {
        empty()
    }
    /// It is moved.
    #[inline(always)]
    pub fn moves(&self) {}
    /// The part.
    #[inline(always)]
    pub fn out<T: Hollow>(&self, part: &mut T) -> T {
        std::mem::replace(part, T::hollow())
    }
}

/// A value that a loop over a borrow takes: the loop's iterator is made anew for each item.
#[diagnostic::on_unimplemented(
    message = "a loop over a borrow takes a `{Self}` by value",
    label = "moved here, for each item anew",
    note = "the iterator of such a loop is made again for each item: lend it this (`.zip(&it)`), or go over indices"
)]
pub trait Repeated {}

/// It is moved, and so cannot be taken for each item.
pub struct Once;
impl Once {
    /// Not reached: no type can be repeated so.
    pub fn copy<T: Repeated>(&self, _: &T) -> T {
        empty()
    }
}

/// Chooses for what may be copied for each item.
pub trait RepeatCopy {
    /// Chooses.
    #[inline(always)]
    fn __durable_repeat(&self) -> Copied {
        Copied
    }
}
/// Chooses for what cannot.
pub trait RepeatOnce {
    /// Chooses.
    #[inline(always)]
    fn __durable_repeat(&self) -> Once {
        Once
    }
}
impl<T: Copy> RepeatCopy for &Of<T> {}
impl<T> RepeatOnce for Of<T> {}
