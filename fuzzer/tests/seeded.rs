//! A short run with a fixed seed. The long ones are `cargo run -p coroutine-fuzzer`.
#![allow(missing_docs)] // tests
use coroutine_fuzzer::batch::{Outcome, libraries, outcomes};
use coroutine_fuzzer::generate::{DEFAULT, Program, by_choices, by_seed};

const SIZE: usize = 26;

#[test]
fn programs_do_what_plain_async_does() {
    let programs: Vec<Program> = (3000..3024).map(|seed| by_seed(seed, SIZE, &DEFAULT)).collect();
    let (mut report, mut restores) = (String::new(), 0);
    for (program, outcome) in programs.iter().zip(outcomes(&libraries(), "seeded", &programs, true)) {
        match outcome {
            Outcome::Agrees(figures) => restores += figures.restores,
            other => report += &format!("seed {}\n{}\n{}\n", program.seed, program.text, other.text()),
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(restores > 50, "restored only {restores} times");
}

#[test]
fn a_program_is_its_choices() {
    for seed in 0..50 {
        let program = by_seed(seed, SIZE, &DEFAULT);
        let again = by_choices(seed, program.choices.clone(), SIZE, &DEFAULT);
        assert_eq!(program.text, again.text);
        assert_eq!(program.cases, again.cases);
    }
}
