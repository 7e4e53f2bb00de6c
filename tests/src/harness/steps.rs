//! Ordinary async functions: what a durable function's steps are.
use super::trace::log;
use super::values::{Order, Response, Shop};
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::task::Poll;

/// Is pending once.
pub fn later() -> impl Future<Output = ()> + Send {
    let mut polled = false;
    poll_fn(move |cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

pub async fn tick() {
    log("tick");
    later().await;
    log("tock");
}
pub async fn add(a: u64, b: u64) -> u64 {
    log(format!("add {a} {b}"));
    later().await;
    a + b
}
pub async fn double(n: u64) -> u64 {
    log(format!("double {n}"));
    later().await;
    later().await;
    n * 2
}
/// Does not suspend at all.
pub async fn same<T: Debug>(value: T) -> T {
    log(format!("same {value:?}"));
    value
}
pub async fn above(n: u64, limit: u64) -> bool {
    log(format!("above {n} {limit}"));
    later().await;
    n > limit
}
/// An error for 100 and more.
pub async fn small(n: u64) -> Result<u64, String> {
    log(format!("small {n}"));
    later().await;
    if n < 100 { Ok(n + 1) } else { Err(format!("{n} is too much")) }
}
/// `None` for what is odd.
pub async fn half(n: u64) -> Option<u64> {
    log(format!("half {n}"));
    later().await;
    (n % 2 == 0).then_some(n / 2)
}
pub async fn parse(text: &str) -> Result<u64, std::num::ParseIntError> {
    log(format!("parse {text}"));
    later().await;
    text.parse()
}
pub async fn greet(name: &str) -> String {
    log(format!("greet {name}"));
    later().await;
    format!("hello {name}")
}
pub async fn sum_of(values: &[u64]) -> u64 {
    log(format!("sum of {values:?}"));
    later().await;
    values.iter().sum()
}
pub async fn count(values: &mut Vec<String>) -> u64 {
    log(format!("count {values:?}"));
    values.push("counted".to_owned());
    later().await;
    values.len() as u64
}
pub async fn bump(n: &mut u64, by: u64) -> u64 {
    log(format!("bump {n} by {by}"));
    later().await;
    *n += by;
    *n
}
/// Gives back the longest of what it was lent: a borrow comes out of a step.
pub async fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    log(format!("longest {a} {b}"));
    later().await;
    if a.len() >= b.len() { a } else { b }
}

pub async fn get(url: &str) -> Response {
    log(format!("get {url}"));
    later().await;
    Response::new(url)
}
pub async fn try_get(url: &str) -> Result<Response, String> {
    log(format!("try get {url}"));
    later().await;
    if url.is_empty() { Err("no url".to_owned()) } else { Ok(Response::new(url)) }
}
impl Response {
    pub async fn text(self) -> String {
        log(format!("text {}", self.url));
        later().await;
        format!("<{}>", self.url)
    }
    pub async fn chunk(&mut self) -> Option<String> {
        log(format!("chunk {} {}", self.url, self.left));
        later().await;
        self.left = self.left.checked_sub(1)?;
        Some(format!("{}{}", self.url, self.left))
    }
    pub async fn peek(&self) -> u64 {
        log(format!("peek {}", self.url));
        later().await;
        self.left
    }
}

impl Shop {
    pub async fn count(&self, order: &mut Order) -> u64 {
        log(format!("shop counts {:?}", order.items));
        order.seen += 1;
        later().await;
        order.seen += self.base;
        order.seen
    }
    pub async fn price(&self, name: &str) -> Result<u64, String> {
        log(format!("price of {name}"));
        later().await;
        if name.ends_with("bad") { Err(format!("no price for {name}")) } else { Ok(self.base + name.len() as u64) }
    }
    pub async fn restock(&mut self, name: String) -> usize {
        log(format!("restock {name}"));
        later().await;
        self.names.push(name);
        self.names.len()
    }
}
