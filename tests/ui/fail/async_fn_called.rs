//! `AsyncFn` bounds say nothing of their futures, which are steps here.
use coroutine_runtime::prelude::*;

#[durable(yield = u64)]
async fn of_parameter<F>(mut probe: F) -> u64
where
    F: AsyncFnMut(u64) -> u64,
{
    yield_(1).await;
    probe(1).await + probe(2).await
}

#[durable(yield = u64)]
async fn of_argument(probe: &(impl AsyncFn() + Sync)) {
    yield_(1).await;
    probe().await;
}

// It may be handed on to what is no coroutine.
#[durable]
async fn handed_on<F: AsyncFnOnce() -> u64>(probe: F) -> u64 {
    not_a_coroutine(probe)
}

fn not_a_coroutine<F>(_: F) -> u64 {
    0
}

fn main() {}
