//! What is lent is lent again after a restore, so what a coroutine returns of it may be used up to the next wait.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn first(names: &[String]) -> Option<&String> {
    yield_(1).await;
    names.first()
}

#[durable(yield = u64, resume = u64)]
async fn ask(names: Vec<String>) -> usize {
    let name = first(&names).await;
    yield_(2).await;
    name.map_or(0, String::len)
}

fn main() {}
