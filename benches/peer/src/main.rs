//! Workflows of ten steps in the crate durare, on SQLite with full durability: `cargo run --release --manifest-path benches/peer/Cargo.toml`.
//!
//! The same disk and the same figures as `engine`, run one after the other: `synchronous` is FULL instead of durare's own NORMAL, for
//! which a commit may be lost with the power; all else is as its provider sets it.
use durare::{DurableContext, DurableEngine, Result, SqliteProvider, WorkflowOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const STEPS: u32 = 10;

#[durare::workflow]
async fn ten(ctx: DurableContext, n: u64) -> Result<u64> {
    let mut sum = n;
    for _ in 0..STEPS {
        sum += ctx.step("works", || async move { Ok(std::hint::black_box(sum)) }).await?;
    }
    Ok(sum)
}

#[tokio::main(worker_threads = 2)]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/engine");
    std::fs::create_dir_all(&directory)?;
    for (workflows, at_once) in [(30, 1), (320, 16), (512, 256)] {
        let path = directory.join("peer.db");
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // (Its own five seconds are not enough for 256 that write at once.)
            .busy_timeout(Duration::from_secs(60));
        let pool = SqlitePoolOptions::new().max_connections(5).acquire_timeout(Duration::from_secs(300)).connect_with(options).await?;
        let provider = SqliteProvider::from_pool(pool);
        let engine = Arc::new(DurableEngine::new(Arc::new(provider)).await?);
        let begun = Instant::now();
        let tasks: Vec<_> = (0..at_once).map(|_| tokio::spawn(some(engine.clone(), workflows / at_once))).collect();
        for task in tasks {
            task.await??;
        }
        let seconds = begun.elapsed().as_secs_f64();
        let per_second = f64::from(workflows) / seconds;
        println!("{at_once:>5} at once: {:>8.0} steps /s, {per_second:>8.0} workflows of ten steps /s", per_second * f64::from(STEPS));
    }
    Ok(())
}

/// One workflow after the other.
async fn some(engine: Arc<DurableEngine>, count: u32) -> Result<()> {
    for _ in 0..count {
        engine.start_with(Ten, 7, WorkflowOptions::default()).await?.result().await?;
    }
    Ok(())
}
