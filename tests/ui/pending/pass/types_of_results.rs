//! Results of every kind: nothing, never, `impl Trait`, boxed, generic.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

use std::fmt::Display;

#[durable]
async fn nothing() {}

#[durable]
async fn unit() -> () {
    nothing().await
}

#[durable(yield = u64, resume = u64)]
async fn never() -> ! {
    let mut n = 0;
    loop {
        n += yield_(n).await;
    }
}

#[durable]
async fn shown(n: u64) -> impl Display {
    nothing().await;
    format!("<{n}>")
}

#[durable]
async fn boxed() -> Box<dyn Display + Send> {
    nothing().await;
    Box::new(5)
}

#[durable]
async fn tried(text: String) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    unit().await;
    Ok(text.parse::<u64>()?)
}

fn main() {
    assert_eq!(unit().start().run(), Ok(()));
    assert_eq!(shown(1).start().run().unwrap().to_string(), "<1>");
    assert_eq!(boxed().start().run().unwrap().to_string(), "5");
    assert_eq!(tried("7".to_owned()).start().run().unwrap().unwrap(), 7);
    assert!(tried("x".to_owned()).start().run().unwrap().is_err());
    let mut coroutine = never().start();
    assert!(matches!(coroutine.resume(0), Ok(Resumed::Yielded(0))));
    assert!(matches!(coroutine.resume(5), Ok(Resumed::Yielded(5))));
}
