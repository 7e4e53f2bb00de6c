//! `let` in all its forms.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = simple_twin)]
pub async fn simple(n: u64) -> u64 {
    let a = n + 1;
    let b = yield_(a).await;
    let c = a * b;
    let d = yield_(c).await;
    a + b + c + d
}

#[durable(yield = u64, resume = u64, twin = typed_twin)]
pub async fn typed(n: u64) -> u64 {
    let small: u8 = 200;
    let wide: i64 = -3;
    let parsed: u32 = "77".parse().unwrap();
    let got: u64 = yield_(n).await;
    let list: Vec<u16> = (1..4).collect();
    let again: u64 = yield_(got + u64::from(small) + u64::from(parsed)).await;
    (wide + again as i64) as u64 + list.iter().map(|n| u64::from(*n)).sum::<u64>()
}

#[durable(yield = u64, resume = u64, twin = collected_twin)]
pub async fn collected(n: u64) -> Vec<String> {
    let words: Vec<String> = vec![yield_(n).await, yield_(n + 1).await].into_iter().map(|n| n.to_string()).collect();
    let total: u64 = words.iter().map(|word| word.len() as u64).sum();
    yield_(total).await;
    words
}

#[durable(yield = u64, resume = u64, twin = let_else_twin)]
pub async fn let_else(input: Option<u64>) -> Result<u64, String> {
    let Some(n) = input else {
        let why = yield_(0).await;
        return Err(format!("nothing, {why}"));
    };
    let Some(even) = half(yield_(n).await + n).await else {
        return Err(format!("odd after {n}"));
    };
    let (Some(first), rest @ 0..) = (Some(even), n) else { unreachable!() };
    Ok(yield_(first + rest).await)
}

#[durable(yield = u64, resume = u64, twin = let_else_continue_twin)]
pub async fn let_else_continue(words: Vec<String>) -> u64 {
    let mut total = 0;
    for word in words {
        let Ok(n) = parse(&word).await else {
            yield_(total).await;
            continue;
        };
        let 1..=50 = n else { break };
        total += yield_(n).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = deferred_twin)]
pub async fn deferred(n: u64) -> String {
    let answer;
    let name: String;
    yield_(n).await;
    if n > 5 {
        answer = yield_(1).await;
        name = "big".to_owned();
    } else {
        name = greet("small").await;
        answer = 2;
    }
    yield_(answer).await;
    format!("{name} {answer}")
}

#[durable(yield = u64, resume = u64, twin = deferred_late_twin)]
pub async fn deferred_late(n: u64) -> u64 {
    let x: u64;
    let y;
    tick().await;
    y = yield_(n).await;
    x = y + 1;
    tick().await;
    x + y
}

#[durable(yield = u64, resume = u64, twin = tuple_twin)]
pub async fn tuple(pair: (u64, String)) -> String {
    let (n, name) = pair;
    let (a, (b, c), ..) = (yield_(n).await, (yield_(n + 1).await, n + 2), "ignored", 4);
    let (first, .., last) = (a, 1, 2, b);
    yield_(first + last + c).await;
    format!("{name} {first} {last} {c}")
}

#[durable(yield = u64, resume = u64, twin = structs_twin)]
pub async fn structs(item: Item) -> String {
    let Item { name, price: cost, tags } = item;
    let got = yield_(cost).await;
    let Point { x, .. } = Point { x: got, y: 1 };
    let Order { items, at: Point { x: inner, y }, .. } = Order::new(&["a", "b"]);
    yield_(x + inner + y).await;
    format!("{name} {cost} {tags:?} {x} {inner} {y} {items:?}")
}

#[durable(yield = u64, resume = u64, twin = arrays_twin)]
pub async fn arrays(start: [u64; 3]) -> u64 {
    let [a, b, c] = start;
    let [first, .., last] = [yield_(a).await, 5, 6, yield_(b).await];
    let [head, tail @ ..] = [first, c, last];
    yield_(tail[0] + tail[1]).await + head + last
}

#[durable(yield = u64, resume = u64, twin = wildcard_twin)]
pub async fn wildcard(n: u64) -> u64 {
    let _ = yield_(n).await;
    let _ = D::new("dropped at once");
    let _kept = D::new("dropped at the end");
    let (_, b) = (D::new("left"), D::new("right"));
    yield_(n + 1).await;
    touch(&b);
    n
}

#[durable(yield = u64, resume = u64, twin = at_binding_twin)]
pub async fn at_binding(n: u64) -> u64 {
    let whole @ Point { x, y } = Point { x: n, y: n * 2 };
    let got = yield_(whole.x).await;
    let all @ (a, b) = (got, n);
    yield_(x + y + all.0).await + a + b + whole.y
}

#[durable(yield = u64, resume = u64, twin = mutable_twin)]
pub async fn mutable(mut n: u64, mut name: String) -> String {
    n += 1;
    let mut got = yield_(n).await;
    name.push('!');
    got *= 2;
    n += got;
    let (mut a, mut b) = (n, got);
    yield_(a).await;
    a += 1;
    std::mem::swap(&mut a, &mut b);
    name.push_str(&yield_(b).await.to_string());
    format!("{name} {n} {got} {a} {b}")
}

