//! What is fuzzed: coroutines of many kinds, read from bytes that somebody made up.
//!
//! An input's first byte says what the rest is: a snapshot as it is; one whose checksum is set right first, since no mutation gets past
//! a checksum; values for the envelope of a real snapshot; or JSON. What must hold of all of them: an error, or a coroutine that can be
//! stored, read again, looked at, resumed and dropped. Never a panic, a hang, an overflow of the stack or memory without bound; the
//! functions themselves do none of these, whatever their variables are.
use coroutine_runtime::prelude::*;
use coroutine_runtime::{RestoreError, Yields, inspect, restore_json, restore_json_with, restore_with, snapshot_json};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

// ---- the coroutines -------------------------------------------------------------------------------------

#[derive(Serialize, Deserialize, Clone, Debug)]
enum Tree {
    Leaf(u8),
    Node(Box<Tree>, Box<Tree>),
    Named { name: String, below: Vec<Tree> },
}

#[derive(Serialize, Deserialize, Clone, Debug)]
struct Line {
    item: String,
    pieces: u32,
    note: Option<Option<String>>,
}

/// Read only from what describes itself.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(untagged)]
enum Loose {
    Number(i64),
    Text(String),
    Many(Vec<Loose>),
}

/// What is lent.
#[derive(Debug)]
struct World {
    rates: [u64; 4],
}

/// Variables of many types, over a child.
#[durable(yield = u64, resume = u64)]
async fn mixed(count: u8, name: String) -> usize {
    let tree = Tree::Node(Box::new(Tree::Leaf(1)), Box::new(Tree::Named { name: name.clone(), below: vec![Tree::Leaf(2), Tree::Leaf(3)] }));
    let lines = vec![Line { item: name.clone(), pieces: 3, note: Some(None) }, Line { item: "b".into(), pieces: 300, note: None }];
    let table = BTreeMap::from([(1u8, vec![Some(name.clone()), None]), (2, Vec::new())]);
    let set = BTreeSet::from(['a', 'ß', '語']);
    let hashed = HashMap::from([(name.clone(), -5i128), (String::new(), i128::MIN)]);
    let bytes = vec![7u8; 9];
    let array = [u16::from(count); 40];
    let squares = [[1.5f32; 3]; 3];
    let nothing = vec![(); 3];
    let literal = "a literal";
    let shared: Arc<str> = "shared".into();
    let queue = VecDeque::from([(1u64, 2i16), (3, -4)]);
    let order = Ordering::Less;
    let result: Result<u64, String> = Err("no".into());
    let pause = Duration::from_millis(1500);
    let mut sum = 0u64;
    for n in 0..count {
        sum = sum.wrapping_add(middle(u64::from(n), name.clone()).await);
    }
    format!(
        "{name}{tree:?}{lines:?}{table:?}{set:?}{hashed:?}{bytes:?}{array:?}{squares:?}{nothing:?}{literal}{shared}{queue:?}{order:?}{result:?}{pause:?}{sum}"
    )
    .len()
}

#[durable(yield = u64, resume = u64)]
async fn middle(n: u64, name: String) -> u64 {
    let ratio = (n, -3i32, 'x', 2.5f64);
    let below = inner(n.wrapping_add(1)).await;
    below ^ ratio.0 ^ name.len() as u64
}

#[durable(yield = u64, resume = u64)]
async fn inner(n: u64) -> u64 {
    let parts = vec![n; 3];
    let got = yield_(n).await;
    got.wrapping_add(parts.len() as u64)
}

/// Recursion: what is below stays undecoded until it is resumed.
#[durable(yield = u64, resume = u64)]
async fn down(depth: u8, name: String) -> u64 {
    if depth == 0 {
        return yield_(0).await;
    }
    let below = Box::pin(down(depth - 1, name.clone())).await;
    below.wrapping_add(name.len() as u64)
}

