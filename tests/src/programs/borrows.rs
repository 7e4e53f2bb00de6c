//! Borrows that are held across awaits: taken again from what they borrow wherever they are used.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

#[durable(yield = u64, resume = u64, twin = by_ref_twin)]
pub async fn by_ref(list: Vec<u64>) -> u64 {
    let mut sum = 0;
    for n in &list {
        sum += *n;
        sum += yield_(*n).await;
        sum += n;
    }
    sum + list.len() as u64
}

#[durable(yield = u64, resume = u64, twin = by_mut_twin)]
pub async fn by_mut(mut list: Vec<String>) -> Vec<String> {
    for text in &mut list {
        text.push('a');
        let got = yield_(text.len() as u64).await;
        text.push_str(&got.to_string());
        yield_(1).await;
        text.push('z');
    }
    for text in list.iter_mut().rev().skip(1) {
        yield_(text.len() as u64).await;
        text.push('!');
    }
    list
}

#[durable(yield = u64, resume = u64, twin = enumerated_twin)]
pub async fn enumerated(order: &Order, shop: &Shop) -> u64 {
    let mut sum = 0;
    for (n, item) in order.items.iter().enumerate() {
        sum += yield_(n as u64).await;
        sum += item.len() as u64;
        sum += shop.price(item).await.unwrap_or(7);
        see(&(n, item));
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = lent_list_twin)]
pub async fn lent_list(items: &[String], more: &mut Vec<u64>) -> u64 {
    for item in items {
        yield_(item.len() as u64).await;
        see(item);
    }
    for (item, n) in items.iter().zip(more.iter_mut()) {
        *n += yield_(item.len() as u64).await;
        *n += item.len() as u64;
    }
    let mut sum = 0;
    for n in more {
        sum += *n;
        *n = yield_(*n).await;
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = matched_twin)]
pub async fn matched(shape: Shape) -> u64 {
    match &shape {
        Shape::Empty => yield_(0).await,
        Shape::Circle(r) => yield_(*r).await + r,
        Shape::Rect { width, height } => {
            let a = yield_(*width).await;
            a + width * yield_(*height).await + height
        }
        Shape::Named(name, Point { x, y: up }) if *x > 1 => {
            let a = yield_(name.len() as u64 + x).await;
            see(name);
            a + *up
        }
        Shape::Named(name, at) => {
            yield_(1).await;
            see(&(name, at));
            at.x
        }
        Shape::Group(shapes) => {
            let mut sum = 0;
            for shape in shapes {
                if let Shape::Circle(r) | Shape::Rect { width: r, .. } = shape {
                    sum += yield_(*r).await;
                    sum += *r;
                }
            }
            sum
        }
    }
}

#[durable(yield = u64, resume = u64, twin = matched_mut_twin)]
pub async fn matched_mut(mut shape: Shape) -> Shape {
    match &mut shape {
        Shape::Circle(r) => {
            *r += 1;
            *r += yield_(*r).await;
            *r *= 2;
        }
        Shape::Rect { width, height } => {
            std::mem::swap(width, height);
            *width += yield_(*height).await;
            *height += yield_(*width).await;
        }
        Shape::Group(shapes) => {
            while let Some(last) = shapes.last_mut() {
                if let Shape::Circle(r) = last {
                    *r = yield_(*r).await;
                    see(&r);
                }
                yield_(2).await;
                shapes.pop();
            }
        }
        _ => {
            yield_(3).await;
        }
    }
    shape
}

#[durable(yield = u64, resume = u64, twin = optional_twin)]
pub async fn optional(item: Option<Item>, map: BTreeMap<String, u64>) -> u64 {
    let mut sum = 0;
    if let Some(item) = &item {
        sum += yield_(item.price).await;
        sum += item.name.len() as u64;
    }
    if let Some(Item { name, tags, .. }) = item.as_ref() {
        sum += yield_(tags.len() as u64).await;
        if let Some(n) = map.get(name) {
            sum += yield_(*n).await;
            sum += *n;
        }
        see(&(name, tags));
    }
    let Some(first) = map.get("a") else {
        return yield_(sum).await;
    };
    sum += yield_(*first).await;
    sum + first
}

