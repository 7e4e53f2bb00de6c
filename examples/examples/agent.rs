//! An agent: a loop of a model and its tools, whose conversation has no end in sight.
//!
//! The model is asked what to do, a tool does it, the model sees what came of it, and so on. What was asked of the model and what tools
//! did is in the coroutine's variables, so a crash costs one call at most, however long the conversation is; there is no history to
//! replay. Between turns it waits for the next message, in the store.
//!
//! ```sh
//! cargo run --example agent                       # talks for a while, by itself; kill it and run it again
//! cargo run --example agent -- --say "2 + 3 * 4"  # sends a message and prints the answer
//! ```
//!
//! `--directory D` says where `agent.db` goes. The model here is a little parser of sums; put a call to one of the large ones in its place.
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::Sqlite;
use coroutine_runtime::{Backoff, idempotency_key, progress, receive, sleep};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What is said and done, from the beginning.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Entry {
    User(String),
    Tool(String),
    Answer(String),
}

/// What the model wants next.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Wish {
    Tool(Tool),
    Answer(String),
}

/// A tool, and what it is to do: to work out a part of a sum.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tool {
    part: [String; 3],
}

/// Talks until somebody says `goodbye`. Only what matters of a long conversation is kept: it does not grow for ever.
#[durable]
async fn agent(world: &World) -> usize {
    let mut conversation: Vec<Entry> = Vec::new();
    let mut answered = 0;
    loop {
        let said: String = receive::<String>("said").await;
        if said == "goodbye" {
            return answered;
        }
        conversation.push(Entry::User(said));
        let answer = turn(world, &mut conversation).await;
        answered += 1;
        progress((answered, answer.clone())).await;
        conversation.push(Entry::Answer(answer));
        if conversation.len() > 100 {
            conversation.drain(..50);
        }
    }
}

/// One turn: the model and its tools, until there is an answer.
#[durable]
async fn turn(world: &World, conversation: &mut Vec<Entry>) -> String {
    loop {
        match ask(world, conversation).await {
            Wish::Answer(answer) => return answer,
            Wish::Tool(tool) => {
                // (A tool that does something in the world would be given the key.)
                let _key = idempotency_key().await;
                let came_of_it = world.uses(&tool, conversation).await;
                conversation.push(Entry::Tool(came_of_it));
            }
        }
    }
}

/// The model is busy now and then: each try waits longer than the one before.
#[durable]
async fn ask(world: &World, conversation: &Vec<Entry>) -> Wish {
    let mut backoff = Backoff::new(Duration::from_millis(20), 10);
    loop {
        match world.model(conversation).await {
            Ok(wish) => return wish,
            Err(error) => match backoff.next() {
                Some(wait) => sleep(wait).await,
                None => return Wish::Answer(format!("I cannot say: {error}")),
            },
        }
    }
}

/// The world: a model and tools. Ordinary async code.
#[derive(Default)]
struct World {
    calls: AtomicU32,
}

impl World {
    async fn model(&self, conversation: &[Entry]) -> Result<Wish, String> {
        tokio::time::sleep(Duration::from_millis(30)).await;
        if self.calls.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
            return Err("the model is busy".into());
        }
        let sum = sum_of(conversation);
        let words: Vec<&str> = sum.split_whitespace().collect();
        let find =
            |sign: &str| words.windows(3).find(|part| part[1] == sign && part[0].parse::<i64>().is_ok() && part[2].parse::<i64>().is_ok());
        Ok(match find("*").or_else(|| find("+")) {
            Some(part) => Wish::Tool(Tool { part: [part[0].into(), part[1].into(), part[2].into()] }),
            None => Wish::Answer(format!("it is {sum}")),
        })
    }

    /// Does what a tool is to do: gives the sum with the part worked out.
    async fn uses(&self, tool: &Tool, conversation: &[Entry]) -> String {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let [a, sign, b] = &tool.part;
        let (x, y) = (a.parse::<i64>().unwrap_or_default(), b.parse::<i64>().unwrap_or_default());
        let found = if sign == "*" { x.saturating_mul(y) } else { x.saturating_add(y) };
        sum_of(conversation).replacen(&format!("{a} {sign} {b}"), &found.to_string(), 1)
    }
}

/// The sum as it stands: what was asked, or what a tool made of it.
fn sum_of(conversation: &[Entry]) -> &str {
    let sums = conversation.iter().rev().find_map(|entry| match entry {
        Entry::User(sum) | Entry::Tool(sum) => Some(sum.as_str()),
        Entry::Answer(_) => None,
    });
    sums.unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut say, mut directory) = (None, PathBuf::from("."));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(format!("`{argument}` needs a value"))?;
        match &*argument {
            "--say" => say = Some(value),
            "--directory" => directory = value.into(),
            _ => return Err(format!("unknown argument {argument}; there are `--say TEXT` and `--directory D`").into()),
        }
    }
    let store = Sqlite::open(directory.join("agent.db"))?;
    let runtime = Runtime::builder(store).env(World::default()).register(agent).lease(Duration::from_secs(1)).start().await?;
    let agent = runtime.start_as("agent", agent, ()).await?;

    let texts = match say {
        Some(text) => vec![text],
        None => (1..=5).map(|n| format!("{n} * {}", n + 1)).collect(),
    };
    for text in texts {
        let before = answers(&agent).await?.0;
        agent.send("said", &text).await?;
        println!("you:   {text}");
        let answer = loop {
            match answers(&agent).await? {
                (count, answer) if count > before => break answer,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        println!("agent: {answer}");
    }
    println!("the conversation stays in {}", directory.join("agent.db").display());
    runtime.shutdown().await;
    Ok(())
}

/// How many answers it gave, and the last one.
async fn answers(agent: &Handle<usize>) -> Result<(usize, String), Box<dyn Error>> {
    Ok(agent.inspect().await?.progress()?.unwrap_or_default())
}
