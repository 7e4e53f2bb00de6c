//! Reference parameters: the world, lent to the coroutine and by it to its children.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = reads_twin)]
pub async fn reads(shop: &Shop, n: u64) -> u64 {
    let a = shop.rate(n);
    let b = yield_(a + shop.base).await;
    let names = shop.names.len() as u64;
    yield_(names).await;
    shop.rate(b) + shop.names.iter().map(|name| name.len() as u64).sum::<u64>()
}

#[durable(yield = u64, resume = u64, twin = writes_twin)]
pub async fn writes(order: &mut Order, n: u64) {
    order.seen += n;
    order.items.push(yield_(order.seen).await.to_string());
    order.at.x = yield_(order.items.len() as u64).await;
    order.at = Point { y: yield_(order.at.y).await, ..order.at };
    if let Some(first) = order.items.first_mut() {
        first.push('!');
    }
    yield_(7).await;
    order.items.retain(|item| item.len() > 1);
}

#[durable(yield = u64, resume = u64, twin = texts_twin)]
pub async fn texts(name: &str, list: &[u64], words: &[String], n: usize) -> String {
    let first = list[0];
    yield_(first).await;
    let upper = name.to_uppercase();
    yield_(name.len() as u64 + list[n]).await;
    let total: u64 = list.iter().sum();
    let greeting = greet(name).await;
    let part = sum_of(&list[n..]).await;
    yield_(total + part).await;
    format!("{name} {upper} {greeting} {words:?} {}", &name[1..])
}

#[durable(yield = u64, resume = u64, twin = scalars_twin)]
pub async fn scalars(a: &u64, b: &mut u64, c: &Option<String>) -> u64 {
    *b += *a;
    *b += yield_(*b).await;
    let got = yield_(a + *b).await;
    *b -= 1;
    *b *= yield_(c.as_ref().map_or(0, |c| c.len() as u64)).await;
    got + *a + *b
}

#[durable(yield = u64, resume = u64, twin = weigh_twin)]
pub async fn weigh(shop: &Shop, order: &mut Order, by: u64) -> Result<u64, String> {
    let tag = format!("t{by}");
    shop.count(order).await;
    let got = yield_(order.items.len() as u64).await;
    let mut sum = 0;
    for item in order.items.clone() {
        sum += shop.price(&format!("{tag}{item}")).await?;
    }
    Ok(got * by + sum + order.seen)
}

#[durable(yield = u64, resume = u64, twin = lends_local_twin)]
pub async fn lends_local(shop: &Shop, mut order: Order) -> Result<u64, String> {
    let a = weigh(shop, &mut order, 3).await?;
    order.items.push("more".to_owned());
    let b = weigh(shop, &mut order, 4).await?;
    yield_(b).await;
    Ok(a * 1000 + b + order.seen)
}

#[durable(yield = u64, resume = u64, twin = lends_lent_twin)]
pub async fn lends_lent(shop: &Shop, order: &mut Order, n: u64) -> Result<u64, String> {
    let a = weigh(shop, order, n).await?;
    writes(order, a).await;
    let b = reads(shop, order.seen).await;
    order.seen += b;
    let c = weigh(shop, &mut *order, 1).await?;
    let d = weigh(&*shop, order, 1).await?;
    Ok(a + b + c + d + order.seen)
}

#[durable(yield = u64, resume = u64, twin = lends_fields_twin)]
pub async fn lends_fields(order: &mut Order, mut pair: (Order, u64)) -> String {
    adds(&mut order.items, 1).await;
    adds(&mut pair.0.items, 2).await;
    raise(&mut order.seen, &mut pair.1).await;
    raise(&mut order.at.x, &mut order.at.y).await;
    raise(&mut pair.0.at.x, &mut order.at.x).await;
    format!("{order:?} {pair:?}")
}
#[durable(yield = u64, resume = u64)]
async fn adds(items: &mut Vec<String>, n: u64) {
    items.push(yield_(n).await.to_string());
    count(items).await;
    yield_(items.len() as u64).await;
    items.push("last".to_owned());
}
#[durable(yield = u64, resume = u64)]
async fn raise(a: &mut u64, b: &mut u64) {
    *a += yield_(*b).await;
    *b += yield_(*a).await;
    std::mem::swap(a, b);
}

#[durable(yield = u64, resume = u64, twin = lends_texts_twin)]
pub async fn lends_texts(name: &str, n: u64) -> String {
    let owned = format!("{name}{n}");
    let words = strings(&["a", "bb"]);
    let numbers = vec![3, 4, n];
    let a = texts(name, &[5, 6, 7], &words, 1).await;
    let b = texts(&owned, &numbers, &words[1..], 2).await;
    let c = texts("literal", &numbers[1..], &[], 0).await;
    yield_(1).await;
    let d = texts(&owned[1..], &numbers, &words, 0).await;
    format!("{a}/{b}/{c}/{d}")
}

