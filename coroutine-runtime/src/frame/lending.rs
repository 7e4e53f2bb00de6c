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

/// A `&T` parameter where `T` borrows in its turn, and for as long: `&[&str]` is `Within<Slice<Shared<Fixed<str>>>>`. Of a type that is not
/// known here, as in `&Request<'_>`, the shape is `dyn for<'x> Over<'x, Is = Request<'x>>`; rustc does not see that an async block with
/// such a type in it is `Send`.
pub struct Within<C: ?Sized>(PhantomData<fn() -> *const C>);

/// The shape of a type that borrows: the type, for each lifetime.
pub trait Over<'x> {
    /// The type.
    type Is: ?Sized + 'x;
}

/// What borrows nothing.
pub struct Fixed<T: ?Sized>(PhantomData<fn() -> *const T>);
/// `&S`.
pub struct Shared<S: ?Sized>(PhantomData<fn() -> *const S>);
/// `[S]`.
pub struct Slice<S: ?Sized>(PhantomData<fn() -> *const S>);
/// `[S; N]`.
pub struct Array<S: ?Sized, const N: usize>(PhantomData<fn() -> *const S>);
/// `Vec<S>`.
pub struct Several<S: ?Sized>(PhantomData<fn() -> *const S>);
/// `Option<S>`.
pub struct Perhaps<S: ?Sized>(PhantomData<fn() -> *const S>);
/// `&mut S`, given.
pub struct Unique<S: ?Sized>(PhantomData<fn() -> *const S>);
/// `Result<S, E>`.
pub struct Either<S: ?Sized, E: ?Sized>(PhantomData<fn() -> (*const S, *const E)>);
/// A tuple of shapes.
pub struct Together<S>(PhantomData<fn() -> S>);

impl<'x, T: ?Sized + 'static> Over<'x> for Fixed<T> {
    type Is = T;
}
impl<'x, S: ?Sized + Over<'x>> Over<'x> for Shared<S> {
    type Is = &'x S::Is;
}
impl<'x, S: ?Sized + Over<'x, Is: Sized>> Over<'x> for Slice<S> {
    type Is = [S::Is];
}
impl<'x, S: ?Sized + Over<'x, Is: Sized>, const N: usize> Over<'x> for Array<S, N> {
    type Is = [S::Is; N];
}
impl<'x, S: ?Sized + Over<'x, Is: Sized>> Over<'x> for Several<S> {
    type Is = Vec<S::Is>;
}
impl<'x, S: ?Sized + Over<'x, Is: Sized>> Over<'x> for Perhaps<S> {
    type Is = Option<S::Is>;
}
impl<'x, S: ?Sized + Over<'x>> Over<'x> for Unique<S> {
    type Is = &'x mut S::Is;
}
impl<'x, S: ?Sized + Over<'x, Is: Sized>, E: ?Sized + Over<'x, Is: Sized>> Over<'x> for Either<S, E> {
    type Is = Result<S::Is, E::Is>;
}
macro_rules! together { ($(($($s:ident),*))*) => { $(
    impl<'x, $($s: Over<'x, Is: Sized>),*> Over<'x> for Together<($($s,)*)> {
        type Is = ($($s::Is,)*);
    }
)* } }
together! { (A) (A, B) (A, B, C) (A, B, C, D) }

/// `as_deref_mut()` of an `Option` that is lent, for as long as what is in it is.
#[inline(always)]
pub fn inside_as_deref_mut<T: ?Sized>(option: Option<&mut T>) -> Option<&mut T> {
    option
}

/// `as_deref()` of an `Option` that is lent, for as long as what is in it is.
#[inline(always)]
pub fn inside_as_deref<'x, B: Inside<'x>>(option: Option<B>) -> Option<&'x B::Is> {
    option.map(B::shared)
}

/// A borrow, as a shared one.
pub trait Inside<'x> {
    /// What it is of.
    type Is: ?Sized + 'x;
    /// The shared one.
    fn shared(self) -> &'x Self::Is;
}
impl<'x, T: ?Sized> Inside<'x> for &'x T {
    type Is = T;
    #[inline(always)]
    fn shared(self) -> &'x T {
        self
    }
}
impl<'x, T: ?Sized> Inside<'x> for &'x mut T {
    type Is = T;
    #[inline(always)]
    fn shared(self) -> &'x T {
        self
    }
}
