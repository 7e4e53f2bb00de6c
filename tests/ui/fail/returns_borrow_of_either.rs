//! As in any function: of which parameter it borrows has to be said.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn longer(a: &str, b: &str) -> &str {
    yield_(1).await;
    if a.len() > b.len() { a } else { b }
}

fn main() {}
