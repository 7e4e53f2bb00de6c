//! Slots: the `Option`s in which a frame keeps its variables. In: a slot; out: the variable in it.

/// The variable in a slot that is full here by construction.
#[inline(always)]
pub fn full<T>(slot: &mut Option<T>) -> &mut T {
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
