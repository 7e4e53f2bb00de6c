//! Lists of borrows in variables: they are collected again in each piece of code that uses them.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use coroutine_runtime::{join, join_all};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Job {
    pub id: u64,
    pub due: u64,
    pub name: String,
    pub tags: Vec<String>,
}
pub fn jobs() -> Vec<Job> {
    (1..5).map(|id| Job { id, due: id * 7 % 5, name: format!("j{id}"), tags: vec![format!("t{id}"), "x".into()] }).collect()
}

#[durable(yield = u64, resume = u64)]
async fn ship(job: &Job) -> u64 {
    yield_(job.id).await + job.due
}
async fn step_all(jobs: &[&Job]) -> u64 {
    let mut s = 0;
    for j in jobs {
        s += j.due;
    }
    s
}
async fn many(jobs: Vec<&Job>) -> u64 {
    jobs.len() as u64
}

#[durable(yield = u64, resume = u64, twin = due_twin)]
pub async fn due(jobs: Vec<Job>) -> u64 {
    let due: Vec<&Job> = jobs.iter().filter(|j| j.due > 1).collect();
    let mut sum = due.len() as u64;
    for j in &due {
        sum += yield_(j.id).await;
    }
    for j in due {
        sum += yield_(j.due).await;
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = inferred_twin)]
pub async fn inferred(jobs: &[Job]) -> u64 {
    let due = jobs.iter().filter(|j| j.due > 1).collect::<Vec<&Job>>();
    if due.is_empty() {
        return 0;
    }
    let mut sum = yield_(due.len() as u64).await;
    for j in due {
        sum += yield_(j.due).await;
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = words_twin)]
pub async fn words(text: &str) -> u64 {
    let parts: Vec<_> = text.split(',').collect();
    let mut sum = yield_(parts.len() as u64).await;
    for p in &parts {
        sum += yield_(p.len() as u64).await;
    }
    sum + parts[0].len() as u64
}
#[durable(yield = u64, resume = u64, twin = indexed_twin)]
pub async fn indexed(jobs: &[Job]) -> u64 {
    let by: HashMap<u64, &Job> = jobs.iter().map(|j| (j.id, j)).collect();
    let mut sum = yield_(by.len() as u64).await;
    for id in 1..4 {
        if let Some(j) = by.get(&id) {
            sum += yield_(j.due).await;
            sum += j.id;
        }
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = arranged_twin)]
pub async fn arranged(jobs: &[Job], least: u64) -> u64 {
    let mut due: Vec<&Job> = jobs.iter().filter(|j| j.due > least).collect();
    due.sort_by_key(|j| j.due);
    due.reverse();
    let mut sum = 0;
    for (n, j) in due.iter().enumerate() {
        sum += n as u64 * yield_(j.due).await;
        sum += j.id;
    }
    for j in due.into_iter().take(2) {
        sum += ship(j).await;
        sum += ship(&j).await;
    }
    sum
}
#[durable(yield = u64, resume = u64, twin = pairs_twin)]
pub async fn pairs(jobs: &[Job], least: u64) -> u64 {
    let names = jobs.iter().map(|j| j.name.as_str()).collect::<Vec<&str>>();
    let total = yield_(names.join(", ").len() as u64).await;
    let pairs: Vec<(usize, &Job)> = jobs.iter().enumerate().filter(|(_, j)| j.due > least).collect();
    let mut sum = total + names.len() as u64;
    for (i, j) in pairs {
        sum += yield_(i as u64 + j.id).await;
        sum += j.due;
    }
    sum + names.first().map_or(0, |n| n.len() as u64)
}
#[durable(yield = u64, resume = u64, twin = to_others_twin)]
pub async fn to_others(jobs: &[Job], least: u64) -> u64 {
    let due: Vec<&Job> = jobs.iter().filter(|j| j.due > least).collect();
    let mut sum = step_all(&due).await;
    sum += step_all(due.as_slice()).await;
    sum += step_all(&due[1..]).await;
    sum += many(due.clone()).await;
    let shipped = join_all(due.iter().map(|j| ship(j))).await;
    sum += shipped.iter().sum::<u64>();
    if let [first, ..] = due.as_slice() {
        sum += ship(first).await;
    }
    let Some(last) = due.last() else { return sum };
    sum += yield_(last.id).await;
    sum + ship(last).await
}
#[durable(yield = u64, resume = u64, twin = lines_of_twin)]
pub async fn lines_of(text: &str) -> Result<u64, String> {
    let mut sum = 0;
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        if fields.len() < 2 {
            return Err(format!("{line}: too short"));
        }
        let n: u64 = fields[1].parse().map_err(|e| format!("{e}"))?;
        match fields[0] {
            "add" => sum += yield_(n).await,
            "sub" => {
                yield_(n).await;
                sum -= fields[1].len() as u64;
            }
            other => return Err(other.to_string()),
        }
        match fields.as_slice() {
            [_, _, rest @ ..] => {
                for r in rest {
                    sum += yield_(r.len() as u64).await;
                }
            }
            _ => {}
        }
        match &fields[..] {
            ["add", n] => {
                sum += yield_(n.len() as u64).await;
            }
            _ => {}
        }
    }
    Ok(sum)
}
#[durable(yield = u64, resume = u64, twin = in_loops_twin)]
pub async fn in_loops(jobs: &[Job], done: &BTreeSet<u64>) -> u64 {
    let mut n = 0;
    for i in 0..2 {
        let open: Vec<&Job> = jobs.iter().filter(|j| !done.contains(&j.id)).filter(|j| j.id != i).collect();
        if open.is_empty() {
            break;
        }
        let best = open.iter().max_by_key(|j| j.due).unwrap();
        n += ship(best).await;
        n += best.id;
    }
    let tags: BTreeSet<&str> = jobs.iter().map(|j| j.name.as_str()).collect();
    for t in &tags {
        n += yield_(t.len() as u64).await;
    }
    for t in tags {
        n += yield_(t.len() as u64).await;
    }
    let ids: Vec<u64> = jobs.iter().map(|j| j.id).collect();
    for id in ids {
        n += yield_(id).await;
    }
    n
}
#[durable(yield = u64, resume = u64, twin = lent_items_twin)]
pub async fn lent_items(jobs: &[Job], i: usize) -> u64 {
    let due: Vec<&Job> = jobs.iter().rev().collect();
    let mut sum = ship(due[0]).await;
    sum += ship(due[i]).await;
    sum += ship(due.first().unwrap()).await;
    for j in &due {
        sum += ship(j).await;
    }
    for j in due.iter() {
        sum += ship(j).await;
        sum += step(j, &j.name).await;
    }
    if let Some(j) = due.iter().find(|j| j.id == 2) {
        sum += ship(j).await;
    }
    for pair in due.chunks(2) {
        for j in pair {
            sum += ship(j).await;
        }
    }
    let (a, b) = join!(ship(due[0]), ship(due[1]));
    sum += a + b;
    let mut left = due.len();
    while left > 0 {
        left -= 1;
        sum += ship(due[left]).await;
    }
    let parts: Vec<&str> = due[0].name.split('j').collect();
    sum += text(parts[1]).await;
    match parts[..] {
        [_, n] => {
            sum += text(n).await;
            sum += n.len() as u64;
        }
        _ => {}
    }
    if let [_, n] = parts.as_slice() {
        sum += text(n).await;
        sum += n.len() as u64;
    }
    if let [_, n] = parts[..] {
        sum += text(n).await;
        sum += n.len() as u64;
    }
    sum
}
#[durable(yield = u64, resume = u64)]
async fn text(t: &str) -> u64 {
    yield_(t.len() as u64).await
}
async fn step(j: &Job, n: &str) -> u64 {
    j.id + n.len() as u64
}
/// What is collected is behind what a pattern takes apart, as is what else is used.
#[durable(yield = u64, resume = u64, twin = of_parts_twin)]
pub async fn of_parts(state: &mut (Vec<Job>, Vec<u64>)) -> u64 {
    let (jobs, done) = state;
    let mut sum = 0;
    let first: Vec<&Job> = jobs.iter().skip(1).collect();
    for job in &first {
        done.push(job.id);
        sum += yield_(job.id).await;
    }
    sum + done.len() as u64
}
pub fn cases() -> Vec<Case> {
    cases! {
    due, due_twin => (jobs());
    inferred, inferred_twin => (jobs: &[Job] = jobs());
    words, words_twin => (t: &str = "a,bb,ccc".to_string());
    indexed, indexed_twin => (jobs: &[Job] = jobs());
    arranged, arranged_twin => (jobs: &[Job] = jobs(), 1);
    pairs, pairs_twin => (jobs: &[Job] = jobs(), 1);
    to_others, to_others_twin => (jobs: &[Job] = jobs(), 1);
    in_loops, in_loops_twin => (jobs: &[Job] = jobs(), s: &BTreeSet<u64> = [2u64].into());
    lent_items, lent_items_twin => (jobs: &[Job] = jobs(), 2);
    lines_of, lines_of_twin => (t: &str = "add 3\nadd 5 x yy\nsub 1".to_string());
    }
}
