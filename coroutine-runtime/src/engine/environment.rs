//! What coroutines take by reference: the world that they live in. In: values, by their types; out: borrows of them.
use crate::frame::Ref;
use crate::frame::machine::{Lent, Shared};
use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Values by their types, one of each: what the functions that a [`Runtime`](crate::Runtime) runs take by reference.
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
    /// By the type `T`: an `Arc<T>`.
    values: HashMap<TypeId, (Arc<dyn Any + Send + Sync>, &'static str)>,
}

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
        self.values.insert(TypeId::of::<T>(), (Arc::new(value), type_name::<T>()));
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
        let (value, _) = self.values.get(&TypeId::of::<T>())?;
        value.downcast_ref::<Arc<T>>().map(|value| &**value)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut types: Vec<&str> = self.values.values().map(|(_, name)| *name).collect();
        types.sort_unstable();
        f.debug_set().entries(types).finish()
    }
}

/// References that an [`Environment`] can lend: shared ones, to what many threads may look at.
#[diagnostic::on_unimplemented(
    message = "a runtime cannot lend a function `{Self}`",
    label = "takes what a runtime cannot lend",
    note = "a runtime lends what is registered with `env` to many coroutines at once: `&T` where `T: Send + Sync`; what a coroutine changes it takes by value, or behind a lock"
)]
pub trait Lendable: Lent<At<'static>: Send> + Shared {
    /// The references, if all are there.
    #[doc(hidden)]
    fn lend(environment: &Environment) -> Option<Self::At<'_>>;
    /// The types that are not there.
    #[doc(hidden)]
    fn missing(environment: &Environment) -> Vec<&'static str>;
}

macro_rules! lendable { ($(($($t:ident),*))*) => { $(
    impl<$($t: ?Sized + Send + Sync + 'static),*> Lendable for ($(Ref<$t>,)*) {
        #[allow(unused_variables, clippy::unused_unit, reason = "the empty list")]
        fn lend(environment: &Environment) -> Option<Self::At<'_>> {
            Some(($(environment.get::<$t>()?,)*))
        }
        #[allow(unused_variables, unused_mut, reason = "the empty list")]
        fn missing(environment: &Environment) -> Vec<&'static str> {
            let mut missing = Vec::new();
            $(if environment.get::<$t>().is_none() {
                missing.push(type_name::<$t>());
            })*
            missing
        }
    }
)* } }
lendable! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }
