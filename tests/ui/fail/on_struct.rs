//! Not a function.
#[allow(unused_imports)]
use coroutine_runtime::prelude::*;

#[durable]
struct Ask {
    n: u64,
}

fn main() {}
