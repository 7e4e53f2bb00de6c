//! Shows what `#[durable]` makes of a function.
//!
//! ```sh
//! cargo run -p coroutine-show -- examples/examples/order.rs order           # its states, and what each keeps and why
//! cargo run -p coroutine-show -- examples/examples/order.rs order --graph   # the states as a Mermaid diagram
//! cargo run -p coroutine-show -- examples/examples/order.rs order --code    # the emitted code, formatted
//! ```
//!
//! A method is named `Type::method`.

// A crate of attribute macros cannot be linked, so its compiler is compiled once more, here.
#[path = "../../coroutine-macro/src/compiler/mod.rs"]
mod compiler;
mod find;
mod states;

use std::process::ExitCode;

const USAGE: &str = "usage: coroutine-show FILE FUNCTION [--states | --graph | --code]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match shown(&arguments) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn shown(arguments: &[String]) -> Result<String, String> {
    let (flags, names): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.starts_with("--"));
    let ([file, function], [] | [_]) = (&names[..], &flags[..]) else { return Err(USAGE.into()) };
    let source = std::fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    let found = find::find(&source, function).map_err(|error| format!("{file}: {error}"))?;
    match flags.first().map(|flag| flag.as_str()) {
        None | Some("--states") => states::states(found),
        Some("--graph") => states::graph(found),
        Some("--code") => Ok(find::code(found)),
        Some(_) => Err(USAGE.into()),
    }
}
