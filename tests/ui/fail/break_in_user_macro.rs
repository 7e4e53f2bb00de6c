//! A `break` out of a macro that awaits: the compiler cannot see where it goes.
use coroutine_runtime::prelude::*;

macro_rules! keep_on {
    ($e:expr) => {
        $e
    };
}

async fn step() -> bool {
    true
}

#[durable]
async fn ask() -> u64 {
    let mut n = 0;
    loop {
        n += 1;
        keep_on!(if step().await { break });
    }
    n
}

fn main() {}
