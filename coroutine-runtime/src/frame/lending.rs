//! The reference parameters of a coroutine as families of borrows: `&T` is [`Ref<T>`], `&mut T` is [`Mut<T>`].
//!
//! Their traits, `Loan` for one and `Lent` for a tuple, stand in `machine`, because turning pointers back into borrows is unsafe.
use std::marker::PhantomData;

/// A `&T` parameter, whatever its lifetime.
pub struct Ref<T: ?Sized>(PhantomData<fn() -> *const T>);

/// A `&mut T` parameter, whatever its lifetime.
pub struct Mut<T: ?Sized>(PhantomData<fn() -> *const T>);
