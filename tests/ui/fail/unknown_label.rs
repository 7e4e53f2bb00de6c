//! A label that does not exist.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    loop {
        yield_(n).await;
        break 'outer;
    }
    n
}

fn main() {}
