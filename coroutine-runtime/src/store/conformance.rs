//! What every store must do, as tests over any store: [`check`] runs them all.
//!
//! ```
//! use coroutine_runtime::store::{Memory, conformance};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! conformance::check(Memory::new).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
use super::{
    Asked, Checkpoint, Committed, End, Fate, Filter, INBOX_MAX, Id, Loaded, NewCoroutine, NewMessage, NewsOf, Next, Record, Report, Sent,
    Started, Status, Store, StoreError, Stored, Wake, WorkerId,
};
use std::error::Error;
use std::sync::Arc;

type Outcome = Result<(), Box<dyn Error>>;

/// Runs all rules, each over a new store.
///
/// ```
/// use coroutine_runtime::store::{Memory, conformance};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// conformance::check(Memory::new).await // or a store of your own: a new one for each of the checks
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where a store gives one that the rule does not ask for.
///
/// # Panics
/// Where a rule does not hold, with its name in the backtrace.
pub async fn check<S: Store>(make: impl Fn() -> S) -> Outcome {
    starts_are_idempotent(&make()).await?;
    the_first_in_line_is_claimed_first(&make()).await?;
    a_claim_takes_only_what_it_may(&make()).await?;
    a_checkpoint_is_all_or_nothing(&make()).await?;
    a_checkpoint_is_conditional(&make()).await?;
    what_is_not_released_is_nobody_elses(&make()).await?;
    the_deposed_cannot_write(&make()).await?;
    a_worker_that_beats_is_not_deposed(&make()).await?;
    who_ends_gives_everything_back(&make()).await?;
    timers_are_never_early(&make()).await?;
    messages_wake(&make()).await?;
    messages_that_came_before_wake_at_once(&make()).await?;
    keys_deliver_once(&make()).await?;
    inboxes_have_an_end(&make()).await?;
    what_was_not_consumed_stays(&make()).await?;
    messages_between_coroutines(&make()).await?;
    the_end_of_a_child_wakes_its_parent(&make()).await?;
    an_end_takes_nothing_from_who_runs(&make()).await?;
    the_end_of_a_stranger_wakes(&make()).await?;
    ends_that_came_before_wake_at_once(&make()).await?;
    an_end_is_forever(&make()).await?;
    a_request_to_cancel_wakes(&make()).await?;
    a_request_to_cancel_is_told_once(&make()).await?;
    cancelling_reaches_children(&make()).await?;
    what_panicked_is_tried_again(&make()).await?;
    the_quarantined_rest(&make()).await?;
    who_killed_its_worker_is_seen(&make()).await?;
    news_come_while_it_runs(&make()).await?;
    everything_can_be_seen(&make()).await?;
    lists_come_in_pages(&make()).await?;
    what_ended_is_swept(&make()).await?;
    who_cannot_be_swept_is_in_nobodys_way(&make()).await?;
    many_at_once(&make()).await?;
    changes_are_told(&make()).await
}

const FUNCTION: &str = "order";
const TTL_MS: u64 = 1_000;

fn id(text: &str) -> Id {
    Id::try_from(text).unwrap_or_else(|error| panic!("{error}"))
}

fn order(text: &str) -> NewCoroutine {
    NewCoroutine { id: id(text), function: FUNCTION.into(), args: text.as_bytes().to_vec(), parent: None }
}

fn functions() -> [Arc<str>; 1] {
    [FUNCTION.into()]
}

fn message(to: &str, channel: &str, key: Option<&str>, payload: &str) -> NewMessage {
    NewMessage { to: id(to), channel: channel.into(), key: key.map(Arc::from), payload: payload.into() }
}

fn running(snapshot: &str) -> Next {
    Next::Running { snapshot: snapshot.into() }
}

fn waiting(wake: Wake) -> Next {
    Next::Waiting { snapshot: b"waiting".to_vec(), wake }
}

fn until(until_ms: u64) -> Wake {
    Wake { until_ms: Some(until_ms), ..Wake::default() }
}

fn channel(name: &str) -> Wake {
    Wake { channels: vec![name.into()], ..Wake::default() }
}

fn ends(ids: &[&str]) -> Wake {
    Wake { ends: ids.iter().map(|text| id(text)).collect(), ..Wake::default() }
}

fn completed(result: &str) -> Next {
    Next::Ended(End::Completed(result.into()))
}

fn texts(loaded: &Loaded) -> Vec<&str> {
    loaded.inbox.iter().filter_map(|message| std::str::from_utf8(&message.payload).ok()).collect()
}

/// A store with a worker at it.
struct Bench<'s> {
    store: &'s dyn Store,
    worker: WorkerId,
}

impl<'s> Bench<'s> {
    async fn new(store: &'s dyn Store) -> Result<Self, StoreError> {
        Ok(Bench { store, worker: store.open_worker(0, u64::MAX).await? })
    }

    async fn start(&self, now_ms: u64, text: &str) -> Result<(), StoreError> {
        assert_eq!(self.store.start(now_ms, vec![order(text)]).await?, [Started::New]);
        Ok(())
    }

    async fn claim(&self, now_ms: u64) -> Result<Vec<Loaded>, StoreError> {
        Ok(self.store.claim(self.worker, now_ms, 100, &functions()).await?.coroutines)
    }

    /// The one coroutine that can be claimed now.
    async fn claim_one(&self, now_ms: u64) -> Result<Loaded, StoreError> {
        let mut claimed = self.claim(now_ms).await?;
        assert_eq!(claimed.len(), 1, "one is ready at {now_ms}");
        Ok(claimed.remove(0))
    }

