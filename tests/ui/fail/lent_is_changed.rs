//! What is lent is changed while the coroutine lives.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: &Vec<u64>, n: u64) -> u64 {
    yield_(n).await + list[0]
}

fn main() {
    let mut list = vec![1];
    let mut coroutine = ask(&list, 1).start();
    list.push(2);
    let _ = coroutine.resume(0);
}
