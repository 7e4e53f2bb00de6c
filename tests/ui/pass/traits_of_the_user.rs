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
    fn give(&self) -> u64 {
        15
    }
    fn is_primitive(&self) -> bool {
        false
    }
    fn arity1(&self) -> u64 {
        16
    }
    fn when(&self) -> u64 {
        17
    }
    fn state(&self) -> u64 {
        18
    }
}
impl<T: ?Sized> Everything for T {}

mod by_value {
    use coroutine_runtime::prelude::*;

    trait Taken: Sized {
        fn announce(self) {}
        fn save(self) {}
        fn load(self) {}
        fn arity(self) {}
        fn state(self) {}
        fn crosses(self) {}
    }
    impl<T> Taken for T {}

    #[durable(yield = u64, resume = u64)]
    pub async fn ask(mut list: Vec<u64>, n: u64) -> u64 {
        list[0] += yield_(n).await;
        let all = list;
        let length = length_of("text", &all).await;
        crate::step(all[0]).await + length
    }

    #[durable]
    async fn length_of(text: &str, list: &Vec<u64>) -> u64 {
        crate::step(text.len() as u64).await + list.len() as u64
    }
}

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
    drop(by_value::ask(vec![1], 2));
}
