//! `?`, early exits of a block and of an operand, and the type `!`: what emitted control flow is made of.
use super::Of;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::task::Poll;

/// How a block was left early: with the function's result, or for another place in the function.
pub enum Exit<R> {
    /// `return` or `?`.
    Return(R),
    /// `break` or `continue`, by the number of its target.
    Jump(u32),
}

/// What an operand gave whose code may leave early.
pub enum Flow<T, R> {
    /// The operand's value.
    On(T),
    /// `return` or `?` inside the operand.
    Return(R),
    /// `break` or `continue` inside the operand, by the number of its target.
    Jump(u32),
}

/// What `?` can be applied to, as in std.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to a `Result`, an `Option`, a `ControlFlow` or a `Poll` of a `Result`",
    label = "`?` on a `{Self}`"
)]
pub trait Tri: Sized {
    /// What `?` gives.
    type Out;
    /// What `?` returns from the function.
    type Rest;
    /// Splits the two.
    fn branch(self) -> Result<Self::Out, Self::Rest>;
}

/// What `?` can return from a function, as in std.
#[diagnostic::on_unimplemented(message = "`?` cannot convert `{R}` to the function's return type `{Self}`", label = "returned by `?`")]
pub trait FromRest<R> {
    /// The function's result.
    fn from_rest(rest: R) -> Self;
}

impl<T, E> Tri for Result<T, E> {
    type Out = T;
    type Rest = Result<Infallible, E>;
    #[inline(always)]
    fn branch(self) -> Result<T, Self::Rest> {
        self.map_err(Err)
    }
}

impl<T> Tri for Option<T> {
    type Out = T;
    type Rest = Option<Infallible>;
    #[inline(always)]
    fn branch(self) -> Result<T, Self::Rest> {
        self.ok_or(None)
    }
}

impl<B, C> Tri for ControlFlow<B, C> {
    type Out = C;
    type Rest = ControlFlow<B, Infallible>;
    #[inline(always)]
    fn branch(self) -> Result<C, Self::Rest> {
        match self {
            ControlFlow::Continue(value) => Ok(value),
            ControlFlow::Break(value) => Err(ControlFlow::Break(value)),
        }
    }
}

impl<T, E> Tri for Poll<Result<T, E>> {
    type Out = Poll<T>;
    type Rest = Result<Infallible, E>;
    #[inline(always)]
    fn branch(self) -> Result<Poll<T>, Self::Rest> {
        match self {
            Poll::Ready(Ok(value)) => Ok(Poll::Ready(value)),
            Poll::Ready(Err(error)) => Err(Err(error)),
            Poll::Pending => Ok(Poll::Pending),
        }
    }
}

impl<T, E> Tri for Poll<Option<Result<T, E>>> {
    type Out = Poll<Option<T>>;
    type Rest = Result<Infallible, E>;
    #[inline(always)]
    fn branch(self) -> Result<Poll<Option<T>>, Self::Rest> {
        match self {
            Poll::Ready(Some(Ok(value))) => Ok(Poll::Ready(Some(value))),
            Poll::Ready(Some(Err(error))) => Err(Err(error)),
            Poll::Ready(None) => Ok(Poll::Ready(None)),
            Poll::Pending => Ok(Poll::Pending),
        }
    }
}

impl<T, E, F: From<E>> FromRest<Result<Infallible, E>> for Result<T, F> {
    #[inline(always)]
    fn from_rest(rest: Result<Infallible, E>) -> Self {
        match rest {
            Err(error) => Err(F::from(error)),
            Ok(never) => match never {},
        }
    }
}

impl<T> FromRest<Option<Infallible>> for Option<T> {
    #[inline(always)]
    fn from_rest(_: Option<Infallible>) -> Self {
        None
    }
}

impl<B, C> FromRest<ControlFlow<B, Infallible>> for ControlFlow<B, C> {
    #[inline(always)]
    fn from_rest(rest: ControlFlow<B, Infallible>) -> Self {
        match rest {
            ControlFlow::Break(value) => ControlFlow::Break(value),
            ControlFlow::Continue(never) => match never {},
        }
    }
}

impl<T, E, F: From<E>> FromRest<Result<Infallible, E>> for Poll<Result<T, F>> {
    #[inline(always)]
    fn from_rest(rest: Result<Infallible, E>) -> Self {
        Poll::Ready(Result::from_rest(rest))
    }
}

impl<T, E, F: From<E>> FromRest<Result<Infallible, E>> for Poll<Option<Result<T, F>>> {
    #[inline(always)]
    fn from_rest(rest: Result<Infallible, E>) -> Self {
        Poll::Ready(Some(Result::from_rest(rest)))
    }
}

/// Names the type `!` on stable Rust: `<fn() -> ! as Never>::Is`.
pub trait Never {
    /// What the function returns.
    type Is;
}

impl<T> Never for fn() -> T {
    type Is = T;
}

/// Compound assignment evaluates its value before its place where the place's type is primitive, and after it elsewhere.
pub trait Primitive {
    /// Yes.
    fn __durable_is_primitive(&self) -> bool {
        true
    }
}
macro_rules! primitives { ($($ty:ty)*) => { $(impl Primitive for Of<&$ty> {})* } }
primitives! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char }

/// What is not primitive.
pub trait NotPrimitive {
    /// No.
    fn __durable_is_primitive(&self) -> bool {
        false
    }
}
impl<T> NotPrimitive for &Of<T> {}
