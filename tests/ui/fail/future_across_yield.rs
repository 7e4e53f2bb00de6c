//! A future cannot be stored: await it before, or make it after.
use coroutine_runtime::prelude::*;

async fn step() -> u64 {
    1
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    let later = step();
    let got = yield_(1).await;
    got + later.await
}

fn main() {}
