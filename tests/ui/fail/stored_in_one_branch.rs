//! Alive across a yield in one branch only.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) {
    let response = get("url").await;
    if n > 1 {
        yield_(n).await;
    }
    response.0.send(n).unwrap();
}

fn main() {}
