//! What was done to a store, as bytes: the operations of a transaction are one row of the journal. In: what is asked, and what was decided
//! by looking at lines (who is claimed, who is swept); out: the same, and its effect on a state.
//!
//! A record is a checksum of the rest and operations up to its end; an operation is a byte that tells which, and what it needs.
use super::codec::{Reader, Writer};
use super::tables::{read_wake, write_wake};
use crate::store::state::{Base, State};
use crate::store::{Checkpoint, End, Id, NewCoroutine, NewMessage, Next, StoreError, WorkerId};

const CHECKSUM: usize = 4;

/// Operations of one transaction, as they are written.
#[derive(Debug)]
pub(super) struct Record {
    writer: Writer,
}

impl Default for Record {
    fn default() -> Self {
        Record { writer: Writer { bytes: vec![0; CHECKSUM] } }
    }
}

impl Record {
    pub(super) fn is_empty(&self) -> bool {
        self.writer.bytes.len() == CHECKSUM
    }

    /// The whole record.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let checksum = crc32fast::hash(&self.writer.bytes[CHECKSUM..]);
        if let Some(place) = self.writer.bytes.first_chunk_mut::<CHECKSUM>() {
            *place = checksum.to_le_bytes();
        }
        self.writer.bytes
    }

    fn of(&mut self, tag: u8, worker: WorkerId, now_ms: u64) -> &mut Writer {
        self.writer.u8(tag);
        self.writer.u64(worker.number());
        self.writer.u64(now_ms);
        &mut self.writer
    }

    fn at(&mut self, tag: u8, now_ms: u64) -> &mut Writer {
        self.writer.u8(tag);
        self.writer.u64(now_ms);
        &mut self.writer
    }

    pub(super) fn open_worker(&mut self, now_ms: u64, ttl_ms: u64) {
        self.at(0, now_ms).u64(ttl_ms);
    }

    pub(super) fn heartbeat(&mut self, worker: WorkerId, now_ms: u64, ttl_ms: u64) {
        self.of(1, worker, now_ms).u64(ttl_ms);
    }

    pub(super) fn end_worker(&mut self, worker: WorkerId, now_ms: u64, deposed: bool) {
        self.of(2, worker, now_ms).u8(u8::from(deposed));
    }

    pub(super) fn assign(&mut self, worker: WorkerId, ids: &[Id]) {
        self.of(3, worker, 0).list(ids, Writer::id);
    }

    pub(super) fn release(&mut self, worker: WorkerId, now_ms: u64, ids: &[Id]) {
        self.of(4, worker, now_ms).list(ids, Writer::id);
    }

    pub(super) fn commit(&mut self, worker: WorkerId, now_ms: u64, batch: &[Checkpoint]) {
        self.of(5, worker, now_ms).list(batch, write_checkpoint);
    }

    pub(super) fn start(&mut self, now_ms: u64, coroutines: &[NewCoroutine]) {
        self.at(6, now_ms).list(coroutines, write_coroutine);
    }

    pub(super) fn send(&mut self, now_ms: u64, messages: &[NewMessage]) {
        self.at(7, now_ms).list(messages, write_message);
    }

    pub(super) fn cancel(&mut self, now_ms: u64, id: &Id) {
        self.at(8, now_ms).id(id);
    }

    pub(super) fn resume(&mut self, now_ms: u64, id: &Id) {
        self.at(9, now_ms).id(id);
    }

    pub(super) fn fail(&mut self, now_ms: u64, id: &Id, error: &str) {
        let writer = self.at(10, now_ms);
        writer.id(id);
        writer.str(error);
    }

    pub(super) fn sweep(&mut self, now_ms: u64, removed: &[Id], passed: &[Id]) {
        let writer = self.at(11, now_ms);
        writer.list(removed, Writer::id);
        writer.list(passed, Writer::id);
    }
}

/// Does what a record says to a state.
pub(super) fn replay(record: &[u8], state: &mut State, base: &mut dyn Base) -> Result<(), StoreError> {
    let damaged = || StoreError::Corrupt("a record of the journal has a wrong checksum".into());
    let (checksum, operations) = record.split_first_chunk::<CHECKSUM>().ok_or_else(damaged)?;
    if crc32fast::hash(operations) != u32::from_le_bytes(*checksum) {
        return Err(damaged());
    }
    let mut reader = Reader::new(operations);
    while !reader.is_at_end() {
        operation(&mut reader, state, base)?;
    }
    Ok(())
}

