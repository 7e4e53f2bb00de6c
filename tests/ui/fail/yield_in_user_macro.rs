//! A yield in the tokens of a macro that the compiler cannot parse.
use coroutine_runtime::prelude::*;

macro_rules! arrow {
    ($($a:expr => $b:expr),*) => {
        [$(($a, $b)),*]
    };
}

#[durable(yield = u64, resume = u64)]
async fn ask() -> u64 {
    let pairs = arrow!(1 => yield_(1).await, 2 => yield_(2).await);
    pairs[0].1
}

fn main() {}
