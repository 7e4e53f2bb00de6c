//! Any number of coroutines of one function beside each other: what they are lent again after a restore, all at once. In: what `join_all` goes
//! over, or what each borrows; out: what the whole is lent, by its type. (`machine` has the list that it is, `Every`.)
use super::Ref;
use super::arity::{Arity, NotAsked};
use super::awaited::FlowChild;
use super::machine::{Awaiting, Call, Child, Every, Frame, Lanes, Lent, LentToAll, Many, Nothing, Several};
use super::slots::empty;
use std::iter;
use std::marker::PhantomData;

/// Shared borrows that each of several frames is lent.
#[diagnostic::on_unimplemented(
    message = "what these coroutines are lent again after a restore cannot be told",
    label = "each is lent `{L}`, of which the places that it is borrowed from are not to be seen",
    note = "go over what they borrow from: `join_all(list.iter().map(|item| ship(item, &shop)))`; or give them owned values"
)]
pub trait LentToEach<'x, L: Lent> {
    /// These.
    #[doc(hidden)]
    fn at(self) -> L::At<'x>;
}
macro_rules! to_each { ($(($($t:ident),*))*) => { $(
    impl<'x, $($t: ?Sized + 'static),*> LentToEach<'x, ($(Ref<$t>,)*)> for ($(&'x $t,)*) {
        fn at(self) -> ($(&'x $t,)*) {
            self
        }
    }
)* } }
to_each! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }

/// What has lanes of one function, which are lent again all at once.
pub struct IsAll<L>(PhantomData<fn() -> L>);
/// A child that has none, and is lent an `L`.
pub struct IsOne<L>(PhantomData<fn() -> L>);
/// What is no child.
#[derive(Clone, Copy)]
pub struct IsNone(());
/// A branch that is a step.
#[derive(Clone, Copy)]
pub struct IsStep(());
impl<L> Clone for IsAll<L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L> Copy for IsAll<L> {}
impl<L> Clone for IsOne<L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L> Copy for IsOne<L> {}

