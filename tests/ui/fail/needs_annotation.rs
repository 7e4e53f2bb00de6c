//! A type that cannot be known.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> usize {
    let list = Vec::new();
    yield_(1).await;
    list.len()
}

fn main() {}
