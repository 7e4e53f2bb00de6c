//! Steps: ordinary async functions, given values, borrowing slots and what was lent.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

#[durable(yield = u64, resume = u64, twin = one_after_another_twin)]
pub async fn one_after_another(n: u64) -> u64 {
    let a = double(n).await;
    tick().await;
    let b = add(a, n).await;
    same(b).await;
    add(a, b).await
}

#[durable(yield = u64, resume = u64, twin = change_slots_twin)]
pub async fn change_slots(n: u64) -> String {
    let mut words = strings(&["a"]);
    let mut total = n;
    let a = count(&mut words).await;
    let b = bump(&mut total, a).await;
    yield_(b).await;
    let c = count(&mut words).await;
    total += bump(&mut total, c).await;
    bump(&mut total, words.len() as u64).await;
    format!("{words:?} {total}")
}

#[durable(yield = u64, resume = u64, twin = change_parts_twin)]
pub async fn change_parts(mut order: Order) -> Order {
    count(&mut order.items).await;
    bump(&mut order.seen, 5).await;
    yield_(order.seen).await;
    bump(&mut order.at.x, order.at.y).await;
    let mut pair = (order.at, [1, 2]);
    bump(&mut pair.1[1], 7).await;
    yield_(pair.1[1]).await;
    order.seen += pair.1[1] + pair.0.x;
    order
}

#[durable(yield = u64, resume = u64, twin = two_borrows_twin)]
pub async fn two_borrows(n: u64) -> u64 {
    async fn moved(from: &mut Vec<u64>, to: &mut Vec<u64>, limit: &u64) -> usize {
        while let Some(n) = from.pop() {
            later().await;
            if n > *limit {
                to.push(n);
            }
        }
        to.len()
    }
    let mut from = vec![1, 5, 9];
    let mut to = vec![n];
    let many = moved(&mut from, &mut to, &n).await;
    yield_(many as u64).await;
    from.push(100);
    moved(&mut from, &mut to, &0).await;
    yield_(to.iter().sum()).await
}

#[durable(yield = u64, resume = u64, twin = borrow_lent_twin)]
pub async fn borrow_lent(shop: &Shop, order: &mut Order, n: u64) -> Result<u64, String> {
    let seen = shop.count(order).await;
    let price = shop.price(&order.items[0]).await?;
    yield_(price).await;
    order.items.push(greet("b").await);
    let more = shop.price(order.items.last().unwrap()).await?;
    let again = shop.count(order).await;
    yield_(again).await;
    Ok(seen + price + more + n)
}

#[durable(yield = u64, resume = u64, twin = fallible_twin)]
pub async fn fallible(text: String) -> Result<u64, Fault> {
    let a = parse(&text).await?;
    let b = small(a).await.unwrap_or_else(|text| text.len() as u64);
    let c = match half(b).await {
        Some(c) => c,
        None => small(b * 10).await?,
    };
    let d = small(c).await.map(|d| d * 2).map_err(Fault::from)?;
    yield_(d).await;
    Ok(d)
}

#[durable(yield = u64, resume = u64, twin = immediate_twin)]
pub async fn immediate(n: u64) -> u64 {
    // Steps that never wait.
    let a = same(n).await;
    let b = std::future::ready(a + 1).await;
    let c = async { b * 2 }.await;
    async {}.await;
    yield_(c).await
}

#[durable(yield = u64, resume = u64, twin = boxed_and_stored_twin)]
pub async fn boxed_and_stored(n: u64) -> u64 {
    use std::{future::Future, pin::Pin};
    fn boxed<'a>(n: &'a u64) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
        Box::pin(async move {
            later().await;
            n + 1
        })
    }
    let a = boxed(&n).await;
    yield_(a).await;
    let stored: Pin<Box<dyn Future<Output = u64> + Send>> = Box::pin(double(a));
    let b = stored.await;
    yield_(b).await
}

#[durable(yield = u64, resume = u64, twin = into_future_twin)]
pub async fn into_future(n: u64) -> u64 {
    struct Request(u64);
    impl IntoFuture for Request {
        type Output = u64;
        type IntoFuture = std::pin::Pin<Box<dyn Future<Output = u64> + Send>>;
        fn into_future(self) -> Self::IntoFuture {
            log("into future");
            Box::pin(double(self.0))
        }
    }
    let a = Request(n).await;
    yield_(a).await;
    Request(a).await
}

#[durable(yield = u64, resume = u64, twin = in_loops_twin)]
pub async fn in_loops(words: Vec<String>) -> Vec<String> {
    let mut out = vec![];
    let mut seen = 0;
    for word in words {
        let greeting = greet(&word).await;
        bump(&mut seen, greeting.len() as u64).await;
        out.push(greeting);
        while half(seen).await.is_some() {
            bump(&mut seen, 1).await;
        }
        count(&mut out).await;
    }
    yield_(seen).await;
    out
}

#[durable(yield = u64, resume = u64, twin = many_arguments_twin)]
pub async fn many_arguments(n: u64, name: String) -> String {
    async fn six(a: u64, b: &str, c: &mut Vec<u64>, d: Option<&Point>, e: &[String], f: impl Fn(u64) -> u64) -> String {
        c.push(f(a));
        later().await;
        format!("{a} {b} {c:?} {d:?} {e:?}")
    }
    let mut list = vec![n];
    let point = Point { x: 1, y: n };
    let factor = yield_(n).await;
    let one = six(n, &name, &mut list, Some(&point), &[name.clone()], |n| n * factor).await;
    yield_(list.len() as u64).await;
    let two = six(factor, "literal", &mut list, None, &[], |n| n + 1).await;
    one + "/" + &two
}

