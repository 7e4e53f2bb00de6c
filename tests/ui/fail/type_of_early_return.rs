//! Another type than the declared one is returned early.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> String {
    if n == 0 {
        return yield_(n).await;
    }
    n.to_string()
}

fn main() {}
