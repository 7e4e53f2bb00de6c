//! Several coroutines beside each other inside one: `join!`, `try_join!`, `race!` and what is made of them.
//!
//! In: branches, calls of coroutines or any other futures; out: one coroutine whose frame holds theirs. `machine` has the frame itself;
//! here stand what ends it and what it gives (`combine`), whose turn it is (`turns`, which counts them by `set`), what a branch is by
//! its type (`branch`), the case that all branches are steps (`steps`), and the macros. What always holds:
//! - a branch that has landed is dropped in its place, before the others go on; the losers of a race are dropped before it gives;
//! - one yield is under way at a time, and turns go round;
//! - steps of several branches are announced together, while none is under way: then the whole can be stored.
mod all;
mod branch;
mod combine;
mod macros;
mod set;
mod steps;
mod timed;
mod turns;

pub use crate::frame::keep::Keeps;
pub use all::{join_all, try_join_all};
pub use branch::{PickChildBranch, PickDeepBranch, PickNoneBranch, PickStepBranch, PickYieldBranch, of_output};
pub use combine::Combines;
use combine::{First, FirstWanted, Joined, Raced, Tried};
pub use combine::{OneOf2, OneOf3, OneOf4, OneOf5, OneOf6};
pub use steps::{Mixed, Steps, Together};
pub use timed::{PickLimitCall, PickLimitStep, limited};
/// How branches are combined, as values.
pub mod ways {
    pub use super::steps::{All, Race, Select, SelectWanted, Try};
}
pub(crate) use set::{Set, Word, Words};
pub(crate) use turns::{Beside, Turns};
