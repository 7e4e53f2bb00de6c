//! An ordinary function.
use coroutine_runtime::prelude::*;

#[durable]
fn ask(n: u64) -> u64 {
    n
}

fn main() {}
