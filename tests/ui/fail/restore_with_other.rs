//! Something else is lent at the restore.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: &Vec<u64>, n: u64) -> u64 {
    yield_(n).await + list[0]
}

fn main() {
    let list = vec![1];
    let bytes = snapshot(&ask(&list, 1).start()).unwrap();
    let name = String::new();
    let _ = restore_with(ask, (&name,), &bytes);
}
