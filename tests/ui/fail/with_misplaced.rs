//! `#[with(..)]` where it says nothing, or nothing is stored.
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

// An attribute that does not say by what, or twice.
#[durable(yield = u64, resume = u64)]
async fn no_adaptor() -> u64 {
    #[with]
    let client = Client(1);
    yield_(1).await + client.0
}

#[durable(yield = u64, resume = u64)]
async fn parameter(#[with = AsNumber] client: Client) -> u64 {
    yield_(1).await + client.0
}

#[durable(yield = u64, resume = u64)]
async fn twice() -> u64 {
    #[with(AsNumber)]
    #[with(AsNumber)]
    let client = Client(1);
    yield_(1).await + client.0
}

// What is made again is not stored.
#[durable(yield = u64, resume = u64)]
async fn and_again() -> u64 {
    #[again]
    #[with(AsNumber)]
    let client = Client(1);
    yield_(1).await + client.0
}

// An adaptor of nothing.
#[durable(yield = u64, resume = u64)]
async fn on_nothing() -> u64 {
    #[with(AsNumber)]
    let _ = Client(1);
    yield_(1).await
}

// What an adaptor stores is one variable.
#[durable(yield = u64, resume = u64)]
async fn on_pattern() -> u64 {
    #[with(AsNumber)]
    let (client, n) = (Client(1), 2);
    yield_(n).await + client.0
}

#[durable(yield = u64, resume = u64)]
async fn on_pattern_of_parameter(#[with(AsNumber)] (client, n): (Client, u64)) -> u64 {
    yield_(n).await + client.0
}

// What is lent is not stored.
#[durable(yield = u64, resume = u64)]
async fn on_lent(#[with(AsNumber)] client: &Client) -> u64 {
    yield_(1).await + client.0
}

impl Client {
    #[durable(yield = u64, resume = u64)]
    async fn asks(#[with(AsNumber)] &self) -> u64 {
        yield_(1).await + self.0
    }
}

// Who has a body says what it stores.
trait Asks {
    #[durable(yield = u64, resume = u64)]
    async fn ask(&self, #[with(AsNumber)] client: Client) -> u64;
}

fn main() {}
