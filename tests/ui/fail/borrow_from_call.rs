//! A borrow that an ordinary call gave, from what it may have changed, cannot be taken again.
use coroutine_runtime::prelude::*;

fn longest(list: &mut Vec<String>) -> &mut String {
    list.push("new".to_owned());
    list.last_mut().unwrap()
}

#[durable(yield = u64, resume = u64)]
async fn ask(mut list: Vec<String>) -> Vec<String> {
    let last = longest(&mut list);
    let got = yield_(1).await;
    last.push_str(&got.to_string());
    list
}

fn main() {}
