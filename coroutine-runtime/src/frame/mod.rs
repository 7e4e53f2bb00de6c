//! Frames: suspended functions as plain data, and what they are made of.
//!
//! `machine` owns all `unsafe`; `known` is how a function is found by its name; `flight` chooses by type what an awaited operand is; `keep`
//! and `hold` choose how a variable is stored, `special` by which form, `ambient` is for what is not, `adapt` for what its adaptor stores;
//! `host` is where what a call borrows lies, `cursor` what an owning `for` keeps, `again` what becomes of borrows, `order` what a loop over an
//! ordered map keeps, `walk` what an iterator over a borrow keeps that is in a variable, `text` where text lies that is kept as a copy, `many`
//! what any number of coroutines of one function are lent, `part` how a part of a variable is moved out; `tri` and `slots` are small parts of
//! emitted code.
pub(crate) mod adapt;
pub(crate) mod again;
pub(crate) mod ambient;
pub(crate) mod arity;
pub(crate) mod awaited;
pub(crate) mod block;
pub(crate) mod cursor;
pub(crate) mod flight;
pub(crate) mod guard;
pub(crate) mod hold;
pub(crate) mod host;
pub(crate) mod keep;
pub(crate) mod known;
pub(crate) mod lending;
pub(crate) mod machine;
pub(crate) mod many;
pub(crate) mod order;
pub(crate) mod part;
pub(crate) mod path;
pub(crate) mod plain;
pub(crate) mod slots;
pub(crate) mod special;
pub(crate) mod text;
pub(crate) mod tri;
pub(crate) mod walk;

use crate::snapshot::{In, NotNow, Out, RestoreError};
use std::marker::PhantomData;
use std::task::Poll;

pub use adapt::Adapt;
pub use known::{Erased, erase};
pub use lending::{Mut, Opt, Over, Ref, Tuple, Within};
use machine::Cx;
pub use machine::{Call, Dynamic, Frame};

/// The port of a coroutine that never yields.
pub struct Silent(());

/// The port of a coroutine that yields `Y` and is resumed with `R`.
pub struct Yields<Y, R>(PhantomData<fn(R) -> Y>);

/// Whether a function with the port `P` may await a coroutine with this port.
#[diagnostic::on_unimplemented(
    message = "this coroutine yields, and the function that awaits it does not say so",
    label = "awaited here by a function whose port is `{P}`",
    note = "say so in the attribute of the function that awaits: `#[durable(yield = .., resume = ..)]`, with the same types"
)]
pub trait Passes<P> {}
impl<P> Passes<P> for Silent {}
impl<Y, R> Passes<Yields<Y, R>> for Yields<Y, R> {}

/// The ports of several frames beside each other: each yields through the function that awaits them.
pub struct Ports<T>(PhantomData<fn() -> T>);
macro_rules! ports { ($(($($p:ident),*))*) => { $(
    impl<Through, $($p: Passes<Through>),*> Passes<Through> for Ports<($($p,)*)> {}
)* } }
ports! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

/// What a state of a frame may wait in: a child, an erased child or a flight.
pub trait Awaited: Saves + Sized {
    /// Reads it.
    fn load(input: &mut In<'_>) -> Result<Self, RestoreError>;
}

/// What can be written after the frame that awaits it.
pub trait Saves {
    /// Writes it, and tells `out` what it awaits in its turn.
    fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), NotNow>;
}

/// A leaf: a frame without code of its own, lent nothing, that keeps nothing in place.
pub trait Leaf: Send + Sized + Unpin + 'static {
    /// What it gives.
    type Return;
    /// As for a frame.
    type Port;
    /// Goes on.
    fn advance(&mut self, cx: &mut Cx<'_>) -> Poll<Self::Return>;
    /// Writes it.
    fn write(&self, out: &mut Out<'_>) -> Result<(), NotNow>;
    /// Reads it.
    fn read(input: &mut In<'_>) -> Result<Self, RestoreError>;
}

/// Carries a type to where a choice is made by it.
pub struct Of<T: ?Sized>(PhantomData<fn(*const T)>);

impl<T: ?Sized> Clone for Of<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Of<T> {}

impl<T: ?Sized> Of<T> {
    pub(crate) const fn new() -> Self {
        Of(PhantomData)
    }
}

/// The type of a value.
#[inline(always)]
pub fn of<T>(_: &T) -> Of<T> {
    Of::new()
}

/// The type of the variable in a slot.
#[inline(always)]
pub fn of_slot<T>(_: &Option<T>) -> Of<T> {
    Of::new()
}

/// The type of an operand that is not evaluated again: it borrows slots and what was lent, as [`machine::operand`] lets it.
#[inline(always)]
pub fn type_of_call<'x, L: machine::Lent, T>(_: &machine::Lend<'x, L>, _: impl FnOnce(L::At<'x>) -> T) -> Of<T> {
    Of::new()
}

/// The type of an expression that is never evaluated.
#[inline(always)]
pub fn of_call<T>(_: impl FnOnce() -> T) -> Of<T> {
    Of::new()
}
