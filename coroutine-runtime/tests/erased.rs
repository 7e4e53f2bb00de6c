//! Erased coroutines: found again by the names of their functions, or a clear error.
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::{Env, Environment, Erased, RestoreError, ResumeError, Silent, Yields, erase, prelude::*, restore_json};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

type Job = Erased<u64, Yields<u64, ()>>;

#[durable(yield = u64)]
async fn price(order: u64) -> u64 {
    yield_(order).await;
    order * 10
}

#[durable(yield = u64)]
async fn ship(order: u64) -> u64 {
    yield_(order + 1).await;
    order + 1
}

#[durable(yield = u64)]
async fn holds(jobs: Vec<Job>) -> u64 {
    yield_(0).await;
    let mut sum = 0;
    for job in jobs {
        sum += job.await;
    }
    sum
}

fn environment() -> Environment {
    let mut environment = Environment::default();
    environment.register(price);
    environment.register(ship);
    environment
}

/// Holds two, and has not begun with them.
fn waits() -> Coroutine<'static, impl Frame<Lent = (), Return = u64, Port = Yields<u64, ()>>> {
    let mut coroutine = holds(vec![erase(price(7)), erase(ship(7))]).start();
    coroutine.resume(()).unwrap();
    coroutine
}

fn refused<T>(restored: Result<T, RestoreError>, says: &[&str]) {
    let error = restored.err().unwrap().to_string();
    for part in says {
        assert!(error.contains(part), "`{part}` in: {error}");
    }
}

#[test]
fn what_is_held_goes_on_in_another_process_and_in_a_third() {
    let bytes = waits().snapshot().unwrap();
    let mut second = environment().scope(|| restore(holds, &bytes)).unwrap();
    assert_eq!(second.resume(()), Ok(Resumed::Yielded(7)), "in the first, and the second is held");
    let json = waits().snapshot_json().unwrap();
    let bytes = second.snapshot().unwrap();
    let mut third = environment().scope(|| restore(holds, &bytes)).unwrap();
    assert_eq!(third.resume(()), Ok(Resumed::Yielded(8)));
    assert_eq!(third.resume(()), Ok(Resumed::Complete(78)));
    let mut again = environment().scope(|| restore_json(holds, &json)).unwrap();
    assert_eq!(
        [again.resume(()), again.resume(()), again.resume(())],
        [Ok(Resumed::Yielded(7)), Ok(Resumed::Yielded(8)), Ok(Resumed::Complete(78))]
    );
}

#[test]
fn a_function_that_is_not_known_is_named() {
    let bytes = waits().snapshot().unwrap();
    let mut lacks = Environment::default();
    lacks.register(price);
    let says = ["`jobs` in `erased::holds` at `", "the environment has no function `erased::ship`", "`Environment::register`"];
    refused(lacks.scope(|| restore(holds, &bytes)), &says);
    refused(restore(holds, &bytes), &["no environment is in scope that has its function `erased::price`"]);
    let mut awaits = waits();
    awaits.resume(()).unwrap();
    refused(restore(holds, &awaits.snapshot().unwrap()), &["no environment is in scope that has its function `erased::"]);
}

mod others {
    use super::*;
    #[durable(name = "erased::ship", yield = u64)]
    pub async fn text(order: u64) -> String {
        yield_(order).await;
        order.to_string()
    }
    #[durable(name = "erased::ship")]
    pub async fn silent(order: u64) -> u64 {
        order
    }
    #[durable(name = "erased::ship", yield = u64)]
    pub async fn larger(order: u64, more: u64) -> u64 {
        yield_(order).await;
        order + more
    }
}

#[test]
fn another_function_under_the_name_is_refused() {
    let bytes = waits().snapshot().unwrap();
    let with = |put: fn(&mut Environment)| {
        let mut environment = environment();
        put(&mut environment);
        environment.scope(|| restore(holds, &bytes))
    };
    refused(
        with(|env| env.register(others::text)),
        &["`erased::ship` gives `alloc::string::String`, and a coroutine is expected that gives `u64`"],
    );
    refused(
        with(|env| env.register(others::silent)),
        &["`erased::ship` gives `u64`, as is expected, but what it yields or is resumed with"],
    );
    refused(with(|env| env.register(others::larger)), &["`erased::ship` at `", "`more` (u64) was not stored"]);
}

