//! A place in a hash map means nothing after a restore.
use coroutine_runtime::prelude::*;

use std::collections::HashMap;

#[durable(yield = u64, resume = u64)]
async fn ask(prices: HashMap<String, u64>) {
    for (_name, price) in &prices {
        yield_(*price).await;
    }
}

fn main() {}
