//! A parameter that cannot be stored is alive at a yield.
use coroutine_runtime::prelude::*;

pub struct Response(std::sync::mpsc::Sender<u64>);

async fn get(_url: &str) -> Response {
    Response(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn ask(response: Response) {
    let n = yield_(1).await;
    response.0.send(n).unwrap();
}

fn main() {
    let _ = get("url");
}
