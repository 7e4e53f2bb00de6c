//! A name is wanted.
use coroutine_runtime::prelude::*;

#[durable(twin = "ask_twin")]
async fn ask() {}

fn main() {}
