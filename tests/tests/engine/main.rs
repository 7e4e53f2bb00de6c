//! What the engine guarantees, each by a test that tries to break it. Most crash at every checkpoint, before it and after it; all run in
//! virtual time, or on real stores where two workers meet.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
use coroutine_runtime::store::{INBOX_MAX, Id, Memory, Sqlite, Status};
use coroutine_runtime::{
    Checkpoints, Child, Client, Env, Erased, JoinError, Resource, RuntimeError, StartError, TestRuntime, cancel, cancelled, checkpoint,
    erase, idempotency_key, join, now, own_id, prelude::*, progress, race, random, receive, select, send, sleep, sleep_until, spawn,
    spawn_as, timeout, uuid,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

mod adapted;
mod cancellation;
mod checkpoints;
mod children;
mod environment;
mod limits;
mod time;
mod workers;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const DAY: Duration = Duration::from_secs(86_400);

/// The world outside: what was done there, try by try.
#[derive(Default)]
struct World {
    tries: Mutex<Vec<String>>,
    done: Mutex<BTreeMap<String, String>>,
}

impl World {
    /// Done once for each key, however often it is tried.
    async fn does(&self, key: &str, what: &str) {
        self.tries.lock().unwrap().push(what.into());
        tokio::task::yield_now().await;
        self.done.lock().unwrap().entry(key.into()).or_insert_with(|| what.into());
    }

    async fn tries(&self, what: &str) -> usize {
        self.tries.lock().unwrap().push(what.into());
        tokio::task::yield_now().await;
        self.tried(what)
    }

    fn tried(&self, what: &str) -> usize {
        self.tries.lock().unwrap().iter().filter(|tried| *tried == what).count()
    }

    fn total(&self) -> usize {
        self.tries.lock().unwrap().len()
    }
}

/// What a step waits at until it is let through.
struct Gate(tokio::sync::Semaphore);
impl Gate {
    async fn passes(&self) -> u32 {
        self.0.acquire().await.unwrap().forget();
        1
    }
}

/// Waits until a coroutine is doing this.
async fn status<R>(it: &Handle<R>, wanted: Status) -> Outcome {
    for _ in 0..2000 {
        if it.status().await? == wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(format!("it is {:?}, not {wanted:?}", it.inspect().await?).into())
}
