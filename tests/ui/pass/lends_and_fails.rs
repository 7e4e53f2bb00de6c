//! What comes by value is stored, what comes by reference is lent; steps and children that fail.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    items: Vec<String>,
}

struct Shop {
    base: u64,
}

#[derive(Debug, PartialEq)]
enum OrderError {
    Price(String),
    Empty,
}

impl From<String> for OrderError {
    fn from(text: String) -> Self {
        OrderError::Price(text)
    }
}

impl Shop {
    async fn price(&self, item: &str) -> Result<u64, String> {
        if item.is_empty() { Err("no name".to_owned()) } else { Ok(self.base + item.len() as u64) }
    }
}

#[durable(yield = u64, resume = u64)]
async fn pack(shop: &Shop, item: String) -> Result<u64, String> {
    let price = shop.price(&item).await?;
    let approved = yield_(price).await;
    Ok(approved + item.len() as u64)
}

#[durable(yield = u64, resume = u64)]
async fn order(order: Order, shop: &Shop) -> Result<u64, OrderError> {
    if order.items.is_empty() {
        return Err(OrderError::Empty);
    }
    let mut total = 0;
    for item in order.items {
        total += pack(shop, item).await?;
    }
    Ok(total)
}

fn drive<M: Frame<Port = coroutine_runtime::Yields<u64, u64>>>(mut coroutine: Coroutine<'_, M>) -> M::Return {
    let mut input = 0;
    loop {
        match coroutine.resume(input).unwrap() {
            Resumed::Yielded(value) => input = value * 10,
            Resumed::Complete(result) => return result,
        }
    }
}

fn main() {
    let shop = Shop { base: 1 };
    let some = |items: &[&str]| Order { items: items.iter().map(ToString::to_string).collect() };
    assert_eq!(drive(order(some(&["ab", "c"]), &shop).start()), Ok(53));
    assert_eq!(drive(order(some(&[""]), &shop).start()), Err(OrderError::Price("no name".to_owned())));
    assert_eq!(drive(order(some(&[]), &shop).start()), Err(OrderError::Empty));
}
