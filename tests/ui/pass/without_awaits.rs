//! Coroutines that do not wait at all.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable]
async fn sum(list: Vec<u64>) -> u64 {
    let mut total = 0;
    for n in &list {
        total += n;
    }
    total
}

#[durable]
async fn first(list: &[u64]) -> Option<u64> {
    list.first().copied()
}

#[durable]
async fn empty() {}

#[durable(yield = String, resume = bool)]
async fn yields_nothing() -> u64 {
    5
}

fn main() {
    assert_eq!(sum(vec![1, 2]).start().run(), Ok(3));
    assert_eq!(first(&[7]).start().run(), Ok(Some(7)));
    assert_eq!(empty().start().run(), Ok(()));
    assert_eq!(yields_nothing().start().resume(true), Ok(Resumed::Complete(5)));
}
