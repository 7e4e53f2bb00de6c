//! `?` on an error that does not convert.
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(text: String) -> Result<u64, String> {
    let n: u64 = text.parse::<u64>()?;
    Ok(yield_(n).await)
}

fn main() {}
