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
        part_refilled, part_refilled_twin => (2);
    }
}
