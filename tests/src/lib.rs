//! The conformance suite: each program runs as plain async, as a machine, and as a machine that is stored,
//! dropped and restored at every suspension; the traces must be equal.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // programs of a test suite: they are read, not linked against
#![allow(clippy::all)] // programs are written in every style there is, clumsy ones included
#![allow(unexpected_cfgs)] // trybuild sets `trybuild`: its cases need the dependencies of this crate, not the programs, which take a while

#[cfg(not(trybuild))]
#[macro_use]
pub mod harness;
#[cfg(all(feature = "programs", not(trybuild)))]
pub mod programs;
