//! Loops over ordered maps and sets: what they keep is the key that they saw last, from which they go on. In: the map, for each item; out: the
//! items after that key.
use super::Of;
use super::again::{ByPosition, Cursor, StartAgain};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, btree_map, btree_set};
use std::iter::Map;
use std::ops::Bound;

/// What a loop over an ordered map or set keeps: the key that it saw last, if it has seen any.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct After<K>(Option<K>);

/// A borrow that a loop goes over in the order of keys.
pub trait ByOrder: IntoIterator {
    /// The key.
    type Key: Clone;
    /// What remains after a key, each with its key.
    type Rest: Iterator<Item = (Self::Key, Self::Item)>;
    /// What remains after a key; of none, all.
    fn after(self, key: Option<&Self::Key>) -> Self::Rest;
    /// The item of a key.
    fn at(self, key: &Self::Key) -> Option<Self::Item>;
}

fn beyond<K>(key: Option<&K>) -> (Bound<&K>, Bound<&K>) {
    (key.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

impl<'m, K: Key, V> ByOrder for &'m BTreeMap<K, V> {
    type Key = K;
    type Rest = Map<btree_map::Range<'m, K, V>, fn((&'m K, &'m V)) -> (K, (&'m K, &'m V))>;
    fn after(self, key: Option<&K>) -> Self::Rest {
        self.range(beyond(key)).map(|(key, value)| (key.clone(), (key, value)))
    }
    fn at(self, key: &K) -> Option<(&'m K, &'m V)> {
        self.get_key_value(key)
    }
}
impl<'m, K: Key, V> ByOrder for &'m mut BTreeMap<K, V> {
    type Key = K;
    type Rest = Map<btree_map::RangeMut<'m, K, V>, fn((&'m K, &'m mut V)) -> (K, (&'m K, &'m mut V))>;
    fn after(self, key: Option<&K>) -> Self::Rest {
        self.range_mut(beyond(key)).map(|(key, value)| (key.clone(), (key, value)))
    }
    fn at(self, key: &K) -> Option<(&'m K, &'m mut V)> {
        self.range_mut((Bound::Included(key), Bound::Included(key))).next()
    }
}
impl<'m, T: Key> ByOrder for &'m BTreeSet<T> {
    type Key = T;
    type Rest = Map<btree_set::Range<'m, T>, fn(&'m T) -> (T, &'m T)>;
    fn after(self, key: Option<&T>) -> Self::Rest {
        self.range(beyond(key)).map(|item| (item.clone(), item))
    }
    fn at(self, key: &T) -> Option<&'m T> {
        self.get(key)
    }
}

/// A key that can be stored.
pub trait Key: Ord + Clone + Serialize + DeserializeOwned {}
impl<K: Ord + Clone + Serialize + DeserializeOwned> Key for K {}

/// Starts a loop over an ordered map or set.
pub struct StartOrder;
impl StartOrder {
    /// Starts.
    #[inline(always)]
    pub fn start<T: ByOrder>(self, _: T) -> After<T::Key> {
        After(None)
    }
}

impl<K: Clone, T: ByOrder<Key = K>> Cursor<T> for After<K> {
    fn next_of(&mut self, again: impl FnOnce() -> T) -> Option<T::Item> {
        let (key, item) = again().after(self.0.as_ref()).next()?;
        self.0 = Some(key);
        Some(item)
    }
    fn current_of(&self, again: impl FnOnce() -> T) -> Option<T::Item> {
        again().at(self.0.as_ref()?)
    }
    fn next_with<R>(&mut self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        let rest = again().after(self.0.as_ref());
        chain(&mut rest.map(|(key, item)| {
            self.0 = Some(key);
            item
        }))
    }
    fn current_with<R>(&self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        chain(&mut self.current_of(again).into_iter())
    }
}

/// Chooses for ordered maps and sets whose keys are borrows: those are not stored.
pub trait CursorOfBorrows {
    /// Chooses.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartAgain {
        StartAgain
    }
}
impl<K: ?Sized, V> CursorOfBorrows for &&&&&Of<&BTreeMap<&K, V>> {}
impl<K: ?Sized, V> CursorOfBorrows for &&&&&Of<&mut BTreeMap<&K, V>> {}
impl<T: ?Sized> CursorOfBorrows for &&&&&Of<&BTreeSet<&T>> {}
/// Chooses for ordered maps and sets that a loop borrows.
pub trait CursorOfOrder {
    /// Chooses.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartOrder {
        StartOrder
    }
}
impl<T: ByOrder> CursorOfOrder for &&&&Of<T> {}

// ---- what is gone over by a method ------------------------------------------------------------------

/// `map.keys()`.
pub struct KeysOf<'m, K, V>(&'m BTreeMap<K, V>);
/// `map.values()`.
pub struct ValuesOf<'m, K, V>(&'m BTreeMap<K, V>);

