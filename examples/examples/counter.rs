//! An async function that survives its process.
//!
//! Each run lets the function count a little further, stores it in a file at every number, and ends. The next run, which is
//! another process, goes on where this one stopped: in the middle of the function's loop, with its variables as they were.
//!
//! ```sh
//! cargo run --example counter              # again and again: 1 2 3, then 4 5 6, then 7 8 9, then 10 and the end
//! cargo run --example counter -- --reset   # forget what was counted, begin anew
//! cargo run --example counter -- --file P  # keep the function in the file P, not in `counter.frame`
//! ```
use coroutine_examples::{read, remove, replace};
use coroutine_runtime::prelude::*;
use std::error::Error;
use std::path::PathBuf;

/// An ordinary async function. Nothing in it says what is to be stored: what is alive at an await is.
#[durable(yield = u64, resume = ())]
async fn count(limit: u64) -> String {
    let mut sum = 0;
    let mut squares = Vec::new();
    for n in 1..=limit {
        sum += n;
        squares.push(n * n);
        yield_(n).await;
    }
    format!("the numbers from 1 to {limit} add up to {sum}, their squares to {}", squares.iter().sum::<u64>())
}

const LIMIT: u64 = 10;
const NUMBERS_A_RUN: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_arguments()?;
    let path = options.file;
    if options.reset {
        remove(&path)?;
        println!("forgotten: {} is gone, the next run begins at 1", path.display());
        return Ok(());
    }

    let mut counter = match read(&path)? {
        Some(bytes) => {
            println!("found {} bytes in {}: going on in the middle of `count`", bytes.len(), path.display());
            restore(count, &bytes).map_err(|error| format!("{}: {error} (`--reset` begins anew)", path.display()))?
        }
        None => {
            println!("there is no {} yet: calling `count({LIMIT})`", path.display());
            count(LIMIT).start()
        }
    };

    for _ in 0..NUMBERS_A_RUN {
        match counter.resume(())? {
            Resumed::Yielded(number) => {
                replace(&path, &snapshot(&counter)?)?;
                println!("counted {number}");
            }
            Resumed::Complete(result) => {
                remove(&path)?;
                println!("done: {result}");
                return Ok(());
            }
        }
    }
    println!("this process ends here; `count` sleeps in {}, run me again", path.display());
    Ok(())
}

struct Options {
    reset: bool,
    file: PathBuf,
}

impl Options {
    fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let mut options = Options { reset: false, file: PathBuf::from("counter.frame") };
        let mut arguments = std::env::args_os().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--reset") => options.reset = true,
                Some("--file") => options.file = arguments.next().ok_or("`--file` needs a path")?.into(),
                _ => return Err(format!("unknown argument {}; there are `--reset` and `--file PATH`", argument.display()).into()),
            }
        }
        Ok(options)
    }
}
