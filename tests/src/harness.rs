//! Runs every program four ways and compares the traces.
//!
//! A program is a durable function and its twin, the untouched body as plain async. The ways: the twin; the machine
//! straight through; the machine stored, dropped and restored at every suspension, as bytes and as JSON.
use std::fmt::{Debug, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

mod steps;
mod trace;
mod values;

pub use steps::*;
pub use trace::*;
pub use values::*;

/// One program with one set of inputs. Inputs are made afresh for each way.
pub struct Case {
    /// Program and inputs, as written.
    pub name: &'static str,
    /// The program alone.
    pub function: &'static str,
    pub run_twin: Way,
    pub run_machine: Way,
    pub run_restored_bincode: Way,
    pub run_restored_json: Way,
}
type Way = fn(&mut Driver);

/// What drives one run: gives the inputs, counts, ends it.
#[derive(Default)]
pub struct Driver {
    /// Drop the coroutine at this yield instead of going on.
    stop_at: Option<usize>,
    input: u64,
    yields: usize,
    suspensions: usize,
    restores: usize,
    not_now: Vec<String>,
    problems: Vec<String>,
    codec: Option<Codec>,
}

/// How `short_case!` stores what it restores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Bincode,
    Json,
}

/// More suspensions than any program has.
const MANY: usize = 5_000;
/// What a coroutine is given where it asked for nothing; no trace may show it.
const NOBODY_ASKED: u64 = 987_654_321;

impl Driver {
    /// The input of the next resume.
    pub fn input(&mut self) -> u64 {
        std::mem::replace(&mut self.input, NOBODY_ASKED)
    }
    /// Says whether to go on.
    #[must_use]
    pub fn yielded(&mut self, value: u64) -> bool {
        self.yields += 1;
        self.input = answer(value);
        log(format!("yield {value}"));
        if self.stop_at == Some(self.yields) {
            log("stopped");
            return false;
        }
        log(format!("resume {}", self.input));
        self.suspended()
    }
    /// Says whether to go on.
    #[must_use]
    pub fn step_ahead(&mut self) -> bool {
        self.suspended()
    }
    fn suspended(&mut self) -> bool {
        self.suspensions += 1;
        if self.suspensions > MANY {
            self.failed("it does not come to an end");
        }
        self.suspensions <= MANY
    }
    pub fn complete<R: Debug>(&mut self, result: &R) {
        log(format!("result {result:?}"));
    }
    pub fn restored(&mut self) {
        self.restores += 1;
    }
    /// The frame could not be stored here; at a yield it has to be.
    pub fn not_now(&mut self, at_yield: bool, why: impl Display) {
        if at_yield {
            self.failed(format!("not stored at a yield: {why}"));
        }
        self.not_now.push(why.to_string());
    }
    pub fn failed(&mut self, why: impl Display) {
        log(format!("error: {why}"));
        self.problems.push(why.to_string());
    }
    /// What no trace shows.
    pub fn problem(&mut self, why: impl Display) {
        self.problems.push(why.to_string());
    }
    pub fn at_yield(&self) -> bool {
        self.input != NOBODY_ASKED
    }
    /// How it is stored at each suspension, if it is.
    pub fn codec(&self) -> Option<Codec> {
        self.codec
    }
    /// Runs `way`, stored by that codec.
    pub fn through(&mut self, codec: Option<Codec>, way: Way) {
        self.codec = codec;
        way(self);
    }
}

/// What a yielded value is answered with.
pub fn answer(value: u64) -> u64 {
    value.wrapping_mul(10).wrapping_add(1)
}

/// The table of a topic: `program, its twin => (inputs), (other inputs);`
///
/// An input is an expression, or `name: &T = expression` or `name: &mut T = expression` for what is lent.
#[macro_export]
macro_rules! cases { ($($function:expr, $twin:expr => $($inputs:tt),+;)*) => {
    vec![$($($crate::case!($function, $twin, $inputs)),+),*]
} }

#[macro_export]
macro_rules! case { ($function:expr, $twin:expr, $inputs:tt) => {
    $crate::harness::Case {
        name: concat!(module_path!(), "::", stringify!($function), stringify!($inputs)),
        function: concat!(module_path!(), "::", stringify!($function)),
        run_twin: |driver| $crate::inputs!(twin driver ($twin) $inputs),
        run_machine: |driver| $crate::inputs!(straight driver ($function) $inputs),
        run_restored_bincode: |driver| $crate::inputs!(bincode driver ($function) $inputs),
        run_restored_json: |driver| $crate::inputs!(json driver ($function) $inputs),
    }
} }

