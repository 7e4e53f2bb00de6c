//! Not a function.
use coroutine_runtime::prelude::*;

#[durable]
mod ask {
    pub async fn ask() {}
}

fn main() {}