#[durable(yield = u64, resume = u64, twin = guard_in_statement_twin)]
pub async fn guard_in_statement(n: u64) -> u64 {
    // The guard is a temporary of a statement without a step.
    let shared = std::sync::Arc::new(std::sync::Mutex::new(n));
    *shared.lock().unwrap() += 1;
    let a = *shared.lock().unwrap();
    let total = {
        let guard = shared.lock().unwrap();
        *guard * 2
    };
    let b = double(a + total).await;
    *shared.lock().unwrap() += b;
    let now = *shared.lock().unwrap();
    let c = double(now).await;
    drop(shared);
    yield_(c).await
}

#[durable(yield = u64, resume = u64, twin = borrow_slots_twin)]
pub async fn borrow_slots(name: String, list: Vec<u64>) -> String {
    let greeting = greet(&name).await;
    let sum = sum_of(&list).await;
    yield_(sum).await;
    let longer = longest(&greeting, &name).await.len() as u64;
    let part = sum_of(&list[1..]).await;
    yield_(longer + part).await;
    format!("{greeting} {name} {list:?}")
}

#[durable(yield = u64, resume = u64, twin = awaits_in_borrowing_step_twin)]
pub async fn awaits_in_borrowing_step(n: u64) -> u64 {
    let mut total = n;
    let words = strings(&["x", "yy"]);
    let a = bump(&mut total, yield_(1).await).await;
    let b = add(words.len() as u64, yield_(2).await).await;
    let c = longest(&words[1], &greet(&words[0]).await).await.len() as u64;
    let d = bump(&mut total, double(c).await).await;
    a + b + c + d + total
}

#[durable(yield = u64, resume = u64, twin = borrow_gives_borrow_twin)]
pub async fn borrow_gives_borrow(a: String, b: String) -> String {
    let longer = longest(&a, &b).await.to_owned();
    yield_(longer.len() as u64).await;
    let first = longest(&a, "").await.chars().next();
    let both = longest(longest(&a, &longer).await, "0123456789").await.to_uppercase();
    yield_(1).await;
    format!("{longer} {first:?} {both}")
}

/// Steps whose types are known only from what is made of them.
#[derive(Debug)]
pub struct Api(u64);
impl Api {
    pub async fn get<T: DeserializeOwned + Send>(&mut self, text: &str) -> Result<T, String> {
        tick().await;
        self.0 += 1;
        serde_json::from_str(text).map_err(|e| e.to_string())
    }
    pub async fn put<T: Serialize + Sync>(&mut self, n: &[T], all: &[&(dyn Debug + Sync)]) -> u64 {
        tick().await;
        self.0 += 1;
        self.0 + n.len() as u64 + all.len() as u64
    }
}
#[derive(Debug)]
pub struct Service {
    api: Api,
}
fn takes(v: Vec<u64>) -> u64 {
    v.len() as u64
}
impl Service {
    #[durable(yield = u64, resume = u64, twin = gets_twin)]
    pub async fn gets(&mut self, text: String) -> Result<u64, String> {
        let x: u64 = self.api.get("5").await?;
        let v = takes(self.api.get(&format!("[{x}]")).await?);
        yield_(v).await;
        let text = self.api.get(&text).await.unwrap_or("x".to_owned());
        let mut sum = 0u64;
        sum += self.api.put(&[1u8, 2], &[&text.len(), &text.to_uppercase()]).await;
        sum += self.api.put::<u8>(&[], &[]).await + self.api.get::<u64>("7").await?;
        let n = self.api.get("[1,2]").await?;
        yield_(takes(n)).await;
        Ok(sum)
    }
}

pub fn cases() -> Vec<Case> {
    cases! {
        Service::gets, Service::gets_twin => (s: &mut Service = Service { api: Api(3) }, "\"a\"".to_owned()), (s: &mut Service = Service { api: Api(3) }, "1".to_owned());
        borrow_gives_borrow, borrow_gives_borrow_twin => ("short".to_owned(), "longer one".to_owned());
        awaits_in_borrowing_step, awaits_in_borrowing_step_twin => (3);
        borrow_slots, borrow_slots_twin => ("ann".to_owned(), vec![1, 2, 3]);
        one_after_another, one_after_another_twin => (3);
        change_slots, change_slots_twin => (3);
        change_parts, change_parts_twin => (Order::new(&["a"]));
        two_borrows, two_borrows_twin => (4);
        borrow_lent, borrow_lent_twin => (shop: &Shop = Shop::new(5), order: &mut Order = Order::new(&["a"]), 1),
            (shop: &Shop = Shop::new(5), order: &mut Order = Order::new(&["a bad"]), 1);
        fallible, fallible_twin => ("4".to_owned()), ("x".to_owned()), ("200".to_owned()), ("9".to_owned()), ("50".to_owned());
        immediate, immediate_twin => (3);
        boxed_and_stored, boxed_and_stored_twin => (3);
        into_future, into_future_twin => (3);
        in_loops, in_loops_twin => (strings(&["a", "bb"])), (vec![]);
        many_arguments, many_arguments_twin => (3, "name".to_owned());
        guard_in_statement, guard_in_statement_twin => (3);
    }
}
