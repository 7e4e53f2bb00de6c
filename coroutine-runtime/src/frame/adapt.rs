//! Variables that are stored by an adaptor, which their `let` or their parameter names. In: a slot; out: what the adaptor makes of the
//! variable, and the variable that it makes of that again.
use super::Of;
use super::hold::{Hold, Releasable};
use super::keep::{Durable, Keep, Stores};
use crate::snapshot::{In, NotNow, Out, RestoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::error::Error;
use std::marker::PhantomData;

/// How variables of a type that cannot be stored are stored all the same: as something that can, of which they are made again.
///
/// It is for types of other crates, and implemented for a type of one's own, which stands in the attribute `#[with(..)]` on the variable's
/// `let` or parameter.
///
/// ```
/// use coroutine_runtime::{Adapt, prelude::*};
/// use std::error::Error;
/// # mod http {
/// #     pub struct Client(String);
/// #     impl Client {
/// #         pub fn new(url: &str) -> Result<Self, String> { if url.is_empty() { Err("no url".into()) } else { Ok(Client(url.into())) } }
/// #         pub fn url(&self) -> &str { &self.0 }
/// #     }
/// # }
///
/// struct AsUrl;
/// impl Adapt<http::Client> for AsUrl {
///     type Stored = String;
///     fn store(client: &http::Client) -> String {
///         client.url().into()
///     }
///     fn restore(url: String) -> Result<http::Client, Box<dyn Error + Send + Sync>> {
///         Ok(http::Client::new(&url)?)
///     }
/// }
///
/// #[durable(yield = u64)]
/// async fn fetch(url: String) -> Result<usize, String> {
///     #[with(AsUrl)]
///     let client = http::Client::new(&url)?;
///     yield_(1).await;
///     Ok(client.url().len())
/// }
///
/// let mut coroutine = fetch("http://example.org".into()).start();
/// coroutine.resume(())?;
/// let bytes = coroutine.snapshot()?;
/// assert_eq!(restore(fetch, &bytes)?.resume(())?, Resumed::Complete(Ok(18)));
/// # Ok::<(), Box<dyn Error>>(())
/// ```
///
/// `Vec<AsUrl>` and `Option<AsUrl>` adapt lists of clients and a client that may be there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not adapt `{T}`",
    label = "the type of the variable is `{T}`",
    note = "`impl coroutine_runtime::Adapt<{T}> for {Self}`, or name an adaptor that has it"
)]
pub trait Adapt<T>: 'static {
    /// What is stored. Another type is another format: what was stored as one is not read as another.
    type Stored: Serialize + DeserializeOwned;

    /// What to store of a variable, which goes on to be used.
    fn store(value: &T) -> Self::Stored;

    /// The variable again.
    ///
    /// # Errors
    /// Whatever hinders it. The coroutine is then not restored, with an error that says so and names the function and the variable; its
    /// snapshot stands.
    fn restore(stored: Self::Stored) -> Result<T, Box<dyn Error + Send + Sync>>;
}

impl<T, A: Adapt<T>> Adapt<Vec<T>> for Vec<A> {
    type Stored = Vec<A::Stored>;
    fn store(value: &Vec<T>) -> Vec<A::Stored> {
        value.iter().map(A::store).collect()
    }
    fn restore(stored: Vec<A::Stored>) -> Result<Vec<T>, Box<dyn Error + Send + Sync>> {
        stored.into_iter().map(A::restore).collect()
    }
}

impl<T, A: Adapt<T>> Adapt<Option<T>> for Option<A> {
    type Stored = Option<A::Stored>;
    fn store(value: &Option<T>) -> Option<A::Stored> {
        value.as_ref().map(A::store)
    }
    fn restore(stored: Option<A::Stored>) -> Result<Option<T>, Box<dyn Error + Send + Sync>> {
        stored.map(A::restore).transpose()
    }
}

/// What the adaptor `A` stores.
struct Adapted<A>(PhantomData<A>);

impl<T, A: Adapt<T>> Stores<T> for Adapted<A> {
    type Form<'v>
        = A::Stored
    where
        T: 'v;
    type Back = A::Stored;
    fn form(value: &T) -> A::Stored {
        A::store(value)
    }
    fn back(form: A::Stored) -> Result<T, Box<str>> {
        A::restore(form).map_err(|error| refused(type_name::<A>(), &*error))
    }
}

/// What an adaptor says, with its causes.
#[cold]
fn refused(adaptor: &str, error: &dyn Error) -> Box<str> {
    let mut what = format!("its adaptor `{adaptor}` does not restore it: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        what.push_str(&format!(": {error}"));
        cause = error.source();
    }
    what.into()
}

/// A variable that an adaptor stores, and that comes back as a `B`. (The adaptor is not part of the type: one that is none for the variable
/// is one error, where it is named.)
pub struct ByAdaptor<T, B> {
    save: fn(&Option<T>, &mut Out<'_>) -> Result<(), NotNow>,
    load: fn(Of<T>, &mut In<'_>) -> Result<B, RestoreError>,
}
impl<T, B> Clone for ByAdaptor<T, B> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, B> Copy for ByAdaptor<T, B> {}

impl<T> Durable for ByAdaptor<T, T> {}
impl<T> Releasable for ByAdaptor<T, Option<T>> {}

impl<T, B> ByAdaptor<T, B> {
    /// Writes the variable.
    #[inline(always)]
    pub fn save(self, slot: &Option<T>, out: &mut Out<'_>) -> Result<(), NotNow> {
        (self.save)(slot, out)
    }

    /// Reads it.
    #[inline(always)]
    pub fn load(self, of: Of<T>, input: &mut In<'_>) -> Result<B, RestoreError> {
        (self.load)(of, input)
    }
}

/// (Methods, so that rustc knows the variable's type before it asks whether the adaptor is one for that.)
impl<T> Of<T> {
    /// Keeps it by an adaptor.
    #[inline(always)]
    pub fn kept_by<A: Adapt<T>>(self) -> ByAdaptor<T, T> {
        ByAdaptor {
            save: |slot, out| Keep::<Adapted<A>, T>::NEW.save(slot, out),
            load: |of, input| Keep::<Adapted<A>, T>::NEW.load(of, input),
        }
    }

    /// Holds it by an adaptor until it is dropped, if it is there.
    #[inline(always)]
    pub fn held_by<A: Adapt<T>>(self) -> ByAdaptor<T, Option<T>> {
        ByAdaptor {
            save: |slot, out| Hold::<Adapted<A>, T>::NEW.save(slot, out),
            load: |of, input| Hold::<Adapted<A>, T>::NEW.load(of, input),
        }
    }
}
