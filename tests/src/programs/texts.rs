//! Text that functions give of what they are lent, kept over awaits by copies; and what looks like it and is not.
use crate::harness::*;
use coroutine_runtime::{join, prelude::*};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

fn host(url: &str) -> &str {
    url.split("//").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("")
}
fn host_of(url: &str) -> Option<&str> {
    url.split("//").nth(1)
}
fn tried(url: &str) -> Result<&str, String> {
    url.split("//").nth(1).ok_or_else(|| format!("no host in {url}"))
}
fn both(url: &str) -> (&str, &str) {
    url.split_once("//").unwrap_or((url, ""))
}
fn priced(of: &str) -> u64 {
    of.len() as u64
}
fn made(of: &str) -> String {
    format!("<{of}>")
}

/// A host that is used after a wait, as a key and in texts.
#[durable(yield = u64, resume = u64, twin = allowed_twin)]
pub async fn allowed(url: &str, robots: &mut BTreeMap<String, Vec<String>>) -> Result<bool, String> {
    let host = host(url);
    if let Some(rules) = robots.get(host) {
        return Ok(!rules.iter().any(|rule| url.contains(rule.as_str())));
    }
    let n = yield_(host.len() as u64).await;
    let rules = vec![format!("{host}/{n}"), "b".to_owned()];
    let allowed = !rules.iter().any(|rule| url.contains(rule));
    robots.insert(host.to_owned(), rules);
    Ok(allowed)
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    name: String,
    tags: Vec<String>,
}
impl Order {
    fn name(&self) -> &str {
        &self.name
    }
    fn tag(&self, n: usize) -> Option<&str> {
        self.tags.get(n).map(String::as_str)
    }
    fn total(&self) -> u64 {
        self.tags.len() as u64
    }
    fn label(&self) -> &'static str {
        if self.tags.is_empty() { "none" } else { "some" }
    }
    fn copy(&self) -> Order {
        self.clone()
    }
}

/// Beside what else a method may give: an option, a number, a copy, a literal; lent to coroutines, and as parts.
#[durable(yield = u64, resume = u64, twin = named_twin)]
pub async fn named(order: Order) -> String {
    let name = order.name();
    let tag = order.tag(1);
    let Some(first) = order.tag(0) else { return name.to_string() };
    let total = order.total();
    let copy = order.copy();
    let made = made(name);
    let label = order.label();
    let mut out = String::new();
    for n in 0..total {
        let got = yield_(n + name.len() as u64).await;
        out.push_str(name);
        out += first;
        out = format!("{out}{got}{made}{first}{label}");
        if let Some(tag) = tag {
            out.push_str(tag);
        }
        yield_(priced(first)).await;
    }
    drop(made);
    see(&name);
    note(name, &mut out).await;
    let again = name;
    note(again, &mut out).await;
    note(&name[1..], &mut out).await;
    own(name.to_owned(), first.into()).await;
    drop(copy);
    format!("{out} {again} {name}")
}

#[durable(yield = u64, resume = u64, twin = note_twin)]
pub async fn note(text: &str, out: &mut String) {
    let n = yield_(text.len() as u64).await;
    out.push_str(&format!("[{text}{n}]"));
}

#[durable(yield = u64, resume = u64, twin = own_twin)]
pub async fn own(a: String, b: String) -> usize {
    yield_(a.len() as u64).await;
    a.len() + b.len()
}

/// By their types, of branches and errors.
#[durable(yield = u64, resume = u64, twin = declared_twin)]
pub async fn declared(order: &Order, url: String) -> Result<String, String> {
    let name: &str = order.name();
    let tag: Option<&str> = order.tag(0);
    let host: &str = tried(&url)?;
    let (a, b) = both(&url);
    let shown: &str = if tag.is_some() { order.name() } else { host };
    let kind: &str = "kind";
    let n = yield_(1).await;
    match host_of(&url) {
        Some(h) if n > 5 => {
            yield_(h.len() as u64).await;
            see(&h.len());
            see(&h.trim());
        }
        Some(other) => {
            yield_(2).await;
            see(&format!("{other}{name}"));
        }
        None => {}
    }
    let len = ready(name.len() as u64).await;
    let mut out = format!("{name}{tag:?}{host}{a}{b}{shown}{kind}{len}");
    note(host, &mut out).await;
    note(shown, &mut out).await;
    match name {
        "x" => out.push('x'),
        _ => out.push('y'),
    }
    Ok(out)
}

async fn ready<T>(n: T) -> T {
    n
}
async fn fetch(of: &str) -> String {
    format!("page of {of}")
}
async fn look<'a>(of: &'a str) -> &'a str {
    &of[..1]
}

/// In steps, and in closures.
#[durable(yield = u64, resume = u64, twin = stepped_twin)]
pub async fn stepped(order: Order) -> String {
    let name = order.name();
    let page = fetch(name).await;
    let n = yield_(page.len() as u64).await;
    let also = fetch(name).await;
    let (x, y) = tokio::join!(fetch(name), fetch(&name[1..]));
    let f = |s: &str| s.len() + name.len();
    yield_(f("ab") as u64).await;
    let short = fetch(&format!("{name}{n}")).await;
    yield_(1).await;
    format!("{page}{also}{x}{y}{short}{name}{}", f("a"))
}

