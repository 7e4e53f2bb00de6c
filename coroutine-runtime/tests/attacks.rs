//! Safe code that tries to make the runtime's `unsafe` go wrong: guards that write when they drop, flights that are given up, panics in
//! the middle, values that are forgotten. To be run under AddressSanitizer and valgrind, too; here at least what is seen is right.
#![allow(clippy::box_collection, clippy::replace_box, reason = "the attack is that the box is another one")]
#![allow(missing_docs, clippy::unwrap_used)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;
use coroutine_runtime::{Suspended, join, race, select, try_join};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::task::{Context, Poll, Waker};

/// Pending as often as said.
fn pending(mut times: u32) -> impl Future<Output = ()> {
    poll_fn(move |cx| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Writes through what it borrows when it is dropped, as guards do.
struct Bell<'a>(&'a mut Vec<String>);
impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.push("rung".repeat(3));
    }
}
async fn ring(list: &mut Vec<String>) {
    let bell = Bell(list);
    pending(2).await;
    bell.0.push("landed".into());
}
async fn explode(list: &mut Vec<String>) {
    let bell = Bell(list);
    pending(1).await;
    assert!(bell.0.len() > 9, "in flight");
}
async fn look(list: &[String]) -> usize {
    pending(2).await;
    list.iter().map(String::len).sum()
}

#[durable]
async fn own(mut list: Vec<String>) -> usize {
    ring(&mut list).await;
    look(&list).await
}
#[durable]
async fn lent(list: &mut Vec<String>) -> usize {
    ring(list).await;
    look(list).await
}
#[durable]
async fn middle(list: &mut Vec<String>) -> usize {
    let inside = lent(list).await;
    inside + list.len()
}
#[durable]
async fn outer(mut list: Fresh) -> usize {
    let inside = middle(&mut list).await;
    inside + list.len()
}
#[durable]
async fn booms(mut list: Vec<String>) -> usize {
    explode(&mut list).await;
    list.len()
}
#[durable]
async fn deep(list: &mut Vec<String>, depth: u32) -> usize {
    if depth == 0 {
        ring(list).await;
        return list.len();
    }
    let below = Box::pin(deep(list, depth - 1)).await;
    list.push("back".into());
    below
}

/// Makes a new vector whenever it is borrowed mutably.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Fresh(Box<Vec<String>>);
impl std::ops::Deref for Fresh {
    type Target = Vec<String>;
    fn deref(&self) -> &Vec<String> {
        &self.0
    }
}
impl std::ops::DerefMut for Fresh {
    fn deref_mut(&mut self) -> &mut Vec<String> {
        self.0 = Box::new((*self.0).clone());
        &mut self.0
    }
}

/// A task that polls by hand, so that a flight can be given up at each poll.
fn given_up_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(value);
        }
    }
    None
}

#[test]
fn given_up_at_every_poll() {
    for polls in 0..12 {
        let mut list = vec!["first".to_string()];
        let done = given_up_after(polls, lent(&mut list));
        assert_eq!(done.is_some(), polls > 4);
        // What the guard wrote is there; nothing writes later.
        assert_eq!(list.len(), [1, 2, 2][polls.min(2)] + usize::from(polls > 2), "after {polls}");
        let _ = given_up_after(polls, own(vec!["first".into()]));
        let _ = given_up_after(polls, outer(Fresh(Box::new(vec!["first".into()]))));
        let mut coroutine = outer(Fresh(Box::new(vec!["first".into()]))).start();
        let _ = given_up_after(polls, coroutine.run_async());
        // Moved with a step under way, and dropped elsewhere.
        let moved = vec![Box::new(coroutine)];
        std::thread::spawn(move || drop(moved)).join().unwrap();
    }
}

#[test]
fn a_fresh_borrow_at_every_level() {
    let mut coroutine = outer(Fresh(Box::new(vec!["first".into()]))).start();
    let mut stored = Vec::new();
    let plain = coroutine.run_with(|coroutine| {
        stored.push(coroutine.snapshot().unwrap());
        Ok::<(), coroutine_runtime::ResumeError>(())
    });
    for bytes in stored {
        assert_eq!(restore(outer, &bytes).unwrap().run(), plain);
    }
}

#[test]
fn a_panic_in_flight() {
    let mut coroutine = booms(vec!["a".into()]).start();
    for n in 0..4 {
        let resumed = catch_unwind(AssertUnwindSafe(|| coroutine.run()));
        assert_eq!(resumed.is_err(), n == 0);
        assert!(coroutine.snapshot().is_err());
    }
    // In a task, with the panic below and the guard unwound.
    let mut list = vec!["a".to_string()];
    let mut future = Box::pin(lent(&mut list));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(future);
    assert_eq!(list.len(), 2);
}

