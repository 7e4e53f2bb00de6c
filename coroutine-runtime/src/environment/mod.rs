//! The world that coroutines live in: what is not stored with them. In: values, by their types; out: borrows of them, and themselves where a
//! coroutine is restored that holds some.
//!
//! `scope` is what a thread has in scope, `resource` the types that are taken from there.
mod resource;
mod scope;

pub(crate) use resource::Unwritten;
pub use resource::{Env, Resource};
pub(crate) use scope::{Asked, asked, function};

use crate::coroutine::Coroutine;
use crate::frame::Dynamic;
use crate::frame::known::Known;
use crate::function::Function;
use crate::snapshot::{RestoreError, frame_of};
use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Values by their types, one of each: what functions take by reference where a `Runtime` runs them, and what they hold of
/// [`Resource`]s and [`Env`]s where they are restored.
///
/// ```
/// use coroutine_runtime::Environment;
/// use std::sync::Arc;
///
/// trait Mailer: Send + Sync {}
/// struct Smtp;
/// impl Mailer for Smtp {}
///
/// let mut environment = Environment::default();
/// environment.insert(Arc::new(String::from("a `&String`")));
/// environment.insert::<dyn Mailer>(Arc::new(Smtp)); // for functions that take `&dyn Mailer`
/// assert_eq!(environment.get::<String>(), Some(&String::from("a `&String`")));
/// assert!(environment.get::<dyn Mailer>().is_some());
/// assert!(environment.get::<u8>().is_none());
/// ```
#[derive(Default, Clone)]
pub struct Environment {
    /// Shared, so that a copy costs nothing.
    values: Arc<Values>,
    functions: Arc<Functions>,
}

/// By the type `T`: an `Arc<T>`, and the type's name.
type Values = HashMap<TypeId, (Arc<dyn Any + Send + Sync>, &'static str)>;

/// By the name of a function: a `Known<R, P>`, and what it gives.
type Functions = HashMap<&'static str, (Arc<dyn Any + Send + Sync>, &'static str)>;

impl Environment {
    /// Puts a value in, in the place of the one of its type if there is one.
    ///
    /// ```
    /// use coroutine_runtime::Environment;
    /// use std::sync::Arc;
    ///
    /// let mut environment = Environment::default();
    /// environment.insert(Arc::new(1u32));
    /// environment.insert(Arc::new(2u32)); // in its place
    /// assert_eq!(environment.get::<u32>(), Some(&2));
    /// ```
    pub fn insert<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) {
        Arc::make_mut(&mut self.values).insert(TypeId::of::<T>(), (Arc::new(value), type_name::<T>()));
    }

    /// The value of a type.
    ///
    /// ```
    /// use coroutine_runtime::Environment;
    /// use std::sync::Arc;
    ///
    /// let mut environment = Environment::default();
    /// environment.insert::<str>(Arc::from("for functions that take `&str`"));
    /// assert!(environment.get::<str>().is_some() && environment.get::<String>().is_none());
    /// ```
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.shared().map(|value| &**value)
    }

    /// Puts a function in: [`Erased`](crate::Erased) calls of it are found by its name where they are restored. It takes the place of the one of
    /// its name if there is one.
    ///
    /// ```
    /// use coroutine_runtime::{Environment, Silent, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u64) -> u64 {
    ///     n * 2
    /// }
    ///
    /// let bytes = doubles(21).start().snapshot()?;
    /// let mut environment = Environment::default();
    /// environment.register(doubles);
    /// let mut coroutine = environment.restore::<u64, Silent>(&bytes)?;
    /// assert_eq!(coroutine.run()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register<F, M>(&mut self, _: F)
    where
        F: Function<M, Lent = ()>,
    {
        self.insert_function(Known::of::<F::Frame>());
    }

    pub(crate) fn insert_function<R: 'static, P: 'static>(&mut self, function: Known<R, P>) {
        Arc::make_mut(&mut self.functions).insert(function.name, (Arc::new(function), type_name::<R>()));
    }

    /// Brings a coroutine back from the bytes that its snapshot gave, whichever of the functions that were [put in](Self::register) it is
    /// of; what it holds of the environment is this one's.
    ///
    /// ```
    /// use coroutine_runtime::{Environment, Silent, prelude::*};
    ///
    /// #[durable]
    /// async fn doubles(n: u64) -> u64 {
    ///     n * 2
    /// }
    ///
    /// let bytes = doubles(21).start().snapshot()?;
    /// let mut environment = Environment::default();
    /// let error = environment.restore::<u64, Silent>(&bytes).unwrap_err().to_string();
    /// assert!(error.contains("the environment has no function `"), "{error}");
    /// environment.register(doubles);
    /// let error = environment.restore::<String, Silent>(&bytes).unwrap_err().to_string();
    /// assert!(error.contains("doubles` gives `u64`"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`restore`](crate::restore), and where its function is not known, or is one that gives or yields something else.
    pub fn restore<R: 'static, P: 'static>(&self, bytes: &[u8]) -> Result<Coroutine<'static, Dynamic<R, P>>, RestoreError> {
        self.scope(|| frame_of(bytes)).map(|frame| Coroutine::restored(frame, ()))
    }

    fn shared<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&Arc<T>> {
        let (value, _) = self.values.get(&TypeId::of::<T>())?;
        value.downcast_ref()
    }

    /// Runs something with the environment in scope: coroutines that are restored meanwhile, on this thread, take from it the
    /// [`Resource`]s and [`Env`]s that their variables held. One environment is in scope at a time, the innermost.
    ///
    /// ```
    /// use coroutine_runtime::{Environment, Resource, prelude::*};
    /// use std::sync::Arc;
    ///
    /// #[derive(Clone)]
    /// struct Pool(u16); // of connections to some port
    /// impl Resource for Pool {}
    ///
    /// #[durable(yield = u8)]
    /// async fn asks(pool: Pool) -> u16 {
    ///     yield_(1).await;
    ///     pool.0
    /// }
    ///
    /// let mut coroutine = asks(Pool(5432)).start();
    /// coroutine.resume(())?;
    /// let bytes = coroutine.snapshot()?;
    ///
    /// // Elsewhere, where there is another pool.
    /// let mut environment = Environment::default();
    /// environment.insert(Arc::new(Pool(5433)));
    /// let mut coroutine = environment.scope(|| restore(asks, &bytes))?;
    /// assert_eq!(coroutine.resume(())?, Resumed::Complete(5433));
    ///
    /// let error = restore(asks, &bytes).unwrap_err().to_string();
    /// assert!(error.contains("`pool` in `"), "{error}");
    /// assert!(error.contains("no environment is in scope"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope<R>(&self, run: impl FnOnce() -> R) -> R {
        scope::with(self, run)
    }

    /// The one that is in scope.
    pub(crate) fn current() -> Option<Self> {
        scope::current()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut types: Vec<&str> = self.values.values().map(|(_, name)| *name).collect();
        types.sort_unstable();
        let mut functions: Vec<&str> = self.functions.keys().copied().collect();
        functions.sort_unstable();
        f.debug_set().entries(types).entries(functions).finish()
    }
}
