//! Borrows that are taken again: a variable that holds one is not stored; the expression that gave it is evaluated in each stretch of
//! code that uses it.
//!
//! In: what a binding gave, or its slot; out: the variable in place. Only its type tells a borrow from a value (`list.get(0)` is one or
//! the other), so the type decides: for a borrow the slot holds [`Retaken`], for anything else the value itself, as any other slot does.
use super::Of;
use super::slots::{full, take};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::collections::{binary_heap, btree_map, btree_set, hash_map, hash_set, linked_list, vec_deque};
use std::hash::Hash;
use std::iter::{
    Chain, Cloned, Copied, Enumerate, Filter, FilterMap, Fuse, Map, Peekable, Rev, Skip, SkipWhile, StepBy, Take, TakeWhile, Zip,
};
use std::marker::PhantomData;
use std::ops::{Range, RangeFrom, RangeInclusive};
use std::{option, result, slice, str};

/// What the slot of a borrow holds.
#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Retaken;

/// A type that holds a borrow of what its expression names, and that the expression gives again.
pub trait Borrowed {}
impl Borrowed for Retaken {}
macro_rules! borrowed { ($([$($p:tt)*] $type:ty;)*) => { $(impl<$($p)*> Borrowed for $type {})* } }
borrowed! {
    [T: ?Sized] &T;
    [T: ?Sized] &mut T;
    [T: Borrowed] Option<T>;
    [T: Borrowed, E] Result<T, E>;
    [A, B: Borrowed] (A, B);
    [A, B, C: Borrowed] (A, B, C);
    [T: Borrowed, const N: usize] [T; N];
    [T: ?Sized + ToOwned] Cow<'_, T>;
}

/// An iterator over a borrow that gives the same items in the same order after a restore.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may give another item after a restore",
    label = "the order of a hash map or set is not stored",
    note = "pick by a key, use a `BTreeMap`, or keep an owned value"
)]
pub trait InOrder {}
macro_rules! ordered { ($([$($p:tt)*] $type:ty;)*) => { $(
    impl<$($p)*> Borrowed for $type {}
    impl<$($p)*> InOrder for $type {}
)* } }
ordered! {
    [T] slice::Iter<'_, T>;
    [T] slice::IterMut<'_, T>;
    [T] slice::Chunks<'_, T>;
    [T] slice::ChunksMut<'_, T>;
    [T] slice::ChunksExact<'_, T>;
    [T] slice::ChunksExactMut<'_, T>;
    [T] slice::RChunks<'_, T>;
    [T] slice::Windows<'_, T>;
    [] str::Chars<'_>;
    [] str::CharIndices<'_>;
    [] str::Bytes<'_>;
    [] str::Lines<'_>;
    [] str::SplitWhitespace<'_>;
    [] str::SplitAsciiWhitespace<'_>;
    [] str::Split<'_, char>;
    [] str::Split<'_, &str>;
    [const N: usize] str::Split<'_, [char; N]>;
    [] str::SplitTerminator<'_, char>;
    [] str::SplitTerminator<'_, &str>;
    [] str::SplitN<'_, char>;
    [] str::SplitN<'_, &str>;
    [] str::RSplit<'_, char>;
    [] str::RSplit<'_, &str>;
    [] str::RSplitN<'_, char>;
    [] str::RSplitN<'_, &str>;
    [] str::MatchIndices<'_, char>;
    [] str::MatchIndices<'_, &str>;
    [] str::Matches<'_, char>;
    [] str::Matches<'_, &str>;
    [T] vec_deque::Iter<'_, T>;
    [T] vec_deque::IterMut<'_, T>;
    [T] linked_list::Iter<'_, T>;
    [T] linked_list::IterMut<'_, T>;
    [T] binary_heap::Iter<'_, T>;
    [K, V] btree_map::Iter<'_, K, V>;
    [K, V] btree_map::IterMut<'_, K, V>;
    [K, V] btree_map::Keys<'_, K, V>;
    [K, V] btree_map::Values<'_, K, V>;
    [K, V] btree_map::ValuesMut<'_, K, V>;
    [K, V] btree_map::Range<'_, K, V>;
    [K, V] btree_map::RangeMut<'_, K, V>;
    [T] btree_set::Iter<'_, T>;
    [T] btree_set::Range<'_, T>;
    [T] option::Iter<'_, T>;
    [T] option::IterMut<'_, T>;
    [T] result::Iter<'_, T>;
    [T] result::IterMut<'_, T>;
    [I: InOrder] Enumerate<I>;
    [I: InOrder] Rev<I>;
    [I: InOrder] Skip<I>;
    [I: InOrder] Take<I>;
    [I: InOrder] StepBy<I>;
    [I: InOrder] Fuse<I>;
    [I: InOrder + Iterator] Peekable<I>;
    [I: InOrder] Cloned<I>;
    [I: InOrder] Copied<I>;
    [A: InOrder, B] Chain<A, B>;
    [A: InOrder, B] Zip<A, B>;
    [A, B: InOrder] Zip<Range<A>, B>;
    [A, B: InOrder] Zip<RangeInclusive<A>, B>;
    [A, B: InOrder] Zip<RangeFrom<A>, B>;
}
macro_rules! only_ordered { ($([$($p:tt)*] $type:ty;)*) => { $(impl<$($p)*> InOrder for $type {})* } }
only_ordered! {
    [I: InOrder, F] Map<I, F>;
    [I: InOrder, F] Filter<I, F>;
    [I: InOrder, F] FilterMap<I, F>;
    [I: InOrder, F] SkipWhile<I, F>;
    [I: InOrder, F] TakeWhile<I, F>;
}

