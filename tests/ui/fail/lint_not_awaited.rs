//! A coroutine that is neither awaited nor started does nothing.
#![deny(warnings)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(n: u64) -> u64 {
    yield_(n).await
}

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) {
    yield_(n).await;
    child(n);
}

fn main() {
    drop(ask(1));
}
