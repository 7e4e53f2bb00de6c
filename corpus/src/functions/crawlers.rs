//! Crawlers and scrapers: a frontier, what was seen, politeness.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Site {
    pub root: String,
    pub pages: BTreeMap<String, String>,
    pub broken: Vec<(String, u16)>,
}

pub async fn breadth_first(client: &HttpClient, root: String, limit: usize) -> Result<HashSet<String>> {
    let mut seen = HashSet::new();
    let mut queue = VecDeque::from([root]);
    while let Some(url) = queue.pop_front() {
        if !seen.insert(url.clone()) || seen.len() > limit {
            continue;
        }
        let body = client.get(&url).send().await?.text().await?;
        for link in links(&body) {
            if !seen.contains(&link) {
                queue.push_back(link);
            }
        }
    }
    Ok(seen)
}

pub async fn by_depth(client: HttpClient, start: &str, max_depth: u32) -> Result<Site> {
    let mut site = Site { root: start.to_string(), ..Default::default() };
    let mut stack = vec![(start.to_owned(), 0)];
    while let Some((url, depth)) = stack.pop() {
        if depth > max_depth || site.pages.contains_key(&url) {
            continue;
        }
        let response = client.get(&url).send().await?;
        let status = response.status();
        if !status.is_success() {
            site.broken.push((url, status.as_u16()));
            continue;
        }
        let text = response.text().await?;
        stack.extend(links(&text).into_iter().map(|l| (l, depth + 1)));
        site.pages.insert(url, text);
    }
    Ok(site)
}

pub async fn polite(client: &HttpClient, urls: &[String], delay: Duration) -> BTreeMap<String, Vec<String>> {
    let mut by_host: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for url in urls {
        by_host.entry(host(url).to_string()).or_default().push(url.clone());
    }
    let mut titles = BTreeMap::new();
    for (host, urls) in &by_host {
        let mut found = Vec::new();
        for url in urls {
            match client.get(url).send().await {
                Ok(response) => found.extend(response.text().await.ok()),
                Err(e) => error!("{host}: {e}"),
            }
            sleep(delay).await;
        }
        titles.insert(host.clone(), found);
    }
    titles
}

pub async fn check_links(client: &HttpClient, site: &Site) -> Vec<String> {
    let mut dead = Vec::new();
    for (page, text) in &site.pages {
        for link in links(text).iter().filter(|l| l.starts_with("http")) {
            let ok = match client.get(link).send().await {
                Ok(r) => r.status().is_success(),
                Err(_) => false,
            };
            if !ok {
                dead.push(format!("{page} -> {link}"));
            }
        }
    }
    dead
}

pub struct Crawler {
    client: HttpClient,
    seen: HashSet<String>,
    queue: VecDeque<String>,
    robots: HashMap<String, Vec<String>>,
    max: usize,
}
impl Crawler {
    pub async fn run(&mut self) -> Result<usize> {
        let mut visited = 0;
        while let Some(url) = self.queue.pop_front() {
            if visited >= self.max {
                break;
            }
            if !self.allowed(&url).await? {
                debug!("{url} is not allowed");
                continue;
            }
            self.visit(&url).await?;
            visited += 1;
        }
        Ok(visited)
    }

    pub async fn allowed(&mut self, url: &str) -> Result<bool> {
        let host = host(url);
        if let Some(rules) = self.robots.get(host) {
            return Ok(!rules.iter().any(|rule| url.contains(rule.as_str())));
        }
        let text = self.client.get(format!("https://{host}/robots.txt")).send().await?.text().await?;
        let rules: Vec<String> = text.lines().filter_map(|l| l.strip_prefix("Disallow: ")).map(String::from).collect();
        let allowed = !rules.iter().any(|rule| url.contains(rule));
        self.robots.insert(host.to_owned(), rules);
        Ok(allowed)
    }

    pub async fn visit(&mut self, url: &str) -> Result<()> {
        let body = self.client.get(url).send().await?.text().await?;
        let fresh: Vec<_> = links(&body).into_iter().filter(|l| !self.seen.contains(l)).collect();
        for link in fresh {
            self.seen.insert(link.clone());
            self.queue.push_back(link);
        }
        Ok(())
    }

    pub async fn drain(self, sink: Arc<Bucket>) -> Result<Vec<String>> {
        let Crawler { client, queue, seen, .. } = self;
        let mut keys = Vec::with_capacity(queue.len());
        for url in queue.into_iter().filter(|u| !seen.contains(u)) {
            let bytes = client.get(&url).send().await?.bytes().await?;
            keys.push(sink.put(&slug(&url), bytes).await?);
        }
        Ok(keys)
    }
}

pub async fn sitemap(client: &HttpClient, root: &str) -> Result<Vec<String>> {
    let index = client.get(format!("{root}/sitemap.xml")).send().await?.text().await?;
    let mut pages = BTreeSet::new();
    for line in index.lines() {
        let Some(location) = line.strip_prefix("<loc>").and_then(|l| l.strip_suffix("</loc>")) else { continue };
        if location.ends_with(".xml") {
            let nested = client.get(location).send().await?.text().await?;
            pages.extend(links(&nested));
        } else {
            pages.insert(location.to_owned());
        }
    }
    Ok(pages.into_iter().collect())
}

pub async fn follow_redirects(client: &HttpClient, url: &str) -> Result<(String, usize)> {
    let mut current = url.to_string();
    let mut hops = 0usize;
    let last = loop {
        let response = client.get(&current).send().await?;
        match (response.status().as_u16(), response.headers().get("location")) {
            (301 | 302 | 307 | 308, Some(to)) if hops < 10 => {
                hops += 1;
                current = to.to_string();
            }
            (301..=399, _) => bail!("too many redirects"),
            _ => break response,
        }
    };
    Ok((last.url().to_owned(), hops))
}
