//! The attribute belongs on the methods.
use coroutine_runtime::prelude::*;

struct Ask;

#[durable]
impl Ask {
    async fn ask(&self) {}
}

fn main() {}
