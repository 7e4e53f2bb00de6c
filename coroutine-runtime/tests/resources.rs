//! What is not stored and is the environment's after a restore: that it is, and what is said where it is not there.
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::{CloneError, Env, Environment, Resource, ResumeError, prelude::*, restore_json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone)]
struct Pool(u16);
impl Resource for Pool {}

/// Something that serde knows, too.
#[derive(Clone, Serialize, Deserialize)]
struct Rates {
    euro: u16,
}
impl Resource for Rates {}

/// Of another crate, let us say.
struct Client(u16);

fn of(port: u16) -> Environment {
    let mut environment = Environment::default();
    environment.insert(Arc::new(Pool(port)));
    environment.insert(Arc::new(Rates { euro: port }));
    environment.insert(Arc::new(Client(port)));
    environment
}

#[durable(yield = u16)]
async fn all_kinds(pool: Pool, client: Env<Client>, rates: Rates) -> Vec<u16> {
    let shared = Arc::new(rates.clone());
    let several = vec![shared.clone(), shared.clone()];
    let fields = (client.clone(), 7u16, Some(client.clone()));
    yield_(1).await;
    let mut ports: Vec<u16> = several.iter().map(|rates| rates.euro).collect();
    ports.extend([pool.0, client.0, rates.euro, shared.euro, fields.0.0, fields.1, fields.2.map_or(0, |client| client.0)]);
    ports
}

fn waits() -> Coroutine<'static, impl Frame<Lent = (), Return = Vec<u16>, Port = coroutine_runtime::Yields<u16, ()>>> {
    let mut coroutine = all_kinds(Pool(1), Env::new(Client(1)), Rates { euro: 1 }).start();
    assert_eq!(coroutine.resume(()), Ok(Resumed::Yielded(1)));
    coroutine
}

#[test]
fn it_is_the_environments_after_a_restore() {
    let (bytes, json) = (waits().snapshot().unwrap(), waits().snapshot_json().unwrap());
    let same = [2, 2, 2, 2, 2, 2, 2, 7, 2];
    let mut again = of(2).scope(|| restore(all_kinds, &bytes)).unwrap();
    assert_eq!(again.resume(()), Ok(Resumed::Complete(same.into())), "wherever it is resumed");
    let mut again = of(2).scope(|| restore_json(all_kinds, &json)).unwrap();
    assert_eq!(again.resume(()), Ok(Resumed::Complete(same.into())));
    assert_eq!(waits().resume(()), Ok(Resumed::Complete([1, 1, 1, 1, 1, 1, 1, 7, 1].into())));
}

#[test]
fn nothing_of_it_is_stored() {
    #[durable(yield = u16)]
    async fn holds(pool: Pool, rates: Rates, client: Env<Client>) -> u16 {
        yield_(1).await;
        pool.0 + rates.euro + client.0
    }
    let [one, other] = [1, 2].map(|n| {
        let mut coroutine = holds(Pool(n), Rates { euro: n }, Env::new(Client(n))).start();
        coroutine.resume(()).unwrap();
        (coroutine.snapshot().unwrap(), coroutine.snapshot_json().unwrap())
    });
    assert_eq!(one, other);
    let json: serde_json::Value = serde_json::from_str(&one.1).unwrap();
    let shown = "(environment)";
    assert_eq!(json["frames"][0]["variables"], serde_json::json!({ "pool": shown, "rates": shown, "client": shown }), "{json}");
}

#[test]
fn what_is_not_there_is_an_error_that_names_it() {
    let bytes = waits().snapshot().unwrap();
    let json = waits().snapshot_json().unwrap();
    let mut lacks = Environment::default();
    lacks.insert(Arc::new(Pool(1)));
    lacks.insert(Arc::new(Rates { euro: 1 }));
    let says = |error: String, what: &str| {
        for part in ["`client` in `resources::all_kinds` at `", "resources::Client`", what] {
            assert!(error.contains(part), "`{part}` in: {error}");
        }
    };
    says(lacks.scope(|| restore(all_kinds, &bytes)).unwrap_err().to_string(), "the environment has no `");
    says(lacks.scope(|| restore_json(all_kinds, &json)).unwrap_err().to_string(), "`Environment::insert`");
    let error = restore(all_kinds, &bytes).unwrap_err().to_string();
    assert!(error.contains("`pool` in `resources::all_kinds` at `"), "{error}");
    assert!(
        error.contains("no environment is in scope that has its `resources::Pool` (restore it inside of `Environment::scope`)"),
        "{error}"
    );
}

