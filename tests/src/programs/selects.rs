//! `select!` with patterns that may not match, conditions and `else`.
use crate::harness::*;
use coroutine_runtime::{prelude::*, select};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Tick,
    Data(u64),
    End { code: u64 },
}

#[durable(yield = u64, resume = u64)]
async fn next(n: u64) -> Option<u64> {
    let got = yield_(n).await;
    (got % 2 == 1).then_some(got)
}
#[durable(yield = u64, resume = u64)]
async fn slow(n: u64) -> u64 {
    yield_(n).await + yield_(n + 1).await + yield_(n + 2).await
}
#[durable(yield = u64, resume = u64)]
async fn event(n: u64) -> Event {
    match yield_(n).await % 3 {
        0 => Event::Tick,
        1 => Event::Data(n),
        _ => Event::End { code: n },
    }
}
#[durable(yield = u64, resume = u64)]
async fn named(d: D, n: u64) -> Result<D, u64> {
    if yield_(n).await > 20 { Ok(d) } else { Err(n) }
}
async fn step(n: u64) -> Option<u64> {
    (n > 2).then_some(n)
}

#[durable(yield = u64, resume = u64, twin = unmatched_twin)]
pub async fn unmatched(n: u64) -> u64 {
    let got = select! {
        biased;
        Some(x) = next(n) => x,
        y = slow(n) => y + 1000,
    };
    let again = select! {
        Some(x) = next(n + 1) => { yield_(x).await },
        y = slow(n) => { if y > 3 { return y; } y + 1000 }
    };
    got * 100 + again
}
#[durable(yield = u64, resume = u64, twin = elses_twin)]
pub async fn elses(n: u64) -> u64 {
    select! {
        biased;
        Some(x) = next(n) => x,
        Some(x) = next(n + 1) => x + 100,
        Some(x) = step(n) => x + 200,
        else => yield_(77).await,
    }
}
#[durable(yield = u64, resume = u64, twin = conditions_twin)]
pub async fn conditions(n: u64) -> u64 {
    let mut open = n > 1;
    let mut sum = 0;
    for i in 0..3 {
        sum += select! {
            biased;
            x = slow(i), if open => { open = false; x }
            Some(x) = next(i), if i != 1 => x,
            else => 5,
        };
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = events_twin)]
pub async fn events(n: u64) -> u64 {
    let mut sum = 0;
    loop {
        select! {
            Event::Data(n) = event(sum) => { sum += n + 1; yield_(n).await; }
            Event::End { code } = event(n) => { return sum + code; }
            else => break,
        }
        if sum > 10 {
            break;
        }
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = drops_twin)]
pub async fn drops(n: u64) -> u64 {
    select! {
        Ok(d) = named(D::new("a"), n) => { touch(&d); yield_(1).await; }
        Ok(d) = named(D::new("b"), n + 5) => { touch(&d); yield_(2).await; }
        e = named(D::new("c"), 50), if n > 3 => { if let Err(n) = e { log(n); } }
        else => { log("none"); yield_(3).await; }
    }
    let outer = D::new("outer");
    let first = select! {
        Ok(_) = async { Err::<u64, u64>(touch_it(&outer).await) } => 1,
        Err(e) = async { Err::<u64, u64>(n) } => e,
    };
    first
}
async fn touch_it(d: &D) -> u64 {
    touch(d);
    3
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Svc {
    n: u64,
    seen: Vec<u64>,
}
impl Svc {
    #[durable(yield = u64, resume = u64)]
    async fn recv(&mut self) -> Option<u64> {
        let got = yield_(self.n).await;
        self.seen.push(got);
        self.n += 1;
        (self.n < 4).then_some(got)
    }
    #[durable(yield = u64, resume = u64, twin = run_twin)]
    pub async fn run(&mut self, other: &mut Svc) -> u64 {
        let mut sum = 0;
        loop {
            select! {
                biased;
                Some(x) = self.recv() => sum += x,
                Some(y) = other.recv() => { sum += y * 100; }
                else => return sum,
            }
        }
    }
}
#[durable(yield = u64, resume = u64, twin = of_tokio_twin)]
pub async fn of_tokio(n: u64) -> u64 {
    let a = tokio::select! {
        biased;
        Some(mut x) = step(n) => { x += 1; x }
        y = slow(n), if n > 0 => y + 1000,
        else => yield_(7).await,
    };
    let b = tokio::select! {
        biased;
        Some(x) = step(n) => x,
        Some(3) = step(n + 1) => 33,
        Some(x @ 4..) = step(n + 2) => x,
        else => 9,
    };
    a * 1000 + b
}
#[durable(yield = u64, resume = u64, twin = field_names_twin)]
pub async fn field_names(n: u64) -> String {
    let text = format!("{:?}", Event::End { code: n });
    yield_(n).await;
    let is = matches!(event(n).await, Event::End { code: 0..5 });
    let f = |e: &Event| matches!(e, Event::End { code: 3 });
    yield_(f(&Event::Tick) as u64).await;
    let code = yield_(is as u64).await;
    yield_(code).await;
    format!("{text} {code} {is}")
}

pub fn cases() -> Vec<Case> {
    cases! {
    unmatched, unmatched_twin => (1), (2), (3), (10);
    of_tokio, of_tokio_twin => (0), (1), (2), (3);
    field_names, field_names_twin => (0), (1);
    elses, elses_twin => (1), (2), (3), (4);
    conditions, conditions_twin => (0), (1), (2);
    events, events_twin => (0), (1), (2), (3);
    drops, drops_twin => (0), (1), (2), (3), (4), (5);
    Svc::run, Svc::run_twin => (s: &mut Svc = Svc { n: 0, seen: vec![] }, o: &mut Svc = Svc { n: 1, seen: vec![] });
        }
}