impl<'m, K, V> IntoIterator for KeysOf<'m, K, V> {
    type Item = &'m K;
    type IntoIter = btree_map::Keys<'m, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.keys()
    }
}
impl<'m, K, V> IntoIterator for ValuesOf<'m, K, V> {
    type Item = &'m V;
    type IntoIter = btree_map::Values<'m, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.values()
    }
}
impl<K, V> ByPosition for KeysOf<'_, K, V> {}
impl<K, V> ByPosition for ValuesOf<'_, K, V> {}
impl<'m, K: Key, V> ByOrder for KeysOf<'m, K, V> {
    type Key = K;
    type Rest = Map<btree_map::Range<'m, K, V>, fn((&'m K, &'m V)) -> (K, &'m K)>;
    fn after(self, key: Option<&K>) -> Self::Rest {
        self.0.range(beyond(key)).map(|(key, _)| (key.clone(), key))
    }
    fn at(self, key: &K) -> Option<&'m K> {
        self.0.get_key_value(key).map(|(key, _)| key)
    }
}
impl<'m, K: Key, V> ByOrder for ValuesOf<'m, K, V> {
    type Key = K;
    type Rest = Map<btree_map::Range<'m, K, V>, fn((&'m K, &'m V)) -> (K, &'m V)>;
    fn after(self, key: Option<&K>) -> Self::Rest {
        self.0.range(beyond(key)).map(|(key, value)| (key.clone(), value))
    }
    fn at(self, key: &K) -> Option<&'m V> {
        self.0.get(key)
    }
}
impl<K: ?Sized, V> CursorOfBorrows for &&&&&Of<KeysOf<'_, &K, V>> {}
impl<K: ?Sized, V> CursorOfBorrows for &&&&&Of<ValuesOf<'_, &K, V>> {}

/// For an ordered map or set: what is gone over is the map.
pub struct IsOrdered;
/// For anything else: it is what the method gives.
pub struct IsOther;

impl IsOrdered {
    /// `iter()`.
    #[inline(always)]
    pub fn iter<'m, M: Ordered<'m>, I>(self, map: M, _: impl FnOnce() -> I) -> &'m M::Is {
        map.ordered()
    }
    /// `keys()`.
    #[inline(always)]
    pub fn keys<'m, K: 'm, V: 'm, M: Ordered<'m, Is = BTreeMap<K, V>>, I>(self, map: M, _: impl FnOnce() -> I) -> KeysOf<'m, K, V> {
        KeysOf(map.ordered())
    }
    /// `values()`.
    #[inline(always)]
    pub fn values<'m, K: 'm, V: 'm, M: Ordered<'m, Is = BTreeMap<K, V>>, I>(self, map: M, _: impl FnOnce() -> I) -> ValuesOf<'m, K, V> {
        ValuesOf(map.ordered())
    }
}
impl IsOther {
    /// `iter()`.
    #[inline(always)]
    pub fn iter<M, I>(self, _: M, items: impl FnOnce() -> I) -> I {
        items()
    }
    /// `keys()`.
    #[inline(always)]
    pub fn keys<M, I>(self, _: M, items: impl FnOnce() -> I) -> I {
        items()
    }
    /// `values()`.
    #[inline(always)]
    pub fn values<M, I>(self, _: M, items: impl FnOnce() -> I) -> I {
        items()
    }
}

/// A borrow of an ordered map or set, or of one of those.
pub trait Ordered<'m> {
    /// The map or set.
    type Is: 'm;
    /// It.
    fn ordered(self) -> &'m Self::Is;
}
macro_rules! ordered { ($([$($p:ident),*] $type:ty;)*) => { $(
    impl<'m, $($p: 'm),*> Ordered<'m> for &'m $type {
        type Is = $type;
        #[inline(always)]
        fn ordered(self) -> &'m $type {
            self
        }
    }
    impl<'m, $($p: 'm),*> Ordered<'m> for &&'m $type {
        type Is = $type;
        #[inline(always)]
        fn ordered(self) -> &'m $type {
            self
        }
    }
    impl<'m, $($p: 'm),*> Ordered<'m> for &'m &mut $type {
        type Is = $type;
        #[inline(always)]
        fn ordered(self) -> &'m $type {
            self
        }
    }
    impl<$($p),*> ViewOrdered for &Of<$type> {}
    impl<$($p),*> ViewOrdered for &Of<&$type> {}
    impl<$($p),*> ViewOrdered for &Of<&mut $type> {}
)* } }
ordered! {
    [K, V] BTreeMap<K, V>;
    [T] BTreeSet<T>;
}

/// Chooses for ordered maps and sets.
pub trait ViewOrdered {
    /// Chooses.
    #[inline(always)]
    fn __durable_view(&self) -> IsOrdered {
        IsOrdered
    }
}
/// Chooses for anything else.
pub trait ViewOther {
    /// Chooses.
    #[inline(always)]
    fn __durable_view(&self) -> IsOther {
        IsOther
    }
}
impl<T> ViewOther for Of<T> {}
