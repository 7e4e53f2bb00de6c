//! A type that derives nothing of serde.
use coroutine_runtime::prelude::*;

struct Point {
    x: u64,
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    let point = Point { x: 1 };
    yield_(1).await + point.x
}

fn main() {}
