//! What comes by value is stored, so it cannot borrow.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(words: std::slice::Iter<'_, u64>) {
    for word in words {
        yield_(*word).await;
    }
}

fn main() {}
