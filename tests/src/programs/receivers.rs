//! Receivers that are variables not used again, or temporaries; temporaries that calls borrow.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use coroutine_runtime::{join, race};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counter {
    name: String,
    n: u64,
}

impl Counter {
    pub fn new(name: &str, n: u64) -> Self {
        Counter { name: name.to_owned(), n }
    }

    #[durable(yield = u64, resume = u64)]
    pub async fn reads(&self, by: u64) -> u64 {
        let a = yield_(self.n + by).await;
        a + self.n
    }

    #[durable(yield = u64, resume = u64)]
    pub async fn says(&self, text: &str) -> u64 {
        let a = yield_(self.n + text.len() as u64).await;
        log(text);
        a + self.n
    }

    #[durable(yield = u64, resume = u64)]
    pub async fn adds(&mut self, by: u64) -> u64 {
        self.n += yield_(by).await;
        tick().await;
        self.n
    }

    #[durable(yield = u64, resume = u64)]
    pub async fn ends(self, text: &str) -> String {
        let n = yield_(self.n).await;
        format!("{} {n} {text}", self.name)
    }

    #[durable(yield = u64, resume = u64, twin = owned_twin)]
    pub async fn owned(self) -> u64 {
        self.reads(1).await
    }

    async fn step(&self, n: u64) -> u64 {
        later().await;
        self.n + n
    }
    async fn last_step(self) -> String {
        later().await;
        self.name
    }
    #[durable(yield = u64, resume = u64)]
    async fn shared(self: Arc<Self>, n: u64) -> u64 {
        yield_(n).await + self.n
    }
}

#[durable(yield = u64, resume = u64, twin = last_uses_twin)]
pub async fn last_uses(n: u64) -> String {
    let a = Counter::new("a", n);
    let x = a.reads(1).await;
    let mut b = Counter::new("b", x);
    let y = b.adds(2).await;
    let c = Counter::new("c", y);
    let z = c.says("literal").await;
    let d = Counter::new("d", z);
    let e = d.ends("literal").await;
    let f = Counter::new("f", 1);
    let text = "local".to_owned();
    let g = f.says(&text).await;
    let h = Counter::new("h", 1);
    let i = h.ends(&text).await;
    let j = Counter::new("j", 2).step(1).await;
    let k = Counter::new("k", 2);
    let l = k.step(j).await;
    let m = Counter::new("m", 2);
    let o = m.last_step().await;
    yield_(g + l).await;
    format!("{e} {i} {o}")
}

#[durable(yield = u64, resume = u64, twin = temporaries_twin)]
pub async fn temporaries(n: u64) -> String {
    let a = Counter::new("a", n).reads(1).await;
    let b = Counter::new("b", a).says("text").await;
    let c = Counter::new("c", b).ends("text").await;
    let d = Box::new(Counter::new("d", 1)).adds(3).await;
    let e = Counter::new("e", d).last_step().await;
    let shared = Arc::new(Counter::new("s", n));
    let f = shared.reads(1).await;
    let g = Arc::clone(&shared).shared(f).await;
    let h = shared.reads(g).await;
    format!("{c} {d} {e} {f} {h}")
}

#[durable(yield = u64, resume = u64)]
async fn total(list: Vec<u64>, other: &Vec<u64>, text: &str) -> u64 {
    yield_(list.iter().sum::<u64>() + other.iter().sum::<u64>()).await + text.len() as u64
}

#[durable(yield = u64, resume = u64, twin = lent_temporaries_twin)]
pub async fn lent_temporaries(n: u64) -> u64 {
    let a = total(vec![1, n], &Vec::<u64>::new(), "one").await;
    let b = total(say(vec![a]), &vec![1, 2], &format!("{a}")).await;
    let c = total(vec![], &say(vec![b]), &say("x".to_owned())).await;
    let d = weighs(&if n > 1 { D::new("more") } else { D::new("less") }, a).await;
    let e = weighs(
        &match n {
            1 => D::new("one"),
            _ => D::new("many"),
        },
        look(&(if n > 1 { D::new("first") } else { D::new("other") })).await,
    )
    .await;
    sum_of(&vec![a, b, c, d, e]).await + total(vec![c], &vec![n], "x").await
}

#[durable(yield = u64, resume = u64)]
async fn weighs(d: &D, n: u64) -> u64 {
    touch(d);
    let n = yield_(n).await;
    touch(d);
    n
}

fn weigh(d: &D) -> u64 {
    touch(d);
    3
}
async fn look(d: &D) -> u64 {
    touch(d);
    later().await;
    touch(d);
    1
}

