//! A coroutine function, named by itself: `restore(order, &bytes)`. In: the function's type; out: what it takes, what it is lent, and
//! its frame. No registry: a function that is named is linked.
use crate::coroutine::Coroutine;
use crate::frame::machine::{Call, Lent};
use crate::frame::{Frame, Mut, Ref};
use std::marker::PhantomData;

/// A `#[durable]` function of up to five parameters, by value, `&` or `&mut`, in any order; or of up to eight with the references
/// first.
///
/// It is implemented for functions themselves. `Marker` says how each parameter comes; it is inferred.
///
/// ```
/// use coroutine_runtime::{Function, yield_};
///
/// fn args_of<F: Function<M>, M>(_: F) -> std::marker::PhantomData<F::Args> {
///     std::marker::PhantomData
/// }
/// // `yield_` is a coroutine function of one parameter, by value.
/// let _: std::marker::PhantomData<(u8,)> = args_of(yield_::<u8, ()>);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `#[durable]` function that can be named here",
    label = "not a `#[durable]` function, or one with more than five parameters whose references are not first",
    note = "name the function itself: `restore(order, ..)`, not `restore(order(..), ..)`; one that takes references is restored with `restore_with`"
)]
pub trait Function<Marker> {
    /// The parameters by value, as a tuple.
    type Args;
    /// The reference parameters, as a list of [`Ref`]s and [`Mut`]s.
    type Lent: Lent;
    /// Its frame.
    type Frame: Frame<Lent = Self::Lent>;

    /// Calls it: as the function itself, with the parameters that come by value and those that it is lent apart.
    ///
    /// ```
    /// use coroutine_runtime::{Function, Resumed, yield_};
    ///
    /// let mut coroutine = (yield_::<u8, ()>).call((7,), ());
    /// assert_eq!(coroutine.resume(())?, Resumed::Yielded(7));
    /// # Ok::<(), coroutine_runtime::ResumeError>(())
    /// ```
    fn call<'c>(&self, args: Self::Args, lent: <Self::Lent as Lent>::At<'c>) -> Coroutine<'c, Self::Frame>;
}

/// Marks a parameter that comes by value.
pub struct ByValue<T>(PhantomData<T>);

macro_rules! function {
    ([$($marker:ty,)*] [$($generic:tt)*] [] [$($value:ident,)*] [$($parameter:ty,)*] [] [$($name:ident,)*];) => {
        #[allow(non_snake_case, reason = "a parameter is named as its type")]
        impl<Fun, $($generic)* M> Function<($($marker,)*)> for Fun
        where
            Fun: Fn($($parameter),*) -> Call<'static, (), M>,
            M: Frame<Lent = ()>,
        {
            type Args = ($($value,)*);
            type Lent = ();
            type Frame = M;
            fn call<'c>(&self, ($($value,)*): Self::Args, (): ()) -> Coroutine<'c, M> {
                self($($name),*).start()
            }
        }
    };
    ([$($marker:ty,)*] [$($generic:tt)*] [$($loan:ty,)*] [$($value:ident,)*] [$($parameter:ty,)*] [$($lent:ident,)*] [$($name:ident,)*];) => {
        #[allow(non_snake_case, reason = "a parameter is named as its type")]
        impl<Fun, $($generic)* M> Function<($($marker,)*)> for Fun
        where
            Fun: for<'x> Fn($($parameter),*) -> Call<'x, ($($loan,)*), M, <($($loan,)*) as Lent>::Rest<'x>>,
            M: Frame<Lent = ($($loan,)*)>,
        {
            type Args = ($($value,)*);
            type Lent = ($($loan,)*);
            type Frame = M;
            fn call<'c>(&self, ($($value,)*): Self::Args, ($($lent,)*): <Self::Lent as Lent>::At<'c>) -> Coroutine<'c, M> {
                self($($name),*).start()
            }
        }
    };
    ([$($marker:tt)*] [$($generic:tt)*] [$($loan:tt)*] [$($value:tt)*] [$($parameter:tt)*] [$($lent:tt)*] [$($name:tt)*]; (value $t:ident) $($rest:tt)*) => {
        function! { [$($marker)* ByValue<$t>,] [$($generic)* $t,] [$($loan)*] [$($value)* $t,] [$($parameter)* $t,] [$($lent)*] [$($name)* $t,]; $($rest)* }
    };
    ([$($marker:tt)*] [$($generic:tt)*] [$($loan:tt)*] [$($value:tt)*] [$($parameter:tt)*] [$($lent:tt)*] [$($name:tt)*]; (shared $t:ident) $($rest:tt)*) => {
        function! { [$($marker)* Ref<$t>,] [$($generic)* $t: ?Sized + 'static,] [$($loan)* Ref<$t>,] [$($value)*] [$($parameter)* &'x $t,] [$($lent)* $t,] [$($name)* $t,]; $($rest)* }
    };
    ([$($marker:tt)*] [$($generic:tt)*] [$($loan:tt)*] [$($value:tt)*] [$($parameter:tt)*] [$($lent:tt)*] [$($name:tt)*]; (unique $t:ident) $($rest:tt)*) => {
        function! { [$($marker)* Mut<$t>,] [$($generic)* $t: ?Sized + 'static,] [$($loan)* Mut<$t>,] [$($value)*] [$($parameter)* &'x mut $t,] [$($lent)* $t,] [$($name)* $t,]; $($rest)* }
    };
}

/// Every order of the three ways to take so many parameters.
macro_rules! orders {
    ([$($parameter:tt)*]) => { function! { [] [] [] [] [] [] []; $($parameter)* } };
    ([$($parameter:tt)*] $t:ident $($rest:ident)*) => {
        orders! { [$($parameter)* (value $t)] $($rest)* }
        orders! { [$($parameter)* (shared $t)] $($rest)* }
        orders! { [$($parameter)* (unique $t)] $($rest)* }
    };
}
/// The references first.
macro_rules! references_first {
    ([$($parameter:tt)*] $t:ident $($rest:ident)*) => {
        function! { [] [] [] [] [] [] []; $($parameter)* (value $t) $((value $rest))* }
        references_first! { @ [$($parameter)*] $t $($rest)* }
    };
    (@ [] $t:ident $($rest:ident)*) => {
        references_first! { [(shared $t)] $($rest)* }
        references_first! { [(unique $t)] $($rest)* }
    };
    (@ [$one:tt] $t:ident $($rest:ident)*) => {
        references_first! { [$one (shared $t)] $($rest)* }
        references_first! { [$one (unique $t)] $($rest)* }
    };
    (@ [$($two:tt)*] $($rest:ident)*) => {};
}
orders! { [] }
orders! { [] A }
orders! { [] A B }
orders! { [] A B C }
orders! { [] A B C D }
orders! { [] A B C D E }
references_first! { [] A B C D E F }
references_first! { [] A B C D E F G }
references_first! { [] A B C D E F G H }
