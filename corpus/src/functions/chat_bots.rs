//! Chat bots: dialogues, commands, moderation.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::sleep;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub enum Dialogue {
    #[default]
    Start,
    Name,
    Age {
        name: String,
    },
    Done,
}
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Game {
    pub secret: u64,
    pub guesses: Vec<u64>,
    pub won: bool,
}

pub async fn poll_updates(bot: &Bot, store: Arc<Mutex<HashMap<i64, Dialogue>>>) -> Result<()> {
    let mut offset = 0;
    loop {
        let updates = match bot.updates(offset).await {
            Ok(updates) if updates.is_empty() => {
                sleep(Duration::from_secs(1)).await;
                continue;
            }
            Ok(updates) => updates,
            Err(e) => {
                error!("cannot poll: {e}");
                return Err(e);
            }
        };
        for update in updates {
            offset = offset.max(update.id + 1);
            let dialogue = store.lock().await.remove(&update.chat).unwrap_or_default();
            let next = advance(bot, &update, dialogue).await?;
            store.lock().await.insert(update.chat, next);
        }
    }
}

pub async fn advance(bot: &Bot, update: &Update, dialogue: Dialogue) -> Result<Dialogue> {
    let Some(text) = update.text.as_deref() else {
        bot.say(update.chat, "Text only, please").await?;
        return Ok(dialogue);
    };
    Ok(match dialogue {
        Dialogue::Start => {
            bot.say(update.chat, "What is your name?").await?;
            Dialogue::Name
        }
        Dialogue::Name => {
            bot.say(update.chat, format!("How old are you, {text}?")).await?;
            Dialogue::Age { name: text.to_owned() }
        }
        Dialogue::Age { name } => match text.parse::<u8>() {
            Ok(age) => {
                bot.say(update.chat, format!("{name}, {age}: noted")).await?;
                Dialogue::Done
            }
            Err(_) => {
                bot.say(update.chat, "A number, please").await?;
                Dialogue::Age { name }
            }
        },
        Dialogue::Done => Dialogue::Done,
    })
}

pub async fn command(bot: &Bot, pool: &Pool, update: Update) -> Result<()> {
    let Update { chat, user: Some(user), text: Some(text), .. } = update else {
        return Ok(());
    };
    let (command, rest) = text.split_once(' ').unwrap_or((&text, ""));
    match command {
        "/start" => {
            bot.say(chat, "Hello!").await?;
        }
        "/ban" if user.admin => {
            let banned = pool.execute("delete from member where name = $1", &[&rest]).await?;
            bot.say(chat, format!("{banned} banned")).await?;
        }
        "/ban" => {
            bot.say(chat, format!("{} may not ban", user.name)).await?;
        }
        "/stats" => {
            let n: u64 = pool.fetch_one("select count(*) from member", &[]).await?;
            bot.say(chat, n.to_string()).await?;
        }
        other if other.starts_with('/') => {
            bot.say(chat, format!("unknown command {other}")).await?;
        }
        _ => {}
    }
    Ok(())
}

pub async fn guessing_game(bot: &Bot, chat: i64) -> Result<Game> {
    let mut game = Game { secret: random(100), ..Game::default() };
    bot.say(chat, "Guess a number below 100").await?;
    while !game.won && game.guesses.len() < 7 {
        let guess = match bot.ask(chat, "Your guess?").await?.trim().parse::<u64>() {
            Ok(n) => n,
            Err(_) => continue,
        };
        game.guesses.push(guess);
        let answer = match guess.cmp(&game.secret) {
            std::cmp::Ordering::Less => "higher",
            std::cmp::Ordering::Greater => "lower",
            std::cmp::Ordering::Equal => {
                game.won = true;
                "right!"
            }
        };
        bot.say(chat, answer).await?;
    }
    if !game.won {
        bot.say(chat, format!("It was {}", game.secret)).await?;
    }
    Ok(game)
}

pub async fn survey(bot: &Bot, chat: i64, questions: &[(&str, &[&str])]) -> Result<Vec<usize>> {
    let mut answers = Vec::new();
    for (question, options) in questions {
        let text = format!("{question} ({})", options.join("/"));
        let chosen = loop {
            let answer = bot.ask(chat, &text).await?;
            if let Some(i) = options.iter().position(|o| *o == answer) {
                break i;
            }
        };
        answers.push(chosen);
    }
    Ok(answers)
}

pub async fn broadcast(bot: &Bot, chats: &BTreeMap<i64, User>, text: &str) -> Vec<i64> {
    let mut failed = vec![];
    for (&chat, user) in chats {
        let personal = text.replace("{name}", &user.name);
        if bot.say(chat, personal).await.is_err() {
            failed.push(chat);
        }
        sleep(Duration::from_millis(34)).await;
    }
    failed
}

pub async fn moderate(bot: &Bot, model: &Model, update: &Update, strikes: &mut HashMap<u64, u32>) -> Result<bool> {
    let (Some(user), Some(text)) = (&update.user, &update.text) else { return Ok(true) };
    let verdict = model.chat(&[ChatMessage::new(Role::User, format!("Is this rude? {text}"))]).await?;
    if verdict.content.as_deref() != Some("yes") {
        return Ok(true);
    }
    let count = strikes.entry(user.id).or_insert(0);
    *count += 1;
    if *count >= 3 {
        bot.say(update.chat, format!("{} has to leave", user.name)).await?;
        strikes.remove(&user.id);
        return Ok(false);
    }
    bot.say(update.chat, format!("{}, strike {}", user.name, strikes[&user.id])).await?;
    Ok(true)
}

pub struct Support {
    bot: Bot,
    mailer: Mailer,
    open: HashMap<i64, Vec<String>>,
}
impl Support {
    pub async fn on_message(&mut self, chat: i64, text: String) -> Result<usize> {
        let thread = self.open.entry(chat).or_default();
        thread.push(text);
        if thread.len() == 1 {
            self.bot.say(chat, "Someone will be with you soon").await?;
        }
        Ok(self.open[&chat].len())
    }

    pub async fn close(&mut self, chat: i64) -> Result<()> {
        if let Some(thread) = self.open.remove(&chat) {
            self.mailer.send("archive@example.com", &format!("Chat {chat}"), &thread.join("\n")).await?;
            self.bot.say(chat, "Closed. Goodbye!").await?;
        } else {
            self.bot.say(chat, "Nothing is open").await?;
        }
        Ok(())
    }

    pub async fn escalate_all(&mut self) -> Result<Vec<i64>> {
        let mut escalated: Vec<i64> = Vec::new();
        for (chat, thread) in &self.open {
            let Some(last) = thread.last() else { continue };
            self.mailer.send("boss@example.com", "Escalation", last).await?;
            escalated.push(*chat);
        }
        for chat in &escalated {
            self.open.remove(chat);
        }
        Ok(escalated)
    }
}
