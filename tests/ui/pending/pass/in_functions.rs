//! Coroutines inside functions, inside one another, inside methods.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

fn outer(n: u64) -> u64 {
    #[durable(yield = u64, resume = u64)]
    async fn inner(n: u64) -> u64 {
        #[durable(yield = u64, resume = u64)]
        async fn innermost(n: u64) -> u64 {
            yield_(n).await + 1
        }
        struct Local;
        impl Local {
            #[durable(yield = u64, resume = u64)]
            async fn ask(&self, n: u64) -> u64 {
                innermost(n).await
            }
        }
        Local.ask(n).await + innermost(n).await
    }
    drive(inner(n).start())
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
    assert_eq!(outer(2), 42);
}
