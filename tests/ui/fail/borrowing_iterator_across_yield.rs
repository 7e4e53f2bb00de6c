//! An iterator that borrows cannot be stored: collect first.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(words: Vec<String>) {
    for word in words.iter().filter(|word| word.len() > 1).map(String::len) {
        yield_(word as u64).await;
    }
}

fn main() {}