    async fn claimed_ids(&self, now_ms: u64) -> Result<Vec<String>, StoreError> {
        Ok(self.claim(now_ms).await?.into_iter().map(|loaded| loaded.id.into()).collect())
    }

    async fn commit(&self, now_ms: u64, checkpoint: Checkpoint) -> Result<Report, StoreError> {
        self.store.commit(self.worker, now_ms, vec![checkpoint]).await
    }

    /// Commits where it stands and nothing else; gives its revision.
    async fn next(&self, now_ms: u64, loaded: &Loaded, next: Next) -> Result<u64, StoreError> {
        self.done(now_ms, Checkpoint { cancels_taken: loaded.cancels_taken, ..Checkpoint::new(loaded.id.clone(), loaded.revision, next) })
            .await
    }

    async fn done(&self, now_ms: u64, checkpoint: Checkpoint) -> Result<u64, StoreError> {
        match self.commit(now_ms, checkpoint).await?.outcomes.as_slice() {
            [Committed::Done { revision, .. }] => Ok(*revision),
            other => panic!("it is not committed: {other:?}"),
        }
    }

    async fn see(&self, text: &str) -> Result<Record, StoreError> {
        Ok(self.store.inspect(id(text)).await?.unwrap_or_else(|| panic!("{text} is not there")))
    }

    async fn status(&self, text: &str) -> Result<Status, StoreError> {
        Ok(self.see(text).await?.status)
    }
}

async fn starts_are_idempotent(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    assert_eq!(store.start(7, vec![order("a"), order("b"), order("a")]).await?, [Started::New, Started::New, Started::Same]);
    assert_eq!(store.start(8, vec![order("a")]).await?, [Started::Same]);
    assert_eq!(store.start(8, vec![NewCoroutine { args: b"other".to_vec(), ..order("a") }]).await?, [Started::Other]);
    assert_eq!(store.start(8, vec![NewCoroutine { function: "other".into(), ..order("a") }]).await?, [Started::Other]);
    let a = &bench.claim(9).await?[0];
    assert_eq!((&a.stored, &*a.function, a.attempts), (&Stored::Args(b"a".to_vec()), FUNCTION, 0));
    bench.next(9, a, completed("done")).await?;
    assert_eq!(store.start(10, vec![order("a")]).await?, [Started::Same], "also when it has ended");
    assert_eq!(bench.status("a").await?, Status::Completed);
    Ok(())
}

async fn the_first_in_line_is_claimed_first(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    for (now_ms, text) in [(5, "c"), (3, "b"), (4, "a"), (9, "d")] {
        bench.start(now_ms, text).await?;
    }
    let claimed = store.claim(bench.worker, 5, 2, &functions()).await?;
    assert_eq!(claimed.coroutines.iter().map(|loaded| loaded.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(claimed.next_due_ms, Some(5), "there is more");
    assert_eq!(bench.claimed_ids(5).await?, ["c", "d"], "who was started by a clock that is ahead is last, and not hidden");
    let claimed = store.claim(bench.worker, 10, 2, &functions()).await?;
    assert!(claimed.coroutines.is_empty() && claimed.next_due_ms.is_none());

    // Whatever the function, and whether it is ready or due.
    bench.start(20, "e").await?;
    let e = bench.claim_one(20).await?;
    bench.next(20, &e, waiting(until(22))).await?;
    store.start(21, vec![NewCoroutine { function: "a function".into(), ..order("g") }]).await?;
    bench.start(23, "f").await?;
    store.start(24, vec![NewCoroutine { function: "a function".into(), ..order("h") }]).await?;
    let both: [Arc<str>; 2] = ["a function".into(), FUNCTION.into()];
    let claimed = store.claim(bench.worker, 30, 3, &both).await?;
    assert_eq!(claimed.coroutines.iter().map(|loaded| loaded.id.as_str()).collect::<Vec<_>>(), ["g", "e", "f"]);
    assert_eq!(claimed.next_due_ms, Some(30));
    Ok(())
}

async fn a_claim_takes_only_what_it_may(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    store.start(0, vec![NewCoroutine { function: "other".into(), ..order("b") }]).await?;
    assert!(store.claim(bench.worker, 1, 10, &[]).await?.coroutines.is_empty());
    assert!(store.claim(bench.worker, 1, 0, &functions()).await?.coroutines.is_empty());
    assert_eq!(bench.claimed_ids(1).await?, ["a"]);
    let both: [Arc<str>; 3] = ["other".into(), FUNCTION.into(), "other".into()];
    assert_eq!(store.claim(bench.worker, 1, 10, &both).await?.coroutines.len(), 1, "what is claimed is claimed once");
    Ok(())
}

async fn a_checkpoint_is_all_or_nothing(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    bench.start(0, "b").await?;
    store.send(0, vec![message("a", "in", None, "1"), message("a", "in", None, "2")]).await?;
    let claimed = bench.claim(1).await?;
    let a = &claimed[0];
    let whole = Checkpoint {
        serial: 9,
        consumed: vec![a.inbox[0].seq],
        starts: vec![NewCoroutine { parent: Some(id("a")), ..order("a/1") }, NewCoroutine { args: vec![], ..order("b") }],
        sends: vec![message("a/1", "hello", None, "child"), message("b", "hello", None, "b")],
        cancels: vec![id("b")],
        progress: Some(b"half".to_vec()),
        ..Checkpoint::new(id("a"), a.revision, running("one"))
    };
    let stale = store.commit(bench.worker, 2, vec![Checkpoint { revision: a.revision + 1, ..whole.clone() }]).await?;
    assert_eq!(stale.outcomes, [Committed::Stale]);
    assert_eq!((store.inspect(id("a/1")).await?, bench.see("b").await?.inbox, bench.see("a").await?.inbox), (None, 0, 2));

    let report = bench.commit(2, whole.clone()).await?;
    assert_eq!(report.outcomes, [Committed::Done { revision: a.revision + 1, ready: false, cancels_asked: 0, clashes: vec![id("b")] }]);
    assert_eq!(report.ready, 1, "the child");
    assert_eq!(bench.commit(3, whole).await?.outcomes, [Committed::Stale], "once");

    let seen = bench.see("a").await?;
    assert_eq!((seen.revision, seen.inbox, seen.changed_ms, seen.started_ms), (a.revision + 1, 1, 2, 0));
    assert_eq!((seen.stored, seen.progress), (Some(Stored::Snapshot(b"one".to_vec())), Some(b"half".to_vec())));
    let child = bench.claim_one(3).await?;
    assert_eq!((child.id.as_str(), &child.parent, texts(&child)), ("a/1", &Some(id("a")), vec!["child"]));
    let b = bench.see("b").await?;
    assert_eq!((b.inbox, b.cancels_asked), (1, 1));

    store.release(bench.worker, 4, vec![id("a")]).await?;
    let a = bench.claim_one(4).await?;
    assert_eq!((a.serial, texts(&a), &a.stored), (9, vec!["2"], &Stored::Snapshot(b"one".to_vec())));
    Ok(())
}

async fn a_checkpoint_is_conditional(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    let other = Bench { worker: store.open_worker(0, TTL_MS).await?, ..bench };
    assert_ne!(bench.worker, other.worker);
    bench.start(0, "a").await?;
    let unclaimed = Checkpoint::new(id("a"), 0, completed("early"));
    assert_eq!(bench.commit(0, unclaimed).await?.outcomes, [Committed::Stale], "nobody has it");
    let a = bench.claim_one(1).await?;
    let checkpoint = Checkpoint::new(id("a"), a.revision, running("one"));
    assert_eq!(other.commit(1, checkpoint.clone()).await?.outcomes, [Committed::Stale], "another has it");
    assert_eq!(bench.commit(1, Checkpoint::new(id("b"), 0, running("one"))).await?.outcomes, [Committed::Stale], "it is not there");
    let twice = store.commit(bench.worker, 1, vec![checkpoint.clone(), checkpoint]).await?;
    assert!(matches!(twice.outcomes[..], [Committed::Done { .. }, Committed::Stale]), "{twice:?}");
    let on = Checkpoint::new(id("a"), a.revision + 1, running("two"));
    let last = Checkpoint::new(id("a"), a.revision + 2, completed("three"));
    let report = store.commit(bench.worker, 2, vec![on, last]).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { .. }, Committed::Done { .. }]), "two of one in a batch, in their order");
    assert_eq!(bench.see("a").await?.end, Some(End::Completed(b"three".to_vec())));
    Ok(())
}

