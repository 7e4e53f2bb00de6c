//! A closure that borrows a variable is alive across a yield.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    let mut n = 0;
    let mut next = || {
        n += 1;
        n
    };
    yield_(next()).await;
    next();
    n
}

fn main() {}
