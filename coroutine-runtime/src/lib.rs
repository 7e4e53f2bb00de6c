//! Durable coroutines: async functions that can be stored at their awaits and resumed in another process.
//!
//! `#[durable]` turns an async function into a state machine whose frame is plain data. A call of it is awaited like any other, or
//! [started](Call::start) and driven by hand; wherever it waits it can be stored with [`snapshot`] and brought back with [`restore`], in
//! any process that has the function. No step is named, no history kept: the function's own variables are the state.
//!
//! ```
//! use coroutine_runtime::prelude::*;
//!
//! #[durable(yield = String, resume = u32)]
//! async fn order(shop: &Shop, name: String) -> u32 {
//!     let mut total = 0;
//!     for item in ["tea", "cups"] {
//!         let count = yield_(format!("{name}, how many {item}?")).await; // a question to whoever drives it
//!         total += count * shop.price(item).await;                       // a step: any ordinary future
//!     }
//!     total
//! }
//!
//! struct Shop;
//! impl Shop {
//!     async fn price(&self, item: &str) -> u32 {
//!         item.len() as u32
//!     }
//! }
//!
//! let mut coroutine = order(&Shop, "Ada".into()).start();
//! assert_eq!(coroutine.resume(0)?, Resumed::Yielded("Ada, how many tea?".into()));
//! assert_eq!(coroutine.resume(2)?, Resumed::Yielded("Ada, how many cups?".into()));
//! let bytes = snapshot(&coroutine)?;
//! drop(coroutine);
//!
//! // Days later, elsewhere. What the function takes by reference is the world: it is lent again.
//! let mut coroutine = restore_with(order, (&Shop,), &bytes)?;
//! assert_eq!(coroutine.resume(5)?, Resumed::Complete(2 * 3 + 5 * 4));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Steps** are ordinary futures. They are done at least once: before each, the coroutine can be stored ([`Coroutine::advance`],
//!   [`Coroutine::run_with`]), and after a crash it goes on from there. While a step is under way it cannot be stored.
//! - **Children** are calls of other coroutines that are awaited: a snapshot is the whole stack.
//! - **What comes by value is the state, what comes by reference is the world**: it is not stored, and handed in again at a restore.
//! - **Bad bytes are errors**: damaged, foreign and hostile snapshots are refused, and so are those of another version of a function
//!   whose variables were others. The format is described in `FORMAT.md`.
#![deny(unsafe_code, missing_docs)]

// (Some of the engine's own coroutines are written as users write theirs.)
#[cfg(feature = "engine")]
extern crate self as coroutine_runtime;

#[cfg(feature = "engine")]
mod api;
#[cfg(doctest)]
mod attacks;
mod concurrent;
mod coroutine;
#[cfg(feature = "engine")]
mod engine;
mod environment;
mod frame;
mod function;
mod leaf;
#[cfg(feature = "engine")]
mod payload;
mod private;
mod snapshot;
#[cfg(feature = "engine")]
pub mod store;
pub mod testing;

pub use coroutine_macro::durable;

pub use concurrent::{join_all, try_join_all};
pub use coroutine::{CloneError, Coroutine, CoroutineStream, ResumeError, Resumed, Suspended};
pub use environment::{Env, Environment, Resource};
pub use frame::{Adapt, Call, Dynamic, Erased, Frame, Mut, Ref, Silent, Yields, erase};
pub use function::Function;
pub use leaf::{Elapsed, Sleep, Yield, now, sleep, sleep_until, yield_};
pub use snapshot::{FrameInspection, FrameView, Inspection, View, inspect};
pub use snapshot::{RestoreError, SnapshotError, restore, restore_json, restore_json_with, restore_with, snapshot, snapshot_json};

#[cfg(feature = "engine")]
pub use api::{Client, Handle, Inspected, Runtime, RuntimeBuilder, RuntimeError, StartError, TestRun, TestRuntime};
#[cfg(feature = "engine")]
pub use engine::{Arguments, Backoff, Checkpoints, Lendable};
#[cfg(feature = "engine")]
pub use leaf::{Child, FromRandom, JoinError, Progressing, Received, Sending, Spawned, cancel, cancelled, checkpoint, idempotency_key};
#[cfg(feature = "engine")]
pub use leaf::{own_id, progress, random, receive, send, spawn, spawn_as, uuid};
#[cfg(feature = "engine")]
pub use payload::PayloadError;

/// What the attribute macro emits calls to. Not for hand-written code: some of it is unsound when it is called in another order.
#[doc(hidden)]
pub mod __private {
    pub use crate::private::*;
}

/// What a program that uses coroutines needs in scope.
pub mod prelude {
    pub use crate::durable;
    pub use crate::{Call, Coroutine, Frame, Resumed, restore, restore_with, snapshot, yield_};
    #[cfg(feature = "engine")]
    pub use crate::{Handle, Runtime};
}
