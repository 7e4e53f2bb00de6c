//! Leaves: the frames at the bottom of a stack, that wait for something from outside.
#[cfg(feature = "engine")]
mod asking;
#[cfg(feature = "engine")]
mod child;
#[cfg(feature = "engine")]
mod control;
#[cfg(feature = "engine")]
mod message;
mod now;
mod sleep;
#[cfg(feature = "engine")]
mod turn;
#[cfg(feature = "engine")]
mod value;
mod yield_;

#[cfg(feature = "engine")]
pub(crate) use child::joined;
#[cfg(feature = "engine")]
pub use child::{Child, JoinError, Spawned, spawn, spawn_as};
#[cfg(feature = "engine")]
pub use control::{Progressing, cancel, cancelled, checkpoint, own_id, progress};
#[cfg(feature = "engine")]
pub use message::{Received, Sending, receive, send};
pub use now::now;
pub use sleep::{Elapsed, Sleep, sleep, sleep_until};
#[cfg(all(test, feature = "engine"))]
pub(crate) use turn::a_turn;
#[cfg(feature = "engine")]
pub(crate) use turn::{Asks, Effects, Turn};
#[cfg(feature = "engine")]
pub use value::{FromRandom, idempotency_key, random, uuid};
#[cfg(feature = "engine")]
pub(crate) use value::{system as system_random, uuid_of};
pub use yield_::{Yield, yield_};
