//! The twin has the name of the function.
use coroutine_runtime::prelude::*;

#[durable(twin = ask)]
async fn ask() {}

fn main() {}
