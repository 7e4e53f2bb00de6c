//! What is made again after a restore is one variable.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    #[again]
    let (a, b) = (1, std::sync::mpsc::channel::<u64>());
    yield_(a).await;
    drop(b);
    a
}

fn main() {}
