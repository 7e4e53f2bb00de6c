//! Recursion through a box, mutual and lent.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn even(n: u64, path: &mut Vec<u64>) -> bool {
    path.push(yield_(n).await);
    n == 0 || Box::pin(odd(path, n - 1)).await
}

#[durable(yield = u64, resume = u64)]
async fn odd(path: &mut Vec<u64>, n: u64) -> bool {
    path.push(n);
    n != 0 && Box::pin(even(n - 1, path)).await
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
    let mut path = vec![];
    assert!(drive(even(4, &mut path).start()));
    assert_eq!(path, [40, 3, 20, 1, 0]);
}