/// In branches.
#[durable(yield = u64, resume = u64, twin = joined_twin)]
pub async fn joined(order: Order) -> String {
    let name = order.name();
    let tag = order.tag(0).unwrap_or("none");
    let (mut a, mut b) = (String::new(), String::new());
    yield_(3).await;
    join!(note(name, &mut a), note(tag, &mut b));
    let c = async { format!("{name}{tag}") }.await;
    yield_(4).await;
    format!("{a}{b}{c}{name}{tag}")
}

/// In loops.
#[durable(yield = u64, resume = u64, twin = looped_twin)]
pub async fn looped(orders: Vec<Order>) -> Vec<String> {
    let mut out = vec![];
    for order in &orders {
        let name = order.name();
        let Some(tag) = order.tag(0) else { continue };
        if yield_(name.len() as u64).await == 3 {
            continue;
        }
        out.push(name.to_owned());
        yield_(tag.len() as u64).await;
        out.push(tag.to_owned());
        let longest = order.tags.iter().map(|t| host(t)).max_by_key(|t| t.len());
        yield_(1).await;
        see(&longest);
        if name.is_empty() || name == tag {
            break;
        }
    }
    out
}

fn load<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

/// A literal that is collected ...
#[durable(yield = u64, resume = u64, twin = pushed_twin)]
pub async fn pushed(order: Order) -> Vec<&'static str> {
    let mut labels = Vec::new();
    let label = order.label();
    yield_(1).await;
    labels.push(label);
    yield_(2).await;
    labels.push(order.label());
    labels
}
/// ... or given ...
#[durable(yield = u64, resume = u64, twin = returned_twin)]
pub async fn returned(order: Order) -> &'static str {
    let label = order.label();
    yield_(1).await;
    if order.tags.len() > 7 {
        return label;
    }
    yield_(2).await;
    label
}
/// ... or passed on as one that lasts forever ...
#[durable(yield = u64, resume = u64, twin = kinded_twin)]
pub async fn kinded(order: Order) -> Result<(&'static str, u64), String> {
    let label = order.label();
    yield_(1).await;
    let n = by_kind(label, 3).await;
    Ok((label, n))
}
#[durable(yield = u64, resume = u64, twin = by_kind_twin)]
pub async fn by_kind(kind: &'static str, n: u64) -> u64 {
    yield_(n).await + kind.len() as u64
}
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    kind: &'static str,
    n: u64,
}
/// ... or put into a struct.
#[durable(yield = u64, resume = u64, twin = event_twin)]
pub async fn event(order: Order) -> String {
    let kind = order.label();
    let n = yield_(1).await;
    let event = Event { kind, n };
    format!("{:?}", ready(event).await)
}
/// What is known only from what follows.
#[durable(yield = u64, resume = u64, twin = inferred_twin)]
pub async fn inferred(text: String) -> Result<u64, String> {
    let order = load(&text)?;
    let n = yield_(1).await;
    let more = parsed(&text);
    yield_(2).await;
    takes(order, more);
    Ok(n)
}
fn parsed<T: Default>(text: &str) -> Option<T> {
    Some(T::default())
}
fn takes(order: Order, n: Option<u64>) {}
/// Owned values, moved on.
#[durable(yield = u64, resume = u64, twin = owned_twin)]
pub async fn owned(orders: Vec<Order>, at: usize) -> (Order, u64) {
    let found = pick(&orders, at);
    yield_(1).await;
    let kept = found;
    yield_(2).await;
    let n = sized(&kept);
    let c = counts(&orders);
    yield_(n).await;
    let map = c;
    yield_(map.len() as u64).await;
    (kept, n)
}
fn pick(orders: &[Order], n: usize) -> Order {
    orders[n].clone()
}
fn sized(order: &Order) -> u64 {
    order.tags.len() as u64
}
fn counts(orders: &[Order]) -> HashMap<String, u64> {
    HashMap::new()
}
fn orders() -> Vec<Order> {
    let order = |name: &str, tags: &[&str]| Order { name: name.to_owned(), tags: strings(tags) };
    vec![order("tea", &["a//b", "cd"]), order("cups", &[]), order("cake", &["x"])]
}

fn first() -> Order {
    orders()[0].clone()
}

pub fn cases() -> Vec<Case> {
    cases! {
        allowed, allowed_twin => (url: &str = "https://a.b/c".to_owned(), robots: &mut BTreeMap<String, Vec<String>> = BTreeMap::new());
        named, named_twin => (first());
        stepped, stepped_twin => (first());
        declared, declared_twin => (order: &Order = first(), "https://a.b/c".to_owned()), (order: &Order = orders()[1].clone(), "a".to_owned());
        joined, joined_twin => (first());
        looped, looped_twin => (orders());
        pushed, pushed_twin => (first());
        returned, returned_twin => (first());
        kinded, kinded_twin => (first());
        event, event_twin => (first());
        inferred, inferred_twin => ("{\"name\":\"a\",\"tags\":[]}".to_owned()), ("{}".to_owned());
        owned, owned_twin => (orders(), 0);
    }
}
