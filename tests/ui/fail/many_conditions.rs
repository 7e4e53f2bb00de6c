//! Each condition doubles the functions that are made of one.
use coroutine_runtime::prelude::*;

#[durable(yield = u64)]
async fn conditional() {
    #[cfg(feature = "a")]
    yield_(1).await;
    #[cfg(feature = "b")]
    yield_(2).await;
    #[cfg(feature = "c")]
    yield_(3).await;
    #[cfg(feature = "d")]
    yield_(4).await;
    #[cfg(feature = "e")]
    yield_(5).await;
}

fn main() {
    let _ = conditional();
}
