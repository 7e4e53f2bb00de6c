//! Not compiled: what `yields.rs` is to have back. The causes are listed where they were reported.

// pending: `#[cfg]` on a statement with an await is not supported yet
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
    }
}
