//! Two mutable borrows in one step.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(mut list: Vec<u64>) -> usize {
    async fn step(a: &mut Vec<u64>, b: &mut Vec<u64>) {
        a.append(b);
    }
    yield_(1).await;
    step(&mut list, &mut list).await;
    list.len()
}

fn main() {}
