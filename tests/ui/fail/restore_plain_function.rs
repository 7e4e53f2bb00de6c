//! Not a coroutine.
use coroutine_runtime::prelude::*;

async fn ask(n: u64) -> u64 {
    n
}

fn main() {
    drop(ask(1));
    let _ = restore(ask, &[]);
}
