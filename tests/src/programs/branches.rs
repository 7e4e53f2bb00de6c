//! `if`, `if let`, let-chains.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = if_else_twin)]
pub async fn if_else(n: u64) -> u64 {
    if n > 10 {
        yield_(1).await
    } else if n > 5 {
        let a = yield_(2).await;
        yield_(a).await
    } else if n > 3 {
        n
    } else {
        yield_(3).await + n
    }
}

#[durable(yield = u64, resume = u64, twin = if_without_else_twin)]
pub async fn if_without_else(n: u64) -> u64 {
    let mut total = n;
    if n % 2 == 0 {
        total += yield_(n).await;
    }
    if n > 100 {
        total = 0;
    }
    if total > 5 {
        yield_(total).await;
    } else if total > 2 {
        tick().await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = condition_twin)]
pub async fn condition(n: u64) -> &'static str {
    if yield_(n).await > 20 {
        if above(n, 5).await { "much" } else { "some" }
    } else if yield_(n + 1).await > 20 {
        "almost"
    } else {
        tick().await;
        "little"
    }
}

#[durable(yield = u64, resume = u64, twin = only_conditions_twin)]
pub async fn only_conditions(n: u64) -> u64 {
    let mut bits = 0;
    if yield_(1).await == 11 {
        bits += 1;
    }
    if !(yield_(2).await == n) {
        bits += 2;
    }
    if { yield_(3).await } > { yield_(n).await } {
        bits += 4;
    }
    bits
}

#[durable(yield = u64, resume = u64, twin = if_let_twin)]
pub async fn if_let(input: Option<u64>, text: Result<String, u64>) -> String {
    let mut out = String::new();
    if let Some(n) = input {
        let got = yield_(n).await;
        out += &format!("{n}:{got} ");
    } else {
        yield_(0).await;
        out += "none ";
    }
    if let Ok(text) = text {
        tick().await;
        out += &text;
    } else if let Some(7) = input {
        out += "seven";
    }
    out
}

#[durable(yield = u64, resume = u64, twin = if_let_awaited_twin)]
pub async fn if_let_awaited(n: u64) -> u64 {
    if let Some(even) = half(n).await {
        yield_(even).await
    } else if let Ok(next) = small(n * 9).await {
        yield_(next).await + 1
    } else if let (a, true) = (yield_(n).await, above(n, 20).await) {
        a
    } else {
        0
    }
}

#[durable(yield = u64, resume = u64, twin = if_let_enum_twin)]
pub async fn if_let_enum(shape: Shape) -> u64 {
    if let Shape::Rect { width, height: tall } = shape {
        yield_(width).await + tall
    } else if let Shape::Named(name, Point { x, .. }) = shape {
        let got = yield_(x).await;
        got + name.len() as u64
    } else {
        yield_(9).await
    }
}

#[durable(yield = u64, resume = u64, twin = chain_twin)]
pub async fn chain(a: Option<u64>, b: Option<u64>) -> u64 {
    if let Some(x) = a
        && x > 2
        && let Some(y) = b
    {
        yield_(x * 10 + y).await
    } else {
        yield_(0).await
    }
}

#[durable(yield = u64, resume = u64, twin = chain_awaited_twin)]
pub async fn chain_awaited(n: u64) -> String {
    if let Some(even) = half(n).await
        && let got = yield_(even).await
        && got > 20
        && above(even, 3).await
        && let Ok(next) = small(got).await
    {
        tick().await;
        format!("{even} {got} {next}")
    } else if n > 6 && yield_(n).await > 1 {
        "else".to_owned()
    } else {
        "last".to_owned()
    }
}

#[durable(yield = u64, resume = u64, twin = chain_moves_twin)]
pub async fn chain_moves(name: Option<String>, limit: u64) -> String {
    if let Some(name) = name
        && yield_(name.len() as u64).await > limit
    {
        yield_(1).await;
        name
    } else {
        yield_(2).await;
        "no name".to_owned()
    }
}

#[durable(yield = u64, resume = u64, twin = nested_twin)]
pub async fn nested(a: u64, b: u64) -> u64 {
    let mut path = 0;
    if a > 0 {
        path += yield_(1).await;
        if b > 0 {
            path += yield_(2).await;
            if a > b {
                path += 1000;
            } else {
                path += yield_(3).await;
            }
        }
        path += yield_(4).await;
    } else if b > 0 {
        if yield_(5).await == b {
            path = 1;
        }
    }
    path
}

#[durable(yield = u64, resume = u64, twin = diverging_twin)]
pub async fn diverging(n: u64) -> u64 {
    let a: u64 = if n == 0 {
        return yield_(0).await;
    } else if n == 1 {
        yield_(1).await
    } else if n > 1_000_000 {
        panic!("too much")
    } else {
        n
    };
    yield_(a).await
}

#[durable(yield = u64, resume = u64, twin = as_operand_twin)]
pub async fn as_operand(n: u64) -> u64 {
    let a = 1 + if n > 2 { yield_(n).await } else { 5 } * 2;
    let b = add(if n > 4 { yield_(a).await } else { 0 }, if n < 4 { double(n).await } else { 1 }).await;
    (if b > 100 { b } else { yield_(b).await }) + a
}

pub fn cases() -> Vec<Case> {
    cases! {
        if_else, if_else_twin => (11), (7), (4), (1);
        if_without_else, if_without_else_twin => (2), (3), (1), (102);
        condition, condition_twin => (2), (6), (1), (0);
        only_conditions, only_conditions_twin => (21), (1), (9);
        if_let, if_let_twin => (Some(3), Ok("t".to_owned())), (None, Err(1)), (Some(7), Err(1));
        if_let_awaited, if_let_awaited_twin => (4), (3), (21), (15);
        if_let_enum, if_let_enum_twin => (Shape::Empty), (Shape::Rect { width: 2, height: 3 }), (Shape::Named("abc".to_owned(), Point { x: 7, y: 0 }));
        chain, chain_twin => (Some(3), Some(4)), (Some(1), Some(4)), (None, Some(4)), (Some(3), None);
        chain_awaited, chain_awaited_twin => (12), (4), (5), (2), (8), (30);
        chain_moves, chain_moves_twin => (Some("abc".to_owned()), 5), (Some("abc".to_owned()), 500), (None, 0);
        nested, nested_twin => (1, 1), (2, 1), (1, 0), (0, 51), (0, 0);
        diverging, diverging_twin => (0), (1), (5);
        as_operand, as_operand_twin => (1), (3), (4), (5);
    }
}
