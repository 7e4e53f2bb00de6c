//! Any number of coroutines beside each other, each of which is lent something.
use crate::harness::*;
use coroutine_runtime::{join, join_all, prelude::*, try_join_all};
use serde::{Deserialize, Serialize};

#[durable(yield = u64, resume = u64, twin = ask_twin)]
pub async fn ask(of: &str, n: &u64) -> u64 {
    let a = yield_(of.len() as u64).await;
    a + yield_(*n).await + of.len() as u64
}
/// Over what is borrowed, with what is lent to all.
#[durable(yield = u64, resume = u64, twin = calls_twin)]
pub async fn calls(urls: Vec<String>, n: u64) -> u64 {
    let all = join_all(urls.iter().map(|u| ask(u, &n))).await;
    yield_(1).await;
    all.iter().sum::<u64>() + urls.len() as u64
}
/// Of what the function is lent itself.
#[durable(yield = u64, resume = u64, twin = lent_twin)]
pub async fn lent(urls: &[String], shop: &Shop, n: u64) -> u64 {
    let all = join_all(urls.iter().enumerate().map(|(i, u)| ask(&u[i.min(1)..], &shop.base))).await;
    yield_(n).await;
    all.iter().sum::<u64>()
}
#[durable(yield = u64, resume = u64, twin = priced_twin)]
pub async fn priced(name: String, shop: &Shop) -> Result<u64, String> {
    let n = yield_(name.len() as u64).await;
    if n == 7 { Err(name) } else { Ok(n + shop.base) }
}
/// Of values: what all are lent is the same.
#[durable(yield = u64, resume = u64, twin = same_twin)]
pub async fn same(names: Vec<String>, shop: &Shop) -> Result<u64, String> {
    let own = Shop::new(5);
    let all = try_join_all(names.into_iter().map(|name| priced(name, shop))).await?;
    let more = try_join_all(strings(&["x", "yy"]).into_iter().map(|name| priced(name, &own))).await?;
    yield_(1).await;
    Ok(all.iter().sum::<u64>() + more.iter().sum::<u64>() + own.base)
}
/// With values made for each, by a closure that would take what it uses.
#[durable(yield = u64, resume = u64, twin = cloned_twin)]
pub async fn cloned(names: Vec<String>, shop: &Shop) -> u64 {
    let tag = String::from("t");
    let db = &shop;
    let all = join_all(names.iter().map(move |name| priced(format!("{name}{}", tag.clone()), db))).await;
    join_all((0..2).map(|i| ask(&names[i], &shop.base))).await;
    yield_(all.len() as u64).await
}
/// By `&mut`, each its own.
#[durable(yield = u64, resume = u64, twin = muts_twin)]
pub async fn muts(mut list: Vec<u64>) -> Vec<u64> {
    join_all(list.iter_mut().map(|n| adds(n))).await;
    list.push(1);
    list
}
#[durable(yield = u64, resume = u64, twin = adds_twin)]
pub async fn adds(n: &mut u64) {
    *n += yield_(*n).await;
    *n += yield_(*n).await;
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Store {
    shop: Shop,
    names: Vec<String>,
}
impl Store {
    #[durable(yield = u64, resume = u64, twin = one_twin)]
    pub async fn one(&self, name: &str) -> u64 {
        yield_(name.len() as u64).await + self.shop.base
    }
    /// Methods.
    #[durable(yield = u64, resume = u64, twin = every_twin)]
    pub async fn every(&self) -> u64 {
        let all = join_all(self.names.iter().map(|name| self.one(name))).await;
        let k = join_all(self.names.clone().into_iter().map(|name| self.kept(name))).await;
        all.iter().chain(&k).sum()
    }
    #[durable(yield = u64, resume = u64, twin = kept_twin)]
    pub async fn kept(&self, name: String) -> u64 {
        yield_(name.len() as u64).await + self.shop.base
    }
}
fn host(of: &str) -> &str {
    &of[..1]
}
/// In a loop over parts, some at a time; with text; zipped.
#[durable(yield = u64, resume = u64, twin = chunked_twin)]
pub async fn chunked(store: Store, list: Vec<String>) -> Result<Vec<u64>, String> {
    let mut out = vec![];
    let kind = host(&list[0]);
    for chunk in list.chunks(2) {
        out.extend(join_all(chunk.iter().map(|name| store.one(name))).await);
        out.push(yield_(chunk.len() as u64).await);
        let more = try_join_all(chunk.iter().filter(|c| c.len() > 1).map(|name| async_ok(name, kind, &store.shop))).await?;
        out.extend(more);
        if let Some(first) = chunk.first() {
            out.push(join_all([1, 2].iter().map(|n| ask(first, n))).await.into_iter().sum());
        }
        see(&kind.len());
    }
    let parts = join_all((0..list.len()).map(|i| store.one(&list[i]))).await;
    let labels: Vec<String> = join_all(list.iter().zip(parts.iter()).map(|(name, n)| label(name, n))).await;
    out.push(labels.concat().len() as u64);
    Ok(out)
}
#[durable(yield = u64, resume = u64, twin = async_ok_twin)]
pub async fn async_ok(name: &str, kind: &str, shop: &Shop) -> Result<u64, String> {
    let n = yield_(name.len() as u64).await;
    if n == 1234 {
        return Err(name.to_owned());
    }
    Ok(yield_(kind.len() as u64).await + shop.base)
}
#[durable(yield = u64, resume = u64, twin = label_twin)]
pub async fn label(name: &str, n: &u64) -> String {
    yield_(*n).await;
    format!("{name}{n}")
}
/// In each other, and in a branch.
#[durable(yield = u64, resume = u64, twin = nested_twin)]
pub async fn nested(lists: Vec<Vec<String>>, shop: &Shop) -> u64 {
    let all = join_all(lists.iter().map(|list| lent(list, shop, 1))).await;
    let (a, b) = join!(own(lists.clone()), ask("a", &4));
    all.iter().sum::<u64>() + a + b
}
#[durable(yield = u64, resume = u64, twin = own_twin)]
pub async fn own(lists: Vec<Vec<String>>) -> u64 {
    join_all(lists.into_iter().map(|list| calls(list, 1))).await.iter().sum()
}
/// Calls that are held in a variable, and methods of one's own on the way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cart {
    items: Vec<String>,
    shop: Shop,
}
impl Cart {
    fn items(&self) -> &[String] {
        &self.items
    }
    fn shop(&self) -> &Shop {
        &self.shop
    }
    fn each(&self) -> impl Iterator<Item = &String> {
        self.items.iter()
    }
}
#[durable(yield = u64, resume = u64, twin = ship_twin)]
pub async fn ship(item: &str, shop: &Shop) -> u64 {
    yield_(item.len() as u64).await + shop.base
}
#[durable(yield = u64, resume = u64, twin = held_twin)]
pub async fn held(cart: Cart) -> u64 {
    let futures = cart.items.iter().map(|item| ship(item, &cart.shop));
    let a = join_all(futures).await;
    let calls: Vec<_> = cart.items.iter().map(|item| ship(item, &cart.shop)).collect();
    let b = join_all(calls).await;
    let d = join_all(cart.items().iter().map(|item| ship(item, cart.shop()))).await;
    let e = join_all(cart.each().map(|item| ship(item, cart.shop()))).await;
    let f = join_all(cart.items.iter().flat_map(|u| [ship(u, &cart.shop), ship("x", &cart.shop)])).await;
    [a, b, d, e, f].concat().iter().sum()
}

