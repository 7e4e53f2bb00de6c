//! Not compiled: what `moves.rs` is to have back. The causes are listed where they were reported.

// pending: cannot move out of `item.name` which is behind a mutable reference
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

// pending: cannot move out of `pair.0` which is behind a mutable reference
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

// pending: cannot move out of `item.name` which is behind a mutable reference
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

pub fn cases() -> Vec<Case> {
    cases! {
        parts, parts_twin => (Item::new("pen", 2).tag("x"), Order::new(&["a"]));
        parts_dropped, parts_dropped_twin => (1), (2);
        part_refilled, part_refilled_twin => (2);
    }
}
