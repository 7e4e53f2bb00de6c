//! What a store holds, and every rule about it, once for all stores. In: what is asked, with the time; out: the answer. It does no I/O
//! of its own and is deterministic: the same calls on the same state give the same answers and the same state.
//!
//! A state may lie over a [`Base`], from which it takes rows when it first needs them; from then on its own row counts. All calls may fail
//! for the base alone; then the state is to be thrown away.
//!
//! `row` is one coroutine; `workers` opens, deposes and feeds those who run them; `checkpoints` is what becomes of coroutines, `outside`
//! what others ask. Here is how rows are found, changed, and kept in their lines.
#![cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only a store on disk lies over a base"))]
mod checkpoints;
mod outside;
mod row;
mod workers;

pub(super) use row::{Row, Standing};

use super::StoreError;
use super::types::{Fate, Id, WorkerId};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// How many rows are asked of the base at a time.
const BASE_PAGE: usize = 512;

/// Rows that a state has not seen yet.
pub(super) trait Base {
    /// The row of a coroutine.
    fn row(&mut self, id: &Id) -> Result<Option<Row>, StoreError>;
    /// What is known of how it ended.
    fn fate(&mut self, id: &Id) -> Result<Fate, StoreError>;
    /// Whether a message with this key was sent to it.
    fn has_key(&mut self, to: &Id, key: &str) -> Result<bool, StoreError>;
    /// The coroutines that it started.
    fn children(&mut self, parent: &Id) -> Result<Vec<Id>, StoreError>;
    /// The first of a line, after a place in it.
    fn line(&mut self, line: &Line, after: Option<&(u64, Id)>, limit: usize) -> Result<Vec<(u64, Id)>, StoreError>;
    /// The first ids after one.
    fn ids(&mut self, after: Option<&Id>, limit: usize) -> Result<Vec<Id>, StoreError>;
}

/// No rows.
pub(super) struct Nothing;

impl Base for Nothing {
    fn row(&mut self, _: &Id) -> Result<Option<Row>, StoreError> {
        Ok(None)
    }

    fn fate(&mut self, _: &Id) -> Result<Fate, StoreError> {
        Ok(Fate::Unknown)
    }

    fn has_key(&mut self, _: &Id, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn children(&mut self, _: &Id) -> Result<Vec<Id>, StoreError> {
        Ok(Vec::new())
    }

    fn line(&mut self, _: &Line, _: Option<&(u64, Id)>, _: usize) -> Result<Vec<(u64, Id)>, StoreError> {
        Ok(Vec::new())
    }

    fn ids(&mut self, _: Option<&Id>, _: usize) -> Result<Vec<Id>, StoreError> {
        Ok(Vec::new())
    }
}

/// What coroutines stand in line for. Each stands in one line at most, at a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    /// To be claimed, by function. The number, the time since when, is for the order alone: clocks of workers differ.
    Ready(Arc<str>),
    /// To be claimed from a time on, by function.
    Due(Arc<str>),
    /// To be given back when their worker is gone.
    Owned(WorkerId),
    /// To be swept; the number is when they ended, or were passed over by a sweep.
    Ended,
}

/// A row, or that it is gone.
#[derive(Debug)]
struct Slot {
    /// (Shared with who brings it into the base.)
    row: Option<Arc<Row>>,
    /// The last batch that changed it; 0 if it was only looked at.
    changed_in: u64,
}

/// What a store holds, as far as it is not in the base.
#[derive(Debug, Default)]
pub(super) struct State {
    slots: HashMap<Id, Slot>,
    lines: BTreeMap<Line, BTreeSet<(u64, Id)>>,
    /// How far the base's lines were passed: up to there, all who stand in one have a row here that counts.
    passed: BTreeMap<Line, (u64, Id)>,
    /// (parent, child)
    children: BTreeSet<(Id, Id)>,
    /// When their time is over.
    pub(super) workers: BTreeMap<WorkerId, u64>,
    pub(super) last_worker: u64,
    /// The number of the batch that is under way, and whose rows it has changed so far; 0 if nobody wants to know.
    batch: u64,
    changed: Vec<Id>,
    /// Whose rows were changed in earlier batches, for those that are not in the base yet.
    earlier: VecDeque<(u64, Vec<Id>)>,
    /// Whose rows were taken from the base in this batch.
    taken: Vec<Id>,
    /// How many coroutines became ready.
    readied: usize,
    /// Whether something changed that somebody may wait for.
    stirred: bool,
}