#[durable(yield = u64, resume = u64, twin = val_twin)]
pub async fn val(n: String, i: u64) -> u64 {
    yield_(i).await + n.len() as u64
}
#[durable(yield = u64, resume = u64, twin = owned_twin)]
pub async fn owned(n: Option<String>, i: u64) -> u64 {
    yield_(i).await + n.map_or(0, |n| n.len() as u64)
}
async fn sname(n: String) -> u64 {
    n.len() as u64
}
/// What is given, whose type may be that of text; and a closure that counts, of calls that are lent nothing.
#[durable(yield = u64, resume = u64, twin = counted_twin)]
pub async fn counted(list: Vec<String>) -> u64 {
    let mut i = 0;
    let all = join_all(list.iter().map(|x| {
        i += 1;
        val(x.clone(), i)
    }))
    .await;
    let t = list[0].replace('a', "b");
    let u = list[0].replace('a', "c");
    let top = i.max(4);
    yield_(i).await;
    let (a, b) = join!(val(t, top), val(u, top));
    let v = list[0].repeat(2);
    let c = owned(Some(v), top).await;
    let w = list[0].repeat(2);
    yield_(i).await;
    let d = owned(Some(w), top).await;
    let x = list[0].repeat(2);
    yield_(i).await;
    let (e, f) = tokio::join!(sname(x), async { top });
    let most = i.max(9);
    let (g, h) = join!(val("g".to_owned(), most), val("h".to_owned(), most));
    all.iter().sum::<u64>() + a + b + c + d + e + f + g + h + top
}