#[durable(yield = u64, resume = u64, twin = projected_twin)]
pub async fn projected(mut order: Order, at: usize) -> Result<u64, String> {
    let mut n = at;
    let item = &order.items[n];
    n += 1;
    yield_(item.len() as u64).await;
    see(item);
    let next = order.items.get(n).ok_or("no next")?;
    n += 5;
    yield_(next.len() as u64).await;
    see(next);
    let text = next.as_str();
    let part = &text[1..];
    yield_(n as u64).await;
    see(&(text, part));
    let (left, right) = (&mut order.seen, &mut order.at);
    *left += yield_(1).await;
    right.x += yield_(*left).await;
    *left += right.x;
    Ok(order.seen)
}

#[durable(yield = u64, resume = u64, twin = pairs_twin)]
pub async fn pairs(pair: (Vec<u64>, String)) -> usize {
    let (list, text) = &pair;
    yield_(list.len() as u64).await;
    let [first, .., last] = &list[..] else {
        yield_(100).await;
        return text.len();
    };
    yield_(*first).await;
    yield_(*last).await;
    text.len() + list.len()
}

#[durable(yield = u64, resume = u64, twin = maps_twin)]
pub async fn maps(mut map: BTreeMap<String, Vec<u64>>) -> u64 {
    let mut sum = 0;
    for (key, list) in &map {
        for n in list {
            sum += yield_(*n).await + *n;
        }
        see(key);
    }
    for (key, list) in map.iter_mut() {
        list.push(yield_(key.len() as u64).await);
        list.push(7);
    }
    for list in map.values() {
        sum += yield_(list.len() as u64).await;
        see(list);
    }
    for key in map.keys() {
        yield_(key.len() as u64).await;
        see(key);
    }
    if let Some(list) = map.get_mut("b") {
        list.push(yield_(1).await);
        list.clear();
    }
    sum + map.len() as u64
}

#[durable(yield = u64, resume = u64, twin = texts_by_part_twin)]
pub async fn texts_by_part(text: String) -> u64 {
    let mut sum = 0;
    for c in text.chars() {
        sum += yield_(c as u64).await;
        see(&c);
    }
    for (at, c) in text.char_indices().rev() {
        sum += yield_(at as u64).await;
        see(&c);
    }
    for word in text.split_whitespace() {
        sum += yield_(word.len() as u64).await;
        see(&word);
    }
    for (n, line) in text.lines().enumerate() {
        yield_(line.len() as u64 + n as u64).await;
        for part in line.split(',') {
            yield_(part.len() as u64).await;
            see(&(line, part));
        }
    }
    for b in text.bytes().take(2) {
        sum += yield_(u64::from(b)).await;
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = windows_twin)]
pub async fn windows(list: Vec<u64>, size: usize) -> u64 {
    let mut sum = 0;
    for pair in list.windows(2) {
        sum += yield_(pair[0]).await * pair[1];
    }
    for chunk in list.chunks(size) {
        sum += yield_(chunk.len() as u64).await;
        sum += chunk.iter().sum::<u64>();
    }
    for n in list.iter().step_by(2).chain(list[..1].iter()) {
        sum += yield_(*n).await + *n;
    }
    for n in list.iter().copied().skip(1) {
        sum += yield_(n).await + n;
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = adapted_twin)]
pub async fn adapted(list: Vec<Item>, limit: u64) -> u64 {
    let mut sum = 0;
    let mut seen = 0;
    for item in list.iter().filter(|item| item.price > limit) {
        sum += yield_(item.price).await;
        see(item);
    }
    for name in list.iter().map(|item| &item.name) {
        sum += yield_(name.len() as u64).await;
        see(name);
    }
    for (n, price) in list.iter().enumerate().filter_map(|(n, item)| {
        seen += 1;
        log(format!("look at {n}"));
        (item.price != limit).then_some((n, item.price))
    }) {
        sum += yield_(price).await;
        see(&n);
    }
    for name in list.into_iter().filter(|item| item.price > limit).map(|item| item.name) {
        sum += yield_(name.len() as u64).await;
        see(&name);
    }
    sum + seen
}

