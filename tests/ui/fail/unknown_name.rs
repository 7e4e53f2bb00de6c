//! A name that does not exist.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let total = yield_(n).await;
    totl + 1
}

fn main() {}
