//! Something has to take what it yields.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    yield_(1).await
}

fn main() {
    let _ = ask().start().run();
}
