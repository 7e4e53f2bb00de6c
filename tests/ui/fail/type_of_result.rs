//! Another type than the declared one is returned.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> String {
    yield_(n).await
}

fn main() {}
