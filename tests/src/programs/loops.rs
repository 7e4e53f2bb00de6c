//! `loop`, `while`, `while let`.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::collections::VecDeque;

#[durable(yield = u64, resume = u64, twin = forever_twin)]
pub async fn forever(limit: u64) -> u64 {
    let mut n = 0;
    loop {
        n += yield_(n).await;
        if n > limit {
            return n;
        }
    }
}

#[durable(yield = u64, resume = u64, twin = break_value_twin)]
pub async fn break_value(limit: u64) -> u64 {
    let mut n = 1;
    let found = loop {
        let got = yield_(n).await;
        if got > limit {
            break got;
        } else if n == 5 {
            break yield_(1000).await;
        }
        n += 1;
    };
    found + n
}

#[durable(yield = u64, resume = u64, twin = plain_while_twin)]
pub async fn plain_while(start: u64) -> u64 {
    let mut left = start;
    let mut total = 0;
    while left > 0 {
        left -= 1;
        if left == 2 {
            continue;
        }
        total += yield_(left).await;
        if total > 200 {
            break;
        }
    }
    total
}

#[durable(yield = u64, resume = u64, twin = while_awaits_twin)]
pub async fn while_awaits(limit: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    let mut n = 0;
    while yield_(n).await < limit {
        seen.push(n);
        n += 1;
        tick().await;
    }
    while !above(n, 4).await {
        n += 2;
    }
    seen.push(n);
    seen
}

#[durable(yield = u64, resume = u64, twin = while_let_pop_twin)]
pub async fn while_let_pop(mut stack: Vec<u64>) -> Vec<u64> {
    let mut out = Vec::new();
    while let Some(top) = stack.pop() {
        let got = yield_(top).await;
        if top > 2 {
            stack.push(top / 2);
        }
        out.push(got);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = while_let_awaits_twin)]
pub async fn while_let_awaits(start: u64) -> u64 {
    let mut n = start;
    let mut rounds = 0;
    while let Some(next) = half(n).await {
        rounds += yield_(next).await;
        n = next;
        if n == 0 {
            break;
        }
    }
    rounds
}

#[durable(yield = u64, resume = u64, twin = while_let_chain_twin)]
pub async fn while_let_chain(mut queue: VecDeque<u64>) -> u64 {
    let mut total = 0;
    while let Some(first) = queue.pop_front()
        && first < 50
        && let got = yield_(first).await
        && got != 31
    {
        total += got;
    }
    total + queue.len() as u64
}

#[durable(yield = u64, resume = u64, twin = nested_loops_twin)]
pub async fn nested_loops(rows: u64, columns: u64) -> Vec<u64> {
    let mut out = Vec::new();
    let mut row = 0;
    while row < rows {
        let mut column = 0;
        let mut sum = 0;
        loop {
            if column == columns {
                break;
            }
            sum += yield_(row * 10 + column).await;
            column += 1;
        }
        out.push(sum);
        row += 1;
    }
    out
}

#[durable(yield = u64, resume = u64, twin = fresh_each_round_twin)]
pub async fn fresh_each_round(rounds: u64) -> Vec<String> {
    let mut out = Vec::new();
    let mut n = 0;
    while n < rounds {
        let mut line = String::new();
        let first;
        line.push_str("r");
        line += &yield_(n).await.to_string();
        first = line.len();
        tick().await;
        line += &first.to_string();
        out.push(line);
        n += 1;
    }
    out
}

#[durable(yield = u64, resume = u64, twin = drops_in_rounds_twin)]
pub async fn drops_in_rounds(rounds: u64) -> u64 {
    let mut n = 0;
    let _outer = D::new("outer");
    loop {
        let a = D::new("a");
        n += 1;
        if n > rounds {
            break;
        }
        let b = D::new("b");
        let got = yield_(n).await;
        if got == 11 {
            continue;
        }
        touch(&a);
        yield_(got).await;
        touch(&b);
    }
    n
}

#[durable(yield = u64, resume = u64, twin = body_is_expression_twin)]
pub async fn body_is_expression(limit: u64) -> u64 {
    let mut n = 0;
    while {
        n += 1;
        let got = yield_(n).await;
        log(format!("{got} of {limit}"));
        got < limit
    } {}
    loop {
        break if n > 2 { yield_(n).await } else { n };
    }
}

#[durable(yield = u64, resume = u64, twin = state_machine_twin)]
pub async fn state_machine(mut shape: Shape) -> Vec<u64> {
    let mut seen = vec![];
    loop {
        shape = match shape {
            Shape::Empty => break seen,
            Shape::Circle(0) => Shape::Empty,
            Shape::Circle(n) => {
                seen.push(yield_(n).await);
                Shape::Circle(n / 2)
            }
            Shape::Rect { width, height } if width > height => Shape::Circle(yield_(height).await),
            Shape::Rect { width, height } => {
                seen.push(height);
                Shape::Rect { width: yield_(width).await, height }
            }
            Shape::Named(name, at) => Shape::Rect { width: at.x, height: at.y + name.len() as u64 },
            Shape::Group(mut shapes) => match shapes.pop() {
                Some(Shape::Circle(n)) => {
                    seen.push(double(n).await);
                    Shape::Group(shapes)
                }
                Some(other) => other,
                None => Shape::Empty,
            },
        };
    }
}

#[durable(yield = u64, resume = u64, twin = collatz_twin)]
pub async fn collatz(n: u64) -> u64 {
    let (mut n, mut rounds) = (n, 0u32);
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        rounds += 1;
        if n % 5 == 0 {
            yield_(n).await;
        }
    }
    u64::from(rounds)
}

pub fn cases() -> Vec<Case> {
    cases! {
        forever, forever_twin => (10), (5000);
        break_value, break_value_twin => (30), (10), (500);
        plain_while, plain_while_twin => (5), (0), (9);
        while_awaits, while_awaits_twin => (30), (0);
        while_let_pop, while_let_pop_twin => (vec![1, 9]), (vec![]);
        while_let_awaits, while_let_awaits_twin => (12), (7), (0);
        while_let_chain, while_let_chain_twin => (VecDeque::from([1, 2, 3, 4])), (VecDeque::from([1, 70, 4])), (VecDeque::new());
        nested_loops, nested_loops_twin => (2, 3), (0, 1), (1, 0);
        fresh_each_round, fresh_each_round_twin => (3);
        drops_in_rounds, drops_in_rounds_twin => (0), (3);
        body_is_expression, body_is_expression_twin => (30), (5);
        state_machine, state_machine_twin => (Shape::Circle(5)), (Shape::Named("x".to_owned(), Point { x: 1, y: 2 })),
            (Shape::Group(vec![Shape::Rect { width: 3, height: 1 }, Shape::Circle(1), Shape::Circle(2)]));
        collatz, collatz_twin => (7), (1);
    }
}