/// As [`case!`], with one function for the three machines: less code for rustc, where there are very many programs.
#[macro_export]
macro_rules! short_case { ($function:expr, $twin:expr, $inputs:tt) => { {
    fn machine(driver: &mut $crate::harness::Driver) {
        $crate::inputs!(any driver ($function) $inputs)
    }
    $crate::harness::Case {
        name: concat!(module_path!(), "::", stringify!($function)),
        function: concat!(module_path!(), "::", stringify!($function)),
        run_twin: |driver| $crate::inputs!(twin driver ($twin) $inputs),
        run_machine: |driver| driver.through(None, machine),
        run_restored_bincode: |driver| driver.through(Some($crate::harness::Codec::Bincode), machine),
        run_restored_json: |driver| driver.through(Some($crate::harness::Codec::Json), machine),
    }
} } }

/// Sorts the inputs: what is owned here, what the call is given, what is lent again, what is looked at in the end.
#[macro_export]
macro_rules! inputs {
    ($way:ident $driver:ident ($function:expr) ($($inputs:tt)*)) => { $crate::inputs!(@ $way $driver ($function) [$($inputs)*] [] [] [] []) };
    (@ $way:ident $driver:ident $function:tt [$name:ident: &mut $type:ty = $value:expr $(, $($rest:tt)*)?] [$($own:tt)*] [$($arg:tt)*] [$($lent:tt)*] [$($end:tt)*]) => {
        $crate::inputs!(@ $way $driver $function [$($($rest)*)?] [$($own)* let mut $name = $value;] [$($arg)* { let lent: &mut $type = &mut $name; lent },] [$($lent)* { let lent: &mut $type = &mut $name; lent },]
            [$($end)* $crate::harness::log(format!("{} = {:?}", stringify!($name), $name));])
    };
    (@ $way:ident $driver:ident $function:tt [$name:ident: & $type:ty = $value:expr $(, $($rest:tt)*)?] [$($own:tt)*] [$($arg:tt)*] [$($lent:tt)*] [$($end:tt)*]) => {
        $crate::inputs!(@ $way $driver $function [$($($rest)*)?] [$($own)* let $name = $value;] [$($arg)* { let lent: &$type = &$name; lent },] [$($lent)* { let lent: &$type = &$name; lent },] [$($end)*])
    };
    (@ $way:ident $driver:ident $function:tt [$value:expr $(, $($rest:tt)*)?] [$($own:tt)*] [$($arg:tt)*] [$($lent:tt)*] [$($end:tt)*]) => {
        $crate::inputs!(@ $way $driver $function [$($($rest)*)?] [$($own)*] [$($arg)* ($value),] [$($lent)*] [$($end)*])
    };
    (@ $way:ident $driver:ident $function:tt [] [$($own:tt)*] [$($arg:tt)*] [$($lent:tt)*] [$($end:tt)*]) => { {
        $($own)*
        $crate::run!($way $driver $function [$($arg)*] [$($lent)*]);
        $($end)*
    } };
}

