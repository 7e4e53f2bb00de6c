//! Resources: variables of which nothing is stored, and that are the environment's where they are restored.
use crate::harness::*;
use coroutine_runtime::{Env, Environment, Resource, join, prelude::*};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Held as it is.
#[derive(Clone)]
pub struct Pool(u64);
impl Resource for Pool {}

impl Pool {
    async fn query(&self, n: u64) -> u64 {
        log(format!("query {n}"));
        later().await;
        self.0 + n
    }
    async fn close(self) -> u64 {
        log("close");
        later().await;
        self.0
    }
    #[durable(yield = u64, resume = u64)]
    async fn asks(&self, n: u64) -> u64 {
        let got = yield_(n).await;
        self.query(got).await
    }
    #[durable(yield = u64, resume = u64)]
    async fn ends(self) -> u64 {
        let got = yield_(self.0).await;
        got + self.close().await
    }
}

/// Held in an `Arc`.
pub struct Service {
    name: &'static str,
    pool: Pool,
}
impl Resource for Service {}

impl Service {
    #[durable(yield = u64, resume = u64)]
    async fn serves(self: Arc<Self>, n: u64) -> String {
        let got = self.looks(n).await;
        let other = self.clone();
        yield_(got).await;
        format!("{} {}", other.name, other.pool.query(got).await)
    }
    #[durable(yield = u64, resume = u64)]
    async fn looks(&self, n: u64) -> u64 {
        let mut sum = 0;
        for k in 0..n {
            sum += yield_(k).await + self.pool.query(k).await;
        }
        sum
    }
}

/// Known by its trait alone.
pub trait Mailer: Send + Sync {
    fn mail(&self, to: &str) -> String;
}
impl Resource for dyn Mailer {}
struct Smtp;
impl Mailer for Smtp {
    fn mail(&self, to: &str) -> String {
        log(format!("mail {to}"));
        format!("to {to}")
    }
}

/// Of another crate, let us say.
pub struct Client(u64);

#[derive(Clone, Serialize, Deserialize)]
pub struct Job {
    client: Env<Client>,
    rows: Vec<u64>,
    more: Option<Env<Client>>,
}

#[derive(Serialize, Deserialize)]
pub enum Target {
    Mail(Env<dyn Mailer>, String),
    Row { client: Env<Client>, row: u64 },
}

fn service() -> Arc<Service> {
    Arc::new(Service { name: "service", pool: Pool(10) })
}

fn job(rows: &[u64]) -> Job {
    Job { client: Env::new(Client(30)), rows: rows.to_vec(), more: Some(Env::new(Client(30))) }
}

fn targets() -> Vec<Target> {
    let mailer: Arc<dyn Mailer> = Arc::new(Smtp);
    vec![
        Target::Mail(mailer.clone().into(), "ada".into()),
        Target::Row { client: Env::new(Client(30)), row: 7 },
        Target::Mail(mailer.into(), "bob".into()),
    ]
}

/// What is in scope while the programs run: as good as what they are given.
pub fn environment() -> Environment {
    let mut environment = Environment::default();
    environment.insert(Arc::new(Pool(10)));
    environment.insert(service());
    environment.insert::<dyn Mailer>(Arc::new(Smtp));
    environment.insert(Arc::new(Client(30)));
    environment
}

#[durable(yield = u64, resume = u64, twin = variables_twin)]
pub async fn variables(pool: Pool, n: u64) -> u64 {
    let other = pool.clone();
    let mut sum = yield_(n).await;
    for k in 0..n {
        sum += pool.query(k).await;
        sum += yield_(sum).await;
    }
    let asked = other.asks(sum).await;
    let last = pool;
    asked + last.close().await
}

#[durable(yield = u64, resume = u64, twin = shared_twin)]
pub async fn shared(service: Arc<Service>, mailer: Arc<dyn Mailer>) -> String {
    let said = service.clone().serves(2).await;
    let sum = service.looks(1).await;
    let one = service.pool.clone().ends().await;
    yield_(sum).await;
    mailer.mail(&format!("{said} {sum} {one} {}", service.name))
}

