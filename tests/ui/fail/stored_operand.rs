//! An operand that cannot be stored waits for the other one.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

fn pair(response: Response, n: u64) {
    response.0.send(n).unwrap();
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    pair(get("url").await, yield_(1).await);
}

fn main() {}
