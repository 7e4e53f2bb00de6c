//! Entries of maps, and mutable borrows that a function of one's own gives.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

#[durable(yield = u64, resume = u64)]
async fn flush(batch: Vec<u64>) -> u64 {
    let mut s = 0;
    for b in batch {
        s += yield_(b).await;
    }
    s
}
#[durable(yield = u64, resume = u64)]
async fn fill(batch: &mut Vec<u64>) -> u64 {
    batch.push(yield_(7).await);
    batch.len() as u64
}
async fn alert(key: &str, n: u64) -> u64 {
    key.len() as u64 + n
}

#[durable(yield = u64, resume = u64, twin = batcher_twin)]
pub async fn batcher(n: u64) -> u64 {
    let mut map: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut sum = 0;
    for i in 0..n {
        let batch = map.entry(i % 2).or_default();
        batch.push(i);
        if batch.len() >= 2 {
            sum += flush(std::mem::take(batch)).await;
        }
    }
    for (_, rest) in map {
        sum += flush(rest).await;
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = counter_twin)]
pub async fn counter(names: Vec<String>) -> u64 {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut sum = 0;
    for name in names {
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            sum += alert(&name, *count).await;
            sum += yield_(*count).await;
        }
        *count += 10;
    }
    sum + seen.values().sum::<u64>()
}
#[durable(yield = u64, resume = u64, twin = moved_key_twin)]
pub async fn moved_key(names: Vec<String>) -> u64 {
    let mut seen: HashMap<String, Vec<u64>> = HashMap::new();
    let mut sum = 0;
    for (i, name) in names.into_iter().enumerate() {
        let of = seen.entry(name).and_modify(|of| of.push(100)).or_insert_with(|| vec![i as u64]);
        let got = yield_(of.len() as u64).await;
        of.push(got);
        sum += fill(of).await;
        of.push(9);
    }
    for name in ["a", "b"] {
        let of = &mut *seen.entry(name.to_string()).or_default();
        let got = yield_(of.len() as u64).await;
        of.push(got);
    }
    sum + seen.values().flatten().sum::<u64>()
}
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Stat {
    hits: u64,
    log: Vec<u64>,
}
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Stats {
    by: BTreeMap<String, Stat>,
    total: u64,
}
impl Stats {
    #[durable(yield = u64, resume = u64, twin = hit_twin)]
    pub async fn hit(&mut self, name: &str) -> u64 {
        let stat = self.by.entry(name.to_owned()).or_default();
        stat.hits += 1;
        let got = yield_(stat.hits).await;
        stat.log.push(got);
        let Stat { hits, log } = stat;
        *hits += yield_(log.len() as u64).await;
        self.total += *hits;
        let log = &mut self.by.entry("other".into()).or_insert_with(Stat::default).log;
        log.push(yield_(2).await);
        fill(log).await + self.total
    }
    fn of(&mut self, name: &str) -> &mut Stat {
        self.by.entry(name.into()).or_default()
    }
    #[durable(yield = u64, resume = u64, twin = own_twin)]
    pub async fn own(&mut self, name: &str) -> u64 {
        let stat = self.of(name);
        stat.hits += 1;
        if stat.hits > 0 {
            yield_(stat.hits).await;
        }
        let stat = self.of(name);
        stat.log.push(3);
        if stat.log.len() > 0 {
            return flush(std::mem::take(&mut stat.log)).await;
        }
        let log = self.log_of(name);
        log.push(4);
        if log.len() > 0 {
            return flush(std::mem::take(log)).await;
        }
        0
    }
    fn log_of(&mut self, name: &str) -> &mut Vec<u64> {
        &mut self.by.entry(name.into()).or_default().log
    }
}
#[durable(yield = u64, resume = u64, twin = matched_twin)]
pub async fn matched(ids: Vec<u64>) -> u64 {
    let mut map: HashMap<u64, u64> = HashMap::new();
    let mut sum = 0;
    for id in ids {
        match map.entry(id) {
            Entry::Occupied(mut e) => {
                *e.get_mut() += 1;
                sum += 1;
            }
            Entry::Vacant(e) => {
                e.insert(id);
            }
        }
        sum += yield_(map.len() as u64).await;
        *map.entry(id).or_insert(0) += yield_(id).await;
    }
    sum
}
pub fn cases() -> Vec<Case> {
    cases! {
    batcher, batcher_twin => (5);
    counter, counter_twin => (vec!["a".to_string(), "b".into(), "a".into()]);
    moved_key, moved_key_twin => (vec!["a".to_string(), "b".into(), "a".into()]);
    matched, matched_twin => (vec![1, 2, 1]);
    Stats::hit, Stats::hit_twin => (s: &mut Stats = Stats::default(), n: &str = "x".to_string());
    Stats::own, Stats::own_twin => (s: &mut Stats = Stats::default(), n: &str = "x".to_string());
    }
}
