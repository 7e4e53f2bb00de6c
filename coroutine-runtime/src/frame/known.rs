//! Functions that are found by their names where a coroutine is restored of which only what it gives and yields is known. In: a
//! function's frame, by its type; out: what reads such a frame.
use super::Frame;
use super::machine::{AnyChild, Call, Dynamic, thawed};
use crate::environment;
use crate::frame::Silent;
use crate::snapshot::{Frozen, RestoreError};
use std::marker::PhantomData;

/// A call of any function that gives an `R` and has the port `P` ([`Silent`], or [`Yields`](crate::Yields)): what [`erase`] makes of one.
///
/// Like any call it is awaited, and its suspensions are those of who awaits it; or it is [started](Call::start) and driven by hand. Unlike
/// others it may be held in variables while a coroutine waits, in collections and in structs that are stored. In a snapshot stands
/// the function's name; where that is restored, the function is found in the [`Environment`](crate::Environment) that is in scope:
/// [`register`](crate::Environment::register) puts it there, and a `Runtime` those that it runs.
///
/// ```
/// use coroutine_runtime::{Environment, Erased, erase, prelude::*};
///
/// #[durable(yield = u64)]
/// async fn price(order: u64) -> u64 {
///     yield_(order).await;
///     order * 10
/// }
///
/// #[durable(yield = u64)]
/// async fn ship(order: u64) -> u64 {
///     yield_(order + 1).await;
///     order + 1
/// }
///
/// #[durable(yield = u64)]
/// async fn all(order: u64) -> u64 {
///     let jobs: Vec<Erased<u64, _>> = vec![erase(price(order)), erase(ship(order))];
///     let mut sum = 0;
///     for job in jobs {
///         sum += job.await;
///     }
///     sum
/// }
///
/// let mut coroutine = all(7).start();
/// assert_eq!(coroutine.resume(())?, Resumed::Yielded(7)); // in `price`, and `ship` is still in the list
/// let bytes = coroutine.snapshot()?;
///
/// let mut environment = Environment::default();
/// environment.register(price);
/// environment.register(ship);
/// let mut coroutine = environment.scope(|| restore(all, &bytes))?;
/// assert_eq!(coroutine.resume(())?, Resumed::Yielded(8));
/// assert_eq!(coroutine.resume(())?, Resumed::Complete(78));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A trait whose coroutines are called through `dyn` declares them as plain functions that give one:
///
/// ```
/// use coroutine_runtime::{Erased, erase, prelude::*};
/// use std::sync::Arc;
///
/// trait Job {
///     fn run(&self, order: u64) -> Erased<u64>;
/// }
///
/// struct Price {
///     cents: u64,
/// }
/// impl Job for Price {
///     fn run(&self, order: u64) -> Erased<u64> {
///         erase(price(self.cents, order)) // it takes by value what it needs: state, a `Resource` or an `Env`
///     }
/// }
///
/// #[durable]
/// async fn price(cents: u64, order: u64) -> u64 {
///     order * cents
/// }
///
/// #[durable]
/// async fn all(jobs: &[Arc<dyn Job + Send + Sync>], order: u64) -> u64 {
///     let mut sum = 0;
///     for job in jobs {
///         sum += job.run(order).await;
///     }
///     sum
/// }
///
/// assert_eq!(all(&[Arc::new(Price { cents: 5 }), Arc::new(Price { cents: 6 })], 7).start().run(), Ok(77));
/// ```
pub type Erased<R, P = Silent> = Call<'static, (), Dynamic<R, P>>;

/// Makes the type of a call forget its function: so calls of several stand in one collection. See [`Erased`] for what it can do.
///
/// The function is a `#[durable]` one that takes nothing by reference: by its name the call is restored.
///
/// ```
/// use coroutine_runtime::{Erased, erase, prelude::*};
///
/// #[durable]
/// async fn price(order: u64) -> u64 {
///     order * 10
/// }
///
/// #[durable]
/// async fn ship(order: u64) -> u64 {
///     order + 1
/// }
///
/// let jobs: Vec<Erased<u64>> = vec![erase(price(7)), erase(ship(7))];
/// let given: Result<Vec<u64>, _> = jobs.into_iter().map(|job| job.start().run()).collect();
/// assert_eq!(given, Ok(vec![70, 8]));
/// ```
pub fn erase<M: Frame<Lent = ()>>(call: Call<'static, (), M>) -> Erased<M::Return, M::Port> {
    const { assert!(M::NAMED, "only a call of a `#[durable]` function can be erased: by that function's name it is restored") };
    Call::new((), Dynamic::of(call))
}

/// A function that is known by its name.
#[cfg_attr(not(feature = "engine"), allow(unreachable_pub, reason = "an engine's trait names it"))]
pub struct Known<R, P> {
    pub(crate) name: &'static str,
    thaw: fn(&Frozen) -> Result<AnyChild<R>, RestoreError>,
    _port: PhantomData<fn() -> P>,
}
impl<R, P> Clone for Known<R, P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R, P> Copy for Known<R, P> {}

impl<R: 'static, P: 'static> Known<R, P> {
    pub(crate) fn of<M: Frame<Lent = (), Return = R, Port = P>>() -> Self {
        Known { name: M::name(), thaw: thawed::<M>, _port: PhantomData }
    }

    /// That of a name, from the environment that is in scope.
    pub(super) fn in_scope(name: &str) -> Result<Self, RestoreError> {
        environment::function(name).map_err(|missing| RestoreError::stack(missing.to_string()))
    }

    /// A coroutine of it, from where it is stored.
    pub(super) fn thaw(self, frozen: &Frozen) -> Result<AnyChild<R>, RestoreError> {
        (self.thaw)(frozen)
    }
}
