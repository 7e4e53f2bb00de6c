//! Two frames that would contain each other.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn even(n: u64) -> bool {
    yield_(n).await;
    n == 0 || odd(n - 1).await
}

#[durable(yield = u64, resume = u64)]
async fn odd(n: u64) -> bool {
    n != 0 && even(n - 1).await
}

fn main() {}
