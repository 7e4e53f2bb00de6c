//! `.await` as an operand: everything is evaluated in Rust's order.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = both_sides_twin)]
pub async fn both_sides(n: u64) -> u64 {
    let a = yield_(2).await - yield_(1).await;
    let b = yield_(n).await * 2 + yield_(a).await % 7 - double(1).await;
    (b ^ yield_(3).await) & !(yield_(4).await << 2)
}

#[durable(yield = u64, resume = u64, twin = kept_operand_twin)]
pub async fn kept_operand(n: u64) -> u64 {
    let mut a = n;
    let x = a * {
        a = 100;
        yield_(a).await
    };
    let y =
        a + {
            a += 1;
            tick().await;
            a
        } + a;
    let z = say(a) - {
        a = 7;
        double(a).await
    } + {
        a *= 2;
        a
    };
    x + y + z + a
}

#[durable(yield = u64, resume = u64, twin = arguments_twin)]
pub async fn arguments(n: u64) -> u64 {
    fn three(a: u64, b: u64, c: u64) -> u64 {
        log(format!("three {a} {b} {c}"));
        a * 100 + b * 10 + c
    }
    let a = three(say(1), yield_(n).await, say(3));
    let b = three(yield_(1).await, say(n), yield_(2).await);
    let mut m = n;
    let c = three(
        m,
        {
            m += 1;
            yield_(m).await
        },
        m,
    );
    add(three(m, a, b), add(c, yield_(5).await).await).await
}

#[durable(yield = u64, resume = u64, twin = receivers_twin)]
pub async fn receivers(n: u64) -> String {
    let a = yield_(n).await.to_string().len();
    let b = greet("x").await.to_uppercase().replace("X", &yield_(a as u64).await.to_string());
    let mut list = vec![1];
    list.push(yield_(2).await);
    list.extend(vec![yield_(3).await]);
    let mut text = String::new();
    text.push_str(&greet(&b).await);
    text.insert(yield_(0).await as usize, '_');
    let first = list.iter().copied().max().unwrap_or(yield_(9).await);
    format!("{a} {b} {list:?} {text} {first}")
}

#[durable(yield = u64, resume = u64, twin = receiver_with_effects_twin)]
pub async fn receiver_with_effects(n: u64) -> u64 {
    let a = say(n).pow(yield_(0).await as u32 + 1).wrapping_add(yield_(1).await);
    let point = Point { x: say(1), y: 2 }.add_to(yield_(a).await, say(4)).add_to(say(5), yield_(6).await);
    point.x * 3 + point.y
}
impl Point {
    fn add_to(self, x: u64, y: u64) -> Point {
        log(format!("add_to {x} {y}"));
        Point { x: self.x + x, y: self.y + y }
    }
}

#[durable(yield = u64, resume = u64, twin = indexing_twin)]
pub async fn indexing(list: Vec<u64>) -> u64 {
    let a = list[yield_(0).await as usize % list.len()];
    let b = vec![say(4), 5, 6][(yield_(1).await % 3) as usize];
    // (Not an array of arrays: plain async of rustc 1.95 reads the wrong memory there.)
    let c = vec![vec![1, 2], vec![3, 4]][(yield_(2).await % 2) as usize][(yield_(3).await % 2) as usize];
    let d = &list[same(1).await..];
    a + b + c + d.len() as u64
}

#[durable(yield = u64, resume = u64, twin = indexed_place_twin)]
pub async fn indexed_place(mut list: Vec<u64>) -> Vec<u64> {
    list[1] = yield_(list[0]).await;
    list[(yield_(1).await % 3) as usize] = list[1] + yield_(2).await;
    let at = list.len() - 1;
    list[at] += double(list[0]).await;
    list
}

#[durable(yield = u64, resume = u64, twin = struct_literals_twin)]
pub async fn struct_literals(n: u64) -> String {
    let a = Point { y: yield_(n).await, x: say(2) };
    let b = Point { x: yield_(a.x).await, ..a };
    let c = Item { name: greet("c").await, ..Item::new("d", yield_(b.y).await).tag("t") };
    let d = Order { seen: c.price, items: vec![c.name.clone()], at: Point { x: yield_(3).await, ..Default::default() } };
    let e = Shape::Rect { width: yield_(1).await, height: yield_(2).await };
    let f = Shape::Named(say("f".to_owned()), Point { x: 1, y: double(4).await });
    format!("{a:?} {b:?} {c:?} {d:?} {e:?} {f:?}")
}

