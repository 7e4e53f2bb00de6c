//! What is lent in other clothes: options, tuples, and what borrows in its turn.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::borrow::Cow;

#[durable(yield = u64, resume = u64, twin = opts_twin)]
pub async fn opts(name: String, shop: Shop, mut order: Order, maybe: Option<Item>, n: u64) -> String {
    let a = find(&shop, Some(&name), None, n).await;
    let b = find(&shop, None, Some(&mut order), n).await;
    let c = find(&shop, Some(&name[1..]), Some(&mut order), 3).await;
    let d = priced(maybe.as_ref(), &name).await;
    let e = priced(None, "none").await;
    let item = Item::new("own", 9);
    let f = priced(Some(&item), "some").await;
    let g = words(&["a", "bb"], n).await;
    let h = words(&["c"], 2).await;
    let i = pair((&name, &mut order), 2).await;
    format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {order:?} {name}")
}

#[durable(yield = u64, resume = u64)]
async fn find(shop: &Shop, name: Option<&str>, mut order: Option<&mut Order>, n: u64) -> String {
    let mut out = String::new();
    if let Some(name) = name {
        out += name;
        yield_(name.len() as u64).await;
        out += name;
    }
    yield_(shop.rate(n)).await;
    if let Some(order) = order.as_deref_mut() {
        order.seen += yield_(n).await;
        order.items.push(out.clone());
    }
    for i in 0..2 {
        let Some(order) = order.as_deref_mut() else { break };
        touched(Some(&mut *order), i).await;
        lengthen(&mut order.items).await;
        raised(order).await;
        raised(order).await;
        yield_(order.seen).await;
    }
    touched(order.as_deref_mut(), 6).await;
    touched(order, 7).await;
    let name = name.unwrap_or("nobody");
    yield_(name.len() as u64).await;
    greet(name).await + &out
}

#[durable(yield = u64, resume = u64)]
async fn touched(order: Option<&mut Order>, n: u64) {
    yield_(n).await;
    match order {
        Some(order) => {
            order.seen += n;
            yield_(order.seen).await;
            order.items.push(n.to_string());
        }
        None => {
            yield_(100).await;
        }
    }
}

#[durable(yield = u64, resume = u64)]
async fn priced(item: Option<&Item>, or: &str) -> String {
    let Some(item) = item else { return or.to_owned() };
    yield_(item.price).await;
    let text = long(&item.name, 1).await;
    yield_(item.price + 1).await;
    format!("{text} {or} {}", item.name)
}
#[durable(yield = u64, resume = u64)]
async fn long(name: &str, n: u64) -> u64 {
    yield_(n).await;
    name.len() as u64
}

#[durable(yield = u64, resume = u64)]
async fn words(words: &[&str], n: u64) -> String {
    let mut all = String::new();
    for word in words {
        all += word;
        yield_(word.len() as u64).await;
        all += word;
    }
    for word in words.iter().rev() {
        all += &long(word, n).await.to_string();
    }
    let first = words[0];
    yield_(first.len() as u64).await;
    all + first + &inner(words).await
}
#[durable(yield = u64, resume = u64)]
async fn inner(words: &[&str]) -> String {
    yield_(words.len() as u64).await;
    words.join("-")
}

#[durable(yield = u64, resume = u64)]
async fn pair((name, order): (&String, &mut Order), n: u64) -> u64 {
    order.items.push(name.clone());
    yield_(n).await;
    order.seen += 1;
    order.seen + name.len() as u64
}

#[durable(yield = u64, resume = u64)]
async fn lengthen(items: &mut Vec<String>) {
    items.push(yield_(3).await.to_string());
}
#[durable(yield = u64, resume = u64)]
async fn raised(order: &mut Order) {
    order.seen += yield_(3).await;
}

pub struct Request<'r> {
    pub path: &'r str,
    pub headers: Vec<(&'r str, &'r str)>,
    pub size: u64,
}

