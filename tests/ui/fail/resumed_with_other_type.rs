//! It is resumed with something else.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    yield_(1).await
}

fn main() {
    let mut coroutine = ask().start();
    let _ = coroutine.resume("text");
}
