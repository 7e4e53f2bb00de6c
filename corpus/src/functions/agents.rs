//! Agents: a model in a loop, tools, memory, budgets.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

pub struct Agent {
    pub model: Model,
    pub client: HttpClient,
    pub bucket: Bucket,
    pub history: Vec<ChatMessage>,
    pub budget: u64,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Outcome {
    Answer(String),
    OutOfBudget { spent: u64 },
    GaveUp,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub goal: String,
    pub steps: Vec<String>,
}

impl Agent {
    pub async fn run(&mut self, question: String, max_turns: usize) -> Result<Outcome> {
        self.history.push(ChatMessage::new(Role::User, question));
        let mut spent = 0;
        for turn in 0..max_turns {
            let reply = self.model.chat(&self.history).await?;
            spent += reply.tokens;
            if spent > self.budget {
                return Ok(Outcome::OutOfBudget { spent });
            }
            if reply.tool_calls.is_empty() {
                let Some(answer) = reply.content else { return Ok(Outcome::GaveUp) };
                self.history.push(ChatMessage::new(Role::Assistant, &answer));
                return Ok(Outcome::Answer(answer));
            }
            for call in reply.tool_calls {
                let result = match self.call_tool(&call).await {
                    Ok(text) => text,
                    Err(e) => format!("error in {} (turn {turn}): {e}", call.name),
                };
                self.history.push(ChatMessage { role: Role::Tool, content: result });
            }
        }
        Ok(Outcome::GaveUp)
    }

    pub async fn call_tool(&self, call: &ToolCall) -> Result<String> {
        let argument = |name: &str| call.arguments[name].as_str().map(str::to_owned).with_context(|| format!("{name} is missing"));
        match call.name.as_str() {
            "fetch" => {
                let url = argument("url")?;
                Ok(self.client.get(&url).send().await?.text().await?)
            }
            "write" => {
                let (path, text) = (argument("path")?, argument("text")?);
                self.bucket.put(&path, text.into_bytes()).await
            }
            "list" => {
                let listing = self.bucket.list(&argument("prefix")?, None).await?;
                Ok(listing.objects.iter().map(|o| o.key.as_str()).collect::<Vec<_>>().join("\n"))
            }
            unknown => Err(format!("no tool {unknown}").into()),
        }
    }

    pub async fn summarize(&mut self) -> Result<()> {
        if self.history.len() < 20 {
            return Ok(());
        }
        let old: Vec<ChatMessage> = self.history.drain(..10).collect();
        let text = old.iter().map(|m| format!("{:?}: {}", m.role, m.content)).collect::<Vec<_>>().join("\n");
        let prompt = [ChatMessage::new(Role::System, "Summarize"), ChatMessage::new(Role::User, text)];
        let reply = self.model.chat(&prompt).await?;
        if let Some(summary) = reply.content {
            self.history.insert(0, ChatMessage::new(Role::System, summary));
        }
        Ok(())
    }
}

pub async fn plan_and_execute(model: &Model, client: &HttpClient, goal: &str) -> Result<Vec<String>> {
    let mut messages = vec![ChatMessage::new(Role::System, "Answer in JSON"), ChatMessage::new(Role::User, goal)];
    let plan: Plan = loop {
        let reply = model.chat(&messages).await?;
        let content = reply.content.unwrap_or_default();
        match serde_json::from_str(&content) {
            Ok(plan) => break plan,
            Err(e) if messages.len() < 8 => {
                messages.push(ChatMessage::new(Role::Assistant, content));
                messages.push(ChatMessage::new(Role::User, format!("That is no plan: {e}")));
            }
            Err(e) => return Err(e.into()),
        }
    };
    let mut results = Vec::with_capacity(plan.steps.len());
    for (i, step) in plan.steps.iter().enumerate() {
        let context = results.join("\n");
        let prompt = format!("Goal: {}\nDone so far: {context}\nStep {}: {step}", plan.goal, i + 1);
        let reply = model.chat(&[ChatMessage::new(Role::User, prompt)]).await?;
        results.push(reply.content.context("no answer")?);
    }
    client.post("https://example.com/report").json(&results).send().await?;
    Ok(results)
}

pub async fn debate(models: &[Model], topic: String, rounds: usize) -> Result<String> {
    let mut transcript = format!("Topic: {topic}");
    for round in 1..=rounds {
        for (i, model) in models.iter().enumerate() {
            let message = ChatMessage::new(Role::User, transcript.clone());
            let reply = model.chat(std::slice::from_ref(&message)).await?;
            if let Some(text) = reply.content.filter(|t| !t.is_empty()) {
                transcript += &format!("\n[{round}] {i}: {text}");
            }
        }
    }
    Ok(transcript)
}

pub async fn retrieve(model: &Model, pool: &Pool, question: &str, k: usize) -> Result<Vec<(String, f32)>> {
    let wanted = model.embed(question).await?;
    let documents: Vec<(String, Vec<f32>)> = pool.fetch_all("select text, vector from document", &[]).await?;
    let mut scored: Vec<(String, f32)> =
        documents.into_iter().map(|(text, vector)| (text, vector.iter().zip(&wanted).map(|(a, b)| a * b).sum())).collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    scored.truncate(k);
    Ok(scored)
}

pub async fn answer_with_sources(model: Arc<Model>, pool: Pool, question: String) -> Result<(String, Vec<String>)> {
    let found = retrieve(&model, &pool, &question, 3).await?;
    let context: String = found.iter().enumerate().map(|(i, (text, score))| format!("[{i}] ({score:.2}) {text}\n")).collect();
    let messages = vec![
        ChatMessage { role: Role::System, content: format!("Use only this:\n{context}") },
        ChatMessage { role: Role::User, content: question },
    ];
    let reply = timeout(Duration::from_secs(30), model.chat(&messages)).await??;
    let answer = reply.content.ok_or("no answer")?;
    let cited = found.into_iter().enumerate().filter(|(i, _)| answer.contains(&format!("[{i}]"))).map(|(_, (text, _))| text).collect();
    Ok((answer, cited))
}

pub async fn route(models: &HashMap<String, Model>, question: &str) -> Result<String> {
    let router = models.get("router").ok_or_else(|| anyhow!("no router"))?;
    let choice = router.chat(&[ChatMessage::new(Role::User, question)]).await?.content.unwrap_or_else(|| "default".into());
    let Some(model) = models.get(choice.trim()) else {
        bail!("no model {choice}");
    };
    let reply = model.chat(&[ChatMessage::new(Role::User, question)]).await?;
    reply.content.context("silence")
}

pub async fn ask_human(bot: &Bot, model: &Model, chat: i64, draft: String) -> Result<Option<String>> {
    let mut draft = draft;
    for _ in 0..5 {
        bot.say(chat, &draft).await?;
        let verdict = bot.ask(chat, "Send it? (yes, no, or what to change)").await?;
        match verdict.trim() {
            "yes" => return Ok(Some(draft)),
            "no" => break,
            change => {
                let prompt = format!("{draft}\n\nChange: {change}");
                let reply = model.chat(&[ChatMessage::new(Role::User, prompt)]).await?;
                draft = reply.content.unwrap_or(draft);
            }
        }
    }
    Ok(None)
}
