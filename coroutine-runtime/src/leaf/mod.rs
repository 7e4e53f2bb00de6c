//! Leaves: the frames at the bottom of a stack, that wait for something from outside.
mod yield_;

pub use yield_::{Yield, yield_};
