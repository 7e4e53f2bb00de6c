//! Handlers of a web server: extractors by value, shared state, validation.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, RwLock};

/// Shared by all handlers.
#[derive(Clone)]
pub struct AppState {
    pub pool: Pool,
    pub cache: Kv,
    pub mailer: Mailer,
    pub sessions: Arc<RwLock<std::collections::HashMap<String, User>>>,
    pub counter: Arc<Mutex<u64>>,
}
pub struct State<T>(pub T);
pub struct Path<T>(pub T);
pub struct Query<T>(pub T);
#[derive(Serialize, Deserialize)]
pub struct Json<T>(pub T);

#[derive(Debug)]
pub enum ApiError {
    NotFound,
    Forbidden,
    Invalid(String),
    Internal(AnyError),
}
impl From<AnyError> for ApiError {
    fn from(error: AnyError) -> Self {
        ApiError::Internal(error)
    }
}
impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        ApiError::Internal(error.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Article {
    pub id: u64,
    pub author: u64,
    pub title: String,
    pub body: String,
    pub tags: Vec<String>,
}
#[derive(Debug, Deserialize, Serialize)]
pub struct NewUser {
    pub name: String,
    pub email: String,
    pub password: String,
}
#[derive(Debug, Deserialize, Serialize)]
pub struct Filter {
    pub tag: Option<String>,
    pub author: Option<u64>,
    pub limit: Option<u32>,
}

pub async fn get_article(State(state): State<AppState>, Path(id): Path<u64>) -> Result<Json<Article>, ApiError> {
    let key = format!("article:{id}");
    if let Some(cached) = state.cache.get(&key).await? {
        if let Ok(article) = serde_json::from_str(&cached) {
            return Ok(Json(article));
        }
    }
    let article = state.pool.fetch_optional::<Article>("select * from article where id = $1", &[&id]).await?.ok_or(ApiError::NotFound)?;
    let text = serde_json::to_string(&article).map_err(|e| ApiError::Internal(e.into()))?;
    state.cache.set(&key, &text, Some(Duration::from_secs(300))).await?;
    Ok(Json(article))
}

pub async fn register(State(state): State<AppState>, Json(input): Json<NewUser>) -> Result<(StatusCode, Json<User>), ApiError> {
    if input.password.len() < 8 {
        return Err(ApiError::Invalid("password is too short".into()));
    }
    let email = input.email.trim().to_lowercase();
    let taken: Option<User> = state.pool.fetch_optional("select * from users where email = $1", &[&email]).await?;
    if taken.is_some() {
        return Err(ApiError::Invalid(format!("{email} is taken")));
    }
    let id = state.pool.execute("insert into users values ($1, $2)", &[&input.name, &email]).await?;
    let user = User { id, name: input.name, email: Some(email.clone()), admin: false };
    state.mailer.send(&email, "Welcome", &format!("Hello {}", user.name)).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

pub async fn list_articles(State(state): State<AppState>, Query(filter): Query<Filter>) -> Result<Json<Vec<Article>>, ApiError> {
    let limit = filter.limit.unwrap_or(20).min(100);
    let articles: Vec<Article> = match (&filter.tag, filter.author) {
        (Some(tag), None) => state.pool.fetch_all("select * from article where tag = $1 limit $2", &[tag, &limit]).await?,
        (None, Some(author)) => state.pool.fetch_all("select * from article where author = $1", &[&author]).await?,
        (Some(tag), Some(author)) => state.pool.fetch_all("select ..", &[tag, &author]).await?,
        (None, None) => state.pool.fetch_all("select * from article limit $1", &[&limit]).await?,
    };
    Ok(Json(articles))
}

pub async fn delete_article(state: Arc<AppState>, user: Option<User>, id: u64) -> Result<StatusCode, ApiError> {
    let Some(user) = user else {
        return Err(ApiError::Forbidden);
    };
    let article: Article = match state.pool.fetch_optional("select * from article where id = $1", &[&id]).await? {
        Some(article) => article,
        None => return Err(ApiError::NotFound),
    };
    if article.author != user.id && !user.admin {
        return Err(ApiError::Forbidden);
    }
    state.pool.execute("delete from article where id = $1", &[&id]).await?;
    state.cache.del(&format!("article:{id}")).await?;
    Ok(StatusCode::OK)
}

pub async fn current_user(state: &AppState, headers: &Headers) -> Result<User, ApiError> {
    let token = headers.get("authorization").and_then(|h| h.strip_prefix("Bearer ")).ok_or(ApiError::Forbidden)?;
    if let Some(user) = state.sessions.read().await.get(token) {
        return Ok(user.clone());
    }
    let user: User = state.pool.fetch_one("select * from sessions where token = $1", &[&token]).await.map_err(|_| ApiError::Forbidden)?;
    state.sessions.write().await.insert(token.to_owned(), user.clone());
    Ok(user)
}

pub async fn visits(State(state): State<AppState>) -> String {
    let mut counter = state.counter.lock().await;
    *counter += 1;
    format!("you are visitor number {}", *counter)
}

pub async fn export_csv(State(state): State<AppState>) -> Result<String, ApiError> {
    let mut csv = String::from("id,title,tags\n");
    let mut after = 0u64;
    loop {
        let batch: Vec<Article> = state.pool.fetch_all("select * from article where id > $1 order by id limit 500", &[&after]).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        for Article { id, title, tags, .. } in &batch {
            csv.push_str(&format!("{id},{title},{}\n", tags.join(";")));
        }
    }
    Ok(csv)
}

pub async fn webhook(State(state): State<Arc<AppState>>, headers: Headers, body: String) -> Result<StatusCode, StatusCode> {
    let signature = headers.get("x-signature").ok_or(StatusCode::UNAUTHORIZED)?;
    if signature != checksum(body.as_bytes()).to_string() {
        return Err(StatusCode::UNAUTHORIZED);
    }
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Event {
        Paid {
            invoice: u64,
        },
        Refunded {
            invoice: u64,
            reason: Option<String>,
        },
        #[serde(other)]
        Unknown,
    }
    let event: Event = serde_json::from_str(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    match event {
        Event::Paid { invoice } => {
            state
                .pool
                .execute("update invoice set paid = true where id = $1", &[&invoice])
                .await
                .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        }
        Event::Refunded { invoice, reason } => {
            let reason = reason.unwrap_or_default();
            state
                .pool
                .execute("insert into refund values ($1, $2)", &[&invoice, &reason])
                .await
                .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            let _ = state.mailer.send("accounting@example.com", "refund", &reason).await;
        }
        Event::Unknown => return Ok(StatusCode(204)),
    }
    Ok(StatusCode::OK)
}
