//! Deployments, devices and other long processes with people and machines in them.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub id: String,
    pub zone: String,
    pub version: u32,
    pub healthy: bool,
}

pub async fn rolling(client: &HttpClient, instances: &mut [Instance], version: u32) -> Result<usize> {
    let mut done = 0;
    for instance in instances {
        let url = format!("https://cloud.example.com/{}/{}", instance.zone, instance.id);
        client.put(&url).json(&version).send().await?.error_for_status()?;
        let mut checks = 0;
        while !client.get(&url).send().await?.status().is_success() {
            checks += 1;
            if checks > 20 {
                instance.healthy = false;
                return Ok(done);
            }
            sleep(Duration::from_secs(3)).await;
        }
        instance.version = version;
        done += 1;
    }
    Ok(done)
}

pub async fn canary(client: &HttpClient, service: &str, steps: &[u8]) -> Result<ControlFlow<String, u8>> {
    let mut reached = 0;
    for &percent in steps {
        client.put(format!("https://lb.example.com/{service}/{percent}")).send().await?;
        sleep(Duration::from_secs(300)).await;
        let errors: f64 = client.get(format!("https://metrics.example.com/{service}")).send().await?.json().await?;
        if errors > 0.01 {
            client.put(format!("https://lb.example.com/{service}/0")).send().await?;
            return Ok(ControlFlow::Break(format!("{:.1}% errors at {percent}%", errors * 100.0)));
        }
        reached = percent;
    }
    Ok(ControlFlow::Continue(reached))
}

pub async fn drain_zone(client: &HttpClient, fleet: &BTreeMap<String, Vec<Instance>>, zone: &str) -> Result<Vec<String>> {
    let Some(instances) = fleet.get(zone) else {
        return Err(anyhow!("no zone {zone}"));
    };
    let mut drained = Vec::new();
    for batch in instances.chunks(3) {
        for instance in batch {
            client.delete(format!("https://cloud.example.com/{zone}/{}", instance.id)).send().await?;
            drained.push(instance.id.clone());
        }
        sleep(Duration::from_secs(30)).await;
    }
    Ok(drained)
}

pub async fn update_device(conn: &mut Conn, firmware: &[u8]) -> Result<Duration> {
    let start = Instant::now();
    let total = firmware.len();
    let mut sent = 0;
    for (number, block) in firmware.chunks(512).enumerate() {
        let header = (number as u32).to_be_bytes();
        conn.write_all(&header).await?;
        conn.write_all(block).await?;
        sent += block.len();
        if number % 16 == 15 {
            conn.flush().await?;
            let Some(Frame::Ack(n)) = conn.read_frame().await? else { bail!("no ack after {sent} of {total}") };
            ensure!(n as usize == number, "ack {n} instead of {number}");
        }
    }
    conn.write_frame(&Frame::Close(None)).await?;
    Ok(start.elapsed())
}

pub async fn collect_sensors(conns: &mut HashMap<String, Conn>) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    for (name, conn) in conns.iter_mut() {
        let Ok(()) = conn.write_frame(&Frame::Ping).await else { continue };
        if let Ok(Some(Frame::Data(bytes))) = conn.read_frame().await {
            values.insert(name.clone(), f64::from(checksum(&bytes)));
        }
    }
    values
}

pub async fn approve(mailer: &Mailer, queue: &Queue, request: &str, approvers: &BTreeSet<String>, needed: usize) -> Result<bool> {
    for approver in approvers {
        mailer.send(approver, "Please approve", request).await?;
    }
    let mut given: BTreeSet<Cow<'static, str>> = BTreeSet::new();
    while given.len() < needed {
        match queue.pop().await {
            None => sleep(Duration::from_secs(60)).await,
            Some(Message { body, headers, .. }) => {
                let Some(from) = headers.get("from") else { continue };
                if !approvers.contains(from) {
                    continue;
                }
                if body == "no" {
                    return Ok(false);
                }
                given.insert(Cow::Owned(from.clone()));
            }
        }
    }
    Ok(true)
}

pub async fn multipart(bucket: &Bucket, key: &str, data: Vec<u8>) -> Result<Vec<String>> {
    let upload = format!("{key}-{}", data.len());
    let mut parts: VecDeque<(usize, &[u8])> = data.chunks(5 << 20).enumerate().collect();
    let mut tags = vec![String::new(); parts.len()];
    let mut failures = 0;
    while let Some((n, part)) = parts.pop_front() {
        match bucket.put_part(&upload, n, part).await {
            Ok(tag) => tags[n] = tag,
            Err(e) if failures > 5 => return Err(e),
            Err(_) => {
                failures += 1;
                parts.push_back((n, part));
            }
        }
    }
    Ok(tags)
}

pub async fn both_regions(a: &HttpClient, b: &HttpClient, path: &str) -> Result<(String, String)> {
    let (left, right) = tokio::join!(a.get(path).send(), b.get(path).send());
    let (left, right) = tokio::try_join!(left?.text(), right?.text())?;
    Ok((left, right))
}

pub async fn fastest(a: &HttpClient, b: &HttpClient, url: &str) -> Result<String> {
    let response = tokio::select! {
        left = a.get(url).send() => left?,
        right = b.get(url).send() => right?,
        () = sleep(Duration::from_secs(3)) => return Err("both are slow".into()),
    };
    Ok(response.text().await?)
}

pub async fn tree_size(bucket: &Bucket, prefix: String) -> Result<u64> {
    let listing = bucket.list(&prefix, None).await?;
    let mut total = 0;
    for object in listing.objects {
        total += if object.key.ends_with('/') { Box::pin(tree_size(bucket, object.key)).await? } else { object.size };
    }
    Ok(total)
}

pub async fn auction(bot: &Bot, chat: i64, mut price: u64, bidders: &[User]) -> Result<Option<(u64, &'static str)>> {
    let mut winner: Option<&User> = None;
    let mut quiet = 0;
    while quiet < 3 {
        let text = match winner {
            Some(user) => format!("{} bids {price}", user.name),
            None => format!("we start at {price}"),
        };
        bot.say(chat, &text).await?;
        let answer = bot.ask(chat, "more?").await?;
        let mut words = answer.split(' ');
        match (words.next().and_then(|id| id.parse::<u64>().ok()), words.next().and_then(|bid| bid.parse::<u64>().ok())) {
            (Some(id), Some(bid)) if bid > price => {
                winner = bidders.iter().find(|u| u.id == id);
                price = bid;
                quiet = 0;
            }
            _ => quiet += 1,
        }
    }
    Ok(winner.map(|_| (price, if price > 1000 { "sold high" } else { "sold" })))
}