#[test]
fn forgotten_in_flight() {
    // Never dropped, as by `forget`; yet something points to it, so that it is no leak to those who look for them.
    static FORGOTTEN: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());
    let mut list = vec!["a".to_string()];
    {
        let mut coroutine = lent(&mut list).start();
        assert!(given_up_after(2, coroutine.run_async()).is_none());
        FORGOTTEN.store(Box::into_raw(Box::new(coroutine)).cast(), Ordering::Relaxed);
    }
    // What was forgotten never writes again.
    list.push("b".into());
    assert_eq!(list, ["a", "b"]);
}

#[test]
fn erased_children_that_lend_on() {
    for polls in 0..8 {
        let mut list = vec![];
        let _ = given_up_after(polls, deep(&mut list, 3));
        let mut coroutine = deep(&mut list, 3).start();
        let _ = given_up_after(polls, coroutine.run_async());
    }
    let mut list = vec![];
    let mut stored = Vec::new();
    let mut coroutine = deep(&mut list, 5).start();
    let done = coroutine.run_with(|coroutine| {
        stored.push(coroutine.snapshot().unwrap());
        Ok::<(), coroutine_runtime::ResumeError>(())
    });
    assert_eq!(done, Ok(2));
    drop(coroutine);
    assert_eq!(list.len(), 7);
    for bytes in &stored {
        let mut list = vec![];
        assert_eq!(restore_with(deep, (&mut list,), bytes).unwrap().run(), Ok(2));
        assert_eq!(list.len(), 7);
    }
}

#[durable(yield = usize, resume = u8)]
async fn yields_between(list: &mut Vec<String>) -> usize {
    let mut total = 0;
    for n in 0..3usize {
        let got = yield_(list.len()).await;
        list.push(format!("{n}{got}"));
        total += one_more(list).await;
    }
    total
}
#[durable(yield = usize, resume = u8)]
async fn one_more(list: &mut Vec<String>) -> usize {
    list.push("more".into());
    let got = yield_(list.len()).await;
    ring(list).await;
    list.len() + usize::from(got)
}

#[test]
fn the_innermost_frame_is_left_at_every_point() {
    // Stopped after each number of suspensions: stored or not, moved, dropped, gone on.
    for stop in 0..14 {
        for store in [false, true] {
            let mut list = vec!["a".to_string()];
            let mut coroutine = Box::new(yields_between(&mut list).start());
            let mut suspensions = 0;
            while suspensions < stop {
                match coroutine.advance(1).unwrap() {
                    Suspended::Complete(_) => break,
                    Suspended::Yielded(_) | Suspended::StepAhead => suspensions += 1,
                }
                coroutine = Box::new(*coroutine);
                if store {
                    assert!(coroutine.snapshot().is_ok());
                }
            }
            drop(coroutine);
            list.push("end".into());
        }
    }
    // The same to the end, through bytes at every point.
    let mut list = vec!["a".to_string()];
    let mut plain = yields_between(&mut list).start();
    let want = loop {
        if let Resumed::Complete(total) = plain.resume(1).unwrap() {
            break total;
        }
    };
    drop(plain);
    let mut again = vec!["a".to_string()];
    let mut bytes = yields_between(&mut again).start().snapshot().unwrap();
    let total = loop {
        let mut coroutine = restore_with(yields_between, (&mut again,), &bytes).unwrap();
        match coroutine.advance(1).unwrap() {
            Suspended::Complete(total) => break total,
            Suspended::Yielded(_) | Suspended::StepAhead => bytes = coroutine.snapshot().unwrap(),
        }
    };
    assert_eq!((total, again), (want, list));
}

// ---- branches beside each other -------------------------------------------------------------------------

/// Lands at once.
#[durable]
async fn quick(n: usize) -> usize {
    std::future::ready(n).await
}
/// Rings what it is lent, twice.
#[durable]
async fn rings(list: &mut Vec<String>) -> usize {
    ring(list).await;
    ring(list).await;
    list.len()
}
#[durable]
async fn booms_beside(list: &mut Vec<String>) -> usize {
    pending(1).await;
    explode(list).await;
    list.len()
}

