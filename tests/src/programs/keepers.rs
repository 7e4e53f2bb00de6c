//! How values are kept: by serde, or where serde cannot by the runtime's own means.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

#[durable(yield = u64, resume = u64, twin = long_arrays_twin)]
pub async fn long_arrays(n: u64) -> u64 {
    let mut seen = [0u64; 100];
    let mut names = [const { String::new() }; 40];
    seen[yield_(n).await as usize % 100] += 1;
    names[33] = greet("x").await;
    let bytes = [7u8; 1000];
    yield_(seen.iter().position(|n| *n == 1).unwrap_or(0) as u64).await;
    seen.iter().sum::<u64>() + names.concat().len() as u64 + bytes.len() as u64
}

#[durable(yield = u64, resume = u64, twin = nested_arrays_twin)]
pub async fn nested_arrays(n: u64) -> u64 {
    let mut grid = [[0u64; 33]; 5];
    let points = [Some(Point { x: n, y: 1 }); 50];
    for row in 0..5 {
        grid[row][row * 2] = yield_(row as u64).await;
    }
    let empty: [String; 0] = [];
    yield_(points.len() as u64).await;
    grid.iter().flatten().sum::<u64>() + points[49].map_or(0, |p| p.x) + empty.len() as u64
}

#[durable(yield = u64, resume = u64, twin = static_text_twin)]
pub async fn static_text(label: &'static str) -> String {
    let kind = if label.len() > 3 { "long" } else { "short" };
    yield_(1).await;
    let words = ["a", "b", kind];
    yield_(2).await;
    let mut current = words[2];
    for word in words {
        yield_(word.len() as u64).await;
        if word == "b" {
            current = label;
        }
    }
    format!("{label} {kind} {current}")
}

#[durable(yield = u64, resume = u64, twin = owned_iterators_twin)]
pub async fn owned_iterators(list: Vec<u64>) -> Vec<u64> {
    let mut items = list.into_iter();
    let mut out = vec![];
    out.extend(items.next());
    yield_(1).await;
    out.extend(items.next_back());
    yield_(items.len() as u64).await;
    let mut words = vec![D::new("one"), D::new("two"), D::new("three")].into_iter();
    let first = words.next();
    yield_(2).await;
    see(&first);
    drop(words);
    log("the rest of the words is gone");
    out.extend(items);
    out
}

#[durable(yield = u64, resume = u64, twin = ranges_twin)]
pub async fn ranges(n: u64) -> u64 {
    let mut left = 0..n;
    let inclusive = 3..=5u8;
    let mut total = 0;
    while let Some(i) = left.next() {
        total += yield_(i).await;
        left.next_back();
    }
    let from = 7..;
    yield_(total).await;
    total + u64::from(*inclusive.end()) + from.start
}

#[durable(yield = u64, resume = u64, twin = shared_twin)]
pub async fn shared(n: u64) -> String {
    let name: Arc<str> = Arc::from("shared");
    let point = Arc::new(Point { x: n, y: 1 });
    let list: Arc<[u64]> = Arc::from(vec![1, 2, n]);
    let mut other = point.clone();
    yield_(list.len() as u64).await;
    Arc::make_mut(&mut other).x += 1;
    let d = Arc::new(D::new("in arc"));
    yield_(other.x).await;
    touch(&d);
    format!("{name} {point:?} {other:?} {list:?}")
}

#[durable(yield = u64, resume = u64, twin = orderings_twin)]
pub async fn orderings(a: u64, b: u64) -> String {
    let order = a.cmp(&b);
    yield_(1).await;
    let reversed = order.reverse().then(Ordering::Less);
    let partial = (a as f64).partial_cmp(&(b as f64));
    yield_(2).await;
    let kept = Reverse(yield_(3).await);
    tick().await;
    match order {
        Ordering::Less => format!("less {reversed:?} {kept:?}"),
        Ordering::Equal => format!("equal {partial:?}"),
        Ordering::Greater => "greater".to_owned(),
    }
}

