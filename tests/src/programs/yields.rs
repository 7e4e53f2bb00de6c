//! Yields: what goes out, what comes in, and how often.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = none_twin)]
pub async fn none(n: u64) -> u64 {
    n + 1
}

#[durable(yield = u64, resume = u64, twin = only_twin)]
pub async fn only(n: u64) -> u64 {
    yield_(n).await
}

#[durable(yield = u64, resume = u64, twin = many_twin)]
pub async fn many(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        sum = sum.wrapping_mul(31).wrapping_add(yield_(i).await);
    }
    sum
}

#[durable(yield = u64, resume = u64, twin = fed_back_twin)]
pub async fn fed_back(n: u64) -> u64 {
    let mut value = n;
    for _ in 0..15 {
        value = yield_(value).await;
    }
    value
}

#[durable(yield = u64, resume = u64, twin = extremes_twin)]
pub async fn extremes(n: u64) -> u64 {
    let a = yield_(u64::MAX).await;
    let b = yield_(0).await;
    let c = yield_(u64::MAX - n).await;
    a ^ b ^ c
}

#[durable(yield = u64, resume = u64, twin = ignored_twin)]
pub async fn ignored(n: u64) {
    yield_(n).await;
    yield_(n + 1).await;
    let _ = yield_(n + 2).await;
    _ = yield_(n + 3).await;
}

#[durable(yield = u64, resume = u64, twin = generator_twin)]
pub async fn generator(limit: u64) -> Vec<u64> {
    let (mut a, mut b) = (0, 1);
    let mut out = vec![];
    while a < limit {
        out.push(a);
        yield_(a).await;
        (a, b) = (b, a + b);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = between_steps_twin)]
pub async fn between_steps(n: u64) -> u64 {
    let a = double(n).await;
    let b = yield_(a).await;
    let c = double(b).await;
    let d = yield_(c).await;
    tick().await;
    tick().await;
    d + yield_(d).await
}

#[durable(yield = u64, resume = u64, twin = big_frame_twin)]
pub async fn big_frame(n: u64) -> u64 {
    let mut table = vec![vec![0u64; 50]; 20];
    let mut text = String::new();
    for i in 0..6usize {
        table[i][i] = yield_(n + i as u64).await;
        text.push_str(&format!("{:?}", table[i]));
    }
    table.iter().flatten().sum::<u64>() + text.len() as u64
}

#[durable(yield = u64, resume = u64, twin = many_variables_twin)]
pub async fn many_variables(n: u64) -> u64 {
    let a = yield_(n).await;
    let b = a + 1;
    let c = yield_(b).await;
    let d = c + 1;
    let e = yield_(d).await;
    let f = e + 1;
    let g = yield_(f).await;
    let h = (a, b, c);
    let i = yield_(1).await;
    let j = [d, e, f];
    let k = yield_(2).await;
    let l = g.to_string();
    let m = yield_(3).await;
    let o = Some(m);
    let p = yield_(4).await;
    a + b + c + d + e + f + g + h.0 + i + j[1] + k + l.len() as u64 + m + o.unwrap_or(0) + p
}

#[durable(yield = u64, resume = u64, twin = many_awaits_twin)]
pub async fn many_awaits(n: u64) -> u64 {
    let mut t = n;
    t += yield_(1).await;
    t += yield_(2).await;
    t += double(3).await;
    t += yield_(4).await;
    t += yield_(5).await;
    t += double(6).await;
    t += yield_(7).await;
    t += yield_(8).await;
    t += double(9).await;
    t += yield_(10).await;
    t += yield_(11).await;
    t += double(12).await;
    t += yield_(13).await;
    t += yield_(14).await;
    t += double(15).await;
    t += yield_(16).await;
    t += yield_(17).await;
    t += double(18).await;
    t += yield_(19).await;
    t
}

#[durable(yield = u64, resume = u64, twin = typed_yields_twin)]
pub async fn typed_yields(n: u8) -> u64 {
    let a: u64 = yield_(u64::from(n)).await;
    let b = yield_(n.into()).await;
    let c = yield_(if n > 2 { 7 } else { a }).await;
    let d = [a, b].map(|x| x + 1);
    yield_(d[0].max(d[1])).await + c
}

/// Under other names, `yield_` has to be told its types, in plain async as here.
#[durable(yield = u64, resume = u64, twin = by_full_path_twin)]
pub async fn by_full_path(n: u64) -> u64 {
    let a: u64 = coroutine_runtime::prelude::yield_(n).await;
    use coroutine_runtime::prelude::yield_ as ask;
    let b: u64 = ask(a).await;
    a + b
}

/// Documented, with attributes that stay where they are.
#[durable(yield = u64, resume = u64, twin = attributes_twin)]
#[allow(clippy::too_many_lines)]
#[inline]
#[must_use = "or nothing happens"]
pub async fn attributes(#[allow(unused_variables)] n: u64, #[cfg(any())] gone: Missing) -> u64 {
    #[allow(unused_variables)]
    let a = yield_(n).await;
    #[cfg(any())]
    let b = missing(a).await;
    #[cfg(not(any()))]
    let b = yield_(a).await;
    #[cfg(any())]
    {
        missing().await;
    }
    b
}

pub fn cases() -> Vec<Case> {
    cases! {
        attributes, attributes_twin => (3);
        by_full_path, by_full_path_twin => (3);
        none, none_twin => (3);
        only, only_twin => (3);
        many, many_twin => (0), (300);
        fed_back, fed_back_twin => (1);
        extremes, extremes_twin => (3);
        ignored, ignored_twin => (3);
        generator, generator_twin => (20), (0);
        between_steps, between_steps_twin => (3);
        big_frame, big_frame_twin => (3);
        many_variables, many_variables_twin => (3);
        many_awaits, many_awaits_twin => (3);
        typed_yields, typed_yields_twin => (2), (3);
    }
}
