//! Coroutines in traits: declared, with bodies of their own, and called over any type that has them.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

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

#[derive(Debug, Serialize, Deserialize)]
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

/// What counts, and is changed by it: lent by `&mut`.
pub trait Counter: Send + 'static {
    #[durable(yield = u64, resume = u64)]
    async fn next(&mut self, n: u64) -> u64;
    #[durable(yield = u64, resume = u64)]
    async fn named(&mut self, names: &[String], last: &mut Vec<String>) -> u64;
    #[durable(yield = u64, resume = u64)]
    async fn twice(&mut self, n: u64) -> u64 {
        let a = self.next(n).await;
        let mut last = strings(&["x"]);
        let b = self.named(&[], &mut last).await;
        a + self.next(b).await + last.len() as u64
    }
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct By(u64);
impl Counter for By {
    #[durable(yield = u64, resume = u64)]
    async fn next(&mut self, n: u64) -> u64 {
        self.0 += yield_(n).await;
        self.0
    }
    #[durable(yield = u64, resume = u64)]
    async fn named(&mut self, names: &[String], last: &mut Vec<String>) -> u64 {
        for name in names {
            self.0 += yield_(name.len() as u64).await;
            last.push(name.clone());
        }
        self.0
    }
}
#[durable(yield = u64, resume = u64, twin = drive_twin)]
pub async fn drive<C: Counter>(c: &mut C) -> u64 {
    let a = c.next(1).await;
    a + c.next(a).await + c.twice(a).await
}
#[durable(yield = u64, resume = u64, twin = own_twin)]
pub async fn own<C: Counter + Serialize + DeserializeOwned>(mut c: C, names: Vec<String>) -> (C, u64) {
    let mut last = vec![];
    let mut sum = 0;
    for n in 0..2 {
        sum += c.next(n).await;
        sum += c.named(&names, &mut last).await;
        sum += c.named(&names[1..], &mut last).await;
    }
    last.push("end".to_owned());
    if let Ok(n) = tried(&mut c).await {
        sum += n;
    }
    let n = tried(&mut c).await.unwrap_or(5) + c.next(last.len() as u64).await;
    (c, sum + n)
}
#[durable(yield = u64, resume = u64, twin = tried_twin)]
pub async fn tried<C: Counter>(c: &mut C) -> Result<u64, String> {
    let n = c.next(9).await;
    match c.next(n).await {
        0 => Err("none".into()),
        n => Ok(n),
    }
}
/// What is called last on a variable, which nobody uses again, with what may be text.
#[durable(yield = u64, resume = u64, twin = counted_twin)]
pub async fn counted<C: Counter + Serialize + DeserializeOwned>(mut c: C, order: Order) -> u64 {
    let name = name_of(&order);
    let total = order.clone();
    let a = c.next(name.len() as u64).await;
    let b = c.next(total.items.len() as u64).await;
    a + b + name.trim().len() as u64
}
fn name_of(order: &Order) -> &str {
    order.items.first().map_or("", |item| item)
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pair<C> {
    left: C,
    of: (u64, Box<C>),
    list: Vec<C>,
}
impl<C: Counter> Pair<C> {
    #[durable(yield = u64, resume = u64, twin = both_twin)]
    pub async fn both(&mut self, n: u64) -> u64 {
        let mut sum = self.left.next(n).await + self.of.1.next(n).await;
        for c in &mut self.list {
            sum += c.next(n).await;
        }
        for i in 0..self.list.len() {
            sum += self.list[i].twice(n).await;
        }
        if let Some(first) = self.list.first_mut() {
            sum += first.next(sum).await;
        }
        sum
    }
}

/// What is lent by `&mut`, as branches.
pub mod beside_others {
    use super::*;
    use coroutine_runtime::{join, select};
    pub trait Store: Send + Sync {
        #[durable(yield = u64, resume = u64)]
        async fn put(&mut self, n: u64) -> u64;
        #[durable(yield = u64, resume = u64)]
        async fn get(&self, n: u64) -> u64;
    }
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Mem(Vec<u64>);
    impl Mem {
        pub fn new(n: u64) -> Self {
            Mem((0..n).collect())
        }
    }
    impl Store for Mem {
        #[durable(yield = u64, resume = u64)]
        async fn put(&mut self, n: u64) -> u64 {
            self.0.push(yield_(n).await);
            self.0.len() as u64
        }
        #[durable(yield = u64, resume = u64)]
        async fn get(&self, n: u64) -> u64 {
            yield_(n).await + self.0.len() as u64
        }
    }
    #[durable(yield = u64, resume = u64, twin = both_twin)]
    pub async fn both<S: Store + 'static>(a: &mut S, b: &mut S) -> u64 {
        let (x, y) = join!(a.put(1), b.put(2));
        x + y
    }
    #[durable(yield = u64, resume = u64, twin = own_twin)]
    pub async fn own(n: u64) -> u64 {
        let mut a = Mem(vec![]);
        let mut b = Mem(vec![n]);
        let (x, y) = join!(a.put(1), b.put(2));
        let z = a.get(3).await;
        x + y + z
    }
    #[durable(yield = u64, resume = u64, twin = three_twin)]
    pub async fn three(n: u64) -> u64 {
        let mut a = Mem(vec![]);
        let mut b = Mem(vec![n]);
        let (x, y, z) = (1, 2, 3);
        let got = select! { x = a.put(1) => x, y = b.put(7) => y + 100 };
        let (l2, m) = join!(a.put(4), b.get(3));
        both(&mut a, &mut b).await + got + m + x + y + z + l2
    }
    async fn step(n: u64) -> u64 {
        n
    }
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Pair<S> {
        a: S,
        b: S,
    }
    impl<S: Store + 'static> Pair<S> {
        #[durable(yield = u64, resume = u64, twin = run_twin)]
        pub async fn run(&mut self, n: u64) -> u64 {
            let (x, y) = join!(self.a.put(n), self.b.put(n + 1));
            let z = self.a.put(x).await;
            x + y + z
        }
    }
    #[durable(yield = u64, resume = u64, twin = fields_twin)]
    pub async fn fields(n: u64) -> u64 {
        let mut two = Pair { a: Mem(vec![]), b: Mem(vec![1]) };
        let (x, y) = join!(two.a.put(n), two.b.put(n + 1));
        x + y + two.run(n).await
    }
    #[durable(yield = u64, resume = u64, twin = last_twin)]
    pub async fn last(n: u64) -> u64 {
        let mut a = Mem(vec![]);
        let mut b = Mem(vec![n]);
        let c = Mem(vec![n]);
        let (x, y, z) = join!(a.put(1), b.put(2), c.get(5));
        x + y + z
    }
}
pub fn cases() -> Vec<Case> {
    cases! {
        beside_others::own, beside_others::own_twin => (3);
        beside_others::three, beside_others::three_twin => (3);
        beside_others::last, beside_others::last_twin => (3);
        beside_others::fields, beside_others::fields_twin => (3);
        beside_others::both, beside_others::both_twin => (a: &mut beside_others::Mem = beside_others::Mem::new(0), b: &mut beside_others::Mem = beside_others::Mem::new(2));
        drive, drive_twin => (c: &mut By = By(3));
        counted::<By>, counted_twin => (By(3), Order::new(&["tea"]));
        own::<By>, own_twin => (By(3), strings(&["a", "bb", "c"]));
        Pair::both, Pair::both_twin => (pair: &mut Pair<By> = Pair { left: By(1), of: (1, Box::new(By(2))), list: vec![By(3), By(4)] }, 1);
        visited::<Shop>, visited_twin::<Shop> => (market: &Shop = Shop::new(3), 2);
        visited::<Twice<Shop>>, visited_twin::<Twice<Shop>> => (market: &Twice<Shop> = Twice { of: Shop::new(3) }, 2);
        closed::<Shop>, closed_twin::<Shop> => (Shop::new(3), 2);
        bought::<Shop>, bought_twin::<Shop> => (Shop::new(3), 2);
        bought::<Twice<Shop>>, bought_twin::<Twice<Shop>> => (Twice { of: Shop::new(2) }, 1);
    }
}
