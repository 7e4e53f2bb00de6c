//! The strict lints of clippy: nothing emitted sets them off.
#![deny(warnings, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(list: &[u64], name: &str, factor: u64) -> Result<u64, String> {
    let mut total = 0;
    for n in 0..factor {
        if let Some(first) = list.first() {
            total += first * n;
        }
        total += yield_(total).await;
    }
    if total > 1_000 {
        return Err(format!("{name} has {total}"));
    }
    Ok(total)
}

fn main() {
    drop(ask(&[1], "ann", 2).start());
}