/// Owning iterators, and something that is only held to be dropped.
#[durable(yield = u64, resume = u64)]
async fn iterators(words: Vec<String>) -> u64 {
    let held = vec![Line { item: "held".into(), pieces: 1, note: None }];
    let mut sum = 0u64;
    for (n, word) in words.into_iter().enumerate() {
        for step in (0..9u8).step_by(4) {
            sum = sum.wrapping_add(yield_(word.len() as u64).await ^ n as u64 ^ u64::from(step));
            if sum > 1 << 40 {
                return sum;
            }
        }
    }
    drop(held);
    sum
}

/// A type that only JSON can carry.
#[durable(yield = u64, resume = u64)]
async fn loose(value: Loose) -> usize {
    let also = serde_json::json!({ "a": [1, 2.5, null], "b": { "c": "d" } });
    yield_(1).await;
    format!("{value:?}{also}").len()
}

/// Something that is lent, and lent on.
#[durable(yield = u64, resume = u64)]
async fn lent(world: &World, log: &mut Vec<u64>, seed: u64) -> u64 {
    let below = lent_on(world, log, seed).await;
    log.push(below);
    below ^ seed
}

#[durable(yield = u64, resume = u64)]
async fn lent_on(world: &World, log: &mut Vec<u64>, seed: u64) -> u64 {
    let got = yield_(world.rates[(seed & 3) as usize]).await;
    log.push(got);
    got
}

// ---- real snapshots -------------------------------------------------------------------------------------

/// A coroutine that was resumed so often.
fn resumed<'a, M: Frame<Port = Yields<u64, u64>>, B: 'a>(
    call: Call<'a, M::Lent, M, B>,
    times: usize,
) -> Result<Coroutine<'a, M>, Box<dyn Error>> {
    let mut coroutine = call.start();
    for n in 0..times {
        coroutine.resume(n as u64)?;
    }
    Ok(coroutine)
}

/// Snapshots, and the same as JSON.
fn snapshots() -> Result<Vec<(Vec<u8>, String)>, Box<dyn Error>> {
    fn both<M: Frame>(coroutine: &Coroutine<'_, M>) -> Result<(Vec<u8>, String), Box<dyn Error>> {
        Ok((snapshot(coroutine)?, snapshot_json(coroutine)?))
    }
    let world = World { rates: [1, 2, 3, 4] };
    Ok(vec![
        both(&resumed(mixed(3, "name".into()), 0)?)?,
        both(&resumed(mixed(3, "name".into()), 2)?)?,
        both(&resumed(down(0, "n".into()), 1)?)?,
        both(&resumed(down(3, "name".into()), 1)?)?,
        both(&resumed(down(100, "n".into()), 1)?)?,
        both(&resumed(iterators(vec!["a".into(), "bc".into(), "def".into()]), 5)?)?,
        both(&resumed(loose(Loose::Many(vec![Loose::Number(1), Loose::Text("t".into())])), 1)?)?,
        both(&resumed(lent(&world, &mut Vec::new(), 7), 1)?)?,
    ])
}

/// Ways to read an input.
const AS_IT_IS: u8 = 0;
const SEALED: u8 = 1;
const JSON: u8 = 2;
/// From here on: as the values of a real snapshot.
const VALUES: u8 = 3;

/// What the fuzzer begins with.
///
/// # Errors
/// When a coroutine cannot be stored: then there is something to mend before anything is fuzzed.
pub fn seeds() -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut seeds = Vec::new();
    for (way, (bytes, json)) in (VALUES..).zip(snapshots()?) {
        let (_, values, _) = parts(&bytes).ok_or("a snapshot has no parts")?;
        seeds.push([&[way], values].concat());
        seeds.push([&[JSON], json.as_bytes()].concat());
        seeds.push([&[SEALED], &bytes[..]].concat());
        seeds.push([&[AS_IT_IS], &bytes[..]].concat());
    }
    Ok(seeds)
}

const HEADER: usize = 24;
const CHECKSUM: usize = 4;

/// The header, the values, and what stands between them and the checksum.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let length = u64::from_le_bytes(*header.last_chunk()?);
    let (values, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((header, values, rest.get(..rest.len().checked_sub(CHECKSUM)?)?))
}

