//! A longer body, with no warning from what is emitted for it.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn all(list: Vec<u64>, name: &str) -> Result<String, std::num::ParseIntError> {
    let mut total = 0u64;
    let mut words = Vec::new();
    'outer: for (index, n) in list.into_iter().enumerate().collect::<Vec<_>>() {
        let got = match yield_(n).await {
            0 => continue 'outer,
            got if got > 50 => break,
            got => got,
        };
        let mut left = got % 3;
        while left > 0 && yield_(left).await > 0 {
            left -= 1;
        }
        let Some(next) = got.checked_sub(index as u64) else { return Ok(name.to_owned()) };
        let text = loop {
            let text = format!("{name}{next}{}", yield_(1).await);
            if text.len() > 1 {
                break text;
            }
        };
        let number: u64 = text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse()?;
        total += number + if let Some(word) = words.last() { let word: &String = word; word.len() as u64 } else { 0 };
        words.push(text);
    }
    let sum = { let inner = total * 2; inner + yield_(inner).await };
    let closure = |n: u64| n + sum;
    Ok(format!("{} {words:?}", closure(total)))
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
    assert!(drive(all(vec![1, 2, 3], "n").start()).is_ok());
}