#[durable(yield = u64, resume = u64, twin = lends_temporaries_twin)]
pub async fn lends_temporaries(n: u64) -> u64 {
    let a = reads(&Shop::new(n), 2).await;
    let b = scalars(&(n + 1), &mut 5, &None).await;
    let c = scalars(&a, &mut { a + b }, &Some("text".to_owned())).await;
    a + b + c
}

#[durable(yield = u64, resume = u64, twin = four_levels_twin)]
pub async fn four_levels(shop: &Shop, order: &mut Order, depth: u64) -> u64 {
    order.items.push(format!("d{depth}"));
    let here = yield_(shop.rate(depth)).await;
    let below = three_levels(order, here, shop).await;
    order.seen += 1;
    here + below
}
#[durable(yield = u64, resume = u64)]
async fn three_levels(order: &mut Order, n: u64, shop: &Shop) -> u64 {
    let mut mine = order.at;
    let a = two_levels(&mut mine, &mut order.items, shop, n).await;
    order.at = mine;
    let b = two_levels(&mut order.at, &mut order.items, shop, a).await;
    a + b
}
#[durable(yield = u64, resume = u64)]
async fn two_levels(point: &mut Point, items: &mut Vec<String>, shop: &Shop, n: u64) -> u64 {
    point.x += yield_(n % 10).await;
    count(items).await;
    point.y += reads(shop, point.x).await;
    point.y
}

#[durable(yield = u64, resume = u64, twin = static_and_lent_twin)]
pub async fn static_and_lent(label: &'static str, shop: &Shop) -> String {
    let got = yield_(label.len() as u64).await;
    let name = &shop.names[0];
    let line = format!("{label} {name} {got}");
    yield_(line.len() as u64).await;
    line + label
}

#[durable(yield = u64, resume = u64, twin = all_orders_twin)]
pub async fn all_orders(a: u64, shop: &Shop, b: String, order: &mut Order, c: Point) -> String {
    order.seen += yield_(a + shop.base).await;
    let d = mixed(&b, a, order, c, shop).await;
    format!("{b} {c:?} {d} {order:?}")
}
#[durable(yield = u64, resume = u64)]
async fn mixed(text: &str, n: u64, order: &mut Order, point: Point, shop: &Shop) -> u64 {
    order.items.push(text.to_owned());
    let got = yield_(n + point.x).await;
    order.items.push(shop.names[0].clone());
    yield_(got + text.len() as u64).await
}

#[durable(yield = u64, resume = u64, twin = in_loop_twin)]
pub async fn in_loop(order: &mut Order, shops: Vec<u64>) -> u64 {
    let mut total = 0;
    let mut extra = Order::new(&[]);
    for base in shops {
        let shop = Shop::new(base);
        total += weigh(&shop, order, 1).await.unwrap_or(0);
        total += weigh(&shop, &mut extra, 2).await.unwrap_or(0);
        if total > 200 {
            order.seen = 0;
        }
    }
    total + extra.seen
}

#[durable(yield = u64, resume = u64, twin = dynamic_twin)]
pub async fn dynamic(shown: &(dyn std::fmt::Display + Sync), n: u64) -> String {
    let first = format!("{shown}");
    yield_(first.len() as u64).await;
    let second = shown_twice(shown).await;
    format!("{first} {second} {n}")
}
#[durable(yield = u64, resume = u64)]
async fn shown_twice(shown: &(dyn std::fmt::Display + Sync)) -> String {
    let got = yield_(1).await;
    format!("{shown}{shown}{got}")
}

#[durable(yield = u64, resume = u64, twin = reborrows_twin)]
pub async fn reborrows(list: &mut Vec<String>) -> u64 {
    {
        let again = &mut *list;
        again.push("again".to_owned());
    }
    let len = {
        let read = &*list;
        read.len() as u64
    };
    yield_(len).await;
    let taken = std::mem::take(list);
    yield_(taken.len() as u64).await;
    *list = taken.into_iter().rev().collect();
    adds(list, 3).await;
    list.len() as u64
}

#[durable(yield = u64, resume = u64, twin = lent_dropped_twin)]
pub async fn lent_dropped(held: &mut Option<D>, n: u64) -> u64 {
    yield_(n).await;
    let old = held.take();
    yield_(n).await;
    see(&old);
    *held = Some(D::new("put"));
    yield_(n).await;
    drop(old);
    *held = None;
    yield_(n).await
}

#[durable(yield = u64, resume = u64, twin = explicit_lifetimes_twin)]
pub async fn explicit_lifetimes<'a, 'b>(a: &'a str, b: &'b mut Vec<String>, c: &'a Shop, d: &'b u64) -> usize {
    b.push(a.to_owned());
    yield_(*d).await;
    let long = longest(a, &c.names[0]).await.to_owned();
    b.push(long);
    yield_(b.len() as u64).await;
    b.iter().map(String::len).sum::<usize>() + c.names.len()
}

#[derive(serde::Serialize, serde::Deserialize, Clone, Debug)]
pub struct Lot {
    pub x: u64,
    pub y: Vec<u64>,
}

