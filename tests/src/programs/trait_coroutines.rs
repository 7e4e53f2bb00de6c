//! Coroutines in traits: declared, with bodies of their own, and called over any type that has them.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// What a shop can do: some of it coroutines.
pub trait Market: Sync + Send + 'static {
    #[durable(yield = u64, resume = u64)]
    async fn price(&self, name: &str, n: u64) -> Result<u64, String>;

    #[durable(yield = u64, resume = u64)]
    async fn total(&self, names: &[&str]) -> Result<u64, String> {
        let mut total = 0;
        for name in names {
            total += self.price(name, 1).await?;
        }
        yield_(total).await;
        Ok(total + self.charge())
    }

    #[durable(yield = u64, resume = u64)]
    async fn sold(self, n: u64) -> u64
    where
        Self: Sized + Serialize + DeserializeOwned,
    {
        self.charge() + yield_(n).await + self.charge()
    }

    fn charge(&self) -> u64 {
        1
    }
}

impl Market for Shop {
    #[durable(yield = u64, resume = u64)]
    async fn price(&self, name: &str, n: u64) -> Result<u64, String> {
        let got = yield_(self.base + name.len() as u64).await;
        small(got % 7 + n).await
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Twice<M> {
    of: M,
}
impl<M: Market> Market for Twice<M> {
    #[durable(yield = u64, resume = u64)]
    async fn price(&self, name: &str, n: u64) -> Result<u64, String> {
        Ok(self.of.price(name, n).await? + self.of.price(name, n + 1).await?)
    }
    #[durable(yield = u64, resume = u64)]
    async fn total(&self, names: &[&str]) -> Result<u64, String> {
        yield_(names.len() as u64).await;
        self.of.total(names).await
    }
    fn charge(&self) -> u64 {
        2
    }
}

#[durable(yield = u64, resume = u64, twin = visited_twin)]
pub async fn visited<M: Market>(market: &M, n: u64) -> Result<u64, String> {
    let price = market.price("pen", n).await?;
    let total = market.total(&["a", "bb"]).await?;
    yield_(price + total).await;
    Ok(total)
}

#[durable(yield = u64, resume = u64, twin = bought_twin)]
pub async fn bought<M: Market + Serialize + DeserializeOwned>(market: M, n: u64) -> Result<u64, String> {
    let price = visited(&market, n).await?;
    let all = visited(&market, price % 3).await? + visited(&market, 1).await?;
    Ok(price + all + market.charge())
}

/// What is called is given away.
#[durable(yield = u64, resume = u64, twin = closed_twin)]
pub async fn closed<M: Market + Serialize + DeserializeOwned>(market: M, n: u64) -> u64 {
    let got = yield_(n).await;
    market.sold(got).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        visited::<Shop>, visited_twin::<Shop> => (market: &Shop = Shop::new(3), 2);
        visited::<Twice<Shop>>, visited_twin::<Twice<Shop>> => (market: &Twice<Shop> = Twice { of: Shop::new(3) }, 2);
        closed::<Shop>, closed_twin::<Shop> => (Shop::new(3), 2);
        bought::<Shop>, bought_twin::<Shop> => (Shop::new(3), 2);
        bought::<Twice<Shop>>, bought_twin::<Twice<Shop>> => (Twice { of: Shop::new(2) }, 1);
    }
}
