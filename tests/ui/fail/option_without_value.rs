//! An option without its value.
use coroutine_runtime::prelude::*;

#[durable(twin)]
async fn ask() {}

fn main() {}
