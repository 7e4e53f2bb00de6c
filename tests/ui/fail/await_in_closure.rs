//! A closure is not async.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: Vec<u64>) -> Vec<u64> {
    list.into_iter().map(|n| yield_(n).await).collect()
}

fn main() {}
