//! Text that a call gives of what it is lent, and that is used over a wait: `let host = host_of(url);`. A frame has no lifetime, so the slot
//! holds a copy, and each stretch of code that uses the variable begins with the text of that.
//!
//! In: a slot, and room for the text; out: where the variable lies, an `Option` as any slot. What a variable of another type lies in is its
//! slot. The type decides, by autoref.
use super::Of;
use super::again::Borrowed;
use super::awaited::GivesOwned;
use super::machine::{self, Awaiting, Lend, Lent};
use super::plain::Plain;
use super::slots::{self, empty};
use std::convert::Infallible;

/// A copy of text.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Text(Box<str>);
impl Borrowed for Text {}
impl Plain for Text {}

/// What is kept as a copy, or the copy.
pub trait Texts {}
impl Texts for &str {}
impl Texts for Option<&str> {}
impl Texts for Text {}
impl Texts for Option<Text> {}

/// What a variable is that is kept as a copy.
pub trait Copies: Copy {
    /// The copy.
    type Copy;
    /// Makes it.
    fn copied(self) -> Self::Copy;
}
impl Copies for &str {
    type Copy = Text;
    #[inline]
    fn copied(self) -> Text {
        Text(self.into())
    }
}
impl Copies for Option<&str> {
    type Copy = Option<Text>;
    #[inline]
    fn copied(self) -> Option<Text> {
        self.map(Copies::copied)
    }
}

/// A copy.
pub trait Copied {
    /// What it is a copy of.
    type Of<'t>
    where
        Self: 't;
    /// Gives that.
    fn text(&self) -> Self::Of<'_>;
}
impl Copied for Text {
    type Of<'t> = &'t str;
    #[inline(always)]
    fn text(&self) -> &str {
        &self.0
    }
}
impl Copied for Option<Text> {
    type Of<'t> = Option<&'t str>;
    #[inline(always)]
    fn text(&self) -> Option<&str> {
        self.as_ref().map(Copied::text)
    }
}

/// What gives nothing that borrows from a copy that it was lent.
#[diagnostic::on_unimplemented(
    message = "what this coroutine gives may borrow from a copy of this text, which does not last as long as the text",
    label = "lent to a coroutine that gives a borrow",
    note = "where it can be taken again, it is not copied: `#[again] let text: &str = ..;`; or keep an owned value"
)]
pub trait GivesNoCopy {}
#[diagnostic::do_not_recommend]
impl<C: GivesOwned> GivesNoCopy for C {}

/// For text: its slot holds a copy.
#[derive(Clone, Copy)]
pub struct IsText;
/// For anything else: it is in its slot.
#[derive(Clone, Copy)]
pub struct IsOther;

