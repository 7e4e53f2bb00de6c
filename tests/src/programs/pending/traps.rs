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

pub fn cases() -> Vec<Case> {
    cases! {
        if_let_temporaries, if_let_temporaries_twin => (1), (2), (8);
    }
}
