//! A coroutine function, named by itself: `restore(order, &bytes)`.
use crate::frame::machine::{Call, Lent, Loan};
use crate::frame::{Frame, Mut, Ref};
use std::marker::PhantomData;

/// What a coroutine function takes by value, what it is lent, and what its frame is. `Marker` says how each parameter comes and is
/// inferred.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a `#[durable]` function", label = "not a `#[durable]` function")]
pub trait Function<Marker> {
    /// The parameters by value, as a tuple.
    type Args;
    /// The reference parameters, as a list.
    type Lent: Lent;
    /// Its frame.
    type Frame: Frame<Lent = Self::Lent>;
}

/// A parameter by value.
pub struct ByValue<T>(PhantomData<T>);

macro_rules! functions { ($([$($marker:ty),*] [$($value:ident),*] [$($loan:ident $kind:ident),*] ($($parameter:ty),*);)*) => { $(
    impl<Fun, $($value,)* $($loan: ?Sized + 'static,)* M> Function<($($marker,)*)> for Fun
    where
        Fun: for<'x> Fn($($parameter),*) -> Call<'x, ($($kind<$loan>,)*), M>,
        M: Frame<Lent = ($($kind<$loan>,)*)>,
    {
        type Args = ($($value,)*);
        type Lent = ($($kind<$loan>,)*);
        type Frame = M;
    }
)* } }
macro_rules! owned { ($(($($value:ident),*);)*) => { $(
    impl<Fun, $($value,)* M> Function<($(ByValue<$value>,)*)> for Fun
    where
        Fun: Fn($($value),*) -> Call<'static, (), M>,
        M: Frame<Lent = ()>,
    {
        type Args = ($($value,)*);
        type Lent = ();
        type Frame = M;
    }
)* } }
owned! { (); (A); (A, B); (A, B, C); }
functions! {
    [Ref<B1>] [] [B1 Ref] (&'x B1);
    [Mut<B1>] [] [B1 Mut] (&'x mut B1);
    [Ref<B1>, ByValue<A1>] [A1] [B1 Ref] (&'x B1, A1);
    [ByValue<A1>, Ref<B1>] [A1] [B1 Ref] (A1, &'x B1);
    [Ref<B1>, Mut<B2>] [] [B1 Ref, B2 Mut] (&'x B1, &'x mut B2);
    [Ref<B1>, Mut<B2>, ByValue<A1>] [A1] [B1 Ref, B2 Mut] (&'x B1, &'x mut B2, A1);
}
const _: () = {
    const fn is<L: Loan>() {}
    is::<Ref<str>>();
};
