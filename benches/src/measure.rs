//! Measuring: contenders run in turns, so that what disturbs the machine disturbs all of them; medians; ratios within a round.
//!
//! Time is the thread's time on a processor where the system tells it, so that it does not grow with what else runs. Instructions are
//! counted by valgrind, in processes that each run one contender: they are the same on any day.
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How often each contender has its turn.
const ROUNDS: usize = 25;
/// How long a turn is, at least.
const TURN: Duration = Duration::from_millis(4);

/// One way of doing what a row is about: does it so many times.
pub(crate) type Contender<'a> = Box<dyn FnMut(u64) + 'a>;

/// What the program's arguments ask for.
enum Wish {
    /// The rows whose names contain this, in time.
    Times(String),
    /// The same, in instructions.
    Instructions(String),
    /// One row by its name, one contender in it, so often: for a profiler, and to be counted.
    Alone { row: String, contender: String, times: u64 },
}

/// The argument that asks for instructions.
const INSTRUCTIONS: &str = "instructions";
/// The argument that asks for one contender.
const ALONE: &str = "alone";

fn wish() -> &'static Wish {
    static WISH: OnceLock<Wish> = OnceLock::new();
    WISH.get_or_init(|| {
        let mut arguments = std::env::args().skip(1);
        let first = arguments.next().unwrap_or_default();
        let mut next = || arguments.next().unwrap_or_default();
        match first.as_str() {
            INSTRUCTIONS => Wish::Instructions(next()),
            ALONE => Wish::Alone { row: next(), contender: next(), times: next().parse().unwrap_or(1) },
            _ => Wish::Times(first),
        }
    })
}

/// Whether anything of a group of rows is wanted: what they are made of need not be made else.
pub(crate) fn any_wanted(group: &str) -> bool {
    !matches!(wish(), Wish::Alone { row, .. } if !row.starts_with(group))
}

/// Whether a row is wanted.
fn wanted(name: &str) -> bool {
    match wish() {
        Wish::Times(part) | Wish::Instructions(part) => format!("{name} /").contains(part.as_str()),
        Wish::Alone { row, .. } => name == row,
    }
}

/// A line of the table.
pub(crate) fn row(name: &str, ours: &str, reference: &str, ratio: f64) {
    println!("{name:<58} {ours:>12} {reference:>12} {ratio:>8.2}");
}

/// The table's head.
pub(crate) fn head() {
    if matches!(wish(), Wish::Alone { .. }) {
        return;
    }
    println!("{:<58} {:>12} {:>12} {:>8}", "name", "ours", "reference", "ratio");
}

/// Prints a row for each reference: the time of one operation, or its instructions.
pub(crate) fn compare<'a>(name: &str, ours: Contender<'a>, references: Vec<(&str, Contender<'a>)>) {
    if !wanted(name) {
        return;
    }
    let (names, others): (Vec<&str>, Vec<Contender<'a>>) = references.into_iter().unzip();
    let mut contenders = vec![ours];
    contenders.extend(others);
    match wish() {
        Wish::Times(_) => times(name, &names, &mut contenders),
        Wish::Instructions(_) => instructions(name, &names),
        Wish::Alone { contender, times, .. } => {
            let all = [OURS].into_iter().chain(names).zip(&mut contenders);
            all.filter(|(name, _)| name == contender).for_each(|(_, it)| it(*times));
        }
    }
}

/// The name of the first contender.
const OURS: &str = "ours";

fn times(name: &str, names: &[&str], contenders: &mut [Contender<'_>]) {
    let times: Vec<u64> = contenders.iter_mut().map(calibrated).collect();
    let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|round| turns(contenders, &times, round)).collect();
    let own = median(rounds.iter().map(|taken| taken[0]));
    for (name_of_reference, n) in names.iter().zip(1..) {
        let other = median(rounds.iter().map(|taken| taken[n]));
        let ratio = median(rounds.iter().map(|taken| taken[0] / taken[n]));
        row(&format!("{name} / {name_of_reference}"), &in_nanoseconds(own), &in_nanoseconds(other), ratio);
    }
}

fn instructions(name: &str, names: &[&str]) {
    let own = counted(name, OURS);
    for reference in names {
        match (own, counted(name, reference)) {
            (Some(own), Some(other)) => {
                row(&format!("{name} / {reference}"), &format!("{own:.0}"), &format!("{other:.0}"), own / other);
            }
            _ => row(&format!("{name} / {reference}"), "?", "valgrind?", f64::NAN),
        }
    }
}

/// The instructions of one operation: how many more a process runs that does it more often.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn counted(name: &str, contender: &str) -> Option<f64> {
    const FEW: u64 = 100;
    const MANY: u64 = 300;
    let run = |times: u64| {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .args([ALONE, name, contender, &times.to_string()])
            .output()
            .ok()?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        let count = report.lines().find_map(|line| line.split_once("Collected :"))?.1.trim().parse::<u64>().ok()?;
        Some(count)
    };
    Some((run(MANY)?.checked_sub(run(FEW)?)?) as f64 / (MANY - FEW) as f64)
}

/// One round: each contender's turn, starting with another one each time.
fn turns(contenders: &mut [Contender<'_>], times: &[u64], round: usize) -> Vec<f64> {
    let mut taken = vec![0.0; contenders.len()];
    for turn in 0..contenders.len() {
        let which = (turn + round) % contenders.len();
        taken[which] = nanoseconds(&mut contenders[which], times[which]);
    }
    taken
}

/// Prints a row for each reference: bytes.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
pub(crate) fn sizes(name: &str, ours: usize, references: &[(&str, usize)]) {
    if !matches!(wish(), Wish::Times(_)) || !wanted(name) {
        return;
    }
    for (reference, bytes) in references {
        row(&format!("{name} / {reference}"), &format!("{ours} B"), &format!("{bytes} B"), ours as f64 / *bytes as f64);
    }
}

/// How many times fill a turn; also warms up.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn calibrated(it: &mut Contender<'_>) -> u64 {
    let mut times = 1;
    while nanoseconds(it, times) * (times as f64) < TURN.as_nanos() as f64 {
        times *= 2;
    }
    times
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn nanoseconds(it: &mut Contender<'_>, times: u64) -> f64 {
    let (started, on_processor) = (Instant::now(), on_processor());
    it(times);
    let taken = match (on_processor, self::on_processor()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => started.elapsed(),
    };
    taken.as_nanos() as f64 / times as f64
}

/// How long this thread has run on a processor, where the system tells.
fn on_processor() -> Option<Duration> {
    #[cfg(unix)]
    return rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).try_into().ok();
    #[cfg(not(unix))]
    None
}

fn in_nanoseconds(time: f64) -> String {
    if time < 100.0 { format!("{time:.2} ns") } else { format!("{time:.0} ns") }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
