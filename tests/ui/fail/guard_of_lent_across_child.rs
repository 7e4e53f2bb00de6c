//! A guard with a lifetime is alive while a child waits.
use coroutine_runtime::prelude::*;

use std::sync::RwLock;

#[durable]
async fn child(_n: u64) {}

#[durable]
async fn ask(shared: &RwLock<Vec<u64>>) {
    let guard = shared.read().unwrap();
    for i in 0..guard.len() {
        child(guard[i]).await;
    }
}

fn main() {}
