//! The tables: the journal; a row for each coroutine, narrow ones for lines, inboxes and keys. In: rows; out: rows. It decides nothing.
use super::codec::{Reader, Writer};
use super::failure::failed;
use crate::store::state::{Base, Line, Row, Standing};
use crate::store::{End, Fate, Id, Message, StoreError, Stored, Wake, WorkerId};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The version of the format, as `user_version` has it.
pub(super) const VERSION: u32 = 1;

/// What brings a store from each version to the next.
pub(super) const MIGRATIONS: [&str; VERSION as usize] = ["
    CREATE TABLE journal (number INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
    CREATE TABLE store (folded INTEGER NOT NULL, last_worker INTEGER NOT NULL) STRICT;
    INSERT INTO store VALUES (0, 0);
    CREATE TABLE worker (number INTEGER PRIMARY KEY, ends_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE coroutine (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        function TEXT NOT NULL,
        fingerprint INTEGER NOT NULL,
        parent TEXT,
        started_ms INTEGER NOT NULL,
        changed_ms INTEGER NOT NULL,
        status INTEGER NOT NULL,
        at INTEGER,
        revision INTEGER NOT NULL,
        serial INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        cancels_asked INTEGER NOT NULL,
        cancels_taken INTEGER NOT NULL,
        next_seq INTEGER NOT NULL,
        has_begun INTEGER NOT NULL,
        stored BLOB,
        wake BLOB,
        watchers BLOB,
        error TEXT,
        progress BLOB,
        result BLOB
    ) STRICT;
    CREATE INDEX child ON coroutine (parent, id) WHERE parent IS NOT NULL;
    CREATE TABLE line (line TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (line, at, id)) STRICT, WITHOUT ROWID;
    CREATE TABLE message (
        n INTEGER NOT NULL, seq INTEGER NOT NULL, channel TEXT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (n, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sent (n INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (n, key)) STRICT, WITHOUT ROWID;
    "];

/// What is known of a store as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// The last record of the journal of which everything is in the other tables.
    pub(super) folded: u64,
    /// The last worker that there was.
    pub(super) last_worker: u64,
    /// The workers that there are, and when their time is over.
    pub(super) workers: BTreeMap<WorkerId, u64>,
}

/// What the tables have of a coroutine, as far as it must be known to write it.
#[derive(Debug)]
struct Known {
    n: i64,
    place: Option<(Line, u64)>,
    seqs: Vec<u64>,
}

/// The tables, through a connection in a transaction.
#[derive(Clone, Copy)]
pub(super) struct Tables<'c>(pub(super) &'c Connection);

/// As SQLite's integers have it; times beyond them are never.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn text_of(line: &Line) -> String {
    match line {
        Line::Ready(function) => format!("ready {function}"),
        Line::Due(function) => format!("due {function}"),
        Line::Owned(worker) => format!("worker {}", worker.number()),
        Line::Ended => "ended".into(),
    }
}

impl<'c> Tables<'c> {
    fn run(&self, sql: &str, params: impl Params) -> Result<(), StoreError> {
        self.0.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map(drop).map_err(failed)
    }

    /// What is known of the store as a whole.
    pub(super) fn head(&self) -> Result<Head, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached("SELECT folded, last_worker FROM store")?;
            let (folded, last_worker) = statement.query_one([], |row| Ok((number(row.get(0)?), number(row.get(1)?))))?;
            let mut statement = self.0.prepare_cached("SELECT number, ends_ms FROM worker")?;
            let workers = statement.query_map([], |row| Ok((WorkerId::new(number(row.get(0)?)), number(row.get(1)?))))?;
            Ok(Head { folded, last_worker, workers: workers.collect::<Result<_, _>>()? })
        };
        read().map_err(failed)
    }

    /// Writes what is known of the store as a whole.
    pub(super) fn set_head(&self, head: &Head) -> Result<(), StoreError> {
        self.run("DELETE FROM worker", [])?;
        for (worker, ends_ms) in &head.workers {
            self.run("INSERT INTO worker VALUES (?, ?)", (integer(worker.number()), integer(*ends_ms)))?;
        }
        self.run("UPDATE store SET folded = ?, last_worker = ?", (integer(head.folded), integer(head.last_worker)))
    }

    /// Puts a record at the end of the journal.
    pub(super) fn append(&self, number: u64, record: &[u8]) -> Result<(), StoreError> {
        self.run("INSERT INTO journal VALUES (?, ?)", (integer(number), record))
    }

    /// Removes the records up to one from the journal.
    pub(super) fn cut(&self, number: u64) -> Result<(), StoreError> {
        self.run("DELETE FROM journal WHERE number <= ?", [integer(number)])
    }

    /// The record behind one.
    pub(super) fn after(&self, before: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached("SELECT record FROM journal WHERE number = ?")?;
            statement.query_row([integer(before.saturating_add(1))], |row| row.get(0)).optional()
        };
        read().map_err(failed)
    }

    /// Writes a row as it is now; or removes it.
    pub(super) fn set_row(&self, id: &Id, row: Option<&Row>) -> Result<(), StoreError> {
        let (known, row) = match (self.known(id)?, row) {
            (None, None) => return Ok(()),
            (Some(known), None) => return self.remove(id, &known),
            (None, Some(row)) => (self.insert(id, row)?, row),
            (Some(known), Some(row)) if row.is_in_base => {
                self.update(&known, row)?;
                (known, row)
            }
            // It was removed, and started again.
            (Some(known), Some(row)) => {
                self.remove(id, &known)?;
                (self.insert(id, row)?, row)
            }
        };
        self.set_place(id, known.place.as_ref(), row.place().as_ref())?;
        self.set_inbox(&known, row)
    }

    fn known(&self, id: &Id) -> Result<Option<Known>, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached("SELECT n, function, status, at, wake FROM coroutine WHERE id = ?")?;
            let columns = |row: &rusqlite::Row<'_>| {
                let function = Arc::<str>::from(row.get_ref(1)?.as_str()?);
                Ok((row.get(0)?, function, row.get(2)?, row.get(3)?, row.get::<_, Option<Vec<u8>>>(4)?))
            };
            let Some((n, function, status, at, wake)) = statement.query_row([id.as_str()], columns).optional()? else { return Ok(None) };
            let mut statement = self.0.prepare_cached("SELECT seq FROM message WHERE n = ? ORDER BY seq")?;
            let seqs = statement.query_map([n], |row| row.get(0).map(number))?.collect::<Result<_, _>>()?;
            Ok(Some((n, seqs, function, status, at, wake)))
        };
        let Some((n, seqs, function, status, at, wake)) = read().map_err(failed)? else { return Ok(None) };
        let wake = wake.as_deref().map(wake_from_bytes).transpose()?.unwrap_or_default();
        Ok(Some(Known { n, place: standing_of(status, at, None)?.place(&function, &wake), seqs }))
    }

    fn insert(&self, id: &Id, row: &Row) -> Result<Known, StoreError> {
        let born: [ToSqlOutput<'_>; 5] = [
            id.as_str().into(),
            (&*row.function).into(),
            row.fingerprint.cast_signed().into(),
            text_or_null(row.parent.as_ref().map(Id::as_str)),
            integer(row.started_ms).into(),
        ];
        self.run(
            "INSERT INTO coroutine (changed_ms, status, at, revision, serial, attempts, cancels_asked, cancels_taken, next_seq, has_begun,
                stored, wake, watchers, error, progress, result, id, function, fingerprint, parent, started_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params_from_iter(changing(row).into_iter().chain(born)),
        )?;
        Ok(Known { n: self.0.last_insert_rowid(), place: None, seqs: Vec::new() })
    }

    fn update(&self, known: &Known, row: &Row) -> Result<(), StoreError> {
        self.run(
            "UPDATE coroutine SET changed_ms = ?, status = ?, at = ?, revision = ?, serial = ?, attempts = ?, cancels_asked = ?,
                cancels_taken = ?, next_seq = ?, has_begun = ?, stored = ?, wake = ?, watchers = ?, error = ?, progress = ?, result = ?
                WHERE n = ?",
            params_from_iter(changing(row).into_iter().chain([known.n.into()])),
        )
    }

    fn remove(&self, id: &Id, known: &Known) -> Result<(), StoreError> {
        self.set_place(id, known.place.as_ref(), None)?;
        self.run("DELETE FROM message WHERE n = ?", [known.n])?;
        self.run("DELETE FROM sent WHERE n = ?", [known.n])?;
        self.run("DELETE FROM coroutine WHERE n = ?", [known.n])
    }

    fn set_place(&self, id: &Id, before: Option<&(Line, u64)>, after: Option<&(Line, u64)>) -> Result<(), StoreError> {
        if before == after {
            return Ok(());
        }
        if let Some((line, at)) = before {
            self.run("DELETE FROM line WHERE line = ? AND at = ? AND id = ?", (text_of(line), integer(*at), id.as_str()))?;
        }
        if let Some((line, at)) = after {
            self.run("INSERT INTO line VALUES (?, ?, ?)", (text_of(line), integer(*at), id.as_str()))?;
        }
        Ok(())
    }

    fn set_inbox(&self, known: &Known, row: &Row) -> Result<(), StoreError> {
        let now: BTreeSet<u64> = row.inbox.iter().map(|message| message.seq).collect();
        for seq in known.seqs.iter().filter(|seq| !now.contains(seq)) {
            self.run("DELETE FROM message WHERE n = ? AND seq = ?", (known.n, integer(*seq)))?;
        }
        let last = known.seqs.last().copied().unwrap_or(0);
        for message in row.inbox.iter().filter(|message| message.seq > last) {
            self.run("INSERT INTO message VALUES (?, ?, ?, ?)", (known.n, integer(message.seq), &*message.channel, &message.payload))?;
        }
        if matches!(row.standing, Standing::Ended { .. }) && row.is_in_base {
            self.run("DELETE FROM sent WHERE n = ?", [known.n])?;
        }
        for key in &row.keys {
            self.run("INSERT OR IGNORE INTO sent VALUES (?, ?)", (known.n, &**key))?;
        }
        Ok(())
    }

    fn inbox(&self, n: i64) -> Result<Vec<Message>, rusqlite::Error> {
        let mut statement = self.0.prepare_cached("SELECT seq, channel, payload FROM message WHERE n = ? ORDER BY seq")?;
        let messages = statement.query_map([n], |row| {
            Ok(Message { seq: number(row.get(0)?), channel: Arc::from(row.get_ref(1)?.as_str()?), payload: row.get(2)? })
        })?;
        messages.collect()
    }
}

