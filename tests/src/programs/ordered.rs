//! Loops over ordered maps and sets: they go on from the key that they saw last.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(u64);
/// A key that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raw(u64);
#[durable(yield = u64, resume = u64, twin = raw_twin)]
pub async fn raw(map: &BTreeMap<Raw, u64>) -> u64 {
    let mut sum = 0;
    for (raw, n) in map {
        sum += yield_(raw.0).await + n;
    }
    for raw in map.keys() {
        sum += yield_(raw.0).await + raw.0;
    }
    sum
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Book {
    by_id: BTreeMap<Id, String>,
    tags: BTreeSet<String>,
}
impl Book {
    #[durable(yield = u64, resume = u64, twin = read_twin)]
    pub async fn read(&mut self, more: &BTreeMap<String, u64>, own: &mut BTreeMap<(u64, String), u64>) -> String {
        let mut out = String::new();
        for (id, name) in &self.by_id {
            out += &format!("{}{name}", id.0 + yield_(id.0).await);
            see(&(id.0, name));
        }
        for (id, name) in &mut self.by_id {
            name.push('x');
            yield_(id.0).await;
            name.push_str("y");
        }
        for (id, name) in self.by_id.iter() {
            yield_(id.0).await;
            out += name;
        }
        for id in self.by_id.keys() {
            yield_(id.0).await;
            out += &id.0.to_string();
        }
        for name in self.by_id.values() {
            yield_(name.len() as u64).await;
            out += name;
        }
        for name in self.by_id.values_mut() {
            yield_(name.len() as u64).await;
            name.clear();
        }
        for tag in &self.tags {
            yield_(tag.len() as u64).await;
            out += tag;
        }
        for tag in self.tags.iter() {
            if yield_(tag.len() as u64).await == 11 {
                continue;
            }
            out += tag;
        }
        for (k, v) in more {
            yield_(*v).await;
            out += k;
        }
        for (k, v) in more.iter() {
            for t in &self.tags {
                yield_(*v).await;
                out += k;
                out += t;
            }
        }
        for k in more.keys().filter(|k| k.len() > 1) {
            yield_(1).await;
            out += k;
        }
        for (n, k) in more.keys().enumerate() {
            yield_(n as u64).await;
            out += k;
        }
        for v in own.values() {
            yield_(*v).await;
        }
        for ((n, k), v) in own.iter_mut() {
            *v += yield_(*n).await;
            out += k;
        }
        for ((n, k), v) in own {
            *v += yield_(*n).await;
            out += k;
        }
        out
    }
}
#[durable(yield = u64, resume = u64, twin = literals_twin)]
pub async fn literals(n: u64, list: VecDeque<u64>) -> String {
    let map = BTreeMap::from([("a", 1), ("b", 2)]);
    let set = BTreeSet::from(["x", "y"]);
    let mut out = String::new();
    for (k, v) in &map {
        yield_(*v).await;
        out += k;
    }
    for k in map.keys() {
        yield_(n).await;
        out += k;
    }
    for v in map.values() {
        yield_(*v).await;
    }
    for k in &set {
        yield_(n).await;
        out += k;
    }
    for k in set.iter() {
        yield_(n).await;
        out += k;
    }
    for n in list.iter() {
        yield_(*n).await;
    }
    for n in list.iter().rev() {
        yield_(*n).await;
    }
    out
}
#[durable(yield = u64, resume = u64, twin = lent_twin)]
pub async fn lent(raws: &BTreeMap<String, Vec<u64>>, ids: &BTreeSet<Id>) -> u64 {
    let mut sum = 0;
    for (name, list) in raws {
        for n in list.iter() {
            sum += yield_(*n).await;
        }
        for n in list {
            sum += yield_(*n).await;
        }
        sum += name.len() as u64;
        if name == "b" {
            break;
        }
    }
    let found = raws.get("a");
    for id in ids {
        sum += yield_(id.0).await + found.map_or(0, |f| f.len() as u64);
    }
    sum
}
pub fn cases() -> Vec<Case> {
    cases! {
        Book::read, Book::read_twin => (book: &mut Book = Book { by_id: [(Id(1), "a".to_owned()), (Id(5), "b".to_owned()), (Id(3), "c".to_owned())].into(), tags: strings(&["t", "uu"]).into_iter().collect() }, more: &BTreeMap<String, u64> = [("k".to_owned(), 1), ("ll".to_owned(), 2)].into(), own: &mut BTreeMap<(u64, String), u64> = [((1, "z".to_owned()), 4)].into());
        raw, raw_twin => (map: &BTreeMap<Raw, u64> = [(Raw(2), 1), (Raw(1), 2)].into());
        literals, literals_twin => (3, VecDeque::from([1, 2]));
        lent, lent_twin => (raws: &BTreeMap<String, Vec<u64>> = [("a".to_owned(), vec![1, 2]), ("b".to_owned(), vec![3]), ("c".to_owned(), vec![])].into(), ids: &BTreeSet<Id> = [Id(1), Id(2)].into());
    }
}
