//! Leaves: the frames at the bottom of a stack, that wait for something from outside.
mod sleep;
mod yield_;

pub use sleep::{Elapsed, Sleep, sleep, sleep_until};
pub use yield_::{Yield, yield_};
