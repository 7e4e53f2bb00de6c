//! What an awaited operand is, by its type: a child coroutine, a boxed child or an ordinary future.
//!
//! In: an operand; out: a landing whose output type picks what `begin` does. Also what a variable must be to be alive meanwhile.
use super::awaited::{Alone, FlowChild, FlowDeep, FlowSent, Giver, NoThaw, Sent, Thaws};
use super::hold::Releasable;
use super::host::Choice;
use super::keep::Durable;
use super::known::Erased;
use super::machine::{Call, Child, Deep, Dynamic, Flight, Given, Giving, Lent, Outlives, OutlivesResume};
use super::{Awaited, Frame, Of, Over, Passes, Yields};
use crate::leaf::Yield;
use std::future::{Future, IntoFuture, Pending, Ready, pending, ready};
use std::marker::PhantomData;
use std::pin::Pin;

/// An operand that is a child. Still with its lifetime: what is lent to a child must outlive the operand, so it is no temporary.
pub struct IsChild<'a, L: Lent, M: Frame<Lent = L>, B>(pub(crate) Call<'a, L, M, B>);
/// An operand that is a child that gives a borrow of what it is lent.
pub struct IsGiver<'a, S, L, M, B>(pub(crate) Giving<'a, S, L, M, B>)
where
    S: ?Sized + Over<'static, Is: Sized>,
    L: Lent,
    M: Frame<Lent = L, Return = Given<S>>;
/// An operand that is a boxed child.
pub struct IsDeep<'a, L: Lent, M: Frame<Lent = L>, B>(pub(crate) Pin<Box<Call<'a, L, M, B>>>);
/// An operand that is a yield: the value that goes out.
pub struct IsYield<Y, R>(pub(crate) Y, pub(crate) PhantomData<fn(R)>);
/// An operand that is an erased call.
pub struct IsErased<R: 'static, P: 'static>(pub(crate) Erased<R, P>);
/// What an ordinary future gave.
pub struct IsValue<R>(pub R);

/// Lands a yield.
pub struct LandYield;
/// Lands a child.
pub struct LandChild;
/// Lands an erased call.
pub struct LandErased;
/// Lands a child that gives a borrow.
pub struct LandGiver;
/// Lands a boxed child.
pub struct LandDeep;
/// Lands an ordinary future.
pub struct LandValue;
/// Lands a future that cannot be sent to another thread: refused, at what is awaited.
pub struct LandUnsent;
/// Lands what is no future, so that the twin's error is the only one.
pub struct LandNone;

/// A frame whose call is more than a child: how it lands.
pub trait Lands {
    /// What lands it.
    type By;
    /// The same, as a value.
    const BY: Self::By;
}
impl<Y, R> Lands for Yield<Y, R> {
    type By = LandYield;
    const BY: LandYield = LandYield;
}
impl<R, P> Lands for Dynamic<R, P> {
    type By = LandErased;
    const BY: LandErased = LandErased;
}

/// Chooses for a yield, and for an erased call.
pub trait PickYield {
    /// What lands it.
    type Land: Lands;
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> <Self::Land as Lands>::By {
        Self::Land::BY
    }
}
/// Chooses for a call of a coroutine.
pub trait PickChild {
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> LandChild {
        LandChild
    }
}
/// Chooses for a call of a coroutine that gives a borrow.
pub trait PickGiver {
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> LandGiver {
        LandGiver
    }
}
/// Chooses for a boxed call of a coroutine.
pub trait PickDeep {
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> LandDeep {
        LandDeep
    }
}
/// Chooses for any other future.
pub trait PickValue {
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> LandValue {
        LandValue
    }
}
/// Chooses for a future that cannot be sent to another thread.
pub trait PickUnsent {
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> LandUnsent {
        LandUnsent
    }
}
/// Chooses for what is no future.
pub trait PickNone {
    /// Chooses.
    #[inline(always)]
    fn __durable_pick(&self) -> LandNone {
        LandNone
    }
}
impl<M: Frame<Lent = ()> + Lands> PickYield for &&&Of<Call<'_, (), M>> {
    type Land = M;
}
// (Five levels fit four `&`: this one is reached by one more autoref, before any `&` is taken off.)
impl<L: Lent, M: Frame<Lent = L>, B> PickChild for &&&&Of<Call<'_, L, M, B>> {}
impl<L: Lent, M: Frame<Lent = L>, B> PickDeep for &&&&Of<Pin<Box<Call<'_, L, M, B>>>> {}
impl<S: ?Sized + Over<'static, Is: Sized>, L: Lent, M: Frame<Lent = L, Return = Given<S>>, B> PickGiver for &&&&Of<Giving<'_, S, L, M, B>> {}
impl<T: IntoFuture<IntoFuture: Send>> PickValue for &&Of<T> {}
impl<T: IntoFuture> PickUnsent for &Of<T> {}
impl<T> PickNone for Of<T> {}

