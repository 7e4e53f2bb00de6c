//! A small program that shows the same fault.
//!
//! Parts of the record of choices are cut or made simple, the largest first, as long as the outcome stays the same in kind. Several
//! candidates are compiled at a time.

use crate::batch::{Libraries, outcomes};
use crate::generate::{Feature, Program, by_choices};
use std::time::{Duration, Instant};

/// How many candidates are compiled at a time.
const AT_A_TIME: usize = 12;
/// How long it may take: what is small enough to read is found soon.
const PATIENCE: Duration = Duration::from_secs(90);

/// Makes a program smaller as long as its outcome has that key.
pub fn shrink(libraries: &Libraries, program: Program, key: &str, size: usize, features: &[Feature]) -> Program {
    let mut best = program;
    // What is run is what fails when run.
    let run = key == "differs" || key == "ended";
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let candidates = candidates(&best, size, features);
        let smaller = candidates.chunks(AT_A_TIME).take_while(|_| start.elapsed() < PATIENCE).find_map(|chunk| {
            let found = outcomes(libraries, &format!("shrink-{}", best.seed), chunk, run);
            chunk
                .iter()
                .zip(found)
                .filter(|(_, outcome)| outcome.key().as_deref() == Some(key))
                .map(|(candidate, _)| candidate.clone())
                .min_by_key(weight)
        });
        match smaller {
            Some(program) => best = program,
            None => break,
        }
    }
    best
}

fn weight(program: &Program) -> (usize, usize) {
    (program.text.len(), program.choices.len())
}

/// Programs that are smaller by one change, the smallest first.
fn candidates(program: &Program, size: usize, features: &[Feature]) -> Vec<Program> {
    let mut records = Vec::new();
    for (from, to) in &program.parts {
        let mut cut = program.choices.clone();
        cut.drain(from..to);
        records.push(cut);
        let mut simple = program.choices.clone();
        simple.splice(from..to, [0]);
        records.push(simple);
        // A part in the place of what it is in.
        for (inner_from, inner_to) in &program.parts {
            let is_inside = from <= inner_from && inner_to <= to && (inner_from, inner_to) != (from, to);
            if is_inside && (inner_to - inner_from) * 5 > to - from {
                let mut inner = program.choices.clone();
                inner.splice(from..to, program.choices[*inner_from..*inner_to].iter().copied());
                records.push(inner);
            }
        }
    }
    for at in 0..program.choices.len() {
        if program.choices[at] != 0 {
            let mut zero = program.choices.clone();
            zero[at] = 0;
            records.push(zero);
        }
    }
    let mut programs: Vec<Program> = records
        .into_iter()
        .map(|choices| by_choices(program.seed, choices, size, features))
        .filter(|candidate| weight(candidate) < weight(program))
        .collect();
    programs.sort_by(|a, b| a.text.cmp(&b.text));
    programs.dedup_by(|a, b| a.text == b.text && a.cases == b.cases);
    programs.sort_by_key(weight);
    // The smallest rarely show the fault, and the largest gain little: some of each at a time.
    let chunks = programs.len().div_ceil(AT_A_TIME).max(1);
    (0..chunks).flat_map(|first| programs.iter().skip(first).step_by(chunks).cloned()).collect()
}
