//! A `match` that misses a case.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: Option<u64>) -> u64 {
    match n {
        Some(n) if n > 1 => yield_(n).await,
        None => 0,
    }
}

fn main() {}
