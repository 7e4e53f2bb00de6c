//! What is given borrows from a variable whose last use may be a move, as far as can be told without types.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn longer<'a>(a: &'a str, b: &'a str) -> &'a str {
    yield_(1).await;
    if a.len() > b.len() { a } else { b }
}

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> usize {
    let owned = format!("text {n}");
    let text = longer("one", &owned).await;
    let chars = owned.chars().count();
    yield_(2).await;
    text.len() + chars
}

fn main() {}
