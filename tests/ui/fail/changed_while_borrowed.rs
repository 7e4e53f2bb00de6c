//! Changed while it is borrowed.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(mut list: Vec<u64>) -> u64 {
    let first = &list[0];
    list.push(2);
    let n = *first;
    yield_(n).await
}

fn main() {}
