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
/// Coroutines that are called beside each other.
#[durable(yield = u64, resume = u64)]
pub async fn asks(n: u64) -> u64 {
    let got = yield_(n).await;
    log(format!("asks {n} {got}"));
    got % 1000
}
#[durable(yield = u64, resume = u64)]
pub async fn asks_thrice(n: u64) -> u64 {
    let d = D::new("thrice");
    let mut sum = 0;
    for at in 0..3 {
        sum ^= yield_(n + at).await % 1000;
    }
    sum + d.0.len() as u64
}
#[durable(yield = u64, resume = u64)]
pub async fn asks_beside(n: u64) -> u64 {
    let (a, b) = coroutine_runtime::join!(asks(n), asks_thrice(n + 1));
    a ^ b
}