#[durable(yield = u64, resume = u64, twin = collections_twin)]
pub async fn collections(n: u64) -> String {
    let tuple = (say(1), yield_(n).await, say(3), (yield_(2).await, tick().await));
    let array = [say(1), yield_(n).await, say(2), double(n).await];
    let repeated = [yield_(4).await; 3];
    let nested = Some((Ok::<u64, String>(yield_(5).await), [greet("x").await]));
    format!("{tuple:?} {array:?} {repeated:?} {nested:?}")
}

#[durable(yield = u64, resume = u64, twin = ranges_twin)]
pub async fn ranges(n: u64) -> u64 {
    let a = yield_(0).await..yield_(n).await;
    let b = (yield_(n).await..).take(2).sum::<u64>();
    let c = ..=yield_(1).await;
    a.end - a.start + b + u64::from(c.contains(&11))
}

#[durable(yield = u64, resume = u64, twin = casts_twin)]
pub async fn casts(n: u64) -> i64 {
    let a = yield_(n).await as u8 as i64;
    let b = -(yield_(1).await as i64);
    let c = !(double(n).await as i64) + (above(n, 2).await as i64);
    let d = !above(n, 5).await;
    a + b + c + i64::from(d)
}

#[durable(yield = u64, resume = u64, twin = nested_awaits_twin)]
pub async fn nested_awaits(n: u64) -> u64 {
    yield_(yield_(yield_(n).await + 1).await + double(add(n, double(n).await).await).await).await
}

#[durable(yield = u64, resume = u64, twin = parentheses_twin)]
pub async fn parentheses(n: u64) -> u64 {
    let ask = yield_(n);
    let a = ask.await;
    let b = (yield_(a)).await;
    let c = { yield_(b) }.await;
    let step = double(n);
    let d = step.await;
    let e = async {
        later().await;
        n + 1
    }
    .await;
    a + b + c + d + e
}

#[durable(yield = u64, resume = u64, twin = chosen_future_twin)]
pub async fn chosen_future(n: u64) -> u64 {
    let a = match n {
        0 => add(1, 2),
        _ => add(n, 4),
    }
    .await;
    let b = if a > 5 { yield_(a) } else { yield_(1) }.await;
    a + b
}

#[durable(yield = u64, resume = u64, twin = comparisons_twin)]
pub async fn comparisons(n: u64) -> (bool, bool, bool, bool) {
    let a = yield_(n).await == yield_(n).await;
    let b = yield_(1).await < yield_(n).await;
    let c = greet("a").await == format!("hello {}", 'a');
    let d = Some(yield_(n).await) >= half(n).await;
    (a, b, c, d)
}

#[durable(yield = u64, resume = u64, twin = overloaded_twin)]
pub async fn overloaded(n: u64) -> String {
    let text = greet("a").await + &yield_(n).await.to_string() + " and " + &greet("b").await;
    let point = Point { x: say(1), y: say(2) } + Point { x: yield_(n).await, y: say(4) } + Point { x: 0, y: yield_(0).await };
    format!("{text} {point:?}")
}

#[durable(yield = u64, resume = u64, twin = operand_drops_twin)]
pub async fn operand_drops(n: u64) -> u64 {
    fn pair(a: D, b: u64, c: D) -> u64 {
        log(format!("pair {} {b} {}", a.0, c.0));
        b
    }
    let a = pair(D::new("a"), yield_(n).await, D::new("c"));
    let kept = D::new("kept");
    let b = pair(kept, yield_(a).await, D::new("d"));
    log("between");
    a + b
}

#[durable(yield = u64, resume = u64, twin = operand_abandoned_twin)]
pub async fn operand_abandoned(n: u64) -> Result<u64, String> {
    fn pair(a: D, b: u64) -> u64 {
        touch(&a);
        b
    }
    let _outer = D::new("outer");
    let a = pair(D::new("argument"), small(n).await?);
    yield_(a).await;
    let b = (D::new("first"), small(n * 2).await?, D::new("third"), small(n * 3).await?).1;
    Ok(a + b)
}

