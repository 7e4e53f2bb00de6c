//! Statements and parameters that are compiled out.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64, #[cfg(any())] gone: Missing) -> u64 {
    #[cfg(any())]
    let factor = missing(n);
    #[cfg(not(any()))]
    let factor = 2;
    let got = yield_(n).await;
    #[cfg(any())]
    return missing();
    match got {
        #[cfg(any())]
        0 => missing(),
        _ => got * factor,
    }
}

#[cfg(any())]
#[durable]
async fn gone(n: Missing) {}

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
    assert_eq!(drive(ask(3).start()), 60);
}
