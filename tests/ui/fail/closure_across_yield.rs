//! A closure cannot be stored.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let times = move |x: u64| x * n;
    let got = yield_(times(1)).await;
    times(got)
}

fn main() {}
