//! Adaptors where nothing is stored by them, and on all that may have one: no lint says anything.
#![deny(warnings)]
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

struct AsText;
impl Adapt<Client> for AsText {
    type Stored = String;
    fn store(client: &Client) -> String {
        client.0.to_string()
    }
    fn restore(stored: String) -> Result<Client, Box<dyn Error + Send + Sync>> {
        Ok(Client(stored.parse()?))
    }
}

impl Client {
    #[durable]
    async fn ends(#[with(AsNumber)] self, #[with(AsText)] other: Client) -> u64 {
        let sum = async { self.0 + other.0 }.await;
        self.0 + sum
    }
}

#[durable(yield = u64, resume = u64, twin = plain)]
async fn ask(#[with(AsNumber)] mut client: Client, #[with(AsNumber)] _: Client) -> u64 {
    #[with(AsText)]
    let other = Client(2);
    client.0 += other.0;
    let more = || {
        #[with(AsNumber)]
        let third = Client(3);
        third.0
    };
    let fourth = async {
        #[with(AsNumber)]
        let fourth = Client(4);
        std::future::ready(fourth.0).await
    }
    .await;
    let sum = more() + fourth;
    #[with(AsNumber)]
    let fifth = Client(sum);
    let ended = fifth.ends(client).await;
    #[with(AsText)]
    #[allow(unused_variables)]
    let unused = Client(6);
    yield_(ended).await
}

fn main() {
    let _ = ask(Client(1), Client(1)).start();
    let _ = plain(Client(1), Client(1));
}
