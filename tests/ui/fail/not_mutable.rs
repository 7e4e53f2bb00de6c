//! Assigned twice.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let a = n;
    a = yield_(a).await;
    a
}

fn main() {}
