//! What is lent is lent again at the restore.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: &mut Vec<u64>, factor: u64) -> u64 {
    list.push(yield_(factor).await);
    list.push(yield_(factor + 1).await);
    list.iter().sum::<u64>() * factor
}

fn main() {
    let mut list = vec![1];
    let mut coroutine = ask(&mut list, 2).start();
    assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded(2)));
    let bytes = snapshot(&coroutine).unwrap();
    drop(coroutine);
    list.push(100);
    let mut coroutine = restore_with(ask, (&mut list,), &bytes).unwrap();
    assert_eq!(coroutine.resume(5), Ok(Resumed::Yielded(3)));
    assert_eq!(coroutine.resume(6), Ok(Resumed::Complete(224)));
    drop(coroutine);
    assert_eq!(list, [1, 100, 5, 6]);
}
