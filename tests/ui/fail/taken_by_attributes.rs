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

/// With `err`, it looks at what the function gives.
#[durable]
async fn order(n: u64) -> Result<u64, u64> {
    let __tracing_attr_span = ();
    let __tracing_instrument_future = async move {
        match async move { Ok(n) }.await {
            Ok(x) => Ok(x),
            Err(e) => {
                println!("{e}");
                Err(e)
            }
        }
    };
    __tracing_instrument_future.await
}

#[durable]
#[tracing::instrument(level = "debug", err)]
async fn below(n: u64) -> Result<u64, u64> {
    Ok(n)
}

fn main() {}
