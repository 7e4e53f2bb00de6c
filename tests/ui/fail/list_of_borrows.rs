//! What is kept holds no borrows: lists of them, and options that are assigned. Literals are kept.
use coroutine_runtime::prelude::*;

struct User(u64);

async fn later(_: &str) {}

#[durable]
async fn words(text: String) -> usize {
    let constant: Vec<&str> = vec!["a", "b"];
    let mut words: Vec<&str> = text.split(' ').collect();
    let mut seen = Vec::<&str>::new();
    for word in text.lines() {
        later(word).await;
        seen.push(word);
    }
    later("").await;
    words.pop();
    words.len() + seen.len() + constant.len()
}

#[durable]
async fn best(users: &[User]) -> u64 {
    let mut best: Option<&User> = None;
    for user in users {
        later("").await;
        if best.is_none_or(|best| best.0 < user.0) {
            best = Some(user);
        }
    }
    best.map_or(0, |best| best.0)
}

fn main() {}
