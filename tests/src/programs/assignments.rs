//! Assignments and compound assignments: which side is evaluated first, what an assignment drops.
use crate::harness::*;
use coroutine_runtime::prelude::*;

fn at(index: usize) -> usize {
    log(format!("index {index}"));
    index
}

#[durable(yield = u64, resume = u64, twin = plain_twin)]
pub async fn plain(n: u64) -> u64 {
    let mut a = n;
    a = yield_(a).await;
    a = a + yield_(a + 1).await;
    let mut b = 0;
    (a, b) = (b, yield_(a).await);
    a = {
        let c = yield_(b).await;
        c + 1
    };
    a + b
}

#[durable(yield = u64, resume = u64, twin = primitive_compound_twin)]
pub async fn primitive_compound(n: u64) -> u64 {
    // For primitives the right side runs first.
    let mut a = n;
    a += yield_(a).await;
    a += {
        a = 100;
        yield_(1).await
    };
    a -= {
        a *= 2;
        5
    } + double(1).await;
    a *= yield_(0).await + 1;
    a <<= same(2u64).await;
    a ^= yield_(a).await;
    a %= 100_000;
    a |= {
        a += 1;
        double(a).await
    };
    a
}

#[durable(yield = u64, resume = u64, twin = overloaded_compound_twin)]
pub async fn overloaded_compound(n: u64) -> String {
    // For overloaded operators the left side runs first.
    let mut points = [Point { x: 1, y: 1 }, Point { x: 2, y: 2 }];
    points[at(0)] += Point { x: say(n), y: 0 };
    let mut text = "start".to_owned();
    text += &yield_(n).await.to_string();
    text += &greet("you").await;
    let mut sum = Point::default();
    sum += Point { x: yield_(n).await, y: double(n).await };
    let step = Point { x: 1, y: yield_(3).await };
    points[at(1)] += step;
    format!("{points:?} {text} {sum:?}")
}

#[durable(yield = u64, resume = u64, twin = overloaded_place_twin)]
pub async fn overloaded_place(n: u64) -> String {
    let mut points = vec![Point { x: 1, y: 1 }, Point { x: 2, y: 2 }];
    points[at(1)] += Point { x: say(n), y: yield_(3).await };
    let mut words = strings(&["a", "b"]);
    words[at(0)] += &greet("w").await;
    format!("{points:?} {words:?}")
}

#[durable(yield = u64, resume = u64, twin = order_of_sides_twin)]
pub async fn order_of_sides(mut list: Vec<u64>) -> Vec<u64> {
    list[at(0)] = say(yield_(1).await);
    list[at(1)] += say(yield_(2).await);
    list[at(2)] -= {
        list[2] = 50;
        say(tick_of(3).await)
    };
    list
}
async fn tick_of(n: u64) -> u64 {
    later().await;
    n
}

#[durable(yield = u64, resume = u64, twin = awaited_index_twin)]
pub async fn awaited_index(mut list: Vec<u64>) -> Vec<u64> {
    list[(yield_(0).await % 3) as usize] = 100;
    list[(yield_(1).await % 3) as usize] += 7;
    list[(yield_(2).await % 2) as usize] = yield_(3).await;
    list[(yield_(4).await % 2) as usize] += double(5).await;
    list
}

#[durable(yield = u64, resume = u64, twin = fields_twin)]
pub async fn fields(n: u64) -> String {
    let mut order = Order::new(&["a"]);
    order.seen = yield_(n).await;
    order.at.x += yield_(order.at.y).await;
    order.items.push(greet("b").await);
    order.items[0] = greet(&order.items[0].clone()).await;
    order.at = Point { x: yield_(1).await, ..order.at };
    let mut pair = (1, [2, 3]);
    pair.0 = yield_(pair.0).await;
    pair.1[1] += yield_(pair.1[0]).await;
    format!("{order:?} {pair:?}")
}

#[durable(yield = u64, resume = u64, twin = through_box_twin)]
pub async fn through_box(n: u64) -> u64 {
    let mut held = Box::new(n);
    *held = yield_(*held).await;
    *held += double(*held).await;
    let mut slot = Some(*held);
    if let Some(inner) = &mut slot {
        *inner += 1;
    }
    *slot.get_or_insert(0) += 5;
    yield_(slot.unwrap()).await + *held
}

#[durable(yield = u64, resume = u64, twin = drops_the_old_twin)]
pub async fn drops_the_old(n: u64) -> u64 {
    let mut d = D::new("one");
    touch(&d);
    d = D::new("two");
    yield_(n).await;
    d = made("three").await;
    log("assigned");
    let mut pair = (D::new("left"), D::new("right"));
    pair.0 = made("new left").await;
    yield_(n + 1).await;
    touch(&pair.1);
    touch(&pair.0);
    touch(&d);
    n
}
async fn made(name: &str) -> D {
    log(format!("make {name}"));
    later().await;
    D::new(name)
}

#[durable(yield = u64, resume = u64, twin = late_initialised_twin)]
pub async fn late_initialised(n: u64) -> u64 {
    let d;
    let mut e;
    yield_(n).await;
    if n > 1 {
        d = D::new("d");
        e = D::new("e");
        yield_(2).await;
        touch(&d);
        touch(&e);
        if n > 2 {
            e = D::new("e again");
            yield_(3).await;
            touch(&e);
        }
    }
    yield_(4).await
}

#[durable(yield = u64, resume = u64, twin = chains_twin)]
pub async fn chains(n: u64) -> (u64, u64, u64) {
    let (mut a, mut b, mut c) = (n, 0, 0);
    b = {
        a = yield_(a).await;
        a + 1
    };
    c += {
        b += yield_(b).await;
        b
    } + {
        a -= 1;
        a
    };
    [a, b] = [b, yield_(c).await];
    Point { x: c, y: a } = Point { x: a, y: double(c).await };
    (_, b) = (yield_(b).await, b + 1);
    (a, b, c)
}

#[durable(yield = u64, resume = u64, twin = to_nothing_twin)]
pub async fn to_nothing(n: u64) {
    _ = yield_(n).await;
    _ = D::new("dropped at once");
    let mut kept = 0;
    kept = yield_(n + 1).await;
    kept = 5;
    yield_(kept).await;
}

#[durable(yield = u64, resume = u64, twin = awaited_place_twin)]
pub async fn awaited_place(n: u64) -> Vec<u64> {
    let mut list = vec![0; 4];
    list.get_mut(yield_(0).await as usize % 4).map(|cell| *cell += n);
    *list.last_mut().unwrap() = n * 2;
    let len = list.len();
    list[len - 2] = yield_(list[1] + list[3]).await;
    *list.iter_mut().nth(0).unwrap() += 1;
    list
}

pub fn cases() -> Vec<Case> {
    cases! {
        plain, plain_twin => (3);
        primitive_compound, primitive_compound_twin => (3), (11);
        overloaded_compound, overloaded_compound_twin => (5);
        overloaded_place, overloaded_place_twin => (5);
        order_of_sides, order_of_sides_twin => (vec![1, 2, 30]);
        awaited_index, awaited_index_twin => (vec![1, 2, 3]);
        fields, fields_twin => (4);
        through_box, through_box_twin => (4);
        drops_the_old, drops_the_old_twin => (4);
        late_initialised, late_initialised_twin => (1), (2), (3);
        chains, chains_twin => (4);
        to_nothing, to_nothing_twin => (4);
        awaited_place, awaited_place_twin => (4);
    }
}
