//! Tokio's time in an unchanged body. In a runtime of tokio.
use crate::harness::*;
use coroutine_runtime::{prelude::*, sleep};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;

#[durable(yield = u64, resume = u64)]
async fn slow(n: u64) -> u64 {
    yield_(n).await + yield_(n + 1).await
}
#[durable(yield = u64, resume = u64)]
async fn lent(text: &str, d: D) -> Result<u64, String> {
    let got = yield_(text.len() as u64).await;
    touch(&d);
    if got > 30 { Err("no".into()) } else { Ok(got + text.len() as u64) }
}
#[durable]
async fn forever() -> u64 {
    sleep(Duration::from_secs(100_000)).await;
    3
}
async fn step(n: u64) -> u64 {
    n
}
async fn read(list: &mut Vec<u64>) -> Option<u64> {
    list.pop()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conn {
    n: u64,
    log: Vec<u64>,
}
impl Conn {
    async fn recv(&mut self) -> Option<u64> {
        self.n += 1;
        self.log.push(self.n);
        Some(self.n)
    }
    #[durable(yield = u64, resume = u64)]
    async fn ask(&mut self, n: u64) -> u64 {
        let got = yield_(n + self.n).await;
        self.log.push(got);
        got
    }
    #[durable(yield = u64, resume = u64, twin = run_twin)]
    pub async fn run(&mut self) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
        let long = Duration::from_secs(10_000);
        let mut sum = 0;
        while let Ok(Some(n)) = timeout(long, self.recv()).await {
            sum += tokio::time::timeout(long, self.ask(n)).await?;
            if n > 2 {
                break;
            }
        }
        match timeout(long, self.ask(7)).await {
            Ok(n) => sum += n,
            Err(_) => return Err("late".into()),
        }
        Ok(sum)
    }
}
#[durable(yield = u64, resume = u64, twin = limits_twin)]
pub async fn limits(text: String, n: u64) -> Result<u64, String> {
    let long = Duration::from_secs(10_000);
    let a = timeout(long, slow(n)).await.map_err(|e| e.to_string())?;
    let b = timeout(long, lent(&text, D::new("d"))).await.map_err(|e| e.to_string())??;
    let c = timeout(long, step(n)).await.unwrap_or(0);
    let mut list = vec![1, 2];
    let d = timeout(long, read(&mut list)).await.is_ok();
    yield_(list.len() as u64).await;
    let e = timeout(Duration::from_millis(1), std::future::pending::<u64>()).await.is_err();
    Ok(a + b + c + d as u64 + e as u64 + text.len() as u64)
}
#[durable(yield = u64, resume = u64, twin = late_twin)]
pub async fn late(n: u64) -> u64 {
    if let Ok(n) = timeout(Duration::from_millis(5), forever()).await {
        return n;
    }
    yield_(n).await
}
/// Steps: slept again after a crash.
#[durable(yield = u64, resume = u64, twin = slept_twin)]
pub async fn slept(n: u64) -> u64 {
    let got = yield_(n).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    tokio::time::sleep_until(tokio::time::Instant::now()).await;
    yield_(got).await
}
/// One that is called so, too.
pub mod own {
    use super::*;
    async fn timeout(limit: u64, of: impl Future<Output = u64>) -> u64 {
        limit + of.await
    }
    #[durable(yield = u64, resume = u64, twin = limited_twin)]
    pub async fn limited(n: u64) -> u64 {
        let got = timeout(3, step(n)).await;
        yield_(got).await
    }
    pub mod coroutines {
        use super::*;
        #[durable(yield = u64, resume = u64)]
        async fn timeout(order: u64, after: Duration) -> u64 {
            yield_(order).await + after.as_secs()
        }
        #[durable(yield = u64, resume = u64, twin = calls_twin)]
        pub async fn calls(n: u64) -> u64 {
            timeout(n, Duration::from_secs(3)).await
        }
    }
}

pub fn cases() -> Vec<Case> {
    cases! {
        limits, limits_twin => ("abc".to_string(), 1), ("a".to_string(), 4);
        late, late_twin => (3);
        Conn::run, Conn::run_twin => (conn: &mut Conn = Conn { n: 0, log: vec![] });
        slept, slept_twin => (3);
        own::limited, own::limited_twin => (4);
        own::coroutines::calls, own::coroutines::calls_twin => (4);
    }
}
