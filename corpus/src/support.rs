//! Small stand-ins for what published code depends on: a client, a database, a queue, a cache, a bot, a model, a socket.
//!
//! Handles have no serde, as they have none in real life; data that would be data there derives it. Nothing does anything:
//! the functions of the corpus are compiled, not run.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::{self, Display};
use std::time::Duration;

pub use crate::{anyhow, bail, debug, ensure, error, event, info, warn};

/// What applications return.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T, E = AnyError> = std::result::Result<T, E>;

/// Leaves with an error, as the macros of error crates do.
#[macro_export]
macro_rules! bail { ($($arg:tt)+) => { return Err($crate::anyhow!($($arg)+)) } }
/// Leaves with an error unless a condition holds.
#[macro_export]
macro_rules! ensure { ($condition:expr, $($arg:tt)+) => { if !$condition { $crate::bail!($($arg)+) } } }
/// An error from a message.
#[macro_export]
macro_rules! anyhow { ($($arg:tt)+) => { $crate::support::AnyError::from(format!($($arg)+)) } }

/// Logging with fields, as the usual crate takes them.
#[macro_export]
macro_rules! event {
    (@ $name:ident = %$value:expr, $($rest:tt)+) => { { $crate::support::field(stringify!($name), &$value); $crate::event!(@ $($rest)+) } };
    (@ $name:ident = ?$value:expr, $($rest:tt)+) => { { $crate::support::field(stringify!($name), &format_args!("{:?}", $value)); $crate::event!(@ $($rest)+) } };
    (@ $name:ident = $value:expr, $($rest:tt)+) => { { $crate::support::field(stringify!($name), &$value); $crate::event!(@ $($rest)+) } };
    (@ %$value:ident, $($rest:tt)+) => { { $crate::support::field(stringify!($value), &$value); $crate::event!(@ $($rest)+) } };
    (@ $value:ident, $($rest:tt)+) => { { $crate::support::field(stringify!($value), &$value); $crate::event!(@ $($rest)+) } };
    (@ ?$value:ident, $($rest:tt)+) => { { $crate::support::field(stringify!($value), &format_args!("{:?}", $value)); $crate::event!(@ $($rest)+) } };
    (@ $($message:tt)+) => { $crate::support::message(&format_args!($($message)+)) };
}
#[macro_export]
macro_rules! debug { ($($arg:tt)+) => { $crate::event!(@ $($arg)+) } }
#[macro_export]
macro_rules! info { ($($arg:tt)+) => { $crate::event!(@ $($arg)+) } }
#[macro_export]
macro_rules! warn { ($($arg:tt)+) => { $crate::event!(@ $($arg)+) } }
#[macro_export]
macro_rules! error { ($($arg:tt)+) => { $crate::event!(@ $($arg)+) } }

pub fn field(_name: &str, _value: &dyn Display) {}
pub fn message(_text: &dyn Display) {}

/// Context for an error.
pub trait Context<T> {
    fn context(self, text: impl Display) -> Result<T>;
    fn with_context<C: Display>(self, text: impl FnOnce() -> C) -> Result<T>;
}
impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, text: impl Display) -> Result<T> {
        self.map_err(|error| format!("{text}: {error}").into())
    }
    fn with_context<C: Display>(self, text: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|error| format!("{}: {error}", text()).into())
    }
}
impl<T> Context<T> for Option<T> {
    fn context(self, text: impl Display) -> Result<T> {
        self.ok_or_else(|| text.to_string().into())
    }
    fn with_context<C: Display>(self, text: impl FnOnce() -> C) -> Result<T> {
        self.ok_or_else(|| text().to_string().into())
    }
}

// ---- HTTP

