//! Coroutines that await coroutines.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = ask_twin)]
pub async fn ask(n: u64) -> u64 {
    let got = yield_(n).await;
    got + n
}

#[durable(yield = u64, resume = u64, twin = ask_twice_twin)]
pub async fn ask_twice(n: u64) -> u64 {
    let a = ask(n).await;
    let b = ask(a).await;
    tick().await;
    a + b
}

#[durable(yield = u64, resume = u64, twin = three_deep_twin)]
pub async fn three_deep(n: u64) -> u64 {
    let a = ask_twice(n).await;
    let mut total = a;
    for i in 0..2 {
        total += ask_twice(i).await;
    }
    total + ask(total).await
}

#[durable(yield = u64, resume = u64, twin = four_deep_twin)]
pub async fn four_deep(n: u64, name: String) -> String {
    let text = format!("{name}:");
    let a = three_deep(n).await;
    let rest = three_deep(a % 10).await.to_string();
    text + &rest + &name
}

/// Says nothing: it has steps only.
#[durable(twin = silent_twin)]
pub async fn silent(n: u64) -> Result<u64, String> {
    let a = double(n).await;
    let b = small(a).await?;
    tick().await;
    Ok(a + b)
}

#[durable(yield = u64, resume = u64, twin = with_silent_twin)]
pub async fn with_silent(n: u64) -> Result<u64, String> {
    let a = silent(n).await?;
    let b = yield_(a).await;
    let c = silent(b).await.unwrap_or(7);
    Ok(c + silent(c).await?)
}

#[durable(yield = u64, resume = u64)]
async fn fails_after(rounds: u64, limit: u64) -> Result<u64, String> {
    let _d = D::new("child's");
    let mut total = 0;
    for i in 0..rounds {
        total += yield_(i).await;
        if total > limit {
            return Err(format!("{total} over {limit}"));
        }
        total = small(total).await?;
    }
    Ok(total)
}

#[durable(yield = u64, resume = u64, twin = errors_from_children_twin)]
pub async fn errors_from_children(rounds: u64) -> Result<u64, Fault> {
    let _d = D::new("parent's");
    let a = fails_after(rounds, 1000).await?;
    let b = match fails_after(rounds + 1, 20).await {
        Ok(n) => n,
        Err(text) => {
            yield_(text.len() as u64).await;
            0
        }
    };
    Ok(fails_after(1, a + b).await? + 1)
}

#[durable(yield = u64, resume = u64, twin = in_every_position_twin)]
pub async fn in_every_position(n: u64) -> String {
    let a = ask(ask(n).await).await + ask(1).await * 2;
    let b = [ask(2).await, n, ask(3).await];
    let c = if ask(4).await > 40 && ask(5).await > 50 { ask(6).await } else { 0 };
    let d = match ask(7).await {
        n if ask(n).await > 2 => Point { x: ask(8).await, y: n },
        _ => Point::default(),
    };
    let mut e = vec![];
    e.push(ask(9).await);
    while ask(10).await < 20 {}
    format!("{a} {b:?} {c} {d:?} {e:?} {}", ask(11).await)
}

#[durable(yield = u64, resume = u64)]
async fn owning(name: String, list: Vec<u64>, d: D) -> (String, Vec<u64>) {
    let mut list = list;
    list.push(yield_(name.len() as u64).await);
    touch(&d);
    list.push(yield_(list.len() as u64).await);
    (name + "!", list)
}

#[durable(yield = u64, resume = u64, twin = gives_values_twin)]
pub async fn gives_values(name: String) -> String {
    let list = vec![1];
    let kept = name.clone();
    let (name, list) = owning(name, list, D::new("given")).await;
    let (name, list) = owning(name, list, D::new("given again")).await;
    format!("{kept} {name} {list:?}")
}

#[durable(yield = u64, resume = u64, twin = held_then_awaited_twin)]
pub async fn held_then_awaited(n: u64) -> u64 {
    let first = yield_(1000).await;
    let asked = ask(n + first);
    log("nothing has run yet");
    let a = asked.await;
    a + first
}

#[durable(yield = u64, resume = u64, twin = chosen_child_twin)]
pub async fn chosen_child(n: u64) -> u64 {
    let a = if n > 2 { ask(n).await } else { ask_twice(n).await };
    let b = match n {
        0 => ask(5),
        _ => ask(a),
    }
    .await;
    a + b
}

#[durable(yield = u64, resume = u64)]
async fn sums(list: Vec<u64>) -> u64 {
    let mut total = 0;
    for n in list {
        total += ask(n).await;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = children_in_loops_twin)]
pub async fn children_in_loops(lists: Vec<Vec<u64>>) -> Vec<u64> {
    let mut out = vec![];
    let mut rounds = 0;
    for list in lists {
        let sum = sums(list).await;
        out.push(sum);
        while rounds < 2 {
            rounds += 1;
            out.push(ask_twice(rounds).await);
        }
    }
    out
}

mod elsewhere {
    use super::*;
    pub mod deeper {
        use super::*;
        #[durable(yield = u64, resume = u64)]
        pub(in crate::programs::children) async fn far(n: u64) -> u64 {
            super::super::ask(n).await + yield_(n).await
        }
    }
}

#[durable(yield = u64, resume = u64, twin = by_path_twin)]
pub async fn by_path(n: u64) -> u64 {
    use elsewhere::deeper;
    let a = deeper::far(n).await;
    let b = self::ask(a).await;
    let c = crate::programs::children::elsewhere::deeper::far(b).await;
    a + b + c
}

#[durable(yield = u64, resume = u64, twin = nested_durable_twin)]
pub async fn nested_durable(n: u64) -> u64 {
    #[durable(yield = u64, resume = u64)]
    async fn inner(n: u64) -> u64 {
        let a = yield_(n).await;
        yield_(a).await + a
    }
    let a = inner(n).await;
    let b = inner(a).await;
    a + b
}

#[durable(yield = u64, resume = u64, twin = result_types_twin)]
pub async fn result_types(n: u64) -> String {
    nothing(n).await;
    let (a, b) = pair(n).await;
    let Some(c) = maybe(n).await else { return b };
    let d = maybe(c).await.map(|d| d + a).unwrap_or_default();
    format!("{a} {b} {c} {d}")
}
#[durable(yield = u64, resume = u64)]
async fn nothing(n: u64) {
    yield_(n).await;
}
#[durable(yield = u64, resume = u64)]
async fn pair(n: u64) -> (u64, String) {
    (yield_(n).await, n.to_string())
}
#[durable(yield = u64, resume = u64)]
async fn maybe(n: u64) -> Option<u64> {
    (yield_(n).await % 2 == 0 || n > 2).then_some(n + 1)
}

pub fn cases() -> Vec<Case> {
    cases! {
        ask, ask_twin => (3);
        ask_twice, ask_twice_twin => (3);
        three_deep, three_deep_twin => (3);
        four_deep, four_deep_twin => (1, "name".to_owned());
        with_silent, with_silent_twin => (3), (60), (20);
        errors_from_children, errors_from_children_twin => (1), (3), (0);
        in_every_position, in_every_position_twin => (1);
        held_then_awaited, held_then_awaited_twin => (1);
        gives_values, gives_values_twin => ("name".to_owned());
        chosen_child, chosen_child_twin => (0), (1), (3);
        children_in_loops, children_in_loops_twin => (vec![vec![1, 2], vec![], vec![3]]), (vec![]);
        by_path, by_path_twin => (1);
        nested_durable, nested_durable_twin => (1);
        result_types, result_types_twin => (1), (3);
    }
}
