//! Branches beside each other as their driver sees them: yields beside steps, sleeps, what is stored when.
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::prelude::*;
use coroutine_runtime::{ResumeError, Suspended, race, sleep, timeout};
use std::task::{Context, Waker};
use std::time::Duration;

#[durable(yield = u8, resume = u8)]
async fn asks(n: u8) -> u8 {
    yield_(n).await
}
#[durable(yield = u8, resume = u8)]
async fn asks_beside() -> u8 {
    std::future::ready(()).await;
    let first = race!(asks(1), std::future::pending());
    first + yield_(2).await
}

/// A yield goes out at once, whatever is under way beside it; and what has lost is under way no more.
#[test]
fn a_yield_beside_a_step_that_never_ends() {
    let mut coroutine = asks_beside().start();
    assert_eq!(coroutine.resume(0).unwrap(), Resumed::Yielded(1));
    assert!(coroutine.snapshot().is_err(), "a step is under way");
    assert_eq!(coroutine.resume(5).unwrap(), Resumed::Yielded(2));
    let mut coroutine = restore(asks_beside, &coroutine.snapshot().unwrap()).unwrap();
    assert_eq!(coroutine.resume(6).unwrap(), Resumed::Complete(11));

    let mut coroutine = asks_beside().start();
    for _ in 0..2 {
        assert_eq!(coroutine.advance(0).unwrap(), Suspended::StepAhead);
    }
    assert_eq!(coroutine.advance(0).unwrap(), Suspended::Yielded(1));
    assert_eq!(coroutine.advance(5).unwrap(), Suspended::Yielded(2));
    assert!(coroutine.snapshot().is_ok());
    assert_eq!(coroutine.settle().unwrap(), None);
}

#[durable]
async fn sleeps(beside: u8) -> u8 {
    let day = Duration::from_secs(86_400);
    let first = timeout!(day, adds(beside)).unwrap_or(0);
    sleep(Duration::ZERO).await;
    first + race!(adds(1), never(day))
}
#[durable]
async fn adds(n: u8) -> u8 {
    std::future::ready(n + 1).await
}
#[durable]
async fn never(time: Duration) -> u8 {
    sleep(time).await;
    0
}

/// A sleep is no step: it is stored with its deadline, and does not hold up what goes on beside it.
#[test]
fn sleeping_is_stored() {
    let mut stored = Vec::new();
    let result = sleeps(3).start().run_with(|coroutine| {
        stored.push(coroutine.snapshot().unwrap());
        Ok::<(), ResumeError>(())
    });
    assert_eq!(result.unwrap(), 6);
    assert_eq!(stored.len(), 2);
    for bytes in stored {
        assert_eq!(restore(sleeps, &bytes).unwrap().run().unwrap(), 6);
    }
    let mut asleep = never(Duration::from_secs(86_400)).start();
    assert!(asleep.poll_run(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(asleep.snapshot().is_ok());
}

#[durable(yield = u64, resume = u64)]
async fn deep(n: u64) -> u64 {
    if n == 0 {
        return yield_(n).await;
    }
    Box::pin(deep(n - 1)).await + 1
}
#[durable(yield = u64, resume = u64)]
async fn both(n: u64) -> u64 {
    let (a, b) = coroutine_runtime::join!(deep(n), deep(n));
    a + b
}

/// Whatever stands in a snapshot with branches, what is read of it comes to an end, and does so without a panic.
#[test]
fn branches_of_damaged_snapshots() {
    let mut coroutine = both(2).start();
    assert_eq!(coroutine.resume(0).unwrap(), Resumed::Yielded(0));
    let bytes = coroutine.snapshot().unwrap();
    let end = bytes.len() - 4;
    let mut read = 0;
    for bit in 24 * 8..end * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let checksum = crc32fast::hash(&bad[..end]);
        bad[end..].copy_from_slice(&checksum.to_le_bytes());
        let Ok(mut coroutine) = restore(both, &bad) else { continue };
        read += 1;
        for _ in 0..20 {
            let Ok(Resumed::Yielded(_)) = coroutine.resume(1) else { break };
        }
    }
    assert!(read > 0, "some are read: a number that is another");
}
