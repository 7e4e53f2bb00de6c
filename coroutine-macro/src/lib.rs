//! The compiler behind `#[durable]`: it rewrites an ordinary `async fn` into an explicit, serializable state machine.
//!
//! This file is the only one that names `proc_macro`; the compiler itself is `compiler`, a pipeline of passes over syn trees.
//! Users depend on `coroutine-runtime`, whose prelude has the attribute and all that its output calls.

mod compiler;

use proc_macro::TokenStream;

/// Makes an `async fn` durable: calling it gives a coroutine whose frame can be stored at its awaits.
///
/// Options, all of them optional: `yield = T` and `resume = T` type what the function yields and is resumed with;
/// `name = ".."` fixes the name that its snapshots carry; `root = ident` also emits, under that
/// name, the function with the data of its reference parameters by value: it keeps the data and lends it to the function, which can be
/// started with it so; `root = ident(a, b)` does so for `a` and `b` alone (`self` may be among them). `twin = ident` also emits the
/// untouched function as a plain `async fn`, the oracle of differential tests.
///
/// # Errors
/// What cannot be compiled is an error at the token that is the cause, with what to write instead.
///
/// ```ignore
/// #[durable(yield = u64)]
/// async fn count(to: u64) {
///     for n in 0..to {
///         yield_(n).await;
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn durable(options: TokenStream, item: TokenStream) -> TokenStream {
    compiler::compile(options.into(), item.into()).into()
}
