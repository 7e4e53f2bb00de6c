//! What each of several coroutines is lent again cannot be told where what they borrow is not seen.
use coroutine_runtime::{join_all, prelude::*};

#[durable(yield = u64, resume = u64)]
async fn ask(name: String, of: &u64) -> u64 {
    yield_(name.len() as u64).await + of
}

#[durable(yield = u64, resume = u64)]
async fn asks(names: Vec<String>, numbers: Vec<u64>) -> u64 {
    let mut n = 0;
    let calls = names.into_iter().map(|name| {
        n += 1;
        ask(name, &numbers[n])
    });
    join_all(calls).await.iter().sum()
}

fn main() {}
