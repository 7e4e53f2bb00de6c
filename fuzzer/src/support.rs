//! What generated programs use: the harness of the conformance suite, and a few types and functions of their own.
pub use crate::batch::second;
pub use coroutine_runtime::prelude::*;
pub use coroutine_tests::harness::*;
use serde::{Deserialize, Serialize};

/// A struct with all there is in it: what is copied, what is dropped aloud, what is dropped silently.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pack {
    pub n: u64,
    pub d: D,
    pub s: String,
}

/// An enum with every kind of variant.
#[derive(Debug, Serialize, Deserialize)]
pub enum Kind {
    Nothing,
    Num(u64),
    Held(D),
    Both { d: D, s: String },
}

/// A number from a borrow: where it is of a temporary, the temporary lives on.
pub fn weigh(d: &D) -> u64 {
    log(format!("weigh {}", d.0));
    d.0.len() as u64
}
pub fn grow(n: &mut u64) -> u64 {
    *n = *n % 1000 + 1;
    *n
}
pub fn tell(text: &str) -> u64 {
    log(format!("tell {text}"));
    text.len() as u64
}
/// A step that takes a value that is dropped aloud, and drops it in the middle.
pub async fn spend(d: D, n: u64) -> u64 {
    log(format!("spend {} {n}", d.0));
    later().await;
    drop(d);
    later().await;
    n % 1000 + 1
}
/// A step that borrows one.
pub async fn look(d: &D) -> u64 {
    log(format!("look {}", d.0));
    later().await;
    d.0.len() as u64
}
