//! Driving coroutines: to their ends and beyond, across threads, as iterators, streams and futures, through panics and crashes.
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::prelude::*;
use coroutine_runtime::{CloneError, ResumeError, Suspended};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// Ready a little later, on another thread.
fn later<T: Send + 'static>(value: T) -> impl Future<Output = T> {
    let shared: Arc<Mutex<(Option<T>, Option<Waker>)>> = Arc::default();
    let mut value = Some(value);
    poll_fn(move |cx| {
        let mut state = shared.lock().unwrap();
        if let Some(value) = state.0.take() {
            return Poll::Ready(value);
        }
        state.1 = Some(cx.waker().clone());
        drop(state);
        if let Some(value) = value.take() {
            let shared = shared.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(2));
                let mut state = shared.lock().unwrap();
                state.0 = Some(value);
                state.1.take().unwrap().wake();
            });
        }
        Poll::Pending
    })
}

#[derive(serde::Serialize, serde::Deserialize, Clone, Default)]
struct Log(Vec<u64>);
impl Log {
    async fn add(&mut self, n: u64) -> usize {
        let n = later(n).await;
        self.0.push(n);
        self.0.len()
    }
}

#[durable(yield = u64, resume = u64)]
async fn adds(factor: &u64, mut log: Log) -> Vec<u64> {
    for n in 0..3 {
        let got = yield_(n * *factor).await;
        log.add(got).await;
    }
    log.0
}

#[durable]
async fn total(log: &mut Log, count: u64) -> u64 {
    for n in 0..count {
        log.add(n).await;
    }
    log.0.iter().sum()
}

#[durable(yield = u64)]
async fn counts(to: u64) -> &'static str {
    for n in 0..to {
        yield_(n).await;
        if n == 1 {
            later(()).await;
        }
    }
    "done"
}

#[durable(yield = u64, resume = u64)]
async fn panics(n: u64) -> u64 {
    let got = yield_(n).await;
    assert!(got < 5, "got {got}");
    yield_(got).await
}

#[test]
fn steps_block_the_thread_and_wake_it() {
    let factor = 2;
    let mut coroutine = adds(&factor, Log::default()).start();
    assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded(0)));
    assert_eq!(coroutine.resume(7), Ok(Resumed::Yielded(2)));
    assert_eq!(coroutine.resume(8), Ok(Resumed::Yielded(4)));
    assert!(!coroutine.is_complete());
    assert_eq!(coroutine.resume(9), Ok(Resumed::Complete(vec![7, 8, 9])));
    assert!(coroutine.is_complete());
    assert_eq!(coroutine.resume(0), Err(ResumeError::Returned));
    assert!(coroutine.snapshot().unwrap_err().to_string().contains("has returned"));
}

#[test]
fn it_moves_between_threads_at_every_suspension() {
    let factor = 1;
    let coroutine = &mut adds(&factor, Log::default()).start();
    let mut input = 0;
    loop {
        // Scoped: what it was lent lives here.
        match thread::scope(|scope| scope.spawn(|| coroutine.advance(input)).join().unwrap()).unwrap() {
            Suspended::Complete(log) => break assert_eq!(log, [10, 11, 12]),
            Suspended::Yielded(n) => input = n + 10,
            Suspended::StepAhead => assert!(coroutine.snapshot().is_ok()),
        }
    }
}

#[test]
fn a_crash_at_each_step() {
    let mut log = Log::default();
    let mut stored: Vec<Vec<u8>> = Vec::new();
    let sum = total(&mut log, 4).start().run_with(|coroutine| {
        stored.push(coroutine.snapshot().unwrap());
        Ok::<(), ResumeError>(())
    });
    assert_eq!((sum, log.0.clone()), (Ok(6), vec![0, 1, 2, 3]));
    for (crash, bytes) in stored.iter().enumerate() {
        // The world as it was then: it is lent again.
        let mut log = Log(log.0[..crash].to_vec());
        assert_eq!(restore_with(total, (&mut log,), bytes).unwrap().run(), Ok(6));
        assert_eq!(log.0, [0, 1, 2, 3]);
    }
}

#[test]
fn what_the_store_refuses_stops_the_run_there() {
    #[derive(Debug, PartialEq)]
    enum Trouble {
        Full,
        Resume(ResumeError),
    }
    impl From<ResumeError> for Trouble {
        fn from(error: ResumeError) -> Self {
            Trouble::Resume(error)
        }
    }
    let mut log = Log::default();
    let mut coroutine = total(&mut log, 2).start();
    assert_eq!(coroutine.run_with(|_| Err(Trouble::Full)), Err(Trouble::Full));
    assert_eq!(coroutine.run_with(|_| Ok::<(), Trouble>(())), Ok(1));
    assert_eq!(coroutine.run_with(|_| Ok(())), Err(Trouble::Resume(ResumeError::Returned)));
}

