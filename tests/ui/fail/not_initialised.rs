//! Used before it has a value.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let a: u64;
    if n > 1 {
        a = yield_(n).await;
    }
    a
}

fn main() {}
