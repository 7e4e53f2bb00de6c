//! Every program: as plain async, as a machine, and restored at every suspension.
#![allow(clippy::unwrap_used, missing_docs)] // tests
use coroutine_tests::{harness, programs};
use std::collections::BTreeSet;

macro_rules! topics { ($($topic:ident $check:ident,)*) => { $(
    #[test]
    fn $topic() {
        harness::$check(programs::$topic::cases());
    }
)* } }
topics! {
    adapted check,
    assignments check,
    attributes check,
    bindings check,
    borrows check,
    branches check,
    children check,
    concurrency check,
    drops check,
    entries check,
    for_loops check,
    fused check_fused,
    generics check,
    giving check_fused,
    keepers check,
    labels check,
    lending check,
    lists check,
    loans check,
    loops check,
    macros_std check,
    many check,
    matching check,
    methods check,
    moves check,
    names check,
    operands check,
    ordered check,
    ordinary check,
    question check,
    receivers check,
    recursion check,
    returns check,
    roots check,
    selects check,
    short_circuit check,
    steps check,
    streams check,
    trait_coroutines check,
    traits check,
    texts check,
    traps check,
    walks check,
    yields check,
}

/// With an environment in scope that has their functions.
#[test]
fn erased() {
    programs::erased::environment().scope(|| harness::check(programs::erased::cases()));
}

/// With an environment in scope, as good as what the programs are given.
#[test]
fn resources() {
    programs::resources::environment().scope(|| harness::check(programs::resources::cases()));
}

/// In a runtime of tokio, whose timers steps use.
#[test]
fn timeouts() {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let _inside = tokio.enter();
    harness::check(programs::timeouts::cases());
}

#[test]
fn concurrency_fused() {
    harness::check_fused(programs::concurrency::fused_cases());
}

/// A coroutine that is dropped while it waits drops what plain async would.
#[test]
fn dropped_while_waiting() {
    harness::check_cancelled(programs::drops::cases());
    harness::check_cancelled(programs::moves::cases());
    harness::check_cancelled(programs::receivers::cases());
    harness::check_cancelled(programs::traps::cases());
    harness::check_cancelled(programs::concurrency::cases());
    harness::check_cancelled(programs::streams::cases());
    programs::erased::environment().scope(|| harness::check_cancelled(programs::erased::cases()));
    programs::resources::environment().scope(|| harness::check_cancelled(programs::resources::cases()));
}

#[test]
fn there_are_many_programs() {
    let functions: BTreeSet<&str> = programs::all().into_iter().flat_map(|(_, cases)| cases).map(|case| case.function).collect();
    assert!(functions.len() >= 160, "only {} functions", functions.len());
}
