//! Calls and started coroutines can be sent.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(name: String) -> usize {
    yield_(1).await;
    name.len()
}

#[durable(yield = u64, resume = u64)]
async fn lent(list: &mut Vec<u64>) -> usize {
    list.push(yield_(1).await);
    list.len()
}

fn sent<T: Send>(value: T) -> T {
    value
}

fn main() {
    let mut list = vec![];
    drop(sent(ask("n".to_owned())));
    drop(sent(lent(&mut list)));
    let mut coroutine = sent(ask("name".to_owned()).start());
    let ended = std::thread::spawn(move || {
        assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded(1)));
        coroutine.resume(0)
    });
    assert_eq!(ended.join().unwrap(), Ok(Resumed::Complete(4)));
}