/// Lets an iterator pass whose items come in the same order again.
#[inline(always)]
pub fn in_order<I: InOrder>(items: I) -> I {
    items
}

/// For a borrow: it is in no slot.
#[derive(Clone, Copy)]
pub struct IsBorrow;
/// For a value: it is in its slot.
#[derive(Clone, Copy)]
pub struct IsOwned;

impl IsBorrow {
    /// Whether the expression is to be evaluated again.
    #[inline(always)]
    pub fn retakes(self) -> bool {
        true
    }
    /// The variable, which has just been taken again.
    #[inline(always)]
    pub fn slot<'s, T>(self, _: &'s mut Option<Retaken>, again: &'s mut Option<T>) -> &'s mut Option<T> {
        again
    }
    /// The variable, to be given on.
    #[inline(always)]
    pub fn give<T>(self, again: &mut Option<T>) -> T {
        take(again)
    }
    /// The variable, to be lent.
    #[inline(always)]
    pub fn lend<T>(self, again: &mut Option<T>) -> T {
        take(again)
    }
    /// What goes into the slot for a variable.
    #[inline(always)]
    pub fn stash<T>(self, _: T) -> Retaken {
        Retaken
    }
    /// The variable in place, as it is bound.
    #[inline(always)]
    pub fn refill<'s, T>(self, slot: &'s mut Option<Retaken>, again: &'s mut Option<T>, value: T) -> &'s mut Option<T> {
        *slot = Some(Retaken);
        *again = Some(value);
        again
    }
}

impl IsOwned {
    /// Whether the expression is to be evaluated again.
    #[inline(always)]
    pub fn retakes(self) -> bool {
        false
    }
    /// The variable.
    #[inline(always)]
    pub fn slot<'s, T>(self, slot: &'s mut Option<T>, _: &mut Option<T>) -> &'s mut Option<T> {
        slot
    }
    /// The variable, to be given on; it is used again, so it can be copied.
    #[inline(always)]
    pub fn give<T: Copy>(self, slot: &mut Option<T>) -> T {
        *full(slot)
    }
    /// The variable where it lies: it is not lent, but something in it may be.
    #[inline(always)]
    pub fn lend<T>(self, slot: &mut Option<T>) -> &mut T {
        full(slot)
    }
    /// What goes into the slot for a variable.
    #[inline(always)]
    pub fn stash<T>(self, value: T) -> T {
        value
    }
    /// The variable in place, as it is bound. What the slot held before is dropped.
    #[inline(always)]
    pub fn refill<'s, T>(self, slot: &'s mut Option<T>, _: &mut Option<T>, value: T) -> &'s mut Option<T> {
        *slot = Some(value);
        slot
    }
}

