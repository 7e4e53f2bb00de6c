//! What borrows in its turn is held for a shorter time than it was made for: not all types can be.
use coroutine_runtime::prelude::*;
use std::cell::Cell;

#[durable(yield = u64, resume = u64)]
async fn ask(names: &[Cell<&str>]) -> usize {
    yield_(1).await;
    names.len()
}

fn main() {}
