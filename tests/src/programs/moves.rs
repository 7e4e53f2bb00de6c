//! Moves, copies, conditional and repeated initialisation: what is alive where.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[durable(yield = u64, resume = u64, twin = moved_on_twin)]
pub async fn moved_on(name: String) -> String {
    let a = name;
    yield_(a.len() as u64).await;
    let b = a;
    let c = Some(b);
    yield_(1).await;
    let d = [c, None];
    yield_(2).await;
    let [e, _] = d;
    e.unwrap_or_default()
}

#[durable(yield = u64, resume = u64, twin = conditionally_moved_twin)]
pub async fn conditionally_moved(n: u64, d: D) -> u64 {
    let e = D::new("e");
    if n > 1 {
        eat(d);
        yield_(1).await;
    } else {
        yield_(2).await;
    }
    log("between");
    if n > 2 {
        yield_(3).await;
        eat(e);
    }
    yield_(4).await
}

#[durable(yield = u64, resume = u64, twin = conditionally_filled_twin)]
pub async fn conditionally_filled(n: u64) -> u64 {
    let a;
    let b = D::new("b");
    if n > 1 {
        a = D::new("a");
        yield_(1).await;
        log("filled");
    } else {
        yield_(2).await;
    }
    yield_(3).await;
    n
}

#[durable(yield = u64, resume = u64, twin = filled_again_twin)]
pub async fn filled_again(n: u64) -> u64 {
    let mut d = D::new("one");
    eat(d);
    yield_(1).await;
    d = D::new("two");
    yield_(2).await;
    if n > 1 {
        eat(d);
        yield_(3).await;
        if n > 2 {
            d = D::new("three");
            yield_(4).await;
        }
    }
    yield_(5).await
}

#[durable(yield = u64, resume = u64, twin = moved_in_loop_twin)]
pub async fn moved_in_loop(n: u64) -> Vec<String> {
    let mut text = "start".to_owned();
    let mut out = vec![];
    for i in 0..n {
        out.push(text);
        let got = yield_(i).await;
        text = format!("round {got}");
        if i == 2 {
            continue;
        }
        tick().await;
    }
    out.push(text);
    out
}

#[durable(yield = u64, resume = u64, twin = moved_before_break_twin)]
pub async fn moved_before_break(n: u64, name: String) -> String {
    let mut i = 0;
    loop {
        i += 1;
        if yield_(i).await > n {
            break name;
        }
        if i == 3 {
            return name + " at three";
        }
        yield_(name.len() as u64).await;
    }
}

#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Builder {
    parts: Vec<String>,
}
impl Builder {
    fn with(mut self, part: String) -> Builder {
        self.parts.push(part);
        self
    }
    fn full(&self) -> bool {
        self.parts.len() > 2
    }
    fn build(self) -> String {
        self.parts.join("+")
    }
}

#[durable(yield = u64, resume = u64, twin = consuming_methods_twin)]
pub async fn consuming_methods(n: u64) -> String {
    let mut builder = Builder::default();
    loop {
        let got = yield_(n).await;
        builder = builder.with(got.to_string());
        if builder.full() {
            return builder.build();
        }
        builder = builder.with(greet("b").await);
    }
}

#[durable(yield = u64, resume = u64, twin = copied_twin)]
pub async fn copied(p: Point) -> Vec<u64> {
    let mut q = p;
    q.x += yield_(p.x).await;
    let r = q;
    q.y = yield_(r.y).await;
    let array = [q.x, r.x];
    let mut other = array;
    other[0] = yield_(other[1]).await;
    let c = 'x';
    let also = c;
    yield_(also as u64).await;
    vec![p.x, q.x, q.y, r.y, array[0], other[0], c as u64]
}

#[durable(yield = u64, resume = u64, twin = into_call_twin)]
pub async fn into_call(d: D, list: Vec<u64>) -> u64 {
    async fn last(list: Vec<u64>) -> u64 {
        later().await;
        list.last().copied().unwrap_or(0)
    }
    async fn eat_later(d: D) {
        later().await;
        eat(d);
    }
    let first = list[0];
    let got = yield_(first).await;
    eat_later(d).await;
    log("eaten");
    let l = last(list).await;
    yield_(l).await + got
}

