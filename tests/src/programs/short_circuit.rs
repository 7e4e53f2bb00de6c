//! `&&` and `||` with awaits: the right side runs only if it is needed.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = and_twin)]
pub async fn and(n: u64) -> u64 {
    let a = n > 2 && yield_(n).await > 50;
    let b = yield_(1).await > 100 && yield_(2).await > 1;
    let c = above(n, 4).await && say(n) > 5 && above(n, 6).await;
    u64::from(a) + 2 * u64::from(b) + 4 * u64::from(c)
}

#[durable(yield = u64, resume = u64, twin = or_twin)]
pub async fn or(n: u64) -> u64 {
    let a = n > 5 || yield_(n).await > 30;
    let b = above(n, 3).await || yield_(2).await > 1;
    let c = above(n, 9).await || say(n) == 4 || yield_(3).await == 0;
    u64::from(a) + 2 * u64::from(b) + 4 * u64::from(c)
}

#[durable(yield = u64, resume = u64, twin = mixed_twin)]
pub async fn mixed(n: u64) -> bool {
    let a = (above(n, 1).await || above(n, 2).await) && (above(n, 3).await || yield_(n).await > 20);
    let b = !(a && yield_(1).await > 0) || above(n, 7).await && !above(n, 8).await;
    (a ^ b) & (yield_(3).await > 1) | above(n, 0).await
}

#[durable(yield = u64, resume = u64, twin = in_conditions_twin)]
pub async fn in_conditions(n: u64) -> Vec<u64> {
    let mut out = vec![];
    if n > 1 && yield_(n).await > 20 || n == 0 {
        out.push(1);
    } else if yield_(n + 1).await > 5 && (n == 1 || above(n, 100).await) {
        out.push(2);
    }
    let mut i = 0;
    while i < 3 && yield_(i).await < 20 || i == 7 {
        i += 1;
        out.push(i);
    }
    match n {
        x if x > 1 && above(x, 2).await => out.push(3),
        x if x == 1 || yield_(x).await == 1 => out.push(4),
        _ => (),
    }
    out
}

#[durable(yield = u64, resume = u64, twin = as_operands_twin)]
pub async fn as_operands(n: u64) -> u64 {
    let a = u64::from(n > 1 && above(n, 2).await) + yield_(u64::from(above(n, 3).await || n == 0)).await;
    let b = (above(n, 1).await && n != 5, n == 5 || above(n, 6).await);
    let c = [n > 0 && yield_(a).await > 1, above(a, 20).await || n == 2];
    a + u64::from(b.0) + u64::from(b.1) * 2 + u64::from(c[0]) * 4 + u64::from(c[1]) * 8
}

#[durable(yield = u64, resume = u64, twin = diverging_sides_twin)]
pub async fn diverging_sides(n: u64) -> Option<bool> {
    let a = n > 0 || return Some(yield_(0).await > 0);
    let b = n != 1 && half(n).await? > 1 || small(n).await.ok()? == 2;
    let c = 'c: loop {
        break yield_(n).await > 40 && break 'c false;
    };
    Some(a && b || c)
}

#[durable(yield = u64, resume = u64, twin = changes_between_twin)]
pub async fn changes_between(n: u64) -> (u64, bool) {
    let mut a = n;
    let r = a > 3
        && {
            a = yield_(a).await;
            a > 45
        }
        && {
            a += 1;
            above(a, 60).await
        }
        || {
            a += 1000;
            false
        };
    (a, r)
}

#[durable(yield = u64, resume = u64, twin = temporaries_twin)]
pub async fn temporaries(n: u64) -> bool {
    fn long(d: &D) -> bool {
        touch(d);
        d.0.len() > 3
    }
    let a = long(&D::new("abc")) || long(&D::new("abcd")) && yield_(n).await > 20;
    log("a is known");
    let b = yield_(1).await > n && long(&D::new("last"));
    log("b is known");
    a != b
}

#[durable(yield = u64, resume = u64, twin = assigned_twin)]
pub async fn assigned(n: u64) -> String {
    let mut all = true;
    let mut any = false;
    for i in 0..n {
        all = all && yield_(i).await < 15;
        any = any || above(i, 1).await;
        any |= yield_(i + 10).await > 131;
        all &= above(5, i).await;
    }
    format!("{all} {any}")
}

pub fn cases() -> Vec<Case> {
    cases! {
        and, and_twin => (1), (3), (5), (7);
        or, or_twin => (1), (4), (6), (10);
        mixed, mixed_twin => (1), (2), (3), (4), (8);
        in_conditions, in_conditions_twin => (0), (1), (2), (3);
        as_operands, as_operands_twin => (0), (2), (5), (7);
        diverging_sides, diverging_sides_twin => (0), (1), (2), (3), (4), (200);
        changes_between, changes_between_twin => (1), (4), (5), (6);
        temporaries, temporaries_twin => (1), (3), (12);
        assigned, assigned_twin => (0), (2), (4);
    }
}
