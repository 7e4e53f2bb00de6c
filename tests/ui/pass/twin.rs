//! The untouched body, callable, of the same visibility and signature.
#![deny(warnings)]
#![forbid(unsafe_code)]

mod inner {
    use coroutine_runtime::prelude::*;

    #[durable(twin = doubled_twin)]
    pub(super) async fn doubled<T: Into<u64> + Send + serde::Serialize + serde::de::DeserializeOwned + 'static>(n: T, list: &[u64]) -> u64 {
        let first = step(n.into()).await;
        first * 2 + list.len() as u64
    }

    async fn step(n: u64) -> u64 {
        n + 1
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(inner::doubled(1u8, &[1])), 5);
    assert_eq!(runtime.block_on(inner::doubled_twin(1u8, &[1])), 5);
}