/// Reference parameters that are taken apart where they are declared.
#[durable(yield = u64, resume = u64, twin = lent_parts_twin)]
pub async fn lent_parts((a, b): &(u64, String), Lot { x, y }: &Lot, Lot { x: z, .. }: &mut Lot) -> String {
    yield_(*a).await;
    *z += yield_(*x).await;
    yield_(y.len() as u64).await;
    format!("{b} {z} {y:?}")
}

#[durable(yield = u64, resume = u64, twin = lends_chains_twin)]
pub async fn lends_chains(name: String, list: Vec<String>, mut opt: Option<String>) -> String {
    let text = name.as_str();
    long(text, 3).await;
    let first = list.first().cloned().unwrap_or_default();
    let own = longer(first).await;
    let n = list.first().map(|x| x.len() as u64).unwrap_or(3);
    long("literal", n).await;
    long(&own, n).await;
    let inside = opt.as_mut().unwrap();
    lengthen(inside).await;
    long(name.as_str(), 4).await;
    long(list.first().unwrap(), 5).await;
    long(opt.as_deref().unwrap_or("none"), opt.as_ref().map(|x| x.len() as u64).unwrap_or(7)).await;
    long(name.trim(), n).await;
    lengthen(opt.as_mut().unwrap()).await;
    greet(name.as_str()).await;
    let all = joined(name.as_str(), "and", list.first().unwrap(), n).await;
    all + &own + &name + &opt.unwrap()
}
#[durable(yield = u64, resume = u64)]
async fn long(name: &str, n: u64) -> u64 {
    yield_(n).await;
    name.len() as u64
}
#[durable(yield = u64, resume = u64)]
async fn joined(name: &str, between: &'static str, last: &String, n: u64) -> String {
    yield_(n).await;
    name.to_string() + between + last
}
#[durable(yield = u64, resume = u64)]
async fn lengthen(name: &mut String) {
    name.push_str(&yield_(1).await.to_string());
}
#[durable(yield = u64, resume = u64)]
async fn longer(mut name: String) -> String {
    name.push_str(&yield_(2).await.to_string());
    name
}

pub fn cases() -> Vec<Case> {
    cases! {
        lends_chains, lends_chains_twin => ("ab ".to_owned(), strings(&["b"]), Some("ccc".to_owned()));
        lent_parts, lent_parts_twin => (a: &(u64, String) = (1, "x".to_owned()), b: &Lot = Lot { x: 1, y: vec![2] }, c: &mut Lot = Lot { x: 1, y: vec![] });
        explicit_lifetimes, explicit_lifetimes_twin => (a: &str = "a".to_owned(), b: &mut Vec<String> = vec![], c: &Shop = Shop::new(1), d: &u64 = 9);
        reads, reads_twin => (shop: &Shop = Shop::new(5), 3);
        writes, writes_twin => (order: &mut Order = Order::new(&["a", "bcd"]), 3), (order: &mut Order = Order::new(&[]), 0);
        texts, texts_twin => (name: &str = "name".to_owned(), list: &[u64] = vec![1, 2, 3], words: &[String] = strings(&["w"]), 1);
        scalars, scalars_twin => (a: &u64 = 4, b: &mut u64 = 5, c: &Option<String> = Some("c".to_owned()));
        weigh, weigh_twin => (shop: &Shop = Shop::new(5), order: &mut Order = Order::new(&["x", "yy"]), 2),
            (shop: &Shop = Shop::new(5), order: &mut Order = Order::new(&["x", "bad", "z"]), 2);
        lends_local, lends_local_twin => (shop: &Shop = Shop::new(5), Order::new(&["x"])), (shop: &Shop = Shop::new(5), Order::new(&["bad"]));
        lends_lent, lends_lent_twin => (shop: &Shop = Shop::new(5), order: &mut Order = Order::new(&["x"]), 2);
        lends_fields, lends_fields_twin => (order: &mut Order = Order::new(&["x"]), (Order::new(&["y"]), 3));
        lends_texts, lends_texts_twin => (name: &str = "name".to_owned(), 8);
        lends_temporaries, lends_temporaries_twin => (3);
        four_levels, four_levels_twin => (shop: &Shop = Shop::new(5), order: &mut Order = Order::new(&["x"]), 1);
        static_and_lent, static_and_lent_twin => ("label", shop: &Shop = Shop::new(1));
        all_orders, all_orders_twin => (1, shop: &Shop = Shop::new(2), "b".to_owned(), order: &mut Order = Order::new(&[]), Point { x: 3, y: 4 });
        in_loop, in_loop_twin => (order: &mut Order = Order::new(&["x"]), vec![1, 2]), (order: &mut Order = Order::new(&[]), vec![]);
        dynamic, dynamic_twin => (shown: &(dyn std::fmt::Display + Sync) = "shown".to_owned(), 2);
        reborrows, reborrows_twin => (list: &mut Vec<String> = strings(&["a", "b"]));
        lent_dropped, lent_dropped_twin => (held: &mut Option<D> = Some(D::new("lent")), 2), (held: &mut Option<D> = None, 2);
    }
}
