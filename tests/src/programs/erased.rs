//! Erased coroutines: calls of several functions as values of one type.
use crate::harness::*;
use coroutine_runtime::{Env, Environment, Erased, Yields, erase, join, join_all, prelude::*};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

type Job = Erased<u64, Yields<u64, u64>>;

#[durable(yield = u64, resume = u64)]
async fn price(order: u64, tag: D) -> u64 {
    let got = yield_(order).await;
    touch(&tag);
    add(order, got).await
}

#[durable(yield = u64, resume = u64)]
async fn ship(order: u64) -> u64 {
    let mut sum = 0;
    for n in 0..order {
        sum += yield_(n).await;
        tick().await;
    }
    sum
}

/// Holds others, and is held.
#[durable(yield = u64, resume = u64)]
async fn both(first: Job, second: Job) -> u64 {
    let a = yield_(0).await;
    first.await + second.await + a
}

#[durable(yield = u64, resume = u64)]
async fn down(n: u64) -> u64 {
    let d = D::new(&format!("down {n}"));
    yield_(n).await;
    if n == 0 {
        return 1;
    }
    let below = below(n - 1).await;
    touch(&d);
    below + n
}

/// Recursion without a `Box` in sight.
fn below(n: u64) -> Job {
    erase(down(n))
}

/// What it needs comes from the environment.
#[durable(yield = u64, resume = u64)]
async fn sells(shop: Env<Shop>, order: u64) -> u64 {
    let got = yield_(order).await;
    shop.rate(got)
}

/// Called through `dyn`.
pub trait Works: Send + Sync {
    fn work(&self, n: u64) -> Job;
}
struct Pricing(String);
impl Works for Pricing {
    fn work(&self, n: u64) -> Job {
        erase(price(n, D::new(&self.0)))
    }
}
struct Shipping;
impl Works for Shipping {
    fn work(&self, n: u64) -> Job {
        erase(ship(n))
    }
}
struct Workers(Vec<Box<dyn Works>>);
impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} workers", self.0.len())
    }
}

#[derive(Serialize, Deserialize)]
struct Plan {
    name: String,
    jobs: Vec<Job>,
    last: Option<Job>,
}

/// What is in scope while the programs run.
pub fn environment() -> Environment {
    let mut environment = Environment::default();
    environment.insert(Arc::new(Shop::new(5)));
    environment.register(price);
    environment.register(ship);
    environment.register(both);
    environment.register(down);
    environment.register(sells);
    environment
}

fn jobs(n: u64) -> Vec<Job> {
    vec![erase(price(n, D::new("tag"))), erase(ship(n)), erase(both(erase(ship(1)), erase(price(2, D::new("inner")))))]
}

#[durable(yield = u64, resume = u64, twin = in_turn_twin)]
pub async fn in_turn(n: u64) -> u64 {
    let jobs = jobs(n);
    let mut sum = yield_(jobs.len() as u64).await;
    for job in jobs {
        sum += job.await;
        yield_(sum).await;
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = in_structs_twin)]
pub async fn in_structs(n: u64) -> String {
    let mut plan = Plan { name: "plan".to_owned(), jobs: jobs(n), last: Some(erase(ship(2))) };
    let by_name = BTreeMap::from([("a".to_owned(), erase(ship(1))), ("b".to_owned(), erase(price(n, D::new("b"))))]);
    let mut sum = yield_(1).await;
    while let Some(job) = plan.jobs.pop() {
        sum += job.await;
    }
    for (name, job) in by_name {
        sum += job.await + name.len() as u64;
    }
    let Plan { name, last, .. } = plan;
    if let Some(last) = last {
        sum += last.await;
    }
    format!("{name} {sum}")
}

#[durable(yield = u64, resume = u64, twin = dropped_twin)]
pub async fn dropped(n: u64) -> u64 {
    let unused = erase(price(n, D::new("never begun")));
    let mut others = jobs(n);
    yield_(1).await;
    others.truncate(1);
    log("truncated");
    if n > 1 {
        drop(unused);
    }
    yield_(2).await
}

#[durable(yield = u64, resume = u64, twin = recursive_twin)]
pub async fn recursive(n: u64) -> u64 {
    down(n).await + below(n).await
}

#[durable(yield = u64, resume = u64, twin = beside_twin)]
pub async fn beside(n: u64) -> u64 {
    let (a, b) = join!(erase(price(n, D::new("left"))), erase(ship(n)));
    let all: u64 = join_all(jobs(n)).await.into_iter().sum();
    yield_(a + b + all).await
}

#[durable(yield = u64, resume = u64, twin = by_hand_twin)]
pub async fn by_hand(n: u64) -> Vec<u64> {
    let mut started = vec![erase(price(n, D::new("by hand"))).start(), erase(ship(n + 1)).start()];
    let mut seen = vec![];
    for job in &mut started {
        if let Ok(Resumed::Yielded(got)) = job.resume(0) {
            seen.push(got);
        }
    }
    yield_(n).await;
    for mut job in started {
        let mut got = job.resume(1);
        while let Ok(Resumed::Yielded(value)) = got {
            seen.push(value);
            got = job.resume(2);
        }
        if let Ok(Resumed::Complete(value)) = got {
            seen.push(value);
        }
    }
    seen
}

#[durable(yield = u64, resume = u64, twin = through_dyn_twin)]
pub async fn through_dyn(workers: &Workers, n: u64) -> u64 {
    let mut sum = 0;
    for worker in &workers.0 {
        sum += worker.work(n).await;
    }
    let later: Vec<Job> = workers.0.iter().map(|worker| worker.work(n)).collect();
    yield_(sum).await;
    for job in later {
        sum += job.await;
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = with_environment_twin)]
pub async fn with_environment(n: u64) -> u64 {
    let job = erase(sells(Env::new(Shop::new(5)), n));
    let got = yield_(n).await;
    job.await + got
}

pub fn cases() -> Vec<Case> {
    cases! {
        in_turn, in_turn_twin => (0), (2);
        in_structs, in_structs_twin => (1), (3);
        dropped, dropped_twin => (1), (2);
        recursive, recursive_twin => (0), (5);
        beside, beside_twin => (2);
        by_hand, by_hand_twin => (1), (3);
        through_dyn, through_dyn_twin => (workers: &Workers = Workers(vec![Box::new(Pricing("p".to_owned())), Box::new(Shipping)]), 2);
        with_environment, with_environment_twin => (3);
    }
}
