//! What the disk gives, and SQLite alone on it.
use super::{Outcome, fresh, line, rate, remove, spread};
use rusqlite::{Connection, params};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const TIMES: u64 = 500;
/// How long each contender runs.
pub(crate) const WINDOW: Duration = Duration::from_secs(3);
const ROWS: u64 = 100_000;
const BYTES: usize = 300;

/// A page over an old one and behind the last, each synced.
pub(crate) fn syncs(directory: &Path) -> Outcome {
    let path = fresh(directory, "probe")?;
    let file = File::create(&path)?;
    let page = [7; 4096];
    for (name, step) in [("append 4 KiB and fdatasync", 4096), ("overwrite 4 KiB and fdatasync", 0)] {
        let mut times = Vec::new();
        for n in 0..TIMES {
            let begun = Instant::now();
            file.write_at(&page, n * step)?;
            file.sync_data()?;
            times.push(begun.elapsed());
        }
        spread(name, times);
    }
    Ok(std::fs::remove_file(path)?)
}

/// Rows of 300 bytes that are updated in batches; and a batch as one record.
pub(crate) fn sqlite(directory: &Path) -> Outcome {
    for batch in [1, 256] {
        let path = fresh(directory, "raw.db")?;
        let connection = connect(&path)?;
        connection.execute_batch("CREATE TABLE row (id INTEGER PRIMARY KEY, revision INTEGER, stored BLOB)")?;
        connection.execute_batch("BEGIN")?;
        for id in 0..ROWS {
            connection.prepare_cached("INSERT INTO row VALUES (?, 0, ?)")?.execute(params![id.cast_signed(), noise(id)])?;
        }
        connection.execute_batch("COMMIT")?;
        let (mut done, begun) = (0, Instant::now());
        while begun.elapsed() < WINDOW {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for _ in 0..batch {
                done += 1;
                let id = (done * 7_919) % ROWS;
                let mut update = connection.prepare_cached("UPDATE row SET revision = revision + 1, stored = ? WHERE id = ?")?;
                update.execute(params![noise(done), id.cast_signed()])?;
            }
            connection.execute_batch("COMMIT")?;
        }
        line(&format!("rows updated in place, {batch} in a transaction"), &rate(done, begun.elapsed()));

        let connection = connect(&fresh(directory, "raw.db")?)?;
        connection.execute_batch("CREATE TABLE journal (n INTEGER PRIMARY KEY, record BLOB)")?;
        let (mut done, begun) = (0, Instant::now());
        while begun.elapsed() < WINDOW {
            let record: Vec<u8> = (0..batch).flat_map(|n| noise(done + n)).collect();
            connection.prepare_cached("INSERT INTO journal (record) VALUES (?)")?.execute([record])?;
            done += batch;
        }
        line(&format!("the same as one record, {batch} in it"), &rate(done, begun.elapsed()));
    }
    remove(directory, "raw.db")
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    Ok(connection)
}

/// Bytes that cannot be made shorter.
pub(crate) fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(BYTES + 8);
    while bytes.len() < BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(BYTES);
    bytes
}
