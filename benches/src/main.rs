//! What durable coroutines cost: one table, `name, ours, reference, ratio`.
//!
//! References are rustc's own async machine and the crate diapause on the same function, and for snapshots a hand-written struct
//! of the same variables with serde and bincode. Run it with `cargo run --release -p coroutine-benches`; an argument selects the
//! rows whose names contain it, `instructions` and then perhaps such an argument counts instructions under valgrind instead, and
//! `alone ROW CONTENDER TIMES` runs one of them for a profiler. The figures that were measured, and what they mean, are in this
//! crate's README.
mod constructs;
mod generators;
mod measure;
mod snapshots;
mod yields;

/// Enough for a recursion ten thousand deep: it is resumed and dropped by recursion, as in any async code.
const STACK: usize = 1 << 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let measuring = std::thread::Builder::new().stack_size(STACK).spawn(|| {
        measure::head();
        if measure::any_wanted("yield") {
            yields::memory();
            yields::times();
            constructs::times();
        }
        if measure::any_wanted("snapshot") || measure::any_wanted("restore") {
            snapshots::rows();
        }
    })?;
    measuring.join().map_err(|_| "it panicked, see above".into())
}
