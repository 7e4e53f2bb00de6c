//! An ordinary function is not a future.
use coroutine_runtime::prelude::*;

fn double(n: u64) -> u64 {
    n * 2
}

#[durable]
async fn ask(n: u64) -> u64 {
    double(n).await
}

fn main() {}
