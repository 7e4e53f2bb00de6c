//! Coroutines over traits.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut, Index, Neg, Not};

pub trait Priced {
    const UNIT: u64;
    type Label: Serialize + DeserializeOwned + fmt::Debug + Send + 'static;
    fn price(&self) -> u64;
    fn label(&self) -> Self::Label;
    fn raise(&mut self, by: u64);
    fn total(&self) -> u64 {
        self.price() * Self::UNIT
    }
    fn quote(&self, n: u64) -> impl Future<Output = Result<u64, String>> + Send;
}
impl Priced for Item {
    const UNIT: u64 = 3;
    type Label = String;
    fn price(&self) -> u64 {
        self.price
    }
    fn label(&self) -> String {
        self.name.clone()
    }
    fn raise(&mut self, by: u64) {
        self.price += by;
    }
    async fn quote(&self, n: u64) -> Result<u64, String> {
        small(self.price + n).await
    }
}
impl Priced for Point {
    const UNIT: u64 = 1;
    type Label = (u64, u64);
    fn price(&self) -> u64 {
        self.x + self.y
    }
    fn label(&self) -> (u64, u64) {
        (self.x, self.y)
    }
    fn raise(&mut self, by: u64) {
        self.y += by;
    }
    fn total(&self) -> u64 {
        log("own total");
        self.x
    }
    async fn quote(&self, n: u64) -> Result<u64, String> {
        later().await;
        Ok(self.x * n)
    }
}

#[durable(yield = u64, resume = u64, twin = lent_twin)]
pub async fn lent<P: Priced + Sync + 'static>(priced: &P, n: u64) -> Result<(P::Label, u64), String> {
    let label = priced.label();
    let got = yield_(priced.total()).await;
    let quote = priced.quote(n).await?;
    yield_(quote + P::UNIT).await;
    Ok((label, got))
}

#[durable(yield = u64, resume = u64, twin = owned_twin)]
pub async fn owned<P>(mut priced: P, n: u64) -> u64
where
    P: Priced + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    priced.raise(yield_(n).await);
    let quote = priced.quote(1).await.unwrap_or(500);
    let label: P::Label = priced.label();
    yield_(quote).await;
    see(&label);
    priced.total()
}

pub trait Visitor {
    fn visit(&mut self, n: u64) -> bool;
    fn name(&self) -> String {
        "visitor".to_owned()
    }
}
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sum(u64);
impl Visitor for Sum {
    fn visit(&mut self, n: u64) -> bool {
        self.0 += n;
        self.0 < 50
    }
}
#[derive(Debug, Default)]
pub struct Names(Vec<String>);
impl Visitor for Names {
    fn visit(&mut self, n: u64) -> bool {
        self.0.push(n.to_string());
        true
    }
    fn name(&self) -> String {
        self.0.join(",")
    }
}

#[durable(yield = u64, resume = u64, twin = dynamic_twin)]
pub async fn dynamic(visitor: &mut (dyn Visitor + Send), list: Vec<u64>) -> String {
    for n in list {
        if !visitor.visit(yield_(n).await) {
            break;
        }
        tick().await;
    }
    yield_(1).await;
    visitor.name()
}

#[durable(yield = u64, resume = u64, twin = passes_dynamic_twin)]
pub async fn passes_dynamic(visitor: &mut (dyn Visitor + Send), n: u64) -> String {
    let first = dynamic(visitor, vec![n, n + 1]).await;
    visitor.visit(1000);
    let mut own = Sum(0);
    let second = dynamic(&mut own, vec![1]).await;
    format!("{first} {second} {own:?} {}", visitor.name())
}

/// A wrapper with operators.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bag {
    inside: Vec<u64>,
}
impl Deref for Bag {
    type Target = Vec<u64>;
    fn deref(&self) -> &Vec<u64> {
        &self.inside
    }
}
impl DerefMut for Bag {
    fn deref_mut(&mut self) -> &mut Vec<u64> {
        &mut self.inside
    }
}
impl Neg for Bag {
    type Output = Bag;
    fn neg(mut self) -> Bag {
        self.inside.reverse();
        self
    }
}
impl Not for &Bag {
    type Output = bool;
    fn not(self) -> bool {
        self.inside.is_empty()
    }
}
impl Index<&str> for Bag {
    type Output = u64;
    fn index(&self, name: &str) -> &u64 {
        &self.inside[name.len()]
    }
}
impl IntoIterator for Bag {
    type Item = u64;
    type IntoIter = std::vec::IntoIter<u64>;
    fn into_iter(self) -> Self::IntoIter {
        log("into iter");
        self.inside.into_iter()
    }
}
impl FromIterator<u64> for Bag {
    fn from_iter<I: IntoIterator<Item = u64>>(iter: I) -> Self {
        Bag { inside: iter.into_iter().collect() }
    }
}
impl Extend<u64> for Bag {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, iter: I) {
        self.inside.extend(iter);
    }
}
impl fmt::Display for Bag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{:?}>", self.inside)
    }
}

