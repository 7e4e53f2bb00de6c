//! The smallest coroutine that yields.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn count(to: u64) -> u64 {
    let mut sum = 0;
    for n in 0..to {
        sum += yield_(n).await;
    }
    sum
}

fn drive<M: Frame<Port = coroutine_runtime::Yields<u64, u64>>>(mut coroutine: Coroutine<'_, M>) -> M::Return {
    let mut input = 0;
    loop {
        match coroutine.resume(input).unwrap() {
            Resumed::Yielded(value) => input = value * 10,
            Resumed::Complete(result) => return result,
        }
    }
}

fn main() {
    assert_eq!(drive(count(4).start()), 60);
}
