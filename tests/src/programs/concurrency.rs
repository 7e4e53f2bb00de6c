//! Several coroutines and other futures beside each other inside one.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use coroutine_runtime::{join, join_all, race, retry, select, sleep, timeout, try_join, try_join_all};
use std::time::Duration;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    let got = yield_(n).await;
    got + n
}
#[durable(yield = u64, resume = u64)]
async fn asks(rounds: u64, n: u64) -> u64 {
    let mut total = 0;
    for i in 0..rounds {
        total += yield_(n + i).await;
    }
    total
}
#[durable]
async fn adds(n: u64) -> u64 {
    let a = add(n, 1).await;
    add(a, 2).await
}
#[durable]
async fn lengths(text: &str, list: &mut Vec<u64>) -> u64 {
    let a = add(text.len() as u64, 1).await;
    list.push(a);
    add(a, 2).await
}
#[durable(yield = u64, resume = u64)]
async fn ask_length(text: &str) -> u64 {
    yield_(text.len() as u64).await + text.len() as u64
}

#[durable(twin = two_twin, yield = u64, resume = u64)]
pub async fn two(n: u64) -> u64 {
    let (a, b) = join!(adds(n), adds(n + 10));
    let c = yield_(a).await;
    a + b + c
}

#[durable(twin = two_ask_twin, yield = u64, resume = u64)]
pub async fn two_ask(n: u64) -> u64 {
    let (a, b) = join!(ask(n), ask(n + 10));
    a * 1000 + b
}
#[durable(twin = in_macros_twin, yield = u64, resume = u64)]
pub async fn in_macros(n: u64) -> String {
    let list = vec![coroutine_runtime::race!(ask(n), ask(n + 1)), n];
    format!("{:?} {list:?}", join!(ask(n), ask(n + 10)))
}
/// What a branch borrows lives to the end of the statement.
#[durable(twin = of_temporaries_twin, yield = u64, resume = u64)]
pub async fn of_temporaries(n: u64) -> u64 {
    let (a, b) = join!(ask_length(&format!("text {n}")), ask(weighed(&D::new("weighed"))));
    log("joined");
    coroutine_runtime::race!(ask(weighed(&D::new("raced")) + a), ask(b))
}
fn weighed(d: &D) -> u64 {
    touch(d);
    2
}
#[durable(twin = turns_twin, yield = u64, resume = u64)]
pub async fn turns(n: u64) -> (u64, u64, u64) {
    join!(asks(3, n), asks(1, n + 100), asks(4, n + 200))
}
#[durable(twin = lending_twin, yield = u64, resume = u64)]
pub async fn lending(text: String) -> String {
    let mut list = vec![1];
    let mut other = vec![2];
    let (a, b, c) = join!(lengths(&text, &mut list), lengths("text", &mut other), ask_length(&text));
    format!("{a} {b} {c} {list:?} {other:?}")
}
#[durable(twin = mixed_twin, yield = u64, resume = u64)]
pub async fn mixed(text: String) -> String {
    let (a, b) = join!(ask_length(&text), greet(&text));
    let (c, d) = join!(adds(a), async { double(text.len() as u64).await });
    let (e, f) = join!(adds(a), later_len("12"));
    format!("{a} {b} {c} {d} {e} {f:?}")
}
#[durable(twin = steps_only_twin, yield = u64, resume = u64)]
pub async fn steps_only(text: String) -> String {
    let (a, b) = join!(greet(&text), get(&text));
    let left = b.peek().await;
    drop(b);
    let c = yield_(a.len() as u64 + left).await;
    format!("{a} {c}")
}
#[durable]
async fn fails(n: u64) -> Result<u64, String> {
    let a = small(n).await?;
    small(a).await
}
#[durable(twin = trying_twin, yield = u64, resume = u64)]
pub async fn trying(n: u64) -> Result<u64, String> {
    let (a, b) = try_join!(fails(n), async { small(1).await })?;
    let (c, d, e) = try_join!(fails(n), fails(n + 1), fails(n + 2))?;
    Ok(a + b + c + d + e)
}
#[durable(twin = nested_twin, yield = u64, resume = u64)]
pub async fn nested(n: u64) -> String {
    let x = join!(two_ask(n), turns(n), adds(3));
    let mut all = vec![];
    for i in 0..3 {
        all.push(join!(ask(i), two(i)));
    }
    format!("{x:?} {all:?}")
}
#[durable(twin = racing_twin, yield = u64, resume = u64)]
pub async fn racing(n: u64) -> String {
    let a = race!(ask(n), asks(3, n));
    let b = race!(asks(3, n), asks(1, n + 10));
    let c = select! {
        x = asks(3, n) => x.to_string(),
        y = ask(3) => { let z = ask(y).await; format!("second {z}") }
    };
    let d = race!(adds(1), adds(2));
    let e = race!(double(3), add(1, 2));
    format!("{a} {b} {c} {d} {e}")
}
#[durable(twin = selecting_twin, yield = u64, resume = u64)]
pub async fn selecting(n: u64) -> Result<String, String> {
    let mut all = vec![];
    let mut left = n;
    loop {
        select! {
            (a, b) = async { (add(1, 2).await, 3u64) } => all.push(a + b),
            x = double(left) => { let more = small(x).await?; all.push(more); }
        }
        left -= 1;
        if left == 0 {
            break;
        }
        let got = select! {
            a = ask(left) => {
                if a > 40 {
                    continue;
                }
                a
            }
            b = asks(2, left) => return Ok("early".into()),
        };
        all.push(got);
        select! {
            x = asks(2, left) => all.push(x),
            y = ask(100) => all.push(small(y).await?),
        }
    }
    Ok(format!("{all:?}"))
}

