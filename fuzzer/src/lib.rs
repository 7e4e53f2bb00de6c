//! Random programs: each as plain async, as a machine, and as a machine that is stored and restored at every suspension.
//!
//! [`generate`] makes well-typed async programs from a seed, [`batch`] compiles many at once and compares what they do, [`shrink`] makes
//! a small program of one that shows a fault. `cargo run -p coroutine-fuzzer` puts them together.
#![allow(missing_docs, unreachable_pub)] // a tool of this repository
#![allow(clippy::unwrap_used, clippy::expect_used)] // what it meets is its own

pub mod batch;
pub mod expressions;
pub mod generate;
pub mod shrink;
pub mod statements;
pub mod support;
pub mod tape;
pub mod types;
