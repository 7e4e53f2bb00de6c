//! An option that does not exist.
use coroutine_runtime::prelude::*;

#[durable(yields = u64)]
async fn ask() {}

fn main() {}
