//! A trait object cannot be stored.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> String {
    let shown: Box<dyn std::fmt::Display + Send> = Box::new(1);
    yield_(1).await;
    shown.to_string()
}

fn main() {}
