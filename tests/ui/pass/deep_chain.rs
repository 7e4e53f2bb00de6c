//! Children of children: the types stay small.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

macro_rules! chain {
    ($last:ident) => {
        #[durable(yield = u64, resume = u64)]
        async fn $last(n: u64) -> u64 {
            yield_(n).await
        }
    };
    ($first:ident $second:ident $($rest:ident)*) => {
        #[durable(yield = u64, resume = u64)]
        async fn $first(n: u64) -> u64 {
            let below = $second(n + 1).await;
            below + $second(n).await
        }
        chain!($second $($rest)*);
    };
}
chain!(f1 f2 f3 f4 f5 f6 f7 f8);

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
    assert_eq!(drive(f1(0).start()), 10 * 448);
}
