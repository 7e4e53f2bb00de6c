//! A shared borrow where a mutable one is wanted.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(list: &mut Vec<u64>) {
    list.push(yield_(1).await);
}

#[durable(yield = u64, resume = u64)]
async fn ask(list: &Vec<u64>) {
    child(list).await;
}

fn main() {}
