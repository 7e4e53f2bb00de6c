//! A function pointer cannot be stored.
use coroutine_runtime::prelude::*;

fn double(n: u64) -> u64 {
    n * 2
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    let times: fn(u64) -> u64 = double;
    let got = yield_(1).await;
    times(got)
}

fn main() {}
