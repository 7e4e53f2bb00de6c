//! Alive around a loop, though not from one line to the next.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    let mut held: Option<Response> = None;
    loop {
        if let Some(response) = held.take() {
            response.0.send(1).unwrap();
            return;
        }
        held = Some(get("url").await);
        yield_(1).await;
    }
}

fn main() {}
