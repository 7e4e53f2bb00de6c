//! Not compiled: what `operands.rs` is to have back. The causes are listed where they were reported.

// pending: lifetime may not live long enough
#[durable(yield = u64, resume = u64, twin = references_twin)]
pub async fn references(n: u64) -> usize {
    let a = greet(&format!("{n}-{}", yield_(n).await)).await;
    let b = sum_of(&[n, double(n).await]).await;
    let c = longest(&a, &greet(&b.to_string()).await).await.len();
    let d = *&yield_(1).await + (&yield_(2).await).wrapping_add(1);
    c + d as usize
}

pub fn cases() -> Vec<Case> {
    cases! {
        references, references_twin => (3);
    }
}
