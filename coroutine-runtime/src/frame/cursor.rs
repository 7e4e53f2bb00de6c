//! What an owning `for` keeps: the iterator itself, or a cursor that owns the items that remain and stores only those.
//!
//! In: what the loop goes over, by value; out: an iterator that gives the same items in the same order, and drops what remains as std
//! would. What is borrowed stays itself, and cannot be alive while the function waits.
use super::Of;
use super::keep::{BySerde, Special, Stores};
use super::plain::Plain;
use super::special::{ByVec, Items};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::collections::{binary_heap, btree_map, btree_set, hash_map, hash_set, linked_list, vec_deque};
use std::iter::{Chain, Enumerate, Fuse, Once, Peekable, Rev, Skip, StepBy, Take, Zip};
use std::marker::PhantomData;
use std::ops::{Range, RangeFrom, RangeInclusive};
use std::{array, option, result, vec};

/// The next item.
#[inline(always)]
pub fn advance<I: Iterator>(iterator: &mut I) -> Option<I::Item> {
    iterator.next()
}

/// What a loop takes by value and a cursor goes over.
pub trait Owned: Sized {
    /// The cursor.
    type Cursor: Iterator;
    /// The cursor at the first item.
    fn cursor(self) -> Self::Cursor;
}

/// Starts a cursor.
pub struct StartOwned;
impl StartOwned {
    /// Starts.
    #[inline(always)]
    pub fn start<T: Owned>(self, it: T) -> T::Cursor {
        it.cursor()
    }
}
/// Starts anything by `into_iter`.
pub struct StartAny;
impl StartAny {
    /// Starts.
    #[inline(always)]
    pub fn start<T: IntoIterator>(self, it: T) -> T::IntoIter {
        it.into_iter()
    }
}
/// For what does not iterate: rustc has refused the program.
pub struct StartNone;
impl StartNone {
    /// Never called.
    pub fn start<T, I>(self, _: T) -> std::iter::Empty<I> {
        std::iter::empty()
    }
}

/// Chooses for what a cursor goes over.
pub trait CursorOfOwned {
    /// Chooses.
    #[inline(always)]
    fn __durable_cursor(&self) -> StartOwned {
        StartOwned
    }
    /// Chooses, where a borrow could be taken again.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartOwned {
        StartOwned
    }
}
/// Chooses for anything else that iterates.
pub trait CursorOfAny {
    /// Chooses.
    #[inline(always)]
    fn __durable_cursor(&self) -> StartAny {
        StartAny
    }
    /// Chooses, where a borrow could be taken again.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartAny {
        StartAny
    }
}
/// Chooses for what does not iterate.
pub trait CursorOfNone {
    /// Chooses.
    #[inline(always)]
    fn __durable_cursor(&self) -> StartNone {
        StartNone
    }
    /// Chooses, where a borrow could be taken again.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartNone {
        StartNone
    }
}
impl<T: Owned> CursorOfOwned for &&Of<T> {}
impl<T: IntoIterator> CursorOfAny for &Of<T> {}
impl<T> CursorOfNone for Of<T> {}

// ---- cursors of collections -------------------------------------------------------------------------

