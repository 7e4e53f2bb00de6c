//! Not a coroutine.
#[allow(unused_imports)]
use coroutine_runtime::prelude::*;

async fn ask(n: u64) -> u64 {
    n
}

fn main() {
    ask(1).start();
}
