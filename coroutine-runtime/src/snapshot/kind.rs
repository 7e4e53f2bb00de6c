//! Kinds of frames: a function in one of its states, and which variables of which shapes that state keeps.
//!
//! In: what emitted code says of a function, and what its types would read; out: the record that stands in a snapshot for each kind,
//! and what a snapshot's record differs in. A kind of this program's is computed once and never changes.
use super::error::{RestoreError, SnapshotError};
use super::out::Out;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is known of a function without its variables.
#[derive(Debug)]
pub struct Info {
    /// Its path: `crate::module::function`.
    pub name: &'static str,
    /// Its source file.
    pub file: &'static str,
    /// The states that can be stored; the index is the state's number.
    pub states: &'static [State],
    /// The names of the variables.
    pub slots: &'static [&'static str],
}

/// A state that can be stored.
#[derive(Debug)]
pub struct State {
    /// What it waits for.
    pub label: &'static str,
    /// Where.
    pub line: u32,
    /// The variables that are alive, as indexes of `Info::slots`.
    pub live: &'static [usize],
    /// The variables that are in scope and not used again.
    pub held: &'static [usize],
}

impl Info {
    pub(crate) const NONE: &'static Info = &Info { name: "", file: "", states: &[], slots: &[] };

    /// The name of the variable that is written as the `n`th in a state.
    pub(crate) fn variable(&self, state: usize, n: usize) -> &'static str {
        let slot = self.states.get(state).and_then(|state| {
            let held = || state.held.get(n.checked_sub(state.live.len())?);
            state.live.get(n).or_else(held)
        });
        slot.and_then(|slot| self.slots.get(*slot)).copied().unwrap_or_default()
    }
}

/// A kind of this program's.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) function: &'static str,
    pub(crate) label: &'static str,
    pub(crate) variables: Vec<Variable>,
    /// Whether all its variables can surely be read from bytes that do not describe themselves.
    pub(crate) described: bool,
    /// As it stands in a snapshot.
    pub(crate) record: Vec<u8>,
}

/// A variable of a kind.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// What its type reads, or its name.
    pub(crate) signature: String,
}

/// A kind as it stands in a snapshot: borrowed, and checked to be well-formed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'b> {
    pub(crate) function: &'b str,
    pub(crate) label: &'b str,
    variables: &'b [u8],
}

impl Kind {
    pub(crate) fn new(function: &'static str, label: &'static str, variables: Vec<Variable>, described: bool) -> Self {
        let mut record = Vec::new();
        text(function, &mut record);
        text(label, &mut record);
        record.extend_from_slice(&u16::try_from(variables.len()).unwrap_or(u16::MAX).to_le_bytes());
        for variable in &variables {
            text(variable.name, &mut record);
            record.extend_from_slice(&shape(&variable.signature).to_le_bytes());
        }
        Kind { function, label, variables, described, record }
    }

    /// The record of a kind without variables.
    pub(crate) fn record_of(function: &str, label: &str) -> Vec<u8> {
        let mut record = Vec::new();
        text(function, &mut record);
        text(label, &mut record);
        record.extend_from_slice(&[0, 0]);
        record
    }

    /// The kind of a leaf, whose types are all that is to know.
    pub(crate) fn leaf<T>(function: &'static str, label: &'static str) -> Self {
        let types = Variable { name: "types", signature: std::any::type_name::<T>().into() };
        Kind::new(function, label, vec![types], true)
    }

    /// What a snapshot's record differs in, if it does.
    pub(crate) fn compare(&self, found: Record<'_>) -> Result<(), RestoreError> {
        if found.function != self.function {
            return Err(RestoreError::function(found.function, self.function));
        }
        let mut differences = Vec::new();
        let stored: Vec<(&str, u32)> = found.variables().collect();
        for own in &self.variables {
            match stored.iter().find(|(name, _)| *name == own.name) {
                Some((_, stored)) if *stored == shape(&own.signature) => {}
                Some(_) => differences.push(format!("`{}` was stored as another type; here it is `{}`", own.name, own.signature)),
                None => differences.push(format!("`{}` ({}) was not stored", own.name, own.signature)),
            }
        }
        for (name, _) in &stored {
            if !self.variables.iter().any(|own| own.name == *name) {
                differences.push(format!("`{name}` was stored and is not kept here"));
            }
        }
        if differences.is_empty() && !stored.iter().map(|(name, _)| *name).eq(self.variables.iter().map(|own| own.name)) {
            differences.push("the variables stand in another order".into());
        }
        if differences.is_empty() { Ok(()) } else { Err(RestoreError::shape(self.function, self.label, &differences.join("; "))) }
    }
}

/// A name as 16 bits of length and its bytes; what is longer is cut.
fn text(text: &str, record: &mut Vec<u8>) {
    let mut end = text.len().min(usize::from(u16::MAX));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    record.extend_from_slice(&(end as u16).to_le_bytes());
    record.extend_from_slice(&text.as_bytes()[..end]);
}