/// The items of an array; after a restore, those that remained.
pub struct ArrayCursor<T, const N: usize>(Left<T, N>);
enum Left<T, const N: usize> {
    Array(array::IntoIter<T, N>),
    Rest(vec::IntoIter<T>),
}
impl<T, const N: usize> Iterator for ArrayCursor<T, N> {
    type Item = T;
    #[inline]
    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Left::Array(items) => items.next(),
            Left::Rest(items) => items.next(),
        }
    }
}
impl<T, const N: usize> Owned for [T; N] {
    type Cursor = ArrayCursor<T, N>;
    #[inline]
    fn cursor(self) -> ArrayCursor<T, N> {
        ArrayCursor(Left::Array(self.into_iter()))
    }
}
impl<T, const N: usize> Owned for array::IntoIter<T, N> {
    type Cursor = ArrayCursor<T, N>;
    fn cursor(self) -> ArrayCursor<T, N> {
        ArrayCursor(Left::Array(self))
    }
}
impl<K: Stores<T>, T, const N: usize> Stores<ArrayCursor<T, N>> for ByVec<K> {
    type Form<'v>
        = Items<'v, K, T>
    where
        T: 'v;
    type Back = Vec<K::Back>;
    fn form(value: &ArrayCursor<T, N>) -> Items<'_, K, T> {
        Items::of(match &value.0 {
            Left::Array(items) => items.as_slice(),
            Left::Rest(items) => items.as_slice(),
        })
    }
    fn back(form: Vec<K::Back>) -> Result<ArrayCursor<T, N>, Box<str>> {
        let items: Vec<T> = <Self as Stores<Vec<T>>>::back(form)?;
        if items.len() > N { Err("more items than the array had".into()) } else { Ok(ArrayCursor(Left::Rest(items.into_iter()))) }
    }
}
impl<T: Serialize + DeserializeOwned, const N: usize> Special for ArrayCursor<T, N> {
    type By = ByVec<BySerde>;
}

/// The items of a collection, taken from its front.
pub struct Front<C>(C);
/// As the collection that remains.
pub struct ByRest<C>(PhantomData<C>);
macro_rules! fronts { ($([$($p:tt)*] $type:ty, $item:ty, $pop:ident;)*) => { $(
    impl<$($p)*> Iterator for Front<$type> {
        type Item = $item;
        #[inline]
        fn next(&mut self) -> Option<$item> {
            self.0.$pop()
        }
    }
    impl<$($p)*> Owned for $type {
        type Cursor = Front<$type>;
        #[inline]
        fn cursor(self) -> Front<$type> {
            Front(self)
        }
    }
)* } }
fronts! {
    [T] VecDeque<T>, T, pop_front;
    [T] LinkedList<T>, T, pop_front;
    [K: Ord, V] BTreeMap<K, V>, (K, V), pop_first;
    [T: Ord] BTreeSet<T>, T, pop_first;
    [T] Option<T>, T, take;
}
impl<C: Serialize + DeserializeOwned + 'static> Stores<Front<C>> for ByRest<C> {
    type Form<'v>
        = &'v C
    where
        C: 'v;
    type Back = C;
    fn form(value: &Front<C>) -> &C {
        &value.0
    }
    fn back(form: C) -> Result<Front<C>, Box<str>> {
        Ok(Front(form))
    }
}
impl<C: Serialize + DeserializeOwned + 'static> Special for Front<C> {
    type By = ByRest<C>;
}

