//! Labels, labelled blocks, `break` and `continue` through several scopes.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = outer_twin)]
pub async fn outer(limit: u64) -> Vec<u64> {
    let mut out = vec![];
    'rows: for row in 0..4 {
        'cells: for cell in 0..4 {
            if cell > row {
                continue 'rows;
            }
            let got = yield_(row * 10 + cell).await;
            if got > limit {
                break 'rows;
            }
            if got % 3 == 0 {
                continue 'cells;
            }
            out.push(got);
        }
        out.push(row);
    }
    out
}

#[durable(yield = u64, resume = u64, twin = loop_value_twin)]
pub async fn loop_value(limit: u64) -> u64 {
    let mut rounds = 0;
    let value = 'outer: loop {
        loop {
            rounds += 1;
            let got = yield_(rounds).await;
            if got > limit {
                break 'outer got * 2;
            }
            if rounds % 2 == 0 {
                break;
            }
        }
        tick().await;
        if rounds > 6 {
            break yield_(rounds).await;
        }
    };
    value + rounds
}

#[durable(yield = u64, resume = u64, twin = block_twin)]
pub async fn block(n: u64) -> String {
    let kind = 'found: {
        if yield_(n).await > 50 {
            break 'found "large";
        }
        let Some(even) = half(n).await else { break 'found "odd" };
        if even == 1 {
            break 'found "two";
        }
        yield_(even).await;
        "rest"
    };
    'skip: {
        if n == 2 {
            break 'skip;
        }
        yield_(1000).await;
    }
    kind.to_owned()
}

#[durable(yield = u64, resume = u64, twin = block_in_operand_twin)]
pub async fn block_in_operand(n: u64) -> u64 {
    let a = 1 + 'a: {
        if n > 3 {
            break 'a yield_(n).await;
        }
        yield_(0).await + 5
    };
    add(
        'b: {
            if a > 20 {
                break 'b 7;
            }
            a
        },
        yield_(a).await,
    )
    .await
}

#[durable(yield = u64, resume = u64, twin = break_block_from_loop_twin)]
pub async fn break_block_from_loop(list: Vec<u64>, wanted: u64) -> String {
    'search: {
        for (at, n) in [(0u64, list.len() as u64), (1, 7), (2, 9)] {
            if yield_(n).await == wanted {
                log(format!("found at {at}"));
                break 'search;
            }
        }
        log("not found");
    }
    let mut n = 0;
    let found: Option<u64> = 'one: {
        while n < 3 {
            n += 1;
            if yield_(n).await == wanted {
                break 'one Some(n);
            }
        }
        None
    };
    format!("{found:?}")
}

#[durable(yield = u64, resume = u64, twin = dropping_twin)]
pub async fn dropping(n: u64) -> u64 {
    let mut rounds = 0;
    'outer: loop {
        let _a = D::new("a");
        rounds += 1;
        'block: {
            let _b = D::new("b");
            for i in 0..3u64 {
                let _c = D::new("c");
                yield_(i).await;
                let _d = D::new("d");
                if rounds == 1 && i == n {
                    continue 'outer;
                }
                if rounds == 2 && i == n {
                    break 'outer;
                }
                if rounds == 3 && i == 1 {
                    break 'block;
                }
                if rounds == 4 {
                    return i;
                }
            }
            log("for ended");
        }
        log("block ended");
    }
    rounds
}

#[durable(yield = u64, resume = u64, twin = shadowed_twin)]
pub async fn shadowed(n: u64) -> u64 {
    let mut total = 0;
    'a: for i in 0..n {
        'b: loop {
            total += yield_(i).await;
            'c: {
                if total % 2 == 0 {
                    break 'c;
                }
                if total > 40 {
                    break 'a;
                }
                break 'b;
            }
            total += 1;
            continue 'a;
        }
        total += 100;
    }
    total
}

#[durable(yield = u64, resume = u64, twin = from_match_twin)]
pub async fn from_match(words: Vec<String>) -> u64 {
    let mut total = 0;
    'words: for word in words {
        total += match parse(&word).await {
            Ok(0) => continue 'words,
            Ok(n) if n > 100 => break 'words,
            Ok(n) => 'n: {
                if yield_(n).await > 50 {
                    break 'n n * 2;
                }
                n
            }
            Err(_) => {
                yield_(total).await;
                continue;
            }
        };
    }
    total
}

#[durable(yield = u64, resume = u64, twin = while_labels_twin)]
pub async fn while_labels(n: u64) -> u64 {
    let mut a = 0;
    let mut total = 0;
    'a: while a < n {
        a += 1;
        let mut b = Some(a);
        'b: while let Some(now) = b {
            total += yield_(now).await;
            b = now.checked_sub(2);
            if now == 3 {
                continue 'a;
            }
            if now == 4 {
                continue 'b;
            }
            if total > 400 {
                break 'a;
            }
        }
        total += 1;
    }
    total
}

pub fn cases() -> Vec<Case> {
    cases! {
        outer, outer_twin => (500), (110), (0);
        loop_value, loop_value_twin => (20), (1000), (1);
        block, block_twin => (9), (1), (2), (4);
        block_in_operand, block_in_operand_twin => (1), (2), (5);
        break_block_from_loop, break_block_from_loop_twin => (vec![1, 2], 71), (vec![], 31), (vec![1], 0);
        dropping, dropping_twin => (0), (1), (7);
        shadowed, shadowed_twin => (2), (6);
        from_match, from_match_twin => (strings(&["0", "x", "5", "2", "300", "1"])), (strings(&["9"]));
        while_labels, while_labels_twin => (3), (6), (0);
    }
}
