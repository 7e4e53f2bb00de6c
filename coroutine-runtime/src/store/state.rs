//! What a store holds, and every rule about it, once for all stores. In: what is asked, with the time; out: the answer. It does no I/O
//! of its own and is deterministic: the same calls on the same state give the same answers and the same state.
//!
//! A state may lie over a [`Base`], from which it takes rows when it first needs them; from then on its own row counts. All calls may fail
//! for the base alone; then the state is to be thrown away.
#![cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only a store on disk lies over a base"))]
use super::StoreError;
use super::types::{
    Asked, Checkpoint, Committed, End, Fate, Filter, INBOX_MAX, Id, Loaded, Message, NewCoroutine, NewMessage, News, NewsOf, Next, Page,
    Record, Report, Revision, Sent, Started, Status, Stored, Swept, Wake, WorkerId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// How many rows a page of [`State::list`] looks at.
const LIST_LOOKS_MAX: usize = 4096;
/// How many rows are asked of the base at a time.
const BASE_PAGE: usize = 512;

/// Rows that a state has not seen yet.
pub(super) trait Base {
    /// The row of a coroutine.
    fn row(&mut self, id: &Id) -> Result<Option<Row>, StoreError>;
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

/// Where a coroutine stands in the eyes of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Ready { since_ms: u64 },
    Running(WorkerId),
    Waiting,
    Retrying { until_ms: u64 },
    Quarantined,
    Ended { end: End, counted_from_ms: u64 },
}

/// One coroutine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) function: Arc<str>,
    /// Of function and arguments, to tell a second start from another one.
    pub(super) fingerprint: u64,
    pub(super) parent: Option<Id>,
    pub(super) revision: Revision,
    pub(super) serial: u64,
    pub(super) stored: Stored,
    pub(super) standing: Standing,
    /// What it waits for, until its next checkpoint.
    pub(super) wake: Wake,
    pub(super) attempts: u32,
    pub(super) error: Option<String>,
    pub(super) progress: Option<Vec<u8>>,
    pub(super) cancels_asked: u32,
    pub(super) cancels_taken: u32,
    pub(super) started_ms: u64,
    pub(super) changed_ms: u64,
    pub(super) inbox: Vec<Message>,
    pub(super) next_seq: u64,
    /// Keys of messages that were sent to it.
    pub(super) keys: BTreeSet<Arc<str>>,
    /// Whether the base has more keys.
    pub(super) is_from_base: bool,
    /// Who waits for its end, its parent apart. Some may have ceased to.
    pub(super) watchers: Vec<Id>,
}

impl Row {
    fn new(now_ms: u64, new: NewCoroutine, fingerprint: u64) -> Self {
        Row {
            function: new.function,
            fingerprint,
            parent: new.parent,
            revision: 0,
            serial: 0,
            stored: Stored::Args(new.args),
            standing: Standing::Ready { since_ms: now_ms },
            wake: Wake::default(),
            attempts: 0,
            error: None,
            progress: None,
            cancels_asked: 0,
            cancels_taken: 0,
            started_ms: now_ms,
            changed_ms: now_ms,
            inbox: Vec::new(),
            next_seq: 1,
            keys: BTreeSet::new(),
            is_from_base: false,
            watchers: Vec::new(),
        }
    }

    /// The line that it stands in, and at which number.
    pub(super) fn place(&self) -> Option<(Line, u64)> {
        match self.standing {
            Standing::Ready { since_ms } => Some((Line::Ready(self.function.clone()), since_ms)),
            Standing::Retrying { until_ms } => Some((Line::Due(self.function.clone()), until_ms)),
            Standing::Waiting => self.wake.until_ms.map(|until_ms| (Line::Due(self.function.clone()), until_ms)),
            Standing::Running(worker) => Some((Line::Owned(worker), 0)),
            Standing::Quarantined => None,
            Standing::Ended { counted_from_ms, .. } => Some((Line::Ended, counted_from_ms)),
        }
    }

