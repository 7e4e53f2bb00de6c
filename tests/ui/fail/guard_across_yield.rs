//! A guard of a lock cannot be held while the function waits.
use coroutine_runtime::prelude::*;

use std::sync::Mutex;

#[durable(yield = u64, resume = u64)]
async fn ask(shared: &Mutex<u64>) {
    let mut guard = shared.lock().unwrap();
    *guard += yield_(1).await;
}

fn main() {}