impl LandYield {
    /// Ready at once: the value is taken out of the call.
    #[inline(always)]
    pub fn land<Y: Send + 'static, R: 'static>(self, call: Call<'_, (), Yield<Y, R>>) -> Ready<IsYield<Y, R>> {
        ready(IsYield(call.into_frame().into_value(), PhantomData))
    }
}
impl LandChild {
    /// Ready at once: the child is resumed in its parent's frame.
    #[inline(always)]
    pub fn land<'a, L: Lent, M: Frame<Lent = L>, B>(self, call: Call<'a, L, M, B>) -> Ready<IsChild<'a, L, M, B>> {
        ready(IsChild(call))
    }
}
impl LandErased {
    /// Ready at once: the child is resumed in its parent's frame.
    #[inline(always)]
    pub fn land<R: 'static, P: 'static>(self, call: Erased<R, P>) -> Ready<IsErased<R, P>> {
        ready(IsErased(call))
    }
}
impl LandGiver {
    /// Ready at once: the child is resumed in its parent's frame.
    #[inline(always)]
    pub fn land<'a, S, L, M, B>(self, call: Giving<'a, S, L, M, B>) -> Ready<IsGiver<'a, S, L, M, B>>
    where
        S: ?Sized + Over<'static, Is: Sized>,
        L: Lent,
        M: Frame<Lent = L, Return = Given<S>>,
    {
        ready(IsGiver(call))
    }
}
impl LandDeep {
    /// Ready at once.
    #[inline(always)]
    pub fn land<'a, L: Lent, M: Frame<Lent = L>, B>(self, call: Pin<Box<Call<'a, L, M, B>>>) -> Ready<IsDeep<'a, L, M, B>> {
        ready(IsDeep(call))
    }
}
impl LandValue {
    /// Ready when the future is.
    #[inline(always)]
    pub fn land<T: IntoFuture>(self, future: T) -> impl Future<Output = IsValue<T::Output>> + use<T> {
        let future = future.into_future();
        async move { IsValue(future.await) }
    }
}
impl LandUnsent {
    /// What is awaited is polled by any thread. What stands for it here can be, so that rustc says it once.
    pub fn land<T: IntoFuture<IntoFuture: Send>>(self, _: T) -> Pending<IsValue<T::Output>> {
        pending()
    }
}
impl LandNone {
    /// Never called: rustc has refused the program.
    pub fn land<T, R>(self, _: T) -> Ready<IsValue<R>> {
        super::slots::empty()
    }
}

/// The type of a boxed child, from an operand that is not evaluated.
pub trait ThawsDeep<M> {
    /// Its type.
    #[inline(always)]
    fn __durable_thaws(&self) -> Thaws<M> {
        Thaws::new()
    }
}
/// Anything else.
pub trait ThawsNot {
    /// Nothing.
    #[inline(always)]
    fn __durable_thaws(&self) -> NoThaw {
        NoThaw
    }
}
impl<L: Lent, M: Frame<Lent = L>, B> ThawsDeep<M> for &Of<Pin<Box<Call<'_, L, M, B>>>> {}
impl<T> ThawsNot for Of<T> {}

