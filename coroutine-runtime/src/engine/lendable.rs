//! References that an environment lends. In: the types of what a function takes by reference; out: borrows, or what is not there.
use crate::environment::Environment;
use crate::frame::known::Known;
use crate::frame::machine::{Lent, Shared};
use crate::frame::{Frame, Ref};
use std::any::type_name;

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
    /// How coroutines of a function that is lent this are found by its name where they are erased, if they can be.
    #[doc(hidden)]
    fn known<M: Frame<Lent = Self>>() -> Option<Known<M::Return, M::Port>> {
        None
    }
}

impl Lendable for () {
    fn lend(_: &Environment) -> Option<()> {
        Some(())
    }
    fn missing(_: &Environment) -> Vec<&'static str> {
        Vec::new()
    }
    fn known<M: Frame<Lent = ()>>() -> Option<Known<M::Return, M::Port>> {
        Some(Known::of::<M>())
    }
}

macro_rules! lendable { ($(($($t:ident),*))*) => { $(
    impl<$($t: ?Sized + Send + Sync + 'static),*> Lendable for ($(Ref<$t>,)*) {
        fn lend(environment: &Environment) -> Option<Self::At<'_>> {
            Some(($(environment.get::<$t>()?,)*))
        }
        fn missing(environment: &Environment) -> Vec<&'static str> {
            let mut missing = Vec::new();
            $(if environment.get::<$t>().is_none() {
                missing.push(type_name::<$t>());
            })*
            missing
        }
    }
)* } }
lendable! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }
