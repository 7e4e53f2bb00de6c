//! Functions as people write them: loops, maps, text and errors, with waits wherever.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fmt::Display;

// known left alone
#[durable(yield = u64, resume = u64, twin = key_twin)]
pub async fn key(map: BTreeMap<u64, String>, n: u64) -> usize {
    let key = &n;
    let found = map.get(key);
    yield_(1).await;
    let len = found.map_or(0, |s| s.len());
    yield_(*key).await;
    len
}

#[durable(yield = u64, resume = u64, twin = nested_twin)]
pub async fn nested(orders: Vec<Option<Result<String, u64>>>) -> Vec<String> {
    let mut out = vec![];
    for order in orders {
        let text = match order {
            Some(Ok(ref name)) if name.len() > 1 => {
                yield_(1).await;
                name.clone()
            }
            Some(Ok(name)) => {
                yield_(2).await;
                name
            }
            Some(Err(n @ 1..=5)) => format!("few {}", yield_(n).await),
            Some(Err(n)) => {
                let s = yield_(n).await;
                format!("{s:>4}")
            }
            None => continue,
        };
        out.push(text);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = builder_twin)]
pub async fn builder(n: u64) -> String {
    let mut text = String::new();
    let parts: Vec<_> = (0..n).map(|i| format!("{i}")).filter(|s| s != "1").collect();
    for (i, part) in parts.iter().enumerate().rev() {
        if i > 0 {
            text.push(',');
        }
        text += part;
        let got = yield_(i as u64).await;
        let Some(c) = char::from_digit((got % 10) as u32, 10) else { unreachable!() };
        text.insert(0, c);
    }
    let total: u64 = parts.iter().map(|p| p.parse::<u64>().unwrap_or(0)).sum();
    let longest = parts.iter().max_by_key(|p| p.len()).cloned();
    yield_(total).await;
    format!("{text}:{longest:?}")
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum State {
    Idle,
    Busy { id: u64, left: Vec<u64> },
    Done(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    state: State,
    log: Vec<String>,
    seen: BTreeMap<u64, u64>,
}

impl Machine {
    #[durable(yield = u64, resume = u64, twin = run_twin)]
    pub async fn run(&mut self) -> String {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Idle) {
                State::Idle => {
                    let id = yield_(0).await;
                    State::Busy { id, left: vec![id, id + 1] }
                }
                State::Busy { id, mut left } => match left.pop() {
                    Some(n) => {
                        *self.seen.entry(n).or_default() += yield_(n).await;
                        State::Busy { id, left }
                    }
                    None => State::Done(format!("{id}")),
                },
                State::Done(s) => {
                    self.log.push(s.clone());
                    break s;
                }
            };
            if let State::Busy { left, .. } = &mut self.state {
                left.dedup();
                yield_(left.len() as u64).await;
                left.retain(|n| *n != 3);
            }
        }
    }

    #[durable(yield = u64, resume = u64, twin = take_twin)]
    pub async fn take(self) -> (Vec<String>, usize) {
        let Self { log, seen, .. } = self;
        let n = yield_(seen.len() as u64).await;
        let first = log.first().map(String::as_str).unwrap_or("none");
        yield_(first.len() as u64 + n).await;
        let joined = [first, "x"].join("-");
        (vec![joined], log.len())
    }
}

#[durable(yield = u64, resume = u64, twin = tuple_state_twin)]
pub async fn tuple_state(n: u64) -> (u64, String) {
    let (mut a, mut b) = (n, String::new());
    (a, b) = (a + yield_(a).await, format!("{b}{a}"));
    [a, _] = [a * 2, yield_(a).await];
    let c = {
        let d = yield_(a).await;
        if d > 5 { d } else { return (a, b) }
    };
    let r = &mut b;
    r.push('x');
    yield_(c).await;
    r.push_str(&c.to_string());
    let v = if let (1.., Some(ch)) = (c, r.chars().last()) { ch as u64 } else { 0 };
    (v, b)
}

#[durable(yield = u64, resume = u64, twin = opt_chain_twin)]
pub async fn opt_chain(a: Option<String>, b: Option<u64>) -> Option<u64> {
    let name = a.as_deref().filter(|s| !s.is_empty())?;
    let n = yield_(name.len() as u64).await.checked_sub(b?)?;
    let up = name.to_uppercase();
    yield_(n).await;
    up.chars().nth(n as usize % up.len()).map(u64::from)
}

#[durable(yield = u64, resume = u64, twin = labels_twin)]
pub async fn labels(grid: Vec<Vec<u64>>) -> Option<(usize, usize)> {
    let found = 'search: {
        for (y, row) in grid.iter().enumerate() {
            for (x, &cell) in row.iter().enumerate() {
                if yield_(cell).await % 10 == 1 && cell > 3 {
                    break 'search Some((x, y));
                }
                if cell == 0 {
                    continue;
                }
            }
        }
        None
    };
    let (x, y) = found?;
    yield_(x as u64).await;
    Some((y, x))
}

#[durable(yield = u64, resume = u64, twin = words_twin)]
pub async fn words(text: &str) -> BTreeMap<String, Vec<usize>> {
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        for word in line.split_whitespace().map(|w| w.trim_matches(',')).filter(|w| !w.is_empty()) {
            let entry = index.entry(word.to_lowercase()).or_default();
            entry.push(n);
            yield_(entry.len() as u64).await;
        }
    }
    index
}

#[durable(yield = u64, resume = u64, twin = update_twin)]
pub async fn update(mut map: BTreeMap<u64, Vec<u64>>, key: u64) -> BTreeMap<u64, Vec<u64>> {
    if let Some(list) = map.get_mut(&key) {
        list.push(1);
        let got = yield_(list.len() as u64).await;
        list.push(got);
    } else {
        map.insert(key, vec![yield_(0).await]);
    }
    for (k, list) in &mut map {
        list.push(*k);
        list[0] += yield_(list.len() as u64).await;
    }
    for list in map.values_mut() {
        let Some(last) = list.last_mut() else { continue };
        *last = yield_(*last).await;
    }
    map.retain(|k, _| *k != 2);
    map
}

#[durable(yield = u64, resume = u64, twin = text_parts_twin)]
pub async fn text_parts(text: String) -> String {
    let (head, tail) = text.split_at(3);
    yield_(head.len() as u64).await;
    let mid = &text[1..4];
    let n = yield_(mid.len() as u64).await;
    let Some((key, value)) = tail.split_once('=') else { return format!("{head}|{mid}|{n}") };
    yield_(value.len() as u64).await;
    [key, value, mid, head].concat()
}

#[durable(yield = u64, resume = u64, twin = windows_twin)]
pub async fn windows(v: &[u64], names: &[String]) -> u64 {
    let mut sum = 0;
    for pair in v.windows(2) {
        let [a, b] = pair else { unreachable!() };
        sum += yield_(a.abs_diff(*b)).await;
    }
    for (chunk, name) in v.chunks(2).zip(names) {
        sum += chunk.iter().sum::<u64>() * name.len() as u64;
        yield_(sum).await;
    }
    for (i, name) in names.iter().enumerate().filter(|(i, _)| i % 2 == 0).skip(1) {
        sum += yield_(i as u64 + name.len() as u64).await;
    }
    sum
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Node {
    value: u64,
    children: Vec<Node>,
}

impl Node {
    fn leaf(value: u64) -> Self {
        Node { value, children: vec![] }
    }

    #[durable(yield = u64, resume = u64, twin = depth_twin)]
    pub async fn depth(&self) -> u64 {
        let mut max = 0;
        for child in &self.children {
            max = max.max(Box::pin(child.depth()).await);
        }
        yield_(self.value).await;
        max + 1
    }

    #[durable(yield = u64, resume = u64, twin = grow_twin)]
    pub async fn grow(&mut self, by: u64) -> Result<(), String> {
        let mut stack = vec![0usize];
        while let Some(top) = stack.pop() {
            let Some(child) = self.children.get_mut(top) else { continue };
            child.value += by;
            if yield_(child.value).await % 2 == 0 {
                return Err(format!("{} is even", child.value));
            }
            child.children.push(Node::leaf(by));
            stack.push(top + 1);
        }
        self.value = self.children.iter().map(|c| c.value).max().ok_or("none")?;
        Ok(())
    }
}

#[durable(yield = u64, resume = u64, twin = heap_twin)]
pub async fn heap(items: Vec<(u64, String)>) -> Vec<String> {
    use std::cmp::Reverse;
    let mut heap: BinaryHeap<_> = items.into_iter().map(|(n, s)| (Reverse(n), s)).collect();
    let mut out = Vec::new();
    while let Some((Reverse(n), name)) = heap.pop() {
        let again = yield_(n).await;
        if again > 50 && out.len() < 3 {
            heap.push((Reverse(again), name.clone()));
        }
        out.push(name);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = errors_twin)]
pub async fn errors(text: Option<String>) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let text = text.as_deref().ok_or_else(|| "nothing given".to_string())?;
    let n: u64 = text.trim().parse()?;
    let m = yield_(n).await;
    if m > 40 {
        Err(format!("{m} is too much for {text}"))?;
    }
    let parsed = text.chars().rev().collect::<String>().parse::<u64>().map_err(|e| format!("{e}: {text}"))?;
    yield_(parsed).await;
    Ok(m + parsed)
}