#[durable(yield = u64, resume = u64, twin = dropped_at_the_end_twin)]
pub async fn dropped_at_the_end(n: u64) -> u64 {
    let a = yield_(weigh(&D::new("a"))).await;
    log("a is gone");
    let b = weighs(&D::new("b"), weigh(&D::new("in b"))).await + say(1);
    log("b is gone");
    let c = look(&D::new("c")).await;
    log("c is gone");
    yield_(weigh(&D::new("d")) + n).await;
    log("d is gone");
    match weighs(&D::new("e"), n).await {
        0 => log("zero"),
        _ => log("e is there"),
    }
    if weighs(&D::new("f"), n).await > 0 {
        log("f is gone");
    }
    same(weigh(&D::new("g"))).await;
    a + b + c + weighs(&D::new("h"), n).await
}

#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Account {
    pub x: u64,
}
impl Account {
    #[durable(yield = u64, resume = u64)]
    async fn reads(&self, n: u64) -> u64 {
        yield_(n + self.x).await + self.x
    }
    #[durable(yield = u64, resume = u64)]
    async fn says(&self, name: &str, text: &str) -> u64 {
        log(name);
        yield_(text.len() as u64).await + self.x
    }
    #[durable(yield = u64, resume = u64)]
    async fn adds(&mut self, n: u64) -> u64 {
        self.x += yield_(n + self.x).await;
        self.x
    }
    #[durable(yield = u64, resume = u64)]
    async fn ends(self, n: u64) -> u64 {
        yield_(n + self.x).await + self.x
    }
}

#[durable(yield = u64, resume = u64, twin = joined_twin)]
pub async fn joined(a: Account, mut b: Account, c: Account) -> u64 {
    let (x, y, z) = join!(a.reads(1), b.adds(2), c.ends(3));
    yield_(x).await + y + z
}
#[durable(yield = u64, resume = u64, twin = raced_twin)]
pub async fn raced(a: Account, b: std::sync::Arc<Account>, name: String) -> u64 {
    let first = race!(a.reads(1), b.reads(2));
    let c = Account { x: first };
    let (x, n) = join!(c.says(&name, "text"), async { name.len() as u64 });
    yield_(x).await + n
}
async fn spend(d: D, n: u64) -> u64 {
    touch(&d);
    n
}
#[durable(yield = u64, resume = u64)]
async fn lent_some(a: &mut Vec<u64>, b: &mut u64, c: &D, n: u64) -> u64 {
    a.push(*b);
    touch(c);
    yield_(n).await + *b
}

#[durable(yield = u64, resume = u64, twin = before_an_await_twin)]
pub async fn before_an_await(n: u64) -> u64 {
    let a = if ((weigh(&D::new("d9")) % 7 != spend(D::new("d10"), n).await % 5) && true) {
        log("then");
        1
    } else {
        2
    };
    log("next");
    let b = weigh(&D::new("x")) + yield_(n).await;
    log("after x");
    let c = lent_some(&mut vec![n], &mut { n }, &D::new("d7"), { 4 }).await;
    let text = format!("{} {}", weigh(&D::new("y")), yield_(c).await);
    log(text);
    match (weigh(&D::new("z")), yield_(c).await) {
        (3, x) => a + b + x,
        _ => 0,
    }
}
pub struct Reply {
    body: String,
    log: Arc<Counter>,
}
impl Reply {
    /// What it gives is known from where it goes.
    async fn parsed<T: std::str::FromStr + Default>(self) -> T {
        later().await;
        self.body.parse().unwrap_or_default()
    }
}

#[durable(yield = u64, resume = u64, twin = generic_steps_twin)]
pub async fn generic_steps(counter: Arc<Counter>, n: u64) -> u64 {
    let reply = Reply { body: n.to_string(), log: counter.clone() };
    let a: u64 = reply.parsed().await;
    let b: i32 = Reply { body: "7".to_owned(), log: counter.clone() }.parsed().await;
    let c = counter.step(sum_of(&vec![n]).await).await;
    yield_(a + b as u64 + c).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        generic_steps, generic_steps_twin => (Arc::new(Counter::new("c", 4)), 3);
        before_an_await, before_an_await_twin => (3);
        joined, joined_twin => (Account { x: 3 }, Account { x: 4 }, Account { x: 5 });
        raced, raced_twin => (Account { x: 3 }, std::sync::Arc::new(Account { x: 4 }), "name".to_owned());
        Counter::owned, Counter::owned_twin => (Counter::new("x", 3));
        last_uses, last_uses_twin => (3);
        temporaries, temporaries_twin => (3);
        lent_temporaries, lent_temporaries_twin => (3);
        dropped_at_the_end, dropped_at_the_end_twin => (3);
    }
}
