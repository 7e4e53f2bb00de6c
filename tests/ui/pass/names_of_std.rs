//! The names of std mean something else where the function stands.
#![deny(warnings)]
#![forbid(unsafe_code)]

use coroutine_runtime::prelude::durable as lasting;
use coroutine_runtime::prelude::*;

mod shadowed {
    #![allow(dead_code, unused_macros, unused_imports)]
    use ::coroutine_runtime::prelude::*;

    pub enum Option {
        Here,
    }
    pub struct Some;
    pub struct None;
    pub enum Result {
        Fine,
    }
    pub struct Ok;
    pub struct Err;
    pub struct Vec;
    pub struct Box;
    pub struct String;
    pub struct Poll;
    pub struct Pin;
    pub trait Future {}
    pub trait Clone {}
    pub trait Iterator {}
    pub trait From {}
    pub trait Default {}
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod coroutine_runtime {}
    #[allow(non_camel_case_types)]
    pub struct u8;
    #[allow(non_camel_case_types)]
    pub struct usize;
    macro_rules! matches {
        () => {};
    }
    macro_rules! panic {
        () => {};
    }
    pub(crate) use {matches, panic};

    #[durable(yield = u64, resume = u64)]
    pub async fn ask(n: u64) -> u64 {
        let mut total = yield_(n).await;
        for i in 0..2 {
            if total > 5 && yield_(i).await > 1 {
                total += 1;
            }
        }
        match total {
            0 => ask_again(n).await,
            _ => total,
        }
    }

    #[durable(yield = u64, resume = u64)]
    async fn ask_again(n: u64) -> u64 {
        yield_(n).await
    }
}

#[lasting(yield = u64, resume = u64)]
async fn renamed(n: u64) -> u64 {
    shadowed::ask(n).await
}

fn drive<M: Frame<Port = coroutine_runtime::Yields<u64, u64>>>(mut coroutine: Coroutine<'_, M>) -> M::Return {
    let mut input = 0;
    loop {
        match coroutine.resume(input).unwrap() {
            Resumed::Yielded(value) => input = value * 10,
            Resumed::Complete(result) => return result,
        }
    }
}

fn main() {
    assert_eq!(drive(renamed(1).start()), 11);
}
