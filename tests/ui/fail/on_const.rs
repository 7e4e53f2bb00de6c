//! Not a function.
use coroutine_runtime::prelude::*;

#[durable]
const ASK: u64 = 1;

fn main() {}
