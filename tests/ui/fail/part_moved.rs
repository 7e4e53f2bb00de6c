//! What is moved out of a variable that stays must leave something empty in its place.
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Customer {
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Order {
    customer: Customer,
    price: u64,
}

#[durable(yield = u64, resume = u64)]
async fn ask(order: Order) -> u64 {
    let customer = order.customer;
    yield_(customer.name.len() as u64).await;
    order.price
}

fn main() {}
