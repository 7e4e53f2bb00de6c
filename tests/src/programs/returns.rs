//! `return` anywhere.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = early_twin)]
pub async fn early(n: u64) -> u64 {
    if n == 0 {
        return 0;
    }
    let got = yield_(n).await;
    if got > 30 {
        return yield_(got).await;
    }
    if got == 11 {
        return double(got).await + yield_(5).await;
    }
    got
}

#[durable(yield = u64, resume = u64, twin = from_everywhere_twin)]
pub async fn from_everywhere(n: u64) -> String {
    for i in 0..3 {
        match yield_(i).await {
            1 if n == 0 => return "first".to_owned(),
            11 if n == 1 => {
                tick().await;
                return format!("second {i}");
            }
            got => {
                while got > 20 {
                    if n == 2 {
                        return greet("third").await;
                    }
                    break;
                }
            }
        }
    }
    return "end".to_owned();
}

#[durable(yield = u64, resume = u64, twin = as_operand_twin)]
pub async fn as_operand(input: Option<u64>) -> u64 {
    let a = yield_(1).await
        + match input {
            Some(n) => n,
            None => return 7,
        };
    let b = add(a, if a > 30 { return yield_(a).await } else { a * 2 }).await;
    let c = [
        b,
        {
            if b > 60 {
                return b;
            }
            b + 1
        },
        yield_(b).await,
    ];
    c[0] + c[1] + c[2]
}

#[durable(yield = u64, resume = u64, twin = in_awaited_operand_twin)]
pub async fn in_awaited_operand(input: Option<u64>, n: u64) -> u64 {
    let _d = D::new("held");
    let a = yield_(match input {
        Some(n) => n,
        None => return 1000,
    })
    .await;
    let b = double(if a > n { return a } else { n }).await;
    let c = yield_(
        yield_(b).await + {
            if b == 130 {
                return yield_(b).await;
            }
            1
        },
    )
    .await;
    a + b + c
}

#[durable(yield = u64, resume = u64, twin = unit_twin)]
pub async fn unit(n: u64) {
    if n == 1 {
        return;
    }
    yield_(n).await;
    if n == 2 {
        return ();
    }
    log("not returned");
    yield_(n).await;
}

#[durable(yield = u64, resume = u64, twin = drops_twin)]
pub async fn drops(n: u64, first: D) -> D {
    let second = D::new("second");
    {
        let third = D::new("third");
        yield_(n).await;
        if n == 0 {
            return third;
        }
        if n == 1 {
            return second;
        }
        touch(&third);
        yield_(n).await;
    }
    if n == 2 {
        return first;
    }
    yield_(n).await;
    touch(&second);
    D::new("result")
}

#[durable(yield = u64, resume = u64, twin = question_in_return_twin)]
pub async fn question_in_return(n: u64) -> Result<u64, Fault> {
    if n > 100 {
        return Ok(small(n).await?);
    }
    if n > 50 {
        return Err(yield_(n).await.into());
    }
    let a = small(yield_(n).await).await?;
    return Ok(a + small(a).await?);
}

#[durable(yield = u64, resume = u64, twin = diverging_tail_twin)]
pub async fn diverging_tail(n: u64) -> u64 {
    let mut total = n;
    loop {
        total += yield_(total).await;
        if total > 500 {
            return total;
        }
    }
}

#[durable(yield = u64, resume = u64, twin = in_let_else_twin)]
pub async fn in_let_else(pair: (Option<u64>, Option<String>)) -> String {
    let (Some(n), name) = pair else { return yield_(1).await.to_string() };
    let Some(name) = name else {
        let got = yield_(n).await;
        return format!("unnamed {got}");
    };
    yield_(2).await;
    name
}

#[durable(yield = u64, resume = u64, twin = in_closure_twin)]
pub async fn in_closure(list: Vec<u64>) -> u64 {
    // These `return`s leave the closure and the inner function, not the coroutine.
    fn cap(n: u64) -> u64 {
        if n > 50 {
            return 50;
        }
        n
    }
    let mut total = 0;
    for n in list {
        let pick = || {
            if n > 5 {
                return n * 2;
            }
            n
        };
        total += cap(pick());
        yield_(total).await;
    }
    let last = async {
        if total > 20 {
            return 1;
        }
        later().await;
        2
    }
    .await;
    total + last
}

#[durable(yield = u64, resume = u64, twin = nested_tail_twin)]
pub async fn nested_tail(n: u64) -> u64 {
    {
        {
            if n > 3 {
                {
                    return { yield_(n).await };
                }
            } else {
                match n {
                    0 => return 0,
                    1 => yield_(1).await,
                    _ => {
                        let a = yield_(2).await;
                        return a + 1;
                    }
                }
            }
        }
    }
}

pub fn cases() -> Vec<Case> {
    cases! {
        early, early_twin => (0), (1), (2), (5);
        from_everywhere, from_everywhere_twin => (0), (1), (2), (3);
        as_operand, as_operand_twin => (None), (Some(1)), (Some(10)), (Some(30));
        in_awaited_operand, in_awaited_operand_twin => (None, 1), (Some(5), 3), (Some(5), 65), (Some(5), 70);
        unit, unit_twin => (1), (2), (3);
        drops, drops_twin => (0, D::new("first")), (1, D::new("first")), (2, D::new("first")), (3, D::new("first"));
        question_in_return, question_in_return_twin => (101), (60), (3), (20);
        diverging_tail, diverging_tail_twin => (1), (900);
        in_let_else, in_let_else_twin => ((None, None)), ((Some(3), None)), ((Some(3), Some("n".to_owned())));
        in_closure, in_closure_twin => (vec![1, 7, 40]), (vec![]);
        nested_tail, nested_tail_twin => (0), (1), (2), (9);
    }
}
