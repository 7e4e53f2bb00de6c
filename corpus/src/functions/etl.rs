//! Extract, transform, load.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub id: u64,
    pub country: String,
    pub amount: f64,
    pub tags: Vec<String>,
}
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stats {
    pub read: usize,
    pub written: usize,
    pub by_country: BTreeMap<String, f64>,
}

pub trait Source: Send + Sync {
    fn next_batch(&mut self, size: usize) -> impl Future<Output = Result<Vec<Record>>> + Send;
}
pub trait Sink: Send + Sync {
    fn write(&mut self, records: &[Record]) -> impl Future<Output = Result<usize>> + Send;
    fn finish(self) -> impl Future<Output = Result<()>> + Send;
}

pub async fn copy<S: Source, K: Sink>(source: &mut S, mut sink: K, size: usize) -> Result<Stats> {
    let mut stats = Stats::default();
    loop {
        let batch = source.next_batch(size).await?;
        if batch.is_empty() {
            break;
        }
        stats.read += batch.len();
        for record in &batch {
            *stats.by_country.entry(record.country.clone()).or_insert(0.0) += record.amount;
        }
        let clean: Vec<Record> = batch.into_iter().filter(|r| r.amount >= 0.0).collect();
        stats.written += sink.write(&clean).await?;
    }
    sink.finish().await?;
    Ok(stats)
}

pub async fn load_files(bucket: &Bucket, pool: &Pool, prefix: &str) -> Result<HashMap<String, Result<usize, String>>> {
    let mut outcomes = HashMap::new();
    let listing = bucket.list(prefix, None).await?;
    for ObjectMeta { key, size, .. } in listing.objects {
        if size == 0 {
            continue;
        }
        let bytes = bucket.get(&key).await?;
        let records: Vec<Record> = match serde_json::from_slice(&bytes) {
            Ok(records) => records,
            Err(e) => {
                outcomes.insert(key, Err(e.to_string()));
                continue;
            }
        };
        let mut n = 0;
        for Record { id, country, .. } in &records {
            n += pool.execute("insert into record values ($1, $2)", &[id, country]).await? as usize;
        }
        outcomes.insert(key, Ok(n));
    }
    Ok(outcomes)
}

pub async fn deduplicate(pool: &Pool, records: Vec<Record>) -> Result<(Vec<Record>, usize)> {
    let known: HashSet<u64> = pool.fetch_all("select id from record", &[]).await?.into_iter().collect();
    let total = records.len();
    let fresh: Vec<_> = records.into_iter().filter(|r| !known.contains(&r.id)).collect();
    for r in fresh.iter() {
        pool.execute("insert into record values ($1)", &[&r.id]).await?;
    }
    let skipped = total - fresh.len();
    Ok((fresh, skipped))
}

pub async fn enrich(client: &HttpClient, records: &mut Vec<Record>) -> Result<usize> {
    let mut cache: HashMap<String, String> = HashMap::new();
    let mut changed = 0;
    for record in records.iter_mut() {
        let region = match cache.get(&record.country) {
            Some(region) => region.clone(),
            None => {
                let region = client.get(format!("https://geo.example.com/{}", record.country)).send().await?.text().await?;
                cache.insert(record.country.clone(), region.clone());
                region
            }
        };
        if !record.tags.contains(&region) {
            record.tags.push(region);
            changed += 1;
        }
    }
    Ok(changed)
}

pub async fn join_tables(left: &Pool, right: &Pool) -> Result<Vec<(u64, String, f64)>> {
    let names: BTreeMap<u64, String> = left.fetch_all::<(u64, String)>("select id, name from users", &[]).await?.into_iter().collect();
    let mut joined = Vec::new();
    for (id, name) in &names {
        let amounts: Vec<f64> = right.fetch_all("select amount from payment where user = $1", &[id]).await?;
        joined.extend(amounts.into_iter().map(|a| (*id, name.clone(), a)));
    }
    Ok(joined)
}

pub async fn stream_lines(mut response: Response, queue: &Queue) -> Result<usize> {
    let mut buffer = Vec::new();
    let mut lines = 0;
    while let Some(chunk) = response.chunk().await? {
        buffer.extend_from_slice(&chunk);
        while let Some(end) = buffer.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            queue.send(std::str::from_utf8(&line)?.trim_end()).await?;
            lines += 1;
        }
    }
    if !buffer.is_empty() {
        queue.send(&String::from_utf8_lossy(&buffer)).await?;
        lines += 1;
    }
    Ok(lines)
}

pub async fn pivot(pool: &Pool, columns: &[String]) -> Result<String> {
    let mut out = columns.join(",");
    let rows: Vec<BTreeMap<String, serde_json::Value>> = pool.fetch_all("select * from wide", &[]).await?;
    for row in rows {
        out.push('\n');
        for (i, column) in columns.iter().enumerate() {
            if i != 0 {
                out.push(',');
            }
            match row.get(column) {
                Some(serde_json::Value::String(text)) => out.push_str(text),
                Some(serde_json::Value::Null) | None => {
                    let default: String = pool.fetch_one("select default from col where name = $1", &[column]).await?;
                    out += &default;
                }
                Some(other) => out += &other.to_string(),
            }
        }
    }
    Ok(out)
}