#[durable(yield = u64, resume = u64, twin = shows_twin)]
pub async fn shows<T: Display + Clone + Serialize + DeserializeOwned>(items: Vec<T>, sep: &(impl Display + ?Sized)) -> String {
    let mut out = String::new();
    let mut items = items.into_iter();
    if let Some(first) = items.next() {
        out = format!("{first}");
        for item in items {
            yield_(out.len() as u64).await;
            out += &format!("{sep}{item}");
        }
    }
    out
}

#[durable(yield = u64, resume = u64, twin = opt_mut_twin)]
pub async fn opt_mut(mut slot: Option<Vec<u64>>, log: &mut Vec<String>) -> Option<Vec<u64>> {
    match slot.as_mut() {
        Some(list) if list.len() > 1 => {
            list.push(yield_(1).await);
            log.push(format!("{list:?}"));
        }
        Some(list) => list.clear(),
        None => {
            slot = Some(vec![yield_(2).await]);
        }
    }
    let taken = slot.take();
    yield_(taken.as_ref().map_or(0, |l| l.len() as u64)).await;
    slot.get_or_insert_with(Vec::new).extend(taken.into_iter().flatten());
    slot
}

pub fn cases() -> Vec<Case> {
    cases! {
        key, key_twin => ([(1, "a".to_owned())].into(), 1);
        nested, nested_twin => (vec![Some(Ok("ab".into())), Some(Ok("a".into())), Some(Err(3)), Some(Err(9)), None]);
        builder, builder_twin => (4);
        Machine::run, Machine::run_twin => (m: &mut Machine = Machine { state: State::Idle, log: vec![], seen: BTreeMap::new() });
        Machine::take, Machine::take_twin => (Machine { state: State::Idle, log: strings(&["l"]), seen: BTreeMap::new() });
        tuple_state, tuple_state_twin => (3);
        opt_chain, opt_chain_twin => (Some("abc".into()), Some(1)), (None, None);
        labels, labels_twin => (vec![vec![0, 1], vec![4, 5]]);
        words, words_twin => (text: &str = "a b, a\nb c".to_owned());
        update, update_twin => ([(1, vec![1]), (2, vec![])].into(), 1), ([(1, vec![1]), (2, vec![])].into(), 3);
        text_parts, text_parts_twin => ("abcdef=gh".to_owned()), ("abcd".to_owned());
        windows, windows_twin => (v: &[u64] = vec![1, 5, 2, 8], names: &[String] = strings(&["a", "bb", "ccc"]));
        Node::depth, Node::depth_twin => (n: &Node = Node { value: 1, children: vec![Node::leaf(2), Node { value: 3, children: vec![Node::leaf(4)] }] });
        Node::grow, Node::grow_twin => (n: &mut Node = Node { value: 1, children: vec![Node::leaf(2), Node { value: 3, children: vec![Node::leaf(4)] }] }, 2), (n: &mut Node = Node::leaf(1), 1);
        heap, heap_twin => (vec![(3, "c".into()), (1, "a".into()), (2, "b".into())]);
        errors, errors_twin => (Some("3".into())), (None), (Some("9".into()));
        shows::<u64, _>, shows_twin::<u64, _> => (vec![1, 2, 3], sep: &str = ", ".to_owned());
        opt_mut, opt_mut_twin => (None, log: &mut Vec<String> = vec![]), (Some(vec![1, 2]), log: &mut Vec<String> = vec![]), (Some(vec![1]), log: &mut Vec<String> = vec![]);
    }
}