impl State {
    /// A state over a base that has these workers.
    pub(super) fn new(workers: BTreeMap<WorkerId, u64>, last_worker: u64) -> Self {
        State { workers, last_worker, ..State::default() }
    }

    /// Whether something changed that somebody may wait for, since the last time that this was asked.
    pub(super) fn has_stirred(&mut self) -> bool {
        std::mem::take(&mut self.stirred)
    }

    /// Begins a batch. From now on who changes is remembered; who was only looked at before is not.
    pub(super) fn begin(&mut self, batch: u64) {
        for id in std::mem::take(&mut self.taken) {
            self.forget_unless_changed_after(0, &id);
        }
        if !self.changed.is_empty() {
            self.earlier.push_back((self.batch, std::mem::take(&mut self.changed)));
        }
        self.batch = batch;
    }

    /// Forgets the rows that are in the base: those that were changed last in this batch or before it.
    pub(super) fn forget(&mut self, batch: u64) {
        self.passed.clear();
        while self.earlier.front().is_some_and(|(of, _)| *of <= batch) {
            let (_, ids) = self.earlier.pop_front().unwrap_or_default();
            for id in ids {
                self.forget_unless_changed_after(batch, &id);
                let kept = self.slots.get_mut(&id).and_then(|slot| slot.row.as_mut());
                if let Some(row) = kept.filter(|row| !row.is_in_base && row.born_in <= batch) {
                    Arc::make_mut(row).is_in_base = true;
                }
            }
        }
    }

    fn forget_unless_changed_after(&mut self, batch: u64, id: &Id) {
        if self.slots.get(id).is_some_and(|slot| slot.changed_in <= batch)
            && let Some(row) = self.slots.remove(id).and_then(|slot| slot.row)
        {
            self.unlist(id, &row);
        }
    }

    /// How many rows there are here that nobody runs.
    pub(super) fn at_rest(&self) -> usize {
        let owned = self.workers.keys().filter_map(|worker| self.lines.get(&Line::Owned(*worker)));
        self.slots.len().saturating_sub(owned.map(BTreeSet::len).sum())
    }

    /// The rows that are not in the base as they are here, by their ids; none of those that are gone.
    pub(super) fn unlike_base(&self) -> Vec<(Id, Option<Arc<Row>>)> {
        let changed = self.slots.iter().filter(|(_, slot)| slot.changed_in > 0);
        let mut rows: Vec<_> = changed.map(|(id, slot)| (id.clone(), slot.row.clone())).collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        rows
    }

    // Rows and lines.

    /// The row of a coroutine, taken from the base if it is not here yet.
    fn row(&mut self, base: &mut dyn Base, id: &Id) -> Result<Option<&Row>, StoreError> {
        if !self.slots.contains_key(id) {
            let Some(row) = base.row(id)? else { return Ok(None) };
            self.insert(id.clone(), row);
            self.taken.push(id.clone());
        }
        Ok(self.slots.get(id).and_then(|slot| slot.row.as_deref()))
    }

    fn insert(&mut self, id: Id, mut row: Row) {
        row.born_in = self.batch;
        if let Some((line, at)) = row.place() {
            self.lines.entry(line).or_default().insert((at, id.clone()));
        }
        if let Some(parent) = &row.parent {
            self.children.insert((parent.clone(), id.clone()));
        }
        // What was removed in this batch is among the changed already.
        let changed_in = self.slots.get(&id).map_or(0, |slot| slot.changed_in);
        self.slots.insert(id, Slot { row: Some(Arc::new(row)), changed_in });
    }