#[durable(yield = u64, resume = u64, twin = temporaries_twin)]
pub async fn temporaries(n: u64) -> u64 {
    // A temporary lives to the end of its statement.
    let len = D::new("one").0.len() as u64 + n;
    log("one is gone");
    let a = length(&D::new("two")).await + len;
    log("two is gone");
    touch(&D::new("three"));
    yield_(a).await
}
async fn length(d: &D) -> u64 {
    touch(d);
    later().await;
    d.0.len() as u64
}

#[durable(yield = u64, resume = u64, twin = copies_twin)]
pub async fn copies(n: u64) -> Vec<u64> {
    let mut p = Point { x: n, y: 1 };
    let pair = (
        p,
        {
            p.x = 50;
            yield_(p.x).await
        },
        p,
    );
    let list = vec![
        p.x,
        {
            p.x += 1;
            yield_(p.x).await
        },
        p.x,
    ];
    let fields = Point {
        x: p.y,
        y: {
            p.y = 9;
            yield_(p.y).await
        },
    };
    let mut all = list;
    all.extend([pair.0.x, pair.1, pair.2.x, fields.x, fields.y]);
    all
}

#[durable(yield = u64, resume = u64, twin = statements_twin)]
pub async fn statements(n: u64) {
    yield_(n).await;
    yield_(n).await + 1;
    (yield_(n).await, yield_(1).await);
    [yield_(2).await];
    if yield_(3).await > 1 {}
    &yield_(4).await;
    {
        yield_(5).await;
    }
    let _ = yield_(6).await;
    yield_(7).await as u8;
}

/// A closure and a use by value beside it, in an operand that may return.
#[durable(yield = u64, resume = u64, twin = captured_beside_twin)]
pub async fn captured_beside(mut n: u64, list: Vec<u64>, world: D) -> u64 {
    touch(&world);
    n += 1;
    let taken = add(
        if n % 2 == 0 {
            3
        } else {
            log("odd");
            if (|x: u64| x + [3, n, 7][1] + list.len() as u64)(n) > n + list.len() as u64 {
                return n;
            }
            n
        },
        n,
    )
    .await;
    add(taken + n, list.len() as u64).await
}

#[durable(yield = u64, resume = u64, twin = references_twin)]
pub async fn references(n: u64) -> usize {
    let a = greet(&format!("{n}-{}", yield_(n).await)).await;
    let b = sum_of(&[n, double(n).await]).await;
    let c = longest(&a, &greet(&b.to_string()).await).await.len();
    let d = *&yield_(1).await + (&yield_(2).await).wrapping_add(1);
    c + d as usize
}

pub fn cases() -> Vec<Case> {
    cases! {
        references, references_twin => (3);
        captured_beside, captured_beside_twin => (1, vec![1, 2], D::new("w")), (2, vec![], D::new("w")), (0, vec![1, 2, 3, 4], D::new("w"));
        both_sides, both_sides_twin => (5), (9);
        kept_operand, kept_operand_twin => (3), (40);
        arguments, arguments_twin => (4);
        receivers, receivers_twin => (4);
        receiver_with_effects, receiver_with_effects_twin => (3);
        indexing, indexing_twin => (vec![3, 4]), (vec![1, 2, 3]);
        indexed_place, indexed_place_twin => (vec![1, 2, 3]);
        struct_literals, struct_literals_twin => (6);
        collections, collections_twin => (7);
        ranges, ranges_twin => (3);
        casts, casts_twin => (30), (3);
        nested_awaits, nested_awaits_twin => (1);
        parentheses, parentheses_twin => (2);
        chosen_future, chosen_future_twin => (0), (5);
        comparisons, comparisons_twin => (1), (4), (5);
        overloaded, overloaded_twin => (2);
        operand_drops, operand_drops_twin => (2);
        operand_abandoned, operand_abandoned_twin => (3), (100), (60), (40);
        temporaries, temporaries_twin => (1);
        copies, copies_twin => (2);
        statements, statements_twin => (1);
    }
}
