//! What `#[tracing::instrument]` and `#[async_trait]` make of a function before `#[durable]` sees it.
use coroutine_runtime::prelude::*;
use std::future::Future;
use std::pin::Pin;

struct Shop;
impl Shop {
    #[durable]
    fn price<'life0, 'async_trait>(&'life0 self) -> Pin<Box<dyn Future<Output = u64> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
    {
        Box::pin(async move { 1 })
    }
}

#[durable]
async fn order(n: u64) -> u64 {
    let __tracing_instrument_future = async move { n + 1 };
    __tracing_instrument_future.await
}

fn main() {}
