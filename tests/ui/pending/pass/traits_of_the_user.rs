//! Blanket traits of the user have methods of every name that emitted code might call.
#![deny(warnings)]
#![allow(dead_code)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

trait Everything {
    fn pick(&self) -> u64 {
        1
    }
    fn keep(&self) -> u64 {
        2
    }
    fn hold(&self) -> u64 {
        3
    }
    fn thaws(&self) -> u64 {
        4
    }
    fn branch(&self) -> u64 {
        5
    }
    fn cursor(&self) -> u64 {
        6
    }
    fn land(&self) -> u64 {
        7
    }
    fn begin(&self) -> u64 {
        8
    }
    fn announce(&self) -> u64 {
        9
    }
    fn resume(&self) -> u64 {
        10
    }
    fn save(&self) -> u64 {
        11
    }
    fn load(&self) -> u64 {
        12
    }
    fn start(&self) -> u64 {
        13
    }
    fn crosses(&self) -> u64 {
        14
    }
}
impl<T: ?Sized> Everything for T {}

#[durable(yield = u64, resume = u64)]
async fn ask(list: Vec<u64>) -> Option<u64> {
    let mut total = list.keep();
    for n in list {
        total += yield_(n).await + n.pick();
    }
    let first = total.checked_sub(1)?;
    total += step(first).await;
    if total > 100_000 { Box::pin(ask(vec![])).await } else { Some(total) }
}

async fn step(n: u64) -> u64 {
    n.hold()
}

fn main() {
    drop(ask(vec![1]));
}
