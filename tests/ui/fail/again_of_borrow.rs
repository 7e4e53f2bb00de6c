//! A borrow is taken again after each wait: its type is declared, and what it is of does not change.
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    name: String,
    paid: bool,
}

impl Order {
    fn name(&self) -> &str {
        &self.name
    }
    fn state(&self) -> &'static str {
        if self.paid { "paid" } else { "open" }
    }
    fn add(&mut self) -> &str {
        self.name.push('!');
        &self.name
    }
}

fn longer(order: &mut Order) -> &str {
    order.add()
}

#[durable(yield = usize, resume = u64)]
async fn undeclared(order: Order) -> usize {
    #[again]
    let name = order.name();
    yield_(name.len()).await;
    name.len()
}

#[durable(yield = usize, resume = u64)]
async fn changes(mut order: Order) -> usize {
    #[again]
    let name: &str = longer(&mut order);
    yield_(name.len()).await;
    name.len()
}

#[durable(yield = usize, resume = u64)]
async fn changed(mut order: Order) -> usize {
    #[again]
    let state: &str = order.state();
    yield_(state.len()).await;
    order.paid = true;
    state.len()
}

#[durable(yield = usize, resume = u64)]
async fn mutably(mut order: Order) -> usize {
    #[again]
    let name: &str = order.add();
    yield_(name.len()).await;
    name.len()
}

fn main() {}
