//! Another type than the one declared is yielded.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) {
    yield_(1).await;
    yield_(name).await;
}

fn main() {}
