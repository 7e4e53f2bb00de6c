//! There is nothing to resume it with.
use coroutine_runtime::prelude::*;

#[durable]
async fn ask() -> u64 {
    1
}

fn main() {
    let _ = ask().start().resume(1u64);
}