#[durable(yield = u64, resume = u64, twin = operators_twin)]
pub async fn operators(bag: Bag) -> String {
    let mut bag = -bag;
    let size = bag.len() as u64;
    bag.push(yield_(size).await);
    let empty = !&bag;
    let third = bag[greet("").await[..2].as_ref()];
    bag.sort();
    yield_(third + bag["a"] + u64::from(empty)).await;
    bag.extend([7, 8]);
    yield_(sum_of(&bag).await).await;
    format!("{bag} {}", bag.first().unwrap())
}

#[durable(yield = u64, resume = u64, twin = own_iterable_twin)]
pub async fn own_iterable(bag: Bag) -> Bag {
    let mut out = Bag::default();
    for n in bag {
        out.push(yield_(n).await);
    }
    let collected: Bag = out.iter().copied().filter(|n| n % 2 == 1).collect();
    for n in collected.clone() {
        tick().await;
        out.extend([n]);
    }
    collected
}

/// An iterator that can be stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Countdown(u64);
impl Iterator for Countdown {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        log(format!("next of {}", self.0));
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }
}

#[durable(yield = u64, resume = u64, twin = own_iterator_twin)]
pub async fn own_iterator(n: u64) -> u64 {
    let mut total = 0;
    let mut countdown = Countdown(n);
    countdown.next();
    while let Some(n) = countdown.next() {
        total += yield_(n).await;
        if n % 3 == 0 {
            countdown.next();
        }
    }
    for n in Countdown(2) {
        total += yield_(n).await;
    }
    total
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order of {}", self.items.len())
    }
}

pub struct Registry {
    pub prices: HashMap<String, u64>,
}
impl Registry {
    #[durable(yield = u64, resume = u64, twin = look_up_twin)]
    pub async fn look_up<Q>(&self, key: &Q) -> Option<u64>
    where
        Q: ?Sized + AsRef<str> + Sync + 'static,
    {
        let price = *self.prices.get(key.as_ref())?;
        let got = yield_(price).await;
        self.prices.get(key.as_ref()).map(|price| price + got)
    }
}

#[durable(yield = u64, resume = u64, twin = standard_traits_twin)]
pub async fn standard_traits(order: Order) -> String {
    let shown = order.to_string();
    let got = yield_(shown.len() as u64).await;
    let number: u128 = got.into();
    let text: Box<str> = shown.as_str().into();
    let back = u64::try_from(number).unwrap_or(0);
    let joined: String = [shown.clone(), "x".to_owned()].iter().map(String::as_str).rev().collect();
    yield_(back).await;
    let same = order == order.clone() && text.len() > 3;
    format!("{order} {joined} {same} {text}")
}

pub fn cases() -> Vec<Case> {
    cases! {
        lent::<Item>, lent_twin::<Item> => (item: &Item = Item::new("pen", 5), 2), (item: &Item = Item::new("car", 5000), 2);
        lent::<Point>, lent_twin::<Point> => (item: &Point = Point { x: 1, y: 2 }, 2);
        owned::<Item>, owned_twin::<Item> => (Item::new("pen", 5), 2), (Item::new("pen", 5000), 2);
        owned::<Point>, owned_twin::<Point> => (Point { x: 1, y: 2 }, 2);
        dynamic, dynamic_twin => (visitor: &mut (dyn Visitor + Send) = Sum(0), vec![1, 2, 3, 4]), (visitor: &mut (dyn Visitor + Send) = Names::default(), vec![1, 2]);
        passes_dynamic, passes_dynamic_twin => (visitor: &mut (dyn Visitor + Send) = Names::default(), 4);
        operators, operators_twin => (Bag { inside: vec![3, 1, 2] });
        own_iterable, own_iterable_twin => (Bag { inside: vec![3, 1, 2] }), (Bag::default());
        own_iterator, own_iterator_twin => (5), (0);
        Registry::look_up::<str>, Registry::look_up_twin::<str> => (registry: &Registry = Registry { prices: HashMap::from([("a".to_owned(), 3)]) }, key: &str = "a".to_owned()),
            (registry: &Registry = Registry { prices: HashMap::new() }, key: &str = "a".to_owned());
        standard_traits, standard_traits_twin => (Order::new(&["a"]));
    }
}
