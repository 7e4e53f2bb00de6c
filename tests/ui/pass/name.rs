//! A name of its own, so that the function may move.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

mod old {
    use coroutine_runtime::prelude::*;

    #[durable(name = "orders/ask", yield = u64, resume = u64)]
    pub async fn ask(n: u64) -> u64 {
        yield_(n).await + n
    }
}

mod new {
    use coroutine_runtime::prelude::*;

    #[durable(name = "orders/ask", yield = u64, resume = u64)]
    pub async fn asked(n: u64) -> u64 {
        yield_(n).await + n
    }
}

fn main() {
    let mut coroutine = old::ask(5).start();
    assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded(5)));
    let mut coroutine = restore(new::asked, &snapshot(&coroutine).unwrap()).unwrap();
    assert_eq!(coroutine.resume(1), Ok(Resumed::Complete(6)));
}