#[durable(yield = u64, resume = u64)]
async fn deep(n: u64) -> u64 {
    if n == 0 {
        return yield_(n).await;
    }
    Box::pin(deep(n - 1)).await + 1
}
#[durable(yield = u64, resume = u64)]
async fn boxed(n: u64) -> u64 {
    Box::pin(forks(n)).await
}
#[durable(yield = u64, resume = u64)]
async fn forks(n: u64) -> u64 {
    if n < 2 {
        return yield_(n).await;
    }
    let (a, b) = join!(boxed(n - 1), boxed(n - 2));
    a + b
}
#[durable(twin = recursing_twin, yield = u64, resume = u64)]
pub async fn recursing(n: u64) -> u64 {
    let (a, b) = join!(deep(n), deep(n + 1));
    let c = forks(n).await;
    a + b + c
}

async fn later_len(text: &str) -> usize {
    later().await;
    text.len()
}

/// The macros of others are compiled to the same.
#[durable(twin = of_tokio_twin, yield = u64, resume = u64)]
pub async fn of_tokio(n: u64) -> Result<u64, String> {
    let (a, b) = tokio::join!(ask(n), adds(n));
    let (c, d) = tokio::try_join!(fails(n), async { Ok(later_len("ab").await as u64) })?;
    let e = tokio::select! {
        biased;
        e = double(n) => ask(e).await,
        () = std::future::pending() => return Err("never".into()),
    };
    Ok(a + b + c + d + e)
}

pub struct Counter {
    n: u64,
    name: String,
}
impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.n)
    }
}
impl Counter {
    fn new(n: u64) -> Self {
        Counter { n, name: "counter".into() }
    }
    #[durable(yield = u64, resume = u64)]
    async fn counts(&mut self, by: u64) -> u64 {
        self.n += yield_(by).await;
        self.n
    }
    #[durable(yield = u64, resume = u64)]
    async fn named(&self, text: &str) -> String {
        let n = yield_(self.n).await;
        format!("{}{text}{n}", self.name)
    }
}
#[durable(twin = lent_twin, yield = u64, resume = u64)]
pub async fn lent(a: &mut Counter, b: &mut Counter, c: &Counter) -> String {
    let counts = join!(a.counts(1), b.counts(2), c.named("x"), c.named("y"));
    let again = join!(b.counts(1), a.counts(2));
    format!("{counts:?} {again:?}")
}
#[durable(twin = methods_twin, yield = u64, resume = u64)]
pub async fn methods(n: u64) -> String {
    let mut list = vec![n];
    let a = join!(pushes(&mut list, n), join_lengths("one", "two"));
    let b = try_join!(fails(a.0), async { small(list.len() as u64).await });
    format!("{a:?} {b:?} {list:?}")
}
#[durable(yield = u64, resume = u64)]
async fn pushes(list: &mut Vec<u64>, n: u64) -> u64 {
    list.push(yield_(n).await);
    list.len() as u64
}
#[durable(yield = u64, resume = u64)]
async fn join_lengths(a: &str, b: &str) -> u64 {
    let (a, b) = join!(ask_length(a), ask_length(b));
    a + b
}

