//! What is lent is lent again at every resume: whether it was is not the function's to change.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(mut once: Option<&mut Vec<u64>>) {
    if let Some(list) = once.take() {
        list.push(yield_(1).await);
    }
    yield_(2).await;
    once = None;
    yield_(3).await;
    let again = &mut once;
    *again = None;
}

fn main() {}
