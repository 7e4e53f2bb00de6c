//! A part of a pattern cannot be stored.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    let (url, response) = ("url".to_owned(), get("url").await);
    let n = yield_(url.len() as u64).await;
    response.0.send(n).unwrap();
}

fn main() {}
