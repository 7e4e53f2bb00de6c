//! What is lent is not the same after a restore, so nothing can be returned that borrows it.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(name: &str) -> &str {
    yield_(1).await;
    name
}

fn main() {}