#[durable(yield = u64, resume = u64, twin = drained_twin)]
pub async fn drained(mut list: Vec<String>, mut queue: VecDeque<u64>) -> usize {
    for text in list.drain(1..) {
        yield_(text.len() as u64).await;
        see(&text);
    }
    while let Some(first) = queue.front_mut() {
        *first += yield_(*first).await % 3 + 1;
        if *first > 3 {
            queue.pop_front();
        }
    }
    list.len()
}

#[durable(yield = u64, resume = u64, twin = with_children_twin)]
pub async fn with_children(order: &Order, texts: Vec<String>) -> u64 {
    let mut sum = 0;
    for item in &order.items {
        sum += measured(item, 2).await;
        sum += item.len() as u64;
    }
    for (n, text) in texts.iter().enumerate() {
        sum += measured(text, n as u64).await;
    }
    let first = &texts[0];
    sum += measured(first, 5).await;
    if let Some(last) = texts.last() {
        sum += measured(last, 6).await;
        see(last);
    }
    sum
}
#[durable(yield = u64, resume = u64)]
async fn measured(text: &str, by: u64) -> u64 {
    let got = yield_(by).await;
    text.len() as u64 * by + got
}

#[durable(yield = u64, resume = u64, twin = nested_loops_twin)]
pub async fn nested_loops(list: Vec<Vec<u64>>) -> u64 {
    let mut sum = 0;
    'outer: for (n, inner) in list.iter().enumerate() {
        for m in inner {
            if *m == 3 {
                continue 'outer;
            }
            for other in &list {
                sum += yield_(*m + other.len() as u64).await;
                if sum > 400 {
                    break 'outer;
                }
            }
            sum += *m;
        }
        see(&(n, inner));
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = iterators_twin)]
pub async fn iterators(words: Vec<String>) -> String {
    let mut out = String::new();
    let limit = 1;
    for word in words.into_iter().filter(move |word| word.len() > limit).map(|word| word + "!") {
        out += &greet(&word).await;
    }
    yield_(out.len() as u64).await;
    out
}

#[durable(yield = u64, resume = u64, twin = hashed_twin)]
pub async fn hashed(mut map: HashMap<String, u64>) -> u64 {
    let mut sum = 0;
    for (key, n) in &mut map {
        *n += yield_(key.len() as u64).await;
        see(&(key, n));
    }
    for key in map.keys() {
        sum += yield_(key.len() as u64).await;
        if let Some(n) = map.get(key) {
            sum += yield_(*n).await + n;
        }
    }
    sum
}

/// A guard that borrows from what is lent lives from one step to the next, or to the end of its block.
pub struct Counter {
    pub count: tokio::sync::Mutex<Vec<u64>>,
    pub room: tokio::sync::Semaphore,
}
impl Counter {
    pub fn new() -> Self {
        Counter { count: tokio::sync::Mutex::new(vec![1, 2]), room: tokio::sync::Semaphore::new(1) }
    }
}
#[durable(yield = u64, resume = u64, twin = guarded_twin)]
pub async fn guarded(counter: &Counter, n: u64) -> u64 {
    counter.count.lock().await.push(n);
    let len = counter.count.lock().await.len() as u64;
    yield_(len).await;
    {
        let mut count = counter.count.lock().await;
        count.push(4);
        count.retain(|n| *n > 1);
    }
    yield_(len).await;
    if let Some(last) = counter.count.lock().await.last() {
        return *last + n;
    }
    len
}