#[derive(Debug)]
pub enum HttpError {
    Timeout,
    Status(StatusCode),
    Decode(String),
}
impl Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
impl std::error::Error for HttpError {}
impl HttpError {
    pub fn is_timeout(&self) -> bool {
        matches!(self, HttpError::Timeout)
    }
    pub fn status(&self) -> Option<StatusCode> {
        if let HttpError::Status(status) = self { Some(*status) } else { None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StatusCode(pub u16);
impl StatusCode {
    pub const OK: StatusCode = StatusCode(200);
    pub const CREATED: StatusCode = StatusCode(201);
    pub const NOT_FOUND: StatusCode = StatusCode(404);
    pub const UNAUTHORIZED: StatusCode = StatusCode(401);
    pub const TOO_MANY_REQUESTS: StatusCode = StatusCode(429);
    pub const INTERNAL_SERVER_ERROR: StatusCode = StatusCode(500);
    pub const BAD_REQUEST: StatusCode = StatusCode(400);
    pub const CONFLICT: StatusCode = StatusCode(409);
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0)
    }
    pub fn is_server_error(&self) -> bool {
        self.0 >= 500
    }
    pub fn as_u16(&self) -> u16 {
        self.0
    }
}

/// A client: cheap to clone, not data.
#[derive(Clone, Default)]
pub struct HttpClient(std::sync::Arc<()>);
impl HttpClient {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn get(&self, url: impl AsRef<str>) -> RequestBuilder {
        RequestBuilder { url: url.as_ref().to_owned(), hook: None }
    }
    pub fn post(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.get(url)
    }
    pub fn put(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.get(url)
    }
    pub fn delete(&self, url: impl AsRef<str>) -> RequestBuilder {
        self.get(url)
    }
}
/// Not data: it may hold a body that is a stream.
pub struct RequestBuilder {
    url: String,
    hook: Option<Box<dyn FnOnce() + Send>>,
}
impl RequestBuilder {
    pub fn header(self, _name: &str, _value: impl Display) -> Self {
        self
    }
    pub fn query<T: Serialize + ?Sized>(self, _query: &T) -> Self {
        self
    }
    pub fn json<T: Serialize + ?Sized>(self, _body: &T) -> Self {
        self
    }
    pub fn body(self, _body: Vec<u8>) -> Self {
        self
    }
    pub fn bearer_auth(self, _token: impl Display) -> Self {
        self
    }
    pub fn timeout(self, _timeout: Duration) -> Self {
        self
    }
    pub async fn send(self) -> Result<Response, HttpError> {
        if let Some(hook) = self.hook {
            hook();
        }
        Ok(Response { url: self.url, status: StatusCode::OK, headers: Headers::default(), chunks: Box::new(std::iter::empty()) })
    }
}
#[derive(Default, Debug, Clone)]
pub struct Headers(BTreeMap<String, String>);
impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
/// Not data: a connection is behind it.
pub struct Response {
    url: String,
    status: StatusCode,
    headers: Headers,
    chunks: Box<dyn Iterator<Item = Vec<u8>> + Send + Sync>,
}
impl Response {
    pub fn status(&self) -> StatusCode {
        self.status
    }
    pub fn url(&self) -> &str {
        &self.url
    }
    pub fn headers(&self) -> &Headers {
        &self.headers
    }
    pub fn content_length(&self) -> Option<u64> {
        None
    }
    pub fn error_for_status(self) -> Result<Response, HttpError> {
        if self.status.is_success() { Ok(self) } else { Err(HttpError::Status(self.status)) }
    }
    pub async fn text(self) -> Result<String, HttpError> {
        Ok(self.url)
    }
    pub async fn bytes(self) -> Result<Vec<u8>, HttpError> {
        Ok(self.url.into_bytes())
    }
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, HttpError> {
        serde_json::from_str(&self.url).map_err(|error| HttpError::Decode(error.to_string()))
    }
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        Ok(self.chunks.next())
    }
}

// ---- a database

#[derive(Debug)]
pub struct DbError(pub String);
impl Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for DbError {}

