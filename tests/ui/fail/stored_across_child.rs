//! A value that cannot be stored is alive while a child may wait.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn child() -> u64 {
    yield_(1).await
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    let response = get("url").await;
    let n = child().await;
    response.0.send(n).unwrap();
}

fn main() {}
