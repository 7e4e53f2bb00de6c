//! `Rc` is neither stored nor sent.
use coroutine_runtime::prelude::*;

use std::rc::Rc;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let shared = Rc::new(n);
    yield_(1).await;
    *shared
}

fn main() {}
