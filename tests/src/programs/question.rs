//! `?` on `Result` and `Option`, anywhere.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::ops::ControlFlow;

#[durable(yield = u64, resume = u64, twin = results_twin)]
pub async fn results(n: u64) -> Result<u64, String> {
    let a = small(n).await?;
    let b = yield_(a).await;
    let c = small(b).await?;
    Ok(a + b + c)
}

#[durable(yield = u64, resume = u64, twin = options_twin)]
pub async fn options(n: u64) -> Option<u64> {
    let a = half(n).await?;
    let b = n.checked_sub(5)?;
    let c = yield_(a + b).await.checked_add(1)?;
    half(c).await?.checked_sub(1)
}

#[durable(yield = u64, resume = u64, twin = converted_twin)]
pub async fn converted(text: String, n: u64) -> Result<u64, Fault> {
    let parsed: u64 = text.parse::<u64>()?;
    let again = parse(&text).await?;
    let next = small(yield_(parsed).await + n).await?;
    let checked = half(next).await.ok_or(next)?;
    Ok(checked + again)
}

#[durable(yield = u64, resume = u64, twin = boxed_error_twin)]
pub async fn boxed_error(text: String) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let n = parse(&text).await?;
    yield_(n).await;
    let next = small(n).await?;
    if next > 50 {
        Err("over fifty")?;
    }
    Ok(next)
}

#[durable(yield = u64, resume = u64, twin = in_arguments_twin)]
pub async fn in_arguments(n: u64) -> Result<u64, String> {
    let a = add(small(n).await?, say(n)).await;
    let b = add(say(a), small(yield_(a).await).await?).await;
    let c = yield_(small(b).await? + small(a).await?).await;
    Ok(c)
}

#[durable(yield = u64, resume = u64, twin = in_awaited_call_twin)]
pub async fn in_awaited_call(text: String) -> Result<u64, Fault> {
    let _held = D::new("held");
    let a = yield_(text.parse::<u64>()?).await;
    let b = double(a.checked_sub(21).ok_or_else(|| "below".to_owned())?).await;
    let c = yield_(yield_(b).await.checked_sub(500).ok_or(b)?).await;
    Ok(c)
}

#[durable(yield = u64, resume = u64, twin = chained_twin)]
pub async fn chained(n: u64) -> Result<String, Fault> {
    let word = small(n).await?.to_string().parse::<u64>()?.checked_mul(2).ok_or(n)?.to_string();
    let len = small(word.len() as u64).await.map_err(|text| Fault::Text(format!("mapped {text}")))?;
    let got = yield_(len).await.to_string().strip_prefix('3').ok_or_else(|| "no prefix".to_owned())?.to_owned();
    Ok(got)
}

#[durable(yield = u64, resume = u64, twin = in_control_flow_twin)]
pub async fn in_control_flow(list: Vec<u64>) -> Result<u64, String> {
    let mut total = 0;
    for n in list {
        if small(n).await? > 10 {
            total += yield_(n).await;
        }
        while total < small(n).await? {
            total += yield_(total + 1).await;
        }
        match small(total).await? {
            1..=20 => total += 1,
            _ => break,
        }
    }
    Ok(small(total).await?)
}

#[durable(yield = u64, resume = u64, twin = drops_on_error_twin)]
pub async fn drops_on_error(n: u64) -> Result<u64, String> {
    let first = D::new("first");
    let a = small(n).await?;
    let second = D::new("second");
    {
        let third = D::new("third");
        yield_(a).await;
        let b = small(n * 2).await?;
        touch(&third);
        yield_(b).await;
    }
    let c = small(n * 3).await?;
    eat(second);
    let d = small(n * 4).await?;
    touch(&first);
    Ok(c + d)
}

#[durable(yield = u64, resume = u64, twin = option_in_result_twin)]
pub async fn option_in_result(words: Vec<String>) -> Result<Option<u64>, Fault> {
    let first: Option<Result<u64, Fault>> = match words.first() {
        Some(word) => Some(word.parse::<u64>().map_err(Fault::from)),
        None => None,
    };
    yield_(words.len() as u64).await;
    let Some(first) = first.transpose()? else { return Ok(None) };
    Ok(half(yield_(first).await + 1).await)
}

