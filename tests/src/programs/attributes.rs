//! Attributes of others, above and below ours.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use tracing::instrument;

/// Below: it sees a function that gives a call.
#[durable(yield = u64, resume = u64, twin = below_twin)]
#[instrument]
pub async fn below(n: u64) -> u64 {
    let d = D::new("d");
    let got = yield_(n).await;
    touch(&d);
    got + yield_(n + 1).await
}

/// Above: it has put the body into an async block.
#[instrument(level = "debug", skip(text), fields(length = text.len()))]
#[durable(yield = u64, resume = u64, twin = above_twin)]
pub async fn above(text: &str, n: u64) -> Result<u64, String> {
    let mut sum = 0;
    for word in text.split(' ') {
        let d = D::new(word);
        sum += yield_(n + word.len() as u64).await;
        if sum > 40 {
            return Err(format!("{word}: {sum}"));
        }
        sum += below(sum).await;
    }
    let last: u64 = text.rsplit(' ').next().unwrap_or("").parse().map_err(|e| format!("{e:?}"))?;
    Ok(sum + last)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Till {
    coins: Vec<u64>,
}
impl Till {
    #[instrument(skip_all)]
    #[durable(yield = u64, resume = u64, twin = count_twin)]
    pub async fn count(&mut self) -> u64 {
        let mut sum = 0;
        for coin in &mut self.coins {
            *coin += yield_(*coin).await;
            sum += *coin;
        }
        sum
    }

    /// With lints and documentation, on both sides.
    #[allow(clippy::needless_range_loop)]
    #[durable(yield = u64, resume = u64, twin = by_index_twin)]
    #[doc = "By index."]
    #[must_use]
    pub async fn by_index(&self) -> u64 {
        let mut sum = 0;
        for n in 0..self.coins.len() {
            #[allow(unused_variables)]
            let unused = n;
            sum += yield_(self.coins[n]).await;
        }
        sum
    }
}

/// A method that gives a boxed future is a step, and may await durable functions.
#[async_trait::async_trait]
pub trait Bank: Send + Sync {
    async fn pay(&self, n: u64) -> Result<u64, String>;
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cash;
#[async_trait::async_trait]
impl Bank for Cash {
    async fn pay(&self, n: u64) -> Result<u64, String> {
        silent(n).await.map_err(|n| n.to_string())
    }
}
#[durable]
async fn silent(n: u64) -> Result<u64, u64> {
    if n > 20 { Err(n) } else { Ok(n * 2) }
}
#[durable(yield = u64, resume = u64, twin = pays_twin)]
pub async fn pays(bank: &dyn Bank, n: u64) -> Result<u64, String> {
    let got = bank.pay(n).await?;
    let more = yield_(got).await;
    Ok(bank.pay(more).await? + got)
}
#[durable(yield = u64, resume = u64, twin = in_cash_twin)]
pub async fn in_cash(n: u64) -> Result<u64, String> {
    let bank = Cash;
    let got = bank.pay(n).await?;
    Ok(yield_(got).await + n)
}

pub fn cases() -> Vec<Case> {
    cases! {
        below, below_twin => (3);
        above, above_twin => (text: &str = "a bb 5".to_string(), 0), (text: &str = "a x".to_string(), 1), (text: &str = "9".to_string(), 1);
        Till::count, Till::count_twin => (till: &mut Till = Till { coins: vec![1, 2] });
        Till::by_index, Till::by_index_twin => (till: &Till = Till { coins: vec![1, 2] });
        pays, pays_twin => (bank: &dyn Bank = Cash, 4), (bank: &dyn Bank = Cash, 30);
        in_cash, in_cash_twin => (4), (30);
    }
}
