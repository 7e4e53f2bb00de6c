//! The engine's side of a resume, for the leaves: what they may know, what they wait for, and what they ask to be done. In: what has come
//! for the coroutine; out: what it waits for and its effects, as data.
//!
//! What always holds: nothing that a coroutine asks for happens at once. Effects are gathered until the next checkpoint, which takes
//! them all; what a coroutine waits for is gathered anew at each resume, as every leaf that waits is resumed again.
use crate::store::{Fate, Id, Loaded, Message, NewCoroutine, NewMessage, News, Wake};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Fills bytes with random ones.
pub(crate) type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// One coroutine's side of the engine while it is hot.
pub(crate) struct Turn {
    id: Id,
    random: Random,
    now_ms: Cell<u64>,
    serial: Cell<u64>,
    /// The number of the last message that is known.
    last_seq: Cell<u64>,
    cancels_asked: Cell<u32>,
    cancels_taken: Cell<u32>,
    /// Nothing comes in but a request to cancel.
    deaf: Cell<bool>,
    /// A checkpoint was made just before this resume.
    committed: Cell<bool>,
    inbox: RefCell<VecDeque<Message>>,
    fates: RefCell<BTreeMap<Id, Fate>>,
    asks: RefCell<Asks>,
    effects: RefCell<Effects>,
    largest_payload: Cell<usize>,
}

/// What the leaves wait for since the last resume began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asks {
    pub(crate) wake: Wake,
    /// A request to cancel.
    pub(crate) cancel: bool,
    /// A checkpoint.
    pub(crate) checkpoint: bool,
}

/// What is to be done with the next checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub(crate) consumed: Vec<u64>,
    pub(crate) starts: Vec<NewCoroutine>,
    pub(crate) sends: Vec<NewMessage>,
    pub(crate) cancels: Vec<Id>,
    pub(crate) progress: Option<Vec<u8>>,
}

// ---- for leaves -----------------------------------------------------------------------------------------

impl Turn {
    /// Whose it is.
    pub(crate) fn id(&self) -> &Id {
        &self.id
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    pub(crate) fn random(&self, bytes: &mut [u8]) {
        (self.random)(bytes);
    }

    /// A number that this coroutine has not used before: the same if it is resumed again from its last checkpoint.
    pub(crate) fn next_serial(&self) -> u64 {
        let serial = self.serial.get();
        self.serial.set(serial + 1);
        serial
    }

    /// Whether a time has come; if not, it is waited for.
    pub(crate) fn is_due(&self, at_ms: u64) -> bool {
        if at_ms <= self.now_ms.get() && !self.deaf.get() {
            return true;
        }
        let wake = &mut self.asks.borrow_mut().wake;
        wake.until_ms = Some(wake.until_ms.map_or(at_ms, |until_ms| until_ms.min(at_ms)));
        false
    }

    /// The first message in a channel; if there is none, it is waited for.
    pub(crate) fn receive(&self, channel: &Arc<str>) -> Option<Vec<u8>> {
        let mut inbox = self.inbox.borrow_mut();
        if !self.deaf.get()
            && let Some(at) = inbox.iter().position(|message| message.channel == *channel)
            && let Some(message) = inbox.remove(at)
        {
            self.effects.borrow_mut().consumed.push(message.seq);
            return Some(message.payload);
        }
        let channels = &mut self.asks.borrow_mut().wake.channels;
        if !channels.contains(channel) {
            channels.push(channel.clone());
        }
        None
    }

    /// How a coroutine ended; if it is not known, its end is waited for.
    pub(crate) fn end_of(&self, id: &Id) -> Option<Fate> {
        if !self.deaf.get()
            && let Some(fate) = self.fates.borrow().get(id)
        {
            return Some(fate.clone());
        }
        let ends = &mut self.asks.borrow_mut().wake.ends;
        if !ends.contains(id) {
            ends.push(id.clone());
        }
        None
    }

    /// Takes a request to cancel; if there is none, it is waited for.
    pub(crate) fn take_cancel(&self) -> bool {
        let open = self.is_cancelled();
        if open {
            self.cancels_taken.set(self.cancels_taken.get() + 1);
        }
        self.asks.borrow_mut().cancel |= !open;
        open
    }

    /// Whether a checkpoint was made just before this resume.
    pub(crate) fn is_committed(&self) -> bool {
        self.committed.get()
    }

    pub(crate) fn asks_checkpoint(&self) {
        self.asks.borrow_mut().checkpoint = true;
    }

    pub(crate) fn send(&self, message: NewMessage) {
        self.largest_payload.set(self.largest_payload.get().max(message.payload.len()));
        self.effects.borrow_mut().sends.push(message);
    }

    pub(crate) fn start(&self, coroutine: NewCoroutine) {
        self.largest_payload.set(self.largest_payload.get().max(coroutine.args.len()));
        self.effects.borrow_mut().starts.push(coroutine);
    }

    pub(crate) fn cancel(&self, id: Id) {
        self.effects.borrow_mut().cancels.push(id);
    }

    pub(crate) fn progress(&self, progress: Vec<u8>) {
        self.largest_payload.set(self.largest_payload.get().max(progress.len()));
        self.effects.borrow_mut().progress = Some(progress);
    }
}

// ---- for the engine -------------------------------------------------------------------------------------

impl Turn {
    /// What has come for a coroutine when it is claimed.
    pub(crate) fn new(loaded: &mut Loaded, random: Random) -> Self {
        let inbox = VecDeque::from(std::mem::take(&mut loaded.inbox));
        Turn {
            id: loaded.id.clone(),
            random,
            now_ms: Cell::new(0),
            serial: Cell::new(loaded.serial),
            last_seq: Cell::new(inbox.back().map_or(0, |message| message.seq)),
            cancels_asked: Cell::new(loaded.cancels_asked),
            cancels_taken: Cell::new(loaded.cancels_taken),
            deaf: Cell::new(false),
            committed: Cell::new(false),
            inbox: RefCell::new(inbox),
            fates: RefCell::new(std::mem::take(&mut loaded.ends).into_iter().collect()),
            asks: RefCell::default(),
            effects: RefCell::default(),
            largest_payload: Cell::new(0),
        }
    }

