//! A generic type that may be anything.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask<T: Send + 'static>(value: T) -> T {
    yield_(1).await;
    value
}

fn main() {}
