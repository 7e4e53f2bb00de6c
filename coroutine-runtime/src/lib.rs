//! Durable coroutines: async functions that can be stored at their awaits and resumed in another process.
//!
//! What goes in: a call of a `#[durable]` function. What comes out: a [`Coroutine`] that is resumed, stored as bytes with
//! [`snapshot`] and brought back with [`restore`].
#![deny(unsafe_code, missing_docs)]

#[cfg(doctest)]
mod attacks;
mod coroutine;
mod frame;
mod function;
mod leaf;
mod private;
mod snapshot;
pub mod testing;

pub use coroutine_macro::durable;

pub use coroutine::{CloneError, Coroutine, CoroutineStream, ResumeError, Resumed, Suspended};
pub use frame::{Call, Frame, Mut, Ref, Silent, Yields};
pub use function::Function;
pub use leaf::{Yield, yield_};
pub use snapshot::{FrameInspection, FrameView, Inspection, View, inspect};
pub use snapshot::{RestoreError, SnapshotError, restore, restore_json, restore_json_with, restore_with, snapshot, snapshot_json};

/// What the attribute macro emits calls to. Not for hand-written code: some of it is unsound when it is called in another order.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

/// What a program that uses coroutines needs in scope.
pub mod prelude {
    pub use crate::durable;
    pub use crate::{Call, Coroutine, Frame, Resumed, restore, restore_with, snapshot, yield_};
}