async fn what_is_not_released_is_nobody_elses(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    let other = Bench { worker: store.open_worker(0, TTL_MS).await?, ..bench };
    bench.start(0, "a").await?;
    bench.start(0, "b").await?;
    let a = bench.claim(0).await?.remove(0);
    assert!(other.claim(u64::MAX).await?.is_empty());
    bench.next(1, &a, running("one")).await?;
    assert!(other.claim(u64::MAX).await?.is_empty(), "a checkpoint on the way lets nothing go");
    store.release(other.worker, 2, vec![id("a"), id("b"), id("c")]).await?;
    assert!(other.claim(u64::MAX).await?.is_empty(), "nobody gives back what others have");
    store.release(bench.worker, 2, vec![id("a")]).await?;
    let a = other.claim_one(2).await?;
    assert_eq!((a.id.as_str(), a.attempts), ("a", 0));
    let revision = other.next(3, &a, Next::Released).await?;
    let a = bench.claim_one(3).await?;
    assert_eq!((a.revision, a.stored), (revision, Stored::Snapshot(b"one".to_vec())));
    Ok(())
}

async fn the_deposed_cannot_write(store: &dyn Store) -> Outcome {
    let bench = Bench { store, worker: store.open_worker(0, TTL_MS).await? };
    for text in ["a", "b"] {
        bench.start(0, text).await?;
    }
    let claimed = bench.claim(1).await?;
    assert_eq!(store.depose(TTL_MS - 1).await?, 0);
    assert_eq!(store.depose(TTL_MS).await?, 1);
    assert_eq!(store.depose(TTL_MS).await?, 0, "once");

    let fenced = |answer: Option<StoreError>| assert!(matches!(answer, Some(StoreError::Fenced)), "{answer:?}");
    let checkpoint = Checkpoint { starts: vec![order("c")], ..Checkpoint::new(id("a"), claimed[0].revision, completed("late")) };
    fenced(bench.commit(2, checkpoint.clone()).await.err());
    fenced(store.heartbeat(bench.worker, 2, TTL_MS).await.err());
    fenced(store.claim(bench.worker, 2, 1, &functions()).await.err());
    fenced(store.release(bench.worker, 2, vec![id("a")]).await.err());

    let other = Bench::new(store).await?;
    assert_ne!(other.worker, bench.worker, "never used twice");
    assert_eq!(other.claimed_ids(TTL_MS).await?, ["a", "b"]);
    fenced(bench.commit(2, checkpoint).await.err());
    assert_eq!((bench.status("a").await?, store.inspect(id("c")).await?), (Status::Running, None));
    Ok(())
}

