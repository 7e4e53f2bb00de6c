//! Branches yield the same or nothing.
use coroutine_runtime::{join, prelude::*};

#[durable(yield = u32, resume = u32)]
async fn asks() -> u32 {
    yield_(1).await
}
#[durable(yield = String, resume = u32)]
async fn tells() -> u32 {
    yield_("text".into()).await
}

#[durable(yield = u32, resume = u32)]
async fn both() -> u32 {
    let (a, b) = join!(asks(), tells());
    a + b
}

fn main() {}
