//! An option that is given twice.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, yield = String)]
async fn ask() {
    let _: u64 = yield_(1).await;
}

fn main() {}
