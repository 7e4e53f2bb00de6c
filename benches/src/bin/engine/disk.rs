//! What the disk gives, and SQLite alone on it.
use super::{Outcome, fresh, line, per_second, remove, spread};
use rusqlite::{Connection, params};
use std::error::Error;
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
    for (name, step) in [("append 4 KiB and fdatasync", 4096), ("overwrite 4 KiB and fdatasync", 0)] {
        spread(name, synced(directory, TIMES, step)?);
    }
    Ok(())
}

/// How long pages take that are written so far apart, each synced.
pub(crate) fn synced(directory: &Path, times: u64, step: u64) -> Result<Vec<Duration>, Box<dyn Error>> {
    let path = fresh(directory, "probe")?;
    let file = File::create(&path)?;
    let page = [7; 4096];
    let mut taken = Vec::new();
    for n in 0..times {
        let begun = Instant::now();
        file.write_at(&page, n * step)?;
        file.sync_data()?;
        taken.push(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(taken)
}

/// Rows of 300 bytes that are updated in batches; and a batch as one record.
pub(crate) fn sqlite(directory: &Path) -> Outcome {
    for batch in [1, 256] {
        let mut rows = Rows::new(directory)?;
        line(&format!("rows updated in place, {batch} in a transaction"), &format!("{:.0} /s", rows.update(batch, WINDOW)?));
        let mut records = Records::new(directory)?;
        line(&format!("the same as one record, {batch} in it"), &format!("{:.0} /s", records.append(batch, WINDOW)?));
    }
    remove(directory, "rows.db")?;
    remove(directory, "records.db")
}

/// A table of rows, to be changed where they are.
pub(crate) struct Rows {
    connection: Connection,
    done: u64,
}

impl Rows {
    pub(crate) fn new(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let connection = connect(&fresh(directory, "rows.db")?)?;
        connection.execute_batch("CREATE TABLE row (id INTEGER PRIMARY KEY, revision INTEGER, stored BLOB)")?;
        connection.execute_batch("BEGIN")?;
        for id in 0..ROWS {
            connection.prepare_cached("INSERT INTO row VALUES (?, 0, ?)")?.execute(params![id.cast_signed(), noise(id)])?;
        }
        connection.execute_batch("COMMIT")?;
        Ok(Rows { connection, done: 0 })
    }

    /// How many in a second, so many in a transaction.
    pub(crate) fn update(&mut self, batch: u64, window: Duration) -> Result<f64, Box<dyn Error>> {
        let (before, begun) = (self.done, Instant::now());
        while begun.elapsed() < window {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            for _ in 0..batch {
                self.done += 1;
                let id = (self.done * 7_919) % ROWS;
                let mut update = self.connection.prepare_cached("UPDATE row SET revision = revision + 1, stored = ? WHERE id = ?")?;
                update.execute(params![noise(self.done), id.cast_signed()])?;
            }
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(per_second(self.done - before, begun.elapsed()))
    }
}

/// A table of records, to which one is added.
pub(crate) struct Records {
    connection: Connection,
}

impl Records {
    pub(crate) fn new(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let connection = connect(&fresh(directory, "records.db")?)?;
        connection.execute_batch("CREATE TABLE journal (n INTEGER PRIMARY KEY, record BLOB)")?;
        Ok(Records { connection })
    }

    /// How many in a second, so many in a record.
    pub(crate) fn append(&mut self, batch: u64, window: Duration) -> Result<f64, Box<dyn Error>> {
        let (mut done, begun) = (0, Instant::now());
        while begun.elapsed() < window {
            let record: Vec<u8> = (0..batch).flat_map(|n| noise(done + n)).collect();
            self.connection.prepare_cached("INSERT INTO journal (record) VALUES (?)")?.execute([record])?;
            done += batch;
        }
        Ok(per_second(done, begun.elapsed()))
    }
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
