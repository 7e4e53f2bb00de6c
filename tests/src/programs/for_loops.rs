//! `for` over owned collections and ranges.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};

#[durable(yield = u64, resume = u64, twin = over_vec_twin)]
pub async fn over_vec(words: Vec<String>) -> String {
    let mut out = String::new();
    for word in words {
        let got = yield_(word.len() as u64).await;
        out += &format!("{word}{got} ");
    }
    out
}

#[durable(yield = u64, resume = u64, twin = over_range_twin)]
pub async fn over_range(from: u64, to: u64) -> u64 {
    let mut total = 0;
    for n in from..to {
        total += yield_(n).await;
    }
    for n in 0..3 {
        total += yield_(n).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = over_inclusive_twin)]
pub async fn over_inclusive(to: u8) -> u64 {
    let mut total = 0;
    for n in 250..=to {
        total += yield_(u64::from(n)).await;
    }
    for c in 'a'..='c' {
        total += yield_(c as u64).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = reversed_twin)]
pub async fn reversed(n: u64) -> Vec<u64> {
    let mut out = vec![];
    for i in (0..n).rev() {
        out.push(yield_(i).await);
    }
    for i in (1..=n).rev() {
        out.push(yield_(i * 100).await);
    }
    for i in vec![7, 8, 9].into_iter().rev() {
        out.push(yield_(i).await);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = unused_index_twin)]
pub async fn unused_index(times: usize) -> u64 {
    let mut n = 1;
    for _ in 0..times {
        n = yield_(n).await;
    }
    n
}

#[durable(yield = u64, resume = u64, twin = over_deque_twin)]
pub async fn over_deque(mut queue: VecDeque<u64>) -> u64 {
    queue.push_front(100);
    queue.rotate_left(1);
    let mut total = 0;
    for n in queue {
        total = total * 3 + yield_(n).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = over_maps_twin)]
pub async fn over_maps(prices: BTreeMap<String, u64>) -> String {
    let mut out = String::new();
    for (name, price) in prices {
        let got = yield_(price).await;
        out += &format!("{name}={got};");
    }
    for (key, value) in HashMap::from([(1u64, "one".to_owned())]) {
        let got = yield_(key).await;
        out += &format!("{value}={got};");
    }
    out
}

#[durable(yield = u64, resume = u64, twin = over_sets_twin)]
pub async fn over_sets(set: BTreeSet<u64>) -> Vec<u64> {
    let mut out = vec![];
    for n in set {
        out.push(yield_(n).await);
    }
    for n in HashSet::from([42u64]) {
        out.push(yield_(n).await);
    }
    for n in LinkedList::from([3u64, 1, 2]) {
        out.push(yield_(n).await);
    }
    for n in BinaryHeap::from([5u64]) {
        out.push(yield_(n).await);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = over_arrays_twin)]
pub async fn over_arrays(four: [u64; 4]) -> String {
    let mut out = String::new();
    for n in four {
        out += &yield_(n).await.to_string();
    }
    for (name, n) in [("a".to_owned(), 1), ("b".to_owned(), 2)] {
        out += &name;
        out += &yield_(n).await.to_string();
    }
    for empty in [] as [String; 0] {
        yield_(empty.len() as u64).await;
    }
    out
}

#[durable(yield = u64, resume = u64, twin = over_options_twin)]
pub async fn over_options(some: Option<String>, ok: Result<u64, String>) -> u64 {
    let mut total = 0;
    for text in some {
        total += yield_(text.len() as u64).await;
        total += text.len() as u64;
    }
    for n in ok {
        total += yield_(n).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = over_chars_twin)]
pub async fn over_chars(text: String) -> String {
    let mut out = String::new();
    for c in text.chars().collect::<Vec<_>>() {
        if c.is_uppercase() {
            yield_(c as u64).await;
        }
        out.insert(0, c);
    }
    for byte in text.into_bytes() {
        yield_(u64::from(byte)).await;
    }
    out
}

#[durable(yield = u64, resume = u64, twin = over_collected_twin)]
pub async fn over_collected(items: Vec<Item>) -> u64 {
    let mut total = 0;
    let cheap: Vec<&Item> = items.iter().filter(|item| item.price < 10).collect();
    let names: Vec<String> = cheap.iter().map(|item| item.name.clone()).collect();
    for name in names {
        total += yield_(name.len() as u64).await;
    }
    for (i, item) in items.into_iter().enumerate().collect::<Vec<_>>() {
        total += yield_(item.price).await + i as u64;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = iterable_awaits_twin)]
pub async fn iterable_awaits(n: u64) -> u64 {
    let mut total = 0;
    for i in 0..yield_(n).await % 5 {
        total += add(i, total).await;
    }
    for i in vec![yield_(1).await, yield_(2).await] {
        total += i;
    }
    for i in yield_(0).await..=double(1).await {
        total += yield_(i).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = patterns_twin)]
pub async fn patterns(pairs: Vec<(String, Point)>) -> String {
    let mut out = String::new();
    for (name, Point { x, y: up }) in pairs {
        let got = yield_(x + up).await;
        out += &format!("{name} {x} {up} {got};");
    }
    for [a, .., b] in vec![[1, 2, 3], [4, 5, 6]] {
        out += &yield_(a * b).await.to_string();
    }
    for mut n in 0..2 {
        n += yield_(n).await;
        yield_(n).await;
    }
    out
}

