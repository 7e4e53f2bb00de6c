//! In plain async code a coroutine is awaited like any future, on any thread.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable]
async fn double(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n * 2
}

#[durable]
async fn quadruple(n: u64) -> u64 {
    let twice = double(n).await;
    double(twice).await
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let task = runtime.spawn(async { quadruple(3).await + 1 });
    assert_eq!(runtime.block_on(task).unwrap(), 13);
    assert_eq!(runtime.block_on(async { tokio::join!(double(1), quadruple(2)) }), (2, 8));
}
