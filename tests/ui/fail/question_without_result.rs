//! `?` in a function that returns no `Result`.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(text: String) -> u64 {
    let n: u64 = text.parse()?;
    yield_(n).await
}

fn main() {}
