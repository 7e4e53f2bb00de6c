//! A thread remembers stacks that it stored or restored: that must not be seen. What was stored in a thread that knows other stacks is
//! what one stores that knows none, and so is what is read.
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::join;
use coroutine_runtime::prelude::*;
use std::thread;

/// One root with different stacks below it in one and the same state: none, a leaf, a child, recursion, branches.
#[durable(yield = u64, resume = u64)]
async fn root(way: u64, name: String) -> String {
    let got = match way {
        0 => yield_(1).await,
        1 => leaf(way).await,
        2..=9 => Box::pin(down(way)).await,
        _ => join!(leaf(way), leaf(way + 1)).1,
    };
    format!("{name}{way}{got}")
}

#[durable(yield = u64, resume = u64)]
async fn leaf(n: u64) -> u64 {
    let first = yield_(n).await;
    first + yield_(n + 1).await
}

#[durable(yield = u64, resume = u64)]
async fn down(depth: u64) -> u64 {
    if depth > 2 { Box::pin(down(depth - 1)).await + 1 } else { leaf(depth).await }
}

/// The same stack for each type, but for the shape of what it keeps.
#[durable(yield = u64, resume = u64)]
async fn generic<T: serde::Serialize + serde::de::DeserializeOwned>(value: T) -> T {
    yield_(0).await;
    value
}

fn stored(way: u64, resumes: u64) -> Vec<u8> {
    let mut coroutine = root(way, "n".repeat(way as usize)).start();
    for input in 0..resumes {
        assert!(matches!(coroutine.resume(input).unwrap(), Resumed::Yielded(_)));
    }
    coroutine.snapshot().unwrap()
}

fn goes_on(bytes: &[u8]) -> (Vec<u8>, String) {
    let mut coroutine = restore(root, bytes).unwrap();
    let again = coroutine.snapshot().unwrap();
    for _ in 0..9 {
        if let Resumed::Complete(result) = coroutine.resume(5).unwrap() {
            return (again, result);
        }
    }
    panic!("it does not end");
}

#[test]
fn by_a_thread_that_knows_others() {
    let alone: Vec<_> = (0..12u64)
        .flat_map(|way| (0..2).map(move |resumes| (way, resumes)))
        .map(|(way, resumes)| {
            let bytes = thread::spawn(move || stored(way, resumes)).join().unwrap();
            let copy = bytes.clone();
            let result = thread::spawn(move || goes_on(&copy)).join().unwrap();
            assert_eq!(result.0, bytes);
            (way, resumes, bytes, result)
        })
        .collect();
    for round in 0..4 {
        for n in 0..alone.len() {
            // Each round in another order, so that each comes after each other kind.
            let (way, resumes, bytes, result) = &alone[(n * (2 * round + 1)) % alone.len()];
            assert_eq!(&stored(*way, *resumes), bytes, "way {way}");
            assert_eq!(&goes_on(bytes), result, "way {way}");
        }
    }
}

#[test]
fn another_type_behind_the_same_names() {
    let mut of_number = generic(7u8).start();
    of_number.resume(0).unwrap();
    let mut of_text = generic("seven".to_string()).start();
    of_text.resume(0).unwrap();
    let (number, text) = (of_number.snapshot().unwrap(), of_text.snapshot().unwrap());
    for _ in 0..3 {
        assert_eq!(restore(generic::<u8>, &number).unwrap().resume(0).unwrap(), Resumed::Complete(7));
        assert_eq!(restore(generic::<String>, &text).unwrap().resume(0).unwrap(), Resumed::Complete("seven".into()));
        assert!(restore(generic::<u8>, &text).is_err());
        assert!(restore(generic::<String>, &number).is_err());
    }
}

#[test]
fn the_end_of_another_stack() {
    let (one, other) = (stored(1, 1), stored(0, 1));
    for _ in 0..2 {
        goes_on(&one);
        goes_on(&other);
    }
    // The kinds of one behind the values of the other, and sealed again: refused, as by who remembers nothing.
    let length = |bytes: &[u8]| 24 + u64::from_le_bytes(bytes[16..24].try_into().unwrap()) as usize;
    let mut mixed = [&one[..16], &other[16..length(&other)], &one[length(&one)..one.len() - 4]].concat();
    let checksum = crc32fast::hash(&mixed);
    mixed.extend_from_slice(&checksum.to_le_bytes());
    assert!(restore(root, &mixed).is_err());
}