/// What is in a row, but for what must be decoded.
struct Columns {
    n: i64,
    row: Row,
    status: i64,
    at: Option<i64>,
    parent: Option<String>,
    wake: Option<Vec<u8>>,
    watchers: Option<Vec<u8>>,
    result: Option<Vec<u8>>,
}

impl Columns {
    fn read(row: &rusqlite::Row<'_>) -> Result<Self, rusqlite::Error> {
        let has_begun: bool = row.get(13)?;
        let stored = row.get::<_, Option<Vec<u8>>>(14)?.unwrap_or_default();
        Ok(Columns {
            n: row.get(0)?,
            status: row.get(5)?,
            at: row.get(6)?,
            parent: row.get(3)?,
            wake: row.get(15)?,
            watchers: row.get(16)?,
            result: row.get(19)?,
            row: Row {
                function: Arc::from(row.get_ref(1)?.as_str()?),
                fingerprint: row.get::<_, i64>(2)?.cast_unsigned(),
                parent: None,
                revision: number(row.get(7)?),
                serial: number(row.get(8)?),
                stored: if has_begun { Stored::Snapshot(stored) } else { Stored::Args(stored) },
                standing: Standing::Waiting,
                wake: Wake::default(),
                attempts: row.get(9)?,
                error: row.get(17)?,
                progress: row.get(18)?,
                cancels_asked: row.get(10)?,
                cancels_taken: row.get(11)?,
                started_ms: number(row.get(20)?),
                changed_ms: number(row.get(4)?),
                inbox: Vec::new(),
                next_seq: number(row.get(12)?),
                keys: BTreeSet::new(),
                is_in_base: true,
                born_in: 0,
                watchers: Vec::new(),
            },
        })
    }

