//! Slots: the `Option`s in which a frame keeps its variables. In: a slot; out: the variable in it.

use super::Of;

/// The variable in a slot that is full here by construction.
#[inline(always)]
pub fn full<T>(slot: &mut Option<T>) -> &mut T {
    match slot {
        Some(value) => value,
        None => empty(),
    }
}

/// The variable in a slot that is full here by construction, to look at.
#[inline(always)]
pub fn seen<T>(slot: &Option<T>) -> &T {
    match slot {
        Some(value) => value,
        None => empty(),
    }
}

/// Puts a variable into its slot, and gives it back in place. What the slot held before is dropped.
#[inline(always)]
pub fn fill<T>(slot: &mut Option<T>, value: T) -> &mut T {
    slot.insert(value)
}

/// Puts a variable into its slot, and gives the slot back. What the slot held before is dropped.
#[inline(always)]
pub fn refill<T>(slot: &mut Option<T>, value: T) -> &mut Option<T> {
    *slot = Some(value);
    slot
}

/// A use by value of what may be copied.
pub trait GiveCopy<T> {
    /// Copies it.
    fn __durable_give(&self, slot: &mut Option<T>) -> T;
}
impl<T: Copy> GiveCopy<T> for &&Of<T> {
    #[inline(always)]
    fn __durable_give(&self, slot: &mut Option<T>) -> T {
        *full(slot)
    }
}
/// A use by value of a mutable borrow, which Rust borrows in its turn.
pub trait GiveReborrow<'b, T: ?Sized> {
    /// Borrows it.
    fn __durable_give<'s>(&self, slot: &'s mut Option<&'b mut T>) -> &'s mut T;
}
impl<'b, T: ?Sized> GiveReborrow<'b, T> for &Of<&'b mut T> {
    #[inline(always)]
    fn __durable_give<'s>(&self, slot: &'s mut Option<&'b mut T>) -> &'s mut T {
        let borrow: &mut &mut T = full(slot);
        borrow
    }
}
/// A use by value of what cannot be copied.
pub trait GiveAway<T> {
    /// Takes it.
    fn __durable_give(&self, slot: &mut Option<T>) -> T;
}
impl<T> GiveAway<T> for Of<T> {
    #[inline(always)]
    fn __durable_give(&self, slot: &mut Option<T>) -> T {
        take(slot)
    }
}

impl<T> Of<T> {
    /// A use by value after which nobody uses it. (Of a type that is told first: what is expected of it, rustc asks of what comes out.)
    #[inline(always)]
    pub fn give_away(&self, slot: &mut Option<T>) -> T {
        take(slot)
    }
}

/// A variable that is not stored: after a restore it is made again.
#[inline(always)]
pub fn remade<T>(slot: &mut Option<T>, again: impl FnOnce() -> T) -> &mut T {
    slot.get_or_insert_with(again)
}

/// Moves the variable out of a slot that is full here by construction.
#[inline(always)]
pub fn take<T>(slot: &mut Option<T>) -> T {
    match slot.take() {
        Some(value) => value,
        None => empty(),
    }
}

/// A slot that should have been full is empty.
#[cold]
#[inline(never)]
pub fn empty() -> ! {
    panic!("an empty slot was used: a defect of the `#[durable]` compiler, please report it")
}

/// The frame was resumed after a panic inside it.
#[cold]
#[inline(never)]
pub fn broken() -> ! {
    panic!("a coroutine was resumed after it had panicked")
}

/// The frame was resumed after it had returned.
#[cold]
#[inline(never)]
pub fn finished() -> ! {
    panic!("a coroutine was resumed after it had returned")
}