#[durable(yield = u64, resume = u64)]
async fn handled(request: &Request<'_>, shops: &[&Shop], n: u64) -> String {
    let path = request.path;
    yield_(path.len() as u64).await;
    let mut all = String::new();
    for &(name, value) in &request.headers {
        yield_(name.len() as u64).await;
        all += name;
        all += value;
    }
    for shop in shops {
        let item = reckoned(shop, n).await;
        yield_(item + request.size).await;
    }
    let first = shops[0];
    yield_(first.base).await;
    let (name, value) = request.headers[0];
    yield_(value.len() as u64).await;
    match request.path.split_once('/') {
        Some((_, rest)) => {
            yield_(rest.len() as u64).await;
            all + rest + name + &long(path, reckoned(first, 2).await).await.to_string()
        }
        None => all,
    }
}
#[durable(yield = u64, resume = u64)]
async fn reckoned(shop: &Shop, n: u64) -> u64 {
    shop.rate(yield_(n).await)
}

/// It makes what borrows, and lends it to a coroutine that is one step here.
#[durable(yield = u64, resume = u64, twin = requests_twin)]
pub async fn requests(shop: Shop, n: u64) -> String {
    let inside = answered(&shop, n).await;
    yield_(inside.len() as u64).await;
    inside
}
#[durable]
async fn answered(shop: &Shop, n: u64) -> String {
    #[step]
    {
        let request = Request { path: "a/b", headers: vec![("x", "y")], size: n };
        silent(&request.headers, &[shop], Some(&n)).await
    }
}
#[durable]
async fn silent(headers: &[(&str, &str)], shops: &[&Shop], n: Option<&u64>) -> String {
    let (name, _) = headers[0];
    later().await;
    let first = shops[0];
    later().await;
    format!("{name} {} {n:?} {}", first.base, headers.len())
}

/// What is lent is lent by the driver, and again after a restore.
#[durable(yield = u64, resume = u64)]
async fn root(request: &Request<'_>, shops: &[&Shop]) -> String {
    handled(request, shops, 3).await
}

/// What may be a borrow comes by value: the frame keeps it as a value.
#[durable(yield = u64, resume = u64, twin = says_twin)]
pub async fn says(mut what: Cow<'_, str>, list: Cow<'_, [u64]>, n: u64) -> String {
    let first = yield_(what.len() as u64).await;
    if first > 3 {
        what.to_mut().push('!');
    }
    let mut sum = 0;
    for item in list.iter() {
        sum += yield_(*item).await;
    }
    format!("{what} {sum} {n}")
}
#[derive(serde::Serialize, serde::Deserialize)]
struct Sayer(u64);
impl Sayer {
    #[durable(yield = u64, resume = u64)]
    async fn both<'a>(&self, what: &'a str, other: Cow<'a, str>) -> u64 {
        let n = yield_(what.len() as u64).await;
        log(&*other);
        n + self.0
    }
}
#[durable(yield = u64, resume = u64, twin = says_both_twin)]
pub async fn says_both(name: String, list: Vec<u64>) -> String {
    let a = says(Cow::Borrowed(&name), Cow::Borrowed(&list), 1).await;
    let b = says(name.as_str().into(), (&list).into(), 2).await;
    let sayer = Sayer(3);
    let n = sayer.both(&name, Cow::Borrowed(&a)).await + sayer.both(&name, name.clone().into()).await;
    format!("{a} {b} {n} {}", list.len())
}

pub fn cases() -> Vec<Case> {
    cases! {
        says, says_twin => ("text".into(), vec![1, 2].into(), 3), (Cow::Borrowed("literal"), Cow::Owned(vec![]), 3);
        says_both, says_both_twin => ("name".to_owned(), vec![1, 2]);
        requests, requests_twin => (Shop::new(3), 4);
        opts, opts_twin => ("ab".to_owned(), Shop::new(3), Order::new(&["o"]), Some(Item::new("pen", 3)), 4),
          ("ab".to_owned(), Shop::new(3), Order::new(&["o"]), None, 4);
    }
}
