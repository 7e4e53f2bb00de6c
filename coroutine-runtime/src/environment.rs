//! What coroutines take by reference: the world that they live in. In: values, by their types; out: borrows of them.
use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Values by their types, one of each: what the functions that a `Runtime` runs take by reference.
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
