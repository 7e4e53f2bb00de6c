//! Nine references: eight can be lent.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(a: &u64, b: &u64, c: &u64, d: &u64, e: &u64, f: &u64, g: &u64, h: &u64, i: &u64) -> u64 {
    yield_(a + b + c + d).await + e + f + g + h + i
}

fn main() {}
