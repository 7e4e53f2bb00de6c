//! A coroutine goes through bytes and through JSON.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

use coroutine_runtime::{restore_json, snapshot_json};

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) -> String {
    let first = yield_(1).await;
    let second = yield_(2).await;
    format!("{name} {first} {second}")
}

fn main() {
    let mut coroutine = ask("ann".to_owned()).start();
    assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded(1)));
    let bytes = snapshot(&coroutine).unwrap();
    let mut coroutine = restore(ask, &bytes).unwrap();
    assert_eq!(coroutine.resume(10), Ok(Resumed::Yielded(2)));
    let json = snapshot_json(&coroutine).unwrap();
    let mut coroutine = restore_json(ask, &json).unwrap();
    assert_eq!(coroutine.resume(20), Ok(Resumed::Complete("ann 10 20".to_owned())));
}
