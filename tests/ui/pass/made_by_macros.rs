//! Functions that a macro writes.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

macro_rules! asks {
    ($($name:ident: $type:ty = $value:expr;)*) => { $(
        #[durable(yield = u64, resume = u64)]
        async fn $name(n: $type) -> $type {
            let got = yield_($value).await;
            n + got as $type
        }
    )* };
}
asks! {
    small: u8 = 1;
    large: u64 = 100;
}

macro_rules! whole {
    ($(#[$attribute:meta])* fn $name:ident($($parameter:ident: $type:ty),*) $body:block) => {
        $(#[$attribute])*
        async fn $name($($parameter: $type),*) -> u64 $body
    };
}
whole! {
    #[durable(yield = u64, resume = u64)]
    fn added(a: u64, b: u64) {
        let c = yield_(a).await;
        a + b + c
    }
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
    assert_eq!(drive(small(1).start()), 11);
    assert_eq!(drive(large(1).start()), 1001);
    assert_eq!(drive(added(1, 2).start()), 13);
}
