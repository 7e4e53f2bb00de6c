//! A function pointer cannot be stored.
use coroutine_runtime::prelude::*;

fn double(n: u64) -> u64 {
    n * 2
}

fn triple(n: u64) -> u64 {
    n * 3
}

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let times: fn(u64) -> u64 = if n > 1 { double } else { triple };
    let got = yield_(1).await;
    times(got)
}

fn main() {}