/// A coroutine outlives what a resume has: by how long an operand's block has what it is lent.
pub trait OutlivesCall {
    /// Chooses.
    #[inline(always)]
    fn __durable_outlives(&self) -> Outlives {
        Outlives::CHOSEN
    }
}
/// Anything else.
pub trait OutlivesNot {
    /// Chooses.
    #[inline(always)]
    fn __durable_outlives(&self) -> OutlivesResume {
        OutlivesResume::CHOSEN
    }
}
impl<L: Lent, M: Frame<Lent = L>, B> OutlivesCall for &Of<Call<'_, L, M, B>> {}
impl<T> OutlivesNot for Of<T> {}

/// By how long the block has it that makes several: as for each of them.
pub trait AllOutlive {
    /// The choice.
    type All: Choice;
}
impl AllOutlive for Outlives {
    type All = Outlives;
}
impl AllOutlive for OutlivesResume {
    type All = OutlivesResume;
}
impl<R: AllOutlive> AllOutlive for (Outlives, R) {
    type All = R::All;
}
impl<R> AllOutlive for (OutlivesResume, R) {
    type All = OutlivesResume;
}
macro_rules! all_outlive { ($($a:ident $b:ident $($c:ident)*;)*) => { $(
    impl<$a, $b, $($c),*> AllOutlive for ($a, $b, $($c),*)
    where
        ($a, ($b, $($c,)*)): AllOutlive,
    {
        type All = <($a, ($b, $($c,)*)) as AllOutlive>::All;
    }
)* } }
all_outlive! { A B C; A B C D; A B C D E; A B C D E F; }

/// What branches choose together.
#[inline(always)]
pub fn all_outlive<T: AllOutlive>(_: T) -> T::All {
    T::All::CHOSEN
}

// ---- what may be alive while the function waits -------------------------------------------------------

macro_rules! waits { ($([$($p:tt)*] $name:ty, $port:ty;)*) => { $(
    impl<$($p)*> $name {
        /// The variable kept by `K` is alive while the function waits: it must be storable.
        #[inline(always)]
        pub fn crosses<K: Durable>(&self, _: K) {}
        /// The variable held by `K` is in scope while the function waits: dropping it late must be unfelt, or it must be storable.
        #[inline(always)]
        pub fn holds<K: Releasable>(&self, _: K) {}
        /// The function's port is `P`: what is awaited must be silent or have the same.
        #[inline(always)]
        pub fn passes<P>(&self)
        where
            $port: Passes<P>,
        {
        }
    }
)* } }
waits! {
    [M: Frame] Child<M>, M::Port;
    [M: Frame, E] FlowChild<M, E>, M::Port;
    [Y, R] Sent<Y, R>, Yields<Y, R>;
    [Y, R, E] FlowSent<Y, R, E>, Yields<Y, R>;
    [M: Frame] Giver<Child<M>>, M::Port;
    [M: Frame, E] Giver<FlowChild<M, E>>, M::Port;
    [R: 'static, P1: 'static] Alone<Child<Dynamic<R, P1>>>, P1;
    [R: 'static, P1: 'static, E] Alone<FlowChild<Dynamic<R, P1>, E>>, P1;
    [R, P1] Deep<R, P1>, P1;
    [R, P1, E] FlowDeep<R, P1, E>, P1;
}
impl<O> Flight<O> {
    /// Steps next to each other may pass on what cannot be stored: they then count as one.
    #[inline(always)]
    pub fn crosses<K>(&self, _: K) {}
    /// As for `crosses`.
    #[inline(always)]
    pub fn holds<K>(&self, _: K) {}
    /// A step yields nothing.
    #[inline(always)]
    pub fn passes<P>(&self) {}
}

/// (So that `Awaited` is known to cover what this file names.)
const fn _all_are_awaited<M: Frame, Y: 'static, R: 'static, P, E>() {
    const fn is<T: Awaited>() {}
    is::<Child<M>>();
    is::<FlowChild<M, E>>();
    is::<Sent<Y, R>>();
    is::<FlowSent<Y, R, E>>();
    is::<Deep<R, P>>();
    is::<FlowDeep<R, P, E>>();
    is::<Flight<E>>();
}
