//! A step that is given the wrong type.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    async fn step(name: &str) -> u64 {
        name.len() as u64
    }
    yield_(n).await;
    step(n).await
}

fn main() {}