macro_rules! lists { ($([$($p:tt)*] $type:ty, $item:ty, |$it:ident| $make:expr;)*) => { $(
    impl<$($p)*> Owned for $type {
        type Cursor = vec::IntoIter<$item>;
        #[inline]
        fn cursor(self) -> vec::IntoIter<$item> {
            let $it = self;
            $make
        }
    }
)* } }
// In the order and with the drops of their own iterators.
lists! {
    [T] Vec<T>, T, |it| it.into_iter();
    [T] BinaryHeap<T>, T, |it| it.into_vec().into_iter();
    [K, V, S] HashMap<K, V, S>, (K, V), |it| it.into_iter().collect::<Vec<_>>().into_iter();
    [T, S] HashSet<T, S>, T, |it| it.into_iter().collect::<Vec<_>>().into_iter();
    [T] vec_deque::IntoIter<T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [T] linked_list::IntoIter<T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [T] binary_heap::IntoIter<T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [K, V] btree_map::IntoIter<K, V>, (K, V), |it| it.collect::<Vec<_>>().into_iter();
    [K, V] btree_map::IntoKeys<K, V>, K, |it| it.collect::<Vec<_>>().into_iter();
    [K, V] btree_map::IntoValues<K, V>, V, |it| it.collect::<Vec<_>>().into_iter();
    [T] btree_set::IntoIter<T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [K, V] hash_map::IntoIter<K, V>, (K, V), |it| it.collect::<Vec<_>>().into_iter();
    [K, V] hash_map::IntoKeys<K, V>, K, |it| it.collect::<Vec<_>>().into_iter();
    [K, V] hash_map::IntoValues<K, V>, V, |it| it.collect::<Vec<_>>().into_iter();
    [T] hash_set::IntoIter<T>, T, |it| it.collect::<Vec<_>>().into_iter();
    // Nobody can look at what they drain before they are dropped.
    [T] vec::Drain<'_, T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [T] vec_deque::Drain<'_, T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [T] binary_heap::Drain<'_, T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [K, V] hash_map::Drain<'_, K, V>, (K, V), |it| it.collect::<Vec<_>>().into_iter();
    [T] hash_set::Drain<'_, T>, T, |it| it.collect::<Vec<_>>().into_iter();
    [] std::string::Drain<'_>, char, |it| it.collect::<Vec<_>>().into_iter();
}
impl<T, E> Owned for Result<T, E> {
    type Cursor = Front<Option<T>>;
    fn cursor(self) -> Front<Option<T>> {
        Front(self.ok())
    }
}
impl<T> Owned for option::IntoIter<T> {
    type Cursor = Front<Option<T>>;
    fn cursor(mut self) -> Front<Option<T>> {
        Front(self.next())
    }
}
impl<T> Owned for result::IntoIter<T> {
    type Cursor = Front<Option<T>>;
    fn cursor(mut self) -> Front<Option<T>> {
        Front(self.next())
    }
}

// ---- adapters over items in memory ---------------------------------------------------------------------

/// An iterator that only moves items that are in memory: running it ahead is not felt and needs no more memory than they have.
pub trait InMemory: Iterator {}
macro_rules! in_memory { ($([$($p:tt)*] $type:ty $(where $bound:ty: Iterator)?;)*) => { $(impl<$($p)*> InMemory for $type $(where $bound: Iterator)? {})* } }
in_memory! {
    [T] vec::IntoIter<T>;
    [T, const N: usize] array::IntoIter<T, N>;
    [T] option::IntoIter<T>;
    [T] Once<T>;
    [T] vec_deque::IntoIter<T>;
    [T] linked_list::IntoIter<T>;
    [T] binary_heap::IntoIter<T>;
    [K, V] btree_map::IntoIter<K, V>;
    [K, V] btree_map::IntoKeys<K, V>;
    [K, V] btree_map::IntoValues<K, V>;
    [T] btree_set::IntoIter<T>;
    [K, V] hash_map::IntoIter<K, V>;
    [K, V] hash_map::IntoKeys<K, V>;
    [K, V] hash_map::IntoValues<K, V>;
    [T] hash_set::IntoIter<T>;
    [I: InMemory + DoubleEndedIterator] Rev<I>;
    [I: InMemory] Enumerate<I>;
    [I: InMemory] Skip<I>;
    [I: InMemory] Take<I>;
    [I: InMemory] StepBy<I>;
    [I: InMemory] Fuse<I>;
    [I: InMemory] Peekable<I>;
    [A: InMemory, B: InMemory<Item = A::Item>] Chain<A, B>;
    [A: InMemory, B: InMemory] Zip<A, B>;
    [A, B: InMemory] Zip<Range<A>, B> where Range<A>: Iterator;
    [A, B: InMemory] Zip<RangeInclusive<A>, B> where RangeInclusive<A>: Iterator;
    [A, B: InMemory] Zip<RangeFrom<A>, B> where RangeFrom<A>: Iterator;
    [A: InMemory, B] Zip<A, Range<B>> where Range<B>: Iterator;
    [A: InMemory, B] Zip<A, RangeInclusive<B>> where RangeInclusive<B>: Iterator;
    [A: InMemory, B] Zip<A, RangeFrom<B>> where RangeFrom<B>: Iterator;
}