#[durable(yield = u64, resume = u64, twin = guarded_by_value_twin)]
pub async fn guarded_by_value(list: Vec<u64>, last: D) -> u64 {
    let count = Shared::of(list);
    let other = D::new("other");
    yield_(1).await;
    let first = count.lock().await.pop();
    yield_(first.unwrap_or(9)).await;
    let sum = {
        let mut count = count.lock().await;
        count.push(5);
        count.iter().sum::<u64>()
    };
    yield_(sum).await;
    let guard = count.lock().await;
    eat(other);
    touch(&last);
    guard.len() as u64
}
/// A lock that can be stored, by what is in it.
#[derive(Debug, Clone)]
pub struct Shared(std::sync::Arc<tokio::sync::Mutex<Vec<u64>>>);
impl Shared {
    pub fn of(list: Vec<u64>) -> Self {
        Shared(std::sync::Arc::new(tokio::sync::Mutex::new(list)))
    }
    pub async fn lock(&self) -> tokio::sync::MutexGuard<'_, Vec<u64>> {
        log("lock");
        later().await;
        self.0.lock().await
    }
}
impl serde::Serialize for Shared {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.try_lock().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}
impl<'de> serde::Deserialize<'de> for Shared {
    fn deserialize<De: serde::Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        Vec::deserialize(deserializer).map(Shared::of)
    }
}
impl Drop for Shared {
    fn drop(&mut self) {
        log("drop shared");
    }
}

#[durable(yield = u64, resume = u64, twin = made_again_twin)]
pub async fn made_again(name: String, n: u64) -> u64 {
    // Neither stored nor cloned: it holds an end of a channel.
    #[again]
    let response = Response::new(&name);
    let a = yield_(response.status()).await;
    let mut b = response.peek().await;
    #[step]
    {
        tick().await;
        b += add(b, n).await;
    }
    let c = yield_(b + n).await;
    a + c + response.status() + name.len() as u64
}

/// What is made again is lent as any other variable.
#[durable(yield = u64, resume = u64, twin = made_again_and_lent_twin)]
pub async fn made_again_and_lent(n: u64) -> u64 {
    #[again]
    let name = "again".to_owned();
    let greeting = greet(&name).await;
    let len = asked_length(&name).await;
    #[again]
    let other = Asking(name.len() as u64);
    yield_(len).await;
    let sum = other.asks(n).await + other.asks(len).await + greeting.len() as u64;
    // It can be given away, too.
    let given = same(name).await;
    eat(D::new(&given));
    #[again]
    let last = vec![D::new("a"), D::new("b")];
    let text = format!("{}", {
        #[again]
        let inside = n + 1;
        inside
    });
    log(text);
    #[step]
    {
        tick().await;
        for d in last {
            eat(d);
        }
    }
    yield_(sum).await
}
#[durable(yield = u64, resume = u64)]
async fn asked_length(text: &str) -> u64 {
    yield_(text.len() as u64).await + text.len() as u64
}
struct Asking(u64);
impl Asking {
    #[durable(yield = u64, resume = u64)]
    async fn asks(&self, n: u64) -> u64 {
        yield_(n).await + self.0
    }
}

#[durable(yield = u64, resume = u64, twin = one_mistake_each_twin)]
pub async fn one_mistake_each(map: BTreeMap<String, String>, list: Vec<Option<String>>) -> Result<u64, String> {
    let name = map.get("name").ok_or_else(|| "no name".to_owned())?;
    yield_(name.len() as u64).await;
    see(name);
    let first = list.first().ok_or("empty")?.as_deref().unwrap_or("none");
    yield_(first.len() as u64).await;
    see(&first);
    let Some((key, value)) = name.split_once(':') else {
        let got = yield_(7).await;
        return Err(format!("{name} {got}"));
    };
    yield_(key.len() as u64).await;
    match value {
        "1" => yield_(1).await,
        other if other.len() > 3 => yield_(other.len() as u64).await + other.len() as u64,
        other => {
            yield_(0).await;
            see(&other);
            0
        }
    };
    match said(value).await.as_str() {
        "x" => Ok(1),
        other => {
            yield_(3).await;
            see(&other);
            Ok(other.len() as u64)
        }
    }
}
async fn said(text: &str) -> String {
    later().await;
    format!("said {text}")
}

/// What is made again, in a closure and given away beside it; and jumps inside of what is boxed. (Seeds 4000772, 4001467.)
#[durable(yield = u64, resume = u64, twin = made_again_and_given_twin)]
pub async fn made_again_and_given(list: Vec<u64>) -> u64 {
    let mut sum = 0;
    'items: for item in list {
        #[again]
        let step = item + 2;
        sum += double((|x: u64| x % 31 + step)(step) % 995).await;
        sum += Box::pin(double({
            let Some(half) = (item % 2 == 0).then_some(item / 2) else { continue 'items };
            if half > 3 {
                break 'items;
            }
            half
        }))
        .await;
    }
    yield_(sum).await
}

