//! A child that is given too much.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(n: u64) -> u64 {
    yield_(n).await
}

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    child(n, 2).await
}

fn main() {}
