//! The lints look at what was written.
#![deny(warnings)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    return yield_(n).await;
    yield_(n + 1).await
}

fn main() {
    drop(ask(1));
}
