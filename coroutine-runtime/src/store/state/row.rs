//! One coroutine, as a store has it.
use super::Line;
use crate::store::types::{End, Id, Message, NewCoroutine, Record, Revision, Status, Stored, Wake, WorkerId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a coroutine stands in the eyes of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Standing {
    Ready { since_ms: u64 },
    Running(WorkerId),
    Waiting,
    Retrying { until_ms: u64 },
    Quarantined,
    Ended { end: End, counted_from_ms: u64 },
}

impl Standing {
    /// The line that a coroutine stands in, and at which number.
    pub(in crate::store) fn place(&self, function: &Arc<str>, wake: &Wake) -> Option<(Line, u64)> {
        match *self {
            Standing::Ready { since_ms } => Some((Line::Ready(function.clone()), since_ms)),
            Standing::Retrying { until_ms } => Some((Line::Due(function.clone()), until_ms)),
            Standing::Waiting => wake.until_ms.map(|until_ms| (Line::Due(function.clone()), until_ms)),
            Standing::Running(worker) => Some((Line::Owned(worker), 0)),
            Standing::Quarantined => None,
            Standing::Ended { counted_from_ms, .. } => Some((Line::Ended, counted_from_ms)),
        }
    }
}

/// One coroutine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Row {
    pub(in crate::store) function: Arc<str>,
    /// Of function and arguments, to tell a second start from another one.
    pub(in crate::store) fingerprint: u64,
    pub(in crate::store) parent: Option<Id>,
    pub(in crate::store) revision: Revision,
    pub(in crate::store) serial: u64,
    pub(in crate::store) stored: Stored,
    pub(in crate::store) standing: Standing,
    /// What it waits for, until its next checkpoint.
    pub(in crate::store) wake: Wake,
    pub(in crate::store) attempts: u32,
    pub(in crate::store) error: Option<String>,
    pub(in crate::store) progress: Option<Vec<u8>>,
    pub(in crate::store) cancels_asked: u32,
    pub(in crate::store) cancels_taken: u32,
    pub(in crate::store) started_ms: u64,
    pub(in crate::store) changed_ms: u64,
    pub(in crate::store) inbox: Vec<Message>,
    pub(in crate::store) next_seq: u64,
    /// Keys of messages that were sent to it.
    pub(in crate::store) keys: BTreeSet<Arc<str>>,
    /// Whether the base has a row of it, if an older one; then it may have more keys, too.
    pub(in crate::store) is_in_base: bool,
    /// The batch in which it came to be here.
    pub(in crate::store) born_in: u64,
    /// Who waits for its end, its parent apart. Some may have ceased to.
    pub(in crate::store) watchers: Vec<Id>,
}

impl Row {
    pub(super) fn new(now_ms: u64, new: NewCoroutine, fingerprint: u64) -> Self {
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
            is_in_base: false,
            born_in: 0,
            watchers: Vec::new(),
        }
    }

    /// The line that it stands in, and at which number.
    pub(in crate::store) fn place(&self) -> Option<(Line, u64)> {
        self.standing.place(&self.function, &self.wake)
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended { .. })
    }

    pub(super) fn is_of(&self, worker: WorkerId) -> bool {
        self.standing == Standing::Running(worker)
    }

    pub(super) fn is_to_cancel(&self) -> bool {
        self.cancels_asked > self.cancels_taken
    }

    pub(super) fn status(&self) -> Status {
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

    pub(super) fn record(&self, id: &Id, whole: bool) -> Record {
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

impl Row {
    /// A good checkpoint: what went wrong before is over.
    pub(super) fn go_on(&mut self, snapshot: Vec<u8>, wake: Wake) {
        self.stored = Stored::Snapshot(snapshot);
        self.wake = wake;
        self.attempts = 0;
        self.error = None;
    }

    pub(super) fn has_what_it_waits_for(&self, now_ms: u64) -> bool {
        self.is_to_cancel()
            || self.wake.until_ms.is_some_and(|until_ms| until_ms <= now_ms)
            || self.inbox.iter().any(|message| self.wake.channels.contains(&message.channel))
    }
}

/// A number for a function and its arguments, the same in every version of this crate: FNV-1a.
pub(super) fn fingerprint(function: &str, args: &[u8]) -> u64 {
    let bytes = function.bytes().chain([0]).chain(args.iter().copied());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
