//! What a coroutine is lent as families of borrows: `&T` is [`Ref<T>`], `&mut T` is [`Mut<T>`], `Option<&T>` is [`Opt<Ref<T>>`](Opt).
//!
//! Their traits, `Loan` for one and `Lent` for a tuple, stand in `machine`, because turning pointers back into borrows is unsafe.
use std::marker::PhantomData;

/// A `&T` parameter, whatever its lifetime.
pub struct Ref<T: ?Sized>(PhantomData<fn() -> *const T>);

/// A `&mut T` parameter, whatever its lifetime.
pub struct Mut<T: ?Sized>(PhantomData<fn() -> *const T>);

/// An `Option` of what is lent, as a parameter: `Option<&T>`, `Option<&mut T>`.
pub struct Opt<F>(PhantomData<fn() -> F>);

/// A tuple of what is lent, as a parameter: `(&A, &mut B)`.
pub struct Tuple<F>(PhantomData<fn() -> F>);

/// A `&T` parameter where `T` borrows in its turn, and for as long: `&[&str]`, `&Request<'_>`. `C` is `dyn for<'x> Over<'x, Is = [&'x str]>`.
pub struct Within<C: ?Sized>(PhantomData<fn() -> *const C>);

/// A type that borrows, for each lifetime.
pub trait Over<'x> {
    /// The type.
    type Is: ?Sized + 'x;
}
