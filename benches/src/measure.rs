//! Measuring: contenders run in turns, so that what disturbs the machine disturbs all of them; medians; ratios within a round.
use std::time::{Duration, Instant};

/// How often each contender has its turn.
const ROUNDS: usize = 25;
/// How long a turn is, at least.
const TURN: Duration = Duration::from_millis(4);

/// One way of doing what a row is about: does it so many times.
pub(crate) type Contender<'a> = Box<dyn FnMut(u64) + 'a>;

/// Whether the program's argument, if there is one, is part of a row's name.
fn wanted(name: &str) -> bool {
    std::env::args().nth(1).is_none_or(|part| format!("{name} /").contains(&part))
}

/// For a profiler: whether the program's second argument asks for another contender than this one.
fn left_out(contender: &str) -> bool {
    std::env::args().nth(2).is_some_and(|only| contender != only)
}

/// A line of the table.
pub(crate) fn row(name: &str, ours: &str, reference: &str, ratio: f64) {
    println!("{name:<58} {ours:>12} {reference:>12} {ratio:>8.2}");
}

/// The table's head.
pub(crate) fn head() {
    println!("{:<58} {:>12} {:>12} {:>8}", "name", "ours", "reference", "ratio");
}

/// Prints a row for each reference: the time of one operation.
pub(crate) fn compare<'a>(name: &str, ours: Contender<'a>, references: Vec<(&str, Contender<'a>)>) {
    if !wanted(name) {
        return;
    }
    let (names, others): (Vec<&str>, Vec<Contender<'a>>) = references.into_iter().unzip();
    let mut contenders = vec![ours];
    contenders.extend(others);
    for (contender, name) in contenders.iter_mut().zip(["ours"].iter().chain(&names)) {
        if left_out(name) {
            *contender = Box::new(|_| std::thread::sleep(TURN));
        }
    }
    let times: Vec<u64> = contenders.iter_mut().map(calibrated).collect();
    let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|round| turns(&mut contenders, &times, round)).collect();
    let own = median(rounds.iter().map(|taken| taken[0]));
    for (name_of_reference, n) in names.iter().zip(1..) {
        let other = median(rounds.iter().map(|taken| taken[n]));
        let ratio = median(rounds.iter().map(|taken| taken[0] / taken[n]));
        row(&format!("{name} / {name_of_reference}"), &in_nanoseconds(own), &in_nanoseconds(other), ratio);
    }
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
    if !wanted(name) {
        return;
    }
    for (reference, bytes) in references {
        row(&format!("{name} / {reference}"), &format!("{ours} B"), &format!("{bytes} B"), ours as f64 / *bytes as f64);
    }
}

/// How many times fill a turn; also warms up.
fn calibrated(it: &mut Contender<'_>) -> u64 {
    let mut times = 1;
    loop {
        let started = Instant::now();
        it(times);
        if started.elapsed() >= TURN {
            return times;
        }
        times *= 2;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn nanoseconds(it: &mut Contender<'_>, times: u64) -> f64 {
    let started = Instant::now();
    it(times);
    started.elapsed().as_nanos() as f64 / times as f64
}

fn in_nanoseconds(time: f64) -> String {
    if time < 100.0 { format!("{time:.2} ns") } else { format!("{time:.0} ns") }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
