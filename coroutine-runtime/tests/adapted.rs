//! What an adaptor stores: which shape it has, what is seen of it, and what is said where it does not come back.
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::{Adapt, Env, Environment, Erased, RestoreError, ResumeError, erase, prelude::*, restore_json};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

type Refused = Box<dyn Error + Send + Sync>;

/// Of another crate, let us say.
struct Client {
    url: String,
    pool: Option<Env<Pool>>,
}

thread_local! {
    /// What hinders a client from being made again.
    static DOWN: Cell<bool> = const { Cell::new(false) };
    static MADE: Cell<u32> = const { Cell::new(0) };
}

#[derive(Debug)]
struct NotConnected(std::num::ParseIntError);
impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not connected")
    }
}
impl Error for NotConnected {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

struct AsUrl;
impl Adapt<Client> for AsUrl {
    type Stored = String;
    fn store(client: &Client) -> String {
        client.url.clone()
    }
    fn restore(url: String) -> Result<Client, Refused> {
        MADE.set(MADE.get() + 1);
        if DOWN.get() {
            return Err(NotConnected("down".parse::<u8>().unwrap_err()).into());
        }
        if url.is_empty() { Err("no url".into()) } else { Ok(Client { url, pool: None }) }
    }
}

struct AsLength;
impl Adapt<Client> for AsLength {
    type Stored = u32;
    fn store(client: &Client) -> u32 {
        u32::try_from(client.url.len()).unwrap()
    }
    fn restore(length: u32) -> Result<Client, Refused> {
        Ok(Client { url: "x".repeat(usize::try_from(length)?), pool: None })
    }
}

#[durable(yield = usize)]
async fn fetch(url: String) -> usize {
    #[with(AsUrl)]
    let client = Client { url, pool: None };
    yield_(1).await;
    client.url.len()
}

#[durable(yield = usize)]
async fn only_holds(url: String) -> usize {
    #[with(AsUrl)]
    let _client = Client { url, pool: None };
    yield_(1).await;
    0
}

#[durable(yield = usize)]
async fn calls(url: String) -> usize {
    Box::pin(fetch(url)).await
}

macro_rules! waits {
    ($call:expr) => {{
        let mut coroutine = $call.start();
        assert_eq!(coroutine.resume(()).unwrap(), Resumed::Yielded(1));
        coroutine
    }};
}

fn says(error: &RestoreError, variable: &str, function: &str, why: &str) {
    let error = error.to_string();
    for part in [format!("`{variable}` in `adapted::{function}` at `"), format!("its adaptor `adapted::AsUrl` does not restore it: {why}")]
    {
        assert!(error.contains(&part), "`{part}` in: {error}");
    }
}

#[test]
fn what_an_adaptor_refuses_is_an_error_and_nothing_is_lost() {
    let (bytes, json) = (waits!(fetch("url".into())).snapshot().unwrap(), waits!(fetch("url".into())).snapshot_json().unwrap());
    let held = waits!(only_holds("url".into())).snapshot().unwrap();
    DOWN.set(true);
    let why = "not connected: invalid digit found in string";
    says(&restore(fetch, &bytes).unwrap_err(), "client", "fetch", why);
    says(&restore_json(fetch, &json).unwrap_err(), "client", "fetch", why);
    says(&restore(only_holds, &held).unwrap_err(), "_client", "only_holds", why);
    DOWN.set(false);
    assert_eq!(restore(fetch, &bytes).unwrap().resume(()), Ok(Resumed::Complete(3)), "the same bytes, when it is up again");
    assert_eq!(restore_json(fetch, &json).unwrap().resume(()), Ok(Resumed::Complete(3)));
    assert_eq!(restore(only_holds, &held).unwrap().resume(()), Ok(Resumed::Complete(0)));
}

#[test]
fn what_somebody_wrote_is_refused_by_the_adaptor() {
    let json = waits!(fetch("url".into())).snapshot_json().unwrap();
    let written = json.replace("\"url\"", "\"\"");
    assert_ne!(written, json);
    says(&restore_json(fetch, &written).unwrap_err(), "client", "fetch", "no url");
    let error = restore_json(fetch, &json.replace("\"url\"", "7")).unwrap_err().to_string();
    assert!(error.contains("`client` in `adapted::fetch`"), "{error}");
}

/// A frame behind a `Box` is decoded where it is resumed.
#[test]
fn a_refusal_below_leaves_the_frames_above() {
    let bytes = waits!(calls("url".into())).snapshot().unwrap();
    DOWN.set(true);
    let mut again = restore(calls, &bytes).unwrap();
    let Err(ResumeError::Restore(error)) = again.resume(()) else { panic!("it is down") };
    says(&error, "client", "fetch", "not connected");
    DOWN.set(false);
    assert_eq!(again.resume(()), Ok(Resumed::Complete(3)), "it is resumed again, where it was");
}

#[test]
fn its_shape_is_that_of_what_is_stored() {
    mod other {
        use super::*;
        #[durable(name = "adapted::fetch", yield = usize)]
        pub async fn by_length(url: String) -> usize {
            #[with(AsLength)]
            let client = Client { url, pool: None };
            yield_(1).await;
            client.url.len()
        }
        #[durable(name = "adapted::fetch", yield = usize)]
        pub async fn by_itself(client: String) -> usize {
            yield_(1).await;
            client.len()
        }
    }
    let bytes = waits!(fetch("url".into())).snapshot().unwrap();
    assert_eq!(waits!(other::by_itself("url".into())).snapshot().unwrap(), bytes, "as a variable of that type");
    assert_eq!(restore(other::by_itself, &bytes).unwrap().resume(()), Ok(Resumed::Complete(3)));
    let error = restore(other::by_length, &bytes).unwrap_err().to_string();
    assert!(error.contains("`client` was stored as another type; here it is `u32`"), "{error}");
    let by_length = waits!(other::by_length("url".into())).snapshot().unwrap();
    let error = restore(fetch, &by_length).unwrap_err().to_string();
    assert!(error.contains("`client` was stored as another type; here it is `str`"), "{error}");
}

#[test]
fn nothing_is_made_to_ask_for_the_shape() {
    let coroutine = waits!(only_holds("url".into()));
    coroutine.snapshot().unwrap();
    assert_eq!(MADE.get(), 0);
    drop(coroutine);
    assert_eq!(MADE.get(), 0);
}

#[test]
fn people_see_what_is_stored() {
    let coroutine = waits!(fetch("url".into()));
    let view = format!("{:?}", coroutine.view());
    assert!(view.contains("client = \"url\""), "{view}");
    let json: serde_json::Value = serde_json::from_str(&coroutine.snapshot_json().unwrap()).unwrap();
    assert_eq!(json["frames"][0]["variables"], serde_json::json!({ "client": "url" }), "{json}");
}

#[durable(yield = usize, root = counts_kept)]
async fn counts(more: &str, #[with(AsUrl)] client: Client) -> usize {
    yield_(1).await;
    client.url.len() + more.len()
}

#[test]
fn parameters_are_stored_before_anything_runs() {
    let client = || Client { url: "url".into(), pool: None };
    let bytes = counts("more", client()).start().snapshot().unwrap();
    let mut again = restore_with(counts, ("more",), &bytes).unwrap();
    assert_eq!([again.resume(()), again.resume(())], [Ok(Resumed::Yielded(1)), Ok(Resumed::Complete(7))]);
    let bytes = counts_kept("more".into(), client()).start().snapshot().unwrap();
    let mut again = restore(counts_kept, &bytes).unwrap();
    assert_eq!([again.resume(()), again.resume(())], [Ok(Resumed::Yielded(1)), Ok(Resumed::Complete(7))], "by its root, too");
}

/// Of another process, each time.
struct Pool(u16);

/// An adaptor may take from the environment what its value needs.
struct InPool;
#[derive(Serialize, Deserialize)]
struct Session {
    url: String,
    pool: Env<Pool>,
}
impl Adapt<Client> for InPool {
    type Stored = Session;
    fn store(client: &Client) -> Session {
        Session { url: client.url.clone(), pool: client.pool.clone().unwrap() }
    }
    fn restore(session: Session) -> Result<Client, Refused> {
        Ok(Client { url: session.url, pool: Some(session.pool) })
    }
}

#[durable(yield = usize)]
async fn of_pool(#[with(InPool)] client: Client) -> u16 {
    yield_(1).await;
    client.pool.map_or(0, |pool| pool.0)
}

#[test]
fn an_adaptor_may_use_the_environment() {
    let bytes = waits!(of_pool(Client { url: "url".into(), pool: Some(Env::new(Pool(1))) })).snapshot().unwrap();
    let mut environment = Environment::default();
    environment.insert(Arc::new(Pool(2)));
    assert_eq!(environment.scope(|| restore(of_pool, &bytes)).unwrap().resume(()), Ok(Resumed::Complete(2)));
    let error = restore(of_pool, &bytes).unwrap_err().to_string();
    assert!(error.contains("`client` in `adapted::of_pool`") && error.contains("adapted::Pool"), "{error}");
}

/// Frames that others hold in variables, of which the type is forgotten.
#[durable(yield = usize)]
async fn holds(url: String) -> usize {
    let calls: Vec<Erased<usize, coroutine_runtime::Yields<usize, ()>>> = vec![erase(fetch(url.clone())), erase(only_holds(url))];
    let mut sum = 0;
    for call in calls {
        sum += call.await;
    }
    sum
}

#[test]
fn calls_of_which_the_type_is_forgotten_keep_theirs() {
    let mut environment = Environment::default();
    environment.register(fetch);
    environment.register(only_holds);
    environment.scope(|| {
        let mut again = restore(holds, &waits!(holds("url".into())).snapshot().unwrap()).unwrap();
        assert_eq!(again.resume(()), Ok(Resumed::Yielded(1)));
        let mut again = restore(holds, &again.snapshot().unwrap()).unwrap();
        assert_eq!(again.resume(()), Ok(Resumed::Complete(3)));
    });
}