/// With the checksum that it should have.
fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let body = bytes.get(..bytes.len().checked_sub(CHECKSUM)?)?;
    Some([body, &crc32fast::hash(body).to_le_bytes()].concat())
}

/// A real snapshot with other values.
fn with_values(bytes: &[u8], values: &[u8]) -> Option<Vec<u8>> {
    let (header, _, rest) = parts(bytes)?;
    sealed(&[&header[..HEADER - 8], &(values.len() as u64).to_le_bytes(), values, rest, &[0; CHECKSUM]].concat())
}

// ---- reading ----------------------------------------------------------------------------------------------

/// Reads an input, in the way that it asks for.
///
/// # Panics
/// When what was read cannot be stored and read again.
pub fn read(input: &[u8]) {
    static REAL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let Some((way, bytes)) = input.split_first() else { return };
    match *way {
        AS_IT_IS => read_bytes(bytes),
        SEALED => _ = sealed(bytes).map(|bytes| read_bytes(&bytes)),
        JSON => _ = std::str::from_utf8(bytes).map(read_json),
        way => {
            let real = REAL.get_or_init(|| snapshots().map(|all| all.into_iter().map(|(bytes, _)| bytes).collect()).unwrap_or_default());
            let of = real.get(usize::from(way - VALUES));
            _ = of.and_then(|of| with_values(of, bytes)).map(|bytes| read_bytes(&bytes));
        }
    }
}

fn read_bytes(bytes: &[u8]) {
    let _ = inspect(bytes);
    read_as(|| restore(mixed, bytes), |bytes| restore(mixed, bytes).map(drop));
    read_as(|| restore(down, bytes), |bytes| restore(down, bytes).map(drop));
    read_as(|| restore(iterators, bytes), |bytes| restore(iterators, bytes).map(drop));
    read_as(|| restore(loose, bytes), |bytes| restore(loose, bytes).map(drop));
    let world = World { rates: [1, 2, 3, 4] };
    let (mut log, mut logged) = (Vec::new(), Vec::new());
    read_as(|| restore_with(lent, (&world, &mut log), bytes), |bytes| restore_with(lent, (&world, &mut logged), bytes).map(drop));
}

fn read_json(text: &str) {
    read_as(|| restore_json(mixed, text), |bytes| restore(mixed, bytes).map(drop));
    read_as(|| restore_json(down, text), |bytes| restore(down, bytes).map(drop));
    read_as(|| restore_json(iterators, text), |bytes| restore(iterators, bytes).map(drop));
    read_as(|| restore_json(loose, text), |bytes| restore(loose, bytes).map(drop));
    let world = World { rates: [1, 2, 3, 4] };
    let (mut log, mut logged) = (Vec::new(), Vec::new());
    read_as(|| restore_json_with(lent, (&world, &mut log), text), |bytes| restore_with(lent, (&world, &mut logged), bytes).map(drop));
}

/// How often a coroutine that was read is resumed.
const RESUMES: usize = 4;

/// Reads a coroutine, and does with it what can be done with any.
fn read_as<'a, M: Frame<Port = Yields<u64, u64>>>(
    read: impl FnOnce() -> Result<Coroutine<'a, M>, RestoreError>,
    again: impl FnOnce(&[u8]) -> Result<(), RestoreError>,
) {
    let Ok(mut coroutine) = read() else { return };
    match coroutine.snapshot() {
        Ok(bytes) => again(&bytes).unwrap_or_else(|error| panic!("what was read was stored, and cannot be read again: {error}")),
        Err(error) => panic!("what was read cannot be stored: {error}"),
    }
    let _ = format!("{coroutine:?}");
    let _ = coroutine.snapshot_json();
    for n in 0..RESUMES {
        // (Frames below may not fit: they are read when they are resumed.)
        match coroutine.resume(n as u64) {
            Ok(Resumed::Yielded(_)) => _ = coroutine.snapshot(),
            Ok(Resumed::Complete(_)) | Err(_) => break,
        }
    }
}