#[durable(yield = u64, resume = u64, twin = std_values_twin)]
pub async fn std_values(n: u64) -> String {
    let wait = Duration::from_millis(n * 1500);
    let text: Cow<'static, str> = if n > 1 { Cow::Owned(n.to_string()) } else { Cow::Borrowed("few") };
    let boxed: Box<[u64]> = vec![n, 2].into_boxed_slice();
    let shown: Box<str> = "boxed".into();
    let letter = 'ß';
    let unit = ();
    let big = u64::MAX;
    let small = i64::MIN;
    yield_(wait.as_secs()).await;
    let path = std::path::PathBuf::from("a/b");
    let address = std::net::Ipv4Addr::new(127, 0, 0, 1);
    let wrapped = std::num::Wrapping(250u8);
    let some = std::num::NonZeroU64::new(n);
    let result: Result<u64, String> = Err("e".to_owned());
    yield_(boxed.len() as u64).await;
    format!("{wait:?} {text} {boxed:?} {shown} {letter} {unit:?} {big} {small} {path:?} {address} {wrapped} {some:?} {result:?}")
}

#[durable(yield = u64, resume = u64, twin = collections_twin)]
pub async fn collections(n: u64) -> String {
    let mut queue = VecDeque::from([1, n]);
    let mut names: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut pairs: BTreeMap<String, (u64, Option<Point>)> = BTreeMap::new();
    let mut set = BTreeSet::new();
    let mut heap = std::collections::BinaryHeap::new();
    names.entry(yield_(n).await).or_default().push("x".to_owned());
    pairs.insert("a".to_owned(), (yield_(2).await, None));
    set.insert('b');
    heap.push(n);
    queue.push_front(yield_(3).await);
    *pairs.get_mut("a").unwrap() = (4, Some(Point { x: yield_(4).await, y: 0 }));
    heap.push(yield_(5).await);
    format!("{queue:?} {names:?} {pairs:?} {set:?} {:?}", heap.pop())
}

#[durable(yield = u64, resume = u64, twin = wide_numbers_twin)]
pub async fn wide_numbers(n: u64) -> String {
    let wide = u128::MAX - u128::from(n);
    let low = i128::MIN;
    yield_(n).await;
    let list = vec![wide, 1];
    yield_(n).await;
    format!("{wide} {low} {list:?}")
}

#[durable(yield = u64, resume = u64, twin = floats_twin)]
pub async fn floats(n: u64) -> String {
    let third = n as f64 / 3.0;
    let tiny = f32::MIN_POSITIVE;
    let negative_zero = -0.0f64;
    let exact = 0.1 + 0.2;
    yield_(n).await;
    format!("{third:?} {tiny:?} {negative_zero:?} {exact:?} {:?}", third.to_bits())
}

#[durable(yield = u64, resume = u64, twin = no_numbers_twin)]
pub async fn no_numbers(n: u64) -> String {
    let infinite = f64::INFINITY * n as f64;
    let nan = f64::NAN;
    let list = vec![f32::NEG_INFINITY, 1.0];
    yield_(n).await;
    format!("{infinite:?} {nan:?} {list:?}")
}

#[durable(yield = u64, resume = u64, twin = nested_options_twin)]
pub async fn nested_options(n: u64) -> String {
    let mut inner: Option<Option<u64>> = Some(None);
    let unit = Some(());
    let deep: Vec<Option<Option<()>>> = vec![None, Some(None), Some(Some(()))];
    let plain = Some(n);
    yield_(n).await;
    let result: Result<(), Option<()>> = Err(Some(()));
    yield_(n).await;
    let before = format!("{inner:?}");
    inner = None;
    yield_(n).await;
    format!("{before} {inner:?} {unit:?} {deep:?} {plain:?} {result:?}")
}