/// A loop over a borrow may take what can be copied by value; and what finds the callee may be given to it.
#[durable(yield = u64, resume = u64, twin = zipped_twin)]
pub async fn zipped(names: Vec<String>) -> u64 {
    let sizes = [1, 2, 3];
    let more: Vec<u64> = vec![4, 5];
    for (name, size) in names.iter().zip(sizes) {
        yield_(size + name.len() as u64).await;
    }
    for (name, size) in names.iter().zip(&more) {
        yield_(size + name.len() as u64).await;
    }
    let first = 7;
    let lent = &first;
    let mut lost = tells(lent, first).await;
    let routes = std::collections::BTreeMap::from([("a".to_owned(), 1u64), ("bb".to_owned(), 2)]);
    for name in names {
        let topic = name.as_str();
        match routes.get(topic) {
            Some(route) => {
                let topic = topic.to_owned();
                lost += sends(route, name).await + topic.len() as u64;
            }
            None => lost += 100,
        }
    }
    lost
}
#[durable(yield = u64, resume = u64)]
async fn tells(lent: &u64, n: u64) -> u64 {
    yield_(n).await + *lent
}
async fn sends(route: &u64, message: String) -> u64 {
    later().await;
    *route + message.len() as u64
}

/// Both parts of a list, changed.
#[durable(yield = u64, resume = u64, twin = splits_twin)]
pub async fn splits(mut list: Vec<u64>) -> Vec<u64> {
    let (left, right) = list.split_at_mut(2);
    left[0] = yield_(right[0]).await;
    right[0] += yield_(left[0]).await;
    for item in left.iter_mut() {
        *item += yield_(1).await;
    }
    list
}

fn host(url: &str) -> &str {
    &url[2..]
}
fn either<'a>(a: &'a String, b: &'a String, first: bool) -> &'a String {
    if first { a } else { b }
}

/// Borrows that functions of one's own give: the user says that they can be taken again.
#[durable(yield = u64, resume = u64, twin = told_twin)]
pub async fn told(url: String, n: u64) -> String {
    let mut shop = Stall { name: url.clone(), lines: vec![n, n + 1] };
    shop.lines.push(3);
    #[again]
    let host: &str = host(&url);
    #[again]
    let name: &str = shop.name();
    let mut at = 0usize;
    #[again]
    let line: Option<&u64> = shop.line(at);
    at += 1;
    let mut sum = 0;
    for k in 0..2u64 {
        sum += yield_(k + host.len() as u64).await;
        log(name);
        if let Some(line) = line {
            sum += yield_(*line).await;
        }
    }
    #[again]
    let which: &str = either(&url, &shop.name, sum > 3);
    let text = yield_(which.len() as u64).await;
    if at > 7 {
        return "never".into();
    }
    shop.lines.clear();
    format!("{host} {text} {which} {}", shop.kind())
}
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Stall {
    pub name: String,
    pub lines: Vec<u64>,
}
impl Stall {
    fn name(&self) -> &str {
        &self.name
    }
    fn line(&self, n: usize) -> Option<&u64> {
        self.lines.get(n)
    }
    fn kind(&self) -> &'static str {
        if self.lines.is_empty() { "empty" } else { "full" }
    }
}
#[durable(yield = u64, resume = u64, twin = told_of_lent_twin)]
pub async fn told_of_lent(url: &str, d: &D) -> u64 {
    #[again]
    let host: &str = host(url);
    #[again]
    let it: &String = &d.0;
    let n = yield_(host.len() as u64).await;
    log(it);
    n + host.len() as u64
}
#[durable(yield = u64, resume = u64, twin = told_root_twin)]
pub async fn told_root(url: String, d: D) -> u64 {
    told_of_lent(&url, &d).await
}

