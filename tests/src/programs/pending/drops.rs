//! Not compiled: programs whose drops are early. Each is a case of "Where it differs from plain async" in `docs/language.md`.

// pending: its trace differs from plain async
#[durable(yield = u64, resume = u64, twin = of_patterns_twin)]
pub async fn of_patterns(pair: (D, D), (left, _): (D, D)) -> u64 {
    let (a, b) = pair;
    yield_(1).await;
    let (c, _) = (D::new("c"), D::new("not bound"));
    let [d, ..] = [D::new("d"), D::new("e")];
    yield_(2).await;
    touch(&a);
    yield_(3).await;
    touch(&b);
    0
}

// pending: its trace differs from plain async
#[durable(yield = u64, resume = u64, twin = in_match_twin)]
pub async fn in_match(which: u64) -> u64 {
    let outer = D::new("outer");
    let value = match Some((D::new("bound"), D::new("ignored"))) {
        Some((bound, _)) if which == 0 => {
            yield_(1).await;
            touch(&bound);
            1
        }
        Some((bound, other)) => {
            let inner = D::new("inner");
            yield_(2).await;
            eat(other);
            yield_(3).await;
            touch(&bound);
            2
        }
        None => 3,
    };
    log("after match");
    yield_(value).await
}

// pending: its trace differs from plain async
#[durable(yield = u64, resume = u64, twin = nested_values_twin)]
pub async fn nested_values(n: u64) -> u64 {
    let map = std::collections::BTreeMap::from([(1u64, vec![D::new("a"), D::new("b")]), (2, vec![])]);
    let boxed = Box::new((Some(D::new("c")), [D::new("d"), D::new("e")]));
    yield_(n).await;
    let (some, [first, _]) = *boxed;
    yield_(n + 1).await;
    touch(&first);
    let back = Some(some);
    yield_(n + 2).await;
    see(&back);
    n
}

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
        of_patterns, of_patterns_twin => ((D::new("a"), D::new("b")), (D::new("left"), D::new("right")));
        in_match, in_match_twin => (0), (1);
        nested_values, nested_values_twin => (1);
        if_let_temporaries, if_let_temporaries_twin => (1), (2), (8);
    }
}