/// Functions that are called as ours are.
pub mod own_names {
    use crate::harness::*;
    use coroutine_runtime::prelude::*;
    #[durable(yield = u64, resume = u64, twin = join_all_twin)]
    pub async fn join_all(list: &[u64]) -> u64 {
        let mut t = 0;
        for n in list {
            t += yield_(*n).await;
        }
        t
    }
    #[durable(yield = u64, resume = u64, twin = lent_own_twin)]
    pub async fn lent_own(ids: Vec<u64>) -> u64 {
        join_all(&ids).await
    }
    #[durable(yield = u64, resume = u64, twin = lent_parts_twin)]
    pub async fn lent_parts(ids: &[u64]) -> u64 {
        let of = &ids[1..];
        join_all(of).await + join_all(ids).await
    }
    #[durable(yield = u64, resume = u64, twin = try_join_all_twin)]
    pub async fn try_join_all(list: Vec<u64>) -> u64 {
        let mut t = 0;
        for n in list {
            t += yield_(n).await;
        }
        t
    }
    #[durable(yield = u64, resume = u64, twin = given_own_twin)]
    pub async fn given_own(ids: Vec<u64>, n: u64) -> u64 {
        try_join_all(ids.iter().map(|x| *x + n).collect()).await
    }
}

/// As branches of others.
pub mod beside_others {
    use super::*;
    use coroutine_runtime::{join, select, timeout, try_join};
    use std::time::Duration;
    #[durable(yield = u64, resume = u64)]
    async fn ship(item: &str, shop: &u64) -> u64 {
        yield_(item.len() as u64).await + shop
    }
    #[durable(yield = u64, resume = u64)]
    async fn other(n: u64) -> u64 {
        yield_(n).await + yield_(n + 1).await
    }
    #[durable(yield = u64, resume = u64)]
    async fn tried(item: &str, shop: &u64) -> Result<u64, String> {
        if item == "bad" {
            return Err(item.into());
        }
        Ok(yield_(item.len() as u64).await + shop)
    }
    async fn step(n: u64) -> u64 {
        n
    }