#[durable(yield = u64, resume = u64, twin = containers_twin)]
pub async fn containers(n: u64) -> u64 {
    let mut pools = vec![Pool(10); n as usize];
    let maybe = (n > 1).then(service);
    let pair = [service(), service()];
    let mut sum = yield_(1).await;
    for pool in &pools {
        sum += yield_(pool.0).await;
        sum += pool.query(sum).await;
    }
    pools.push(Pool(10));
    if let Some(service) = &maybe {
        sum += service.looks(1).await;
    }
    for service in pair {
        sum += yield_(service.pool.0).await;
    }
    for pool in pools {
        sum += pool.ends().await;
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = wrapped_twin)]
pub async fn wrapped(job: Job) -> u64 {
    let mut sum = 0;
    let pair = (job.more.clone(), 1u8, job.client.clone());
    for row in &job.rows {
        sum += yield_(*row).await + job.client.0;
    }
    let Job { client, more, .. } = job;
    yield_(sum).await;
    sum + client.0 + more.map_or(0, |client| client.0) + pair.2.0 + u64::from(pair.0.is_some())
}

#[durable(yield = u64, resume = u64, twin = variants_twin)]
pub async fn variants(targets: Vec<Target>) -> Vec<String> {
    let mut done = vec![];
    for target in targets {
        yield_(done.len() as u64).await;
        match target {
            Target::Mail(mailer, to) => {
                let got = yield_(1).await;
                done.push(mailer.mail(&format!("{to} {got}")));
            }
            Target::Row { client, row } => done.push(lends(&client, row).await),
        }
    }
    done
}

#[durable(yield = u64, resume = u64)]
async fn lends(client: &Client, row: u64) -> String {
    let got = yield_(row).await;
    format!("{} {got}", client.0)
}

#[durable(yield = u64, resume = u64, twin = deep_twin)]
pub async fn deep(pool: Pool, n: u64) -> u64 {
    let got = yield_(n).await;
    if n == 0 {
        return pool.query(got).await;
    }
    Box::pin(deep(pool.clone(), n - 1)).await + pool.0
}

#[durable(yield = u64, resume = u64, twin = held_twin)]
pub async fn held(n: u64) -> u64 {
    let pool = Pool(10);
    let services = [service(), service()];
    let named = D::new("held with them");
    let sum = pool.asks(n).await;
    if n > 1 {
        let _only_held = vec![service()];
        let _and_this = Some(Env::new(Client(1)));
        yield_(sum).await;
    }
    let last = yield_(services.len() as u64).await;
    yield_(last).await
}

#[durable(yield = u64, resume = u64, twin = beside_twin)]
pub async fn beside(pool: Pool) -> u64 {
    let (a, b, c) = join!(pool.asks(1), gives(pool.clone()), async { pool.query(3).await });
    yield_(a).await + b.0 + c + pool.0
}

#[durable(yield = u64, resume = u64)]
async fn gives(pool: Pool) -> Pool {
    yield_(2).await;
    pool
}

#[durable(yield = u64, resume = u64)]
async fn one_of<T: Resource + Clone>(it: T, n: u64) -> T {
    yield_(n).await;
    it
}

#[durable(yield = u64, resume = u64, twin = generic_twin)]
pub async fn generic(pool: Pool, service: Arc<Service>) -> u64 {
    let pool = one_of(pool, 1).await;
    yield_(2).await;
    pool.0 + service.pool.0
}

#[durable(yield = u64, resume = u64, twin = in_coroutines_twin)]
pub async fn in_coroutines(pool: Pool) -> u64 {
    let mut held = vec![pool.clone().ends().start(), pool.ends().start()];
    let mut sum = 0;
    for k in 0..held.len() {
        if let Ok(Resumed::Yielded(got)) = held[k].resume(0) {
            sum += yield_(got).await;
        }
    }
    while let Some(mut last) = held.pop() {
        if let Ok(Resumed::Complete(got)) = last.resume(sum) {
            sum += got;
        }
        yield_(sum).await;
    }
    sum
}

pub fn cases() -> Vec<Case> {
    cases! {
        variables, variables_twin => (Pool(10), 0), (Pool(10), 3);
        shared, shared_twin => (service(), Arc::new(Smtp));
        containers, containers_twin => (0), (3);
        wrapped, wrapped_twin => (job(&[])), (job(&[1, 2]));
        variants, variants_twin => (targets());
        deep, deep_twin => (Pool(10), 3);
        held, held_twin => (1), (2);
        beside, beside_twin => (Pool(10));
        generic, generic_twin => (Pool(10), service());
        in_coroutines, in_coroutines_twin => (Pool(10));
    }
}