impl IsText {
    /// Where the variable lies.
    #[inline(always)]
    pub fn open<'s, 't, K: Copied>(self, slot: &'s mut Option<K>, room: &'t mut Option<K::Of<'s>>) -> &'t mut Option<K::Of<'s>> {
        *room = slot.as_ref().map(K::text);
        room
    }
    /// The variable, to look at.
    #[inline(always)]
    pub fn seen<'s, 't, K: Copied>(self, slot: &'s Option<K>, room: &'t mut Option<K::Of<'s>>) -> &'t K::Of<'s> {
        room.insert(slots::seen(slot).text())
    }
    /// The slot, for an operand's block. (What comes out of the block is not to borrow from a copy: what is copied may well last longer.)
    #[inline(always)]
    pub fn reach<'s, 'l, 'x, K, L: Lent, S, F>(self, slot: &'s mut Option<K>, lent: &'l Lend<'x, L>, _: F) -> &'x mut Option<K>
    where
        F: FnOnce(&'s mut Option<K>, &'l Lend<'x, L>) -> S,
    {
        machine::reach(slot, lent)
    }
    /// The slot, for an operand's block that only uses the variable by value.
    #[inline(always)]
    pub fn reach_value<'x, K, L: Lent>(self, slot: &mut Option<K>, lent: &Lend<'x, L>) -> &'x mut Option<K> {
        machine::reach(slot, lent)
    }
    /// The slot, for a step that borrows the variable.
    #[inline(always)]
    pub fn pinned<'x, K: 'static, L: Lent>(self, slot: &Option<K>, _: &Lend<'x, L>) -> &'x Option<K> {
        machine::pinned_slot(slot)
    }
    /// It is lent: so what is given is no borrow, for it could be one of the copy.
    #[inline(always)]
    pub fn is_lent_to<C: GivesNoCopy>(self, _: &Awaiting<C>) {}
    /// The variable, to be lent.
    #[inline(always)]
    pub fn lend<K: Copied>(self, slot: &mut Option<K>) -> K::Of<'_> {
        match slot {
            Some(copy) => copy.text(),
            None => empty(),
        }
    }
    /// Where the variable lies, as it is bound. What the slot held before is dropped.
    #[inline(always)]
    pub fn fill<'t, T: Copies>(self, slot: &mut Option<T::Copy>, room: &'t mut Option<T>, value: T) -> &'t mut Option<T> {
        *slot = Some(value.copied());
        slots::refill(room, value)
    }
    /// What goes into the slot for a variable.
    #[inline(always)]
    pub fn stash<T: Copies>(self, value: T) -> T::Copy {
        value.copied()
    }
}

impl IsOther {
    /// Where the variable lies.
    #[inline(always)]
    pub fn open<'s, T>(self, slot: &'s mut Option<T>, _: &mut Option<Infallible>) -> &'s mut Option<T> {
        slot
    }
    /// The variable, to look at.
    #[inline(always)]
    pub fn seen<'s, T>(self, slot: &'s Option<T>, _: &mut Option<Infallible>) -> &'s T {
        slots::seen(slot)
    }
    /// The slot, for an operand's block, for as long as that has slots.
    #[inline(always)]
    pub fn reach<'s, 'l, 'x, T, L: Lent, S, F>(self, slot: &'s mut Option<T>, lent: &'l Lend<'x, L>, reach: F) -> S
    where
        F: FnOnce(&'s mut Option<T>, &'l Lend<'x, L>) -> S,
    {
        reach(slot, lent)
    }
    /// The slot, for an operand's block that only uses the variable by value.
    #[inline(always)]
    pub fn reach_value<T: 'static, L: Lent>(self, slot: &mut Option<T>, lent: &Lend<'_, L>) -> &'static mut Option<T> {
        machine::reach_value(slot, lent)
    }
    /// The slot, for a step that borrows the variable.
    #[inline(always)]
    pub fn pinned<T: 'static, L>(self, slot: &Option<T>, _: &L) -> &'static Option<T> {
        machine::pinned_slot(slot)
    }
    /// It is given.
    #[inline(always)]
    pub fn is_lent_to<C>(self, _: &Awaiting<C>) {}
    /// The variable where it lies: it is not lent, but something in it may be.
    #[inline(always)]
    pub fn lend<T>(self, slot: &mut Option<T>) -> &T {
        slots::seen(slot)
    }
    /// Where the variable lies, as it is bound. What the slot held before is dropped.
    #[inline(always)]
    pub fn fill<'s, T>(self, slot: &'s mut Option<T>, _: &mut Option<Infallible>, value: T) -> &'s mut Option<T> {
        slots::refill(slot, value)
    }
    /// What goes into the slot for a variable.
    #[inline(always)]
    pub fn stash<T>(self, value: T) -> T {
        value
    }
}

/// Chooses for text.
pub trait PickText {
    /// Chooses.
    #[inline(always)]
    fn __durable_text(&self) -> IsText {
        IsText
    }
}
/// Chooses for anything else.
pub trait PickOther {
    /// Chooses.
    #[inline(always)]
    fn __durable_text(&self) -> IsOther {
        IsOther
    }
}
impl<T: Texts> PickText for &Of<T> {}
impl<T> PickOther for Of<T> {}
