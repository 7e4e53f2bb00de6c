//! Batch jobs: chunks, progress, resuming, reports.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    pub done: usize,
    pub skipped: usize,
    pub errors: Vec<String>,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invoice {
    pub id: u64,
    pub customer: u64,
    pub cents: i64,
    pub lines: Vec<String>,
    pub sent: bool,
}

pub async fn send_invoices(pool: &Pool, mailer: &Mailer) -> Result<Report> {
    let mut report = Report::default();
    let invoices: Vec<Invoice> = pool.fetch_all("select * from invoice where not sent", &[]).await?;
    for invoice in invoices {
        let user: Option<User> = pool.fetch_optional("select * from users where id = $1", &[&invoice.customer]).await?;
        let Some(User { email: Some(email), name, .. }) = user else {
            report.skipped += 1;
            continue;
        };
        let body = format!("Dear {name},\n{}\nTotal: {:.2}", invoice.lines.join("\n"), invoice.cents as f64 / 100.0);
        match mailer.send(&email, &format!("Invoice {}", invoice.id), &body).await {
            Ok(()) => {
                pool.execute("update invoice set sent = true where id = $1", &[&invoice.id]).await?;
                report.done += 1;
            }
            Err(e) => report.errors.push(format!("{}: {e}", invoice.id)),
        }
    }
    Ok(report)
}

pub async fn thumbnails(bucket: &Bucket, keys: Vec<String>, sizes: &[u32]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut made = BTreeMap::new();
    for key in &keys {
        let image = bucket.get(key).await?;
        let mut etags = Vec::with_capacity(sizes.len());
        for &size in sizes {
            let small: Vec<u8> = image.iter().step_by(size as usize).copied().collect();
            etags.push(bucket.put(&format!("{key}@{size}"), small).await?);
        }
        made.insert(key.to_owned(), etags);
    }
    Ok(made)
}

pub async fn reindex(pool: &Pool, model: &Model, batch_size: u64) -> Result<u64> {
    let count: u64 = pool.fetch_one("select count(*) from document", &[]).await?;
    let mut offset = 0;
    while offset < count {
        let batch: Vec<(u64, String)> = pool.fetch_all("select id, text from document offset $1 limit $2", &[&offset, &batch_size]).await?;
        if batch.is_empty() {
            break;
        }
        for (id, text) in &batch {
            let vector = model.embed(text).await?;
            let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            pool.execute("update document set norm = $1 where id = $2", &[&norm, id]).await?;
        }
        offset += batch.len() as u64;
        info!("{offset} of {count} ({}%)", offset * 100 / count);
    }
    Ok(offset)
}

pub async fn nightly(pool: &Pool, bucket: &Bucket, mailer: &Mailer, recipients: &[&str]) -> Result<()> {
    let tables = ["users", "orders", "invoice"];
    let mut sizes = HashMap::new();
    for table in tables {
        let rows: Vec<serde_json::Value> = pool.fetch_all(&format!("select * from {table}"), &[]).await?;
        let mut text = String::new();
        for row in &rows {
            text += &row.to_string();
            text.push('\n');
        }
        sizes.insert(table, text.len());
        bucket.put(&format!("backup/{table}.jsonl"), text.into_bytes()).await?;
    }
    let mut lines: Vec<String> = sizes.iter().map(|(t, n)| format!("{t}: {n}")).collect();
    lines.sort();
    for to in recipients {
        mailer.send(to, "Nightly backup", &lines.join("\n")).await?;
    }
    Ok(())
}

pub async fn delete_old(bucket: &Bucket, prefix: &str, keep: usize) -> Result<Vec<String>> {
    let mut objects = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let listing = bucket.list(prefix, after.as_deref()).await?;
        objects.extend(listing.objects);
        match listing.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    objects.sort_by(|a, b| b.key.cmp(&a.key));
    let mut deleted = vec![];
    for object in objects.iter().skip(keep) {
        bucket.delete(&object.key).await?;
        deleted.push(object.key.clone());
    }
    Ok(deleted)
}

pub async fn process_all<T, R>(items: Vec<T>, handler: &dyn Handler<T, R>) -> (Vec<R>, usize)
where
    T: Clone + Send + Sync + Serialize + serde::de::DeserializeOwned + 'static,
    R: Send + Serialize + serde::de::DeserializeOwned + 'static,
{
    let mut results = Vec::new();
    let mut failed = 0;
    for item in items {
        let mut tries = 3;
        while tries > 0 {
            match handler.handle(item.clone()).await {
                Ok(r) => {
                    results.push(r);
                    break;
                }
                Err(_) => tries -= 1,
            }
            sleep(Duration::from_secs(1)).await;
        }
        if tries == 0 {
            failed += 1;
        }
    }
    (results, failed)
}
pub trait Handler<T, R>: Send + Sync {
    fn handle(&self, item: T) -> std::pin::Pin<Box<dyn Future<Output = Result<R>> + Send + '_>>;
}

pub async fn import_lines(pool: &Pool, text: &str) -> Result<Report> {
    let mut report = Report::default();
    let header: Vec<&str> = match text.lines().next() {
        Some(line) => line.split(',').collect(),
        None => return Ok(report),
    };
    for (number, line) in text.lines().enumerate().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != header.len() {
            report.errors.push(format!("line {}: {} cells instead of {}", number + 1, cells.len(), header.len()));
            continue;
        }
        for (name, value) in header.iter().zip(cells) {
            pool.execute("insert into cell values ($1, $2, $3)", &[&number, name, &value]).await?;
        }
        report.done += 1;
    }
    Ok(report)
}
