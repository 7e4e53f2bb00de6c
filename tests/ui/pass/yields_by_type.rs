//! The types of yields are known, so numbers need no suffix and results no annotation.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u8, resume = String)]
async fn small() -> usize {
    let text = yield_(200).await;
    let more = yield_(text.len() as u8).await;
    yield_(7).await;
    text.len() + more.len()
}

#[durable(yield = Vec<u8>, resume = [i64; 2])]
async fn lists() -> i64 {
    let [a, b] = yield_(vec![]).await;
    let list = yield_(vec![1, 2]).await;
    a + b + list[0]
}

#[durable(yield = f32)]
async fn halves() {
    yield_(0.5).await;
}

fn main() {
    assert_eq!(small().start().resume(String::new()), Ok(Resumed::Yielded(200)));
    assert_eq!(lists().start().resume([0, 0]), Ok(Resumed::Yielded(vec![])));
    assert_eq!(halves().start().resume(()), Ok(Resumed::Yielded(0.5)));
}
