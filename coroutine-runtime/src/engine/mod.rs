//! The engine: runs the coroutines of a store that can move, commits them at their awaits, and brings each to its end.
//!
//! In: a store, the functions that are registered, and what they take by reference; out: commits. `core` decides, as a pure function, what
//! becomes of a coroutine after each turn; everything else carries out: `claimer` takes what is ready, `turns` drives one coroutine while it
//! is hot, `committer` writes the checkpoints of all of them together. What always holds:
//! - a coroutine is driven by one task at a time, and only while its worker has it in the store;
//! - what a coroutine did since its last checkpoint is in the next one or nowhere;
//! - time, randomness and tasks come through `World`, so that a test owns them.
mod arguments;
mod backoff;
mod cache;
mod committer;
mod core;
mod ends;
mod lendable;
mod registry;
mod running;
#[cfg(test)]
mod scenes;
#[cfg(test)]
mod simulation;
mod turns;
mod virtual_world;
mod worker;
mod world;

pub use arguments::Arguments;
pub use backoff::Backoff;
pub use core::Checkpoints;
pub(crate) use ends::Ends;
pub use lendable::Lendable;
pub(crate) use registry::Registry;
pub(crate) use virtual_world::Virtual;
pub(crate) use worker::{Hooks, Options, Worker};
pub(crate) use world::{System, World};
