//! A child that never yields is a child all the same.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable]
async fn child() -> u64 {
    get("other").await;
    1
}

#[durable]
async fn ask() {
    let response = get("url").await;
    let n = child().await;
    response.0.send(n).unwrap();
}

fn main() {}
