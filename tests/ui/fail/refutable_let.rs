//! A pattern that may not match.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: Option<u64>) -> u64 {
    let Some(n) = n;
    yield_(n).await
}

fn main() {}