#[macro_export]
macro_rules! run {
    (twin $driver:ident ($function:expr) [$($arg:tt)*] [$($lent:tt)*]) => {
        let mut twin = ::coroutine_runtime::testing::Twin::<u64, u64, _>::new($function($($arg)*));
        loop {
            match twin.resume($driver.input()) {
                ::coroutine_runtime::Resumed::Yielded(value) => {
                    if !$driver.yielded(value) {
                        break;
                    }
                }
                ::coroutine_runtime::Resumed::Complete(result) => {
                    $driver.complete(&result);
                    break;
                }
            }
        }
        drop(twin);
    };
    (straight $driver:ident ($function:expr) [$($arg:tt)*] [$($lent:tt)*]) => {
        let mut coroutine = $function($($arg)*).start();
        loop {
            match coroutine.resume($driver.input()) {
                Ok(::coroutine_runtime::Resumed::Yielded(value)) => {
                    if !$driver.yielded(value) {
                        break;
                    }
                }
                Ok(::coroutine_runtime::Resumed::Complete(result)) => {
                    $driver.complete(&result);
                    break;
                }
                Err(error) => {
                    $driver.failed(error);
                    break;
                }
            }
        }
        drop(coroutine);
    };
    (any $driver:ident ($function:expr) [$($arg:tt)*] []) => {
        $crate::run!(any $driver ($function) [$($arg)*] |bytes| ::coroutine_runtime::restore($function, bytes), ::coroutine_runtime::restore_json($function, bytes))
    };
    (any $driver:ident ($function:expr) [$($arg:tt)*] [$($lent:tt)+]) => {
        $crate::run!(any $driver ($function) [$($arg)*] |bytes|
            ::coroutine_runtime::restore_with($function, ($($lent)+), bytes), ::coroutine_runtime::restore_json_with($function, ($($lent)+), bytes))
    };
    (any $driver:ident ($function:expr) [$($arg:tt)*] |$bytes:ident| $bincode:expr, $json:expr) => {
        let mut coroutine = $function($($arg)*).start();
        loop {
            let going = match coroutine.advance($driver.input()) {
                Ok(::coroutine_runtime::Suspended::StepAhead) => $driver.step_ahead(),
                Ok(::coroutine_runtime::Suspended::Yielded(value)) => $driver.yielded(value),
                Ok(::coroutine_runtime::Suspended::Complete(result)) => {
                    $driver.complete(&result);
                    false
                }
                Err(error) => {
                    $driver.failed(error);
                    false
                }
            };
            if !going {
                drop(coroutine);
                break;
            }
            let Some(codec) = $driver.codec() else { continue };
            let stored = match codec {
                $crate::harness::Codec::Bincode => ::coroutine_runtime::snapshot(&coroutine),
                $crate::harness::Codec::Json => ::coroutine_runtime::snapshot_json(&coroutine).map(String::into_bytes),
            };
            match stored {
                Ok(stored) => {
                    $crate::harness::muted(|| drop(coroutine));
                    let restored = match codec {
                        $crate::harness::Codec::Bincode => {
                            let $bytes = &stored[..];
                            $bincode
                        }
                        $crate::harness::Codec::Json => {
                            let $bytes = ::std::str::from_utf8(&stored).unwrap_or("");
                            $json
                        }
                    };
                    match restored {
                        Ok(restored) => coroutine = restored,
                        Err(error) => {
                            $driver.failed(error);
                            break;
                        }
                    }
                    $driver.restored();
                }
                Err(why) => {
                    let at_yield = $driver.at_yield();
                    $driver.not_now(at_yield, why);
                }
            }
        }
    };
    (bincode $driver:ident ($function:expr) [$($arg:tt)*] []) => {
        $crate::run!(@ $driver ($function) [$($arg)*] (::coroutine_runtime::snapshot) |bytes| ::coroutine_runtime::restore($function, bytes))
    };
    (bincode $driver:ident ($function:expr) [$($arg:tt)*] [$($lent:tt)+]) => {
        $crate::run!(@ $driver ($function) [$($arg)*] (::coroutine_runtime::snapshot) |bytes| ::coroutine_runtime::restore_with($function, ($($lent)+), bytes))
    };
    (json $driver:ident ($function:expr) [$($arg:tt)*] []) => {
        $crate::run!(@ $driver ($function) [$($arg)*] (::coroutine_runtime::snapshot_json) |bytes| ::coroutine_runtime::restore_json($function, bytes))
    };
    (json $driver:ident ($function:expr) [$($arg:tt)*] [$($lent:tt)+]) => {
        $crate::run!(@ $driver ($function) [$($arg)*] (::coroutine_runtime::snapshot_json) |bytes| ::coroutine_runtime::restore_json_with($function, ($($lent)+), bytes))
    };
    (@ $driver:ident ($function:expr) [$($arg:tt)*] ($snapshot:path) |$bytes:ident| $restore:expr) => {
        let mut coroutine = $function($($arg)*).start();
        loop {
            let going = match coroutine.advance($driver.input()) {
                Ok(::coroutine_runtime::Suspended::StepAhead) => $driver.step_ahead(),
                Ok(::coroutine_runtime::Suspended::Yielded(value)) => $driver.yielded(value),
                Ok(::coroutine_runtime::Suspended::Complete(result)) => {
                    $driver.complete(&result);
                    false
                }
                Err(error) => {
                    $driver.failed(error);
                    false
                }
            };
            if !going {
                drop(coroutine);
                break;
            }
            if $driver.at_yield() {
                match coroutine.settle() {
                    Ok(None | Some(::coroutine_runtime::Suspended::StepAhead)) => {}
                    Ok(Some(_)) => $driver.problem("it went on without the answer"),
                    Err(error) => $driver.problem(error),
                }
            }
            match $snapshot(&coroutine) {
                Ok(bytes) => {
                    $crate::harness::muted(|| drop(coroutine));
                    let $bytes = &bytes;
                    match $restore {
                        Ok(restored) => coroutine = restored,
                        Err(error) => {
                            $driver.failed(error);
                            break;
                        }
                    }
                    $driver.restored();
                }
                Err(why) => {
                    let at_yield = $driver.at_yield();
                    $driver.not_now(at_yield, why);
                }
            }
        }
    };
}

/// What a topic's programs may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Every suspension can be stored.
    Apart,
    /// Some steps are fused: before one of them the frame says `NotNow`.
    Fused,
}

/// Runs all cases all ways.
///
/// # Panics
/// If a trace differs from the twin's: all that differ are printed.
pub fn check(cases: Vec<Case>) {
    check_as(Steps::Apart, cases);
}

