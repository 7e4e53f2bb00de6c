//! What a body does not use is not complained about twice, and underscores help as they do everywhere.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(_n: u64, _: String, (a, _b): (u64, u64)) {
    let _got = yield_(a).await;
    let _ = yield_(1).await;
    #[allow(unused_variables)]
    let unused = yield_(2).await;
    #[allow(unused_mut)]
    let mut also = 3;
    yield_(also).await;
}

#[durable]
async fn diverges(n: u64) -> u64 {
    if n > 1 {
        panic!("on purpose")
    } else {
        std::process::exit(0)
    }
}

fn main() {
    drop(ask(1, String::new(), (1, 2)).start());
    drop(diverges(1).start());
}
