//! Values that a coroutine holds and that are never stored: they are taken from the environment that is in scope where it is restored.
//! In: a type, declared or wrapped; out: how serde sees it.
use super::scope;
use serde::de::{IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// A type of which a coroutine may hold values that are not stored: a pool of connections, a client, a service.
///
/// It is declared once, and from then on variables and parameters of the type, and `Arc`s of it, are held over waits; also in `Vec`s,
/// `Option`s and arrays, though not in a struct of yours: that has a field of type [`Env`]. Where the coroutine is restored, each is the
/// one of the [`Environment`](super::Environment) that is [in scope](super::Environment::scope); a `Runtime` puts its own there. So all
/// values of such a type should be as good as each other. A type of another crate is held as an [`Env`].
///
/// ```
/// use coroutine_runtime::{Environment, Resource, prelude::*};
/// use std::sync::Arc;
///
/// struct Service(String); // (one that is held by itself, not in an `Arc`, is `Clone` too)
/// impl Resource for Service {}
///
/// impl Service {
///     #[durable(yield = u8)]
///     async fn greets(self: Arc<Self>) -> String {
///         yield_(1).await;
///         format!("hello from {}", self.0)
///     }
/// }
///
/// #[durable(yield = u8)]
/// async fn calls(service: Arc<Service>) -> String {
///     service.clone().greets().await
/// }
///
/// let mut coroutine = calls(Arc::new(Service("here".into()))).start();
/// coroutine.resume(())?;
/// let bytes = coroutine.snapshot()?;
///
/// let mut environment = Environment::default();
/// environment.insert(Arc::new(Service("there".into())));
/// let mut coroutine = environment.scope(|| restore(calls, &bytes))?;
/// assert_eq!(coroutine.resume(())?, Resumed::Complete("hello from there".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Resource: Send + Sync + 'static {}

/// A shared value of any type that is never stored: where a coroutine is restored that holds it, it is the one of the
/// [`Environment`](super::Environment) that is [in scope](super::Environment::scope).
///
/// serde knows it, so it may be a field of what is stored, and an argument where a `Runtime` starts a function. Nothing is written
/// of it; JSON has a text in its place. The type inside need not be [declared](Resource), so it may be one of another crate, or a
/// `dyn Trait`.
///
/// ```
/// use coroutine_runtime::{Env, Environment, prelude::*};
/// use serde::{Deserialize, Serialize};
/// use std::sync::Arc;
///
/// # mod sqlx { pub struct PgPool(pub u16); }
/// #[derive(Serialize, Deserialize)]
/// struct Job {
///     pool: Env<sqlx::PgPool>,
///     rows: u32,
/// }
///
/// #[durable(yield = u32)]
/// async fn copies(job: Job) -> u16 {
///     for row in 0..job.rows {
///         yield_(row).await;
///     }
///     let pool: &sqlx::PgPool = &job.pool;
///     pool.0
/// }
///
/// let mut coroutine = copies(Job { pool: Env::new(sqlx::PgPool(5432)), rows: 1 }).start();
/// coroutine.resume(())?;
/// let bytes = coroutine.snapshot()?;
///
/// let mut environment = Environment::default();
/// environment.insert(Arc::new(sqlx::PgPool(5433)));
/// let mut coroutine = environment.scope(|| restore(copies, &bytes))?;
/// assert_eq!(coroutine.resume(())?, Resumed::Complete(5433));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Env<T: ?Sized>(
    /// `None` where it was made up, to ask a type what it reads: such values are never used.
    Option<Arc<T>>,
);

impl<T> Env<T> {
    /// One of a value. (One of what is shared already, or of a `dyn Trait`, is made of an `Arc`, by `from`.)
    ///
    /// ```
    /// use coroutine_runtime::Env;
    /// use std::sync::Arc;
    ///
    /// let rate = Env::new(3u32);
    /// assert_eq!(*rate, 3);
    /// let name: Env<str> = Env::from(Arc::from("shared"));
    /// assert_eq!(&*name, "shared");
    /// ```
    pub fn new(value: T) -> Self {
        Env(Some(Arc::new(value)))
    }
}

impl<T: ?Sized> From<Arc<T>> for Env<T> {
    fn from(value: Arc<T>) -> Self {
        Env(Some(value))
    }
}

impl<T: ?Sized> Env<T> {
    pub(crate) fn shared(&self) -> &Arc<T> {
        match &self.0 {
            Some(value) => value,
            None => made_up::<T>(),
        }
    }
}

#[cold]
fn made_up<T: ?Sized>() -> ! {
    panic!("a `Deserialize` looked at the `Env<{}>` that it had read: it is only asked what it reads, and has none", type_name::<T>())
}

impl<T: ?Sized> Deref for Env<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.shared()
    }
}

impl<T: ?Sized> Clone for Env<T> {
    fn clone(&self) -> Self {
        Env(self.0.clone())
    }
}

impl<T: ?Sized> fmt::Debug for Env<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env<{}>", type_name::<T>())
    }
}

/// What is written in the place of a value.
pub struct Unwritten;

/// How it is called where a type is asked what it reads: all are the same, for nothing is read of any.
const NAME: &str = "Env";
/// What people see where it would be. (A text, so that it differs from `None`.)
const SHOWN: &str = "(environment)";

impl Serialize for Unwritten {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.serialize_str(SHOWN) } else { serializer.serialize_unit_struct(NAME) }
    }
}

impl<T: ?Sized> Serialize for Env<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Unwritten.serialize(serializer)
    }
}

impl<'de, T: ?Sized + Send + Sync + 'static> Deserialize<'de> for Env<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            // (Another program that starts a function may write anything here.)
            IgnoredAny::deserialize(deserializer)?;
            return taken();
        }
        deserializer.deserialize_unit_struct(NAME, Taking(PhantomData))
    }
}

fn taken<T: ?Sized + Send + Sync + 'static, E: serde::de::Error>() -> Result<Env<T>, E> {
    scope::take().map(Env).map_err(E::custom)
}

struct Taking<T: ?Sized>(PhantomData<fn() -> Arc<T>>);
impl<T: ?Sized + Send + Sync + 'static> Visitor<'_> for Taking<T> {
    type Value = Env<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what is taken from the environment")
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<Env<T>, E> {
        taken()
    }
}
