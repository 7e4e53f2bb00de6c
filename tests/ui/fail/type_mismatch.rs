//! A wrong type, as rustc says it.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) -> u64 {
    let n: u64 = name;
    yield_(n).await
}

fn main() {}