#[durable(yield = u64, resume = u64, twin = into_closure_twin)]
pub async fn into_closure(d: D, name: String) -> usize {
    yield_(1).await;
    let eat_it = move || eat(d);
    let len = name.len();
    let get = || name;
    let name = get();
    eat_it();
    yield_(len as u64).await;
    name.len()
}

#[durable(yield = u64, resume = u64, twin = option_take_twin)]
pub async fn option_take(n: u64) -> String {
    let mut held = Some("held".to_owned());
    let mut out = String::new();
    for i in 0..n {
        if let Some(text) = held.take() {
            out += &text;
            let got = yield_(i).await;
            if got > 10 {
                held = Some(format!("again {got}"));
            }
        } else {
            held.replace("new".to_owned());
            tick().await;
        }
    }
    let rest = std::mem::take(&mut out);
    yield_(rest.len() as u64).await;
    out + &rest + held.as_deref().unwrap_or("-")
}

#[durable(yield = u64, resume = u64, twin = dead_before_wait_twin)]
pub async fn dead_before_wait(n: u64) -> u64 {
    let total = {
        let parts = [n, n + 1].map(|n| std::rc::Rc::new(n)); // cannot be stored; gone before the wait
        parts.iter().map(|part| **part).sum::<u64>()
    };
    let got = yield_(total).await;
    let guard = std::sync::Mutex::new(got);
    let inside = *guard.lock().unwrap();
    drop(guard);
    yield_(inside).await
}

#[durable(yield = u64, resume = u64, twin = swapped_twin)]
pub async fn swapped(n: u64) -> String {
    let mut a = D::new("a");
    let mut b = D::new("b");
    for i in 0..n {
        (a, b) = (b, a);
        yield_(i).await;
    }
    let old = std::mem::replace(&mut a, D::new("c"));
    yield_(9).await;
    touch(&old);
    touch(&b);
    a.0.clone()
}

#[durable(yield = u64, resume = u64, twin = maybe_uninit_exit_twin)]
pub async fn maybe_uninit_exit(n: u64) -> u64 {
    let a;
    let b = D::new("b");
    let c;
    if yield_(n).await == 1 {
        return 0;
    }
    a = D::new("a");
    if yield_(n).await == 11 {
        return 1;
    }
    c = D::new("c");
    yield_(n).await;
    touch(&c);
    touch(&b);
    touch(&a);
    2
}

#[durable(yield = u64, resume = u64, twin = parts_dropped_twin)]
pub async fn parts_dropped(n: u64) -> u64 {
    let pair = (D::new("left"), D::new("right"));
    yield_(n).await;
    eat(pair.0);
    yield_(n + 1).await;
    touch(&pair.1);
    let trio = (D::new("a"), D::new("b"), D::new("c"));
    if n > 1 {
        eat(trio.1);
        yield_(n + 2).await;
    } else {
        yield_(n + 3).await;
    }
    log("end");
    n
}

#[durable(yield = u64, resume = u64, twin = tuple_parts_twin)]
pub async fn tuple_parts(pair: (String, Vec<u64>), mut trio: (u64, D, Option<D>)) -> String {
    let name = pair.0;
    yield_(name.len() as u64).await;
    trio.0 += yield_(trio.0).await;
    for n in pair.1 {
        trio.0 += yield_(n).await;
    }
    eat(trio.1);
    trio.1 = D::new("again");
    yield_(1).await;
    format!("{name} {} {:?}", trio.0, trio.2.as_ref().map(|d| d.0.len()))
}

#[durable(yield = u64, resume = u64, twin = struct_parts_twin)]
pub async fn struct_parts(item: Item, n: u64) -> String {
    let mut out = String::new();
    for tag in item.tags {
        yield_(tag.len() as u64).await;
        out += &tag;
    }
    let order = Order::new(&["a", "b"]);
    for name in order.items.into_iter() {
        yield_(n + order.seen).await;
        out += &name;
    }
    format!("{out} {} {}", item.name, order.at.x)
}

#[durable(yield = u64, resume = u64, twin = parts_twin)]
pub async fn parts(item: Item, order: Order) -> String {
    let name = item.name;
    yield_(item.price).await;
    let tags = item.tags;
    yield_(tags.len() as u64).await;
    let Order { items, .. } = order;
    yield_(items.len() as u64).await;
    format!("{name} {tags:?} {} {items:?} {}", item.price, order.seen)
}

