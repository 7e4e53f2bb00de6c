//! Compiles each function of the corpus alone with `#[durable]` and says which compile.
//!
//! `cargo run -p coroutine-corpus` prints a table and writes nothing but scratch files under `target/`. Words filter by
//! `kind/function`; `--write` writes the table to `docs/corpus.md`, `--check` fails if a function that compiled when it was written no
//! longer does, `--errors` prints what rustc said in full, `--jobs N` bounds how many compilers run at once.
//!
//! One function is one call of rustc against libraries that are built once, as an error in one must not hide what another says.
//! It checks types and borrows and generates no code.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a tool of this repository: what it meets is its own

use proc_macro2::{LineColumn, Span};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// What stands before the function that is tried.
const ATTRIBUTE: &str = "#[::coroutine_runtime::prelude::durable] ";

/// An async function of the corpus.
struct Function {
    /// The file that it is in.
    kind: String,
    /// Its name, with the type that it is a method of.
    name: String,
    /// Where the attribute goes, in bytes.
    at: usize,
    lines: (usize, usize),
    awaits: usize,
}

/// Why a function does not compile: the first error.
struct Failure {
    message: String,
    /// The code that it stands at.
    text: String,
    rendered: String,
}

/// How the command was called.
struct Options {
    words: Vec<String>,
    write: bool,
    check: bool,
    errors: bool,
    jobs: usize,
}

fn main() {
    let options = options();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let libraries = libraries(root);
    let sources = sources(&root.join("src/functions"));
    let functions: Vec<Function> = sources
        .iter()
        .flat_map(|(kind, source)| functions(kind, source))
        .filter(|f| options.words.is_empty() || options.words.iter().any(|word| format!("{}/{}", f.kind, f.name).contains(word)))
        .collect();

    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(function) = functions.get(i) else { break };
                    let failure = tried(&libraries, function, &sources[&function.kind]);
                    done.lock().unwrap().insert(i, failure);
                }
            });
        }
    });
    let tried: Vec<(&Function, Option<Failure>)> = functions.iter().zip(done.into_inner().unwrap().into_values()).collect();

    if options.errors {
        for (function, failure) in &tried {
            if let Some(failure) = failure {
                println!("==== {}/{}\n{}", function.kind, function.name, failure.rendered);
            }
        }
    }
    let (table, docs) = (table(&tried), root.join("../docs/corpus.md"));
    println!("{table}");
    if options.check {
        let written = fs::read_to_string(&docs).unwrap();
        let lost: Vec<String> =
            tried.iter().filter(|(_, failure)| failure.is_some()).map(|(f, _)| row(f)).filter(|row| compiled(&written, row)).collect();
        assert!(lost.is_empty(), "these compiled when docs/corpus.md was written:\n{}", lost.join("\n"));
    }
    if options.write {
        fs::create_dir_all(docs.parent().unwrap()).unwrap();
        fs::write(docs, table).unwrap();
    }
}

fn options() -> Options {
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let mut options = Options { words: Vec::new(), write: false, check: false, errors: false, jobs };
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--write" => options.write = true,
            "--check" => options.check = true,
            "--errors" => options.errors = true,
            "--jobs" => options.jobs = args.next().and_then(|n| n.parse().ok()).expect("--jobs takes a number"),
            _ => options.words.push(arg),
        }
    }
    assert!(!options.write || options.words.is_empty(), "--write writes the whole table: give no words");
    options
}

// ---- what there is

/// The corpus by kind.
fn sources(directory: &Path) -> BTreeMap<String, String> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "mod.rs"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn functions(kind: &str, source: &str) -> Vec<Function> {
    let mut found = Found { kind, source, implementation: None, functions: Vec::new() };
    found.visit_file(&syn::parse_file(source).expect(kind));
    found.functions
}

