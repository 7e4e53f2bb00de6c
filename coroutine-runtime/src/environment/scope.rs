//! What a thread has in scope. In: an environment, and what runs meanwhile; out: what of it is taken by type.
//!
//! It may also be asked which types are taken: then there are no values, and what would be taken is made up by whoever asks.
use super::Environment;
use crate::frame::known::Known;
use std::any::{TypeId, type_name};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope::Empty) };
}

enum Scope {
    Empty,
    Holds(Environment),
    /// Notes what is taken.
    Asks(Vec<Asked>),
}

/// A type that was taken.
#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "an engine looks at what its functions take"))]
pub(crate) struct Asked {
    of: TypeId,
    pub(crate) name: &'static str,
}

#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "the same"))]
impl Asked {
    /// Whether an environment has it.
    pub(crate) fn is_in(&self, environment: &Environment) -> bool {
        environment.values.contains_key(&self.of)
    }
}

/// Puts back what was in scope before, however it is left.
struct Before(Scope);
impl Drop for Before {
    fn drop(&mut self) {
        SCOPE.replace(std::mem::replace(&mut self.0, Scope::Empty));
    }
}

/// Runs something with an environment in scope.
pub(super) fn with<R>(environment: &Environment, run: impl FnOnce() -> R) -> R {
    let _before = Before(SCOPE.replace(Scope::Holds(environment.clone())));
    run()
}

/// Runs something that only asks, and gives what it would have taken.
pub(crate) fn asked<R>(run: impl FnOnce() -> R) -> (R, Vec<Asked>) {
    let before = Before(SCOPE.replace(Scope::Asks(Vec::new())));
    let value = run();
    let asks = SCOPE.replace(Scope::Empty);
    drop(before);
    match asks {
        Scope::Asks(asked) => (value, asked),
        Scope::Empty | Scope::Holds(_) => (value, Vec::new()),
    }
}

/// The environment that is in scope.
pub(super) fn current() -> Option<Environment> {
    SCOPE.with_borrow(|scope| match scope {
        Scope::Holds(environment) => Some(environment.clone()),
        Scope::Empty | Scope::Asks(_) => None,
    })
}

/// Takes what is in scope of a type. `None`: it is only asked.
pub(super) fn take<T: ?Sized + Send + Sync + 'static>() -> Result<Option<Arc<T>>, Missing> {
    let name = type_name::<T>();
    SCOPE.with_borrow_mut(|scope| match scope {
        Scope::Holds(environment) => environment.shared().cloned().map(Some).ok_or(Missing::Value(name)),
        Scope::Asks(asked) => {
            asked.push(Asked { of: TypeId::of::<T>(), name });
            Ok(None)
        }
        Scope::Empty => Err(Missing::Environment(name)),
    })
}

/// Finds a function in scope that gives an `R` and has the port `P`.
pub(crate) fn function<R: 'static, P: 'static>(name: &str) -> Result<Known<R, P>, Unknown> {
    let unknown = |why| Unknown { name: name.into(), wanted: type_name::<R>(), why };
    let environment = current().ok_or_else(|| unknown(Why::NoEnvironment))?;
    let (function, gives) = environment.functions.get(name).ok_or_else(|| unknown(Why::NoFunction))?;
    function.downcast_ref().copied().ok_or_else(|| unknown(Why::Another(gives)))
}

/// Why there is no such function.
pub(crate) struct Unknown {
    name: String,
    wanted: &'static str,
    why: Why,
}

enum Why {
    NoEnvironment,
    NoFunction,
    /// It gives this.
    Another(&'static str),
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unknown { name, wanted, why } = self;
        match why {
            Why::NoEnvironment => {
                write!(f, "no environment is in scope that has its function `{name}` (restore it inside of `Environment::scope`)")
            }
            Why::NoFunction => write!(
                f,
                "the environment has no function `{name}` (give it one: `Environment::register`, or `register` where a runtime is built)"
            ),
            Why::Another(gives) if gives == wanted => {
                write!(f, "`{name}` gives `{gives}`, as is expected, but what it yields or is resumed with is something else")
            }
            Why::Another(gives) => write!(f, "`{name}` gives `{gives}`, and a coroutine is expected that gives `{wanted}`"),
        }
    }
}

/// What is not in scope. (Whoever reads adds where in the snapshot it was, so what to do stands in the middle.)
pub(super) enum Missing {
    Environment(&'static str),
    Value(&'static str),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Environment(name) => {
                write!(f, "no environment is in scope that has its `{name}` (restore it inside of `Environment::scope`)")
            }
            Missing::Value(name) => {
                write!(f, "the environment has no `{name}` (give it one: `Environment::insert`, or `env` where a runtime is built)")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn taken() -> Option<u8> {
        take::<u8>().ok().flatten().map(|value| *value)
    }

    fn of(value: u8) -> Environment {
        let mut environment = Environment::default();
        environment.insert(Arc::new(value));
        environment
    }

    #[test]
    fn the_innermost_is_in_scope_until_it_is_left() {
        assert_eq!(taken(), None);
        of(1).scope(|| {
            assert_eq!(taken(), Some(1));
            of(2).scope(|| assert_eq!(taken(), Some(2)));
            Environment::default().scope(|| assert_eq!(taken(), None, "not the one around it"));
            let panicked = catch_unwind(AssertUnwindSafe(|| of(3).scope(|| panic!("on the way"))));
            assert!(panicked.is_err());
            assert_eq!(taken(), Some(1));
        });
        assert_eq!(taken(), None);
    }

    #[test]
    fn who_asks_gets_nothing_and_is_told_what() {
        of(1).scope(|| {
            let (value, asked) = asked(|| (take::<u8>().is_ok_and(|value| value.is_none()), take::<str>().is_ok()));
            assert_eq!(value, (true, true));
            assert_eq!(asked.iter().map(|asked| (asked.name, asked.is_in(&of(2)))).collect::<Vec<_>>(), [("u8", true), ("str", false)]);
            assert_eq!(taken(), Some(1));
        });
    }

    #[test]
    fn an_environment_that_changes_leaves_what_is_in_scope() {
        let mut environment = of(1);
        environment.clone().scope(|| {
            environment.insert(Arc::new(2u8));
            assert_eq!(taken(), Some(1));
            environment.scope(|| assert_eq!(taken(), Some(2)));
        });
    }
}
