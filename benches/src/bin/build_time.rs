//! How long rustc takes: functions as durable coroutines and the same as plain async functions, in one run.
//!
//! `cargo run --release -p coroutine-benches --bin build_time` writes a package for each case into `target/build-time`, builds it
//! once for its dependencies, then times `cargo check` and `cargo build` (debug) after its source has been touched: medians of
//! three, the two kinds in turns. Programs drive what they define, so that all of it is generated; the durable ones are also
//! stored and restored. An argument selects the cases whose names contain it.
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    println!("{:<44} {:>9} {:>9} {:>9} {:>8}", "name", "", "durable", "plain", "ratio");
    for case in cases().iter().filter(|case| case.name.contains(&wanted)) {
        let (durable, plain) = (package(case, true)?, package(case, false)?);
        for action in ["check", "build"] {
            let (mut ours, mut reference) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(timed(&durable, action)?);
                reference.push(timed(&plain, action)?);
            }
            let (ours, reference) = (median(ours), median(reference));
            println!("{:<44} {action:>9} {ours:>7.2} s {reference:>7.2} s {:>8.2}", case.name, ours / reference);
        }
    }
    Ok(())
}

// ---- the cases ----------------------------------------------------------------------------------------

struct Case {
    name: &'static str,
    /// The functions: `#[durable]` stands where the attribute goes.
    source: String,
    /// A call of the function that is run, and its name.
    call: &'static str,
    function: &'static str,
}

fn cases() -> Vec<Case> {
    vec![
        Case { name: "nothing (cargo itself)", source: one(0), call: "run(1)", function: "run" },
        Case { name: "50 awaits, 18 live variables", source: one(50), call: "run(1)", function: "run" },
        Case { name: "100 awaits, 18 live variables", source: one(100), call: "run(1)", function: "run" },
        Case { name: "200 awaits, 18 live variables", source: one(200), call: "run(1)", function: "run" },
        Case { name: "a chain of 17 calls", source: chain(17), call: "f16(1)", function: "f16" },
        Case { name: "a tree of depth 8, 4 calls in each function", source: tree(8), call: "f7(1)", function: "f7" },
    ]
}

/// One function with so many awaits, and 18 variables of mixed types that are alive at each.
fn one(awaits: usize) -> String {
    let variables = "
    let mut count = n + 1;
    let mut small = 3i32;
    let mut text = String::from(\"text\");
    let mut numbers = vec![1u64, 2, 3];
    let mut note = Some(String::from(\"note\"));
    let mut flag = n > 2;
    let mut pair = (1u32, 2u64);
    let mut bytes = [0u8; 48];
    let mut ratio = 1.5f64;
    let mut by_name = BTreeMap::from([(String::from(\"a\"), 1u64)]);
    let mut letter = 'x';
    let mut boxed = Box::new(5u64);
    let mut result: Result<u64, String> = Ok(4);
    let mut words = vec![String::from(\"w\")];
    let mut queue = VecDeque::from([1u32, 2]);
    let mut point = Point { x: 1, y: 2 };
    let mut shape = Shape::Dot(Point { x: 3, y: 4 });
";
    let uses = [
        "count += add(n, count).await;",
        "if flag { small -= 1; text.push_str(&name(small).await); }",
        "numbers.push(child(numbers.len() as u64).await);",
        "note = Some(name(text.len() as i32).await);",
        "pair = (pair.0 + 1, add(pair.1, count).await);",
        "bytes[(count % 48) as usize] = add(u64::from(bytes[0]), 1).await as u8;",
        "if let Some(n) = by_name.get_mut(\"a\") { *n += 1; } ratio += half(ratio).await;",
        "*boxed = add(*boxed, numbers[0]).await; letter = 'y';",
        "words.push(format!(\"{letter}{}\", name(small).await));",
        "match shape { Shape::Dot(at) => point = moved(at).await, Shape::Line(from, to) => { point = moved(from).await; queue.push_back(to.x); } } result = result.map(|n| n + count); flag = !flag;",
    ];
    let mut source = String::from(HELPERS);
    let _ = write!(source, "\n#[durable]\npub async fn run(n: u64) -> String {{{}", if awaits == 0 { "" } else { variables });
    // The match has two awaits.
    let mut written = 0;
    for step in uses.iter().cycle() {
        let here = step.matches(".await").count();
        if written + here > awaits {
            break;
        }
        written += here;
        let _ = writeln!(source, "    {step}");
    }
    for _ in written..awaits {
        source.push_str("    count += add(n, count).await;\n");
    }
    source.push_str(if awaits == 0 {
        "    n.to_string()\n}\n"
    } else {
        "    shape = Shape::Line(point, point);\n    format!(\"{count} {small} {text} {numbers:?} {note:?} {flag} {pair:?} {bytes:?} {ratio} {by_name:?} {letter} {boxed} {result:?} {words:?} {queue:?} {point:?} {shape:?}\")\n}\n"
    });
    source
}

/// Functions that call each other, one after the other.
fn chain(functions: usize) -> String {
    calls(functions, 1)
}

/// Functions that call the next four times.
fn tree(depth: usize) -> String {
    calls(depth, 4)
}

fn calls(functions: usize, times: usize) -> String {
    let mut source = String::from(HELPERS);
    for n in 0..functions {
        let _ = writeln!(
            source,
            "\n#[durable]\npub async fn f{n}(n: u64) -> String {{\n    let mut text = name(n as i32).await;\n    let numbers = vec![n, n + 1];"
        );
        if n > 0 {
            for time in 0..times {
                let _ = writeln!(source, "    text.push_str(&f{}(n + {time}).await);", n - 1);
            }
        }
        source.push_str("    let sum = add(numbers[0], numbers[1]).await;\n    format!(\"{text}{sum}\")\n}\n");
    }
    source
}

const HELPERS: &str = "
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Point { x: u32, y: u32 }
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Shape { Dot(Point), Line(Point, Point) }
async fn add(a: u64, b: u64) -> u64 { a.wrapping_add(b) }
async fn half(a: f64) -> f64 { a / 2.0 }
async fn name(n: i32) -> String { n.to_string() }
async fn moved(at: Point) -> Point { Point { x: at.x + 1, y: at.y } }
#[durable]
async fn child(n: u64) -> u64 { add(n, 1).await }
";

// ---- packages -----------------------------------------------------------------------------------------

struct Package {
    directory: PathBuf,
    target: PathBuf,
}

fn package(case: &Case, durable: bool) -> Result<Package, Box<dyn Error>> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = benches.parent().ok_or("the benchmarks have no parent directory")?;
    let kind = if durable { "durable" } else { "plain" };
    let slug: String = case.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let directory = root.join("target").join("build-time").join(format!("{slug}-{kind}"));
    fs::create_dir_all(directory.join("src"))?;
    let runtime = root.join("coroutine-runtime");
    let manifest = format!(
        "[package]\nname = \"case-{}-{kind}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ncoroutine-runtime = {{ path = {runtime:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n",
        slug.to_ascii_lowercase(),
    );
    fs::write(directory.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock"))?;
    let head = "#![allow(unused)]\nuse coroutine_runtime::prelude::*;\nuse serde::{Deserialize, Serialize};\nuse std::collections::{BTreeMap, VecDeque};\n";
    let source = if durable { case.source.clone() } else { case.source.replace("#[durable]\n", "") };
    let (call, function) = (case.call, case.function);
    let program = if durable {
        format!(
            "\nfn main() {{\n    let coroutine = {call}.start();\n    let stored = snapshot(&coroutine).unwrap_or_default();\n    if let Ok(mut coroutine) = restore({function}, &stored) {{\n        println!(\"{{:?}}\", coroutine.run());\n    }}\n}}\n"
        )
    } else {
        format!(
            "\nfn main() {{\n    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());\n    println!(\"{{:?}}\", std::pin::pin!({call}).as_mut().poll(&mut cx));\n}}\n"
        )
    };
    fs::write(directory.join("src/main.rs"), format!("{head}{source}{program}"))?;
    // One target directory for all: the dependencies are built once. Of its own, lest it waits for other builds.
    Ok(Package { directory, target: root.join("target").join("build-time").join("target") })
}

/// Seconds for one action after the source was touched.
fn timed(package: &Package, action: &str) -> Result<f64, Box<dyn Error>> {
    cargo(package, action)?;
    let main = package.directory.join("src/main.rs");
    fs::write(&main, fs::read(&main)?)?;
    let started = Instant::now();
    cargo(package, action)?;
    Ok(started.elapsed().as_secs_f64())
}

fn cargo(package: &Package, action: &str) -> Result<(), Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args([action, "--quiet"])
        .current_dir(&package.directory)
        .env("CARGO_TARGET_DIR", &package.target)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .output()?;
    if !output.status.success() {
        return Err(format!("{}: cargo {action} failed\n{}", package.directory.display(), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