/// Time that is over at once, or never is.
#[durable(twin = timed_twin, yield = u64, resume = u64)]
pub async fn timed(n: u64) -> String {
    let day = Duration::from_secs(86_400);
    sleep(Duration::ZERO).await;
    let a = timeout!(day, asks(2, n));
    let b = timeout!(Duration::ZERO, ask(n));
    let c = timeout!(day, adds(n));
    let d = timeout!(day, double(n));
    let e = select! {
        () = sleep(day) => 1,
        e = ask(n) => e,
    };
    let mut list = vec![];
    let f = timeout!(day, pushes(&mut list, n));
    format!("{a:?} {b:?} {c:?} {d:?} {e} {f:?} {list:?}")
}

/// What is dropped when: a branch that has landed, the losers of a race, and what is left when one fails.
#[durable(yield = u64, resume = u64)]
async fn holds(name: String, rounds: u64) -> Result<u64, String> {
    let _d = D::new(&name);
    let mut total = 0;
    for i in 0..rounds {
        total += yield_(i).await;
        if total > 500 {
            return Err(name);
        }
    }
    Ok(total)
}
#[durable(twin = dropping_twin, yield = u64, resume = u64)]
pub async fn dropping(n: u64) -> String {
    let _d = D::new("own");
    let a = join!(holds("a".into(), 1), holds("b".into(), 3));
    log("joined");
    let b = race!(holds("c".into(), 3), holds("d".into(), 2), holds("e".into(), 4));
    log("raced");
    let c = try_join!(holds("f".into(), 2), holds("g".into(), n), holds("h".into(), 2));
    log("tried");
    format!("{a:?} {b:?} {c:?}")
}

#[durable(yield = u64, resume = u64)]
async fn asks_twice(n: u64) -> u64 {
    let a = yield_(n).await;
    a + yield_(a).await
}
#[durable(yield = u64, resume = u64)]
async fn checked(n: u64) -> Result<u64, String> {
    let a = yield_(n).await;
    let _held = D::new(&format!("held {n}"));
    if n > 2 {
        yield_(100).await;
        return Err(format!("{n} is too much"));
    }
    yield_(a).await;
    Ok(n)
}
#[durable(yield = u64, resume = u64, twin = of_a_list_twin)]
pub async fn of_a_list(list: Vec<u64>) -> Vec<u64> {
    let all = join_all(list.into_iter().map(asks_twice)).await;
    yield_(all.len() as u64).await;
    let calls: Vec<_> = (0..2).map(asks_twice).collect();
    let more = join_all(calls).await;
    [all, more].concat()
}
#[durable(yield = u64, resume = u64, twin = of_a_list_that_fails_twin)]
pub async fn of_a_list_that_fails(list: Vec<u64>) -> Result<u64, String> {
    let all = try_join_all(list.into_iter().map(checked)).await?;
    Ok(all.into_iter().sum())
}
#[durable]
async fn works(n: u64) -> u64 {
    let a = add(n, 1).await;
    add(a, n).await
}
#[durable(yield = u64, resume = u64, twin = of_steps_twin)]
pub async fn of_steps(n: u64) -> Vec<u64> {
    let first = join_all([works(n), works(n + 1)]).await;
    yield_(first[0]).await;
    first
}
/// Gives an error so often.
#[derive(Default)]
pub struct Line(std::sync::atomic::AtomicU64);
impl Line {
    async fn send(&self, text: &str, busy: u64) -> Result<usize, String> {
        later().await;
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        log(format!("send {text} {n}"));
        if n < busy { Err(format!("busy {n}")) } else { Ok(text.len()) }
    }
}
#[durable(yield = u64, resume = u64)]
async fn asks_even(n: u64) -> Result<u64, String> {
    let a = yield_(n).await;
    if a % 2 == 1 { Err(format!("odd {a}")) } else { Ok(a) }
}
#[durable(yield = u64, resume = u64, twin = trying_again_twin)]
pub async fn trying_again(line: &Line, text: String, n: u64) -> String {
    let none = Duration::ZERO;
    let a = retry!(vec![none; 3].into_iter(), line.send(&text, n));
    yield_(a.as_ref().map_or(0, |n| *n as u64)).await;
    let b = retry!(vec![none, none].into_iter(), asks_even(n));
    let c: Result<u64, String> = async { retry!([Duration::ZERO].into_iter(), small(n)) }.await;
    format!("{a:?} {b:?} {c:?}")
}
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Pool {
    name: String,
}
impl Pool {
    #[durable(yield = u64, resume = u64)]
    async fn asks(&self, n: u64) -> u64 {
        yield_(n).await + self.name.len() as u64
    }
    #[durable(yield = u64, resume = u64)]
    async fn ends(self, n: u64) -> u64 {
        yield_(n).await + self.name.len() as u64
    }
}
#[durable(yield = u64, resume = u64)]
async fn given(pool: Pool) -> u64 {
    yield_(pool.name.len() as u64).await
}
#[durable(yield = u64, resume = u64)]
async fn seen(pool: &Pool, n: u64) -> u64 {
    yield_(n).await + pool.name.len() as u64
}
/// A variable that several branches use, and nobody after them: what a method is called on is lent where a later branch has it.
#[durable(yield = u64, resume = u64, twin = used_by_several_twin)]
pub async fn used_by_several(name: String) -> u64 {
    let pool = Pool { name };
    let (a, b) = join!(pool.asks(1), given(pool.clone()));
    let other = pool.clone();
    let (c, d) = join!(given(other.clone()), other.asks(2));
    let (e, f, g) = join!(seen(&pool, 1), pool.asks(1), given(pool.clone()));
    let (h, i) = join!(given(pool.clone()), pool.ends(3));
    a + b + c + d + e + f + g + h + i
}

