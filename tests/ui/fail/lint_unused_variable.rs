//! The lints look at what was written.
#![deny(warnings)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) {
    let unused = yield_(n).await;
}

fn main() {
    drop(ask(1));
}