/// As [`check`], where `NotNow` may be said before a step.
///
/// # Panics
/// If a trace differs from the twin's, or no frame ever said `NotNow`.
pub fn check_fused(cases: Vec<Case>) {
    check_as(Steps::Fused, cases);
}

fn check_as(steps: Steps, cases: Vec<Case>) {
    let (mut report, mut bad) = (String::new(), 0);
    for case in &cases {
        let compared = compare(case, steps);
        if steps == Steps::Fused && compared.not_now == 0 {
            bad += 1;
            let _ = writeln!(report, "== {}: no two steps of it are fused\n", case.name);
        } else if !compared.report.is_empty() {
            bad += 1;
        }
        report += &compared.report;
    }
    assert!(bad == 0, "{bad} of {} cases differ from plain async\n{report}", cases.len());
}

/// What a comparison of the four ways said.
#[derive(Debug, Default)]
pub struct Compared {
    /// The ways that differ from the twin; empty if none does.
    pub report: String,
    /// How often it was suspended, in all ways.
    pub suspensions: usize,
    /// How often it was stored and restored.
    pub restores: usize,
    /// How often it could not be stored.
    pub not_now: usize,
    /// How often the twin yields.
    pub yields: usize,
}

/// Runs a case all four ways.
pub fn compare(case: &Case, steps: Steps) -> Compared {
    let (want, twin) = run(case.run_twin, None);
    let mut compared = Compared { yields: twin.yields, ..Compared::default() };
    for (way, run_way, restores) in
        [("machine", case.run_machine, false), ("bincode", case.run_restored_bincode, true), ("json", case.run_restored_json, true)]
    {
        let (got, mut driver) = run(run_way, None);
        compared.not_now += driver.not_now.len();
        compared.suspensions += driver.suspensions;
        compared.restores += driver.restores;
        if steps == Steps::Apart && !driver.not_now.is_empty() {
            driver.problems.push(format!("not stored: {:?}", driver.not_now));
        }
        if restores && driver.suspensions > 0 && driver.restores == 0 {
            driver.problems.push("never restored".to_owned());
        }
        if got != want || !driver.problems.is_empty() {
            report_case(&mut compared.report, case.name, way, &want, &got, &driver.problems);
        }
    }
    compared
}

/// Drops a coroutine at one of its yields, in all four ways; the report is empty if all drop the same.
pub fn compare_cancelled(case: &Case, stop_at: usize) -> String {
    let mut report = String::new();
    let (want, _) = run(case.run_twin, Some(stop_at));
    for (way, run_way) in [("machine", case.run_machine), ("bincode", case.run_restored_bincode), ("json", case.run_restored_json)] {
        let (got, driver) = run(run_way, Some(stop_at));
        if got != want || !driver.problems.is_empty() {
            report_case(&mut report, case.name, &format!("{way}, dropped at yield {stop_at}"), &want, &got, &driver.problems);
        }
    }
    report
}

/// Drops each coroutine at each of its yields: what is alive is dropped as plain async drops it.
///
/// # Panics
/// If a trace differs from the twin's: all that differ are printed.
pub fn check_cancelled(cases: Vec<Case>) {
    let (mut report, mut bad, mut seen) = (String::new(), 0, 0);
    for case in &cases {
        let (_, whole) = run(case.run_twin, None);
        for stop_at in 1..=whole.yields {
            seen += 1;
            let differs = compare_cancelled(case, stop_at);
            bad += usize::from(!differs.is_empty());
            report += &differs;
        }
    }
    assert!(seen > 0, "no case yields");
    assert!(bad == 0, "{bad} runs differ from plain async\n{report}");
}

/// One run from an empty trace; a panic ends the trace.
fn run(way: Way, stop_at: Option<usize>) -> (Vec<String>, Driver) {
    let mut driver = Driver { stop_at, input: 0, ..Driver::default() };
    take_trace();
    let ended = catch_unwind(AssertUnwindSafe(|| way(&mut driver)));
    if let Err(panic) = ended {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied()).unwrap_or("?");
        log(format!("panic: {text}"));
    }
    (take_trace(), driver)
}

/// Both traces side by side; `!` marks the lines that differ.
fn report_case(report: &mut String, name: &str, way: &str, want: &[String], got: &[String], problems: &[String]) {
    let _ = writeln!(report, "== {name} ({way})");
    for problem in problems {
        let _ = writeln!(report, "   problem: {problem}");
    }
    let width = want.iter().map(|line| line.chars().count()).max().unwrap_or(0).clamp(10, 70);
    let _ = writeln!(report, "   {:width$} | {way}", "twin");
    for line in 0..want.len().max(got.len()) {
        let (want, got) = (want.get(line).map_or("", String::as_str), got.get(line).map_or("", String::as_str));
        let _ = writeln!(report, "{}  {want:width$} | {got}", if want == got { ' ' } else { '!' });
    }
    report.push('\n');
}
