//! `match`.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = literals_twin)]
pub async fn literals(n: u64) -> u64 {
    match n {
        0 => yield_(100).await,
        1 | 2 => {
            let a = yield_(n).await;
            yield_(a + 1).await
        }
        3..=9 => n,
        10.. if n % 2 == 0 => yield_(n / 2).await,
        _ => {
            tick().await;
            0
        }
    }
}

#[durable(yield = u64, resume = u64, twin = text_twin)]
pub async fn text(word: String) -> String {
    let kind = match word.as_str() {
        "" => "empty",
        "a" | "b" => "letter",
        other if other.len() > 5 => "long",
        _ => "word",
    };
    yield_(kind.len() as u64).await;
    match &*word {
        "a" => greet("alpha").await,
        _ => format!("{kind} {}", yield_(1).await),
    }
}

#[durable(yield = u64, resume = u64, twin = scrutinee_twin)]
pub async fn scrutinee(n: u64) -> u64 {
    match yield_(n).await {
        11 => 1,
        x if x > 50 => match yield_(x).await % 4 {
            1 => yield_(x + 1).await,
            y => y,
        },
        x => x,
    }
}

#[durable(yield = u64, resume = u64, twin = by_value_twin)]
pub async fn by_value(shape: Shape) -> String {
    match shape {
        Shape::Empty => "empty".to_owned(),
        Shape::Circle(radius) => format!("circle {radius} {}", yield_(radius).await),
        Shape::Rect { width, height } => {
            let got = yield_(width).await;
            format!("rect {width} {height} {got}")
        }
        Shape::Named(name, at) => {
            yield_(at.x).await;
            yield_(at.y).await;
            name
        }
        Shape::Group(shapes) => {
            let many = yield_(shapes.len() as u64).await;
            format!("{many} {shapes:?}")
        }
    }
}

#[durable(yield = u64, resume = u64, twin = guards_twin)]
pub async fn guards(input: Option<u64>, limit: u64) -> u64 {
    match input {
        Some(n) if n > limit => yield_(n).await,
        Some(n) if say(n) == 1 || say(limit) == 2 => yield_(n + 100).await,
        Some(n @ (3 | 4)) => n,
        Some(_) => yield_(7).await,
        None if limit > 5 => 5,
        None => yield_(limit).await,
    }
}

#[durable(yield = u64, resume = u64, twin = guard_awaits_twin)]
pub async fn guard_awaits(n: u64) -> u64 {
    match n {
        x if yield_(x).await > 50 => 1,
        x if above(x, 3).await => yield_(x + 1).await,
        2 if same(true).await => 22,
        x if yield_(x + 2).await == 31 && above(x, 0).await => 4,
        _ => 5,
    }
}

#[durable(yield = u64, resume = u64, twin = guard_awaits_binding_twin)]
pub async fn guard_awaits_binding(pair: (Option<u64>, String)) -> String {
    match pair {
        (Some(n), name) if yield_(n).await > 30 => format!("{n} {name}"),
        (None, name) if name.is_empty() => "nothing".to_owned(),
        (Some(1), name) if tick().await == () && name.len() > 1 => {
            yield_(name.len() as u64).await;
            name
        }
        (_, name) => {
            let got = yield_(0).await;
            format!("{name} {got}")
        }
    }
}

#[durable(yield = u64, resume = u64, twin = nested_patterns_twin)]
pub async fn nested_patterns(input: Result<(Option<u64>, [u64; 2]), Fault>) -> u64 {
    match input {
        Ok((Some(a), [b, c])) => yield_(a + b).await + c,
        Ok((None, [first, ..])) => yield_(first).await,
        Err(Fault::Number(n)) => n + yield_(n).await,
        Err(Fault::Text(text) | Fault::Parse(text)) => {
            let got = yield_(text.len() as u64).await;
            got + text.len() as u64
        }
    }
}

#[durable(yield = u64, resume = u64, twin = arms_of_all_kinds_twin)]
pub async fn arms_of_all_kinds(n: u64) -> u64 {
    let mut total = 0;
    loop {
        total += match total {
            0 => yield_(n).await,
            t if t > 300 => break,
            t if t % 5 == 0 => return t,
            t if t % 7 == 0 => {
                total += 1;
                yield_(t).await;
                continue;
            }
            _ => double(50).await,
        };
    }
    total
}

#[durable(yield = u64, resume = u64, twin = moved_in_one_arm_twin)]
pub async fn moved_in_one_arm(mut held: Option<String>, n: u64) -> String {
    let mut out = String::new();
    for round in 0..3 {
        match held {
            Some(text) if round == n => {
                out += &text;
                yield_(round).await;
                held = None;
            }
            Some(_) => {
                yield_(round + 10).await;
                out += "-";
            }
            None => {
                yield_(99).await;
                out += "n";
            }
        }
    }
    out
}

#[durable(yield = u64, resume = u64, twin = consts_twin)]
pub async fn consts(n: u64) -> &'static str {
    const LOW: u64 = 3;
    const HIGH: u64 = LOW * 10;
    match yield_(n).await {
        LOW..=HIGH => "between",
        u64::MAX => "max",
        0 | 1 => {
            tick().await;
            "tiny"
        }
        _ => match n {
            HIGH => "high",
            _ => "other",
        },
    }
}