struct Found<'s> {
    kind: &'s str,
    source: &'s str,
    /// The type whose methods are looked at, and the trait.
    implementation: Option<String>,
    functions: Vec<Function>,
}
impl Found<'_> {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block, visibility: &syn::Visibility) {
        let Some(asyncness) = &signature.asyncness else { return };
        let start = if matches!(visibility, syn::Visibility::Inherited) { asyncness.span() } else { visibility.span() };
        let mut awaits = Awaits(0);
        awaits.visit_block(block);
        let name = match &self.implementation {
            Some(of) => format!("{of}::{}", signature.ident),
            None => signature.ident.to_string(),
        };
        self.functions.push(Function {
            kind: self.kind.to_owned(),
            name,
            at: offset(self.source, start),
            lines: (start.start().line, block.span().end().line),
            awaits: awaits.0,
        });
    }
}
impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block, &item.vis);
    }
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let written = |span: Span| self.source[offset(self.source, span)..offset_of(self.source, span.end())].to_owned();
        let of = written(item.self_ty.span());
        self.implementation = Some(match &item.trait_ {
            Some((path, _)) => format!("<{of} as {}>", written(path.span())),
            None => of,
        });
        syn::visit::visit_item_impl(self, item);
        self.implementation = None;
    }
    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block, &item.vis);
    }
}

struct Awaits(usize);
impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, expr: &'ast syn::ExprAwait) {
        self.0 += 1;
        syn::visit::visit_expr_await(self, expr);
    }
}

fn offset(source: &str, span: Span) -> usize {
    offset_of(source, span.start())
}
fn offset_of(source: &str, at: LineColumn) -> usize {
    let line: usize = source.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
    line + source[line..].chars().take(at.column).map(char::len_utf8).sum::<usize>()
}

// ---- trying one

/// Where the built libraries are, as rustc's arguments.
struct Libraries {
    scratch: PathBuf,
    arguments: Vec<String>,
}

/// Has cargo build what the functions depend on. That they compile as plain async is part of it.
fn libraries(root: &Path) -> Libraries {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--lib", "--message-format=json-render-diagnostics", "-p", "coroutine-corpus"])
        .current_dir(root)
        .stderr(std::process::Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the corpus does not compile as plain async");
    let (mut arguments, mut scratch) = (Vec::new(), PathBuf::new());
    for message in String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let (Some(name), Some(files)) = (message["target"]["name"].as_str(), message["filenames"].as_array()) else { continue };
        let Some(file) = files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rmeta")) else { continue };
        if ["coroutine_corpus", "coroutine_runtime", "serde", "serde_json", "tokio"].contains(&name) {
            arguments.extend(["--extern".to_owned(), format!("{name}={file}")]);
        }
        if name == "coroutine_corpus" {
            let dependencies = Path::new(file).parent().unwrap();
            arguments.extend(["-L".to_owned(), format!("dependency={}", dependencies.display())]);
            scratch = dependencies.join("../../corpus");
        }
    }
    Libraries { scratch, arguments }
}

/// Compiles the function's file with the attribute on it; `None` if it compiles.
fn tried(libraries: &Libraries, function: &Function, source: &str) -> Option<Failure> {
    let directory = libraries.scratch.join(format!("{}_{}", function.kind, function.lines.0));
    fs::create_dir_all(&directory).unwrap();
    let (before, after) = source.split_at(function.at);
    fs::write(directory.join("case.rs"), format!("{before}{ATTRIBUTE}{after}")).unwrap();
    // The file says `use crate::support::*`, as it does in the corpus.
    let main = "#![allow(warnings)]\npub use coroutine_corpus::support;\npub mod case;\n";
    fs::write(directory.join("lib.rs"), main).unwrap();
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--crate-name=case", "--emit=metadata", "--error-format=json"])
        .args(&libraries.arguments)
        .arg("-o")
        .arg(directory.join("case.rmeta"))
        .arg(directory.join("lib.rs"))
        .output()
        .unwrap();
    if output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|e: &Value| e["level"] == "error" && !e["spans"].is_null())
        .collect();
    let rendered = errors.iter().filter_map(|e| e["rendered"].as_str()).collect();
    let first = errors.iter().find(|e| e["spans"].as_array().is_some_and(|spans| !spans.is_empty())).or(errors.first());
    let Some(first) = first else {
        return Some(Failure { message: "rustc ended without a word".to_owned(), text: text.into_owned(), rendered });
    };
    let span = first["spans"].as_array().and_then(|spans| spans.iter().find(|span| span["is_primary"] == true)).unwrap_or(&Value::Null);
    let text = marked(span);
    Some(Failure {
        message: first["message"].as_str().unwrap_or_default().to_owned(),
        text: if text == ATTRIBUTE.trim_end() { "#[durable]".to_owned() } else { text },
        rendered,
    })
}