async fn a_worker_that_beats_is_not_deposed(store: &dyn Store) -> Outcome {
    let worker = store.open_worker(0, TTL_MS).await?;
    store.heartbeat(worker, TTL_MS / 2, TTL_MS).await?;
    assert_eq!(store.depose(TTL_MS).await?, 0);
    store.heartbeat(worker, 0, TTL_MS).await?;
    assert_eq!(store.depose(TTL_MS).await?, 0, "a clock that was set back takes no time away");
    assert_eq!(store.depose(TTL_MS / 2 + TTL_MS).await?, 1);
    Ok(())
}

async fn who_ends_gives_everything_back(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    for text in ["a", "b"] {
        bench.start(0, text).await?;
    }
    let claimed = bench.claim(0).await?;
    bench.next(1, &claimed[0], waiting(until(10))).await?;
    store.close_worker(bench.worker, 2).await?;
    assert!(matches!(store.claim(bench.worker, 2, 1, &functions()).await, Err(StoreError::Fenced)));
    let other = Bench::new(store).await?;
    let b = other.claim_one(2).await?;
    assert_eq!((b.id.as_str(), b.attempts), ("b", 0));
    assert_eq!(store.depose(1 << 60).await?, 0, "who has ended cannot be deposed");
    Ok(())
}

async fn timers_are_never_early(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    for text in ["a", "b", "c"] {
        bench.start(0, text).await?;
    }
    let claimed = bench.claim(0).await?;
    let report = store
        .commit(
            bench.worker,
            1,
            vec![
                Checkpoint::new(id("a"), claimed[0].revision, waiting(until(200))),
                Checkpoint::new(id("b"), claimed[1].revision, waiting(until(100))),
                Checkpoint::new(id("c"), claimed[2].revision, waiting(until(1))),
            ],
        )
        .await?;
    assert_eq!((report.next_due_ms, report.ready), (Some(100), 1));
    assert!(matches!(report.outcomes[2], Committed::Done { ready: true, .. }), "it is over already");
    assert_eq!(bench.claimed_ids(1).await?, ["c"]);
    let claimed = store.claim(bench.worker, 99, 10, &functions()).await?;
    assert_eq!((claimed.coroutines.len(), claimed.next_due_ms), (0, Some(100)));
    assert_eq!(bench.status("b").await?, Status::Waiting);
    assert_eq!(bench.see("b").await?.wake, Some(until(100)));
    assert_eq!(bench.claimed_ids(100).await?, ["b"]);
    assert_eq!(bench.claimed_ids(u64::MAX).await?, ["a"]);
    Ok(())
}

async fn messages_wake(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    bench.next(1, &a, waiting(channel("in"))).await?;
    assert_eq!(store.send(2, vec![message("a", "other", None, "0"), message("b", "in", None, "0")]).await?, [Sent::New, Sent::Unknown]);
    assert!(bench.claim(u64::MAX).await?.is_empty());
    assert_eq!(store.send(3, vec![message("a", "in", None, "1"), message("a", "in", None, "2")]).await?, [Sent::New, Sent::New]);
    let a = bench.claim_one(3).await?;
    assert_eq!(texts(&a), ["0", "1", "2"]);
    assert!(a.inbox.windows(2).all(|two| two[0].seq < two[1].seq));
    assert_eq!(a.stored, Stored::Snapshot(b"waiting".to_vec()));
    Ok(())
}

async fn messages_that_came_before_wake_at_once(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    store.send(1, vec![message("a", "in", None, "1")]).await?;
    let report = bench.commit(2, Checkpoint::new(id("a"), a.revision, waiting(channel("in")))).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: true, .. }]));
    let a = bench.claim_one(2).await?;
    let waits = Checkpoint { consumed: vec![a.inbox[0].seq], ..Checkpoint::new(id("a"), a.revision, waiting(channel("in"))) };
    let report = bench.commit(3, waits).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: false, .. }]), "what is consumed wakes nobody");
    assert!(bench.claim(u64::MAX).await?.is_empty());
    Ok(())
}

async fn keys_deliver_once(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    bench.start(0, "b").await?;
    let twice = vec![message("a", "in", Some("k"), "1"), message("a", "other", Some("k"), "2"), message("b", "in", Some("k"), "3")];
    assert_eq!(store.send(0, twice).await?, [Sent::New, Sent::Duplicate, Sent::New]);
    assert_eq!(
        store.send(0, vec![message("a", "in", Some("k"), "4"), message("a", "in", Some("l"), "5")]).await?,
        [Sent::Duplicate, Sent::New]
    );
    let a = bench.claim(1).await?.remove(0);
    assert_eq!(texts(&a), ["1", "5"]);
    let consumed = a.inbox.iter().map(|message| message.seq).collect();
    let on =
        Checkpoint { consumed, sends: vec![message("b", "in", Some("k"), "6")], ..Checkpoint::new(id("a"), a.revision, running("one")) };
    bench.done(2, on).await?;
    assert_eq!(store.send(3, vec![message("a", "in", Some("k"), "7")]).await?, [Sent::Duplicate], "also when it was received");
    assert_eq!(bench.see("b").await?.inbox, 1);
    Ok(())
}

async fn inboxes_have_an_end(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let sent = store.send(0, vec![message("a", "in", None, ""); INBOX_MAX]).await?;
    assert!(sent.iter().all(|sent| *sent == Sent::New));
    assert_eq!(store.send(0, vec![message("a", "in", Some("k"), "")]).await?, [Sent::Full]);
    let a = bench.claim_one(0).await?;
    assert_eq!(a.inbox.len(), INBOX_MAX);
    bench.done(1, Checkpoint { consumed: vec![a.inbox[0].seq], ..Checkpoint::new(id("a"), a.revision, running("one")) }).await?;
    assert_eq!(store.send(0, vec![message("a", "in", Some("k"), "")]).await?, [Sent::New], "a key is not used up by a refusal");
    Ok(())
}