/// One that is awaited is decoded where it is resumed.
#[test]
fn what_does_not_fit_where_it_is_awaited_is_as_it_was() {
    #[durable(yield = u64)]
    async fn awaits() -> u64 {
        erase(ship(1)).await
    }
    let mut coroutine = awaits().start();
    coroutine.resume(()).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let mut other = Environment::default();
    other.register(others::larger);
    let mut again = other.scope(|| restore(awaits, &bytes)).unwrap();
    for _ in 0..2 {
        let Err(ResumeError::Restore(error)) = again.resume(()) else { panic!("it fits") };
        assert!(error.to_string().contains("`more` (u64) was not stored"), "{error}");
    }
    let bytes = again.snapshot().unwrap();
    let mut again = environment().scope(|| restore(awaits, &bytes)).unwrap();
    assert_eq!(again.resume(()), Ok(Resumed::Complete(2)), "nothing is lost");
}

#[test]
fn a_snapshot_is_the_functions_own() {
    let mut coroutine = erase(price(7)).start();
    coroutine.resume(()).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    assert_eq!(restore(price, &bytes).unwrap().resume(()), Ok(Resumed::Complete(70)));
    let mut again = environment().restore::<u64, Yields<u64, ()>>(&bytes).unwrap();
    assert_eq!(format!("{:?}", again.view()), format!("{:?}", coroutine.view()));
    assert_eq!(again.resume(()), Ok(Resumed::Complete(70)));
    refused(environment().restore::<u64, Silent>(&bytes), &["what it yields or is resumed with is something else"]);
}

#[durable(yield = u64)]
async fn down(n: u64) -> u64 {
    if n == 0 {
        yield_(0).await;
        return 0;
    }
    erase(down(n - 1)).await + 1
}

#[test]
fn a_deep_recursion_takes_no_stack() {
    const DEEP: u64 = 16_000;
    let mut environment = Environment::default();
    environment.register(down);
    let mut coroutine = erase(down(DEEP)).start();
    assert_eq!(coroutine.resume(()), Ok(Resumed::Yielded(0)));
    let bytes = coroutine.snapshot().unwrap();
    drop(coroutine);
    drop(environment.scope(|| restore(down, &bytes)).unwrap());
    let mut again = environment.restore::<u64, Yields<u64, ()>>(&bytes).unwrap();
    assert_eq!(again.snapshot().unwrap(), bytes);
    assert_eq!(again.resume(()), Ok(Resumed::Complete(DEEP)));
}

#[test]
fn coroutines_are_held_in_each_other_so_deep_and_no_deeper() {
    let mut environment = environment();
    environment.register(holds);
    let held = |deep: usize| (0..deep).fold(erase(price(1)), |inner, _| erase(holds(vec![inner])));
    let bytes = held(32).start().snapshot().unwrap();
    assert!(environment.restore::<u64, Yields<u64, ()>>(&bytes).is_ok());
    let error = held(33).start().snapshot().unwrap_err().to_string();
    assert!(error.contains("coroutines are held in variables of each other more than 32 deep"), "{error}");
}

#[test]
fn a_call_that_is_polled_by_itself_is_no_value() {
    #[durable]
    async fn steps() {
        std::future::pending::<()>().await;
    }
    let mut call = pin!(erase(steps()));
    assert!(serde_json::to_string(&*call).is_ok());
    assert_eq!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    let error = serde_json::to_string(&*call).unwrap_err().to_string();
    assert!(error.contains("a step is under way"), "{error}");
}

#[test]
fn what_it_holds_of_the_world_is_the_environments() {
    struct Rate(u64);
    #[durable(yield = u64)]
    async fn converts(rate: Env<Rate>, euros: u64) -> u64 {
        yield_(euros).await;
        rate.0 * euros
    }
    let mut coroutine = holds(vec![erase(converts(Env::new(Rate(1)), 7))]).start();
    coroutine.resume(()).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let mut environment = Environment::default();
    environment.register(converts);
    refused(environment.scope(|| restore(holds, &bytes)), &["`rate` in `erased::", "the environment has no `erased::"]);
    environment.insert(Arc::new(Rate(3)));
    let mut again = environment.scope(|| restore(holds, &bytes)).unwrap();
    again.resume(()).unwrap();
    assert_eq!(again.resume(()), Ok(Resumed::Complete(21)));
}
