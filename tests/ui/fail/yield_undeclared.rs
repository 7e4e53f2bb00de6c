//! A yield in a function that does not say what it yields.
use coroutine_runtime::prelude::*;

#[durable]
async fn ask() {
    let _n: u64 = yield_(1u64).await;
}

fn main() {}
