//! Generic functions and impls, lifetimes, constants.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

use serde::{Serialize, de::DeserializeOwned};
use std::marker::PhantomData;

trait Data: Serialize + DeserializeOwned + Clone + Send + 'static {}
impl<T: Serialize + DeserializeOwned + Clone + Send + 'static> Data for T {}

struct Store<'s, T, const N: usize> {
    name: &'s str,
    of: PhantomData<T>,
}

impl<T: Data + Sync, const N: usize> Store<'static, T, N> {
    #[durable(yield = u64, resume = u64)]
    async fn fill(&self, value: T) -> Vec<T> {
        let mut out = vec![];
        for n in 0..N {
            yield_(n as u64).await;
            out.push(value.clone());
        }
        yield_(self.name.len() as u64).await;
        out
    }
}

#[durable(yield = u64, resume = u64)]
async fn pair<'a, T, U>(left: &'a T, right: U) -> (U, String)
where
    T: ?Sized + ToString + Sync + 'static,
    U: Data,
{
    yield_(1).await;
    let text = left.to_string();
    yield_(2).await;
    (right, text)
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
    let store = Store::<'static, String, 2> { name: "store", of: PhantomData };
    assert_eq!(drive(store.fill("x".to_owned()).start()), ["x", "x"]);
    assert_eq!(drive(pair("left", 5u8).start()), (5, "left".to_owned()));
    assert_eq!(drive(pair(&7, Some('c')).start()), (Some('c'), "7".to_owned()));
}