#[durable]
async fn doubled(list: &[u64], n: u64) -> u64 {
    let mut sum = 0;
    for x in list {
        sum += double(x + n).await;
    }
    sum
}

/// Calls that lend, in variables.
#[durable(yield = u64, resume = u64, twin = joined_calls_twin)]
pub async fn joined_calls(list: Vec<u64>, n: u64) -> u64 {
    let a = doubled(&list, n);
    let b = doubled(&list, n + 1);
    let (a, b) = join!(a, b);
    let c = doubled(&list, a);
    let d = c.await;
    yield_(d).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        joined_calls, joined_calls_twin => (vec![1, 2, 3], 3);
        used_by_several, used_by_several_twin => ("pool".to_owned());
        trying_again, trying_again_twin => (line: &Line = Line::default(), "text".to_owned(), 2), (line: &Line = Line::default(), "text".to_owned(), 9);
        // (66: more than a word has bits.)
        of_a_list, of_a_list_twin => (vec![]), (vec![5]), (vec![1, 2, 3]), ((0..66).collect());
        of_a_list_that_fails, of_a_list_that_fails_twin => (vec![1, 2]), (vec![1, 3, 2]);
        of_steps, of_steps_twin => (3);
        two, two_twin => (3);
        two_ask, two_ask_twin => (3);
        in_macros, in_macros_twin => (1);
        of_temporaries, of_temporaries_twin => (1);
        turns, turns_twin => (3);
        lending, lending_twin => ("name".to_owned());
        mixed, mixed_twin => ("name".to_owned());
        trying, trying_twin => (3), (99), (97), (96);
        nested, nested_twin => (1);
        racing, racing_twin => (1);
        selecting, selecting_twin => (3), (30);
        recursing, recursing_twin => (5);
        dropping, dropping_twin => (1), (60);
        timed, timed_twin => (1);
        of_tokio, of_tokio_twin => (1), (3);
        methods, methods_twin => (2);
        lent, lent_twin => (a: &mut Counter = Counter::new(1), b: &mut Counter = Counter::new(2), c: &Counter = Counter::new(3));
    }
}

/// Steps that are fused.
pub fn fused_cases() -> Vec<Case> {
    cases! {
        steps_only, steps_only_twin => ("name".to_owned());
    }
}