#[durable(yield = u64, resume = u64, twin = on_tuple_of_awaits_twin)]
pub async fn on_tuple_of_awaits(n: u64) -> u64 {
    match (yield_(n).await % 3, half(n).await, yield_(n + 1).await) {
        (0, Some(h), _) => h,
        (r, None, c) => r + c,
        (_, Some(h), c) => yield_(h + c).await,
    }
}

#[durable(yield = u64, resume = u64, twin = slices_twin)]
pub async fn slices(list: Vec<u64>) -> u64 {
    let kind = match list.as_slice() {
        [] => 0,
        [one] => *one,
        [first, .., last] if first == last => 2,
        [_, rest @ ..] => rest.len() as u64 + 100,
    };
    yield_(kind).await + list.len() as u64
}

#[durable(yield = u64, resume = u64, twin = borrowed_scrutinee_twin)]
pub async fn borrowed_scrutinee(shape: Shape) -> u64 {
    let area = match &shape {
        Shape::Rect { width, height } => width * height,
        Shape::Circle(radius) => *radius,
        Shape::Named(name, _) => name.len() as u64,
        _ => 0,
    };
    let got = yield_(area).await;
    match shape {
        Shape::Named(name, _) => got + name.len() as u64,
        other => got + u64::from(other == Shape::Empty),
    }
}

#[durable(yield = u64, resume = u64, twin = temporaries_twin)]
pub async fn temporaries(n: u64) -> u64 {
    // The temporary of the scrutinee lives through the arms.
    let a = match D::new("scrutinee").0.len() as u64 + n {
        0 => 0,
        len => {
            log("in the arm");
            len
        }
    };
    match (yield_(a).await, D::new("pair")) {
        (got, d) if got > 1000 => {
            eat(d);
            0
        }
        (got, d) => {
            let more = yield_(got).await;
            touch(&d);
            more
        }
    }
}

#[durable(yield = u64, resume = u64, twin = never_twin)]
pub async fn never(n: u64) -> u64 {
    let code = match n {
        0 => match yield_(0).await {
            1 => 5,
            _ => unreachable!("answers are fixed"),
        },
        1 => return yield_(n).await,
        _ => todo_or(n).await,
    };
    yield_(code).await
}
async fn todo_or(n: u64) -> u64 {
    later().await;
    n
}

/// What one part of a condition binds, and the next takes.
#[durable(yield = u64, resume = u64, twin = chained_moves_twin)]
pub async fn chained_moves(list: Vec<u64>) -> u64 {
    'outer: loop {
        if let Some(name) = Some(D::new("moved"))
            && let Some(owned) = Some(name)
        {
            for n in list.iter().rev() {
                let sum = add(*n, 1).await;
                touch(&owned);
                if sum > 3 {
                    return 7;
                }
                break 'outer;
            }
        }
        return 8;
    }
    9
}

pub fn cases() -> Vec<Case> {
    cases! {
        chained_moves, chained_moves_twin => (vec![]), (vec![1]), (vec![5]);
        literals, literals_twin => (0), (1), (2), (5), (12), (13);
        text, text_twin => (String::new()), ("a".to_owned()), ("longer".to_owned()), ("xyz".to_owned());
        scrutinee, scrutinee_twin => (1), (5), (6), (2);
        by_value, by_value_twin => (Shape::Empty), (Shape::Circle(4)), (Shape::Rect { width: 1, height: 2 }),
            (Shape::Named("n".to_owned(), Point { x: 1, y: 2 })), (Shape::Group(vec![Shape::Empty, Shape::Circle(1)]));
        guards, guards_twin => (Some(9), 3), (Some(1), 3), (Some(2), 2), (Some(3), 3), (Some(0), 3), (None, 6), (None, 5);
        guard_awaits, guard_awaits_twin => (5), (4), (2), (1), (0);
        guard_awaits_binding, guard_awaits_binding_twin => ((Some(3), "a".to_owned())), ((None, String::new())), ((Some(1), "bb".to_owned())), ((None, "c".to_owned()));
        nested_patterns, nested_patterns_twin => (Ok((Some(1), [2, 3]))), (Ok((None, [4, 5]))), (Err(Fault::Number(2))), (Err(Fault::Parse("ab".to_owned())));
        arms_of_all_kinds, arms_of_all_kinds_twin => (1), (2), (9), (5), (34);
        moved_in_one_arm, moved_in_one_arm_twin => (Some("text".to_owned()), 0), (Some("text".to_owned()), 2), (None, 1);
        consts, consts_twin => (0), (1), (30), (4);
        on_tuple_of_awaits, on_tuple_of_awaits_twin => (2), (3), (4);
        slices, slices_twin => (vec![]), (vec![4]), (vec![1, 2, 1]), (vec![1, 2, 3]);
        borrowed_scrutinee, borrowed_scrutinee_twin => (Shape::Rect { width: 2, height: 5 }), (Shape::Named("four".to_owned(), Point::default())), (Shape::Empty);
        temporaries, temporaries_twin => (1), (100);
        never, never_twin => (0), (1), (2);
    }
}
