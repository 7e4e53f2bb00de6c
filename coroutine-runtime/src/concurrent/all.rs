//! As many coroutines of one function beside each other as a list has. In: calls; out: a coroutine that gives what they give, in a list.
use super::combine::{Combines, Joined, Tried};
use crate::frame::Frame;
use crate::frame::machine::{Call, Lent, Many, Several};
use crate::frame::slots::{empty, take};
use crate::snapshot::{Info, State};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Awaits all of these coroutines beside each other, and gives what they give, in their order.
///
/// Each is durable at its own awaits, as in [`join!`](crate::join); they are of one function. None: an empty list, at once. What has landed is
/// stored while the others go on.
///
/// What they borrow they are lent again after a restore: in `join_all(list.iter().map(|item| ship(item, &shop)))` the calls are made once
/// more for that, without being driven. It panics if those are not as many as there were.
///
/// ```
/// use coroutine_runtime::{join_all, prelude::*};
///
/// #[durable(yield = u32, resume = u32)]
/// async fn asks(n: u32) -> u32 {
///     yield_(n).await * n
/// }
///
/// #[durable(yield = u32, resume = u32)]
/// async fn asks_all(list: Vec<u32>) -> u32 {
///     join_all(list.into_iter().map(asks)).await.iter().sum()
/// }
///
/// let mut coroutine = asks_all(vec![2, 3]).start();
/// assert_eq!(coroutine.resume(0)?, Resumed::Yielded(2));
/// assert_eq!(coroutine.resume(10)?, Resumed::Yielded(3));
/// let mut coroutine = restore(asks_all, &coroutine.snapshot()?)?;
/// assert_eq!(coroutine.resume(100)?, Resumed::Complete(2 * 10 + 3 * 100));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn join_all<'a, 'c: 'a, L, M, B: 'a>(calls: impl IntoIterator<Item = Call<'c, L, M, B>>) -> Call<'a, L::All, Several<Joined, Many<M>>>
where
    L: Lent,
    M: Frame<Lent = L, Return: Serialize + DeserializeOwned + Send + 'static, Port: 'static>,
{
    Several::<Joined, _>::of_many(calls.into_iter())
}

/// As [`join_all`], until one gives an error: that is given, and the others are dropped where they wait.
///
/// ```
/// use coroutine_runtime::{prelude::*, try_join_all};
///
/// #[durable]
/// async fn checked(n: u32) -> Result<u32, String> {
///     if n > 9 { Err(format!("{n} is too much")) } else { Ok(n) }
/// }
///
/// assert_eq!(try_join_all([1, 2].map(checked)).start().run()?, Ok(vec![1, 2]));
/// assert_eq!(try_join_all([1, 12].map(checked)).start().run()?, Err("12 is too much".into()));
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
pub fn try_join_all<'a, 'c: 'a, L, M, B: 'a, T, E>(
    calls: impl IntoIterator<Item = Call<'c, L, M, B>>,
) -> Call<'a, L::All, Several<Tried, Many<M>>>
where
    L: Lent,
    M: Frame<Lent = L, Return = Result<T, E>, Port: 'static>,
    T: Serialize + DeserializeOwned + Send + 'static,
    E: Serialize + DeserializeOwned + Send + 'static,
{
    Several::<Tried, _>::of_many(calls.into_iter())
}

const fn info(name: &'static str) -> Info {
    Info { name, file: "", states: &[State { label: "Waits", line: 0, live: &[0, 1], held: &[] }], slots: &["turns", "landed"] }
}

impl<T: 'static> Combines<Vec<Option<T>>> for Joined {
    type Return = Vec<T>;
    const INFO: &'static Info = &info("join_all");
    fn is_over(landed: &Vec<Option<T>>) -> bool {
        landed.iter().all(Option::is_some)
    }
    fn finish(landed: &mut Vec<Option<T>>) -> Vec<T> {
        landed.iter_mut().map(take).collect()
    }
}

impl<T: 'static, E: 'static> Combines<Vec<Option<Result<T, E>>>> for Tried {
    type Return = Result<Vec<T>, E>;
    const INFO: &'static Info = &info("try_join_all");
    fn is_over(landed: &Vec<Option<Result<T, E>>>) -> bool {
        landed.iter().any(|landed| matches!(landed, Some(Err(_)))) || landed.iter().all(Option::is_some)
    }
    fn finish(landed: &mut Vec<Option<Result<T, E>>>) -> Result<Vec<T>, E> {
        match landed.iter().position(|landed| matches!(landed, Some(Err(_)))) {
            Some(n) => take(landed.get_mut(n).unwrap_or_else(|| empty())).map(|_| Vec::new()),
            None => landed.iter_mut().map(take).collect(),
        }
    }
}