    fn has_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended { .. })
    }

    fn is_of(&self, worker: WorkerId) -> bool {
        self.standing == Standing::Running(worker)
    }

    fn is_to_cancel(&self) -> bool {
        self.cancels_asked > self.cancels_taken
    }

    fn status(&self) -> Status {
        match &self.standing {
            Standing::Ready { .. } => Status::Ready,
            Standing::Running(_) => Status::Running,
            Standing::Waiting => Status::Waiting,
            Standing::Retrying { .. } => Status::Retrying,
            Standing::Quarantined => Status::Quarantined,
            Standing::Ended { end: End::Completed(_), .. } => Status::Completed,
            Standing::Ended { end: End::Failed(_), .. } => Status::Failed,
            Standing::Ended { end: End::Cancelled, .. } => Status::Cancelled,
        }
    }

    fn record(&self, id: &Id, whole: bool) -> Record {
        let end = match &self.standing {
            Standing::Ended { end, .. } => Some(end.clone()),
            _ => None,
        };
        Record {
            id: id.clone(),
            function: self.function.clone(),
            status: self.status(),
            worker: match self.standing {
                Standing::Running(worker) => Some(worker),
                _ => None,
            },
            revision: self.revision,
            stored: (whole && end.is_none()).then(|| self.stored.clone()),
            wake: (self.standing == Standing::Waiting).then(|| self.wake.clone()),
            attempts: self.attempts,
            error: self.error.clone(),
            progress: self.progress.clone(),
            parent: self.parent.clone(),
            inbox: self.inbox.len(),
            cancels_asked: self.cancels_asked,
            started_ms: self.started_ms,
            changed_ms: self.changed_ms,
            end,
        }
    }
}

/// A row, or that it is gone.
#[derive(Debug)]
struct Slot {
    row: Option<Row>,
    /// The last batch that changed it.
    changed_in: u64,
}

