//! Runs random programs and reports those that do not do what plain async does.
//!
//! `cargo run --release -p coroutine-fuzzer -- --programs 1000` prints what disagreed, made small, and the figures.
//!
//! - `--seed N` the first program's seed, by default 1; a program is its seed, whatever the rest
//! - `--programs N` how many, by default 200; `--size N` how large
//! - `--jobs N` how many compilers at once; `--batch N` how many programs for each
//! - `--features a,b` or `--features all`: what programs may contain beyond the default; `--without a,b` what they may not
//! - `--show` prints the programs and ends; `--keep` does not make them small
//! - `--faults N` ends after so many different faults were made small, by default 10
#![allow(clippy::unwrap_used, clippy::expect_used)] // a tool of this repository

use coroutine_fuzzer::batch::{Figures, Libraries, Outcome, libraries, outcomes};
use coroutine_fuzzer::generate::{DEFAULT, Feature, Program, by_seed};
use coroutine_fuzzer::shrink::shrink;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{self, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

struct Options {
    seed: u64,
    programs: usize,
    size: usize,
    jobs: usize,
    batch: usize,
    faults: usize,
    features: Vec<Feature>,
    show: bool,
    keep: bool,
}

fn options() -> Options {
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let mut options =
        Options { seed: 1, programs: 200, size: 26, jobs, batch: 40, faults: 10, features: DEFAULT.to_vec(), show: false, keep: false };
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().expect("the option takes a value");
        match arg.as_str() {
            "--seed" => options.seed = value().parse().unwrap(),
            "--programs" => options.programs = value().parse().unwrap(),
            "--size" => options.size = value().parse().unwrap(),
            "--jobs" => options.jobs = value().parse().unwrap(),
            "--batch" => options.batch = value().parse().unwrap(),
            "--faults" => options.faults = value().parse().unwrap(),
            "--features" => options.features.extend(named(&value())),
            "--without" => {
                let without = named(&value());
                options.features.retain(|feature| !without.contains(feature));
            }
            "--show" => options.show = true,
            "--keep" => options.keep = true,
            other => panic!("unknown option {other}"),
        }
    }
    options
}
fn named(names: &str) -> Vec<Feature> {
    Feature::ALL.iter().filter(|(name, _)| names == "all" || names.split(',').any(|it| it == *name)).map(|(_, feature)| *feature).collect()
}

fn main() -> ExitCode {
    let options = options();
    let seeds: Vec<u64> = (0..options.programs as u64).map(|i| options.seed + i).collect();
    let program = |seed| by_seed(seed, options.size, &options.features);
    if options.show {
        for seed in seeds {
            println!("{}", pretty(&program(seed)));
        }
        return ExitCode::SUCCESS;
    }
    let libraries = libraries();
    let batches: Vec<&[u64]> = seeds.chunks(options.batch).collect();
    let next = AtomicUsize::new(0);
    let state = Mutex::new((0, Figures::default(), BTreeMap::<String, Vec<u64>>::new()));
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(batch) = batches.get(at) else { break };
                    if state.lock().unwrap().2.len() >= options.faults {
                        break;
                    }
                    let programs: Vec<Program> = batch.iter().map(|seed| program(*seed)).collect();
                    // (Several processes may run beside each other.)
                    let name = format!("batch-{}-{at}", process::id());
                    let found = outcomes(&libraries, &name, &programs, true);
                    let mut fresh = Vec::new();
                    {
                        let mut state = state.lock().unwrap();
                        for (program, outcome) in programs.into_iter().zip(found) {
                            state.0 += 1;
                            match outcome.key() {
                                None => {
                                    if let Outcome::Agrees(figures) = outcome {
                                        state.1 += figures;
                                    }
                                }
                                Some(key) => {
                                    eprintln!("seed {}: {key}", program.seed);
                                    let seen = state.2.entry(key.clone()).or_default();
                                    seen.push(program.seed);
                                    // Differences are many faults under one name.
                                    if seen.len() == 1 || key == "differs" && seen.len() <= 4 {
                                        fresh.push((program, key));
                                    }
                                }
                            }
                        }
                        eprintln!(
                            "{} programs, {} suspensions, {} faults",
                            state.0,
                            state.1.suspensions,
                            state.2.values().map(Vec::len).sum::<usize>()
                        );
                    }
                    for (program, key) in fresh {
                        report(&libraries, program, &key, &options);
                    }
                    let _ = std::fs::remove_dir_all(libraries.directory(&name));
                }
            });
        }
    });
    let (programs, figures, faults) = state.into_inner().unwrap();
    for (key, seeds) in &faults {
        println!("{} x {key}: seeds {seeds:?}", seeds.len());
    }
    println!(
        "{programs} programs from seed {}, {} runs, {} suspensions, {} times stored and restored: {} disagree",
        options.seed,
        figures.runs,
        figures.suspensions,
        figures.restores,
        faults.values().map(Vec::len).sum::<usize>()
    );
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes it small and says what is wrong with it.
fn report(libraries: &Libraries, program: Program, key: &str, options: &Options) {
    let small = if options.keep { program } else { shrink(libraries, program, key, options.size, &options.features) };
    let outcome = outcomes(libraries, &format!("report-{}", small.seed), std::slice::from_ref(&small), true);
    println!("==== seed {}: {key}\n{}\n{}", small.seed, pretty(&small), outcome[0].text());
    let _ = std::io::stdout().flush();
}

/// The program through rustfmt, if there is one.
fn pretty(program: &Program) -> String {
    let text = format!("{}// {}\n", program.text, program.cases);
    let formatted = || {
        let mut child = Command::new("rustfmt")
            .args(["--edition=2024"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(text.as_bytes()).ok()?;
        let output = child.wait_with_output().ok()?;
        if output.status.success() { String::from_utf8(output.stdout).ok() } else { None }
    };
    formatted().unwrap_or_else(|| text.clone())
}
