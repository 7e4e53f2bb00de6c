//! It is resumed with something else.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> String {
    let text: String = yield_(1).await;
    text
}

fn main() {}
