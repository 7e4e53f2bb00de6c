//! Calls that are made once more, for what they are lent, are made by closures that change nothing.
use coroutine_runtime::{join_all, prelude::*};

#[durable(yield = u64, resume = u64)]
async fn ask(name: &str, n: u64) -> u64 {
    yield_(name.len() as u64).await + n
}

#[durable(yield = u64, resume = u64)]
async fn asks(names: Vec<String>) -> u64 {
    let mut n = 0;
    let all = join_all(names.iter().map(|name| {
        n += 1;
        ask(name, n)
    }))
    .await;
    yield_(all.len() as u64).await + n
}

fn main() {}
