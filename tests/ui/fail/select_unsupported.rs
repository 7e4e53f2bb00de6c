//! What `select!` does not take yet is said at its place.
use coroutine_runtime::prelude::*;

#[durable]
async fn may_not_match() -> u32 {
    tokio::select! {
        Some(n) = std::future::ready(Some(1)) => n,
        m = std::future::ready(2) => m,
    }
}

#[durable]
async fn with_else() -> u32 {
    tokio::select! {
        n = std::future::ready(1) => n,
        m = std::future::ready(2) => m,
        else => 3,
    }
}

#[durable]
async fn with_if(sure: bool) -> u32 {
    tokio::select! {
        n = std::future::ready(1), if sure => n,
        m = std::future::ready(2) => m,
    }
}

#[durable]
async fn too_many(n: u32) -> u32 {
    coroutine_runtime::join!(f(n), f(n), f(n), f(n), f(n), f(n), f(n)).0
}

async fn f(n: u32) -> u32 {
    n
}

fn main() {}
