//! A `&mut` to something that borrows cannot be lent again.
use coroutine_runtime::prelude::*;

struct Tx<'c> {
    connection: &'c mut Vec<u64>,
}

#[durable(yield = u64, resume = u64)]
async fn ask<'t, 'c>(tx: &'t mut Tx<'c>) {
    let n = yield_(1).await;
    tx.connection.push(n);
}

fn main() {}