async fn what_was_not_consumed_stays(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    store.send(1, vec![message("a", "x", None, "1"), message("a", "y", None, "2"), message("a", "x", None, "3")]).await?;
    bench.next(2, &a, running("one")).await?;
    store.release(bench.worker, 3, vec![id("a")]).await?;
    let a = bench.claim_one(3).await?;
    assert_eq!(texts(&a), ["1", "2", "3"]);
    bench.done(4, Checkpoint { consumed: vec![a.inbox[1].seq], ..Checkpoint::new(id("a"), a.revision, Next::Released) }).await?;
    let a = bench.claim_one(4).await?;
    assert_eq!(texts(&a), ["1", "3"]);
    store.send(5, vec![message("a", "x", None, "4")]).await?;
    store.release(bench.worker, 5, vec![id("a")]).await?;
    let again = bench.claim_one(5).await?;
    assert_eq!(texts(&again), ["1", "3", "4"]);
    assert!(again.inbox.windows(2).all(|two| two[0].seq < two[1].seq), "numbers are not used again");
    Ok(())
}

async fn messages_between_coroutines(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    bench.next(1, &a, waiting(channel("in"))).await?;
    bench.start(1, "b").await?;
    let b = bench.claim_one(1).await?;
    let sends = vec![message("a", "in", None, "1"), message("b", "self", None, "2"), message("nobody", "in", None, "3")];
    let report = bench.commit(2, Checkpoint { sends, ..Checkpoint::new(id("b"), b.revision, waiting(channel("self"))) }).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: true, .. }]), "what it sent itself wakes it");
    assert_eq!(report.ready, 2);
    assert_eq!(bench.claimed_ids(2).await?, ["a", "b"]);
    Ok(())
}

async fn the_end_of_a_child_wakes_its_parent(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    let starts = ["a/1", "a/2", "a/3"].map(|text| NewCoroutine { parent: Some(id("a")), ..order(text) }).to_vec();
    bench.done(1, Checkpoint { starts, ..Checkpoint::new(id("a"), a.revision, waiting(ends(&["a/2", "a/3"]))) }).await?;
    let children = bench.claim(2).await?;
    assert_eq!(children.len(), 3);
    bench.next(3, &children[0], completed("1")).await?;
    assert!(bench.claim(u64::MAX).await?.is_empty(), "it does not wait for this one");
    bench.next(4, &children[1], Next::Ended(End::Failed("no".into()))).await?;
    let a = bench.claim_one(4).await?;
    assert_eq!(a.ends, [(id("a/2"), Fate::Ended(End::Failed("no".into())))]);
    store.release(bench.worker, 4, vec![id("a")]).await?;
    assert_eq!(bench.claim_one(4).await?.ends.len(), 1, "it is told again until its next checkpoint");
    bench.next(5, &a, waiting(ends(&["a/3"]))).await?;
    bench.next(6, &children[2], completed("3")).await?;
    assert_eq!(bench.claim_one(6).await?.ends, [(id("a/3"), Fate::Ended(End::Completed(b"3".to_vec())))]);
    let fates = store.ends(vec![id("a/1"), id("a"), id("nobody")]).await?;
    assert_eq!(fates, [Fate::Ended(End::Completed(b"1".to_vec())), Fate::Alive, Fate::Unknown]);
    Ok(())
}

async fn an_end_takes_nothing_from_who_runs(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    let starts = vec![NewCoroutine { parent: Some(id("a")), ..order("a/1") }];
    let wake = Wake { channels: vec!["in".into()], ..ends(&["a/1"]) };
    bench.done(1, Checkpoint { starts, ..Checkpoint::new(id("a"), a.revision, waiting(wake)) }).await?;
    let child = bench.claim_one(1).await?;
    store.send(2, vec![message("a", "in", None, "")]).await?;
    let a = bench.claim_one(2).await?;
    assert_eq!(bench.commit(3, Checkpoint::new(child.id.clone(), child.revision, completed("1"))).await?.ready, 0);
    store.send(3, vec![message("a", "in", None, "")]).await?;
    store.cancel(3, id("a")).await?;
    assert!(bench.claim(u64::MAX).await?.is_empty(), "it runs");
    bench.next(4, &a, completed("a")).await?;
    Ok(())
}

async fn the_end_of_a_stranger_wakes(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    for text in ["a", "b", "c"] {
        bench.start(0, text).await?;
    }
    let claimed = bench.claim(0).await?;
    bench.next(1, &claimed[0], waiting(ends(&["c"]))).await?;
    bench.next(1, &claimed[1], waiting(Wake { channels: vec!["in".into()], ..ends(&["c"]) })).await?;
    store.send(2, vec![message("b", "in", None, "")]).await?;
    let b = bench.claim_one(2).await?;
    bench.next(3, &b, waiting(channel("other"))).await?;
    let report = bench.commit(4, Checkpoint::new(id("c"), claimed[2].revision, completed("c"))).await?;
    assert_eq!(report.ready, 1, "who waits for it no more is not woken");
    assert_eq!(bench.claim_one(4).await?.ends, [(id("c"), Fate::Ended(End::Completed(b"c".to_vec())))]);
    Ok(())
}

