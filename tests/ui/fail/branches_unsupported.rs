//! What `join!` and `select!` do not take is said at its place.
use coroutine_runtime::prelude::*;

#[durable]
async fn too_many(n: u32) -> u32 {
    coroutine_runtime::join!(f(n), f(n), f(n), f(n), f(n), f(n), f(n)).0
}

#[durable]
async fn no_pattern(n: u32) -> u32 {
    tokio::select! {
        n = f(n) => n,
        f(n),
    }
}

async fn f(n: u32) -> u32 {
    n
}

fn main() {}