/// Chooses for borrows.
pub trait AgainBorrow {
    /// Chooses.
    #[inline(always)]
    fn __durable_again(&self) -> IsBorrow {
        IsBorrow
    }
}
/// Chooses for values.
pub trait AgainOwned {
    /// Chooses.
    #[inline(always)]
    fn __durable_again(&self) -> IsOwned {
        IsOwned
    }
}
impl<T: Borrowed> AgainBorrow for &Of<T> {}
impl<T> AgainOwned for Of<T> {}

/// In the twin: a borrow that lives as long as what it is taken from stays borrowed.
pub trait TiedBorrow<T: ?Sized> {
    /// Ties it.
    fn __durable_tied<'x, L: ?Sized>(&self, _: &'x L, borrow: &'x T) -> &'x T {
        borrow
    }
}
/// In the twin: an optional one.
pub trait TiedOption<T: ?Sized> {
    /// Ties it.
    fn __durable_tied<'x, L: ?Sized>(&self, _: &'x L, borrow: Option<&'x T>) -> Option<&'x T> {
        borrow
    }
}
/// In the twin: a value, which borrows nothing.
pub trait TiedNot<T> {
    /// Gives it back.
    fn __durable_tied<L: ?Sized>(&self, _: &L, value: T) -> T {
        value
    }
}
impl<T: ?Sized> TiedBorrow<T> for &&Of<&T> {}
impl<T: ?Sized> TiedOption<T> for &Of<Option<&T>> {}
impl<T> TiedNot<T> for Of<T> {}

/// In the twin: what `#[again]` makes is a borrow.
pub struct MadeBorrow<T>(PhantomData<fn() -> T>);
/// In the twin: what `#[again]` makes is a value.
pub struct MadeValue(());

/// What `#[again]` makes after a restore, where no type is declared.
#[diagnostic::on_unimplemented(
    message = "what is made again here is a borrow, `{Self}`",
    label = "a borrow is taken again after each wait: its type is to be declared",
    note = "declare it: `#[again] let name: &str = order.name();`, `#[again] let row: Option<&Row> = rows.find(key);`"
)]
pub trait Makes {}

impl<T> MadeBorrow<T> {
    /// Checks it.
    pub fn check(&self)
    where
        T: Makes,
    {
    }
}
impl MadeValue {
    /// Checks it.
    pub fn check(&self) {}
}
/// Chooses for a borrow.
pub trait PickMadeBorrow<T> {
    /// Chooses.
    fn __durable_made(&self) -> MadeBorrow<T> {
        MadeBorrow(PhantomData)
    }
}
/// Chooses for anything else.
pub trait PickMadeValue {
    /// Chooses.
    fn __durable_made(&self) -> MadeValue {
        MadeValue(())
    }
}
impl<'a, T: ?Sized> PickMadeBorrow<&'a T> for &Of<&'a T> {}
impl<'a, T: ?Sized> PickMadeBorrow<Option<&'a T>> for &Of<Option<&'a T>> {}
impl<T> PickMadeValue for Of<T> {}

/// The value of a `?`, an `unwrap` or the like, which did not fail when it was taken first.
pub trait Succeeds {
    /// The value.
    type Value;
    /// Takes it.
    fn value(self) -> Self::Value;
}
impl<T> Succeeds for Option<T> {
    type Value = T;
    #[inline(always)]
    fn value(self) -> T {
        match self {
            Some(value) => value,
            None => changed(),
        }
    }
}
impl<T, E> Succeeds for Result<T, E> {
    type Value = T;
    #[inline(always)]
    fn value(self) -> T {
        match self {
            Ok(value) => value,
            Err(_) => changed(),
        }
    }
}

/// The value of what did not fail when it was taken first.
#[inline(always)]
pub fn succeeded<T: Succeeds>(it: T) -> T::Value {
    it.value()
}

/// What was borrowed is not what it was: it has interior mutability, or a method is not what its name says.
#[cold]
#[inline(never)]
fn changed() -> ! {
    panic!("a borrow that was held over an await gave something else when it was taken again: what it borrows from has changed meanwhile")
}

// ---- loops over what is borrowed --------------------------------------------------------------------

/// What a loop over a borrow keeps: how many items it has seen. The iterator is made again for each item, and skips those.
#[derive(Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub struct Position(u64);

