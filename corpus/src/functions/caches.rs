//! Caches: read through, single flight, invalidation, warming.
use crate::support::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell, RwLock};

pub async fn read_through<T>(kv: &Kv, pool: &Pool, key: &str, sql: &str) -> Result<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    match kv.get(key).await? {
        Some(text) => Ok(serde_json::from_str(&text)?),
        None => {
            let value: T = pool.fetch_one(sql, &[]).await?;
            kv.set(key, &serde_json::to_string(&value)?, Some(Duration::from_secs(60))).await?;
            Ok(value)
        }
    }
}

pub struct Cache<K, V> {
    entries: RwLock<HashMap<K, (Timestamp, V)>>,
    ttl: Duration,
    client: HttpClient,
}
impl<K, V> Cache<K, V>
where
    K: Hash + Eq + Clone + std::fmt::Display + Send + Sync + 'static,
    V: Clone + DeserializeOwned + Send + Sync + 'static,
{
    pub async fn get(&self, key: &K) -> Result<V> {
        {
            let entries = self.entries.read().await;
            if let Some((at, value)) = entries.get(key) {
                if at.plus(self.ttl) > Timestamp::now() {
                    return Ok(value.clone());
                }
            }
        }
        let value: V = self.client.get(format!("https://example.com/{key}")).send().await?.json().await?;
        self.entries.write().await.insert(key.clone(), (Timestamp::now(), value.clone()));
        Ok(value)
    }

    pub async fn get_many(&self, keys: &[K]) -> HashMap<K, V> {
        let mut found = HashMap::new();
        for key in keys {
            if let Ok(value) = self.get(key).await {
                found.insert(key.clone(), value);
            }
        }
        found
    }

    pub async fn evict(&self) -> usize {
        let now = Timestamp::now();
        let mut entries = self.entries.write().await;
        let before = entries.len();
        entries.retain(|_, (at, _)| at.plus(self.ttl) > now);
        before - entries.len()
    }
}

pub struct Config {
    cell: OnceCell<HashMap<String, String>>,
    bucket: Bucket,
    overrides: Mutex<HashMap<String, String>>,
}
impl Config {
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        if let Some(value) = self.overrides.lock().await.get(name) {
            return Ok(Some(value.clone()));
        }
        let settings = self
            .cell
            .get_or_try_init(|| async {
                let bytes = self.bucket.get("config.json").await?;
                Ok::<_, AnyError>(serde_json::from_slice(&bytes)?)
            })
            .await?;
        Ok(settings.get(name).cloned())
    }

    pub async fn set_all(&self, values: impl IntoIterator<Item = (String, String)> + Send) {
        let mut overrides = self.overrides.lock().await;
        for (name, value) in values {
            overrides.insert(name, value);
        }
    }
}

pub async fn warm(kv: &Kv, pool: &Pool, users: &[u64]) -> Result<usize> {
    let mut warmed = 0;
    for id in users.iter().copied().filter(|id| *id != 0) {
        let key = format!("user:{id}");
        if kv.get(&key).await?.is_some() {
            continue;
        }
        let user: Option<User> = pool.fetch_optional("select * from users where id = $1", &[&id]).await?;
        if let Some(ref user) = user {
            kv.set(&key, &serde_json::to_string(user)?, None).await?;
            warmed += 1;
        }
    }
    Ok(warmed)
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Entry {
    pub body: String,
    pub etag: Option<String>,
}
pub async fn conditional_get(client: &HttpClient, kv: &Kv, url: &str) -> Result<Entry> {
    let cached: Option<Entry> = kv.get(url).await?.and_then(|text| serde_json::from_str(&text).ok());
    let mut request = client.get(url);
    if let Some(Entry { etag: Some(etag), .. }) = &cached {
        request = request.header("if-none-match", etag);
    }
    let response = request.send().await?;
    if response.status() == StatusCode(304) {
        return cached.context("not modified, but nothing is cached");
    }
    let etag = response.headers().get("etag").map(|s| s.to_string());
    let entry = Entry { body: response.text().await?, etag };
    kv.set(url, &serde_json::to_string(&entry)?, None).await?;
    Ok(entry)
}

pub async fn once_per_key(locks: Arc<Mutex<HashMap<String, Arc<Mutex<()>>>>>, kv: Kv, key: String, client: HttpClient) -> Result<String> {
    let lock = locks.lock().await.entry(key.clone()).or_default().clone();
    let _guard = lock.lock().await;
    if let Some(value) = kv.get(&key).await? {
        return Ok(value);
    }
    let value = client.get(&key).send().await?.text().await?;
    kv.set(&key, &value, None).await?;
    Ok(value)
}

pub async fn rate_limited(kv: &Kv, user: &str, limit: i64) -> Result<bool> {
    let bucket = format!("rate:{user}:{}", Timestamp::now().0 / 60);
    let count = kv.incr(&bucket, 1).await?;
    if count == 1 {
        kv.set(&bucket, "1", Some(Duration::from_secs(60))).await?;
    }
    Ok(count > limit)
}
