//! The functions that a worker runs. In: functions, by their types; out: coroutines, by the names that stores know.
use super::arguments::Arguments;
use super::core::Checkpoints;
use super::lendable::Lendable;
use super::running::Running;
use crate::coroutine::Coroutine;
use crate::environment::Environment;
use crate::frame::{Frame, Silent};
use crate::function::Function;
use crate::payload;
use crate::snapshot::{restore_with, takes};
use crate::store::Stored;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
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
    /// What it takes that is not there.
    fn missing(&self, environment: &Environment) -> Vec<String>;
    /// Puts the function where erased coroutines find it.
    fn enroll(&self, environment: &mut Environment);
    fn begin(&self, environment: &Arc<Environment>, stored: &Stored) -> Result<Box<dyn Running>, String>;
}

struct Of<F, M> {
    function: F,
    _marker: PhantomData<fn() -> M>,
}

impl<F, M> Entry for Of<F, M>
where
    F: Function<M, Args: Arguments, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>> + Clone + Send + Sync,
{
    fn missing(&self, environment: &Environment) -> Vec<String> {
        let lent = F::Lent::missing(environment).into_iter().map(|of| format!("&{of}"));
        let taken = takes::<F::Args>().into_iter().filter(|asked| !asked.is_in(environment)).map(|asked| format!("Env<{}>", asked.name));
        let missing: BTreeSet<String> = lent.chain(taken).collect();
        missing.into_iter().collect()
    }

    fn enroll(&self, environment: &mut Environment) {
        if let Some(known) = F::Lent::known::<F::Frame>() {
            environment.insert_function(known);
        }
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
        F: Function<M, Args: Arguments, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>>,
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
            missing.into_iter().map(move |of| format!("`{name}` takes a `{of}`, and there is none: give it one with `env`"))
        });
        let twice = self.twice.iter().map(|name| {
            format!("two functions are registered as `{name}`: give one another name in its attribute, `#[durable(name = \"..\")]`")
        });
        missing.chain(twice).collect()
    }

    /// Puts the functions where erased coroutines find them.
    pub(crate) fn enroll(&self, environment: &mut Environment) {
        for registered in self.functions.values() {
            registered.entry.enroll(environment);
        }
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
        environment.scope(|| self.entry.begin(environment, stored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable;
    use crate::leaf::{a_turn, sleep};
    use std::sync::Mutex;
    use std::task::Waker;
    use std::time::Duration;

    /// Says when it is dropped.
    struct World(Arc<Mutex<Vec<&'static str>>>, Vec<u32>);
    impl Drop for World {
        fn drop(&mut self) {
            self.0.lock().unwrap().push("world");
        }
    }

    struct Guard<'a>(&'a World);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0.1, [1, 2, 3], "what was lent is still there");
            self.0.0.lock().unwrap().push("guard");
        }
    }

    impl World {
        async fn holds(&self) {
            let _guard = Guard(self);
            std::future::pending().await
        }
    }

    #[durable]
    async fn holds(world: &World) {
        world.holds().await;
    }

    #[durable]
    async fn looks(world: &World, n: usize) -> u32 {
        sleep(Duration::from_millis(1)).await;
        world.1[n]
    }

    /// A coroutine, and what it is lent, which nobody else has.
    fn begun<F, M>(function: F, args: &[u8]) -> (Box<dyn Running>, Arc<Mutex<Vec<&'static str>>>)
    where
        F: Function<M, Args: Arguments, Lent: Lendable, Frame: Frame<Port = Silent, Return: Serialize>>,
        F: Clone + Send + Sync + 'static,
        M: 'static,
    {
        let dropped = Arc::new(Mutex::new(Vec::new()));
        let mut environment = Environment::default();
        environment.insert(Arc::new(World(dropped.clone(), vec![1, 2, 3])));
        let mut registry = Registry::default();
        registry.register(function, Checkpoints::default());
        let registered = registry.find(F::Frame::name()).unwrap();
        (registered.begin(&Arc::new(environment), &Stored::Args(args.to_vec())).unwrap(), dropped)
    }

    #[test]
    fn a_coroutine_keeps_what_it_is_lent_until_its_step_is_dropped() {
        let (mut running, dropped) = begun(holds, b"null");
        let turn = a_turn();
        for _ in 0..3 {
            turn.begin(0);
            running.take_turn(&turn, Waker::noop()).unwrap(); // ahead, and then under way
        }
        assert!(dropped.lock().unwrap().is_empty());
        std::thread::spawn(move || drop(running)).join().unwrap();
        assert_eq!(*dropped.lock().unwrap(), ["guard", "world"]);
    }

    #[test]
    fn a_coroutine_that_is_restored_keeps_it_too() {
        let (mut running, first) = begun(looks, b"[2]");
        let turn = a_turn();
        turn.begin(0);
        assert!(matches!(running.take_turn(&turn, Waker::noop()), Ok(crate::coroutine::Paused::Waits)));
        let bytes = running.snapshot().unwrap();
        drop(running);
        assert_eq!(*first.lock().unwrap(), ["world"]);

        let dropped = Arc::new(Mutex::new(Vec::new()));
        let mut environment = Environment::default();
        environment.insert(Arc::new(World(dropped.clone(), vec![4, 5, 6])));
        let mut registry = Registry::default();
        registry.register(looks, Checkpoints::default());
        let registered = registry.find(&format!("{}::looks", module_path!())).unwrap();
        let mut running = registered.begin(&Arc::new(environment), &Stored::Snapshot(bytes.clone())).unwrap();
        turn.begin(1);
        let returned = running.take_turn(&turn, Waker::noop()).unwrap();
        assert!(matches!(returned, crate::coroutine::Paused::Returned(value) if value == b"6"));
        drop(running);
        assert_eq!(*dropped.lock().unwrap(), ["world"]);

        let lacks = registered.begin(&Arc::default(), &Stored::Snapshot(bytes)).err().unwrap();
        assert!(lacks.contains("World"), "{lacks}");
    }
}
