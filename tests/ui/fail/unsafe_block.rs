//! What an `unsafe` block relies on may not hold after a restore.
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: Vec<u64>) -> u64 {
    let n = yield_(1).await as usize;
    unsafe { *list.get_unchecked(n) }
}

fn main() {}
