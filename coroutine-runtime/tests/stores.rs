//! Every store does what the conformance suite asks.
#![cfg(feature = "engine")]
use coroutine_runtime::store::{Memory, conformance};

#[tokio::test]
async fn memory() {
    conformance::check(Memory::new).await.unwrap();
}
