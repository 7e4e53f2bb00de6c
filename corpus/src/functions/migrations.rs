//! Migrations of databases and data.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Migration {
    pub version: u32,
    pub up: &'static str,
    pub down: Option<&'static str>,
}

pub async fn migrate(pool: &Pool, migrations: &[Migration]) -> Result<u32> {
    pool.execute("create table if not exists version (n int)", &[]).await?;
    let current: u32 = pool.fetch_optional("select max(n) from version", &[]).await?.unwrap_or(0);
    let mut applied = current;
    for migration in migrations.iter().filter(|m| m.version > current) {
        let mut tx = pool.begin().await?;
        if let Err(e) = tx.execute(migration.up, &[]).await {
            tx.rollback().await?;
            return Err(anyhow!("migration {} failed: {e}", migration.version));
        }
        tx.execute("insert into version values ($1)", &[&migration.version]).await?;
        tx.commit().await?;
        applied = migration.version;
    }
    Ok(applied)
}

pub async fn rollback_to(pool: &Pool, migrations: &[Migration], target: u32) -> Result<()> {
    for migration in migrations.iter().rev() {
        if migration.version <= target {
            break;
        }
        let Some(down) = migration.down else {
            bail!("{} cannot be undone", migration.version);
        };
        pool.execute(down, &[]).await?;
        pool.execute("delete from version where n = $1", &[&migration.version]).await?;
    }
    Ok(())
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Document {
    V1 { name: String },
    V2 { first: String, last: String },
}
pub async fn upgrade_documents(bucket: &Bucket, prefix: &str) -> Result<(usize, usize)> {
    let (mut upgraded, mut kept) = (0, 0);
    let mut after = None;
    loop {
        let Listing { objects, next } = bucket.list(prefix, after.as_deref()).await?;
        for object in &objects {
            let document: Document = serde_json::from_slice(&bucket.get(&object.key).await?)?;
            let document = match document {
                Document::V1 { name } => {
                    let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
                    Document::V2 { first: first.to_owned(), last: last.to_owned() }
                }
                current @ Document::V2 { .. } => {
                    kept += 1;
                    drop(current);
                    continue;
                }
            };
            bucket.put(&object.key, serde_json::to_vec(&document)?).await?;
            upgraded += 1;
        }
        if next.is_none() {
            break;
        }
        after = next;
    }
    Ok((upgraded, kept))
}

pub async fn backfill(pool: &Pool, column: &str, batch: u64) -> Result<u64> {
    let (low, high): (u64, u64) = pool.fetch_one("select min(id), max(id) from item", &[]).await?;
    let mut changed = 0;
    let mut start = low;
    while start <= high {
        let end = (start + batch).min(high + 1);
        let sql = format!("update item set {column} = default where id >= $1 and id < $2");
        changed += pool.execute(&sql, &[&start, &end]).await?;
        start = end;
        if changed % 10_000 == 0 {
            info!(changed, "backfilling {column}");
        }
    }
    Ok(changed)
}

pub async fn move_bucket(from: &Bucket, to: &Bucket) -> Result<BTreeMap<String, String>> {
    let mut moved = BTreeMap::new();
    let mut page = from.list("", None).await?;
    loop {
        for object in page.objects.drain(..) {
            let body = from.get(&object.key).await?;
            let sum = checksum(&body);
            let etag = to.put(&object.key, body).await?;
            let copy = to.get(&object.key).await?;
            if checksum(&copy) != sum {
                return Err(format!("{} is damaged", object.key).into());
            }
            from.delete(&object.key).await?;
            moved.insert(object.key, etag);
        }
        page = match page.next {
            Some(ref next) => from.list("", Some(next)).await?,
            None => break Ok(moved),
        };
    }
}

pub async fn verify(old: &Pool, new: &Pool, tables: Vec<&'static str>) -> Result<Vec<(&'static str, i64)>> {
    let mut differences = Vec::new();
    for table in tables {
        let sql = format!("select count(*) from {table}");
        let (a, b): (i64, i64) = (old.fetch_one(&sql, &[]).await?, new.fetch_one(&sql, &[]).await?);
        if a != b {
            differences.push((table, b - a));
        }
    }
    Ok(differences)
}
