//! Clients of HTTP APIs: retries, pages, tokens, rate limits.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repo {
    pub id: u64,
    pub full_name: String,
    pub stars: u32,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    pub total: usize,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    pub access: String,
    pub expires: Timestamp,
    pub refresh: Option<String>,
}

pub async fn get_with_retry(client: &HttpClient, url: &str) -> Result<String> {
    let mut attempt = 0;
    loop {
        match client.get(url).send().await {
            Ok(response) if response.status().is_success() => return Ok(response.text().await?),
            Ok(response) if response.status().is_server_error() && attempt < 5 => {
                warn!("server error {} from {url}, attempt {attempt}", response.status().as_u16());
            }
            Ok(response) => bail!("unexpected status {}", response.status().as_u16()),
            Err(e) if e.is_timeout() && attempt < 5 => warn!(error = %e, attempt, "timed out"),
            Err(e) => return Err(e.into()),
        }
        attempt += 1;
        sleep(Duration::from_millis(100 * 2u64.pow(attempt))).await;
    }
}

pub async fn list_all_repos(client: &HttpClient, org: &str) -> Result<Vec<Repo>> {
    let mut repos = Vec::new();
    let mut next = Some(format!("https://api.example.com/orgs/{org}/repos"));
    while let Some(url) = next {
        let page: Page<Repo> = client.get(&url).header("accept", "application/json").send().await?.json().await?;
        repos.extend(page.items);
        next = page.next;
    }
    Ok(repos)
}

pub async fn pages_by_number(client: &HttpClient, base: &str, per_page: usize) -> Result<Vec<Repo>> {
    let mut all = vec![];
    for page in 1.. {
        let response = client.get(format!("{base}?page={page}")).query(&[("per_page", per_page)]).send().await?;
        let batch: Page<Repo> = response.json().await?;
        let n = batch.items.len();
        all.extend(batch.items.into_iter().filter(|r| r.stars > 0));
        if n < per_page || all.len() >= batch.total {
            break;
        }
    }
    all.sort_by_key(|r| std::cmp::Reverse(r.stars));
    Ok(all)
}

pub async fn retry<T, E, F, Fut>(mut op: F, max: u32) -> std::result::Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = std::result::Result<T, E>>,
    E: std::fmt::Display,
{
    let mut delay = Duration::from_millis(50);
    for attempt in 0..max {
        match op().await {
            Ok(value) => return Ok(value),
            Err(err) => {
                debug!("attempt {attempt} failed: {err}");
                sleep(delay).await;
                delay *= 2;
            }
        }
    }
    op().await
}

pub async fn refresh_if_needed(client: &HttpClient, token: &mut Token) -> Result<()> {
    if token.expires > Timestamp::now() {
        return Ok(());
    }
    let Some(refresh) = &token.refresh else {
        bail!("no refresh token");
    };
    let fresh: Token = client.post("https://auth.example.com/token").json(refresh).send().await?.error_for_status()?.json().await?;
    *token = fresh;
    Ok(())
}

pub async fn fetch_details(client: &HttpClient, repos: &[Repo]) -> Result<Vec<(String, String)>> {
    let mut details = Vec::with_capacity(repos.len());
    for (i, repo) in repos.iter().enumerate() {
        if i > 0 && i % 30 == 0 {
            sleep(Duration::from_secs(60)).await;
        }
        let readme = client.get(format!("https://api.example.com/repos/{}/readme", repo.full_name)).send().await?;
        if readme.status() == StatusCode::NOT_FOUND {
            continue;
        }
        details.push((repo.full_name.clone(), readme.text().await?));
    }
    Ok(details)
}

pub async fn respecting_rate_limit(client: &HttpClient, urls: Vec<String>) -> Result<Vec<String>> {
    let mut bodies = Vec::new();
    'urls: for url in urls {
        for _ in 0..3 {
            let response = client.get(&url).send().await?;
            if response.status() == StatusCode::TOO_MANY_REQUESTS {
                let wait = response.headers().get("retry-after").and_then(|v| v.parse().ok()).unwrap_or(1);
                sleep(Duration::from_secs(wait)).await;
                continue;
            }
            bodies.push(response.text().await?);
            continue 'urls;
        }
        bail!("gave up on {url}");
    }
    Ok(bodies)
}

pub async fn create_or_update(client: &HttpClient, base: &str, name: &str, payload: serde_json::Value) -> Result<u64> {
    #[derive(Deserialize)]
    struct Created {
        id: u64,
    }
    let url = format!("{base}/things/{name}");
    let existing = client.get(&url).send().await?;
    let response = match existing.status() {
        StatusCode::NOT_FOUND => client.post(format!("{base}/things")).json(&payload).send().await?,
        status if status.is_success() => client.put(&url).json(&payload).send().await?,
        other => return Err(format!("cannot look up {name}: {}", other.as_u16()).into()),
    };
    let Created { id } = response.error_for_status()?.json().await?;
    Ok(id)
}

pub async fn first_that_answers(client: HttpClient, mirrors: Vec<String>, path: &str) -> Option<(String, Vec<u8>)> {
    for mirror in &mirrors {
        let url = format!("{mirror}/{path}");
        match timeout(Duration::from_secs(5), client.get(&url).send()).await {
            Ok(Ok(response)) => {
                if let Ok(bytes) = response.bytes().await {
                    return Some((mirror.clone(), bytes));
                }
            }
            Ok(Err(e)) => warn!("{mirror}: {e}"),
            Err(_) => warn!("{mirror}: timed out"),
        }
    }
    None
}

pub async fn post_in_chunks(client: &HttpClient, endpoint: &str, events: &[serde_json::Value]) -> Result<usize> {
    let mut sent = 0;
    for chunk in events.chunks(100) {
        let body = serde_json::json!({ "events": chunk, "count": chunk.len() });
        client.post(endpoint).json(&body).send().await?.error_for_status()?;
        sent += chunk.len();
    }
    Ok(sent)
}

pub async fn wait_for_export(client: &HttpClient, job: &str) -> Result<Vec<u8>> {
    #[derive(Deserialize)]
    #[serde(tag = "state")]
    enum Status {
        Running { percent: u8 },
        Done { url: String },
        Failed { reason: String },
    }
    let result_url = loop {
        let status = client.get(format!("https://api.example.com/exports/{job}")).send().await?.json::<Status>().await?;
        match status {
            Status::Running { percent } => {
                info!(percent, "export {} is running", job);
                sleep(Duration::from_secs(if percent > 90 { 1 } else { 10 })).await;
            }
            Status::Done { url } => break url,
            Status::Failed { reason } => return Err(anyhow!("export failed: {reason}")),
        }
    };
    Ok(client.get(result_url).send().await?.bytes().await?)
}