/// A pool of connections: a handle.
#[derive(Clone, Default)]
pub struct Pool(std::sync::Arc<()>);
/// A transaction: it borrows nothing, and is no data either.
pub struct Tx(std::sync::Arc<()>, Option<Box<dyn FnOnce() + Send + Sync>>);
pub trait FromRow: Sized + Send {
    fn from_row(row: &BTreeMap<String, String>) -> Option<Self>;
}
impl<T: DeserializeOwned + Send> FromRow for T {
    fn from_row(row: &BTreeMap<String, String>) -> Option<Self> {
        serde_json::from_value(serde_json::to_value(row).ok()?).ok()
    }
}
impl Pool {
    pub async fn fetch_all<T: FromRow>(&self, _sql: &str, _args: &[&(dyn Display + Sync)]) -> Result<Vec<T>, DbError> {
        Ok(Vec::new())
    }
    pub async fn fetch_one<T: FromRow>(&self, sql: &str, args: &[&(dyn Display + Sync)]) -> Result<T, DbError> {
        self.fetch_optional(sql, args).await?.ok_or_else(|| DbError("no row".to_owned()))
    }
    pub async fn fetch_optional<T: FromRow>(&self, _sql: &str, _args: &[&(dyn Display + Sync)]) -> Result<Option<T>, DbError> {
        Ok(T::from_row(&BTreeMap::new()))
    }
    pub async fn execute(&self, _sql: &str, args: &[&(dyn Display + Sync)]) -> Result<u64, DbError> {
        Ok(args.len() as u64)
    }
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(Tx(self.0.clone(), None))
    }
}
impl Tx {
    pub async fn execute(&mut self, _sql: &str, args: &[&(dyn Display + Sync)]) -> Result<u64, DbError> {
        Ok(args.len() as u64)
    }
    pub async fn fetch_all<T: FromRow>(&mut self, _sql: &str, _args: &[&(dyn Display + Sync)]) -> Result<Vec<T>, DbError> {
        Ok(Vec::new())
    }
    pub async fn commit(self) -> Result<(), DbError> {
        if let Some(then) = self.1 {
            then();
        }
        drop(self.0);
        Ok(())
    }
    pub async fn rollback(self) -> Result<(), DbError> {
        Ok(())
    }
}

// ---- a queue, a cache, a store

#[derive(Clone, Default)]
pub struct Queue(std::sync::Arc<()>);
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: String,
    pub body: String,
    pub attempts: u32,
    pub headers: BTreeMap<String, String>,
}
impl Queue {
    pub async fn receive(&self, _max: usize, _wait: Duration) -> Result<Vec<Message>> {
        Ok(Vec::new())
    }
    pub async fn pop(&self) -> Option<Message> {
        None
    }
    pub async fn send(&self, _body: &str) -> Result<String> {
        Ok(String::new())
    }
    pub async fn ack(&self, _id: &str) -> Result<()> {
        Ok(())
    }
    pub async fn nack(&self, _id: &str, _delay: Duration) -> Result<()> {
        Ok(())
    }
    pub async fn dead_letter(&self, _message: &Message, _why: &str) -> Result<()> {
        Ok(())
    }
}

#[derive(Clone, Default)]
pub struct Kv(std::sync::Arc<()>);
impl Kv {
    pub async fn get(&self, _key: &str) -> Result<Option<String>> {
        Ok(None)
    }
    pub async fn set(&self, _key: &str, _value: &str, _ttl: Option<Duration>) -> Result<()> {
        Ok(())
    }
    pub async fn del(&self, _key: &str) -> Result<bool> {
        Ok(true)
    }
    pub async fn incr(&self, _key: &str, by: i64) -> Result<i64> {
        Ok(by)
    }
    pub async fn set_nx(&self, _key: &str, _value: &str, _ttl: Duration) -> Result<bool> {
        Ok(true)
    }
}