/// FNV-1a, 32 bits.
fn shape(signature: &str) -> u32 {
    signature.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl<'b> Record<'b> {
    /// How many bytes the record at the start of `bytes` takes. Its texts may be anything.
    pub(crate) fn length(bytes: &'b [u8]) -> Option<usize> {
        let (_, mut rest) = Self::place(bytes)?;
        for _ in 0..take_u16(&mut rest)? {
            take_bytes(&mut rest)?;
            rest = rest.get(4..)?;
        }
        Some(bytes.len() - rest.len())
    }

    /// The function and the label of a record, unverified, and what comes behind them.
    pub(crate) fn place(record: &'b [u8]) -> Option<((&'b [u8], &'b [u8]), &'b [u8])> {
        let mut rest = record;
        Some(((take_bytes(&mut rest)?, take_bytes(&mut rest)?), rest))
    }

    /// Reads a record at the start of `bytes`, and gives how many it takes.
    pub(crate) fn parse(bytes: &'b [u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let function = take_text(&mut rest)?;
        let label = take_text(&mut rest)?;
        let count = take_u16(&mut rest)?;
        let variables = rest;
        for _ in 0..count {
            take_text(&mut rest)?;
            rest = rest.get(4..)?;
        }
        let variables = &variables[..variables.len() - rest.len()];
        Some((Record { function, label, variables }, bytes.len() - rest.len()))
    }

    /// The variables and their shapes.
    pub(crate) fn variables(self) -> impl Iterator<Item = (&'b str, u32)> {
        let mut rest = self.variables;
        std::iter::from_fn(move || {
            let name = take_text(&mut rest)?;
            let (shape, after) = rest.split_first_chunk()?;
            rest = after;
            Some((name, u32::from_le_bytes(*shape)))
        })
    }
}

fn take_u16(rest: &mut &[u8]) -> Option<u16> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u16::from_le_bytes(*number))
}

fn take_bytes<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::from(take_u16(rest)?);
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

fn take_text<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    std::str::from_utf8(take_bytes(rest)?).ok()
}

// ---- the kinds of this program --------------------------------------------------------------------------

/// What a frame is, in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The address of what computes the shape.
    pub(super) code: usize,
    /// The address of what is known of the function. (Two functions may share code, so one address does not tell them apart.)
    pub(super) info: usize,
    pub(super) state: usize,
}

impl Key {
    #[inline]
    pub(super) fn of(info: &'static Info, code: usize, state: usize) -> Self {
        Key { code, info: std::ptr::from_ref(info) as usize, state }
    }

    /// That of a leaf.
    #[inline]
    pub(super) fn of_leaf<T>(label: &'static str) -> Self {
        // The address of a function of `T`'s own would do, but such may be merged; the address and the length of its name are as good.
        let name = std::any::type_name::<T>();
        Key { code: name.as_ptr() as usize, info: label.as_ptr() as usize, state: name.len() }
    }

    /// A number to find it by.
    #[inline]
    pub(super) fn place(self) -> usize {
        (self.code >> 4) ^ (self.info >> 3) ^ self.state
    }
}

/// Kinds that a thread has looked up lately: each key has one place.
const NEAR: usize = 128;

thread_local! {
    static KINDS: [Cell<Option<(Key, &'static Kind)>>; NEAR] = const { [const { Cell::new(None) }; NEAR] };
}

/// Looks a kind up, and computes it the first time. There are no more kinds than functions have states, so they are never freed.
#[inline]
fn known(key: Key, compute: impl FnOnce() -> Result<Kind, SnapshotError>) -> Result<&'static Kind, SnapshotError> {
    let place = key.place() % NEAR;
    match KINDS.with(|near| near[place].get()) {
        Some((known, kind)) if known == key => Ok(kind),
        _ => {
            let kind = found(key, compute)?;
            KINDS.with(|near| near[place].set(Some((key, kind))));
            Ok(kind)
        }
    }
}

#[cold]
fn found(key: Key, compute: impl FnOnce() -> Result<Kind, SnapshotError>) -> Result<&'static Kind, SnapshotError> {
    static ALL: Mutex<BTreeMap<Key, &'static Kind>> = Mutex::new(BTreeMap::new());
    let known = ALL.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
    if let Some(kind) = known {
        return Ok(kind);
    }
    // (Computed unlocked: it runs `Deserialize`s of users.)
    let kind = compute()?;
    // (Another thread may have been faster: what it found is kept, not this.)
    Ok(*ALL.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert_with(|| Box::leak(Box::new(kind))))
}

/// The kind of a function's frame in a state. `save` is its code for writing, which with such an `Out` only tells shapes.
pub(crate) fn kind<'s>(
    info: &'static Info,
    code: usize,
    state: usize,
    save: &dyn Fn(&mut Out<'s>) -> Result<(), SnapshotError>,
) -> Result<&'static Kind, SnapshotError> {
    known(Key::of(info, code, state), || {
        let mut out = Out::shape(info, state);
        save(&mut out)?;
        let label = info.states.get(state).map_or("", |state| state.label);
        let (variables, described) = out.shapes_found();
        Ok(Kind::new(info.name, label, variables, described))
    })
}

/// The kind of a leaf.
pub(crate) fn leaf<T>(function: &'static str, label: &'static str) -> Result<&'static Kind, SnapshotError> {
    known(Key::of_leaf::<T>(label), || Ok(Kind::leaf::<T>(function, label)))
}
