//! Adaptors of other types than that of the variable.
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

struct Server(u64);

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    #[with(AsNumber)]
    let server = Server(1);
    yield_(1).await + server.0
}

#[durable(yield = u64, resume = u64)]
async fn only_held(#[with(Server)] _client: Client) -> u64 {
    yield_(1).await
}

#[durable(yield = u64, resume = u64)]
async fn borrows(client: &Client) -> u64 {
    #[with(AsNumber)]
    let client = client;
    yield_(1).await + client.0
}

fn main() {}
