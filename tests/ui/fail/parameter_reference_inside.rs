//! What comes by value is stored, so it cannot have a reference inside.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(pair: (u64, &String)) -> usize {
    yield_(pair.0).await;
    pair.1.len()
}

fn main() {}