#[durable(yield = u64, resume = u64, twin = from_block_twin)]
pub async fn from_block(n: u64) -> u64 {
    let a = {
        let inner = yield_(n).await;
        let twice = inner * 2;
        twice + 1
    };
    let b = {
        let a = a + 1;
        let c = { yield_(a).await };
        a + c
    };
    let unit = {
        yield_(b).await;
    };
    let () = unit;
    a + b
}

#[durable(yield = u64, resume = u64, twin = from_branch_twin)]
pub async fn from_branch(n: u64) -> String {
    let a = if n > 3 { yield_(n).await } else { n };
    let b: u64 = match a % 3 {
        0 => yield_(0).await,
        1 => 100,
        _ => double(a).await,
    };
    let c = loop {
        let got = yield_(b).await;
        if got % 2 == 1 {
            break got;
        }
    };
    let d = if let Some(even) = half(a).await { even } else { yield_(a).await };
    format!("{a} {b} {c} {d}")
}

#[durable(yield = u64, resume = u64, twin = arg_patterns_twin)]
pub async fn arg_patterns((a, b): (u64, u64), Point { x, y }: Point, [first, second]: [String; 2], _: u64) -> String {
    let got = yield_(a + x).await;
    let more = yield_(b + y).await;
    format!("{first} {second} {got} {more}")
}

#[durable(yield = u64, resume = u64, twin = unused_twin)]
pub async fn unused(n: u64, name: String) {
    let first = yield_(n).await;
    let second = 5;
    let third: String;
    yield_(second).await;
}

#[durable(yield = u64, resume = u64, twin = boxed_twin)]
pub async fn boxed(n: u64) -> u64 {
    let mut held: Box<Point> = Box::new(Point { x: n, y: 1 });
    held.x += yield_(held.y).await;
    let Point { x, y } = *held;
    yield_(x).await + y
}

#[durable(yield = u64, resume = u64, twin = late_types_twin)]
pub async fn late_types(n: u64) -> String {
    let mut list = Vec::new();
    let mut found = None;
    let default = Default::default();
    let zero = 0;
    yield_(n).await;
    list.push(n);
    found.replace("x".to_owned());
    yield_(zero).await;
    list.push(default);
    format!("{list:?} {found:?}")
}

#[durable(yield = u64, resume = u64, twin = borrow_between_twin)]
pub async fn borrow_between(words: Vec<String>) -> usize {
    let longest = words.iter().max_by_key(|word| word.len()).cloned();
    let total: usize = {
        let first = &words[0];
        let last = words.last().unwrap();
        first.len() + last.len()
    };
    yield_(total as u64).await;
    let slice = &words[1..];
    let count = slice.iter().filter(|word| word.len() > 2).count();
    yield_(count as u64).await;
    total + count + longest.map_or(0, |word| word.len())
}

async fn parsed<T: std::str::FromStr + Default>(text: &str) -> T {
    later().await;
    text.parse().unwrap_or_default()
}
async fn made(name: &str) -> D {
    later().await;
    D::new(name)
}

/// `_` with a type: nothing is bound, but the type is said.
#[durable(yield = u64, resume = u64, twin = ignored_twin)]
pub async fn ignored(n: u64) -> u64 {
    let _: u64 = parsed("3").await;
    let _: D = made("d").await;
    log("gone");
    let _: Vec<u8> = vec![parsed("3").await, 4];
    yield_(n).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        ignored, ignored_twin => (3);
        simple, simple_twin => (3), (0);
        typed, typed_twin => (1);
        collected, collected_twin => (4);
        let_else, let_else_twin => (None), (Some(1)), (Some(2));
        let_else_continue, let_else_continue_twin => (strings(&["1", "x", "20"])), (strings(&["3", "99", "4"])), (Vec::new());
        deferred, deferred_twin => (3), (9);
        deferred_late, deferred_late_twin => (3);
        tuple, tuple_twin => ((5, "name".to_owned()));
        structs, structs_twin => (Item::new("pen", 3).tag("blue"));
        arrays, arrays_twin => ([1, 2, 3]);
        wildcard, wildcard_twin => (1);
        at_binding, at_binding_twin => (6);
        mutable, mutable_twin => (3, "m".to_owned());
        from_block, from_block_twin => (2);
        from_branch, from_branch_twin => (2), (3), (4), (5);
        arg_patterns, arg_patterns_twin => ((1, 2), Point { x: 3, y: 4 }, ["a".to_owned(), "b".to_owned()], 9);
        unused, unused_twin => (1, "never".to_owned());
        boxed, boxed_twin => (8);
        late_types, late_types_twin => (8);
        borrow_between, borrow_between_twin => (strings(&["one", "three", "of"]));
    }
}
