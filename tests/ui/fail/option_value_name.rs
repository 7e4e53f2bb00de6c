//! A text is wanted.
use coroutine_runtime::prelude::*;

#[durable(name = ask)]
async fn ask() {}

fn main() {}
