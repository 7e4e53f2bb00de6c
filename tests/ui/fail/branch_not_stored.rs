//! What a branch gives is kept while the others wait: it must be storable.
use coroutine_runtime::{join, prelude::*};

struct Response(u32);

#[durable(yield = u32, resume = u32)]
async fn asks() -> u32 {
    yield_(1).await
}
async fn get() -> Response {
    Response(1)
}

#[durable(yield = u32, resume = u32)]
async fn both() -> u32 {
    let (n, response) = join!(asks(), get());
    n + response.0
}

fn main() {}