    #[durable(yield = u64, resume = u64, twin = beside_twin)]
    pub async fn beside(items: Vec<String>, shop: u64) -> u64 {
        let (a, b) = join!(join_all(items.iter().map(|i| ship(i, &shop))), other(shop));
        a.iter().sum::<u64>() + b
    }
    #[durable(yield = u64, resume = u64, twin = two_lists_twin)]
    pub async fn two_lists(items: &[String], more: Vec<String>, shop: &u64) -> u64 {
        let (a, b, c) = join!(join_all(items.iter().map(|i| ship(i, shop))), join_all(more.iter().map(|i| ship(i, shop))), ship("x", shop));
        let (d, e) = join!(join_all(items.iter().map(|i| other(i.len() as u64))), step(3));
        let (f, e2) = join!(join_all(more.into_iter().map(|i| other(i.len() as u64))), step(3));
        let (g, e3) = join!(async { step(items.len() as u64).await }, other(3));
        a.iter().sum::<u64>() + b.iter().sum::<u64>() + c + d.iter().sum::<u64>() + e + f.len() as u64 + e2 + g + e3
    }
    #[durable(yield = u64, resume = u64, twin = first_twin)]
    pub async fn first(items: Vec<String>, shop: u64) -> u64 {
        let got = select! {
            all = join_all(items.iter().map(|i| ship(i, &shop))) => all.iter().sum::<u64>(),
            n = other(1) => n + 1000,
        };
        let got2 = select! {
            n = other(1) => n + 1000,
            all = join_all(items.iter().map(|i| ship(i, &shop))) => all.iter().sum::<u64>(),
        };
        got + got2 + items.len() as u64
    }
    #[durable(yield = u64, resume = u64, twin = all_tried_twin)]
    pub async fn all_tried(items: Vec<String>, shop: u64) -> Result<u64, String> {
        let (a, b) = try_join!(try_join_all(items.iter().map(|i| tried(i, &shop))), tried("ok", &shop))?;
        Ok(a.iter().sum::<u64>() + b)
    }
    #[durable(yield = u64, resume = u64, twin = limited_twin)]
    pub async fn limited(items: Vec<String>, shop: u64) -> u64 {
        match timeout!(Duration::from_secs(1000), join_all(items.iter().map(|i| ship(i, &shop)))) {
            Ok(all) => all.iter().sum(),
            Err(_) => 0,
        }
    }
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Depot {
        n: u64,
        items: Vec<String>,
    }
    impl Depot {
        pub fn new(n: u64) -> Self {
            Depot { n, items: strings(&["a", "bb"]) }
        }
        #[durable(yield = u64, resume = u64)]
        async fn one(&self, item: &str) -> u64 {
            yield_(self.n + item.len() as u64).await
        }
        #[durable(yield = u64, resume = u64)]
        async fn rest(&self) -> u64 {
            yield_(self.n).await + yield_(self.n + 1).await
        }
        #[durable(yield = u64, resume = u64, twin = all_twin)]
        pub async fn all(&self) -> u64 {
            let calls = self.items.iter().map(|item| self.one(item));
            let (a, b) = join!(join_all(calls), self.rest());
            let (c, d) = join!(self.rest(), join_all(self.items.iter().map(move |item| self.one(item))));
            a.iter().sum::<u64>() + b + c + d.len() as u64
        }
    }
}
pub fn cases() -> Vec<Case> {
    cases! {
        beside_others::beside, beside_others::beside_twin => (strings(&["a", "bb"]), 3), (strings(&[]), 3), (strings(&["a", "bb", "bb"]), 3);
        beside_others::two_lists, beside_others::two_lists_twin => (items: &[String] = strings(&["a", "bb"]), strings(&["a", "bb"]), shop: &u64 = 4);
        beside_others::first, beside_others::first_twin => (strings(&["a"]), 4), (strings(&["a", "bb", "ccc"]), 4);
        beside_others::all_tried, beside_others::all_tried_twin => (strings(&["a"]), 4), (strings(&["a", "bad", "ccc"]), 4);
        beside_others::limited, beside_others::limited_twin => (strings(&["a", "bb"]), 3);
        beside_others::Depot::all, beside_others::Depot::all_twin => (depot: &beside_others::Depot = beside_others::Depot::new(2));
        counted, counted_twin => (strings(&["a", "bb"]));
        held, held_twin => (Cart { items: strings(&["a", "bb"]), shop: Shop::new(2) });
        own_names::lent_own, own_names::lent_own_twin => (vec![1, 2]);
        own_names::lent_parts, own_names::lent_parts_twin => (ids: &[u64] = vec![1, 2]);
        own_names::given_own, own_names::given_own_twin => (vec![1, 2], 4);
        calls, calls_twin => (strings(&["a", "bb"]), 3), (strings(&[]), 3);
        lent, lent_twin => (urls: &[String] = strings(&["abc", "bb"]), shop: &Shop = Shop::new(3), 4);
        same, same_twin => (strings(&["a", "bb"]), shop: &Shop = Shop::new(3));
        cloned, cloned_twin => (strings(&["a", "bb"]), shop: &Shop = Shop::new(3));
        muts, muts_twin => (vec![1, 2, 3]);
        Store::every, Store::every_twin => (store: &Store = store());
        chunked, chunked_twin => (store(), strings(&["a", "bb", "ccc"]));
        nested, nested_twin => (vec![strings(&["a", "bb"]), strings(&["c"])], shop: &Shop = Shop::new(3));
    }
}

fn store() -> Store {
    Store { shop: Shop::new(2), names: strings(&["a", "bb"]) }
}
