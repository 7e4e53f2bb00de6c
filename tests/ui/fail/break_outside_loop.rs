//! A `break` without a loop.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    if yield_(n).await > 1 {
        break;
    }
    n
}

fn main() {}
