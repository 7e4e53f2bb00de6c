//! Schedulers: what is due, timers, cron, leases.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;
use tokio::time::{interval, sleep, timeout};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Task {
    pub at: Timestamp,
    pub name: String,
    pub every: Option<Duration>,
}

pub async fn run_due(mut heap: BinaryHeap<Reverse<Task>>, client: &HttpClient, until: Timestamp) -> Result<Vec<String>> {
    let mut ran = Vec::new();
    while let Some(Reverse(task)) = heap.pop() {
        if task.at > until {
            break;
        }
        sleep(task.at.until()).await;
        client.post(format!("https://tasks.example.com/{}", task.name)).send().await?;
        if let Some(every) = task.every {
            let again = Task { at: task.at.plus(every), ..task.clone() };
            heap.push(Reverse(again));
        }
        ran.push(task.name);
    }
    Ok(ran)
}

pub async fn cron(pool: Pool, queue: Queue, hours: Vec<u8>, days: u32) -> Result<usize> {
    let mut fired = 0;
    for day in 0..days {
        for hour in 0..24u8 {
            if hours.contains(&hour) {
                queue.send(&format!("day {day} hour {hour}")).await?;
                fired += 1;
            }
            sleep(Duration::from_secs(3600)).await;
        }
        pool.execute("insert into day values ($1)", &[&day]).await?;
    }
    Ok(fired)
}

pub async fn heartbeat(kv: &Kv, node: &str, beats: usize) -> Result<()> {
    let mut ticker = interval(Duration::from_secs(10));
    let key = format!("node:{node}");
    for _ in 0..beats {
        ticker.tick().await;
        kv.set(&key, "alive", Some(Duration::from_secs(30))).await?;
    }
    kv.del(&key).await?;
    Ok(())
}

pub async fn with_lease<F, Fut>(kv: &Kv, name: &str, work: F) -> Result<bool>
where
    F: FnOnce() -> Fut + Send,
    Fut: Future<Output = Result<()>> + Send,
{
    if !kv.set_nx(name, "held", Duration::from_secs(60)).await? {
        return Ok(false);
    }
    let result = work().await;
    kv.del(name).await?;
    result.map(|()| true)
}

pub async fn remind(bot: &Bot, mut reminders: BTreeMap<u64, (i64, String)>) -> Result<usize> {
    let mut now = 0;
    let mut count = 0;
    while let Some((at, (chat, text))) = reminders.pop_first() {
        let wait = at.saturating_sub(now);
        sleep(Duration::from_secs(wait)).await;
        now += wait;
        if let Err(e) = bot.say(chat, &text).await {
            warn!("could not remind {chat}: {e}");
            reminders.insert(at + 60, (chat, text));
            continue;
        }
        count += 1;
    }
    Ok(count)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Trigger {
    At(Timestamp),
    After { task: usize, delay: Duration },
    Manual,
}
pub async fn run_graph(client: &HttpClient, tasks: &[(String, Trigger)]) -> Result<Vec<usize>> {
    let mut order: Vec<usize> = Vec::new();
    let mut progress = true;
    while progress {
        progress = false;
        for (i, (name, trigger)) in tasks.iter().enumerate() {
            if order.contains(&i) {
                continue;
            }
            match trigger {
                Trigger::At(at) => sleep(at.until()).await,
                Trigger::After { task, delay } if order.contains(task) => sleep(*delay).await,
                Trigger::After { .. } | Trigger::Manual => continue,
            }
            client.post(name).send().await?;
            order.push(i);
            progress = true;
        }
    }
    Ok(order)
}

pub async fn poll_until<T, F>(mut probe: F, every: Duration, limit: Duration) -> Option<T>
where
    F: AsyncFnMut() -> Option<T>,
{
    timeout(limit, async {
        loop {
            if let Some(found) = probe().await {
                break found;
            }
            sleep(every).await;
        }
    })
    .await
    .ok()
}

pub async fn backoff(client: &HttpClient, url: &str, delays: impl IntoIterator<Item = Duration>) -> Result<StatusCode> {
    let mut last = None;
    for delay in delays {
        match client.get(url).send().await {
            Ok(response) => return Ok(response.status()),
            Err(e) => last = Some(e),
        }
        sleep(delay).await;
    }
    Err(last.map_or_else(|| anyhow!("no attempts"), Into::into))
}