/// What a store holds, as far as it is not in the base.
#[derive(Debug, Default)]
pub(super) struct State {
    slots: HashMap<Id, Slot>,
    lines: BTreeMap<Line, BTreeSet<(u64, Id)>>,
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
        while self.earlier.front().is_some_and(|(of, _)| *of <= batch) {
            let (_, ids) = self.earlier.pop_front().unwrap_or_default();
            for id in ids {
                self.forget_unless_changed_after(batch, &id);
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

    /// Whose rows have changed in this batch, each once.
    pub(super) fn changed(&self) -> &[Id] {
        &self.changed
    }

    /// A row that is here; none if it is gone.
    pub(super) fn here(&self, id: &Id) -> Option<&Row> {
        self.slots.get(id)?.row.as_ref()
    }

    // Workers.

    pub(super) fn open_worker(&mut self, now_ms: u64, ttl_ms: u64) -> WorkerId {
        self.last_worker += 1;
        let worker = WorkerId::new(self.last_worker);
        self.workers.insert(worker, now_ms.saturating_add(ttl_ms));
        worker
    }

    pub(super) fn heartbeat(&mut self, worker: WorkerId, now_ms: u64, ttl_ms: u64) -> Result<(), StoreError> {
        let ends_ms = self.workers.get_mut(&worker).ok_or(StoreError::Fenced)?;
        // A clock that was set back takes no time away.
        *ends_ms = now_ms.saturating_add(ttl_ms).max(*ends_ms);
        Ok(())
    }

    /// The workers whose time is over.
    pub(super) fn overdue(&self, now_ms: u64) -> Vec<WorkerId> {
        self.workers.iter().filter(|(_, ends_ms)| **ends_ms <= now_ms).map(|(worker, _)| *worker).collect()
    }

    /// Ends a worker; what it has is ready for others. If it was deposed, each of these has been tried once more.
    pub(super) fn end_worker(&mut self, base: &mut dyn Base, worker: WorkerId, now_ms: u64, deposed: bool) -> Result<(), StoreError> {
        self.workers.remove(&worker);
        for (_, id) in self.in_line(base, &Line::Owned(worker), usize::MAX, u64::MAX)? {
            self.give_back(base, &id, worker, now_ms, u32::from(deposed))?;
        }
        Ok(())
    }

    pub(super) fn release(&mut self, base: &mut dyn Base, worker: WorkerId, now_ms: u64, ids: &[Id]) -> Result<(), StoreError> {
        self.fence(worker)?;
        for id in ids {
            self.give_back(base, id, worker, now_ms, 0)?;
        }
        Ok(())
    }

    fn give_back(&mut self, base: &mut dyn Base, id: &Id, worker: WorkerId, now_ms: u64, attempts: u32) -> Result<(), StoreError> {
        if self.row(base, id)?.is_some_and(|row| row.is_of(worker)) {
            self.change(id, |row| {
                row.attempts = row.attempts.saturating_add(attempts);
                row.standing = Standing::Ready { since_ms: now_ms };
            });
            self.stir();
        }
        Ok(())
    }

    pub(super) fn fence(&self, worker: WorkerId) -> Result<(), StoreError> {
        if self.workers.contains_key(&worker) { Ok(()) } else { Err(StoreError::Fenced) }
    }

    // Claims.

    /// Which coroutines a worker may claim, and when there may be more.
    pub(super) fn claimable(
        &self,
        base: &mut dyn Base,
        worker: WorkerId,
        now_ms: u64,
        limit: usize,
        functions: &[Arc<str>],
    ) -> Result<(Vec<Id>, Option<u64>), StoreError> {
        self.fence(worker)?;
        let (mut first, mut next_due_ms) = (Vec::new(), None);
        let want = limit.saturating_add(1);
        for function in functions.iter().collect::<BTreeSet<_>>() {
            first.extend(self.in_line(base, &Line::Ready(function.clone()), want, u64::MAX)?);
            let mut due = self.in_line(base, &Line::Due(function.clone()), want, now_ms)?;
            let later = due.split_off(due.partition_point(|(at_ms, _)| *at_ms <= now_ms));
            next_due_ms = later.first().map(|(at_ms, _)| *at_ms).into_iter().chain(next_due_ms).min();
            first.extend(due);
        }
        first.sort();
        if first.len() > limit {
            next_due_ms = Some(now_ms);
            first.truncate(limit);
        }
        Ok((first.into_iter().map(|(_, id)| id).collect(), next_due_ms))
    }

    /// Gives coroutines that it may claim to a worker.
    pub(super) fn claim(&mut self, base: &mut dyn Base, worker: WorkerId, ids: &[Id]) -> Result<Vec<Loaded>, StoreError> {
        self.fence(worker)?;
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(row) = self.row(base, id)? else { continue };
            let mut loaded = Loaded {
                id: id.clone(),
                function: row.function.clone(),
                revision: row.revision,
                stored: row.stored.clone(),
                serial: row.serial,
                attempts: row.attempts,
                parent: row.parent.clone(),
                inbox: row.inbox.clone(),
                ends: Vec::new(),
                cancels_asked: row.cancels_asked,
                cancels_taken: row.cancels_taken,
            };
            let waits_for = row.wake.ends.clone();
            loaded.ends = self.over(base, waits_for)?;
            claimed.push(loaded);
        }
        self.assign(base, worker, ids)?;
        Ok(claimed)
    }

    /// Has them run by a worker.
    pub(super) fn assign(&mut self, base: &mut dyn Base, worker: WorkerId, ids: &[Id]) -> Result<(), StoreError> {
        for id in ids {
            if self.row(base, id)?.is_some() {
                self.change(id, |row| row.standing = Standing::Running(worker));
            }
        }
        Ok(())
    }

    /// Those of some coroutines that are not alive.
    fn over(&mut self, base: &mut dyn Base, ids: Vec<Id>) -> Result<Vec<(Id, Fate)>, StoreError> {
        let mut over = Vec::new();
        for id in ids {
            match self.fate(base, &id)? {
                Fate::Alive => {}
                fate => over.push((id, fate)),
            }
        }
        Ok(over)
    }

    // Checkpoints.

    pub(super) fn commit(
        &mut self,
        base: &mut dyn Base,
        worker: WorkerId,
        now_ms: u64,
        batch: Vec<Checkpoint>,
    ) -> Result<Report, StoreError> {
        self.fence(worker)?;
        self.readied = 0;
        let mut report = Report { outcomes: Vec::with_capacity(batch.len()), ..Report::default() };
        for checkpoint in batch {
            let outcome = self.checkpoint(base, worker, now_ms, checkpoint, &mut report.next_due_ms)?;
            report.outcomes.push(outcome);
        }
        report.ready = self.readied;
        Ok(report)
    }

    fn checkpoint(
        &mut self,
        base: &mut dyn Base,
        worker: WorkerId,
        now_ms: u64,
        checkpoint: Checkpoint,
        next_due_ms: &mut Option<u64>,
    ) -> Result<Committed, StoreError> {
        let Checkpoint { id, revision, next, serial, consumed, cancels_taken, starts, sends, cancels, progress } = checkpoint;
        if !self.row(base, &id)?.is_some_and(|row| row.is_of(worker) && row.revision == revision) {
            return Ok(Committed::Stale);
        }
        let mut clashes = Vec::new();
        for new in starts {
            let child = new.id.clone();
            if self.start_one(base, now_ms, new)? == Started::Other {
                clashes.push(child);
            }
        }
        for message in sends {
            self.deliver(base, now_ms, message, usize::MAX)?;
        }
        for whom in cancels {
            self.cancel(base, now_ms, &whom)?;
        }
        let mut holds = false;
        if let Next::Waiting { wake, .. } = &next {
            holds = self.watch(base, &id, &wake.ends)?;
        }
        let revision = revision.saturating_add(1);
        let mut ended = None;
        let mut cancels_asked = 0;
        let ready = self.change(&id, |row| {
            cancels_asked = row.cancels_asked;
            row.revision = revision;
            row.serial = serial;
            row.changed_ms = now_ms;
            row.cancels_taken = row.cancels_taken.max(cancels_taken);
            if !consumed.is_empty() {
                row.inbox.retain(|message| !consumed.contains(&message.seq));
            }
            if progress.is_some() {
                row.progress = progress;
            }
            match next {
                Next::Running { snapshot } => row.go_on(snapshot, Wake::default()),
                Next::Waiting { snapshot, wake } => {
                    row.go_on(snapshot, wake);
                    row.standing = Standing::Waiting;
                    holds = holds || row.has_what_it_waits_for(now_ms);
                    if holds {
                        row.standing = Standing::Ready { since_ms: now_ms };
                    } else if let Some(until_ms) = row.wake.until_ms {
                        *next_due_ms = Some(next_due_ms.map_or(until_ms, |next| next.min(until_ms)));
                    }
                    return holds;
                }
                Next::Retrying { error, attempts, until_ms } => {
                    row.error = Some(error);
                    row.attempts = attempts;
                    if row.is_to_cancel() {
                        row.standing = Standing::Ready { since_ms: now_ms };
                        return true;
                    }
                    row.standing = Standing::Retrying { until_ms };
                    *next_due_ms = Some(next_due_ms.map_or(until_ms, |next| next.min(until_ms)));
                }
                Next::Quarantined { error } => {
                    row.error = Some(error);
                    row.standing = Standing::Quarantined;
                }
                Next::Released => {
                    row.standing = Standing::Ready { since_ms: now_ms };
                    return true;
                }
                Next::Ended(end) => ended = Some(end),
            }
            false
        });
        if let Some(end) = ended {
            self.end(base, &id, now_ms, end)?;
        }
        if ready {
            self.stir_ready();
        } else if next_due_ms.is_some() {
            self.stir();
        }
        Ok(Committed::Done { revision, ready, cancels_asked, clashes })
    }

    /// Has `id` told when one of these ends, and says whether one has already.
    fn watch(&mut self, base: &mut dyn Base, id: &Id, ends: &[Id]) -> Result<bool, StoreError> {
        for whom in ends {
            match self.row(base, whom)? {
                Some(row) if !row.has_ended() => {
                    if row.parent.as_ref() != Some(id) && !row.watchers.contains(id) {
                        self.change(whom, |row| row.watchers.push(id.clone()));
                    }
                }
                _ => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Ends a coroutine, and tells who waits for that.
    fn end(&mut self, base: &mut dyn Base, id: &Id, now_ms: u64, end: End) -> Result<(), StoreError> {
        let cancelled = end == End::Cancelled;
        let mut tell = self.change(id, |row| {
            row.stored = Stored::Snapshot(Vec::new());
            row.standing = Standing::Ended { end, counted_from_ms: now_ms };
            row.changed_ms = now_ms;
            row.wake = Wake::default();
            row.inbox = Vec::new();
            row.keys = BTreeSet::new();
            let mut tell = std::mem::take(&mut row.watchers);
            tell.extend(row.parent.clone());
            tell
        });
        self.stir();
        tell.dedup();
        for whom in tell {
            let waits = |row: &mut Row| row.standing == Standing::Waiting && row.wake.ends.contains(id);
            if self.row(base, &whom)?.is_some_and(waits) {
                self.wake(&whom, now_ms);
            }
        }
        if cancelled {
            for child in self.children(base, id)? {
                // Those that were asked need not be asked again: a second request has a meaning of its own.
                if self.row(base, &child)?.is_some_and(|row| row.cancels_asked == 0) {
                    self.cancel(base, now_ms, &child)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn news(&mut self, base: &mut dyn Base, worker: WorkerId, of: Vec<NewsOf>) -> Result<Vec<News>, StoreError> {
        let mut news = Vec::with_capacity(of.len());
        for NewsOf { id, after_seq, ends } in of {
            let Some(row) = self.row(base, &id)?.filter(|row| row.is_of(worker)) else { continue };
            let inbox = row.inbox.iter().filter(|message| message.seq > after_seq).cloned().collect();
            let cancels_asked = row.cancels_asked;
            let ends = self.over(base, ends)?;
            news.push(News { id, inbox, cancels_asked, ends });
        }
        Ok(news)
    }

    pub(super) fn fate(&mut self, base: &mut dyn Base, id: &Id) -> Result<Fate, StoreError> {
        Ok(match self.row(base, id)? {
            None => Fate::Unknown,
            Some(Row { standing: Standing::Ended { end, .. }, .. }) => Fate::Ended(end.clone()),
            Some(_) => Fate::Alive,
        })
    }

    // From outside.

    pub(super) fn start(&mut self, base: &mut dyn Base, now_ms: u64, new: Vec<NewCoroutine>) -> Result<Vec<Started>, StoreError> {
        new.into_iter().map(|new| self.start_one(base, now_ms, new)).collect()
    }

    fn start_one(&mut self, base: &mut dyn Base, now_ms: u64, new: NewCoroutine) -> Result<Started, StoreError> {
        let fingerprint = fingerprint(&new.function, &new.args);
        if let Some(row) = self.row(base, &new.id)? {
            let same = row.function == new.function && row.fingerprint == fingerprint;
            return Ok(if same { Started::Same } else { Started::Other });
        }
        let id = new.id.clone();
        self.insert(id.clone(), Row::new(now_ms, new, fingerprint));
        self.change(&id, |_| ());
        self.stir_ready();
        Ok(Started::New)
    }

    pub(super) fn send(&mut self, base: &mut dyn Base, now_ms: u64, messages: Vec<NewMessage>) -> Result<Vec<Sent>, StoreError> {
        messages.into_iter().map(|message| self.deliver(base, now_ms, message, INBOX_MAX)).collect()
    }

    fn deliver(&mut self, base: &mut dyn Base, now_ms: u64, message: NewMessage, inbox_max: usize) -> Result<Sent, StoreError> {
        let NewMessage { to, channel, key, payload } = message;
        let Some(row) = self.row(base, &to)? else { return Ok(Sent::Unknown) };
        if row.has_ended() {
            return Ok(Sent::Ended);
        }
        let full = row.inbox.len() >= inbox_max;
        if let Some(key) = &key
            && (row.keys.contains(key) || (row.is_from_base && base.has_key(&to, key)?))
        {
            return Ok(Sent::Duplicate);
        }
        if full {
            return Ok(Sent::Full);
        }
        let wakes = self.change(&to, |row| {
            row.keys.extend(key);
            let wakes = row.standing == Standing::Waiting && row.wake.channels.contains(&channel);
            row.inbox.push(Message { seq: row.next_seq, channel, payload });
            row.next_seq += 1;
            wakes
        });
        if wakes {
            self.wake(&to, now_ms);
        }
        self.stir();
        Ok(Sent::New)
    }

    pub(super) fn cancel(&mut self, base: &mut dyn Base, now_ms: u64, id: &Id) -> Result<Asked, StoreError> {
        let Some(row) = self.row(base, id)? else { return Ok(Asked::Unknown) };
        if row.has_ended() {
            return Ok(Asked::Ended);
        }
        let asked = if row.cancels_asked == 0 { Asked::New } else { Asked::Again };
        let rests = matches!(row.standing, Standing::Waiting | Standing::Retrying { .. } | Standing::Quarantined);
        self.change(id, |row| row.cancels_asked = row.cancels_asked.saturating_add(1));
        if rests {
            self.wake(id, now_ms);
        }
        self.stir();
        Ok(asked)
    }

    pub(super) fn resume(&mut self, base: &mut dyn Base, now_ms: u64, id: &Id) -> Result<bool, StoreError> {
        if self.row(base, id)?.is_none_or(|row| row.standing != Standing::Quarantined) {
            return Ok(false);
        }
        self.change(id, |row| {
            row.attempts = 0;
            row.error = None;
        });
        self.wake(id, now_ms);
        Ok(true)
    }

    pub(super) fn fail(&mut self, base: &mut dyn Base, now_ms: u64, id: &Id, error: String) -> Result<bool, StoreError> {
        if self.row(base, id)?.is_none_or(|row| row.standing != Standing::Quarantined) {
            return Ok(false);
        }
        self.end(base, id, now_ms, End::Failed(error))?;
        Ok(true)
    }

    pub(super) fn inspect(&mut self, base: &mut dyn Base, id: &Id) -> Result<Option<Record>, StoreError> {
        Ok(self.row(base, id)?.map(|row| row.record(id, true)))
    }

    pub(super) fn list(&self, base: &mut dyn Base, filter: &Filter, after: Option<Id>, limit: usize) -> Result<Page, StoreError> {
        let mut own: Vec<&Id> = self
            .slots
            .iter()
            .filter(|(id, slot)| slot.row.is_some() && after.as_ref().is_none_or(|after| *id > after))
            .map(|(id, _)| id)
            .collect();
        own.sort();
        let mut ids: Vec<Id> = own.into_iter().take(LIST_LOOKS_MAX).cloned().collect();
        ids.extend(base.ids(after.as_ref(), LIST_LOOKS_MAX)?.into_iter().filter(|id| !self.slots.contains_key(id)));
        ids.sort();
        let more = ids.len() > LIST_LOOKS_MAX;
        ids.truncate(LIST_LOOKS_MAX);
        let mut page = Page::default();
        for id in ids {
            if page.records.len() >= limit.max(1) {
                return Ok(page);
            }
            let loaded;
            let row = match self.slots.get(&id) {
                Some(slot) => slot.row.as_ref(),
                None => {
                    loaded = base.row(&id)?;
                    loaded.as_ref()
                }
            };
            let fits = |row: &&Row| {
                filter.status.is_none_or(|status| row.status() == status)
                    && filter.function.as_ref().is_none_or(|function| row.function == *function)
            };
            page.records.extend(row.filter(fits).map(|row| row.record(&id, false)));
            page.next = Some(id);
        }
        if !more {
            page.next = None;
        }
        Ok(page)
    }

    // Sweeps.

    /// Which coroutines a sweep removes, and which it passes over since their parents live.
    pub(super) fn sweepable(&mut self, base: &mut dyn Base, ended_before_ms: u64, limit: usize) -> Result<(Vec<Id>, Vec<Id>), StoreError> {
        let (mut removed, mut passed) = (Vec::new(), Vec::new());
        for (counted_from_ms, id) in self.in_line(base, &Line::Ended, limit, ended_before_ms)? {
            if counted_from_ms >= ended_before_ms {
                break;
            }
            let parent = self.row(base, &id)?.and_then(|row| row.parent.clone());
            let lives = match parent {
                Some(parent) => self.fate(base, &parent)? == Fate::Alive,
                None => false,
            };
            if lives { passed.push(id) } else { removed.push(id) }
        }
        Ok((removed, passed))
    }

    /// Removes coroutines that have ended. Those that are passed over are looked at again after another retention time.
    pub(super) fn sweep(&mut self, base: &mut dyn Base, now_ms: u64, removed: &[Id], passed: &[Id]) -> Result<Swept, StoreError> {
        for id in passed {
            if self.row(base, id)?.is_some() {
                self.change(id, |row| {
                    if let Standing::Ended { counted_from_ms, .. } = &mut row.standing {
                        *counted_from_ms = now_ms;
                    }
                });
            }
        }
        for id in removed {
            if self.row(base, id)?.is_some() {
                self.remove(id);
            }
        }
        Ok(Swept { removed: removed.len(), more: false })
    }

    // Rows and lines.

    /// The row of a coroutine, taken from the base if it is not here yet.
    fn row(&mut self, base: &mut dyn Base, id: &Id) -> Result<Option<&mut Row>, StoreError> {
        if !self.slots.contains_key(id) {
            let Some(row) = base.row(id)? else { return Ok(None) };
            self.insert(id.clone(), row);
            self.taken.push(id.clone());
        }
        Ok(self.slots.get_mut(id).and_then(|slot| slot.row.as_mut()))
    }

    fn insert(&mut self, id: Id, row: Row) {
        if let Some((line, at)) = row.place() {
            self.lines.entry(line).or_default().insert((at, id.clone()));
        }
        if let Some(parent) = &row.parent {
            self.children.insert((parent.clone(), id.clone()));
        }
        // What was removed in this batch is among the changed already.
        let changed_in = self.slots.get(&id).map_or(0, |slot| slot.changed_in);
        self.slots.insert(id, Slot { row: Some(row), changed_in });
    }

    /// Changes a row that is here, and its place in the lines with it.
    fn change<T: Default>(&mut self, id: &Id, change: impl FnOnce(&mut Row) -> T) -> T {
        let Some(slot) = self.slots.get_mut(id) else { return T::default() };
        let Some(row) = &mut slot.row else { return T::default() };
        let before = row.place();
        let changed = change(row);
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
    fn in_line(&self, base: &mut dyn Base, line: &Line, want: usize, until: u64) -> Result<Vec<(u64, Id)>, StoreError> {
        let mut first: Vec<(u64, Id)> = self.lines.get(line).into_iter().flatten().take(want).cloned().collect();
        let (mut found, mut last) = (0, None::<(u64, Id)>);
        loop {
            let page = base.line(line, last.as_ref(), want.min(BASE_PAGE))?;
            let is_last = page.len() < want.min(BASE_PAGE);
            last = page.last().cloned();
            let before = found;
            for place in page {
                if !self.slots.contains_key(&place.1) {
                    first.push(place);
                    found += 1;
                }
            }
            let is_past = found > before && last.as_ref().is_some_and(|(at, _)| *at > until);
            if is_last || is_past || found >= want {
                break;
            }
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

impl Row {
    /// A good checkpoint: what went wrong before is over.
    fn go_on(&mut self, snapshot: Vec<u8>, wake: Wake) {
        self.stored = Stored::Snapshot(snapshot);
        self.wake = wake;
        self.attempts = 0;
        self.error = None;
    }

    fn has_what_it_waits_for(&self, now_ms: u64) -> bool {
        self.is_to_cancel()
            || self.wake.until_ms.is_some_and(|until_ms| until_ms <= now_ms)
            || self.inbox.iter().any(|message| self.wake.channels.contains(&message.channel))
    }
}

/// A number for a function and its arguments, the same in every version of this crate: FNV-1a.
fn fingerprint(function: &str, args: &[u8]) -> u64 {
    let bytes = function.bytes().chain([0]).chain(args.iter().copied());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