    fn decode(self) -> Result<Row, StoreError> {
        let Columns { mut row, status, at, parent, wake, watchers, result, .. } = self;
        row.parent = parent.map(Id::try_from).transpose().map_err(|_| corrupt("an id that is none"))?;
        if let Some(bytes) = wake {
            row.wake = wake_from_bytes(&bytes)?;
        }
        if let Some(bytes) = watchers {
            row.watchers = Reader::new(&bytes).list(Reader::id)?;
        }
        row.standing = standing_of(status, at, result)?;
        Ok(row)
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("a coroutine's row has {what}"))
}

fn standing_of(status: i64, at: Option<i64>, result: Option<Vec<u8>>) -> Result<Standing, StoreError> {
    let at = number(at.unwrap_or(0));
    let result = result.unwrap_or_default();
    let ended = |end| Standing::Ended { end, counted_from_ms: at };
    Ok(match status {
        0 => Standing::Ready { since_ms: at },
        1 => Standing::Running(WorkerId::new(at)),
        2 => Standing::Waiting,
        3 => Standing::Retrying { until_ms: at },
        4 => Standing::Quarantined,
        5 => ended(End::Completed(result)),
        6 => ended(End::Failed(String::from_utf8(result).map_err(|_| corrupt("an error that is no text"))?)),
        7 => ended(End::Cancelled),
        _ => return Err(corrupt("an unknown status")),
    })
}

