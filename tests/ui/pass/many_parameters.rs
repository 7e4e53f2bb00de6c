//! Parameters in every order.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn five(a: u64, b: &u64, c: String, d: &mut Vec<u64>, e: [u8; 2]) -> u64 {
    d.push(yield_(a + *b).await);
    c.len() as u64 + u64::from(e[0])
}

#[durable(yield = u64, resume = u64)]
async fn lent(a: &str, b: &[u64], c: &mut u64, d: &mut String) -> usize {
    *c += yield_(b[0]).await;
    d.push_str(a);
    d.len()
}

fn drive<M: Frame<Port = coroutine_runtime::Yields<u64, u64>>>(mut coroutine: Coroutine<'_, M>) -> M::Return {
    let mut input = 0;
    loop {
        match coroutine.resume(input).unwrap() {
            Resumed::Yielded(value) => input = value * 10,
            Resumed::Complete(result) => return result,
        }
    }
}

fn main() {
    let mut list = vec![];
    let (mut n, mut text) = (1, String::new());
    assert_eq!(drive(five(1, &2, "abc".to_owned(), &mut list, [4, 5]).start()), 7);
    assert_eq!(drive(lent("a", &[3], &mut n, &mut text).start()), 1);
    assert_eq!((list, n), (vec![30], 31));
    let (mut other, two) = (vec![], 2);
    let mut first = five(1, &two, String::new(), &mut other, [0, 0]).start();
    assert_eq!(first.resume(0), Ok(Resumed::Yielded(3)));
    let bytes = snapshot(&first).unwrap();
    drop(first);
    drop(restore_with(five, (&two, &mut other), &bytes).unwrap());
}
