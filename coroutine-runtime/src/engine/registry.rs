//! The functions that a worker runs. In: functions, by their types; out: coroutines, by the names that stores know.
use super::core::Checkpoints;
use super::environment::{Environment, Lendable};
use super::running::Running;
use crate::coroutine::Coroutine;
use crate::frame::{Frame, Silent};
use crate::function::Function;
use crate::payload;
use crate::snapshot::restore_with;
use crate::store::Stored;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

/// Functions by their names.
#[derive(Default, Clone)]
pub(crate) struct Registry {
    functions: BTreeMap<&'static str, Registered>,
    /// Names that two functions have.
    twice: Vec<&'static str>,
}

#[derive(Clone)]
pub(crate) struct Registered {
    pub(crate) checkpoints: Checkpoints,
    entry: Arc<dyn Entry>,
}

/// A function whose type is forgotten.
trait Entry: Send + Sync {
    fn missing(&self, environment: &Environment) -> Vec<&'static str>;
    fn begin(&self, environment: &Arc<Environment>, stored: &Stored) -> Result<Box<dyn Running>, String>;
}

struct Of<F, M> {
    function: F,
    _marker: PhantomData<fn() -> M>,
}

impl<F, M> Entry for Of<F, M>
where
    F: Function<M, Args: DeserializeOwned, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>> + Clone + Send + Sync,
{
    fn missing(&self, environment: &Environment) -> Vec<&'static str> {
        F::Lent::missing(environment)
    }

    fn begin(&self, environment: &Arc<Environment>, stored: &Stored) -> Result<Box<dyn Running>, String> {
        // (That all is there was looked at before the worker started.)
        let missing = || format!("the environment has no {:?}", self.missing(environment));
        let args = match stored {
            Stored::Args(bytes) => Some(payload::decode::<F::Args>(bytes).map_err(|error| error.to_string())?),
            Stored::Snapshot(_) => None,
        };
        let mut lacks = None;
        let coroutine = Coroutine::owning(environment.clone(), |environment| {
            let Some(lent) = F::Lent::lend(environment) else {
                lacks = Some(missing());
                return Ok(None);
            };
            match (args, stored) {
                (Some(args), _) => Ok(Some(self.function.call(args, lent))),
                (None, Stored::Snapshot(bytes)) => restore_with(self.function.clone(), lent, bytes).map(Some),
                (None, Stored::Args(_)) => Ok(None),
            }
        });
        match coroutine {
            Ok(Some(coroutine)) => Ok(Box::new(coroutine)),
            Ok(None) => Err(lacks.unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Registry {
    pub(crate) fn register<F, M>(&mut self, function: F, checkpoints: Checkpoints)
    where
        F: Function<M, Args: DeserializeOwned, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>>,
        F: Clone + Send + Sync + 'static,
        M: 'static,
    {
        let name = F::Frame::name();
        let entry = Arc::new(Of { function, _marker: PhantomData });
        if self.functions.insert(name, Registered { checkpoints, entry }).is_some() {
            self.twice.push(name);
        }
    }

    /// What is wrong with the functions: the name and what it takes that is not there, or that another has its name.
    pub(crate) fn faults(&self, environment: &Environment) -> Vec<String> {
        let missing = self.functions.iter().flat_map(|(name, registered)| {
            let missing = registered.entry.missing(environment);
            missing.into_iter().map(move |of| format!("`{name}` takes a `&{of}`, and there is none: give it one with `env`"))
        });
        let twice = self.twice.iter().map(|name| {
            format!("two functions are registered as `{name}`: give one another name in its attribute, `#[durable(name = \"..\")]`")
        });
        missing.chain(twice).collect()
    }

    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.functions.keys().map(|name| Arc::from(*name)).collect()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Registered> {
        self.functions.get(name)
    }
}

impl Registered {
    /// A coroutine from where it stands.
    pub(crate) fn begin(&self, environment: &Arc<Environment>, stored: &Stored) -> Result<Box<dyn Running>, String> {
        self.entry.begin(environment, stored)
    }
}