/// The columns that change, in the order of the statements that write them.
fn changing(row: &Row) -> [ToSqlOutput<'_>; 16] {
    let (status, at, result) = match &row.standing {
        Standing::Ready { since_ms } => (0, Some(*since_ms), None),
        Standing::Running(worker) => (1, Some(worker.number()), None),
        Standing::Waiting => (2, None, None),
        Standing::Retrying { until_ms } => (3, Some(*until_ms), None),
        Standing::Quarantined => (4, None, None),
        Standing::Ended { end, counted_from_ms } => {
            let (status, result) = match end {
                End::Completed(result) => (5, Some(result.as_slice())),
                End::Failed(error) => (6, Some(error.as_bytes())),
                End::Cancelled => (7, None),
            };
            (status, Some(*counted_from_ms), result)
        }
    };
    let (has_begun, stored) = match &row.stored {
        Stored::Args(args) => (false, args),
        Stored::Snapshot(snapshot) => (true, snapshot),
    };
    [
        integer(row.changed_ms).into(),
        status.into(),
        at.map_or(NULL, |at| integer(at).into()),
        integer(row.revision).into(),
        integer(row.serial).into(),
        row.attempts.into(),
        row.cancels_asked.into(),
        row.cancels_taken.into(),
        integer(row.next_seq).into(),
        has_begun.into(),
        blob_or_null((status < 5).then_some(stored)),
        wake_to_bytes(&row.wake).map_or(NULL, ToSqlOutput::from),
        ids_to_bytes(&row.watchers).map_or(NULL, ToSqlOutput::from),
        text_or_null(row.error.as_deref()),
        blob_or_null(row.progress.as_deref()),
        blob_or_null(result),
    ]
}

const NULL: ToSqlOutput<'static> = ToSqlOutput::Borrowed(ValueRef::Null);

fn blob_or_null(bytes: Option<&[u8]>) -> ToSqlOutput<'_> {
    bytes.map_or(NULL, |bytes| ToSqlOutput::Borrowed(ValueRef::Blob(bytes)))
}

fn text_or_null(text: Option<&str>) -> ToSqlOutput<'_> {
    text.map_or(NULL, ToSqlOutput::from)
}

