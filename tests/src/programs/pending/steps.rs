//! Not compiled: what `steps.rs` is to have back. The causes are listed where they were reported.

// pending: lifetime may not live long enough
#[durable(yield = u64, resume = u64, twin = borrow_gives_borrow_twin)]
pub async fn borrow_gives_borrow(a: String, b: String) -> String {
    let longer = longest(&a, &b).await.to_owned();
    yield_(longer.len() as u64).await;
    let first = longest(&a, "").await.chars().next();
    let both = longest(longest(&a, &longer).await, "0123456789").await.to_uppercase();
    yield_(1).await;
    format!("{longer} {first:?} {both}")
}

pub fn cases() -> Vec<Case> {
    cases! {
        borrow_gives_borrow, borrow_gives_borrow_twin => ("short".to_owned(), "longer one".to_owned());
    }
}
