//! A value that only a macro uses.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("response")
    }
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    let response = get("url").await;
    yield_(1).await;
    println!("{response:?}");
}

fn main() {}
