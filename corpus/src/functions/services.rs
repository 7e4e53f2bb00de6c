//! Services: methods by `&self` and `&mut self` over what they hold.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, RwLock, Semaphore};
use tokio::time::sleep;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Product {
    pub sku: String,
    pub price: u64,
    pub stock: u32,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub sku: String,
    pub quantity: u32,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cart {
    pub user: u64,
    pub lines: Vec<Line>,
    pub coupon: Option<String>,
}

pub struct Shop {
    pool: Pool,
    cache: Kv,
    mailer: Mailer,
    prices: RwLock<HashMap<String, u64>>,
    limit: Arc<Semaphore>,
}

impl Shop {
    pub async fn product(&self, sku: &str) -> Result<Product> {
        if let Some(text) = self.cache.get(sku).await? {
            return Ok(serde_json::from_str(&text)?);
        }
        let product: Product = self.pool.fetch_one("select * from product where sku = $1", &[&sku]).await?;
        self.cache.set(sku, &serde_json::to_string(&product)?, Some(Duration::from_secs(60))).await?;
        Ok(product)
    }

    pub async fn total(&self, cart: &Cart) -> Result<u64> {
        let mut total = 0;
        for line in &cart.lines {
            let product = self.product(&line.sku).await?;
            total += product.price * u64::from(line.quantity);
        }
        if let Some(coupon) = &cart.coupon {
            let percent: u64 = self.pool.fetch_one("select percent from coupon where code = $1", &[coupon]).await?;
            total -= total * percent / 100;
        }
        Ok(total)
    }

    pub async fn price(&self, sku: &str) -> Result<u64> {
        if let Some(price) = self.prices.read().await.get(sku) {
            return Ok(*price);
        }
        let product = self.product(sku).await?;
        let mut prices = self.prices.write().await;
        prices.insert(product.sku, product.price);
        Ok(product.price)
    }

    pub async fn reserve(&self, cart: &Cart) -> Result<Vec<Product>> {
        let mut reserved: Vec<Product> = Vec::new();
        for Line { sku, quantity } in &cart.lines {
            let product = self.product(sku).await?;
            if product.stock < *quantity {
                for done in reserved.iter().rev() {
                    self.release(done).await?;
                }
                return Err(anyhow!("only {} of {sku} left", product.stock));
            }
            self.pool.execute("update product set stock = stock - $1 where sku = $2", &[quantity, sku]).await?;
            reserved.push(product);
        }
        Ok(reserved)
    }

    async fn release(&self, product: &Product) -> Result<()> {
        self.pool.execute("update product set stock = $1 where sku = $2", &[&product.stock, &product.sku]).await?;
        Ok(())
    }

    pub async fn checkout(&self, cart: Cart) -> Result<u64> {
        let _permit = self.limit.acquire().await?;
        let total = self.total(&cart).await?;
        let reserved = self.reserve(&cart).await?;
        let order = self.pool.execute("insert into orders values ($1, $2)", &[&cart.user, &total]).await?;
        let summary: Vec<_> = reserved.iter().map(|p| format!("{} at {}", p.sku, p.price)).collect();
        let user: User = self.pool.fetch_one("select * from users where id = $1", &[&cart.user]).await?;
        if let Some(email) = user.email {
            self.mailer.send(&email, "Your order", &summary.join("\n")).await?;
        }
        Ok(order)
    }

    pub async fn reprice(&self, factor: f64, skus: impl IntoIterator<Item = String> + Send) -> Result<usize> {
        let mut changed = 0;
        let skus: Vec<String> = skus.into_iter().collect();
        for sku in skus {
            let Product { price, .. } = self.product(&sku).await?;
            let price = (price as f64 * factor).round() as u64;
            changed += self.pool.execute("update product set price = $1 where sku = $2", &[&price, &sku]).await? as usize;
            self.cache.del(&sku).await?;
        }
        Ok(changed)
    }
}

pub struct Account {
    pub id: u64,
    pub balance: i64,
    pub history: Vec<(Timestamp, i64)>,
    pool: Pool,
}
impl Account {
    pub async fn load(pool: &Pool, id: u64) -> Result<Self> {
        let balance: i64 = pool.fetch_one("select balance from account where id = $1", &[&id]).await?;
        let history = pool.fetch_all("select * from movement where account = $1", &[&id]).await?;
        Ok(Self { id, balance, history, pool: pool.clone() })
    }

    pub async fn withdraw(&mut self, amount: i64) -> Result<i64> {
        ensure!(amount > 0, "amount must be positive, not {amount}");
        if self.balance < amount {
            bail!("{} is too little", self.balance);
        }
        self.balance -= amount;
        self.history.push((Timestamp::now(), -amount));
        self.pool.execute("update account set balance = $1 where id = $2", &[&self.balance, &self.id]).await?;
        Ok(self.balance)
    }

    pub async fn transfer(&mut self, to: &mut Account, amount: i64) -> Result<()> {
        let before = self.balance;
        self.withdraw(amount).await?;
        to.balance += amount;
        let saved = to.save().await;
        if saved.is_err() {
            to.balance -= amount;
            self.balance = before;
            self.save().await?;
        }
        saved
    }

    pub async fn save(&self) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        tx.execute("update account set balance = $1 where id = $2", &[&self.balance, &self.id]).await?;
        for (at, amount) in &self.history {
            tx.execute("insert into movement values ($1, $2)", &[&at.0, amount]).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

pub struct Registry {
    services: Arc<Mutex<HashMap<String, Vec<String>>>>,
    client: HttpClient,
}
impl Registry {
    pub async fn register(&self, name: String, address: String) {
        let mut services = self.services.lock().await;
        services.entry(name).or_default().push(address);
    }

    pub async fn healthy(&self, name: &str) -> Vec<String> {
        let addresses = self.services.lock().await.get(name).cloned().unwrap_or_default();
        let mut healthy = Vec::new();
        for address in addresses {
            if self.client.get(format!("{address}/health")).send().await.is_ok_and(|r| r.status().is_success()) {
                healthy.push(address);
            }
        }
        healthy
    }

    pub async fn prune(&self) -> usize {
        let names: Vec<String> = self.services.lock().await.keys().cloned().collect();
        let mut removed = 0;
        for name in &names {
            let alive = self.healthy(name).await;
            let mut services = self.services.lock().await;
            if let Some(addresses) = services.get_mut(name) {
                removed += addresses.len() - alive.len();
                *addresses = alive;
            }
        }
        removed
    }

    pub async fn watch(self: Arc<Self>, every: Duration, rounds: u32) -> usize {
        let mut total = 0;
        for _ in 0..rounds {
            sleep(every).await;
            total += self.prune().await;
        }
        total
    }
}
