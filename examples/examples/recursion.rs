//! A recursion that is suspended deep inside and resumed in another process.
//!
//! `walk` visits a tree: for each child it calls itself, boxed, as any recursive async function does. This program lets it visit a
//! few nodes, stores it (all its calls, one inside the other), and starts itself again with the file as its argument: the new
//! process goes on inside those calls. It does the same in its turn, until the tree has been walked.
//!
//! ```sh
//! cargo run --example recursion
//! ```
use coroutine_examples::replace;
use coroutine_runtime::Yields;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tree of words.
#[derive(Serialize, Deserialize)]
struct Tree {
    word: String,
    children: Vec<Tree>,
}

/// What `walk` yields at each node.
#[derive(Serialize, Deserialize)]
struct Visit {
    word: String,
    depth: usize,
}

/// Yields every node, parents before children, and gives the length of the longest path of words below this node.
#[durable(yield = Visit, resume = ())]
async fn walk(tree: Tree, depth: usize) -> usize {
    let Tree { word, children } = tree;
    let length = word.len();
    yield_(Visit { word, depth }).await;
    let mut longest = 0;
    for child in children {
        longest = longest.max(Box::pin(walk(child, depth + 1)).await);
    }
    length + longest
}

const NODES_A_PROCESS: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let process = std::process::id();
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, _) => {
            let path = std::env::temp_dir().join(format!("recursion-{process}.frame"));
            println!("process {process} begins");
            let done = go_on(walk(tree(), 0).start(), &path);
            coroutine_examples::remove(&path)?;
            done
        }
        (Some(path), None) => {
            let path = PathBuf::from(path);
            let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            println!("process {process} goes on from {} bytes", bytes.len());
            go_on(restore(walk, &bytes)?, &path)
        }
        _ => Err("it takes no argument, or the file to go on from".into()),
    }
}

/// Visits a few nodes, then hands over to another process.
fn go_on<M>(mut walker: Coroutine<'_, M>, path: &Path) -> Result<(), Box<dyn Error>>
where
    M: Frame<Return = usize, Port = Yields<Visit, ()>>,
{
    for _ in 0..NODES_A_PROCESS {
        match walker.resume(())? {
            Resumed::Yielded(visit) => println!("  {:indent$}{}", "", visit.word, indent = 2 * visit.depth),
            Resumed::Complete(longest) => {
                println!("done: the longest path has {longest} letters");
                return Ok(());
            }
        }
    }
    replace(path, &snapshot(&walker)?)?;
    drop(walker);
    let status = Command::new(std::env::current_exe()?).arg(path).status()?;
    if !status.success() {
        return Err(format!("the process that went on ended with {status}").into());
    }
    Ok(())
}

fn tree() -> Tree {
    let node = |word: &str, children| Tree { word: word.to_owned(), children };
    let animals = vec![
        node("birds", vec![node("owls", vec![node("barn owl", vec![]), node("snowy owl", vec![])]), node("finches", vec![])]),
        node("fish", vec![node("carp", vec![])]),
    ];
    let plants = vec![node("trees", vec![node("oaks", vec![]), node("elms", vec![])]), node("mosses", vec![])];
    node("life", vec![node("animals", animals), node("plants", plants)])
}
