//! Not compiled: what `traps.rs` is to have back. The causes are listed where they were reported.

// pending: its trace differs from plain async
#[durable(yield = u64, resume = u64, twin = if_let_temporaries_twin)]
pub async fn if_let_temporaries(n: u64) -> u64 {
    fn even(d: &D, n: u64) -> Option<u64> {
        touch(d);
        (n % 2 == 0).then_some(n)
    }
    // Dropped before `else`, after the branch.
    if let Some(n) = even(&D::new("first"), n) {
        yield_(n).await;
        log("in the branch");
    } else {
        log("in else");
        yield_(0).await;
    }
    if even(&D::new("condition"), n).is_some() {
        yield_(1).await;
    }
    let mut left = n;
    while let Some(now) = even(&D::new("while"), left) {
        yield_(now).await;
        left = left / 2 + 1;
        if left < 3 {
            break;
        }
    }
    match even(&D::new("match"), left) {
        Some(n) => yield_(n).await,
        None => {
            log("in none");
            yield_(3).await
        }
    }
}

// pending: its trace differs from plain async
#[durable(yield = u64, resume = u64, twin = extended_temporary_twin)]
pub async fn extended_temporary(n: u64) -> u64 {
    let d = &D::new("extended");
    touch(d);
    log("used");
    yield_(n).await;
    let list: &[u64] = &[n, 2];
    let total: u64 = list.iter().sum();
    yield_(total).await
}

// pending: mismatched types
#[durable(yield = u64, resume = u64, twin = call_with_loan_twin)]
pub async fn call_with_loan(mut list: Vec<u64>, n: u64) -> Vec<u64> {
    let call = pushed(&mut list, n);
    let a = call.await;
    let b = { let call = pushed(&mut list, a); call }.await;
    let c = if b > 3 { pushed(&mut list, b) } else { pushed(&mut list, 0) }.await;
    list.push(c);
    list
}

// pending: cannot find value `d` in this scope
#[durable(yield = u64, resume = u64, twin = macro_defines_twin)]
pub async fn macro_defines(n: u64) -> u64 {
    macro_rules! define {
        ($name:ident = $value:expr) => {
            let $name = $value;
        };
    }
    define!(a = n + 1);
    let b = a * 2;
    let c = yield_(b).await;
    define!(d = c + 1);
    yield_(d).await + b
}

// pending: `&String` cannot be stored
#[durable(yield = u64, resume = u64, twin = parameters_twin)]
pub async fn parameters((mut a, b): (u64, String), mut c: [u64; 2], ref d: String, _e: D) -> String {
    a += yield_(a).await;
    c[0] += a;
    let len = d.len();
    yield_(c[0]).await;
    format!("{a} {b} {c:?} {len} {d}")
}

// pending: temporary value dropped while borrowed
#[durable(yield = u64, resume = u64, twin = ranges_of_text_twin)]
pub async fn ranges_of_text(text: String) -> String {
    let part = text[yield_(0).await as usize..same(4).await].to_owned();
    let rest = &text[double(1).await as usize..];
    let both = format!("{part} {rest}");
    let bytes = text.as_bytes()[yield_(0).await as usize];
    yield_(u64::from(bytes)).await;
    both
}

pub fn cases() -> Vec<Case> {
    cases! {
        if_let_temporaries, if_let_temporaries_twin => (1), (2), (8);
        extended_temporary, extended_temporary_twin => (3);
        call_with_loan, call_with_loan_twin => (vec![], 3), (vec![1, 2], 3);
        macro_defines, macro_defines_twin => (3);
        parameters, parameters_twin => ((1, "b".to_owned()), [2, 3], "d".to_owned(), D::new("e"));
        ranges_of_text, ranges_of_text_twin => ("some text".to_owned());
    }
}