#[durable(yield = u64, resume = u64, twin = keys_twin)]
pub async fn keys(n: u64) -> String {
    // Keys that are not text.
    let by_pair = BTreeMap::from([((1u8, 'a'), "x".to_owned()), ((2, 'b'), "y".to_owned())]);
    let by_option = BTreeMap::from([(None, 1), (Some(n), 2)]);
    let by_number = BTreeMap::from([(n, vec![n])]);
    yield_(n).await;
    format!("{by_pair:?} {by_option:?} {by_number:?}")
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Unit;
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Newtype(Vec<u8>);
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Wide<T> {
    #[serde(rename = "type")]
    kind: T,
    list: Vec<(T, Option<Box<Wide<T>>>)>,
    #[serde(default)]
    flag: bool,
}

#[durable(yield = u64, resume = u64, twin = user_types_twin)]
pub async fn user_types(n: u64) -> String {
    let unit = Unit;
    let new = Newtype(vec![1, 2, 255]);
    let wide = Wide { kind: n, list: vec![(1, None), (2, Some(Box::new(Wide { kind: 3, list: vec![], flag: true })))], flag: false };
    let shapes = Shape::Group(vec![Shape::Empty, Shape::Circle(n), Shape::Named(String::new(), Point::default()), Shape::Group(vec![])]);
    yield_(n).await;
    format!("{unit:?} {new:?} {wide:?} {shapes:?}")
}

#[durable(yield = u64, resume = u64, twin = texts_twin)]
pub async fn texts(text: String) -> String {
    let quoted = "\"quotes\" \\ \n\t\u{0}\u{1F980}".to_owned();
    let empty = String::new();
    let long = "x".repeat(10_000);
    let bytes = text.clone().into_bytes();
    yield_(bytes.len() as u64).await;
    format!("{quoted:?} {empty:?} {} {bytes:?} {text}", long.len())
}

/// Literals in collections.
#[durable(yield = u64, resume = u64, twin = literals_in_collections_twin)]
pub async fn literals_in_collections(n: u64) -> String {
    use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
    let list: Vec<&str> = vec!["a", "b"];
    let mut queue = VecDeque::from(["first", "second"]);
    let mut sizes = HashMap::new();
    let mut sorted: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let (mut seen, mut set) = (HashSet::new(), BTreeSet::new());
    for name in ["one", "two", "three"] {
        let by = yield_(n).await;
        sizes.insert(name, by);
        sorted.entry(name).or_default().push(by);
        if seen.insert(name) {
            set.insert(name);
        }
    }
    queue.push_back("third");
    yield_(queue.len() as u64).await;
    let mut all: Vec<_> = sizes.into_iter().collect();
    all.sort();
    format!("{list:?} {queue:?} {all:?} {sorted:?} {} {set:?}", seen.len())
}

/// Iterators that were looked ahead in.
#[durable(yield = u64, resume = u64, twin = peeks_twin)]
pub async fn peeks(list: Vec<u64>, n: u64) -> u64 {
    let mut sum = 0;
    let mut items = list.into_iter().peekable();
    while let Some(item) = items.next() {
        sum += yield_(item).await;
        if items.peek() == Some(&3) {
            yield_(100).await;
            items.next();
        }
    }
    let mut numbers = (0..n).peekable();
    let mut last = (1..=n).peekable();
    while let Some(number) = numbers.next() {
        let more = numbers.peek().copied();
        sum += yield_(number + more.unwrap_or(50)).await;
        if last.next_if(|it| it % 2 == 1).is_some() {
            yield_(last.peek().copied().unwrap_or(70)).await;
        }
    }
    for item in vec!["a".to_owned(), "b".to_owned()].into_iter().peekable() {
        sum += yield_(item.len() as u64).await;
    }
    sum
}

pub fn cases() -> Vec<Case> {
    cases! {
        peeks, peeks_twin => (vec![1, 2, 3, 4], 3), (vec![], 0), (vec![3, 3], 1);
        literals_in_collections, literals_in_collections_twin => (3);
        long_arrays, long_arrays_twin => (3);
        nested_arrays, nested_arrays_twin => (3);
        static_text, static_text_twin => ("label"), ("l");
        owned_iterators, owned_iterators_twin => (vec![1, 2, 3, 4, 5]), (vec![]);
        ranges, ranges_twin => (5), (0);
        shared, shared_twin => (3);
        orderings, orderings_twin => (1, 2), (2, 2), (3, 2);
        std_values, std_values_twin => (1), (2);
        collections, collections_twin => (3);
        wide_numbers, wide_numbers_twin => (3);
        floats, floats_twin => (1);
        no_numbers, no_numbers_twin => (1);
        nested_options, nested_options_twin => (1);
        keys, keys_twin => (1);
        user_types, user_types_twin => (1);
        texts, texts_twin => ("täxt".to_owned()), (String::new());
    }
}
