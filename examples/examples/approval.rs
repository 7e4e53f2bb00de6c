//! A coroutine that waits for a message, perhaps for days.
//!
//! `request` asks for an approval and waits, with a reminder each day, until somebody answers. The waiting is in `approval.db`, not in a
//! process: the answer is sent by another command, whether or not a worker runs.
//!
//! ```sh
//! cargo run --example approval -- ask "a new kettle"   # starts a request, and prints its id
//! cargo run --example approval -- list                 # what waits
//! cargo run --example approval -- answer ID yes        # or `no`
//! cargo run --example approval -- work                 # runs what can move; end it with Ctrl-C, whenever you like
//! ```
//!
//! `--directory D`, before the command, says where `approval.db` goes. For `work`, `--day SECONDS` says how long a day is, and
//! `--until-idle` that it ends when everything is answered.
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::{Filter, Sqlite, Status};
use coroutine_runtime::{Client, progress, receive, timeout};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// Waits for an answer, and reminds whoever should give it.
#[durable]
async fn request(office: &Office, what: String) -> String {
    office.tell(&format!("may we have {what}?")).await;
    for day in 1..=7 {
        progress(format!("waits for an answer about {what}, day {day}")).await;
        match timeout!(office.day, receive::<bool>("answers")) {
            Ok(true) => return format!("{what}: approved"),
            Ok(false) => return format!("{what}: refused"),
            Err(_) => office.tell(&format!("still nobody has said whether we may have {what}")).await,
        }
    }
    format!("{what}: nobody answered")
}

/// The world: where reminders go.
struct Office {
    day: Duration,
}

impl Office {
    async fn tell(&self, text: &str) {
        println!("mail: {text}");
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = option(&mut arguments, "--directory")?.map_or(PathBuf::from("."), PathBuf::from);
    let day = Duration::from_secs(option(&mut arguments, "--day")?.map_or(Ok(86_400), |text| text.parse())?);
    let store = Sqlite::open(directory.join("approval.db"))?;

    match &*arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        // A client needs no `Office`: it only writes down that the request is to be run.
        ["ask", what] => {
            let request = Client::new(store).start(request, (what.to_string(),)).await?;
            println!("asked; the answer goes to {}", request.id());
        }
        ["answer", id, answer @ ("yes" | "no")] => {
            Client::new(store).handle::<String>(*id)?.send("answers", &(*answer == "yes")).await?;
            println!("sent; it is received when somebody works");
        }
        ["list"] => {
            for record in Client::new(store).list(Filter::default(), None, 100).await?.records {
                println!("{} is {:?}", record.id, record.status);
            }
        }
        ["work", rest @ ..] => {
            let runtime = Runtime::builder(store).env(Office { day }).register(request).lease(Duration::from_secs(1)).start().await?;
            println!("working; Ctrl-C ends it");
            match rest {
                ["--until-idle"] => until_idle(&runtime).await?,
                _ => tokio::signal::ctrl_c().await?,
            }
            runtime.shutdown().await;
        }
        _ => return Err("there are `ask WHAT`, `list`, `answer ID yes|no` and `work`".into()),
    }
    Ok(())
}

/// Waits until every request has its end, and prints them.
async fn until_idle(runtime: &Runtime) -> Result<(), Box<dyn Error>> {
    for record in runtime.list(Filter::default(), None, usize::MAX).await?.records {
        if record.status != Status::Quarantined {
            println!("{}", runtime.handle::<String>(record.id.as_str())?.result().await?);
        }
    }
    Ok(())
}

/// Takes `name VALUE` out of the arguments.
fn option(arguments: &mut Vec<String>, name: &str) -> Result<Option<String>, Box<dyn Error>> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    if at + 1 >= arguments.len() {
        return Err(format!("`{name}` needs a value").into());
    }
    Ok(arguments.drain(at..at + 2).nth(1))
}
