//! Two mutable borrows lent to one child.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child(a: &mut Vec<u64>, b: &mut Vec<u64>) {
    a.push(yield_(1).await);
    b.push(yield_(2).await);
}

#[durable(yield = u64, resume = u64)]
async fn ask(mut list: Vec<u64>) -> usize {
    child(&mut list, &mut list).await;
    list.len()
}

fn main() {}