#[derive(Clone, Default)]
pub struct Bucket(std::sync::Arc<()>);
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ObjectMeta {
    pub key: String,
    pub size: u64,
    pub etag: Option<String>,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listing {
    pub objects: Vec<ObjectMeta>,
    pub next: Option<String>,
}
impl Bucket {
    pub async fn get(&self, _key: &str) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
    pub async fn put(&self, _key: &str, body: Vec<u8>) -> Result<String> {
        Ok(body.len().to_string())
    }
    pub async fn put_part(&self, _upload: &str, _part: usize, body: &[u8]) -> Result<String> {
        Ok(body.len().to_string())
    }
    pub async fn delete(&self, _key: &str) -> Result<()> {
        Ok(())
    }
    pub async fn list(&self, _prefix: &str, _after: Option<&str>) -> Result<Listing> {
        Ok(Listing { objects: Vec::new(), next: None })
    }
}

// ---- people and models

#[derive(Clone, Default)]
pub struct Mailer(std::sync::Arc<()>);
impl Mailer {
    pub async fn send(&self, _to: &str, _subject: &str, _body: &str) -> Result<()> {
        Ok(())
    }
}

#[derive(Clone, Default)]
pub struct Bot(std::sync::Arc<()>);
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Update {
    pub id: i64,
    pub chat: i64,
    pub user: Option<User>,
    pub text: Option<String>,
}
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub name: String,
    pub email: Option<String>,
    pub admin: bool,
}
impl Bot {
    pub async fn updates(&self, _offset: i64) -> Result<Vec<Update>> {
        Ok(Vec::new())
    }
    pub async fn say(&self, _chat: i64, text: impl AsRef<str>) -> Result<i64> {
        Ok(text.as_ref().len() as i64)
    }
    pub async fn ask(&self, _chat: i64, _question: &str) -> Result<String> {
        Ok(String::new())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Role {
    System,
    User,
    Assistant,
    Tool,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    pub role: Role,
    pub content: String,
}
impl ChatMessage {
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        ChatMessage { role, content: content.into() }
    }
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    pub arguments: serde_json::Value,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reply {
    pub content: Option<String>,
    pub tool_calls: Vec<ToolCall>,
    pub tokens: u64,
}
#[derive(Clone, Default)]
pub struct Model(std::sync::Arc<()>);
impl Model {
    pub async fn chat(&self, _messages: &[ChatMessage]) -> Result<Reply> {
        Ok(Reply { content: None, tool_calls: Vec::new(), tokens: 0 })
    }
    pub async fn embed(&self, text: &str) -> Result<Vec<f32>> {
        Ok(vec![text.len() as f32])
    }
}

// ---- sockets

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    Hello { version: u16, name: String },
    Data(Vec<u8>),
    Ack(u32),
    Ping,
    Pong,
    Close(Option<String>),
}
/// A connection: reads and writes frames. Not data.
pub struct Conn {
    input: VecDeque<Frame>,
    output: Vec<Frame>,
    peer: Box<dyn Display + Send + Sync>,
}
impl Conn {
    pub async fn connect(address: &str) -> Result<Conn> {
        Ok(Conn { input: VecDeque::new(), output: Vec::new(), peer: Box::new(address.to_owned()) })
    }
    pub async fn read_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.input.pop_front())
    }
    pub async fn write_frame(&mut self, frame: &Frame) -> Result<()> {
        self.output.push(frame.clone());
        Ok(())
    }
    pub async fn read_line(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
    pub async fn write_all(&mut self, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        Ok(buffer.len())
    }
    pub async fn flush(&mut self) -> Result<()> {
        Ok(())
    }
    pub fn peer(&self) -> String {
        self.peer.to_string()
    }
}

/// Time as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub u64);
impl Timestamp {
    pub fn now() -> Self {
        Timestamp(0)
    }
    pub fn plus(self, by: Duration) -> Self {
        Timestamp(self.0 + by.as_secs())
    }
    pub fn until(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

pub fn random(below: u64) -> u64 {
    below / 2
}
pub fn slug(text: &str) -> String {
    text.to_lowercase()
}
pub fn links(page: &str) -> Vec<String> {
    page.lines().map(str::to_owned).collect()
}
/// Gives back a part of what it is lent.
pub fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or(url)
}
pub fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().map(|b| u32::from(*b)).sum()
}
pub fn counts(words: &[String]) -> HashMap<String, usize> {
    words.iter().map(|w| (w.clone(), w.len())).collect()
}
