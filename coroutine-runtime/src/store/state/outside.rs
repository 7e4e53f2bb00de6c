//! What is asked from outside: to start, to send, to cancel, to look, to sweep.
use super::row::fingerprint;
use super::{Base, Line, Row, Standing, State};
use crate::store::StoreError;
use crate::store::types::{Asked, End, Fate, Filter, INBOX_MAX, Id, Message, NewCoroutine, NewMessage, Page, Record, Sent, Started, Swept};

/// How many rows a page of [`State::list`] looks at.
const LIST_LOOKS_MAX: usize = 4096;

impl State {
    pub(in crate::store) fn start(&mut self, base: &mut dyn Base, now_ms: u64, new: Vec<NewCoroutine>) -> Result<Vec<Started>, StoreError> {
        new.into_iter().map(|new| self.start_one(base, now_ms, new)).collect()
    }

    pub(super) fn start_one(&mut self, base: &mut dyn Base, now_ms: u64, new: NewCoroutine) -> Result<Started, StoreError> {
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

    pub(in crate::store) fn send(&mut self, base: &mut dyn Base, now_ms: u64, messages: Vec<NewMessage>) -> Result<Vec<Sent>, StoreError> {
        messages.into_iter().map(|message| self.deliver(base, now_ms, message, INBOX_MAX)).collect()
    }

    pub(super) fn deliver(&mut self, base: &mut dyn Base, now_ms: u64, message: NewMessage, inbox_max: usize) -> Result<Sent, StoreError> {
        let NewMessage { to, channel, key, payload } = message;
        let Some(row) = self.row(base, &to)? else { return Ok(Sent::Unknown) };
        if row.has_ended() {
            return Ok(Sent::Ended);
        }
        let full = row.inbox.len() >= inbox_max;
        if let Some(key) = &key
            && (row.keys.contains(key) || (row.is_in_base && base.has_key(&to, key)?))
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

    pub(in crate::store) fn cancel(&mut self, base: &mut dyn Base, now_ms: u64, id: &Id) -> Result<Asked, StoreError> {
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

    pub(in crate::store) fn resume(&mut self, base: &mut dyn Base, now_ms: u64, id: &Id) -> Result<bool, StoreError> {
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

    pub(in crate::store) fn fail(&mut self, base: &mut dyn Base, now_ms: u64, id: &Id, error: String) -> Result<bool, StoreError> {
        if self.row(base, id)?.is_none_or(|row| row.standing != Standing::Quarantined) {
            return Ok(false);
        }
        self.end(base, id, now_ms, End::Failed(error))?;
        Ok(true)
    }

    pub(in crate::store) fn inspect(&mut self, base: &mut dyn Base, id: &Id) -> Result<Option<Record>, StoreError> {
        Ok(self.row(base, id)?.map(|row| row.record(id, true)))
    }

    pub(in crate::store) fn list(&self, base: &mut dyn Base, filter: &Filter, after: Option<Id>, limit: usize) -> Result<Page, StoreError> {
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
                Some(slot) => slot.row.as_deref(),
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

    /// Which coroutines a sweep removes, and which it passes over since their parents live.
    pub(in crate::store) fn sweepable(
        &mut self,
        base: &mut dyn Base,
        ended_before_ms: u64,
        limit: usize,
    ) -> Result<(Vec<Id>, Vec<Id>), StoreError> {
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
    pub(in crate::store) fn sweep(&mut self, base: &mut dyn Base, now_ms: u64, removed: &[Id], passed: &[Id]) -> Result<Swept, StoreError> {
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
}
