//! What an adaptor stores is one variable.
use coroutine_runtime::{Adapt, prelude::*};
use std::error::Error;

struct Client(u64);
struct AsNumber;
impl Adapt<Client> for AsNumber {
    type Stored = u64;
    fn store(client: &Client) -> u64 {
        client.0
    }
    fn restore(stored: u64) -> Result<Client, Box<dyn Error + Send + Sync>> {
        Ok(Client(stored))
    }
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    #[with(AsNumber)]
    let (client, n) = (Client(1), 2);
    yield_(n).await + client.0
}

#[durable(yield = u64, resume = u64)]
async fn parameter(#[with(AsNumber)] (client, n): (Client, u64)) -> u64 {
    yield_(n).await + client.0
}

fn main() {}
