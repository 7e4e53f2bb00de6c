//! Moved into a child.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(name: String) -> u64 {
    yield_(name.len() as u64).await
}

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) -> u64 {
    let n = child(name).await;
    n + name.len() as u64
}

fn main() {}