fn operation(reader: &mut Reader<'_>, state: &mut State, base: &mut dyn Base) -> Result<(), StoreError> {
    let tag = reader.u8()?;
    let worker = WorkerId::new(if (1..=5).contains(&tag) { reader.u64()? } else { 0 });
    let now_ms = reader.u64()?;
    match tag {
        0 => drop(state.open_worker(now_ms, reader.u64()?)),
        1 => state.heartbeat(worker, now_ms, reader.u64()?)?,
        2 => state.end_worker(base, worker, now_ms, reader.u8()? != 0)?,
        3 => state.assign(base, worker, &reader.list(Reader::id)?)?,
        4 => state.release(base, worker, now_ms, &reader.list(Reader::id)?)?,
        5 => drop(state.commit(base, worker, now_ms, reader.list(read_checkpoint)?)?),
        6 => drop(state.start(base, now_ms, reader.list(read_coroutine)?)?),
        7 => drop(state.send(base, now_ms, reader.list(read_message)?)?),
        8 => drop(state.cancel(base, now_ms, &reader.id()?)?),
        9 => drop(state.resume(base, now_ms, &reader.id()?)?),
        10 => drop(state.fail(base, now_ms, &reader.id()?, reader.str()?.to_owned())?),
        11 => drop(state.sweep(base, now_ms, &reader.list(Reader::id)?, &reader.list(Reader::id)?)?),
        _ => return Err(reader.error("an operation")),
    }
    Ok(())
}

fn write_coroutine(writer: &mut Writer, new: &NewCoroutine) {
    writer.id(&new.id);
    writer.str(&new.function);
    writer.bytes(&new.args);
    writer.option(new.parent.as_ref(), Writer::id);
}

fn read_coroutine(reader: &mut Reader<'_>) -> Result<NewCoroutine, StoreError> {
    Ok(NewCoroutine { id: reader.id()?, function: reader.text()?, args: reader.bytes()?, parent: reader.option(Reader::id)? })
}

fn write_message(writer: &mut Writer, message: &NewMessage) {
    writer.id(&message.to);
    writer.str(&message.channel);
    writer.option(message.key.as_deref(), Writer::str);
    writer.bytes(&message.payload);
}

fn read_message(reader: &mut Reader<'_>) -> Result<NewMessage, StoreError> {
    Ok(NewMessage { to: reader.id()?, channel: reader.text()?, key: reader.option(Reader::text)?, payload: reader.bytes()? })
}

fn write_checkpoint(writer: &mut Writer, checkpoint: &Checkpoint) {
    let Checkpoint { id, revision, next, serial, consumed, cancels_taken, starts, sends, cancels, progress } = checkpoint;
    writer.id(id);
    writer.u64(*revision);
    write_next(writer, next);
    writer.u64(*serial);
    writer.list(consumed, |writer, seq| writer.u64(*seq));
    writer.u64(u64::from(*cancels_taken));
    writer.list(starts, write_coroutine);
    writer.list(sends, write_message);
    writer.list(cancels, Writer::id);
    writer.option(progress.as_deref(), Writer::bytes);
}

fn read_checkpoint(reader: &mut Reader<'_>) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint {
        id: reader.id()?,
        revision: reader.u64()?,
        next: read_next(reader)?,
        serial: reader.u64()?,
        consumed: reader.list(Reader::u64)?,
        cancels_taken: reader.u32()?,
        starts: reader.list(read_coroutine)?,
        sends: reader.list(read_message)?,
        cancels: reader.list(Reader::id)?,
        progress: reader.option(Reader::bytes)?,
    })
}

fn write_next(writer: &mut Writer, next: &Next) {
    match next {
        Next::Running { snapshot } => {
            writer.u8(0);
            writer.bytes(snapshot);
        }
        Next::Waiting { snapshot, wake } => {
            writer.u8(1);
            writer.bytes(snapshot);
            write_wake(writer, wake);
        }
        Next::Retrying { error, attempts, until_ms } => {
            writer.u8(2);
            writer.str(error);
            writer.u64(u64::from(*attempts));
            writer.u64(*until_ms);
        }
        Next::Quarantined { error } => {
            writer.u8(3);
            writer.str(error);
        }
        Next::Released => writer.u8(4),
        Next::Ended(End::Completed(result)) => {
            writer.u8(5);
            writer.bytes(result);
        }
        Next::Ended(End::Failed(error)) => {
            writer.u8(6);
            writer.str(error);
        }
        Next::Ended(End::Cancelled) => writer.u8(7),
    }
}

fn read_next(reader: &mut Reader<'_>) -> Result<Next, StoreError> {
    Ok(match reader.u8()? {
        0 => Next::Running { snapshot: reader.bytes()? },
        1 => Next::Waiting { snapshot: reader.bytes()?, wake: read_wake(reader)? },
        2 => Next::Retrying { error: reader.str()?.to_owned(), attempts: reader.u32()?, until_ms: reader.u64()? },
        3 => Next::Quarantined { error: reader.str()?.to_owned() },
        4 => Next::Released,
        5 => Next::Ended(End::Completed(reader.bytes()?)),
        6 => Next::Ended(End::Failed(reader.str()?.to_owned())),
        7 => Next::Ended(End::Cancelled),
        _ => return Err(reader.error("what becomes of a coroutine")),
    })
}
