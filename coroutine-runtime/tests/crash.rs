//! Real processes that are killed at random instants, on one store: every coroutine ends, each effect outside has happened, none under two
//! keys, and none is tried again once the next has begun.
//!
//! The test ends two workers that share a store with SIGKILL, one or the other, and starts new ones in their places, while this process
//! starts coroutines and asks for their results. A short batch is a test; the long one, with its figures:
//!
//! ```sh
//! CRASH_KILLS=400 CRASH_JOURNEYS=2000 cargo test -p coroutine-runtime --features sqlite --test crash --release -- --nocapture
//! ```
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::{Id, Sqlite};
use coroutine_runtime::{Client, Handle, idempotency_key, own_id, receive, send, sleep, spawn};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many legs a journey has, and how many reports its errand sends.
const LEGS: u64 = 3;
const REPORTS: u64 = 3;
/// Where the store and the ledger are: a process that finds this is a worker.
const DIRECTORY: &str = "CRASH_DIRECTORY";
/// No test takes longer.
const LONGEST: Duration = Duration::from_secs(600);

/// Steps, a sleep, a child, messages from it, its end, and a step.
#[durable]
async fn journey(n: u64, world: &World) -> String {
    let mut seen = Vec::new();
    for leg in 0..LEGS {
        let key = idempotency_key().await;
        seen.push(world.works(&key, &format!("journey {n}"), leg).await);
    }
    sleep(Duration::from_millis(n % 40)).await;
    let me = own_id().await;
    let child = spawn(errand, (n, me)).await;
    for _ in 0..REPORTS {
        let report: String = receive("report").await;
        seen.push(report);
    }
    match child.join().await {
        Ok(last) => seen.push(last),
        Err(error) => seen.push(error.to_string()),
    }
    let key = idempotency_key().await;
    seen.push(world.works(&key, &format!("journey {n}"), LEGS).await);
    seen.join(", ")
}

#[durable]
async fn errand(n: u64, to: Id, world: &World) -> String {
    for report in 0..REPORTS {
        let key = idempotency_key().await;
        let done = world.works(&key, &format!("errand {n}"), report).await;
        send(to.clone(), "report", done).await;
    }
    format!("errand {n} is over")
}

fn expected(n: u64) -> String {
    let journey = |leg| format!("journey {n} did {leg}");
    let errand = |report| format!("errand {n} did {report}");
    let mut seen: Vec<String> = (0..LEGS).map(journey).chain((0..REPORTS).map(errand)).collect();
    seen.extend([format!("errand {n} is over"), journey(LEGS)]);
    seen.join(", ")
}

/// The world outside: a line for each try, and one for each effect.
struct World {
    ledger: File,
}

impl World {
    fn open(directory: &Path) -> Self {
        World { ledger: OpenOptions::new().create(true).append(true).open(directory.join("ledger")).unwrap() }
    }

    async fn works(&self, key: &str, who: &str, what: u64) -> String {
        self.line(&format!("tries\t{key}\t{who}\t{what}\n"));
        tokio::time::sleep(Duration::from_millis(what)).await;
        self.line(&format!("did\t{key}\t{who}\t{what}\n"));
        format!("{who} did {what}")
    }

    /// (One write at the end of the file: lines of processes do not mix.)
    fn line(&self, line: &str) {
        (&self.ledger).write_all(line.as_bytes()).unwrap();
    }
}

fn store(directory: &Path) -> Sqlite {
    // Folds often, so that kills come in the middle of it.
    Sqlite::options().journal_bytes(40_000).open(directory.join("store.db")).unwrap()
}

/// Not a test of its own: what the processes do that are killed.
#[test]
fn worker() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let builder = Runtime::builder(store(&directory)).env(World::open(&directory)).register(journey).register(errand);
        let _runtime = builder.start().await.unwrap();
        // It ends with the process that started it, if that does not end it.
        let _ = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await;
    });
}

/// A worker in a process of its own.
fn begin(directory: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["worker", "--exact", "--nocapture"]).env(DIRECTORY, directory);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}

fn kill(mut worker: Child) {
    worker.kill().unwrap();
    let status = worker.wait().unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "it was alive until it was killed");
}

