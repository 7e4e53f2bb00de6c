//! Iterators over what is borrowed, in variables: `let mut lines = text.lines();`. The slot holds how many items were given; each stretch of
//! code that uses the variable makes the iterator again, past those. What it gave is taken again by its number.
//!
//! In: a slot, and room for the iterator; out: where the variable lies, an `Option` as any slot. The type decides, by autoref.
use super::Of;
use super::again::{Borrowed, InOrder};
use super::plain::Plain;
use super::slots::{self, full};
use std::convert::Infallible;
use std::iter::{FusedIterator, Peekable};
use std::{slice, str};

/// How many items an iterator gave.
#[derive(Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub struct Given(u64);
impl Plain for Given {}
// (What a slot holds chooses as the iterator does.)
impl InOrder for Given {}

/// Which item a borrow is, counted from the first.
#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct At(u64);
impl Plain for At {}
impl Borrowed for At {}

/// An iterator that counts what it gives.
pub struct Walk<'s, I> {
    items: I,
    given: &'s mut Given,
}

impl<I: Iterator> Iterator for Walk<'_, I> {
    type Item = I::Item;
    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        let item = self.items.next();
        self.given.0 += u64::from(item.is_some());
        item
    }
    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
    #[inline]
    fn nth(&mut self, n: usize) -> Option<I::Item> {
        let item = self.items.nth(n);
        // (At its end, it has given all.)
        self.given.0 = if item.is_some() { self.given.0 + n as u64 + 1 } else { u64::MAX };
        item
    }
}
impl<I: ExactSizeIterator> ExactSizeIterator for Walk<'_, I> {}
impl<I: FusedIterator> FusedIterator for Walk<'_, I> {}

/// What else the iterators of std can do. (Not from their ends: the slot counts what was given from the front.)
impl<I> Walk<'_, I> {
    /// An iterator of its own, over what remains.
    #[allow(clippy::should_implement_trait, reason = "who clones it moves that one alone")]
    pub fn clone(&self) -> I
    where
        I: Clone,
    {
        self.items.clone()
    }
}
impl<I: Iterator> Walk<'_, Peekable<I>> {
    /// As [`Peekable::peek`].
    #[inline]
    pub fn peek(&mut self) -> Option<&I::Item> {
        self.items.peek()
    }
    /// As [`Peekable::next_if`].
    #[inline]
    pub fn next_if(&mut self, is: impl FnOnce(&I::Item) -> bool) -> Option<I::Item> {
        let item = self.items.next_if(is);
        self.given.0 += u64::from(item.is_some());
        item
    }
    /// As [`Peekable::next_if_eq`].
    #[inline]
    pub fn next_if_eq<T: ?Sized>(&mut self, expected: &T) -> Option<I::Item>
    where
        I::Item: PartialEq<T>,
    {
        self.next_if(|item| item == expected)
    }
}
impl<'t, T> Walk<'_, slice::Iter<'t, T>> {
    /// As [`slice::Iter::as_slice`].
    pub fn as_slice(&self) -> &'t [T] {
        self.items.as_slice()
    }
}
impl<'t> Walk<'_, str::Chars<'t>> {
    /// As [`str::Chars::as_str`].
    pub fn as_str(&self) -> &'t str {
        self.items.as_str()
    }
}
impl<'t> Walk<'_, str::CharIndices<'t>> {
    /// As [`str::CharIndices::as_str`].
    pub fn as_str(&self) -> &'t str {
        self.items.as_str()
    }
    /// As [`str::CharIndices::offset`].
    pub fn offset(&self) -> usize {
        self.items.offset()
    }
}

/// For an iterator over a borrow.
#[derive(Clone, Copy)]
pub struct IsWalk;
/// For what it gave, a borrow.
#[derive(Clone, Copy)]
pub struct IsItem;
/// For anything else: it is in its slot.
#[derive(Clone, Copy)]
pub struct IsOther;