/// What is made of a loop's item by a closure, as part of the step that alone uses it. (Seed 12003203.)
#[durable(yield = u64, resume = u64, twin = item_in_a_closure_twin)]
pub async fn item_in_a_closure(list: Vec<u64>) -> u64 {
    let mut sum = 0;
    for item in &list {
        let more = {
            let add = |n: u64| n + *item;
            add(1) + add(0)
        };
        let found = half(more).await;
        sum += yield_(found.unwrap_or(1)).await;
    }
    sum
}

/// Values that are taken apart beside borrows, in one `let`: each part is what it is by itself.
#[durable(yield = u64, resume = u64, twin = beside_values_twin)]
pub async fn beside_values(n: u64, text: String) -> u64 {
    let _guard = D::new("guard");
    let (d, r) = (D::new("first"), &n);
    let got = yield_(*r).await;
    let Couple { a, b } = Couple { a: &text, b: D::new("second") };
    let got = got + yield_(*r).await;
    log(a);
    let ((again, third), all): ((&D, D), _) = ((&b, D::new("third")), (got, *r));
    let got = yield_(all.0 + all.1).await;
    log(&d.0);
    log(&again.0);
    got + r
}
struct Couple<A, B> {
    a: A,
    b: B,
}

/// The same where patterns choose: what is matched beside a borrow is moved or made.
#[durable(yield = u64, resume = u64, twin = matched_beside_values_twin)]
pub async fn matched_beside_values(maybe: Option<String>, mut d: Option<D>, mut list: Vec<u64>) -> u64 {
    let _guard = D::new("guard");
    if let (Some(text), Some(taken)) = (&maybe, d.take()) {
        yield_(text.len() as u64).await;
        log(text);
        same(taken).await;
        log(text);
    }
    while let (Some(last), each) = (list.last_mut(), D::new("each")) {
        *last += yield_(*last).await;
        log(last.to_string());
        list.pop();
    }
    let (Some(text), Some(made)) = (&maybe, Some(D::new("made"))) else {
        return yield_(7).await;
    };
    d = Some(made);
    match (&maybe, d) {
        (Some(text), d) if text.len() > 4 => {
            let got = yield_(1).await;
            log(text);
            got
        }
        (some, Some(d)) => {
            yield_(text.len() as u64).await;
            log(&d.0);
            some.as_ref().map_or(1, |some| some.len() as u64)
        }
        (_, None) => 3,
    }
}

/// Borrows beside what waits, in one `let`; and of a place that a wait finds. (Seeds 20000428, 20000497.)
#[durable(yield = u64, resume = u64, twin = beside_waits_twin)]
pub async fn beside_waits(text: String, list: Vec<u64>) -> u64 {
    let _guard = D::new("guard");
    let (d, _unused, r) = (same(D::new("given")).await, &list, &text);
    let got = yield_(1).await;
    log(r);
    let (item, more, len) = (&list[1], yield_(2).await, same(&text).await.len());
    let got = got + yield_(*item + len as u64).await;
    let found = &list[yield_(3).await as usize % 2];
    let got = got + yield_(*item).await;
    log(&d.0);
    got + more + found
}

/// A number that is copied beside its borrow, for the last time. (Seed 20001116.)
#[durable(yield = u64, resume = u64, twin = copied_beside_twin)]
pub async fn copied_beside(n: u64) -> u64 {
    yield_(n).await;
    {
        let (_r, m) = (&n, n);
        log(m.to_string());
    }
    yield_(1).await
}

/// A borrow that a statement's operand uses last.
#[durable(yield = u64, resume = u64, twin = used_by_a_statement_twin)]
pub async fn used_by_a_statement(keys: Vec<u64>) -> BTreeMap<u64, Vec<usize>> {
    let mut index: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (n, key) in keys.iter().enumerate() {
        let entry = index.entry(*key).or_default();
        entry.push(n);
        yield_(entry.len() as u64).await;
    }
    index
}