fn wanted(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Xorshift.
fn random(state: &mut u64, end: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % end
}

#[test]
fn killed_at_random_instants_everything_ends_and_nothing_is_repeated() {
    let (kills, journeys) = (wanted("CRASH_KILLS", 30), wanted("CRASH_JOURNEYS", 200));
    let seed = wanted("CRASH_SEED", u64::from(std::process::id()) | 1);
    println!("seed {seed}: {kills} kills, {journeys} journeys");
    let directory = std::env::temp_dir().join(format!("crash-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run(&directory, kills, journeys, seed));
    std::fs::remove_dir_all(&directory).unwrap();
}

async fn run(directory: &Path, kills: u64, journeys: u64, seed: u64) {
    let begun = Instant::now();
    let client = Client::new(store(directory));
    let started = tokio::spawn(start(client, journeys, kills));
    let mut state = seed;
    let mut workers = vec![begin(directory), begin(directory)];
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random(&mut state, 200))).await;
        let victim = usize::try_from(random(&mut state, 2)).unwrap();
        kill(std::mem::replace(&mut workers[victim], begin(directory)));
    }
    let killing = begun.elapsed();
    let mut wrong = Vec::new();
    for (n, handle) in started.await.unwrap() {
        let left = LONGEST.saturating_sub(begun.elapsed());
        match tokio::time::timeout(left, handle.result()).await {
            Ok(Ok(result)) if result == expected(n) => {}
            other => wrong.push(format!("journey {n}: {other:?}")),
        }
    }
    workers.into_iter().for_each(kill);
    assert!(wrong.is_empty(), "{} journeys went wrong: {wrong:#?}", wrong.len());
    println!("{kills} kills in {killing:?}; all journeys had ended after {:?}", begun.elapsed());
    check(&std::fs::read_to_string(directory.join("ledger")).unwrap(), journeys);
}

/// Starts the journeys, some at a time, for about as long as there are kills.
async fn start(client: Client, journeys: u64, kills: u64) -> Vec<(u64, Handle<String>)> {
    let mut handles = Vec::new();
    for n in 0..journeys {
        handles.push((n, client.start_as(format!("journey-{n}"), journey, (n,)).await.unwrap()));
        if n % 10 == 9 {
            tokio::time::sleep(Duration::from_millis(1_000 * kills / journeys)).await;
        }
    }
    handles
}

/// Looks whether the ledger is right, and prints the figures.
fn check(ledger: &str, journeys: u64) {
    let mut tries = 0;
    let mut keys: BTreeMap<(&str, u64), BTreeSet<&str>> = BTreeMap::new();
    let mut furthest: BTreeMap<&str, u64> = BTreeMap::new();
    let mut repeated = Vec::new();
    for line in ledger.lines() {
        let [verb, key, who, what] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("a line is torn: {line}") };
        let what: u64 = what.parse().unwrap();
        if verb == "did" {
            keys.entry((who, what)).or_default().insert(key);
            continue;
        }
        tries += 1;
        let furthest = furthest.entry(who).or_insert(0);
        if what < *furthest {
            repeated.push(line);
        }
        *furthest = what.max(*furthest);
    }
    let whos = (0..journeys).flat_map(|n| {
        let legs = (0..=LEGS).map(move |leg| (format!("journey {n}"), leg));
        legs.chain((0..REPORTS).map(move |report| (format!("errand {n}"), report)))
    });
    let missing: Vec<_> = whos.filter(|(who, what)| !keys.contains_key(&(who.as_str(), *what))).collect();
    let twice: Vec<_> = keys.iter().filter(|(_, keys)| keys.len() > 1).collect();
    let effects = keys.len();
    println!("{effects} effects in {tries} tries: {} missing, {} under two keys, {} repeated", missing.len(), twice.len(), repeated.len());
    assert!(missing.is_empty() && twice.is_empty() && repeated.is_empty(), "{missing:?} {twice:?} {repeated:?}");
    assert_eq!(u64::try_from(effects).unwrap(), journeys * (LEGS + 1 + REPORTS));
    assert!(tries > effects, "no kill came in the middle of a step: the test has shown nothing");
}