#[test]
fn as_an_iterator() {
    let mut coroutine = counts(4).start();
    assert_eq!(coroutine.by_ref().take(2).collect::<Vec<_>>(), [0, 1]);
    let mut copy = coroutine.try_clone().unwrap();
    assert_eq!(coroutine.collect::<Vec<_>>(), [2, 3]);
    assert_eq!(copy.by_ref().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(copy.next(), None);
    assert!(matches!(copy.try_clone(), Err(CloneError::Snapshot(_))));
}

#[tokio::test]
async fn as_a_stream() {
    let mut stream = counts(3).start().into_stream();
    let mut items = Vec::new();
    while let Some(item) = poll_fn(|cx| futures_core::Stream::poll_next(Pin::new(&mut stream), cx)).await {
        items.push(item.unwrap());
    }
    assert_eq!(items, [0, 1, 2]);
}

#[tokio::test]
async fn as_a_future() {
    let mut log = Log::default();
    assert_eq!(total(&mut log, 3).await, 3);
    let mut coroutine = total(&mut log, 1).start();
    assert_eq!(coroutine.run_async().await, Ok(3));
    let factor = 1;
    let mut coroutine = adds(&factor, Log::default()).start();
    assert_eq!(coroutine.resume_async(0).await, Ok(Resumed::Yielded(0)));
    assert_eq!(coroutine.resume_async(5).await, Ok(Resumed::Yielded(1)));
    // Given up in the middle of a step, and taken up again.
    let mut context = Context::from_waker(Waker::noop());
    assert!(Box::pin(coroutine.resume_async(6)).as_mut().poll(&mut context).is_pending());
    assert!(coroutine.snapshot().unwrap_err().to_string().contains("a step is under way"));
    assert_eq!(coroutine.resume_async(0).await, Ok(Resumed::Yielded(2)));
    // Many at once, on many threads.
    let tasks: Vec<_> = (0..20).map(|n| tokio::spawn(async move { total(&mut Log::default(), n).await })).collect();
    for (n, task) in (0..20).zip(tasks) {
        assert_eq!(task.await.unwrap(), (0..n).sum::<u64>());
    }
}

#[test]
fn a_panic_is_not_resumed() {
    let mut coroutine = panics(1).start();
    coroutine.resume(0).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| coroutine.resume(9)));
    assert!(panicked.is_err());
    assert_eq!(coroutine.resume(1), Err(ResumeError::Panicked));
    assert!(coroutine.snapshot().unwrap_err().to_string().contains("it panicked"));
    assert!(format!("{coroutine:?}").contains("it panicked"));
    // Nothing is lost: it goes on from an earlier snapshot.
    let mut coroutine = restore(panics, &bytes).unwrap();
    assert_eq!(coroutine.resume(4), Ok(Resumed::Yielded(4)));
    assert_eq!(coroutine.resume(3), Ok(Resumed::Complete(3)));
}

#[test]
fn what_it_is_doing() {
    #[durable(yield = u64, resume = u64)]
    async fn outer(name: String) -> u64 {
        let socket = std::sync::mpsc::channel::<u8>();
        drop(socket);
        let inner = inner(name.len() as u64).await;
        inner + name.len() as u64
    }
    #[durable(yield = u64, resume = u64)]
    async fn inner(n: u64) -> u64 {
        let list = vec![n, n + 1];
        let got = yield_(n).await;
        got + list[0]
    }
    let mut coroutine = outer("four".into()).start();
    coroutine.resume(0).unwrap();
    let view = coroutine.view();
    assert_eq!(view.frames.len(), 3);
    assert!(view.frames[0].function.ends_with("::outer") && view.frames[0].file.ends_with("driving.rs") && view.frames[0].line > 0);
    assert_eq!(view.frames[0].variables["name"], "four");
    assert_eq!(view.frames[1].variables["list"], serde_json::json!([4, 5]));
    assert_eq!(view.frames[2].function, "yield_");
    let text = format!("{view:?}");
    assert!(text.contains("inner at ") && text.contains("list = [4,5]"), "{text}");
    let inspection = coroutine_runtime::inspect(&coroutine.snapshot().unwrap()).unwrap();
    assert_eq!(inspection.frames[1].variables, ["list"]);
}