async fn ends_that_came_before_wake_at_once(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    bench.start(1, "b").await?;
    let claimed = bench.claim(1).await?;
    bench.next(2, &claimed[1], completed("b")).await?;
    let report = bench.commit(3, Checkpoint::new(id("a"), claimed[0].revision, waiting(ends(&["b"])))).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: true, .. }]));
    let a = bench.claim_one(3).await?;
    let report = bench.commit(4, Checkpoint::new(id("a"), a.revision, waiting(ends(&["nobody"])))).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: true, .. }]), "it would wait forever");
    assert_eq!(bench.claim_one(4).await?.ends, [(id("nobody"), Fate::Unknown)]);
    Ok(())
}

async fn an_end_is_forever(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    store.send(0, vec![message("a", "in", Some("k"), "")]).await?;
    let revision = bench.next(1, &a, completed("done")).await?;
    assert_eq!(bench.commit(2, Checkpoint::new(id("a"), revision, running("on"))).await?.outcomes, [Committed::Stale]);
    assert_eq!(store.send(2, vec![message("a", "in", None, ""), message("a", "in", Some("k"), "")]).await?, [Sent::Ended, Sent::Ended]);
    assert_eq!(store.cancel(2, id("a")).await?, Asked::Ended);
    assert!(!store.resume(2, id("a")).await? && !store.fail(2, id("a"), "no".into()).await?);
    store.release(bench.worker, 2, vec![id("a")]).await?;
    assert!(bench.claim(u64::MAX).await?.is_empty());
    let seen = bench.see("a").await?;
    assert_eq!((seen.status, seen.end, seen.stored), (Status::Completed, Some(End::Completed(b"done".to_vec())), None));
    assert_eq!((seen.inbox, seen.changed_ms, seen.revision), (0, 1, revision));
    Ok(())
}

async fn a_request_to_cancel_wakes(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    assert_eq!(store.cancel(0, id("nobody")).await?, Asked::Unknown);
    let a = bench.claim_one(0).await?;
    bench.next(1, &a, waiting(until(1_000_000))).await?;
    assert_eq!(store.cancel(2, id("a")).await?, Asked::New);
    let a = bench.claim_one(2).await?;
    assert_eq!((a.cancels_asked, a.cancels_taken), (1, 0));
    bench.next(3, &a, Next::Ended(End::Cancelled)).await?;
    assert_eq!((bench.status("a").await?, bench.see("a").await?.end), (Status::Cancelled, Some(End::Cancelled)));
    Ok(())
}

async fn a_request_to_cancel_is_told_once(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    assert_eq!(store.cancel(1, id("a")).await?, Asked::New);
    let report = bench.commit(2, Checkpoint::new(id("a"), a.revision, waiting(Wake::default()))).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: true, cancels_asked: 1, .. }]), "it was not told");
    let a = bench.claim_one(2).await?;
    bench.done(3, Checkpoint { cancels_taken: 1, ..Checkpoint::new(id("a"), a.revision, waiting(until(1_000))) }).await?;
    assert!(bench.claim(999).await?.is_empty(), "it was told");
    assert_eq!(store.cancel(4, id("a")).await?, Asked::Again);
    let a = bench.claim_one(4).await?;
    assert_eq!((a.cancels_asked, a.cancels_taken), (2, 1));
    Ok(())
}

async fn cancelling_reaches_children(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    let starts = ["a/1", "a/2", "a/3", "a/4"].map(|text| NewCoroutine { parent: Some(id("a")), ..order(text) }).to_vec();
    bench.done(1, Checkpoint { starts, ..Checkpoint::new(id("a"), a.revision, waiting(Wake::default())) }).await?;
    let children = bench.claim(1).await?;
    bench.next(2, &children[0], waiting(channel("in"))).await?;
    bench.next(2, &children[1], completed("2")).await?;
    assert_eq!(store.cancel(2, id("a/4")).await?, Asked::New);
    store.cancel(3, id("a")).await?;
    assert_eq!(bench.see("a/1").await?.cancels_asked, 0, "its children are asked when it has ended");
    let a = bench.claim_one(3).await?;
    let report = bench.commit(4, Checkpoint::new(id("a"), a.revision, Next::Ended(End::Cancelled))).await?;
    assert_eq!(report.ready, 1, "the child that waits");
    let asked = [bench.see("a/1").await?.cancels_asked, bench.see("a/2").await?.cancels_asked, bench.see("a/3").await?.cancels_asked];
    assert_eq!(asked, [1, 0, 1], "those that live");
    assert_eq!(bench.see("a/4").await?.cancels_asked, 1, "who was asked is not asked again");
    assert_eq!(bench.claimed_ids(4).await?, ["a/1"]);
    Ok(())
}

async fn what_panicked_is_tried_again(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    let a = bench.claim_one(0).await?;
    bench.next(1, &a, running("one")).await?;
    let panicked = |attempts, until_ms| Next::Retrying { error: "oh".into(), attempts, until_ms };
    let report = bench.commit(2, Checkpoint::new(id("a"), a.revision + 1, panicked(1, 50))).await?;
    assert_eq!(report.next_due_ms, Some(50));
    let seen = bench.see("a").await?;
    assert_eq!((seen.status, seen.error.as_deref(), seen.attempts), (Status::Retrying, Some("oh"), 1));
    assert!(bench.claim(49).await?.is_empty());
    let a = bench.claim_one(50).await?;
    assert_eq!((a.attempts, &a.stored), (1, &Stored::Snapshot(b"one".to_vec())), "it stands where it stood");
    bench.next(51, &a, panicked(2, 1_000)).await?;
    store.cancel(52, id("a")).await?;
    let a = bench.claim_one(52).await?;
    assert_eq!(a.attempts, 2);
    bench.next(53, &a, running("two")).await?;
    let seen = bench.see("a").await?;
    assert_eq!((seen.attempts, seen.error), (0, None), "a good checkpoint forgets");
    let report = bench.commit(54, Checkpoint::new(id("a"), seen.revision, panicked(1, 1_000))).await?;
    assert!(matches!(report.outcomes[..], [Committed::Done { ready: true, .. }]), "it is to cancel and was not told");
    Ok(())
}

