//! Iterators over what is borrowed, in variables: made again past what they gave.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::collections::BTreeMap;

/// Lines, some by hand, the rest in loops.
#[durable(yield = u64, resume = u64, twin = lines_twin)]
pub async fn lines(text: String) -> Result<Vec<String>, String> {
    let mut lines = text.lines();
    let Some(header) = lines.next() else { return Err("empty".into()) };
    yield_(header.len() as u64).await;
    let first = lines.next().ok_or_else(|| format!("nothing after {header}"))?;
    let mut out = vec![header.to_owned()];
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let n = yield_(line.len() as u64).await;
        out.push(format!("{line}{n}{first}"));
        if line == "stop" {
            break;
        }
    }
    for line in lines {
        yield_(line.len() as u64).await;
        out.push(line.to_owned());
    }
    Ok(out)
}
/// Two that are looked ahead in.
#[durable(yield = u64, resume = u64, twin = merged_twin)]
pub async fn merged(a: &[u64], b: Vec<u64>) -> Vec<u64> {
    let mut left = a.iter().peekable();
    let mut right = b.iter().peekable();
    let mut out = vec![];
    loop {
        let n = match (left.peek(), right.peek()) {
            (Some(x), Some(y)) if x <= y => *left.next().unwrap(),
            (Some(_), None) => left.next().copied().unwrap_or(0),
            (_, Some(_)) => *right.next().unwrap(),
            (None, None) => break,
        };
        out.push(n);
        if out.len() % 2 == 0 {
            out.push(yield_(n).await);
        }
    }
    out
}
/// What they gave is used later, and lent.
#[durable(yield = u64, resume = u64, twin = orders_twin)]
pub async fn orders(orders: Vec<Order>) -> u64 {
    let mut sum = 0;
    let mut it = orders.iter();
    let first = it.next();
    while let Some(order) = it.next() {
        sum += yield_(order.items.len() as u64).await;
        sum += order.seen;
        if order.items.is_empty() {
            if let Some(after) = it.next() {
                yield_(1).await;
                sum += after.items.len() as u64 + order.seen;
                shown(after, order).await;
            }
        }
    }
    yield_(2).await;
    sum + first.map_or(0, |o| o.items.len() as u64)
}
#[durable(yield = u64, resume = u64, twin = shown_twin)]
pub async fn shown(a: &Order, b: &Order) {
    yield_(a.items.len() as u64).await;
    see(&(a.seen, b.seen));
}

/// Characters.
#[durable(yield = u64, resume = u64, twin = tokens_twin)]
pub async fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut chars = text.chars().peekable();
    let mut out = Vec::new();
    while let Some(c) = chars.next() {
        match c {
            ' ' => continue,
            '0'..='9' => {
                let mut n = c.to_string();
                while let Some(d) = chars.next_if(|c| c.is_ascii_digit()) {
                    n.push(d);
                }
                out.push(n);
                yield_(1).await;
            }
            'a'..='z' => {
                let mut word = String::from(c);
                while let Some(&d) = chars.peek() {
                    if !d.is_alphabetic() {
                        break;
                    }
                    word.push(d);
                    chars.next();
                    if word.len() == 2 {
                        yield_(2).await;
                    }
                }
                out.push(word);
            }
            other => return Err(format!("{other} at {}", out.len())),
        }
    }
    yield_(9).await;
    Ok(out)
}
/// Through adaptors; parts; what remains.
#[durable(yield = u64, resume = u64, twin = pairs_twin)]
pub async fn pairs(map: BTreeMap<String, u64>, list: Vec<u64>) -> String {
    let mut out = String::new();
    let mut entries = map.iter().enumerate().skip(1);
    while let Some((n, (key, value))) = entries.next() {
        yield_(n as u64).await;
        out.push_str(key);
        out += &value.to_string();
    }
    let mut numbers = list.iter().copied();
    let mut sum = 0;
    while sum < 3 {
        match numbers.next() {
            Some(n) => sum += n,
            None => break,
        }
        sum += yield_(sum).await % 2;
    }
    let rest: Vec<u64> = numbers.by_ref().take(2).collect();
    yield_(3).await;
    let more = numbers.count();
    let mut chunks = list.chunks(2);
    let a = chunks.next().unwrap();
    yield_(4).await;
    let b = chunks.next().map(|c| c.len());
    yield_(5).await;
    for (i, chunk) in chunks.by_ref().enumerate() {
        out += &format!("{i}{chunk:?}");
    }
    format!("{out}{rest:?}{more}{a:?}{b:?}{}", chunks.len())
}
/// A value that was given is no borrow: what it is of may go.
#[durable(yield = u64, resume = u64, twin = initial_twin)]
pub async fn initial(text: String) -> u64 {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or('x');
    yield_(1).await;
    let bytes = text.into_bytes();
    yield_(bytes.len() as u64).await;
    first as u64
}
/// By functions that take any iterator, and by steps.
#[durable(yield = u64, resume = u64, twin = passed_twin)]
pub async fn passed(list: Vec<u64>) -> u64 {
    let mut numbers = list.iter();
    let a = two(&mut numbers);
    yield_(a).await;
    let b = step(&mut numbers).await;
    yield_(b).await;
    a + b + numbers.len() as u64 + numbers.as_slice().iter().sum::<u64>() + numbers.clone().max().map_or(0, |n| *n)
}
fn two<'a>(of: &mut impl Iterator<Item = &'a u64>) -> u64 {
    of.next().unwrap_or(&0) + of.next().unwrap_or(&0)
}
async fn step<'a>(of: &mut (impl Iterator<Item = &'a u64> + Send)) -> u64 {
    of.nth(1).copied().unwrap_or(7)
}

pub fn cases() -> Vec<Case> {
    cases! {
        initial, initial_twin => ("abc".to_owned());
        passed, passed_twin => (vec![1, 2, 3, 4, 5, 6, 7]), (vec![1]);
        lines, lines_twin => ("h\nf\n\na\nbb\nstop\nx\ny".to_owned()), ("".to_owned()), ("h".to_owned());
        merged, merged_twin => (a: &[u64] = vec![1, 4, 6], vec![2, 3, 5, 9]);
        orders, orders_twin => (vec![Order::new(&["a"]), Order::new(&["b", "c"]), Order::new(&[]), Order::new(&["d"]), Order::new(&["e"])]);
        tokens, tokens_twin => (text: &str = "12 abc 7x".to_owned()), (text: &str = "1 a ?".to_owned());
        pairs, pairs_twin => (BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2), ("c".to_owned(), 3)]), vec![1, 0, 2, 3, 4, 5, 6, 7, 8]);
    }
}
