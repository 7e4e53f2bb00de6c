//! Many programs, compiled as one crate and run.
//!
//! One call of rustc for many programs costs much less than one for each. What does not compile is taken out by the lines that rustc
//! names, and the rest is compiled again.

use crate::generate::Program;
use coroutine_tests::harness::{Case, Steps, compare, compare_cancelled};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// Where the built libraries are, as rustc's arguments, and where scratch files go.
#[derive(Clone)]
pub struct Libraries {
    scratch: PathBuf,
    arguments: Vec<String>,
}

/// What came of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All ways agree.
    Agrees(Figures),
    /// They do not: the report.
    Differs(String),
    /// It does not compile with the attribute, and does without: what rustc says.
    Refused(String),
    /// It does not compile as plain async: the generator's fault.
    IllTyped(String),
    /// It did not come to an end, or the process did not.
    Ended(String),
}

impl Outcome {
    /// Two outcomes that show the same fault have the same key; `None` if there is no fault.
    pub fn key(&self) -> Option<String> {
        match self {
            Outcome::Agrees(_) => None,
            Outcome::Differs(_) => Some("differs".to_owned()),
            Outcome::Refused(text) => Some(format!("refused: {}", first_line(text))),
            Outcome::IllTyped(text) => Some(format!("ill-typed: {}", first_line(text))),
            Outcome::Ended(_) => Some("ended".to_owned()),
        }
    }
    /// What there is to say about the fault.
    pub fn text(&self) -> &str {
        match self {
            Outcome::Agrees(_) => "",
            Outcome::Differs(text) | Outcome::Refused(text) | Outcome::IllTyped(text) | Outcome::Ended(text) => text,
        }
    }
}

/// The first error without the names that are in it.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().split('`').step_by(2).collect::<Vec<_>>().join("_")
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub runs: usize,
    pub suspensions: usize,
    pub restores: usize,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.runs += other.runs;
        self.suspensions += other.suspensions;
        self.restores += other.restores;
    }
}

/// What the compiled crate prints, a line for each program.
#[derive(Serialize, Deserialize)]
pub struct Said {
    pub index: usize,
    pub report: String,
    pub figures: Figures,
}

thread_local! { static SECOND: Cell<bool> = const { Cell::new(false) } }

/// Says which of two inputs is meant.
pub fn second() -> bool {
    SECOND.get()
}

/// Runs a program with both inputs, each four ways and dropped at its first yields. The emitted crate calls this.
pub fn run_program(index: usize, case: &Case) {
    let (mut report, mut figures) = (String::new(), Figures::default());
    for second in [false, true] {
        SECOND.set(second);
        let compared = compare(case, Steps::Apart);
        report += &compared.report;
        figures += Figures { runs: 4, suspensions: compared.suspensions, restores: compared.restores };
        for stop_at in 1..=compared.yields.min(5) {
            report += &compare_cancelled(case, stop_at);
            figures.runs += 4;
        }
    }
    println!("{}", serde_json::to_string(&Said { index, report, figures }).unwrap());
}

impl Libraries {
    /// Where the files of a batch are.
    pub fn directory(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }
}

/// Has cargo build what programs depend on.
///
/// # Panics
/// If it does not build.
pub fn libraries() -> Libraries {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--lib", "--message-format=json-render-diagnostics", "-p", "coroutine-fuzzer"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the libraries do not build");
    let (mut arguments, mut scratch) = (Vec::new(), PathBuf::new());
    for message in String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let (Some(name), Some(files)) = (message["target"]["name"].as_str(), message["filenames"].as_array()) else { continue };
        let Some(file) = files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rlib")) else { continue };
        if ["coroutine_fuzzer", "coroutine_runtime", "coroutine_tests"].contains(&name) {
            arguments.extend(["--extern".to_owned(), format!("{name}={file}")]);
        }
        if name == "coroutine_fuzzer" {
            let built = Path::new(file).parent().unwrap();
            arguments.extend(["-L".to_owned(), format!("dependency={}", built.join("deps").display())]);
            scratch = built.join("fuzz");
        }
    }
    fs::create_dir_all(&scratch).unwrap();
    Libraries { scratch, arguments }
}

const HEAD: &str = "#![allow(warnings)]\n";

/// One program as a module.
fn module(index: usize, program: &Program) -> String {
    format!(
        "mod p{index} {{\nuse coroutine_fuzzer::support::*;\n{}pub fn case() -> Case {{ coroutine_tests::short_case!(root, root_twin, {}) }}\n}}\n",
        program.text, program.cases
    )
}
/// The same as plain async.
fn plain_module(index: usize, program: &Program) -> String {
    let text: String = program.text.split_inclusive('\n').map(|line| if line.starts_with("#[durable") { "\n" } else { line }).collect();
    let text = text.replace("#[again]", "");
    format!("mod p{index} {{\nuse coroutine_fuzzer::support::*;\n{}\n{text}}}\n", "async fn yield_(n: u64) -> u64 { n }")
}

/// Compiles the programs in one crate; `run` says whether to run them too.
pub fn outcomes(libraries: &Libraries, name: &str, programs: &[Program], run: bool) -> Vec<Outcome> {
    let directory = libraries.directory(name);
    fs::create_dir_all(&directory).unwrap();
    let mut faults: BTreeMap<usize, String> = BTreeMap::new();
    loop {
        let going: Vec<usize> = (0..programs.len()).filter(|i| !faults.contains_key(i)).collect();
        let modules: Vec<(usize, String)> = going.iter().map(|i| (*i, module(*i, &programs[*i]))).collect();
        let mut text = HEAD.to_owned();
        for (_, module) in &modules {
            text += module;
        }
        text += "fn main() {\nstd::panic::set_hook(Box::new(|_| ()));\n";
        for i in &going {
            let _ = writeln!(text, "coroutine_fuzzer::batch::run_program({i}, &p{i}::case());");
        }
        text += "}\n";
        match compiled(libraries, &directory, "main", &text, run) {
            Ok(program) => {
                let mut outcomes =
                    if run { ran(&program, programs.len()) } else { vec![Outcome::Agrees(Figures::default()); programs.len()] };
                for (i, fault) in blamed(libraries, &directory, programs, faults) {
                    outcomes[i] = fault;
                }
                return outcomes;
            }
            Err(errors) => {
                let found = by_module(&errors, &modules);
                assert!(!found.is_empty(), "rustc blames no program:\n{}", errors.iter().map(|e| e.rendered.as_str()).collect::<String>());
                faults.extend(found);
            }
        }
    }
}

/// Says of programs that do not compile whose fault that is.
fn blamed(libraries: &Libraries, directory: &Path, programs: &[Program], faults: BTreeMap<usize, String>) -> Vec<(usize, Outcome)> {
    let mut ill_typed: BTreeMap<usize, String> = BTreeMap::new();
    loop {
        let modules: Vec<(usize, String)> =
            faults.keys().filter(|i| !ill_typed.contains_key(i)).map(|i| (*i, plain_module(*i, &programs[*i]))).collect();
        let mut text = HEAD.to_owned();
        for (_, module) in &modules {
            text += module;
        }
        text += "fn main() {}\n";
        match compiled(libraries, directory, "plain", &text, false) {
            Ok(_) => break,
            Err(errors) => ill_typed.extend(by_module(&errors, &modules)),
        }
    }
    faults
        .into_iter()
        .map(|(i, fault)| match ill_typed.remove(&i) {
            Some(text) => (i, Outcome::IllTyped(text)),
            None => (i, Outcome::Refused(fault)),
        })
        .collect()
}

struct RustcError {
    lines: Vec<usize>,
    rendered: String,
}

/// Which programs the errors are in, with what is said of each.
fn by_module(errors: &[RustcError], modules: &[(usize, String)]) -> BTreeMap<usize, String> {
    let mut starts = Vec::new();
    let mut line = 1 + HEAD.lines().count();
    for (index, text) in modules {
        starts.push((line, *index));
        line += text.lines().count();
    }
    let end = line;
    let mut found: BTreeMap<usize, String> = BTreeMap::new();
    for error in errors {
        for at in &error.lines {
            let module = starts.iter().rev().find(|(start, _)| start <= at).filter(|_| *at < end);
            if let Some((_, index)) = module {
                *found.entry(*index).or_default() += &error.rendered;
                break;
            }
        }
    }
    found
}

/// Compiles a crate; an executable if it is to be run.
fn compiled(libraries: &Libraries, directory: &Path, name: &str, text: &str, executable: bool) -> Result<PathBuf, Vec<RustcError>> {
    let source = directory.join(format!("{name}.rs"));
    let target = directory.join(format!("{name}.out"));
    fs::write(&source, text).unwrap();
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=bin", "--crate-name=fuzzed", "--error-format=json", "-Cdebuginfo=0", "-Ccodegen-units=8"])
        .arg(if executable { "--emit=link" } else { "--emit=metadata" })
        .args(&libraries.arguments)
        .arg("-o")
        .arg(&target)
        .arg(&source)
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(target);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<RustcError> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|error| error["level"].as_str().is_some_and(|level| level.starts_with("error")))
        .map(|error| {
            let mut lines = Vec::new();
            lines_of(&error, &source.to_string_lossy(), &mut lines);
            RustcError { lines, rendered: error["rendered"].as_str().unwrap_or_default().to_owned() }
        })
        .collect();
    assert!(errors.iter().any(|error| !error.lines.is_empty()), "rustc failed: {text}");
    Err(errors)
}

/// The lines that an error names in our file, those of its own spans first.
fn lines_of(value: &Value, file: &str, lines: &mut Vec<usize>) {
    for span in value["spans"].as_array().into_iter().flatten() {
        let mut span = span;
        loop {
            if span["file_name"] == file {
                lines.extend(span["line_start"].as_u64().map(|line| line as usize));
            }
            match &span["expansion"]["span"] {
                Value::Null => break,
                outer => span = outer,
            }
        }
    }
    for child in value["children"].as_array().into_iter().flatten() {
        lines_of(child, file, lines);
    }
}

/// How long the programs of one crate may take.
const PATIENCE: Duration = Duration::from_secs(120);

fn ran(program: &Path, count: usize) -> Vec<Outcome> {
    let output = program.with_extension("said");
    let mut child = Command::new(program).stdout(fs::File::create(&output).unwrap()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break format!("{status}");
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            break "it did not come to an end".to_owned();
        }
        thread::sleep(Duration::from_millis(5));
    };
    let mut outcomes = vec![Outcome::Ended(String::new()); count];
    for said in fs::read_to_string(&output).unwrap().lines().filter_map(|line| serde_json::from_str::<Said>(line).ok()) {
        outcomes[said.index] = if said.report.is_empty() { Outcome::Agrees(said.figures) } else { Outcome::Differs(said.report) };
    }
    // The first that said nothing is the one that was under way; those after it were not run.
    for outcome in &mut outcomes {
        if let Outcome::Ended(text) = outcome {
            text.push_str(&status);
        }
    }
    outcomes
}
