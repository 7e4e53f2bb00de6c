//! An inner function is not async.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    fn inner(n: u64) -> u64 {
        yield_(n).await
    }
    inner(n)
}

fn main() {}