impl IsWalk {
    /// Where the variable lies.
    #[inline]
    pub fn open<'s, 't, I: Iterator>(
        self,
        slot: &'s mut Option<Given>,
        room: &'t mut Option<Walk<'s, I>>,
        again: impl FnOnce() -> I,
    ) -> &'t mut Option<Walk<'s, I>> {
        let given = full(slot);
        let mut items = again();
        if let Some(last) = given.0.checked_sub(1) {
            items.nth(usize::try_from(last).unwrap_or(usize::MAX));
        }
        slots::refill(room, Walk { items, given })
    }
    /// Where the variable lies, as it is bound.
    #[inline(always)]
    pub fn fill<'s, 't, I>(self, slot: &'s mut Option<Given>, room: &'t mut Option<Walk<'s, I>>, items: I) -> &'t mut Option<Walk<'s, I>> {
        slots::refill(room, Walk { items, given: slots::fill(slot, Given(0)) })
    }
    /// What goes back into the slot for a variable that was moved out: what it counted is there.
    #[inline(always)]
    pub fn back<I>(self, _: Walk<'_, I>) {}
    /// Nothing.
    #[inline(always)]
    pub fn put(self, _: &mut Option<Given>, (): ()) {}
}

impl IsItem {
    /// Whether the expression is to be evaluated again.
    #[inline(always)]
    pub fn retakes(self) -> bool {
        true
    }
    /// Which item it is.
    #[inline(always)]
    pub fn at(self, slot: &Option<At>) -> Option<At> {
        *slot
    }
    /// The variable, which has just been taken again.
    #[inline(always)]
    pub fn slot<'s, T>(self, _: &'s mut Option<At>, again: &'s mut Option<T>) -> &'s mut Option<T> {
        again
    }
    /// The variable, to be lent.
    #[inline(always)]
    pub fn lend<T>(self, again: &mut Option<T>) -> T {
        slots::take(again)
    }
    /// Notes which item it is, as it is bound: that which was given last.
    #[inline(always)]
    pub fn note(self, slot: &mut Option<At>, given: Given) {
        *slot = Some(At(given.0.saturating_sub(1)));
    }
    /// Where the variable lies, as it is bound.
    #[inline(always)]
    pub fn fill<'s, T>(self, _: &'s mut Option<At>, again: &'s mut Option<T>, value: T) -> &'s mut Option<T> {
        slots::refill(again, value)
    }
    /// What goes back into the slot for a variable that was moved out: its number is there.
    #[inline(always)]
    pub fn back<T>(self, _: T) {}
    /// Nothing.
    #[inline(always)]
    pub fn put(self, _: &mut Option<At>, (): ()) {}
}

impl IsOther {
    /// Where the variable lies.
    #[inline(always)]
    pub fn open<'s, T, I>(self, slot: &'s mut Option<T>, _: &mut Option<Infallible>, _: impl FnOnce() -> I) -> &'s mut Option<T> {
        slot
    }
    /// Whether the expression is to be evaluated again.
    #[inline(always)]
    pub fn retakes(self) -> bool {
        false
    }
    /// It has no number.
    #[inline(always)]
    pub fn at<T>(self, _: &Option<T>) -> Option<At> {
        None
    }
    /// The variable.
    #[inline(always)]
    pub fn slot<'s, T>(self, slot: &'s mut Option<T>, _: &mut Option<T>) -> &'s mut Option<T> {
        slot
    }
    /// The variable where it lies: it is not lent, but something in it may be.
    #[inline(always)]
    pub fn lend<T>(self, slot: &mut Option<T>) -> &mut T {
        full(slot)
    }
    /// It has no number.
    #[inline(always)]
    pub fn note<T>(self, _: &mut Option<T>, _: Given) {}
    /// Where the variable lies, as it is bound. What the slot held before is dropped.
    #[inline(always)]
    pub fn fill<'s, T>(self, slot: &'s mut Option<T>, _: &mut Option<T>, value: T) -> &'s mut Option<T> {
        slots::refill(slot, value)
    }
    /// What goes back into the slot for a variable that was moved out.
    #[inline(always)]
    pub fn back<T>(self, value: T) -> T {
        value
    }
    /// Puts it there.
    #[inline(always)]
    pub fn put<T>(self, slot: &mut Option<T>, value: T) {
        *slot = Some(value);
    }
}

/// The item of a number, or the end.
#[inline]
pub fn item_at<W: ?Sized, I: IntoIterator>(_: &W, at: Option<At>, again: impl FnOnce() -> I) -> Option<I::Item> {
    let n = usize::try_from(at?.0).unwrap_or(usize::MAX);
    again().into_iter().nth(n)
}

/// How many items an iterator gave, if it counts.
pub trait Counts<W> {
    /// As many.
    fn __durable_given(&self, walk: &W) -> Given;
}
impl<'s, I> Counts<Walk<'s, I>> for &Of<Walk<'s, I>> {
    #[inline(always)]
    fn __durable_given(&self, walk: &Walk<'s, I>) -> Given {
        *walk.given
    }
}
/// Of an iterator that does not count.
pub trait CountsNot<T> {
    /// Nothing.
    #[inline(always)]
    fn __durable_given(&self, _: &T) -> Given {
        Given(0)
    }
}
impl<T> CountsNot<T> for Of<T> {}

/// Chooses for iterators over borrows.
pub trait PickWalk {
    /// Chooses.
    #[inline(always)]
    fn __durable_walk(&self) -> IsWalk {
        IsWalk
    }
}
/// Chooses for any other variable.
pub trait PickOwn {
    /// Chooses.
    #[inline(always)]
    fn __durable_walk(&self) -> IsOther {
        IsOther
    }
}
impl<T: InOrder> PickWalk for &Of<T> {}
impl<T> PickOwn for Of<T> {}

/// Chooses for borrows that an iterator gave.
pub trait PickItem {
    /// Chooses.
    #[inline(always)]
    fn __durable_item(&self) -> IsItem {
        IsItem
    }
}
/// Chooses for anything else that it gave.
pub trait PickValueItem {
    /// Chooses.
    #[inline(always)]
    fn __durable_item(&self) -> IsOther {
        IsOther
    }
}
impl<T: Borrowed> PickItem for &Of<T> {}
impl<T> PickValueItem for Of<T> {}