#[durable(yield = u64, resume = u64, twin = part_in_head_twin)]
pub async fn part_in_head(item: Item, order: Order) -> u64 {
    let mut sum = 0;
    for n in 0..item.price {
        sum += yield_(n).await;
        for k in order.at.x..order.at.y {
            sum += yield_(k).await;
        }
    }
    while sum % 7 < order.at.y && sum > 0 {
        sum = yield_(sum).await;
    }
    sum + order.items.len() as u64 + item.tags.len() as u64
}

#[durable(yield = u64, resume = u64, twin = part_refilled_twin)]
pub async fn part_refilled(n: u64) -> String {
    let mut item = Item::new("first", n);
    let name = item.name;
    yield_(n).await;
    item.name = name + " again";
    yield_(1).await;
    let all = item;
    yield_(2).await;
    format!("{all:?}")
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Deep {
    item: Item,
    at: Option<D>,
    rest: Point,
}

#[durable(yield = u64, resume = u64, twin = parts_given_twin)]
pub async fn parts_given(deep: Deep, n: u64) -> String {
    let shared = Arc::new(Item::new("shared", n));
    let price = shared.price;
    yield_(price).await;
    let text = greet(&deep.item.name).await;
    let tags = strings_of(deep.item.tags, deep.rest.x).await;
    yield_(shared.price + 1).await;
    if n > 2 {
        drop(deep.at);
        yield_(3).await;
    }
    let Deep { item: Item { name, .. }, rest: Point { x, .. }, .. } = deep;
    yield_(x).await;
    let both = (shared.name.len(), deep.rest);
    yield_(deep.item.price).await;
    let f = move || deep.item.price + deep.rest.y;
    yield_(f()).await;
    format!("{text} {tags:?} {name} {both:?} {:?}", deep.rest.x)
}
#[durable(yield = u64, resume = u64)]
async fn strings_of(list: Vec<String>, n: u64) -> Vec<String> {
    yield_(n).await;
    list
}

pub fn cases() -> Vec<Case> {
    cases! {
        tuple_parts, tuple_parts_twin => (("n".to_owned(), vec![1, 2]), (5, D::new("second"), Some(D::new("third"))));
        parts, parts_twin => (Item::new("pen", 2).tag("x"), Order::new(&["a"]));
        part_in_head, part_in_head_twin => (Item::new("pen", 2).tag("x"), Order::new(&["a"]));
        part_refilled, part_refilled_twin => (2);
        parts_given, parts_given_twin => (Deep { item: Item::new("pen", 2).tag("x"), at: Some(D::new("at")), rest: Point { x: 4, y: 5 } }, 2),
            (Deep { item: Item::new("pen", 2).tag("x"), at: Some(D::new("at")), rest: Point { x: 4, y: 5 } }, 3);
        struct_parts, struct_parts_twin => (Item::new("pen", 2).tag("x").tag("yy"), 3);
        parts_dropped, parts_dropped_twin => (1), (2);
        moved_on, moved_on_twin => ("name".to_owned());
        conditionally_moved, conditionally_moved_twin => (1, D::new("d")), (2, D::new("d")), (3, D::new("d"));
        conditionally_filled, conditionally_filled_twin => (1), (2);
        filled_again, filled_again_twin => (1), (2), (3);
        moved_in_loop, moved_in_loop_twin => (0), (4);
        moved_before_break, moved_before_break_twin => (5, "n".to_owned()), (15, "n".to_owned()), (100, "n".to_owned());
        consuming_methods, consuming_methods_twin => (1);
        copied, copied_twin => (Point { x: 1, y: 2 });
        into_call, into_call_twin => (D::new("d"), vec![4, 5]);
        into_closure, into_closure_twin => (D::new("d"), "name".to_owned());
        option_take, option_take_twin => (0), (3), (4);
        dead_before_wait, dead_before_wait_twin => (3);
        swapped, swapped_twin => (0), (1), (2);
        maybe_uninit_exit, maybe_uninit_exit_twin => (0), (1), (2);
    }
}
