//! The items of a hash map come in another order after a restore.
use coroutine_runtime::prelude::*;
use std::collections::HashMap;

#[durable(yield = u64, resume = u64)]
async fn ask(prices: HashMap<String, u64>) -> usize {
    let Some((name, _)) = prices.iter().next() else { return 0 };
    yield_(1).await;
    name.len()
}

fn main() {}