    /// A resume begins: what is waited for is gathered anew.
    pub(crate) fn begin(&self, now_ms: u64) {
        self.now_ms.set(now_ms);
        self.asks.take();
    }

    /// A resume is over.
    pub(crate) fn finish(&self) {
        self.committed.set(false);
    }

    /// Whether nothing comes in but a request to cancel.
    pub(crate) fn set_deaf(&self, deaf: bool) {
        self.deaf.set(deaf);
    }

    /// Takes what has come meanwhile, and says whether it is anything.
    pub(crate) fn tell(&self, news: News) -> bool {
        let mut came = news.cancels_asked > self.cancels_asked.get();
        self.cancels_asked.set(self.cancels_asked.get().max(news.cancels_asked));
        // (An answer may come late, when another has told the same.)
        for message in news.inbox.into_iter().filter(|message| message.seq > self.last_seq.get()).collect::<Vec<_>>() {
            came = true;
            self.last_seq.set(message.seq);
            self.inbox.borrow_mut().push_back(message);
        }
        let mut fates = self.fates.borrow_mut();
        for (id, fate) in news.ends {
            came |= fates.insert(id, fate).is_none();
        }
        came
    }

    /// A checkpoint was made of everything up to now; by then it had been asked to cancel so often.
    pub(crate) fn commit(&self, cancels_asked: u32) {
        self.committed.set(true);
        self.cancels_asked.set(self.cancels_asked.get().max(cancels_asked));
    }

    /// Whether a request to cancel was not taken yet.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancels_asked.get() > self.cancels_taken.get()
    }

    pub(crate) fn cancels_asked(&self) -> u32 {
        self.cancels_asked.get()
    }

    pub(crate) fn cancels_taken(&self) -> u32 {
        self.cancels_taken.get()
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial.get()
    }

    pub(crate) fn last_seq(&self) -> u64 {
        self.last_seq.get()
    }

    /// How many bytes the largest thing has that it sends, starts or says.
    pub(crate) fn largest_payload(&self) -> usize {
        self.largest_payload.get()
    }

    /// Whether it is started with the next checkpoint: nobody but this coroutine knows of it yet.
    pub(crate) fn is_about_to_start(&self, id: &Id) -> bool {
        self.effects.borrow().starts.iter().any(|start| start.id == *id)
    }

    /// What is waited for since the last resume began.
    pub(crate) fn asks(&self) -> Asks {
        self.asks.borrow().clone()
    }

    /// The effects since the last checkpoint: they go out with the next one.
    pub(crate) fn take_effects(&self) -> Effects {
        self.effects.take()
    }
}

/// A turn of a coroutine that has begun with nothing.
#[cfg(test)]
pub(crate) fn a_turn() -> Turn {
    let mut loaded = Loaded {
        id: Id::new("it").unwrap(),
        function: "".into(),
        revision: 0,
        stored: crate::store::Stored::Args(Vec::new()),
        serial: 0,
        attempts: 0,
        parent: None,
        inbox: Vec::new(),
        ends: Vec::new(),
        cancels_asked: 0,
        cancels_taken: 0,
    };
    Turn::new(&mut loaded, Arc::new(|_: &mut [u8]| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (The simulation's seed 14521.) It was received twice in one turn.
    #[test]
    fn a_message_of_which_two_answers_tell_is_received_once() {
        let (turn, channel) = (a_turn(), Arc::<str>::from("in"));
        let message = |seq| Message { seq, channel: channel.clone(), payload: vec![seq as u8] };
        let news = |inbox| News { id: turn.id().clone(), inbox, cancels_asked: 0, ends: Vec::new() };
        assert!(turn.tell(news(vec![message(1), message(2)])));
        assert!(!turn.tell(news(vec![message(1), message(2)])), "it is no news");
        assert!(turn.tell(news(vec![message(2), message(3)])));
        let received: Vec<_> = std::iter::from_fn(|| turn.receive(&channel)).collect();
        assert_eq!(received, [[1], [2], [3]]);
        assert_eq!(turn.take_effects().consumed, [1, 2, 3]);
    }
}