/// The loser flies, and borrows a variable of ours by way of a child; its guard writes when it is dropped, before we go on.
#[durable]
async fn loser_flies(mut list: Vec<String>, mut other: Vec<String>) -> Vec<String> {
    let first = race!(rings(&mut list), async {
        pending(1).await;
        7
    });
    other.append(&mut list);
    let second = race!(rings(&mut other), quick(2));
    select! {
        n = rings(&mut list) => other.push(n.to_string()),
        n = async { pending(3).await; 4usize } => {
            list.push(n.to_string());
            look(&list).await;
        }
    }
    other.push(format!("{first} {second} {}", list.len()));
    other
}
/// Branches that fly together: each borrows its own variable, one drops while the other flies on.
#[durable]
async fn both_fly(mut a: Vec<String>, mut b: Vec<String>, c: &mut Vec<String>) -> usize {
    let (x, y, z, n) = join!(rings(&mut a), deep(&mut b, 0), rings(c), async {
        pending(1).await;
        5
    });
    x + y + z + n + a.len() + b.len() + c.len()
}
#[durable]
async fn nested_fly(mut list: Vec<String>, c: &mut Vec<String>) -> usize {
    let (x, y) = join!(both_fly(vec![], vec![], c), rings(&mut list));
    race!(rings(&mut list), both_fly(vec![], vec![], c)) + x + y
}
#[durable]
async fn one_fails(mut a: Vec<String>, c: &mut Vec<String>) -> Result<usize, usize> {
    let tried = try_join!(
        async {
            pending(1).await;
            Err::<usize, usize>(3)
        },
        fine(&mut a),
        fine(c)
    );
    a.push("after".into());
    c.push("after".into());
    tried.map(|(n, ..)| n).map_err(|n| n + a.len() + c.len())
}
#[durable]
async fn fine(list: &mut Vec<String>) -> Result<usize, usize> {
    ring(list).await;
    Ok(list.len())
}
#[durable]
async fn one_booms(mut a: Vec<String>, c: &mut Vec<String>) -> usize {
    let (x, y) = join!(rings(c), booms_beside(&mut a));
    x + y
}

/// Runs to its end straight, restored before each step, and dropped at each poll.
macro_rules! all_ways { ($function:ident, ($($value:expr),*), $lent:expr, $expected:expr) => {{
    let mut world = $lent;
    assert_eq!($function($($value,)* &mut world).start().run().unwrap(), $expected);
    let mut world = $lent;
    let mut first = $function($($value,)* &mut world).start();
    let mut stored = Vec::new();
    let _ = first.run_with(|coroutine| -> Result<(), coroutine_runtime::ResumeError> {
        stored.push(coroutine.snapshot().unwrap());
        Ok(())
    });
    drop(first);
    assert!(!stored.is_empty());
    for bytes in stored {
        let mut world = $lent;
        let mut again = restore_with($function, (&mut world,), &bytes).unwrap();
        let _ = again.run().unwrap();
    }
    for polls in 0..40 {
        let mut world = $lent;
        let _ = given_up_after(polls, $function($($value,)* &mut world));
        world.push("ours again".into());
    }
}} }

#[test]
fn losers_fly() {
    let expected = loser_flies(vec![], vec![]).start().run().unwrap();
    assert_eq!(expected.last().map(String::as_str), Some("7 2 4"));
    let mut stored = Vec::new();
    let mut coroutine = loser_flies(vec![], vec![]).start();
    let _ = coroutine.run_with(|coroutine| -> Result<(), coroutine_runtime::ResumeError> {
        stored.push(coroutine.snapshot().unwrap());
        Ok(())
    });
    for bytes in stored {
        restore(loser_flies, &bytes).unwrap().run().unwrap();
    }
    for polls in 0..20 {
        given_up_after(polls, loser_flies(vec![], vec![]));
    }
}

#[test]
fn branches_fly_beside_each_other() {
    all_ways!(both_fly, (vec![], vec![]), Vec::<String>::new(), 25);
    let mut world = Vec::new();
    let expected = nested_fly(vec![], &mut world).start().run().unwrap();
    all_ways!(nested_fly, (vec![]), Vec::<String>::new(), expected);
}

#[test]
fn a_branch_fails_while_others_fly() {
    all_ways!(one_fails, (vec![]), Vec::<String>::new(), Err(7));
}

#[test]
fn a_branch_panics_while_another_flies() {
    for polls in 0..8 {
        let mut world = Vec::new();
        let ended = catch_unwind(AssertUnwindSafe(|| given_up_after(polls, one_booms(vec![], &mut world))));
        assert_eq!(ended.is_err(), polls > 2, "after {polls} polls");
        world.push("ours again".into());
    }
    let mut world = Vec::new();
    let mut coroutine = one_booms(vec![], &mut world).start();
    assert!(catch_unwind(AssertUnwindSafe(|| coroutine.run())).is_err());
    assert!(coroutine.run().is_err(), "it is not resumed after that");
    assert!(coroutine.snapshot().is_err());
    drop(coroutine);
    world.push("ours again".into());
}
