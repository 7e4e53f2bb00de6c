//! State machines: an enum, a loop, transitions that wait.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Build {
    Queued { commit: String },
    Compiling { commit: String, started: Timestamp },
    Testing { commit: String, artifact: Vec<u8>, passed: usize },
    Published { url: String },
    Failed { stage: &'static str, log: String },
}

pub async fn run_build(bucket: &Bucket, client: &HttpClient, commit: String) -> Result<Build> {
    let mut state = Build::Queued { commit };
    loop {
        state = match state {
            Build::Queued { commit } => {
                client.post("https://ci.example.com/start").json(&commit).send().await?;
                Build::Compiling { commit, started: Timestamp::now() }
            }
            Build::Compiling { commit, started } => {
                let response = client.get(format!("https://ci.example.com/artifact/{commit}")).send().await?;
                if response.status().is_success() {
                    Build::Testing { commit, artifact: response.bytes().await?, passed: 0 }
                } else if Timestamp::now() > started.plus(Duration::from_secs(600)) {
                    Build::Failed { stage: "compile", log: response.text().await? }
                } else {
                    sleep(Duration::from_secs(5)).await;
                    Build::Compiling { commit, started }
                }
            }
            Build::Testing { commit, artifact, passed } if passed == 3 => {
                let url = bucket.put(&commit, artifact).await?;
                Build::Published { url }
            }
            Build::Testing { commit, artifact, passed } => {
                let ok = client.post("https://ci.example.com/test").body(artifact.clone()).send().await?.status().is_success();
                if ok {
                    Build::Testing { commit, artifact, passed: passed + 1 }
                } else {
                    Build::Failed { stage: "test", log: format!("test {passed} failed") }
                }
            }
            done @ (Build::Published { .. } | Build::Failed { .. }) => return Ok(done),
        };
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Light {
    Red,
    Amber,
    Green,
}
pub async fn traffic_light(conn: &mut Conn, rounds: usize) -> Result<Vec<Light>> {
    let mut history = Vec::new();
    let mut light = Light::Red;
    for _ in 0..rounds {
        history.push(light);
        let (next, pause) = match light {
            Light::Red => (Light::Green, 30),
            Light::Green => (Light::Amber, 5),
            Light::Amber => (Light::Red, 20),
        };
        conn.write_all(format!("{light:?}").as_bytes()).await?;
        sleep(Duration::from_secs(pause)).await;
        light = next;
    }
    Ok(history)
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Connection {
    Disconnected { retries: u32 },
    Connecting(String),
    Online { since: Timestamp, session: String },
    Dead,
}
pub struct Link {
    state: Connection,
    hosts: Vec<String>,
    client: HttpClient,
}
impl Link {
    pub async fn step(&mut self) -> Result<()> {
        match &self.state {
            Connection::Disconnected { retries } if *retries > 5 => self.state = Connection::Dead,
            Connection::Disconnected { retries } => {
                let host = self.hosts[*retries as usize % self.hosts.len()].clone();
                sleep(Duration::from_secs(u64::from(*retries))).await;
                self.state = Connection::Connecting(host);
            }
            Connection::Connecting(host) => {
                let response = self.client.get(host).send().await?;
                self.state = if response.status().is_success() {
                    Connection::Online { since: Timestamp::now(), session: response.text().await? }
                } else {
                    Connection::Disconnected { retries: 1 }
                };
            }
            Connection::Online { session, .. } => {
                if self.client.get(format!("https://example.com/ping/{session}")).send().await.is_err() {
                    self.state = Connection::Disconnected { retries: 0 };
                }
            }
            Connection::Dead => (),
        }
        Ok(())
    }

    pub async fn until_dead(&mut self) -> Result<usize> {
        let mut steps = 0;
        while !matches!(self.state, Connection::Dead) {
            self.step().await?;
            steps += 1;
        }
        Ok(steps)
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Elevator {
    pub floor: i32,
    pub stops: Vec<i32>,
    pub doors_open: bool,
}
pub async fn serve_floors(elevator: &mut Elevator, conn: &mut Conn) -> Result<i32> {
    let mut moved = 0;
    while let Some(target) = elevator.stops.pop() {
        if elevator.doors_open {
            elevator.doors_open = false;
            sleep(Duration::from_secs(2)).await;
        }
        while elevator.floor != target {
            elevator.floor += (target - elevator.floor).signum();
            moved += 1;
            conn.write_frame(&Frame::Data(elevator.floor.to_be_bytes().to_vec())).await?;
            sleep(Duration::from_secs(1)).await;
        }
        elevator.doors_open = true;
    }
    Ok(moved)
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Ask(String),
    Confirm { question: String, yes: Box<Step>, no: Box<Step> },
    Done,
}
pub async fn walk_form(bot: &Bot, chat: i64, mut step: Step) -> Result<Vec<String>> {
    let mut answers = vec![];
    loop {
        step = match step {
            Step::Ask(question) => {
                answers.push(bot.ask(chat, &question).await?);
                Step::Done
            }
            Step::Confirm { question, yes, no } => match bot.ask(chat, &question).await?.as_str() {
                "yes" | "y" => *yes,
                "no" | "n" => *no,
                other => {
                    bot.say(chat, format!("what is {other}?")).await?;
                    Step::Confirm { question, yes, no }
                }
            },
            Step::Done => break Ok(answers),
        }
    }
}
