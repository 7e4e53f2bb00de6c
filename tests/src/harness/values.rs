//! The values that programs use.
use super::trace::log;
use serde::{Deserialize, Serialize};
use std::num::ParseIntError;
use std::sync::mpsc;

/// Says when it is dropped. It can be stored, and says so again after a restore.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct D(pub String);

impl D {
    pub fn new(name: &str) -> Self {
        D(name.to_owned())
    }
}
impl Drop for D {
    fn drop(&mut self) {
        log(format!("drop {}", self.0));
    }
}

/// A use by reference.
pub fn touch(d: &D) {
    log(format!("touch {}", d.0));
}
/// A use by value.
pub fn eat(d: D) {
    log(format!("eat {}", d.0));
}

/// A use by reference of anything.
pub fn see<T: std::fmt::Debug>(value: &T) {
    log(format!("see {value:?}"));
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    pub x: u64,
    pub y: u64,
}
impl std::ops::Add for Point {
    type Output = Point;
    fn add(self, other: Point) -> Point {
        log(format!("{self:?} + {other:?}"));
        Point { x: self.x + other.x, y: self.y + other.y }
    }
}
impl std::ops::AddAssign for Point {
    fn add_assign(&mut self, other: Point) {
        log(format!("{self:?} += {other:?}"));
        self.x += other.x;
        self.y += other.y;
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    pub price: u64,
    pub tags: Vec<String>,
}
impl Item {
    pub fn new(name: &str, price: u64) -> Self {
        Item { name: name.to_owned(), price, tags: Vec::new() }
    }
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }
}

/// An enum with every kind of variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    Empty,
    Circle(u64),
    Rect { width: u64, height: u64 },
    Named(String, Point),
    Group(Vec<Shape>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    Text(String),
    Number(u64),
    Parse(String),
}
impl From<String> for Fault {
    fn from(text: String) -> Self {
        log(format!("fault from {text:?}"));
        Fault::Text(text)
    }
}
impl From<u64> for Fault {
    fn from(number: u64) -> Self {
        log(format!("fault from {number}"));
        Fault::Number(number)
    }
}
impl From<ParseIntError> for Fault {
    fn from(error: ParseIntError) -> Self {
        Fault::Parse(error.to_string())
    }
}

/// Neither stored nor cloned: it holds an end of a channel.
pub struct Response {
    pub url: String,
    pub left: u64,
    pub sender: mpsc::Sender<String>,
    pub receiver: std::sync::Mutex<mpsc::Receiver<String>>,
}
impl Response {
    pub fn new(url: &str) -> Self {
        let (sender, receiver) = mpsc::channel();
        Response { url: url.to_owned(), left: 2, sender, receiver: std::sync::Mutex::new(receiver) }
    }
    pub fn status(&self) -> u64 {
        200 + self.url.len() as u64
    }
}
/// A use by reference.
pub fn touch_response(response: &Response) {
    log(format!("touch {}", response.url));
}
impl Drop for Response {
    fn drop(&mut self) {
        log(format!("close {}", self.url));
    }
}

/// A world that is lent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Shop {
    pub base: u64,
    pub names: Vec<String>,
}
impl Shop {
    pub fn new(base: u64) -> Self {
        Shop { base, names: vec!["pear".to_owned(), "fig".to_owned()] }
    }
    /// Ordinary, not async.
    pub fn rate(&self, by: u64) -> u64 {
        log(format!("rate {by}"));
        self.base + by
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub items: Vec<String>,
    pub seen: u64,
    pub at: Point,
}
impl Order {
    pub fn new(items: &[&str]) -> Self {
        Order { items: items.iter().map(ToString::to_string).collect(), seen: 0, at: Point { x: 1, y: 2 } }
    }
}

pub fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}
