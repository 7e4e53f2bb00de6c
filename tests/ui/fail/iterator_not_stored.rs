//! A loop over any iterator goes on through steps; where it waits for longer, the iterator would have to be stored.
use coroutine_runtime::prelude::*;

#[durable(yield = u64)]
async fn given(items: impl IntoIterator<Item = u64>) {
    for item in items {
        yield_(item).await;
    }
}

fn main() {}