/// Run ahead, if their items are plain memory: such drops cannot be felt.
macro_rules! ahead { ($([$($p:ident),*] $type:ty;)*) => { $(
    impl<$($p),*> Owned for $type
    where
        $type: InMemory<Item: Plain>,
        $($p: Iterator),*
    {
        type Cursor = vec::IntoIter<<$type as Iterator>::Item>;
        fn cursor(self) -> Self::Cursor {
            self.collect::<Vec<_>>().into_iter()
        }
    }
)* } }
ahead! {
    [I] Rev<I>;
    [I] Enumerate<I>;
    [I] Skip<I>;
    [I] Take<I>;
    [I] StepBy<I>;
    [I] Fuse<I>;
    [I] Peekable<I>;
    [A, B] Chain<A, B>;
    [A, B] Zip<A, B>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{of, of_slot};
    use crate::private::picks::*;
    use crate::snapshot::testing::through;

    /// After each number of items, the cursor is stored and goes on: the same items as from `into_iter`.
    macro_rules! same_items { ($($make:expr),* $(,)?) => { $(
        #[allow(clippy::useless_conversion)]
        for stop in 0..5 {
            let make = || $make;
            let want: Vec<_> = make().into_iter().collect();
            let mut slot = Some(match make() {
                e => (&&&of(&e)).__durable_cursor().start(e),
            });
            let mut items = Vec::new();
            for _ in 0..stop {
                items.extend(slot.as_mut().and_then(advance));
            }
            for again in through(|out| (&&&&&of_slot(&slot)).__durable_keep().save(&slot, out), |input| (&&&&&of_slot(&slot)).__durable_keep().load(of_slot(&slot), input)) {
                let mut again = again;
                let mut items = items.clone();
                while let Some(item) = advance(&mut again) {
                    items.push(item);
                }
                assert_eq!(items, want, "{} stored after {stop}", stringify!($make));
            }
        }
    )* } }

    #[test]
    fn collections() {
        same_items!(vec![1u8, 2, 3], [4u8, 5, 6], ["a", "b"], [[1u8; 40]; 3], VecDeque::from([1u8, 2]), LinkedList::from([1u8, 2]));
        same_items!(
            BTreeMap::from([(1u8, 'a'), (2, 'b')]),
            BTreeSet::from([3u8, 1]),
            BinaryHeap::from([3u8, 9, 1]),
            Some(5u8),
            Ok::<u8, u8>(3),
            Err::<u8, u8>(3)
        );
        let map = HashMap::<u8, char>::from([(1, 'a'), (2, 'b'), (3, 'c')]);
        same_items!(map.clone(), map.clone().into_keys(), map.keys().copied().collect::<HashSet<_>>().len()..9);
    }

    #[test]
    fn ranges() {
        same_items!(0..4u8, 0..=3i32, (0..4u64).rev(), (0..9usize).step_by(4), 'a'..'e', 'a'..='c', 0..0u8);
    }

    #[test]
    fn adapters_over_what_is_owned() {
        same_items!(
            vec![1u8, 2, 3].into_iter().rev(),
            vec!["a".to_string(), "b".to_string()].into_iter().enumerate(),
            vec![1u8, 2, 3].into_iter().skip(1).take(1)
        );
        same_items!(
            (1..).zip(vec!['a', 'b']),
            vec![1u8].into_iter().chain([2, 3]),
            std::iter::once(1u8).chain(Some(4)),
            [1u8, 2, 3].into_iter().step_by(2)
        );
        same_items!(BTreeMap::from([(1u8, 'a'), (2, 'b')]).into_values().rev(), VecDeque::from([1u8]).into_iter(), [1u8, 2].into_iter());
    }

    #[test]
    fn what_is_borrowed_stays_itself() {
        let items = vec![1u8, 2];
        let borrowed = &items;
        let _: std::slice::Iter<'_, u8> = (&&&of(&borrowed)).__durable_cursor().start(borrowed);
        let mapped = items.iter().map(|item| item + 1);
        assert_eq!((&&&of(&mapped)).__durable_cursor().start(mapped).sum::<u8>(), 5);
    }
}