async fn the_quarantined_rest(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    store.start(0, ["a", "b", "c"].map(order).to_vec()).await?;
    for loaded in bench.claim(0).await? {
        bench.next(0, &loaded, Next::Retrying { error: "oh".into(), attempts: 5, until_ms: 1 }).await?;
    }
    for loaded in bench.claim(1).await? {
        bench.next(1, &loaded, Next::Quarantined { error: "broken".into() }).await?;
    }
    assert!(bench.claim(u64::MAX).await?.is_empty());
    store.send(2, vec![message("a", "in", None, "")]).await?;
    assert!(bench.claim(u64::MAX).await?.is_empty());
    let seen = bench.see("a").await?;
    assert_eq!(
        (seen.status, seen.error.as_deref(), &seen.stored),
        (Status::Quarantined, Some("broken"), &Some(Stored::Args(b"a".to_vec())))
    );

    assert!(store.resume(3, id("a")).await? && !store.resume(3, id("a")).await? && !store.resume(3, id("nobody")).await?);
    let a = bench.claim_one(3).await?;
    let revision = a.revision;
    assert_eq!((a.attempts, a.stored, a.inbox.len()), (0, Stored::Args(b"a".to_vec()), 1));
    assert!(!store.fail(3, id("a"), "no".into()).await?, "it runs");

    bench.done(4, Checkpoint::new(id("a"), revision, waiting(ends(&["b"])))).await?;
    assert!(store.fail(5, id("b"), "given up".into()).await?);
    assert_eq!(bench.claim_one(5).await?.ends, [(id("b"), Fate::Ended(End::Failed("given up".into())))]);
    assert_eq!(store.cancel(6, id("c")).await?, Asked::New);
    assert_eq!(bench.claimed_ids(6).await?, ["c"]);
    Ok(())
}

async fn who_killed_its_worker_is_seen(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    for attempts in 1..=3 {
        let now_ms = u64::from(attempts) * TTL_MS;
        let worker = store.open_worker(now_ms, TTL_MS).await?;
        assert_eq!(store.claim(worker, now_ms, 1, &functions()).await?.coroutines[0].attempts, attempts - 1);
        assert_eq!(store.depose(now_ms + TTL_MS).await?, 1);
        assert_eq!(bench.see("a").await?.attempts, attempts);
    }
    Ok(())
}

async fn news_come_while_it_runs(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "a").await?;
    bench.start(1, "b").await?;
    store.send(1, vec![message("a", "in", None, "1")]).await?;
    let claimed = bench.claim(1).await?;
    let after_seq = claimed[0].inbox[0].seq;
    store.send(2, vec![message("a", "in", None, "2"), message("a", "other", None, "3")]).await?;
    store.cancel(2, id("a")).await?;
    bench.next(3, &claimed[1], completed("b")).await?;
    let of = |text: &str| NewsOf { id: id(text), after_seq, ends: vec![id("a"), id("b")] };
    let news = store.news(bench.worker, vec![of("b"), of("a"), of("nobody")]).await?;
    assert_eq!(news.iter().map(|news| news.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(news[0].inbox.iter().map(|message| &*message.payload).collect::<Vec<_>>(), [b"2", b"3"]);
    assert_eq!((news[0].cancels_asked, &news[0].ends), (1, &vec![(id("b"), Fate::Ended(End::Completed(b"b".to_vec())))]));
    let other = store.open_worker(0, TTL_MS).await?;
    assert!(store.news(other, vec![of("a")]).await?.is_empty(), "it is another's");
    Ok(())
}

async fn everything_can_be_seen(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    store.start(5, vec![NewCoroutine { parent: Some(id("p")), ..order("a") }]).await?;
    let seen = bench.see("a").await?;
    let expected = Record {
        id: id("a"),
        function: FUNCTION.into(),
        status: Status::Ready,
        worker: None,
        revision: seen.revision,
        stored: Some(Stored::Args(b"a".to_vec())),
        wake: None,
        attempts: 0,
        error: None,
        progress: None,
        parent: Some(id("p")),
        inbox: 0,
        cancels_asked: 0,
        started_ms: 5,
        changed_ms: 5,
        end: None,
    };
    assert_eq!(seen, expected);
    let a = bench.claim_one(6).await?;
    assert_eq!((bench.see("a").await?.worker, bench.status("a").await?), (Some(bench.worker), Status::Running));
    let wake = Wake { until_ms: Some(9), channels: vec!["x".into(), "y".into()], ends: vec![id("p")] };
    store.start(6, vec![order("p")]).await?;
    bench.done(7, Checkpoint { progress: Some(vec![]), ..Checkpoint::new(id("a"), a.revision, waiting(wake.clone())) }).await?;
    let expected = Record {
        status: Status::Waiting,
        revision: a.revision + 1,
        stored: Some(Stored::Snapshot(b"waiting".to_vec())),
        wake: Some(wake),
        progress: Some(vec![]),
        changed_ms: 7,
        ..expected
    };
    assert_eq!(bench.see("a").await?, expected);
    assert_eq!(store.inspect(id("nobody")).await?, None);
    Ok(())
}

async fn lists_come_in_pages(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    let mut names: Vec<String> = (0..25).map(|n| format!("n{n:02}")).collect();
    store.start(0, names.iter().map(|name| order(name)).collect()).await?;
    store.start(0, vec![NewCoroutine { function: "other".into(), ..order("m") }]).await?;
    let claimed = bench.claim(0).await?;
    bench.next(1, &claimed[3], completed("done")).await?;

    let all = |filter: Filter| async move {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(filter.clone(), after, 10).await?;
            assert!(page.records.len() <= 10 && page.records.iter().all(|record| record.stored.is_none()));
            found.extend(page.records.into_iter().map(|record| String::from(record.id)));
            after = page.next;
            if after.is_none() {
                return Ok::<_, StoreError>(found);
            }
        }
    };
    assert_eq!(all(Filter { function: Some(FUNCTION.into()), status: None }).await?, names);
    assert_eq!(all(Filter { status: Some(Status::Completed), function: None }).await?, ["n03"]);
    assert_eq!(all(Filter { status: Some(Status::Ready), function: None }).await?, ["m"]);
    names.insert(0, "m".into());
    assert_eq!(all(Filter::default()).await?, names);
    Ok(())
}