pub fn cases() -> Vec<Case> {
    cases! {
        copied_beside, copied_beside_twin => (1);
        beside_waits, beside_waits_twin => ("text".to_owned(), vec![1, 2, 3]);
        used_by_a_statement, used_by_a_statement_twin => (vec![1, 2, 1]);
        beside_values, beside_values_twin => (1, "text".to_owned());
        matched_beside_values, matched_beside_values_twin => (None, None, vec![1]), (Some("text".to_owned()), Some(D::new("held")), vec![1, 2]), (Some("longer".to_owned()), None, vec![]);
        item_in_a_closure, item_in_a_closure_twin => (vec![3, 150, 8]);
        told, told_twin => ("ab".to_owned(), 1), ("abcdef".to_owned(), 7);
        told_root, told_root_twin => ("abc".to_owned(), D::new("d"));
        splits, splits_twin => (vec![1, 2, 3, 4]);
        zipped, zipped_twin => (strings(&["a", "bb", "ccc"]));
        made_again_and_given, made_again_and_given_twin => (vec![1, 2, 4, 8, 3]), (vec![]);
        by_ref, by_ref_twin => (vec![1, 2, 3]), (vec![]);
        by_mut, by_mut_twin => (strings(&["x", "yy", "z"])), (vec![]);
        enumerated, enumerated_twin => (order: &Order = Order::new(&["a", "bad", "ccc"]), shop: &Shop = Shop::new(2));
        lent_list, lent_list_twin => (items: &[String] = strings(&["a", "bb"]), more: &mut Vec<u64> = vec![1, 2, 3]);
        matched, matched_twin => (Shape::Empty), (Shape::Circle(3)), (Shape::Rect { width: 2, height: 3 }), (Shape::Named("n".to_owned(), Point { x: 1, y: 2 })),
            (Shape::Named("n".to_owned(), Point { x: 2, y: 2 })), (Shape::Group(vec![Shape::Circle(1), Shape::Empty, Shape::Rect { width: 5, height: 1 }]));
        matched_mut, matched_mut_twin => (Shape::Empty), (Shape::Circle(3)), (Shape::Rect { width: 2, height: 3 }),
            (Shape::Group(vec![Shape::Circle(1), Shape::Empty, Shape::Circle(4)]));
        optional, optional_twin => (None, BTreeMap::new()), (Some(Item::new("b", 4).tag("t")), BTreeMap::from([("a".to_owned(), 3), ("b".to_owned(), 9)]));
        projected, projected_twin => (Order::new(&["abc", "def"]), 0), (Order::new(&["abc", "def"]), 1);
        pairs, pairs_twin => ((vec![1, 2, 3], "t".to_owned())), ((vec![1], "t".to_owned()));
        maps, maps_twin => (BTreeMap::from([("a".to_owned(), vec![1, 2]), ("b".to_owned(), vec![3])]));
        texts_by_part, texts_by_part_twin => ("ab c,d\ne f".to_owned()), (String::new());
        windows, windows_twin => (vec![1, 2, 3, 4], 3);
        adapted, adapted_twin => (vec![Item::new("a", 1), Item::new("bb", 5), Item::new("ccc", 7)], 4);
        drained, drained_twin => (strings(&["a", "b", "c"]), VecDeque::from([1, 2]));
        with_children, with_children_twin => (order: &Order = Order::new(&["a", "bb"]), strings(&["xx", "y"]));
        iterators, iterators_twin => (strings(&["a", "bb", "ccc"]));
        guarded_by_value, guarded_by_value_twin => (vec![], D::new("last")), (vec![1, 2], D::new("last"));
        made_again, made_again_twin => ("url".to_owned(), 3);
        made_again_and_lent, made_again_and_lent_twin => (3);
        guarded, guarded_twin => (counter: &Counter = Counter::new(), 3);
        hashed, hashed_twin => (HashMap::from([("a".to_owned(), 3)])), (HashMap::new());
        one_mistake_each, one_mistake_each_twin => (BTreeMap::new(), vec![]), (BTreeMap::from([("name".to_owned(), "x".to_owned())]), vec![None]),
            (BTreeMap::from([("name".to_owned(), "a:1".to_owned())]), vec![]), (BTreeMap::from([("name".to_owned(), "a:1".to_owned())]), vec![Some("b".to_owned())]),
            (BTreeMap::from([("name".to_owned(), "a:bcde".to_owned())]), vec![None]);
        nested_loops, nested_loops_twin => (vec![vec![1, 2], vec![3, 4], vec![5]]);
    }
}
