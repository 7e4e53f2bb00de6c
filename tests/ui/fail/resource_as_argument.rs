//! A runtime keeps the arguments of what it starts, and of a resource there is nothing to keep.
use coroutine_runtime::store::Memory;
use coroutine_runtime::{Resource, prelude::*};

#[derive(Clone)]
pub struct Pool;
impl Resource for Pool {}

#[durable]
async fn copies(pool: Pool, rows: u64) -> u64 {
    std::future::ready(&pool).await;
    rows
}

fn main() {
    let _ = Runtime::builder(Memory::new()).register(copies);
}