async fn what_ended_is_swept(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    store.start(0, ["a", "b", "c", "p"].map(order).to_vec()).await?;
    store.start(0, vec![NewCoroutine { parent: Some(id("p")), ..order("p/1") }]).await?;
    for loaded in bench.claim(0).await? {
        let ends_ms = match loaded.id.as_str() {
            "a" | "p/1" => 10,
            "b" => 20,
            _ => continue,
        };
        bench.next(ends_ms, &loaded, completed("done")).await?;
    }
    store.send(20, vec![message("c", "in", Some("k"), "")]).await?;
    assert_eq!(store.sweep(20, 10, 100).await?.removed, 0);
    let swept = store.sweep(20, 20, 100).await?;
    assert_eq!((swept.removed, swept.more), (1, false), "the child's parent lives and may ask for it");
    assert_eq!(store.ends(["a", "b", "c", "p/1"].map(id).to_vec()).await?[0], Fate::Unknown);
    assert_eq!(store.start(21, vec![order("a")]).await?, [Started::New], "the id is free");

    let p = store.inspect(id("p")).await?.map_or(0, |record| record.revision);
    bench.done(25, Checkpoint::new(id("p"), p, completed("done"))).await?;
    let swept = store.sweep(50, 50, 2).await?;
    assert_eq!((swept.removed, swept.more), (2, true));
    let swept = store.sweep(50, 50, 2).await?;
    assert_eq!(swept.removed, 1);
    assert_eq!(store.list(Filter::default(), None, 10).await?.records.len(), 2, "a again, and c");
    Ok(())
}

async fn who_cannot_be_swept_is_in_nobodys_way(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    bench.start(0, "p").await?;
    store.start(0, vec![NewCoroutine { parent: Some(id("p")), ..order("p/1") }, order("q")]).await?;
    let claimed = bench.claim(0).await?;
    bench.next(10, &claimed[1], completed("done")).await?;
    bench.next(20, &claimed[2], completed("done")).await?;
    let swept = store.sweep(30, 30, 1).await?;
    assert_eq!((swept.removed, swept.more), (0, true), "its parent lives");
    assert_eq!(store.sweep(30, 30, 1).await?.removed, 1);
    let fates = store.ends(vec![id("p/1"), id("q")]).await?;
    assert_eq!(fates, [Fate::Ended(End::Completed(b"done".to_vec())), Fate::Unknown]);
    Ok(())
}

async fn many_at_once(store: &dyn Store) -> Outcome {
    const MANY: usize = 1_500;
    let bench = Bench::new(store).await?;
    let names: Vec<String> = (0..MANY).map(|n| format!("n{n:05}")).collect();
    store.start(0, names.iter().map(|name| order(name)).collect()).await?;
    let (mut claimed, mut most) = (Vec::new(), MANY);
    while most > 0 {
        let some = store.claim(bench.worker, 0, 400, &functions()).await?.coroutines;
        most -= some.len();
        claimed.extend(some);
    }
    let sleep = |loaded: &Loaded| Checkpoint::new(loaded.id.clone(), loaded.revision, waiting(until(5)));
    let report = store.commit(bench.worker, 1, claimed.iter().map(sleep).collect()).await?;
    assert!(report.outcomes.iter().all(|outcome| matches!(outcome, Committed::Done { ready: false, .. })));
    let claimed = store.claim(bench.worker, 5, MANY + 1, &functions()).await?.coroutines;
    assert_eq!(claimed.iter().map(|loaded| loaded.id.as_str()).collect::<Vec<_>>(), names);
    store.close_worker(bench.worker, 6).await?;
    let other = Bench::new(store).await?;
    assert_eq!(store.claim(other.worker, 6, MANY + 1, &functions()).await?.coroutines.len(), MANY);
    Ok(())
}

async fn changes_are_told(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store).await?;
    let mut seen = store.changed(0).await;
    assert!(seen > 0);
    bench.start(0, "a").await?;
    seen = store.changed(seen).await;
    let a = bench.claim_one(0).await?;
    store.send(1, vec![message("a", "in", None, "")]).await?;
    seen = store.changed(seen).await;
    store.cancel(1, id("a")).await?;
    seen = store.changed(seen).await;
    bench.next(2, &a, completed("done")).await?;
    seen = store.changed(seen).await;

    bench.start(3, "b").await?;
    let b = bench.claim_one(3).await?;
    bench.next(3, &b, waiting(until(10))).await?;
    assert!(store.changed(seen).await > seen, "a new time to wake at");
    Ok(())
}
