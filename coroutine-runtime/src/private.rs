//! What emitted code calls, under one path. Nothing is defined here but what has no better place.
use std::future::Future;

pub use crate::concurrent::{Combines, Keeps, Together, limited, of_output, ways};
pub use crate::concurrent::{OneOf2, OneOf3, OneOf4, OneOf5, OneOf6};
pub use crate::frame::again::{current_of, current_with, in_order, next_of, next_through, next_with, succeeded};
pub use crate::frame::awaited::{FlowChild, FlowDeep, FlowSent, Giver, Sent};
pub use crate::frame::block::Block;
pub use crate::frame::cursor::advance;
pub use crate::frame::flight::IsValue;
pub use crate::frame::flight::all_outlive;
pub use crate::frame::guard::{Accepts, Guard, GuardedStep, Refused};
pub use crate::frame::host::{asked, chosen, of_any, same};
pub use crate::frame::keep::Unkept;
pub use crate::frame::lending::{Inside, inside_as_deref, inside_as_deref_mut};
/// The shapes of types that borrow.
pub mod shapes {
    pub use crate::frame::lending::{Array, Either, Fixed, Perhaps, Several, Shared, Slice, Together, Unique};
}
pub use crate::frame::machine::{Awaiting, Body, Child, Code, Cx, Deep, Flight, Lend, Lent, Loan, Machine, Vars};
pub use crate::frame::machine::{Branch, Branches, Each, Lane, Lanes, Nothing, Runs, Several};
pub use crate::frame::machine::{Given, Giving};
pub use crate::frame::machine::{
    Slot, Types, Wait, awaiting, inlined, lent, machine, nothing, operand, pinned, reach, reach_value, slot, types, wait,
};
pub use crate::frame::slots::{broken, empty, fill, finished, full, refill, remade, seen, take};
pub use crate::frame::tri::{Exit, Flow, FromRest, Never, Tri};
pub use crate::frame::walk::item_at;
pub use crate::frame::{Awaited, Call, Frame, Of, Passes, Silent, Yields, of, of_call, of_slot, type_of_call};
pub use crate::frame::{Mut, Opt, Over, Ref, Tuple, Within};
pub use crate::snapshot::{In, NotNow, Out, RestoreError};
pub use crate::snapshot::{Info, State};

/// What a parameter holds that may be a borrow, as a value.
pub fn owned<T>(it: std::borrow::Cow<'_, T>) -> std::borrow::Cow<'static, T>
where
    T: ToOwned + ?Sized + 'static,
{
    std::borrow::Cow::Owned(it.into_owned())
}

/// The traits that choose by type, for one glob import.
pub mod picks {
    pub use super::Known;
    pub use crate::concurrent::{
        Mixed, PickChildBranch, PickDeepBranch, PickLimitCall, PickLimitStep, PickNoneBranch, PickStepBranch, PickYieldBranch, Steps,
    };
    pub use crate::frame::again::{
        AgainBorrow, AgainOwned, CursorOfBorrowed, CursorOfKeys, PickMadeBorrow, PickMadeValue, TiedBorrow, TiedNot, TiedOption,
    };
    pub use crate::frame::arity::{
        Eight, Five, Four, LentBorrow, LentValue, NotEight, NotFive, NotFour, NotOne, NotSeven, NotSix, NotThree, NotTwo, NotZero, One,
        Seven, Six, Three, Two, Zero,
    };
    pub use crate::frame::cursor::{CursorOfAny, CursorOfNone, CursorOfOwned};
    pub use crate::frame::flight::{
        OutlivesCall, OutlivesNot, PickChild, PickDeep, PickGiver, PickNone, PickUnsent, PickValue, PickYield, ThawsDeep, ThawsNot,
    };
    pub use crate::frame::hold::{
        HoldAmbient, HoldCopy, HoldPlain, HoldSerde, HoldSpecial, HoldUnstorable, LentAmbient, LentSerde, LentSpecial, LentUnstorable,
    };
    pub use crate::frame::host::{LendsNothing, LendsSome, asked};
    pub use crate::frame::keep::{KeepAmbient, KeepNested, KeepSerde, KeepSpecial, KeepTextual, KeepVolatile};
    pub use crate::frame::many::{PickAll, PickNoChild, PickOne, PickStep};
    pub use crate::frame::order::{CursorOfBorrows, CursorOfOrder, ViewOrdered, ViewOther};
    pub use crate::frame::part::{PartCopy, PartMove, PartReborrow, RepeatCopy, RepeatOnce};
    pub use crate::frame::path::{PathBehind, PathDirect, PathUnique};
    pub use crate::frame::slots::{GiveAway, GiveCopy, GiveReborrow};
    pub use crate::frame::text::{PickOther, PickText};
    pub use crate::frame::tri::{NotPrimitive, Primitive};
    pub use crate::frame::walk::{Counts, CountsNot, PickItem, PickOwn, PickValueItem, PickWalk};
}

/// Type-checks a body as plain async; never called.
pub fn check<R>(_: impl Future<Output = R>) {}

/// A value for its type; never called.
pub fn never_made<T>() -> T {
    empty()
}

/// What an operand's block gives; never called.
pub fn output<B, O>(_: &Block<B, O>) -> O {
    empty()
}

/// What is awaited; never called.
pub fn awaited<C>(_: &Awaiting<C>) -> C {
    empty()
}

/// That a type is known.
pub trait Known {
    /// Nothing.
    fn __durable_known(&self) {}
}
impl<T> Known for T {}

/// Runs code that an async block only wraps to give a hidden `return` a place to return to. `None`: it came to its end, which is
/// [`never`].
pub fn once<R, B: Future<Output = R>>(block: B) -> Option<R> {
    match std::pin::pin!(block).poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

/// Never lands.
pub async fn never<R>() -> R {
    std::future::pending().await
}

/// Where the value of an opaque step goes.
pub type Cell<V> = std::sync::Arc<std::sync::Mutex<Option<V>>>;

/// Runs a step around code that nobody can read. It comes to its end by putting its value into the cell; it leaves early by
/// ending the block, with what the function returns.
pub async fn opaque<V, R, B: Future<Output = R>>(make: impl FnOnce(Cell<V>) -> B) -> Flow<V, R> {
    let cell = Cell::<V>::default();
    let mut block = std::pin::pin!(make(cell.clone()));
    std::future::poll_fn(|cx| match block.as_mut().poll(cx) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Flow::Return(value)),
        std::task::Poll::Pending => match cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take() {
            Some(value) => std::task::Poll::Ready(Flow::On(value)),
            None => std::task::Poll::Pending,
        },
    })
    .await
}

/// Puts the value of an opaque step where it is looked for.
pub fn settle<V>(cell: &Cell<V>, value: V) {
    *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(value);
}

/// Runs code that is rarely run outside of its caller, whose stack frame would else have room for all that it builds.
#[cold]
#[inline(never)]
pub fn apart<R>(run: impl FnOnce() -> R) -> R {
    run()
}

/// Of what the first ends that is wanted, those are kept that gave nothing.
pub const REFUSED: Refused = Refused::NEW;

/// No branch of a `select!` is left, and it has no `else`.
#[cold]
#[inline(never)]
pub fn none_wanted() -> ! {
    panic!("all branches of a `select!` are disabled, and it has no `else`")
}

/// What the first that lands ends keeps nothing.
pub const UNKEPT: Unkept = Unkept::NEW;
