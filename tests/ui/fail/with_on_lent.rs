//! What is lent is not stored.
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
async fn ask(#[with(AsNumber)] client: &Client) -> u64 {
    yield_(1).await + client.0
}

impl Client {
    #[durable(yield = u64, resume = u64)]
    async fn asks(#[with(AsNumber)] &self) -> u64 {
        yield_(1).await + self.0
    }
}

fn main() {}
