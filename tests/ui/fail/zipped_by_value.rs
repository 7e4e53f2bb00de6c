//! A loop over a borrow is made again for each item, so what it takes by value must be one that can be copied.
use coroutine_runtime::prelude::*;

#[durable(yield = u64)]
async fn pairs(names: Vec<String>, sizes: Vec<u64>) {
    for (name, size) in names.iter().zip(sizes) {
        yield_(size + name.len() as u64).await;
    }
}

fn main() {}
