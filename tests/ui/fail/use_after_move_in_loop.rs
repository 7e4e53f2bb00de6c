//! Moved in the round before.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) {
    let mut list = Vec::new();
    for n in 0..3 {
        yield_(n).await;
        list.push(name);
    }
}

fn main() {}
