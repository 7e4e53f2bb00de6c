//! Who has a body says what it stores.
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

trait Asks {
    #[durable(yield = u64, resume = u64)]
    async fn ask(&self, #[with(AsNumber)] client: Client) -> u64;
}

fn main() {}
