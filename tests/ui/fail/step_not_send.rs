//! A step that cannot be sent to another thread.
use coroutine_runtime::prelude::*;

use std::rc::Rc;

async fn inner() {}

async fn step() {
    let shared = Rc::new(1);
    inner().await;
    drop(shared);
}

#[durable]
async fn ask() {
    step().await;
}

fn main() {}
