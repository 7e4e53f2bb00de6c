//! An iterator with closures inside cannot be stored: collect first.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(words: Vec<String>) {
    for word in words.into_iter().filter(|word| word.len() > 1) {
        yield_(word.len() as u64).await;
    }
}

fn main() {}
