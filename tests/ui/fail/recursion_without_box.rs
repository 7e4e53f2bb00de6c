//! A frame that would contain itself.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    if n == 0 { yield_(0).await } else { ask(n - 1).await }
}

fn main() {}
