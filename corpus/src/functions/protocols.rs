//! Loops over a connection: handshakes, frames, commands.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Get(String),
    Set { key: String, value: String },
    Del(Vec<String>),
    Quit,
}
impl Command {
    pub fn parse(line: &str) -> Result<Command> {
        let mut words = line.split_whitespace();
        Ok(match (words.next(), words.next(), words.next()) {
            (Some("get"), Some(key), None) => Command::Get(key.into()),
            (Some("set"), Some(key), Some(value)) => Command::Set { key: key.into(), value: value.into() },
            (Some("del"), Some(key), _) => Command::Del(vec![key.into()]),
            (Some("quit"), ..) => Command::Quit,
            _ => return Err(anyhow!("bad command {line:?}")),
        })
    }
}

pub async fn echo(mut conn: Conn) -> Result<u64> {
    let mut total = 0;
    let mut buffer = [0u8; 1024];
    loop {
        let n = conn.read(&mut buffer).await?;
        if n == 0 {
            return Ok(total);
        }
        conn.write_all(&buffer[..n]).await?;
        total += n as u64;
    }
}

pub async fn handshake(conn: &mut Conn, name: &str) -> Result<u16> {
    conn.write_frame(&Frame::Hello { version: 3, name: name.to_owned() }).await?;
    conn.flush().await?;
    match timeout(Duration::from_secs(5), conn.read_frame()).await {
        Ok(Ok(Some(Frame::Hello { version, name: peer }))) => {
            if version < 2 {
                conn.write_frame(&Frame::Close(Some(format!("version {version} is too old")))).await?;
                bail!("{peer} speaks version {version}");
            }
            Ok(version.min(3))
        }
        Ok(Ok(Some(other))) => Err(format!("expected hello, got {other:?}").into()),
        Ok(Ok(None)) => Err("closed during handshake".into()),
        Ok(Err(e)) => Err(e),
        Err(elapsed) => Err(elapsed.into()),
    }
}

pub async fn serve_store(conn: &mut Conn, store: &mut BTreeMap<String, String>) -> Result<()> {
    while let Some(line) = conn.read_line().await? {
        let reply = match Command::parse(&line) {
            Ok(Command::Get(key)) => match store.get(&key) {
                Some(value) => format!("+{value}"),
                None => "-".to_string(),
            },
            Ok(Command::Set { key, value }) => {
                store.insert(key, value);
                "+ok".to_string()
            }
            Ok(Command::Del(keys)) => {
                let removed = keys.iter().filter(|k| store.remove(*k).is_some()).count();
                format!(":{removed}")
            }
            Ok(Command::Quit) => {
                conn.write_all(b"bye\r\n").await?;
                break;
            }
            Err(e) => format!("!{e}"),
        };
        conn.write_all(reply.as_bytes()).await?;
        conn.write_all(b"\r\n").await?;
    }
    Ok(())
}

pub async fn send_reliably(conn: &mut Conn, parts: &[Vec<u8>]) -> Result<u32> {
    let mut seq = 0u32;
    for part in parts {
        let frame = Frame::Data(part.clone());
        let mut tries = 0;
        'send: loop {
            conn.write_frame(&frame).await?;
            loop {
                match timeout(Duration::from_millis(500), conn.read_frame()).await {
                    Ok(frame) => match frame? {
                        Some(Frame::Ack(n)) if n == seq => break 'send,
                        Some(Frame::Ack(_)) => continue,
                        Some(Frame::Ping) => conn.write_frame(&Frame::Pong).await?,
                        Some(Frame::Close(reason)) => bail!("closed: {}", reason.as_deref().unwrap_or("no reason")),
                        Some(_) => {}
                        None => bail!("connection lost"),
                    },
                    Err(_) if tries < 3 => {
                        tries += 1;
                        break;
                    }
                    Err(e) => return Err(e.into()),
                }
            }
        }
        seq = seq.wrapping_add(1);
    }
    Ok(seq)
}

pub async fn receive_file(conn: &mut Conn, expected: usize) -> Result<Vec<u8>> {
    let mut data = Vec::with_capacity(expected);
    let mut acks = 0;
    while data.len() < expected {
        let Some(frame) = conn.read_frame().await? else {
            return Err(anyhow!("{} bytes missing", expected - data.len()));
        };
        if let Frame::Data(bytes) = frame {
            data.extend_from_slice(&bytes);
            acks += 1;
            conn.write_frame(&Frame::Ack(acks)).await?;
        } else if frame == Frame::Ping {
            conn.write_frame(&Frame::Pong).await?;
        }
    }
    Ok(data)
}

pub trait Codec {
    type Item: Send + Sync + std::fmt::Debug;
    fn decode(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Self::Item>>;
    fn encode(&mut self, item: &Self::Item) -> Vec<u8>;
}

pub async fn read_item<C: Codec + Send>(conn: &mut Conn, codec: &mut C, buffer: &mut Vec<u8>) -> Result<Option<C::Item>> {
    loop {
        if let Some(item) = codec.decode(buffer)? {
            return Ok(Some(item));
        }
        let mut chunk = [0; 256];
        match conn.read(&mut chunk).await? {
            0 if buffer.is_empty() => return Ok(None),
            0 => bail!("incomplete item at the end"),
            n => buffer.extend_from_slice(&chunk[..n]),
        }
    }
}

pub struct Session {
    conn: Conn,
    user: Option<String>,
    pending: Vec<Frame>,
    last_ping: Timestamp,
}
impl Session {
    pub async fn run(mut self) -> Result<()> {
        loop {
            for frame in self.pending.drain(..) {
                self.conn.write_frame(&frame).await?;
            }
            let Some(frame) = self.conn.read_frame().await? else { break };
            match frame {
                Frame::Hello { name, .. } => self.user = Some(name),
                Frame::Ping => {
                    self.last_ping = Timestamp::now();
                    self.pending.push(Frame::Pong);
                }
                Frame::Close(reason) => {
                    info!("{:?} left: {:?}", self.user, reason);
                    break;
                }
                Frame::Data(bytes) => self.on_data(&bytes).await?,
                Frame::Ack(_) | Frame::Pong => (),
            }
        }
        self.conn.flush().await
    }

    async fn on_data(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(user) = &self.user else {
            self.conn.write_frame(&Frame::Close(Some("who are you?".into()))).await?;
            return Err("not authenticated".into());
        };
        let reply = format!("{user} sent {} bytes", bytes.len());
        self.conn.write_all(reply.as_bytes()).await?;
        self.conn.flush().await
    }

    pub async fn authenticate(&mut self, pool: &Pool) -> Result<User> {
        for _ in 0..3 {
            self.conn.write_all(b"login: ").await?;
            let Some(name) = self.conn.read_line().await? else { break };
            self.conn.write_all(b"password: ").await?;
            let Some(password) = self.conn.read_line().await? else { break };
            let found: Option<User> =
                pool.fetch_optional("select * from users where name = $1 and password = $2", &[&name.trim(), &password]).await?;
            if let Some(user) = found {
                self.user = Some(user.name.clone());
                return Ok(user);
            }
        }
        bail!("{} failed to log in", self.conn.peer())
    }
}