#[durable(yield = u64, resume = u64, twin = break_and_continue_twin)]
pub async fn break_and_continue(words: Vec<D>) -> u64 {
    let mut n = 0;
    for word in words {
        n += 1;
        if n == 1 {
            continue;
        }
        if yield_(n).await > 30 {
            touch(&word);
            break;
        }
        touch(&word);
    }
    log("after the loop");
    yield_(n).await
}

#[durable(yield = u64, resume = u64, twin = return_inside_twin)]
pub async fn return_inside(words: Vec<String>, wanted: String) -> Option<usize> {
    let _guard = D::new("guard");
    for (at, word) in words.into_iter().enumerate().collect::<Vec<(usize, String)>>() {
        yield_(at as u64).await;
        if word == wanted {
            return Some(at);
        }
    }
    yield_(99).await;
    None
}

#[durable(yield = u64, resume = u64, twin = nested_for_twin)]
pub async fn nested_for(grid: Vec<Vec<u64>>) -> u64 {
    let mut total = 0;
    for row in grid {
        let mut sum = 0;
        for cell in row {
            for times in 0..cell {
                sum += yield_(times + cell).await;
            }
        }
        total = total * 2 + sum;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = ordinary_for_twin)]
pub async fn ordinary_for(words: Vec<String>) -> u64 {
    let mut total = 0;
    for word in &words {
        total += word.len() as u64;
    }
    let got = yield_(total).await;
    for (i, word) in words.iter().enumerate() {
        if i == 1 {
            break;
        }
        total += word.len() as u64 * got;
    }
    let mut words = words;
    for word in words.iter_mut() {
        word.push('.');
    }
    yield_(words.concat().len() as u64).await + total
}

#[durable(yield = u64, resume = u64, twin = step_by_twin)]
pub async fn step_by(n: u64) -> Vec<u64> {
    let mut out = vec![];
    for i in (0..n).step_by(3) {
        out.push(yield_(i).await);
    }
    let mut rest = (n..n + 4).into_iter();
    rest.next();
    for i in rest {
        out.push(yield_(i).await);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = iterator_kept_twin)]
pub async fn iterator_kept(words: Vec<String>) -> String {
    let mut words = words.into_iter();
    let mut out = words.next().unwrap_or_default();
    while let Some(word) = words.next() {
        out += &yield_(word.len() as u64).await.to_string();
        out += &word;
        if let Some(skipped) = words.next() {
            yield_(skipped.len() as u64).await;
        }
    }
    out
}

#[durable(yield = u64, resume = u64, twin = rest_is_dropped_twin)]
pub async fn rest_is_dropped(stop: u64) -> u64 {
    let mut n = 0;
    for d in vec![D::new("first"), D::new("second"), D::new("third")] {
        n += 1;
        let got = yield_(n).await;
        touch(&d);
        if n == stop {
            break;
        }
    }
    log("done");
    n
}

#[durable(yield = u64, resume = u64, twin = changed_inside_twin)]
pub async fn changed_inside(list: Vec<u64>) -> Vec<u64> {
    let mut seen = list.clone();
    for n in list {
        let at = seen.len();
        seen.push(yield_(n).await + at as u64);
        if n == 2 {
            seen.clear();
        }
    }
    seen
}

pub fn cases() -> Vec<Case> {
    cases! {
        over_vec, over_vec_twin => (strings(&["a", "bcd"])), (vec![]);
        over_range, over_range_twin => (2, 5), (5, 2);
        over_inclusive, over_inclusive_twin => (255), (1);
        reversed, reversed_twin => (3), (0);
        unused_index, unused_index_twin => (4), (0);
        over_deque, over_deque_twin => (VecDeque::from([1, 2, 3]));
        over_maps, over_maps_twin => (BTreeMap::from([("b".to_owned(), 2), ("a".to_owned(), 1)])), (BTreeMap::new());
        over_sets, over_sets_twin => (BTreeSet::from([3, 1, 2]));
        over_arrays, over_arrays_twin => ([4, 3, 2, 1]);
        over_options, over_options_twin => (Some("abc".to_owned()), Err("no".to_owned())), (None, Ok(4));
        over_chars, over_chars_twin => ("aBc".to_owned()), (String::new());
        over_collected, over_collected_twin => (vec![Item::new("pen", 3), Item::new("desk", 300)]);
        iterable_awaits, iterable_awaits_twin => (1), (5);
        patterns, patterns_twin => (vec![("a".to_owned(), Point { x: 1, y: 2 }), ("b".to_owned(), Point { x: 3, y: 4 })]);
        break_and_continue, break_and_continue_twin => (vec![D::new("a"), D::new("b"), D::new("c"), D::new("d")]), (vec![D::new("a")]);
        return_inside, return_inside_twin => (strings(&["x", "y", "z"]), "y".to_owned()), (strings(&["x"]), "y".to_owned());
        nested_for, nested_for_twin => (vec![vec![1, 2], vec![], vec![3]]);
        ordinary_for, ordinary_for_twin => (strings(&["ab", "c"]));
        step_by, step_by_twin => (8), (0);
        iterator_kept, iterator_kept_twin => (strings(&["a", "bb", "ccc", "dddd"])), (vec![]);
        rest_is_dropped, rest_is_dropped_twin => (2), (3), (9);
        changed_inside, changed_inside_twin => (vec![1, 2, 3]);
    }
}