    /// Changes a row that is here, and its place in the lines with it.
    fn change<T: Default>(&mut self, id: &Id, change: impl FnOnce(&mut Row) -> T) -> T {
        let Some(slot) = self.slots.get_mut(id) else { return T::default() };
        let Some(row) = &mut slot.row else { return T::default() };
        let before = row.place();
        let changed = change(Arc::make_mut(row));
        let after = row.place();
        if slot.changed_in != self.batch {
            slot.changed_in = self.batch;
            self.changed.push(id.clone());
        }
        if before != after {
            if let Some((line, at)) = before {
                self.leave(&line, at, id);
            }
            if let Some((line, at)) = after {
                self.lines.entry(line).or_default().insert((at, id.clone()));
            }
        }
        changed
    }

    fn remove(&mut self, id: &Id) {
        self.change(id, |_| ());
        let Some(row) = self.slots.get_mut(id).and_then(|slot| slot.row.take()) else { return };
        self.unlist(id, &row);
        if self.batch == 0 {
            self.slots.remove(id);
        }
    }

    /// Takes a row out of the lines and from among its parent's children.
    fn unlist(&mut self, id: &Id, row: &Row) {
        if let Some((line, at)) = row.place() {
            self.leave(&line, at, id);
        }
        if let Some(parent) = &row.parent {
            self.children.remove(&(parent.clone(), id.clone()));
        }
    }

    fn leave(&mut self, line: &Line, at: u64, id: &Id) {
        if let Some(places) = self.lines.get_mut(line) {
            places.remove(&(at, id.clone()));
            if places.is_empty() {
                self.lines.remove(line);
            }
        }
    }

    /// Makes a coroutine that rests ready.
    fn wake(&mut self, id: &Id, now_ms: u64) {
        self.change(id, |row| row.standing = Standing::Ready { since_ms: now_ms });
        self.stir_ready();
    }

    fn stir(&mut self) {
        self.stirred = true;
    }

    fn stir_ready(&mut self) {
        self.stirred = true;
        self.readied += 1;
    }

    /// The first of a line: `want` of them, or all that stand before `until` and one more.
    fn in_line(&mut self, base: &mut dyn Base, line: &Line, want: usize, until: u64) -> Result<Vec<(u64, Id)>, StoreError> {
        let mut first: Vec<(u64, Id)> = self.lines.get(line).into_iter().flatten().take(want).cloned().collect();
        let (mut found, mut last) = (0, self.passed.get(line).cloned());
        let (mut passes, mut passed) = (true, None);
        loop {
            let page = base.line(line, last.as_ref(), want.min(BASE_PAGE))?;
            let is_last = page.len() < want.min(BASE_PAGE);
            last = page.last().cloned();
            let before = found;
            for place in page {
                let slot = self.slots.get(&place.1);
                // (Who was only looked at is forgotten again, while the base stays as it is.)
                passes &= slot.is_some_and(|slot| slot.changed_in > 0);
                if passes {
                    passed = Some(place.clone());
                }
                if slot.is_none() {
                    first.push(place);
                    found += 1;
                }
            }
            let is_past = found > before && last.as_ref().is_some_and(|(at, _)| *at > until);
            if is_last || is_past || found >= want {
                break;
            }
        }
        if let Some(place) = passed {
            self.passed.insert(line.clone(), place);
        }
        first.sort();
        first.truncate(want);
        Ok(first)
    }

    fn children(&self, base: &mut dyn Base, parent: &Id) -> Result<Vec<Id>, StoreError> {
        let mut children: BTreeSet<Id> = base.children(parent)?.into_iter().collect();
        let from = std::ops::Bound::Included((parent.clone(), parent.clone()));
        let own = self.children.range((from, std::ops::Bound::Unbounded)).take_while(|(of, _)| of == parent);
        children.extend(own.map(|(_, child)| child.clone()));
        Ok(children.into_iter().collect())
    }
}