#[durable(yield = u64, resume = u64, twin = return_ok_question_twin)]
pub async fn return_ok_question(n: u64) -> Result<u64, String> {
    let r = small(n).await;
    yield_(n).await;
    if n % 2 == 0 {
        return Ok(r?);
    }
    let next = r?;
    yield_(next).await;
    Ok(small(next).await? + small(yield_(1).await).await?)
}

#[durable(yield = u64, resume = u64, twin = in_macro_twin)]
pub async fn in_macro(n: u64) -> Result<String, String> {
    let text = format!("{} and {}", small(n).await?, yield_(n).await);
    let list = vec![small(n).await?, small(n + 1).await?];
    yield_(list.len() as u64).await;
    Ok(format!("{text} {list:?} {}", small(n * 10).await?))
}

#[durable(yield = u64, resume = u64, twin = async_block_twin)]
pub async fn async_block(n: u64) -> u64 {
    // The `?` here leaves the block.
    let tried: Result<u64, String> = async {
        let a = small(n).await?;
        let b = small(a * 9).await?;
        Ok(a + b)
    }
    .await;
    let got = yield_(n).await.to_string();
    let closure = |text: &str| -> Option<u64> { Some(text.strip_prefix("9")?.len() as u64) };
    let stripped = closure(&got);
    match tried {
        Ok(sum) => yield_(sum).await + stripped.unwrap_or(1000),
        Err(text) => text.len() as u64,
    }
}

#[durable(yield = u64, resume = u64, twin = control_flow_twin)]
pub async fn control_flow(n: u64) -> ControlFlow<String, u64> {
    fn step(n: u64) -> ControlFlow<String, u64> {
        if n > 50 { ControlFlow::Break(format!("stop at {n}")) } else { ControlFlow::Continue(n + 1) }
    }
    let a = step(n)?;
    let b = yield_(a).await;
    let c = step(b)?;
    ControlFlow::Continue(yield_(c).await)
}

#[durable(yield = u64, resume = u64, twin = unit_results_twin)]
pub async fn unit_results(n: u64) -> Result<(), String> {
    check(n).await?;
    yield_(n).await;
    check(n * 2).await?;
    yield_(n).await;
    check(n * 3).await
}
async fn check(n: u64) -> Result<(), String> {
    small(n).await.map(|_| ())
}

#[durable(yield = u64, resume = u64, twin = in_struct_twin)]
pub async fn in_struct(n: u64) -> Option<Point> {
    let point = Point { y: half(n).await?, x: yield_(n).await.checked_sub(21)? };
    let moved = Point { x: half(point.x).await?, ..point };
    (yield_(moved.x).await, moved).1.into_some()
}
trait IntoSome: Sized {
    fn into_some(self) -> Option<Self> {
        Some(self)
    }
}
impl IntoSome for Point {}

pub fn cases() -> Vec<Case> {
    cases! {
        results, results_twin => (3), (200), (50);
        options, options_twin => (8), (7), (2), (10);
        converted, converted_twin => ("4".to_owned(), 2), ("x".to_owned(), 2), ("4".to_owned(), 3), ("30".to_owned(), 1);
        boxed_error, boxed_error_twin => ("5".to_owned()), ("five".to_owned()), ("60".to_owned()), ("100".to_owned());
        in_arguments, in_arguments_twin => (1), (120), (60), (3);
        in_awaited_call, in_awaited_call_twin => ("2".to_owned()), ("-".to_owned()), ("30".to_owned()), ("3".to_owned());
        chained, chained_twin => (2), (150), (60);
        in_control_flow, in_control_flow_twin => (vec![1, 2]), (vec![20]), (vec![100]), (vec![]);
        drops_on_error, drops_on_error_twin => (5), (25), (40), (60), (100);
        option_in_result, option_in_result_twin => (vec![]), (strings(&["3"])), (strings(&["x"]));
        return_ok_question, return_ok_question_twin => (2), (3), (100), (101);
        in_macro, in_macro_twin => (4), (10), (99), (100);
        async_block, async_block_twin => (3), (10), (9);
        control_flow, control_flow_twin => (1), (60), (9);
        unit_results, unit_results_twin => (1), (34), (50), (100);
        in_struct, in_struct_twin => (4), (3), (2), (6), (5);
    }
}