#[test]
fn one_kind_of_it_may_become_another() {
    mod before {
        use super::*;
        #[durable(name = "asks", yield = u16)]
        pub async fn asks(it: Pool) -> u16 {
            yield_(1).await;
            it.0
        }
    }
    mod after {
        use super::*;
        #[durable(name = "asks", yield = u16)]
        pub async fn asks(it: Env<Client>) -> u16 {
            yield_(1).await;
            it.0
        }
        #[durable(name = "asks", yield = u16)]
        pub async fn stored(it: u16) -> u16 {
            yield_(1).await;
            it
        }
    }
    let mut coroutine = before::asks(Pool(1)).start();
    coroutine.resume(()).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let mut again = of(2).scope(|| restore(after::asks, &bytes)).unwrap();
    assert_eq!(again.resume(()), Ok(Resumed::Complete(2)), "nothing is stored of either");
    let error = of(2).scope(|| restore(after::stored, &bytes)).unwrap_err().to_string();
    assert!(error.contains("`it` was stored as another type; here it is `u16`"), "{error}");
    let mut coroutine = after::stored(1).start();
    coroutine.resume(()).unwrap();
    let error = of(2).scope(|| restore(before::asks, &coroutine.snapshot().unwrap())).unwrap_err().to_string();
    assert!(error.contains("`it` was stored as another type; here it is `Env`"), "{error}");
}

#[durable(yield = u16)]
async fn deep(pool: Pool, n: u16) -> u16 {
    yield_(n).await;
    if n == 0 { pool.0 } else { Box::pin(deep(pool.clone(), n - 1)).await }
}

/// A coroutine that is awaited through a `Box` is decoded where it is resumed.
#[test]
fn what_is_decoded_later_has_the_environment_that_it_was_restored_in() {
    let mut coroutine = deep(Pool(1), 3).start();
    for n in [3, 2, 1, 0] {
        assert_eq!(coroutine.resume(()), Ok(Resumed::Yielded(n)));
    }
    let bytes = coroutine.snapshot().unwrap();
    let mut again = of(2).scope(|| restore(deep, &bytes)).unwrap();
    assert_eq!(of(3).scope(|| again.resume(())), Ok(Resumed::Complete(2)));
}

#[durable(yield = u16)]
async fn holds_nothing() -> u16 {
    Box::pin(deep(Pool(1), 0)).await
}

#[test]
fn what_cannot_be_decoded_is_as_it_was() {
    let mut coroutine = holds_nothing().start();
    coroutine.resume(()).unwrap();
    let mut again = restore(holds_nothing, &coroutine.snapshot().unwrap()).unwrap();
    let Err(ResumeError::Restore(error)) = again.resume(()) else { panic!("there is no environment") };
    assert!(error.to_string().contains("`pool` in `resources::deep`"), "{error}");
    assert_eq!(of(4).scope(|| again.resume(())), Ok(Resumed::Complete(4)));
}

#[test]
fn a_copy_is_made_where_there_is_an_environment() {
    let coroutine = waits();
    let Err(CloneError::Restore(error)) = coroutine.try_clone() else { panic!("there is none") };
    assert!(error.to_string().contains("no environment is in scope"), "{error}");
    let mut copy = of(3).scope(|| coroutine.try_clone()).unwrap();
    assert_eq!(copy.resume(()), Ok(Resumed::Complete([3, 3, 3, 3, 3, 3, 3, 7, 3].into())));
}
