//! A coroutine that has been called and not awaited cannot be stored.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn child() -> u64 {
    yield_(1).await
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    let later = child();
    let got = yield_(1).await;
    got + later.await
}

fn main() {}
