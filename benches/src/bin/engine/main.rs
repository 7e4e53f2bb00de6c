//! What the engine and its store cost, with full durability: `cargo run --release -p coroutine-benches --bin engine`.
//!
//! Beside it, in the same run and on the same disk: what a sync costs, before and after; and SQLite alone, as rows that are updated in place
//! and as one record for each batch. An argument selects the parts whose names contain it. The files are in `target/engine`.
mod disk;
mod latency;
mod ratios;
mod sleeping;
mod throughput;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the parts give.
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().unwrap_or_default();
    if wanted == sleeping::OPEN {
        return sleeping::open(Path::new(&arguments.next().unwrap_or_default()));
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/engine");
    std::fs::create_dir_all(&directory)?;
    let parts: [(&str, &dyn Fn(&Path) -> Outcome); 9] = [
        ("disk before", &disk::syncs),
        ("sqlite alone", &disk::sqlite),
        ("store", &throughput::store),
        ("checkpoints", &throughput::checkpoints),
        ("workflows", &throughput::workflows),
        ("latency", &latency::all),
        ("sleeping", &sleeping::all),
        ("ratios", &ratios::all),
        ("disk after", &disk::syncs),
    ];
    for (name, part) in parts.iter().filter(|(name, _)| name.contains(&wanted)) {
        println!("{name}");
        part(&directory)?;
    }
    Ok(())
}

/// A figure and what it is of.
fn line(name: &str, figure: &str) {
    println!("    {name:<66} {figure:>20}");
}

/// A path at which there is nothing, not even what SQLite and workers keep beside a store.
fn fresh(directory: &Path, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name)) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(directory.join(name))
}

/// Removes a store.
fn remove(directory: &Path, name: &str) -> Outcome {
    fresh(directory, name).map(drop)
}

/// How many in a second.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn rate(count: u64, time: Duration) -> String {
    format!("{:.0} /s", per_second(count, time))
}

/// A part of the sorted times.
fn quantile(sorted: &[Duration], of_hundred: usize) -> Duration {
    sorted.get(sorted.len() * of_hundred / 100).or(sorted.last()).copied().unwrap_or_default()
}

/// The median and the 99th of a hundred.
fn spread(name: &str, mut times: Vec<Duration>) {
    times.sort();
    line(&format!("{name}: p50"), &format!("{:.1?}", quantile(&times, 50)));
    line(&format!("{name}: p99"), &format!("{:.1?}", quantile(&times, 99)));
}

/// The engine's own runtime, as a program would have it.
fn tokio() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
