//! Functions of every visibility, in modules.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

mod outer {
    use coroutine_runtime::prelude::*;

    #[durable]
    pub(crate) async fn in_crate() -> u64 {
        private().await + inner::above().await + inner::here().await
    }

    #[durable]
    async fn private() -> u64 {
        1
    }

    pub(crate) mod inner {
        use coroutine_runtime::prelude::*;

        #[durable]
        pub(super) async fn above() -> u64 {
            2
        }

        #[durable]
        pub(in crate::outer) async fn here() -> u64 {
            3
        }
    }
}

#[durable]
async fn ask() -> u64 {
    outer::in_crate().await
}

fn main() {
    assert_eq!(ask().start().run(), Ok(6));
}
