//! A thousand children, started and joined.
//!
//! `survey` starts a coroutine for each of a thousand towns and adds up what they give. Each child has steps, sleeps and a life of its own
//! in the store; the parent sees how each ends, as a value. It can be killed at any instant and run again.
//!
//! ```sh
//! cargo run --release --example fan_out                 # a thousand; `--children N` for more or fewer
//! ```
//!
//! `--directory D` says where `fan_out.db` goes; it is removed at the end.
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::Sqlite;
use coroutine_runtime::{Child, progress, sleep, spawn};
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Asks all towns, at the same time.
#[durable]
async fn survey(towns: u64) -> (u64, u64) {
    let mut asked: Vec<Child<u64>> = Vec::new();
    for n in 0..towns {
        asked.push(spawn(town, (n,)).await);
    }
    let (mut people, mut silent) = (0, 0);
    for (n, child) in asked.iter().enumerate() {
        match child.join().await {
            Ok(count) => people += count,
            Err(_) => silent += 1,
        }
        progress(n + 1).await;
    }
    (people, silent)
}

/// Counts the people of a town: walks through it twice, with a night between.
#[durable]
async fn town(n: u64) -> u64 {
    let first = count(n).await;
    sleep(Duration::from_millis(200)).await;
    let second = count(n).await;
    (first + second) / 2
}

/// The world: a step.
async fn count(n: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(5)).await;
    100 + n % 7
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut towns, mut directory) = (1000, PathBuf::from("."));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(format!("`{argument}` needs a value"))?;
        match &*argument {
            "--children" => towns = value.parse()?,
            "--directory" => directory = value.into(),
            _ => return Err(format!("unknown argument {argument}; there are `--children N` and `--directory D`").into()),
        }
    }

    let runtime = Runtime::builder(Sqlite::open(directory.join("fan_out.db"))?)
        .register(survey)
        .register(town)
        .lease(Duration::from_secs(1))
        .start()
        .await?;
    println!("kill me at any instant, and run me again: kill -9 {}", std::process::id());
    let begin = Instant::now();
    let survey = runtime.start_as("survey", survey, (towns,)).await?;

    let mut shows = tokio::time::interval(Duration::from_millis(100));
    let (people, silent) = loop {
        tokio::select! {
            result = survey.result() => break result?,
            _ = shows.tick() => show(survey.inspect().await?.progress::<u64>()?.unwrap_or_default(), towns)?,
        }
    };
    show(towns, towns)?;
    println!("\n{people} people in {towns} towns, {silent} of which gave no answer, after {:.1} s", begin.elapsed().as_secs_f64());
    runtime.shutdown().await;
    for file in ["fan_out.db", "fan_out.db-wal", "fan_out.db-shm"] {
        coroutine_examples::remove(&directory.join(file))?;
    }
    Ok(())
}

/// A bar of how far it is.
fn show(joined: u64, towns: u64) -> std::io::Result<()> {
    let width = usize::try_from(joined * 50 / towns.max(1)).unwrap_or(50);
    print!("\r[{:<50}] {joined} of {towns} joined", "=".repeat(width));
    std::io::stdout().flush()
}
