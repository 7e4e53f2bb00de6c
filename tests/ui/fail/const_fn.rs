//! A function of constants cannot wait.
use coroutine_runtime::prelude::*;

#[durable]
const async fn ask() {}

fn main() {}
