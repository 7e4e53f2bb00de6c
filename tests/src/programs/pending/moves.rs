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

