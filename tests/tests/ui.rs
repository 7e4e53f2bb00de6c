//! Programs that must be refused, with the cause at the right token, and programs that must compile without a warning.
//!
//! `TRYBUILD=overwrite cargo test -p coroutine-tests --test ui` records what is said; read it before it is committed.
#![allow(missing_docs)] // tests

#[test]
fn refused() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
