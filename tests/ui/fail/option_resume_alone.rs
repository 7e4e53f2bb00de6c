//! What it is resumed with, but nothing that it yields.
use coroutine_runtime::prelude::*;

#[durable(resume = u64)]
async fn ask() {}

fn main() {}