impl Position {
    fn skip(self, items: &mut impl Iterator) {
        if let Some(last) = self.0.checked_sub(1) {
            items.nth(usize::try_from(last).unwrap_or(usize::MAX));
        }
    }
}

/// Starts a loop over a borrow.
pub struct StartAgain;
impl StartAgain {
    /// Starts.
    #[inline(always)]
    pub fn start<T>(self, _: T) -> Position {
        Position(0)
    }
}
/// What a loop over a hash map or set keeps: the keys that it has not seen, last first, and the one that it saw last. Their order is not
/// that of a map which was restored.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Keys<K> {
    rest: Vec<K>,
    current: Option<K>,
}

/// A borrow that a loop goes over by position.
pub trait ByPosition: IntoIterator {}
macro_rules! by_position { ($([$($p:tt)*] $type:ty;)*) => { $(impl<$($p)*> ByPosition for $type {})* } }
by_position! {
    [T] &Vec<T>;
    [T] &mut Vec<T>;
    [T] &[T];
    [T] &mut [T];
    [T] &Box<[T]>;
    [T, const N: usize] &[T; N];
    [T, const N: usize] &mut [T; N];
    [T] &VecDeque<T>;
    [T] &mut VecDeque<T>;
    [T] &LinkedList<T>;
    [T] &mut LinkedList<T>;
    [T] &BinaryHeap<T>;
    [T] &BTreeSet<T>;
    [K, V] &BTreeMap<K, V>;
    [K, V] &mut BTreeMap<K, V>;
    [T] &Option<T>;
    [T] &mut Option<T>;
    [T, E] &Result<T, E>;
    [T, E] &mut Result<T, E>;
}
impl<I: Iterator + InOrder> ByPosition for I {}

/// A borrow that a loop goes over by key.
pub trait ByKey: IntoIterator {
    /// The key.
    type Key: Clone + Eq;
    /// The key of an item.
    fn key(item: &Self::Item) -> Self::Key;
}
macro_rules! by_key { ($([$($p:tt)*] $type:ty, $key:ty, |$item:ident| $get:expr;)*) => { $(
    impl<$($p)*> ByKey for $type {
        type Key = $key;
        #[inline]
        fn key($item: &Self::Item) -> $key {
            $get.clone()
        }
    }
)* } }
by_key! {
    [K: Clone + Eq + Hash, V, S] &HashMap<K, V, S>, K, |item| item.0;
    [K: Clone + Eq + Hash, V, S] &mut HashMap<K, V, S>, K, |item| item.0;
    [T: Clone + Eq + Hash, S] &HashSet<T, S>, T, |item| (*item);
    [K: Clone + Eq + Hash, V] hash_map::Iter<'_, K, V>, K, |item| item.0;
    [K: Clone + Eq + Hash, V] hash_map::IterMut<'_, K, V>, K, |item| item.0;
    [K: Clone + Eq + Hash, V] hash_map::Keys<'_, K, V>, K, |item| (*item);
    [T: Clone + Eq + Hash] hash_set::Iter<'_, T>, T, |item| (*item);
}

/// Starts a loop over a hash map or set.
pub struct StartKeys;
impl StartKeys {
    /// Starts.
    pub fn start<T: ByKey>(self, it: T) -> Keys<T::Key> {
        let mut rest: Vec<T::Key> = it.into_iter().map(|item| T::key(&item)).collect();
        rest.reverse();
        Keys { rest, current: None }
    }
}

/// Chooses for what a loop borrows.
pub trait CursorOfBorrowed {
    /// Chooses.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartAgain {
        StartAgain
    }
}
impl<T: ByPosition> CursorOfBorrowed for &&&Of<T> {}
/// Chooses for hash maps and sets that a loop borrows.
pub trait CursorOfKeys {
    /// Chooses.
    #[inline(always)]
    fn __durable_revisit(&self) -> StartKeys {
        StartKeys
    }
}
// (This one is reached by one more autoref, before any `&` is taken off.)
impl<T: ByKey> CursorOfKeys for &&&&&&Of<T> {}

