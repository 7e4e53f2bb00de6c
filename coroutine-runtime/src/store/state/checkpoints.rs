//! What becomes of coroutines: checkpoints, and what they do to others.
use super::{Base, Row, Standing, State};
use crate::store::StoreError;
use crate::store::types::{Checkpoint, Committed, End, Fate, Id, News, NewsOf, Next, Report, Started, Stored, Wake, WorkerId};
use std::collections::BTreeSet;

/// What a coroutine became with a checkpoint, as far as others may wait for it.
#[derive(Debug, Default, PartialEq, Eq)]
enum Became {
    /// Nothing that anybody waits for.
    #[default]
    Settled,
    /// It can be claimed.
    Ready,
    /// It can be, at this time.
    Due(u64),
    /// It is to be ended like this.
    Ended(End),
}

impl Row {
    fn become_next(&mut self, next: Next, holds: bool, now_ms: u64) -> Became {
        match next {
            Next::Running { snapshot } => {
                self.go_on(snapshot, Wake::default());
                Became::Settled
            }
            Next::Waiting { snapshot, wake } => {
                self.go_on(snapshot, wake);
                if holds || self.has_what_it_waits_for(now_ms) {
                    return self.become_ready(now_ms);
                }
                self.standing = Standing::Waiting;
                self.wake.until_ms.map_or(Became::Settled, Became::Due)
            }
            Next::Retrying { error, attempts, until_ms } => {
                self.error = Some(error);
                self.attempts = attempts;
                if self.is_to_cancel() {
                    return self.become_ready(now_ms);
                }
                self.standing = Standing::Retrying { until_ms };
                Became::Due(until_ms)
            }
            Next::Quarantined { error } => {
                self.error = Some(error);
                self.standing = Standing::Quarantined;
                Became::Settled
            }
            Next::Released => self.become_ready(now_ms),
            Next::Ended(end) => Became::Ended(end),
        }
    }

    fn become_ready(&mut self, now_ms: u64) -> Became {
        self.standing = Standing::Ready { since_ms: now_ms };
        Became::Ready
    }
}

impl State {
    pub(in crate::store) fn commit(
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
        let holds = match &next {
            Next::Waiting { wake, .. } => self.watch(base, &id, &wake.ends)?,
            _ => false,
        };
        let revision = revision.saturating_add(1);
        let (became, cancels_asked) = self.change(&id, |row| {
            row.revision = revision;
            row.serial = serial;
            row.changed_ms = now_ms;
            row.cancels_taken = row.cancels_taken.max(cancels_taken);
            if !consumed.is_empty() {
                let consumed: BTreeSet<u64> = consumed.into_iter().collect();
                row.inbox.retain(|message| !consumed.contains(&message.seq));
            }
            if progress.is_some() {
                row.progress = progress;
            }
            (row.become_next(next, holds, now_ms), row.cancels_asked)
        });
        let ready = became == Became::Ready;
        match became {
            Became::Settled => {}
            Became::Ready => self.stir_ready(),
            Became::Due(at_ms) => {
                *next_due_ms = Some(next_due_ms.map_or(at_ms, |next| next.min(at_ms)));
                self.stir();
            }
            Became::Ended(end) => self.end(base, &id, now_ms, end)?,
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
    pub(super) fn end(&mut self, base: &mut dyn Base, id: &Id, now_ms: u64, end: End) -> Result<(), StoreError> {
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
            let waits = |row: &Row| row.standing == Standing::Waiting && row.wake.ends.contains(id);
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

    pub(in crate::store) fn news(&mut self, base: &mut dyn Base, worker: WorkerId, of: Vec<NewsOf>) -> Result<Vec<News>, StoreError> {
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

    pub(in crate::store) fn fate(&self, base: &mut dyn Base, id: &Id) -> Result<Fate, StoreError> {
        let Some(slot) = self.slots.get(id) else { return base.fate(id) };
        Ok(match slot.row.as_deref() {
            None => Fate::Unknown,
            Some(Row { standing: Standing::Ended { end, .. }, .. }) => Fate::Ended(end.clone()),
            Some(_) => Fate::Alive,
        })
    }
}
