//! How long one waits: for a checkpointed step, for a timer, for a message.
use super::{Outcome, fresh, remove, spread, tokio};
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::Sqlite;
use coroutine_runtime::{Client, receive, sleep_until};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A world that notes when its steps begin.
#[derive(Default)]
struct Clock {
    begun: Mutex<Vec<(Instant, SystemTime)>>,
}

impl Clock {
    async fn note(&self) {
        self.begun().push((Instant::now(), SystemTime::now()));
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, SystemTime)>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[durable]
async fn alone(count: u64, clock: &Clock) {
    for _ in 0..count {
        clock.note().await;
    }
}

#[durable]
async fn sleeper(until: SystemTime, clock: &Clock) {
    sleep_until(until).await;
    clock.note().await;
}

#[durable]
async fn listener(count: u64, clock: &Clock) {
    for _ in 0..count {
        receive::<u64>("in").await;
        clock.note().await;
    }
}

const COUNT: u64 = 300;
/// Between two messages.
const PAUSE: Duration = Duration::from_millis(4);

pub(crate) fn all(directory: &Path) -> Outcome {
    let path = fresh(directory, "latency.db")?;
    tokio()?.block_on(async {
        let clock = Arc::new(Clock::default());
        let builder = Runtime::builder(Sqlite::open(&path)?).env_shared(clock.clone());
        let runtime = builder.register(alone).register(sleeper).register(listener).start().await?;
        let noted = || std::mem::take(&mut *clock.begun());

        runtime.start(alone, (5_000,)).await?.result().await?;
        let notes = noted();
        spread("a checkpointed step, one coroutine", notes.windows(2).map(|two| two[1].0 - two[0].0).collect());

        let mut times = Vec::new();
        for n in 0..COUNT {
            // (Whole milliseconds: that is what timers have.)
            let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
            let until = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms)? + 20 + n % 7);
            runtime.start(sleeper, (until,)).await?.result().await?;
            times.extend(noted().iter().map(|(_, at)| at.duration_since(until).unwrap_or_default()));
        }
        spread("a timer, from its time to the step behind it", times);

        let near = runtime.client().clone();
        let far = Client::new(Sqlite::open(&path)?);
        for (from, whose) in [(&near, "of the same process"), (&far, "through another connection, as from another process")] {
            let (sent, stored) = messages(&near, from, noted).await?;
            spread(&format!("a message {whose}, to the step behind it"), sent);
            spread("    from when the message is durable", stored);
        }
        runtime.shutdown().await;
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    remove(directory, "latency.db")
}

/// From when they were sent, and from when the sender knew that they are durable.
async fn messages(
    near: &Client,
    from: &Client,
    noted: impl Fn() -> Vec<(Instant, SystemTime)>,
) -> Result<(Vec<Duration>, Vec<Duration>), Box<dyn std::error::Error>> {
    let handle = near.start(listener, (COUNT,)).await?;
    let sender = from.handle::<()>(handle.id().as_str())?;
    let (mut sent, mut stored) = (Vec::new(), Vec::new());
    for n in 0..COUNT {
        tokio::time::sleep(PAUSE).await;
        sent.push(Instant::now());
        sender.send("in", &n).await?;
        stored.push(Instant::now());
    }
    handle.result().await?;
    let noted = noted();
    let until_noted = |from: Vec<Instant>| from.iter().zip(&noted).map(|(at, (begun, _))| begun.saturating_duration_since(*at)).collect();
    Ok((until_noted(sent), until_noted(stored)))
}