impl<L: Lent> IsAll<L> {
    /// Lends to each what a call of it would be lent.
    #[inline]
    pub fn calls<'x, 'c: 'x, M, B, I>(self, calls: impl FnOnce() -> I) -> <L::All as Lent>::At<'x>
    where
        M: Frame<Lent = L>,
        B: 'x,
        I: IntoIterator<Item = Call<'c, L, M, B>>,
    {
        L::All::of_calls(calls)
    }
    /// Lends the same to all.
    #[inline]
    pub fn same<'x, T: LentToEach<'x, L>>(self, lent: T) -> <L::All as Lent>::At<'x> {
        L::All::same(lent)
    }
    /// Lends what nobody could tell.
    #[inline]
    pub fn given<'x, T: LentToEach<'x, L>>(self, lent: T) -> <L::All as Lent>::At<'x> {
        L::All::same(lent)
    }
}
/// (It is given an iterator, so it is lent nothing.)
impl<L: Lent> IsOne<L> {
    /// Is not asked for.
    #[cold]
    pub fn calls<'x, I>(self, _: impl FnOnce() -> I) -> L::At<'x> {
        empty()
    }
    /// Is not asked for.
    #[cold]
    pub fn same<'x, A>(self, _: A) -> L::At<'x> {
        empty()
    }
    /// Lends what it is lent: it is called as ours is.
    #[inline(always)]
    pub fn given(self, lent: L::At<'_>) -> L::At<'_> {
        lent
    }
}
impl IsNone {
    /// Is not asked for.
    #[cold]
    pub fn calls<I>(self, _: impl FnOnce() -> I) {}
    /// Is not asked for.
    #[cold]
    pub fn same<A>(self, _: A) {}
    /// Is not asked for.
    #[cold]
    pub fn given<A>(self, _: A) {}
}

/// (It has what it borrows itself.)
impl IsStep {
    /// Lends nothing.
    pub fn calls<I>(self, _: impl FnOnce() -> I) -> Nothing {
        Nothing(())
    }
    /// Lends nothing.
    pub fn same<A>(self, _: A) -> Nothing {
        Nothing(())
    }
    /// Lends nothing.
    pub fn given<A>(self, _: A) -> Nothing {
        Nothing(())
    }
}

/// The methods of iterators on the way to calls. Of those that are made once more, the closures only look at what they use.
macro_rules! adaptors { ($([$($p:tt)*] $type:ty: $of:ident;)*) => { $(
    impl<$($p)*> $type {
        /// [`Iterator::map`].
        #[inline]
        pub fn map<I: IntoIterator, R, F: $of(I::Item) -> R>(self, items: I, by: F) -> iter::Map<I::IntoIter, F> {
            items.into_iter().map(by)
        }
        /// [`Iterator::flat_map`].
        #[inline]
        pub fn flat_map<I: IntoIterator, R: IntoIterator, F: $of(I::Item) -> R>(self, items: I, by: F) -> iter::FlatMap<I::IntoIter, R, F> {
            items.into_iter().flat_map(by)
        }
        /// [`Iterator::filter_map`].
        #[inline]
        pub fn filter_map<I: IntoIterator, R, F: $of(I::Item) -> Option<R>>(self, items: I, by: F) -> iter::FilterMap<I::IntoIter, F> {
            items.into_iter().filter_map(by)
        }
        /// [`Iterator::filter`].
        #[inline]
        pub fn filter<I: IntoIterator, F: $of(&I::Item) -> bool>(self, items: I, by: F) -> iter::Filter<I::IntoIter, F> {
            items.into_iter().filter(by)
        }
    }
)* } }
adaptors! {
    [] IsAll<()>: FnMut;
    [L] IsOne<L>: FnMut;
    [] IsNone: FnMut;
    [] IsStep: FnMut;
    [A] IsAll<(A,)>: Fn;
    [A, B] IsAll<(A, B)>: Fn;
    [A, B, C] IsAll<(A, B, C)>: Fn;
    [A, B, C, D] IsAll<(A, B, C, D)>: Fn;
    [A, B, C, D, E] IsAll<(A, B, C, D, E)>: Fn;
    [A, B, C, D, E, F0] IsAll<(A, B, C, D, E, F0)>: Fn;
    [A, B, C, D, E, F0, G] IsAll<(A, B, C, D, E, F0, G)>: Fn;
    [A, B, C, D, E, F0, G, H] IsAll<(A, B, C, D, E, F0, G, H)>: Fn;
}

/// Chooses for lanes of one function.
pub trait PickAll<L> {
    /// Chooses.
    #[inline(always)]
    fn __durable_all(&self) -> IsAll<L> {
        IsAll(PhantomData)
    }
}
/// Chooses for other children.
pub trait PickOne<L> {
    /// Chooses.
    #[inline(always)]
    fn __durable_all(&self) -> IsOne<L> {
        IsOne(PhantomData)
    }
}
/// Chooses for anything else.
pub trait PickNoChild {
    /// Chooses.
    #[inline(always)]
    fn __durable_all(&self) -> IsNone {
        IsNone(())
    }
}
/// Chooses for branches that are steps.
pub trait PickStep {
    /// Chooses.
    #[inline(always)]
    fn __durable_all(&self) -> IsStep {
        IsStep(())
    }
}
impl<L> PickAll<L> for &&Arity<Every<L>> {}
impl PickAll<()> for &&Arity<()> {}
impl PickStep for &Arity<NotAsked> {}
impl<L> PickOne<L> for Arity<L> {}
impl<C, M: Frame<Return: Send + 'static, Port: 'static>> PickAll<M::Lent> for &&Awaiting<Child<Several<C, Many<M>>>>
where
    Several<C, Many<M>>: Frame,
    Many<M>: Lanes,
{
}
impl<C, M: Frame<Return: Send + 'static, Port: 'static>, E> PickAll<M::Lent> for &&Awaiting<FlowChild<Several<C, Many<M>>, E>>
where
    Several<C, Many<M>>: Frame,
    Many<M>: Lanes,
{
}
impl<M: Frame> PickOne<M::Lent> for &Awaiting<Child<M>> {}
impl<M: Frame, E> PickOne<M::Lent> for &Awaiting<FlowChild<M, E>> {}
impl<C> PickNoChild for Awaiting<C> {}
