//! Strangers' code: does `#[durable]` alone make it durable?
#![allow(missing_docs, dead_code, clippy::all)] // written as strangers write
#![allow(unreachable_pub)]

pub mod functions;
pub mod support;
