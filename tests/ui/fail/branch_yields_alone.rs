//! A yield is no branch by itself.
use coroutine_runtime::{join, prelude::*};

#[durable(yield = u32, resume = u32)]
async fn asks() -> u32 {
    yield_(1).await
}

#[durable(yield = u32, resume = u32)]
async fn both() -> u32 {
    let (a, b) = join!(asks(), yield_(2));
    a + b
}

fn main() {}
