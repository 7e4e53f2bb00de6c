//! Consumers of queues and streams: batches, retries, dead letters, ordering.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Job {
    Resize { key: String, width: u32 },
    Email { to: String, subject: String },
    Noop,
}

pub async fn consume(queue: Queue, bucket: Bucket, mailer: Mailer) -> Result<()> {
    loop {
        let messages = queue.receive(10, Duration::from_secs(20)).await?;
        if messages.is_empty() {
            return Ok(());
        }
        for message in messages {
            let job: Job = match serde_json::from_str(&message.body) {
                Ok(job) => job,
                Err(e) => {
                    queue.dead_letter(&message, &e.to_string()).await?;
                    continue;
                }
            };
            let result = match job {
                Job::Resize { key, width } => bucket.get(&key).await.map(|bytes| drop((bytes, width))),
                Job::Email { ref to, ref subject } => mailer.send(to, subject, "").await,
                Job::Noop => Ok(()),
            };
            match result {
                Ok(()) => queue.ack(&message.id).await?,
                Err(e) if message.attempts < 3 => {
                    warn!(id = %message.id, "failed: {e}");
                    queue.nack(&message.id, Duration::from_secs(2u64.pow(message.attempts))).await?
                }
                Err(e) => queue.dead_letter(&message, &e.to_string()).await?,
            }
        }
    }
}

pub async fn batcher(mut input: Receiver<String>, pool: &Pool, size: usize) -> Result<usize> {
    let mut batch = Vec::with_capacity(size);
    let mut total = 0;
    loop {
        match timeout(Duration::from_secs(1), input.recv()).await {
            Ok(Some(item)) => {
                batch.push(item);
                if batch.len() < size {
                    continue;
                }
            }
            Ok(None) if batch.is_empty() => break,
            Ok(None) | Err(_) => {}
        }
        for item in std::mem::take(&mut batch) {
            total += pool.execute("insert into item values ($1)", &[&item]).await? as usize;
        }
    }
    Ok(total)
}

pub async fn in_order(queue: &Queue, pending: &mut BTreeMap<u64, Message>, mut next: u64) -> Result<u64> {
    while let Some(message) = queue.pop().await {
        let seq = message.headers.get("seq").and_then(|s| s.parse().ok()).unwrap_or(0);
        pending.insert(seq, message);
        while let Some(ready) = pending.remove(&next) {
            info!("{} is next", ready.id);
            queue.ack(&ready.id).await?;
            next += 1;
        }
    }
    Ok(next)
}

pub async fn worker(id: usize, jobs: Arc<tokio::sync::Mutex<VecDeque<Job>>>, results: Sender<(usize, String)>) {
    loop {
        let job = {
            let mut jobs = jobs.lock().await;
            match jobs.pop_front() {
                Some(job) => job,
                None => break,
            }
        };
        let text = format!("{job:?}");
        sleep(Duration::from_millis(10)).await;
        if results.send((id, text)).await.is_err() {
            break;
        }
    }
}

pub async fn drain_until(mut receiver: mpsc::Receiver<u64>, mut stop: oneshot::Receiver<()>) -> u64 {
    let mut sum = 0;
    loop {
        tokio::select! {
            value = receiver.recv() => match value {
                Some(n) => sum += n,
                None => break,
            },
            _ = &mut stop => break,
        }
    }
    sum
}

pub async fn fan_out(queue: Queue, limit: Arc<Semaphore>, bodies: Vec<String>) -> Result<usize> {
    let mut handles = Vec::new();
    for body in bodies {
        let permit = limit.clone().acquire_owned().await?;
        let queue = queue.clone();
        handles.push(tokio::spawn(async move {
            let result = queue.send(&body).await;
            drop(permit);
            result
        }));
    }
    let mut ok = 0;
    for handle in handles {
        if handle.await?.is_ok() {
            ok += 1;
        }
    }
    Ok(ok)
}

pub async fn request_reply(requests: Sender<(String, oneshot::Sender<String>)>, names: &[String]) -> Result<Vec<String>> {
    let mut replies = vec![];
    for name in names {
        let (tx, rx) = oneshot::channel();
        requests.send((name.clone(), tx)).await.map_err(|_| "the server is gone")?;
        replies.push(timeout(Duration::from_secs(1), rx).await??);
    }
    Ok(replies)
}

pub struct Consumer<H> {
    queue: Queue,
    handler: H,
    handled: u64,
    stopped: bool,
}
pub trait Handle {
    fn handle(&mut self, message: &Message) -> impl Future<Output = Result<bool>> + Send;
}
impl<H: Handle + Send + Sync> Consumer<H> {
    pub async fn run(&mut self) -> Result<u64> {
        while !self.stopped {
            let Some(message) = self.queue.pop().await else {
                sleep(Duration::from_millis(200)).await;
                continue;
            };
            let keep_going = self.handler.handle(&message).await?;
            self.queue.ack(&message.id).await?;
            self.handled += 1;
            self.stopped = !keep_going;
        }
        Ok(self.handled)
    }

    pub async fn replay(&mut self, log: &[Message], from: usize) -> Result<usize> {
        for (i, message) in log[from..].iter().enumerate() {
            if !self.handler.handle(message).await? {
                return Ok(from + i);
            }
        }
        Ok(log.len())
    }
}

pub async fn dispatch(queue: &Queue, mut routes: BTreeMap<String, mpsc::Sender<Message>>) -> Result<usize> {
    let mut lost = 0;
    while let Some(message) = queue.pop().await {
        let topic = message.headers.get("topic").map(String::as_str).unwrap_or("default");
        match routes.get(topic) {
            Some(route) => {
                let topic = topic.to_owned();
                if route.send(message).await.is_err() {
                    routes.remove(&topic);
                }
            }
            None => lost += 1,
        }
    }
    Ok(lost)
}
