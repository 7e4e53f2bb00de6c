//! Recursion through `Box::pin(f(..)).await`.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = factorial_twin)]
pub async fn factorial(n: u64) -> u64 {
    if n < 2 {
        return yield_(1).await;
    }
    let below = Box::pin(factorial(n - 1)).await;
    yield_(n).await;
    n * below
}

#[durable(yield = u64, resume = u64, twin = fib_twin)]
pub async fn fib(n: u64) -> u64 {
    if n < 2 { yield_(n).await } else { Box::pin(fib(n - 1)).await + Box::pin(fib(n - 2)).await }
}

#[durable(yield = u64, resume = u64, twin = even_twin)]
pub async fn even(n: u64) -> bool {
    if n == 0 {
        return yield_(0).await > 0;
    }
    tick().await;
    Box::pin(odd(n - 1)).await
}

#[durable(yield = u64, resume = u64, twin = odd_twin)]
pub async fn odd(n: u64) -> bool {
    if n == 0 {
        return false;
    }
    yield_(n).await;
    Box::pin(even(n - 1)).await
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub enum Tree {
    Leaf(u64),
    Node(Vec<Tree>),
}
fn tree() -> Tree {
    Tree::Node(vec![Tree::Leaf(1), Tree::Node(vec![Tree::Leaf(2), Tree::Node(vec![]), Tree::Leaf(3)]), Tree::Leaf(4)])
}

#[durable(yield = u64, resume = u64, twin = walk_twin)]
pub async fn walk(tree: Tree) -> u64 {
    match tree {
        Tree::Leaf(n) => yield_(n).await,
        Tree::Node(children) => {
            let mut total = 0;
            for child in children {
                total += Box::pin(walk(child)).await;
            }
            total + 1
        }
    }
}

#[durable(yield = u64, resume = u64, twin = walk_lent_twin)]
pub async fn walk_lent(shop: &Shop, seen: &mut Vec<u64>, tree: Tree, depth: u64) -> Result<u64, String> {
    let mut total = shop.rate(depth);
    match tree {
        Tree::Leaf(n) => {
            seen.push(n);
            total += shop.price(&"x".repeat(n as usize)).await?;
            yield_(total).await;
            seen.push(depth);
        }
        Tree::Node(children) => {
            for child in children {
                total += Box::pin(walk_lent(shop, seen, child, depth + 1)).await?;
                seen.push(100 + depth);
            }
        }
    }
    Ok(total)
}

#[durable(yield = u64, resume = u64, twin = with_drops_twin)]
pub async fn with_drops(n: u64) -> Result<u64, String> {
    let first = D::new("before");
    let got = yield_(n).await;
    if n == 0 {
        small(got + 100).await?;
    }
    let below = Box::pin(with_drops(n - 1)).await;
    let second = D::new("after");
    yield_(n).await;
    touch(&first);
    if n == 2 {
        return Ok(below.unwrap_or(5));
    }
    below
}

#[durable(yield = u64, resume = u64, twin = deep_twin)]
pub async fn deep(n: u64, path: String) -> u64 {
    if n == 0 {
        return yield_(path.len() as u64).await;
    }
    let below = Box::pin(deep(n - 1, format!("{path}{n}"))).await;
    below + path.len() as u64
}

#[durable(yield = u64, resume = u64, twin = ackermann_twin)]
pub async fn ackermann(m: u64, n: u64) -> u64 {
    match (m, n) {
        (0, n) => yield_(n).await % 10 + n,
        (m, 0) => Box::pin(ackermann(m - 1, 1)).await,
        (m, n) => Box::pin(ackermann(m - 1, Box::pin(ackermann(m, n - 1)).await % 3)).await,
    }
}

#[durable(yield = u64, resume = u64, twin = steps_only_twin)]
pub async fn steps_only(n: u64) -> u64 {
    let here = double(n).await;
    let below = if n > 0 { Box::pin(steps_only(n - 1)).await } else { 0 };
    add(here, below).await
}

#[durable(yield = u64, resume = u64, twin = collects_twin)]
pub async fn collects(order: &mut Order, n: u64) {
    if n == 0 {
        return;
    }
    let got = yield_(n).await;
    order.items.push(got.to_string());
    Box::pin(collects(order, n - 1)).await;
    order.seen += n;
    Box::pin(collects(&mut *order, n / 2)).await;
}

#[durable(yield = u64, resume = u64, twin = question_twin)]
pub async fn question(n: u64, limit: u64) -> Option<u64> {
    let here = half(n).await?;
    if here <= limit {
        return Some(here);
    }
    let below = Box::pin(question(here, limit)).await?;
    Some(below + yield_(here).await)
}

#[durable(yield = u64, resume = u64, twin = boxed_other_twin)]
pub async fn boxed_other(n: u64) -> u64 {
    // Boxed, though nothing is recursive; a boxed step, too.
    let a = Box::pin(factorial(n)).await;
    let b = Box::pin(double(a)).await;
    let c = Box::pin(async { add(a, b).await }).await;
    c + Box::pin(yield_(c)).await
}

#[durable(yield = u64, resume = u64, twin = a_twin)]
pub async fn a(n: u64, out: &mut Vec<String>) {
    out.push(format!("a{n}"));
    if n > 0 {
        Box::pin(b(out, n - 1)).await;
        yield_(n).await;
        Box::pin(c(n - 1, out)).await;
    }
}
#[durable(yield = u64, resume = u64)]
async fn b(out: &mut Vec<String>, n: u64) {
    let got = yield_(n).await;
    out.push(format!("b{got}"));
    if n > 0 {
        Box::pin(c(n - 1, out)).await;
    }
}
#[durable(yield = u64, resume = u64)]
async fn c(n: u64, out: &mut Vec<String>) {
    out.push(format!("c{n}"));
    tick().await;
    if n > 0 {
        Box::pin(a(n - 1, out)).await;
    }
}

/// What the boxed call's arguments assign. (Seed 6001723.)
#[durable(yield = u64, resume = u64, twin = boxed_assigns_twin)]
pub async fn boxed_assigns(n: u64) -> u64 {
    let mut last = vec!["none".to_owned()];
    let late: u64;
    if n > 3 {
        return Box::pin(factorial({
            last = vec!["some".to_owned()];
            late = n - 1;
            late
        }))
        .await;
    }
    yield_(last.len() as u64).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        boxed_assigns, boxed_assigns_twin => (1), (5);
        factorial, factorial_twin => (0), (5);
        fib, fib_twin => (1), (5);
        even, even_twin => (0), (4), (5);
        odd, odd_twin => (0), (3);
        walk, walk_twin => (Tree::Leaf(3)), (tree());
        walk_lent, walk_lent_twin => (shop: &Shop = Shop::new(3), seen: &mut Vec<u64> = vec![], tree(), 0);
        with_drops, with_drops_twin => (0), (1), (3);
        deep, deep_twin => (30, "p".to_owned());
        ackermann, ackermann_twin => (2, 2);
        steps_only, steps_only_twin => (4);
        collects, collects_twin => (order: &mut Order = Order::new(&["x"]), 3);
        question, question_twin => (32, 3), (24, 1);
        boxed_other, boxed_other_twin => (3);
        a, a_twin => (4, out: &mut Vec<String> = vec![]);
    }
}