#[test]
fn recursion_needs_no_stack() {
    #[durable(yield = u64, resume = u64)]
    async fn even(step: &u64, n: u64) -> bool {
        if n == 0 {
            return yield_(n).await == 1;
        }
        Box::pin(odd(step, n - *step)).await
    }
    #[durable(yield = u64, resume = u64)]
    async fn odd(step: &u64, n: u64) -> bool {
        if n == 0 {
            return yield_(n).await == 2;
        }
        let below = Box::pin(even(step, n - *step)).await;
        below && n > 0
    }
    let run = || {
        let mut coroutine = even(&1, 10_000).start();
        assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded(0)));
        let bytes = coroutine.snapshot().unwrap();
        assert_eq!(coroutine.try_clone().unwrap().resume(1), Ok(Resumed::Complete(true)));
        drop(coroutine);
        let coroutine = restore_with(even, (&1,), &bytes).unwrap();
        assert_eq!(coroutine.snapshot().unwrap(), bytes);
        let json = coroutine_runtime::snapshot_json(&restore_with(even, (&1,), &bytes).unwrap());
        assert!(json.is_err(), "it is binary and was not resumed");
        let mut coroutine = restore_with(even, (&1,), &bytes).unwrap();
        assert_eq!(coroutine.resume(1), Ok(Resumed::Complete(true)));
        // Dropped in the middle, having gone down.
        let mut coroutine = even(&1, 10_000).start();
        assert!(coroutine.resume(0).is_ok());
    };
    thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
}

#[test]
fn what_serde_must_be_told_by_the_bytes_is_stored_as_json() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug, Clone)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug, Clone)]
    struct Sparse {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        id: u8,
    }
    #[durable(yield = u64, resume = u64)]
    async fn loose(value: serde_json::Value, sparse: Sparse) -> String {
        let either = vec![Either::Number(1), Either::Text("one".into())];
        let got = yield_(0).await;
        format!("{value}{sparse:?}{either:?}{got}")
    }
    #[durable(yield = u64, resume = u64)]
    async fn sparse(sparse: Sparse) -> String {
        yield_(0).await;
        format!("{sparse:?}")
    }
    let value = serde_json::json!({ "a": [1, null, "x"], "b": 1.5 });
    let given = Sparse { note: None, id: 3 };
    let mut coroutine = loose(value.clone(), given.clone()).start();
    coroutine.resume(0).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    assert_eq!(coroutine_runtime::inspect(&bytes).unwrap().frames.len(), 2);
    let again = restore(loose, &bytes).unwrap().resume(7);
    assert_eq!(again, coroutine.resume(7));
    // What is skipped only sometimes.
    for note in [None, Some("n".to_string())] {
        let mut coroutine = sparse(Sparse { note, id: 1 }).start();
        coroutine.resume(0).unwrap();
        let again = restore(sparse, &coroutine.snapshot().unwrap()).unwrap().resume(0);
        assert_eq!(again, coroutine.resume(0));
    }
}

#[test]
fn a_literal_is_yielded() {
    #[durable(yield = &'static str, resume = usize)]
    async fn asks(name: String) -> usize {
        let first = yield_("how many?").await;
        let second = yield_(if first > 1 { "really?" } else { "only one?" }).await;
        first + second + name.len()
    }
    let mut coroutine = asks("x".into()).start();
    assert_eq!(coroutine.resume(0), Ok(Resumed::Yielded("how many?")));
    assert_eq!(coroutine.resume(2), Ok(Resumed::Yielded("really?")));
    assert_eq!(coroutine.resume(3), Ok(Resumed::Complete(6)));
}

#[test]
fn a_sleep_that_has_not_begun_is_stored_as_how_long_it_lasts() {
    use coroutine_runtime::{restore, sleep};
    use std::time::Duration;
    let bytes = sleep(Duration::from_secs(60)).start().snapshot().unwrap();
    let mut again = restore(sleep, &bytes).unwrap();
    assert_eq!(format!("{:?}", again.view().frames[0]), "sleep at Begins\n       for_ms = 60000");
    assert!(again.poll_run(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending());
    assert_eq!(again.view().frames[0].state, "Sleeps", "the minute begins when it is first awaited");
    let at = again.view().frames[0].variables["until_ms"].as_u64().unwrap();
    let again = restore(sleep, &again.snapshot().unwrap()).unwrap();
    assert_eq!(again.view().frames[0].variables["until_ms"].as_u64(), Some(at), "and its end stays where it is");
}

#[test]
fn again_where_nothing_is_awaited() {
    #[durable(yield = u64)]
    async fn counts(n: u64) -> u64 {
        let mut sum = 0;
        yield_(n).await;
        if n > 1 {
            #[again]
            let by = n + 1;
            sum = [(); 2].iter().map(|()| by).sum();
        }
        match n {
            0 => 0,
            _ => {
                #[again]
                let twice = sum * 2;
                twice.max(n)
            }
        }
    }
    let mut coroutine = counts(3).start();
    coroutine.resume(()).unwrap();
    assert_eq!(coroutine.resume(()), Ok(Resumed::Complete(16)));
}
