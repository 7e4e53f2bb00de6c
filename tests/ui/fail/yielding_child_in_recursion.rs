//! The boxed child yields, and its parent does not say so.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(n: u64) -> u64 {
    if n == 0 { yield_(1).await } else { Box::pin(child(n - 1)).await }
}

#[durable]
async fn ask(n: u64) -> u64 {
    if n == 0 { 0 } else { Box::pin(child(n)).await }
}

fn main() {}
