//! A store full of coroutines that sleep: what they take on the disk, and what a worker that opens it takes.
use super::disk::noise;
use super::throughput::World;
use super::{Outcome, fresh, line, rate, remove, tokio};
use coroutine_runtime::prelude::*;
use coroutine_runtime::sleep;
use coroutine_runtime::store::{Checkpoint, Filter, Id, NewCoroutine, Next, Sqlite, Status, Store, Wake};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The argument of the process that opens the store.
pub(crate) const OPEN: &str = "open";

const COUNT: usize = 1_000_000;
const BATCH: usize = 10_000;

#[durable]
async fn sleeps(cargo: Vec<u8>, world: &World) -> u64 {
    sleep(Duration::from_secs(1_000_000)).await;
    world.works(cargo.len() as u64).await
}

pub(crate) fn all(directory: &Path) -> Outcome {
    let path = fresh(directory, "sleeping.db")?;
    let begun = Instant::now();
    tokio()?.block_on(fill(&path))?;
    line("sleepers put into the store, started and committed", &rate(COUNT as u64, begun.elapsed()));
    let bytes = std::fs::metadata(&path)?.len();
    line("bytes on disk for a sleeper with a snapshot of 300 bytes", &format!("{} B", bytes / COUNT as u64));
    let status = Command::new(std::env::current_exe()?).arg(OPEN).arg(&path).status()?;
    if !status.success() {
        return Err("the process that opens the store failed".into());
    }
    remove(directory, "sleeping.db")
}

async fn fill(path: &Path) -> Outcome {
    let store = Sqlite::open(path)?;
    let worker = store.open_worker(0, u64::MAX).await?;
    let function: [std::sync::Arc<str>; 1] = ["sleeps".into()];
    for batch in 0..COUNT / BATCH {
        let new = |n| {
            let id = Id::new(format!("0198c5a0-0000-7000-8000-{:012}", batch * BATCH + n))?;
            Ok(NewCoroutine { id, function: function[0].clone(), args: Vec::new(), parent: None })
        };
        store.start(0, (0..BATCH).map(new).collect::<Result<_, coroutine_runtime::store::IdError>>()?).await?;
        let claimed = store.claim(worker, 0, BATCH, &function).await?;
        let sleep = |loaded: coroutine_runtime::store::Loaded| {
            let wake = Wake { until_ms: Some(1 << 45), ..Wake::default() };
            Checkpoint::new(loaded.id, loaded.revision, Next::Waiting { snapshot: noise(7), wake })
        };
        store.commit(worker, 0, claimed.coroutines.into_iter().map(sleep).collect()).await?;
    }
    store.close_worker(worker, 0).await?;
    Ok(())
}

/// In a process of its own: opens the store, starts a worker, and runs one coroutine.
pub(crate) fn open(path: &Path) -> Outcome {
    tokio()?.block_on(async {
        let before = resident()?;
        let begun = Instant::now();
        let runtime = Runtime::builder(Sqlite::open(path)?).env(World).register(sleeps).register(awake).start().await?;
        line("a worker started on 1,000,000 sleepers", &format!("{:.1?}", begun.elapsed()));
        runtime.start(awake, (1,)).await?.result().await?;
        line("    and its first coroutine at the end", &format!("{:.1?}", begun.elapsed()));
        tokio::time::sleep(Duration::from_secs(2)).await;
        line("    memory that it took", &format!("{} KiB", resident()?.saturating_sub(before)));
        let ready = Filter { status: Some(Status::Ready), function: None };
        if !runtime.list(ready, None, 1).await?.records.is_empty() {
            return Err("somebody woke".into());
        }
        runtime.shutdown().await;
        Ok(())
    })
}

#[durable]
async fn awake(n: u64, world: &World) -> u64 {
    world.works(n).await
}

/// KiB of memory that the process has.
fn resident() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no figure of memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