/// The code that a span marks: its first line.
fn marked(span: &Value) -> String {
    let line = &span["text"][0];
    let (Some(text), Some(start), Some(end)) = (line["text"].as_str(), line["highlight_start"].as_u64(), line["highlight_end"].as_u64())
    else {
        return String::new();
    };
    let marked: String = text.chars().skip(start as usize - 1).take((end - start) as usize).collect();
    let more = span["text"].as_array().is_some_and(|lines| lines.len() > 1);
    marked + if more { " .." } else { "" }
}

// ---- the table

fn table(tried: &[(&Function, Option<Failure>)]) -> String {
    let compiling = tried.iter().filter(|(_, failure)| failure.is_none()).count();
    let mut out = String::new();
    let _ = writeln!(out, "# Strangers' code\n");
    let _ = writeln!(
        out,
        "Functions in the shapes that people publish (`corpus/src/functions`), each compiled as plain async, then alone with `#[durable]` and\n\
         nothing else changed. Written by `cargo run -p coroutine-corpus -- --write`.\n\n\
         **{compiling} of {} compile.**\n",
        tried.len()
    );

    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (function, failure) in tried {
        let kind = kinds.entry(&function.kind).or_default();
        kind.0 += usize::from(failure.is_none());
        kind.1 += 1;
    }
    let _ = writeln!(out, "| kind | compile | of |\n|---|---|---|");
    for (kind, (good, all)) in kinds {
        let _ = writeln!(out, "| {} | {good} | {all} |", kind.replace('_', " "));
    }

    let mut causes: BTreeMap<String, Vec<(&Function, &Failure)>> = BTreeMap::new();
    for (function, failure) in tried {
        if let Some(failure) = failure {
            causes.entry(cause(&failure.message)).or_default().push((function, failure));
        }
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(cause, of)| (std::cmp::Reverse(of.len()), cause.clone()));
    if !causes.is_empty() {
        let _ = writeln!(out, "\n## What stands in the way\n\n| first error | functions | for instance |\n|---|---|---|");
        for (cause, of) in &causes {
            let _ = writeln!(out, "| {} | {} | `{}` in `{}` |", cell(cause), of.len(), code(&of[0].1.text), of[0].0.name);
        }
    }

    let _ = writeln!(
        out,
        "\n## Function by function\n\n| function | kind | lines | awaits | compiles, or the first error |\n|---|---|---|---|---|"
    );
    for (function, failure) in tried {
        let said = match failure {
            None => "yes".to_owned(),
            Some(f) => format!("{} at `{}`", cell(&f.message), code(&f.text)),
        };
        let lines = function.lines.1 - function.lines.0 + 1;
        let _ = writeln!(out, "{} {lines} | {} | {said} |", row(function), function.awaits);
    }
    out
}

/// How a function's line begins.
fn row(function: &Function) -> String {
    format!("| `{}` | {} |", function.name, function.kind.replace('_', " "))
}
/// Whether a written table says that a function compiles.
fn compiled(table: &str, row: &str) -> bool {
    table.lines().any(|line| line.starts_with(row) && line.ends_with("| yes |"))
}

/// A message without the names that are in it.
fn cause(message: &str) -> String {
    let mut parts = message.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), Some(rest)) = (parts.next(), parts.next()) {
        out += "`_`";
        out += rest;
    }
    out
}
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
fn code(text: &str) -> String {
    cell(&text.replace('`', "'"))
}
