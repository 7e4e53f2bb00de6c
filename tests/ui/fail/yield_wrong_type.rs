//! Another type than the one declared is yielded.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() {
    yield_("text").await;
}

fn main() {}
