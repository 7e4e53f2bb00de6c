//! The items that are left cannot be stored.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    let list = vec![get("one").await, get("two").await];
    for response in list {
        response.0.send(1).unwrap();
        yield_(1).await;
    }
}

fn main() {}
