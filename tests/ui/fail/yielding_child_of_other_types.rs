//! The child yields something else than its parent.
use coroutine_runtime::prelude::*;

#[durable(yield = String, resume = u64)]
async fn child() -> u64 {
    yield_("text".to_owned()).await
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    yield_(1).await + child().await
}

fn main() {}
