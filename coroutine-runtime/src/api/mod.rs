//! What programs do with the engine: run it, and start, send to, watch and cancel coroutines.
mod client;
mod error;
mod handle;
mod runtime;
mod testing;

pub use client::Client;
pub use error::{RuntimeError, StartError};
pub use handle::{Handle, Inspected};
pub use runtime::{Runtime, RuntimeBuilder};
pub use testing::{TestRun, TestRuntime};
