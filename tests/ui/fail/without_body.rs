//! A method of a trait that has no body.
use coroutine_runtime::prelude::*;

trait Ask {
    #[durable]
    async fn ask(&self);
}

fn main() {}
