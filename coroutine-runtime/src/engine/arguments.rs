//! What a function takes by value where an engine runs it. In: its parameters' types; out: that they can be read from where they are stored.
use serde::de::DeserializeOwned;

/// Parameters by value, as a tuple: an engine stores them where a coroutine is started, and reads them where it runs.
///
/// ```
/// use coroutine_runtime::{Arguments, Env};
///
/// fn stored<T: Arguments>() {}
/// struct Pool; // not stored: by itself it is no argument
/// stored::<(u32, String, Env<Pool>)>();
/// ```
pub trait Arguments: DeserializeOwned {}

/// One of them.
#[diagnostic::on_unimplemented(
    message = "a runtime cannot store a `{Self}`, which this function takes by value",
    label = "takes a `{Self}` by value",
    note = "what is the state of a coroutine derives `Serialize` and `Deserialize`; a resource (a pool, a client) is taken as a `&{Self}` or as an `Env<{Self}>`, and given to the runtime with `env`"
)]
pub trait Argument: DeserializeOwned {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Argument for T {}

macro_rules! arguments { ($(($($t:ident),*))*) => { $(
    impl<$($t: Argument),*> Arguments for ($($t,)*) {}
)* } }
arguments! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }
