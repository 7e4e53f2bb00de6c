//! What rustc says of a mistake inside a durable function: the same as of a plain async one, and once.
#![allow(clippy::unwrap_used, missing_docs)] // tests
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const MISTAKES: &str = include_str!("../diagnostics/mistakes.rs");
const ATTRIBUTE: &str = "#[durable]";

/// Mistakes of which more is said: the machine's own code does not fit what was written either. What plain async says is there.
const MORE: &[&str] = &[
    "wrong_result_of_step",
    "wrong_return",
    "wrong_return_early",
    "missing_return",
    "missing_await",
    "question_on_a_value",
    "question_without_from",
    "use_after_move",
    "moved_in_loop",
    "through_a_shared_reference",
    "dropped_while_borrowed",
    "branches_of_other_types",
    "arms_of_other_types",
    "missing_arm",
    "condition_of_another_type",
    "pattern_of_another_type",
    "moved_into_a_closure",
    "wrong_number_of_generics",
    "format_without_display",
];
/// Mistakes of which rustc says in other words that it is the body of an async function.
const OTHER_WORDS: &[&str] = &["question_without_result", "lifetime_of_a_local", "break_outside_of_a_loop"];

/// What rustc says, by its level, message and place; how often.
type Said = BTreeMap<(String, String, String), usize>;

/// The names and texts of the mistakes, each behind what they share.
fn mistakes() -> Vec<(&'static str, String)> {
    let mut sections = MISTAKES.split("// == ");
    let shared = sections.next().unwrap();
    sections
        .map(|section| {
            let (name, text) = section.split_once('\n').unwrap();
            (name, format!("{shared}{text}"))
        })
        .collect()
}

/// Where cargo has built the runtime, and the folder of what it depends on.
fn runtime() -> (PathBuf, PathBuf) {
    let cargo = Command::new(env!("CARGO"))
        .args(["build", "-p", "coroutine-runtime", "--message-format=json", "--quiet"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let messages = String::from_utf8(cargo.stdout).unwrap();
    let built = messages.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let built: Vec<_> = built.filter(|m| m["target"]["name"] == "coroutine_runtime").collect();
    let file = built.iter().flat_map(|m| m["filenames"].as_array().unwrap()).filter_map(|f| f.as_str()).find(|f| f.ends_with(".rlib"));
    let file = PathBuf::from(file.unwrap());
    let deps = file.parent().unwrap().join("deps");
    (file, deps)
}

fn said(folder: &Path, runtime: &(PathBuf, PathBuf), text: &str) -> Said {
    let file = folder.join("mistake.rs");
    std::fs::write(&file, text).unwrap();
    let rustc = Command::new("rustc")
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json", "-Wunused"])
        .arg("-L")
        .arg(format!("dependency={}", runtime.1.display()))
        .arg("--extern")
        .arg(format!("coroutine_runtime={}", runtime.0.display()))
        .arg("-o")
        .arg(folder.join("mistake.rmeta"))
        .arg(&file)
        .output()
        .unwrap();
    let mut said = Said::new();
    for line in String::from_utf8(rustc.stderr).unwrap().lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = message["message"].as_str().unwrap().to_owned();
        // (What only counts, and what only tells where to read more.)
        if message["spans"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let place = message["spans"].as_array().unwrap().iter().find(|span| span["is_primary"] == true).unwrap();
        let place = format!("{}:{}", place["line_start"], place["column_start"]);
        *said.entry((message["level"].as_str().unwrap().to_owned(), text, place)).or_default() += 1;
    }
    said
}

#[test]
fn mistakes_read_as_in_plain_async() {
    let runtime = runtime();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnostics");
    std::fs::create_dir_all(&folder).unwrap();
    let mistakes = mistakes();
    let same = mistakes.len() - MORE.len() - OTHER_WORDS.len();
    assert!(same >= 40, "only {same} mistakes read the same");
    let mut wrong = String::new();
    for (name, text) in &mistakes {
        assert_eq!(text.matches(ATTRIBUTE).count(), 1, "{name}");
        let plain = said(&folder, &runtime, &text.replace(ATTRIBUTE, ""));
        assert!(!plain.is_empty(), "{name} is no mistake");
        let durable = said(&folder, &runtime, &text.replace(ATTRIBUTE, "#[coroutine_runtime::durable]"));
        let said = plain.keys().all(|message| durable.contains_key(message));
        let as_listed = match name {
            name if MORE.contains(name) => said && plain != durable,
            name if OTHER_WORDS.contains(name) => !said,
            _ => plain == durable,
        };
        if !as_listed {
            wrong += &format!("== {name}\nplain async: {plain:#?}\ndurable: {durable:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
