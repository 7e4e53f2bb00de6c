//! A child that is given the wrong type.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(name: String) -> u64 {
    yield_(name.len() as u64).await
}

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    child(n).await
}

fn main() {}
