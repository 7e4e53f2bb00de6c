//! Not compiled: what `fused.rs` is to have back. The causes are listed where they were reported.

// pending: cannot move out of a mutable reference
#[durable(yield = u64, resume = u64, twin = two_at_once_twin)]
pub async fn two_at_once(n: u64) -> String {
    let text = {
        let first = get("first").await;
        let second = get("second").await;
        let a = second.text().await;
        let b = first.peek().await;
        format!("{a} {b}")
    };
    let got = yield_(n).await;
    let pair = (get("third").await, get("fourth").await);
    let c = pair.1.text().await;
    let d = pair.0.text().await;
    format!("{text} {got} {c} {d} {}", yield_(1).await)
}

pub fn cases() -> Vec<Case> {
    cases! {
        two_at_once, two_at_once_twin => (1);
    }
}
