//! Docs and attributes stay; nothing emitted wants any.
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, unused, future_incompatible, let_underscore)]
#![deny(rust_2018_idioms, nonstandard_style, unused_qualifications, unused_lifetimes, trivial_casts, single_use_lifetimes)]
#![forbid(unsafe_code)]

use coroutine_runtime::prelude::*;

/// A coroutine.
///
/// With more to say.
#[durable(yield = u64, resume = u64, twin = ask_twin)]
#[must_use = "or nothing happens"]
#[inline]
#[allow(clippy::too_many_arguments)]
pub async fn ask(
    /* a comment */ a: u64,
    #[allow(unused_variables)] b: u64, // another
) -> u64 {
    yield_(a).await
}

/// Has methods.
#[derive(Debug)]
pub struct Asker;

impl Asker {
    /// Documented as well.
    #[durable(yield = u64, resume = u64)]
    pub async fn ask(&self, n: u64) -> u64 {
        ask(n, 1).await
    }
}

fn main() {
    drop(ask(1, 2).start());
    drop(ask_twin(1, 2));
    drop(Asker.ask(1).start());
}