/// What a loop keeps, and how it goes on, given what it goes over.
pub trait Cursor<T: IntoIterator> {
    /// The next item.
    fn next_of(&mut self, again: impl FnOnce() -> T) -> Option<T::Item>;
    /// The item that was given last, for a borrow.
    fn current_of(&self, again: impl FnOnce() -> T) -> Option<T::Item>;
    /// What comes of the next items by adapters that are put on them.
    fn next_with<R>(&mut self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R;
    /// What came last of the item that was given last.
    fn current_with<R>(&self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R;
}

impl<T: IntoIterator> Cursor<T> for Position {
    #[inline]
    fn next_of(&mut self, again: impl FnOnce() -> T) -> Option<T::Item> {
        let item = again().into_iter().nth(usize::try_from(self.0).unwrap_or(usize::MAX));
        self.0 += u64::from(item.is_some());
        item
    }
    #[inline]
    fn current_of(&self, again: impl FnOnce() -> T) -> Option<T::Item> {
        let last = self.0.checked_sub(1)?;
        again().into_iter().nth(usize::try_from(last).unwrap_or(usize::MAX))
    }
    fn next_with<R>(&mut self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        let mut items = again().into_iter();
        self.skip(&mut items);
        chain(&mut items.inspect(|_| self.0 += 1))
    }
    fn current_with<R>(&self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        chain(&mut self.current_of(again).into_iter())
    }
}

impl<K: Clone + Eq, T: ByKey<Key = K>> Cursor<T> for Keys<K> {
    fn next_of(&mut self, again: impl FnOnce() -> T) -> Option<T::Item> {
        self.current = Some(self.rest.pop()?);
        self.current_of(again)
    }
    fn current_of(&self, again: impl FnOnce() -> T) -> Option<T::Item> {
        let key = self.current.as_ref()?;
        again().into_iter().find(|item| T::key(item) == *key)
    }
    fn next_with<R>(&mut self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        // In the order of the keys, which need not be the map's any longer.
        let mut items: Vec<Option<T::Item>> = again().into_iter().map(Some).collect();
        chain(&mut std::iter::from_fn(|| {
            let key = self.rest.pop()?;
            let item = items.iter_mut().find(|item| item.as_ref().is_some_and(|item| T::key(item) == key))?.take();
            self.current = Some(key);
            item
        }))
    }
    fn current_with<R>(&self, again: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        chain(&mut self.current_of(again).into_iter())
    }
}

impl<T: IntoIterator, C: Iterator<Item = T::Item>> Cursor<T> for C {
    #[inline(always)]
    fn next_of(&mut self, _: impl FnOnce() -> T) -> Option<T::Item> {
        self.next()
    }
    fn current_of(&self, _: impl FnOnce() -> T) -> Option<T::Item> {
        None
    }
    fn next_with<R>(&mut self, _: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        chain(self)
    }
    fn current_with<R>(&self, _: impl FnOnce() -> T, chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R) -> R {
        chain(&mut std::iter::empty())
    }
}

/// The next item of a loop.
#[inline(always)]
pub fn next_of<T: IntoIterator, C: Cursor<T>>(cursor: &mut C, again: impl FnOnce() -> T) -> Option<T::Item> {
    cursor.next_of(again)
}
/// The item of a loop that was given last.
#[inline(always)]
pub fn current_of<T: IntoIterator, C: Cursor<T>>(cursor: &C, again: impl FnOnce() -> T) -> Option<T::Item> {
    cursor.current_of(again)
}
/// The next item of a loop through adapters.
#[inline(always)]
pub fn next_with<T: IntoIterator, C: Cursor<T>, R>(
    cursor: &mut C,
    again: impl FnOnce() -> T,
    chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R,
) -> R {
    cursor.next_with(again, chain)
}
/// The item of a loop that was given last, through adapters.
#[inline(always)]
pub fn current_with<T: IntoIterator, C: Cursor<T>, R>(
    cursor: &C,
    again: impl FnOnce() -> T,
    chain: impl FnOnce(&mut dyn Iterator<Item = T::Item>) -> R,
) -> R {
    cursor.current_with(again, chain)
}
/// The next item of a loop over what it owns, through adapters.
#[inline(always)]
pub fn next_through<I: Iterator, R>(cursor: &mut I, chain: impl FnOnce(&mut dyn Iterator<Item = I::Item>) -> R) -> R {
    chain(cursor)
}
