//! The length of an array is a constant.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> usize {
    let list = [0u8; yield_(1).await];
    list.len()
}

fn main() {}
