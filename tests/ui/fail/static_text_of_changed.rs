//! A text that seems to borrow is taken again after a wait: what it is taken from must not change.
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Status {
    Open,
    Done,
}
impl Status {
    fn as_str(&self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Done => "done",
        }
    }
}

#[durable(yield = u64, resume = u64)]
async fn ask(mut status: Status) -> String {
    let before = status.as_str();
    status = Status::Done;
    yield_(1).await;
    format!("{before} {}", status.as_str())
}

fn main() {}