impl Base for Tables<'_> {
    fn row(&mut self, id: &Id) -> Result<Option<Row>, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached(
                "SELECT n, function, fingerprint, parent, changed_ms, status, at, revision, serial, attempts, cancels_asked,
                    cancels_taken, next_seq, has_begun, stored, wake, watchers, error, progress, result, started_ms
                    FROM coroutine WHERE id = ?",
            )?;
            let Some(mut columns) = statement.query_row([id.as_str()], Columns::read).optional()? else { return Ok(None) };
            columns.row.inbox = self.inbox(columns.n)?;
            Ok(Some(columns))
        };
        read().map_err(failed)?.map(Columns::decode).transpose()
    }

    fn fate(&mut self, id: &Id) -> Result<Fate, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached("SELECT status, at, result FROM coroutine WHERE id = ?")?;
            statement.query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
        };
        let Some((status, at, result)) = read().map_err(failed)? else { return Ok(Fate::Unknown) };
        Ok(match standing_of(status, at, result)? {
            Standing::Ended { end, .. } => Fate::Ended(end),
            _ => Fate::Alive,
        })
    }

    fn has_key(&mut self, to: &Id, key: &str) -> Result<bool, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached("SELECT 1 FROM sent WHERE n = (SELECT n FROM coroutine WHERE id = ?) AND key = ?")?;
            statement.exists((to.as_str(), key))
        };
        read().map_err(failed)
    }

    fn children(&mut self, parent: &Id) -> Result<Vec<Id>, StoreError> {
        self.ids_of("SELECT id FROM coroutine WHERE parent = ? ORDER BY id", [parent.as_str()])
    }

    fn line(&mut self, line: &Line, after: Option<&(u64, Id)>, limit: usize) -> Result<Vec<(u64, Id)>, StoreError> {
        let (at, id) = after.map_or((-1, ""), |(at, id)| (integer(*at), id.as_str()));
        let read = || {
            let mut statement =
                self.0.prepare_cached("SELECT at, id FROM line WHERE line = ? AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?")?;
            let places = statement
                .query_map((text_of(line), at, id, integer(limit as u64)), |row| Ok((number(row.get(0)?), row.get::<_, String>(1)?)))?;
            places.collect::<Result<Vec<_>, _>>()
        };
        let places = read().map_err(failed)?;
        places.into_iter().map(|(at, text)| Ok((at, to_id(text)?))).collect()
    }

    fn ids(&mut self, after: Option<&Id>, limit: usize) -> Result<Vec<Id>, StoreError> {
        let after = after.map_or("", Id::as_str);
        self.ids_of("SELECT id FROM coroutine WHERE id > ? ORDER BY id LIMIT ?", (after, integer(limit as u64)))
    }
}

impl Tables<'_> {
    fn ids_of(&self, sql: &str, params: impl Params) -> Result<Vec<Id>, StoreError> {
        let read = || {
            let mut statement = self.0.prepare_cached(sql)?;
            let ids = statement.query_map(params, |row| row.get::<_, String>(0))?;
            ids.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(failed)?.into_iter().map(to_id).collect()
    }
}

fn to_id(text: String) -> Result<Id, StoreError> {
    Id::try_from(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn ids_to_bytes(ids: &[Id]) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    (!ids.is_empty()).then(|| {
        writer.list(ids, Writer::id);
        writer.bytes
    })
}

fn wake_to_bytes(wake: &Wake) -> Option<Vec<u8>> {
    (*wake != Wake::default()).then(|| {
        let mut writer = Writer::default();
        write_wake(&mut writer, wake);
        writer.bytes
    })
}

pub(super) fn write_wake(writer: &mut Writer, wake: &Wake) {
    writer.option(wake.until_ms, Writer::u64);
    writer.list(&wake.channels, |writer, channel| writer.str(channel));
    writer.list(&wake.ends, Writer::id);
}

fn wake_from_bytes(bytes: &[u8]) -> Result<Wake, StoreError> {
    read_wake(&mut Reader::new(bytes))
}

pub(super) fn read_wake(reader: &mut Reader<'_>) -> Result<Wake, StoreError> {
    Ok(Wake { until_ms: reader.option(Reader::u64)?, channels: reader.list(Reader::text)?, ends: reader.list(Reader::id)? })
}
