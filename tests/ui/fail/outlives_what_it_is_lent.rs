//! The coroutine lives longer than what it was lent.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: &Vec<u64>, n: u64) -> u64 {
    yield_(n).await + list[0]
}

fn main() {
    let mut coroutine = {
        let list = vec![1];
        ask(&list, 1).start()
    };
    let _ = coroutine.resume(0);
}
