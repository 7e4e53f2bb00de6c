//! The child yields, and its parent does not say so.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child() -> u64 {
    yield_(1).await
}

#[durable]
async fn ask() -> u64 {
    child().await
}

fn main() {}
