//! A use after a move, as rustc says it.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) -> usize {
    let moved = name;
    yield_(1).await;
    moved.len() + name.len()
}

fn main() {}
