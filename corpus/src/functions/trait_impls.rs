//! Implementations of traits with async methods.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::sleep;

pub trait Storage: Send + Sync {
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
    fn write(&mut self, key: &str, value: Vec<u8>) -> impl Future<Output = Result<()>> + Send;
    fn keys(&self) -> impl Future<Output = Vec<String>> + Send;
}
pub struct Remote {
    bucket: Bucket,
    prefix: String,
}
impl Storage for Remote {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let key = format!("{}/{key}", self.prefix);
        match self.bucket.get(&key).await {
            Ok(bytes) if bytes.is_empty() => Ok(None),
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) => Err(e),
        }
    }
    async fn write(&mut self, key: &str, value: Vec<u8>) -> Result<()> {
        let key = format!("{}/{key}", self.prefix);
        self.bucket.put(&key, value).await?;
        Ok(())
    }
    async fn keys(&self) -> Vec<String> {
        match self.bucket.list(&self.prefix, None).await {
            Ok(listing) => listing.objects.into_iter().map(|o| o.key).collect(),
            Err(_) => vec![],
        }
    }
}

pub struct Replicated<A, B> {
    first: A,
    second: B,
}
impl<A: Storage + 'static, B: Storage + 'static> Storage for Replicated<A, B> {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        if let Some(found) = self.first.read(key).await? {
            return Ok(Some(found));
        }
        self.second.read(key).await
    }
    async fn write(&mut self, key: &str, value: Vec<u8>) -> Result<()> {
        self.first.write(key, value.clone()).await?;
        self.second.write(key, value).await
    }
    async fn keys(&self) -> Vec<String> {
        let mut keys = self.first.keys().await;
        keys.extend(self.second.keys().await);
        keys.sort();
        keys.dedup();
        keys
    }
}

pub async fn copy_storage<A, B>(from: &A, to: &mut B) -> Result<usize>
where
    A: Storage + 'static,
    B: Storage + 'static,
{
    let keys = from.keys().await;
    for key in &keys {
        if let Some(value) = from.read(key).await? {
            to.write(key, value).await?;
        }
    }
    Ok(keys.len())
}

#[allow(async_fn_in_trait)]
pub trait Notifier {
    async fn notify(&self, user: &User, text: &str) -> Result<()>;
    fn name(&self) -> &str;
}
pub struct Email(pub Mailer);
impl Notifier for Email {
    async fn notify(&self, user: &User, text: &str) -> Result<()> {
        let Some(to) = &user.email else {
            return Err(format!("{} has no address", user.name).into());
        };
        self.0.send(to, "Notification", text).await
    }
    fn name(&self) -> &str {
        "email"
    }
}
pub struct Chat {
    bot: Bot,
    chats: HashMap<u64, i64>,
}
impl Notifier for Chat {
    async fn notify(&self, user: &User, text: &str) -> Result<()> {
        if let Some(&chat) = self.chats.get(&user.id) {
            self.bot.say(chat, text).await?;
        }
        Ok(())
    }
    fn name(&self) -> &str {
        "chat"
    }
}

pub struct Retrying<N> {
    inner: N,
    attempts: u32,
}
impl<N: Notifier + Send + Sync> Notifier for Retrying<N> {
    async fn notify(&self, user: &User, text: &str) -> Result<()> {
        let mut attempt = 0;
        loop {
            match self.inner.notify(user, text).await {
                Err(e) if attempt < self.attempts => {
                    attempt += 1;
                    warn!("{}: {e}", self.inner.name());
                    sleep(Duration::from_secs(1)).await;
                }
                other => return other,
            }
        }
    }
    fn name(&self) -> &str {
        self.inner.name()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Move {
    Up,
    Down,
    Stay,
}
pub trait Player {
    fn choose(&mut self, board: &[u8]) -> impl Future<Output = Move> + Send;
}
pub struct Human {
    pub bot: Bot,
    pub chat: i64,
}
impl Player for Human {
    async fn choose(&mut self, board: &[u8]) -> Move {
        let question = format!("{board:?}: up or down?");
        loop {
            match self.bot.ask(self.chat, &question).await.as_deref() {
                Ok("up") => break Move::Up,
                Ok("down") => break Move::Down,
                Ok(_) => {}
                Err(_) => break Move::Stay,
            }
        }
    }
}
pub struct Computer {
    pub client: HttpClient,
    pub moves: Vec<Move>,
}
impl Player for Computer {
    async fn choose(&mut self, board: &[u8]) -> Move {
        let answer = self.client.post("https://engine.example.com").json(board).send().await;
        let chosen = match answer {
            Ok(response) => response.json::<Move>().await.unwrap_or(Move::Stay),
            Err(_) => Move::Stay,
        };
        self.moves.push(chosen.clone());
        chosen
    }
}

pub async fn play<P: Player, Q: Player>(first: &mut P, second: &mut Q, rounds: usize) -> Vec<u8> {
    let mut board = vec![0u8; 8];
    for round in 0..rounds {
        let chosen = if round % 2 == 0 { first.choose(&board).await } else { second.choose(&board).await };
        let cell = &mut board[round % 8];
        match chosen {
            Move::Up => *cell = cell.saturating_add(1),
            Move::Down => *cell = cell.saturating_sub(1),
            Move::Stay => {}
        }
    }
    board
}
