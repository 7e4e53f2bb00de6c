//! Snapshots and restores, beside a struct of the same variables that somebody wrote by hand, with serde and bincode.
use crate::measure::{compare, sizes};
use coroutine_runtime::inspect;
use coroutine_runtime::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hint::black_box;

// ---- the functions, and their variables as structs ------------------------------------------------------

#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Line {
    item: String,
    pieces: u32,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) enum Status {
    Open,
    Paid { at: u64 },
}

#[durable(yield = u64, resume = ())]
async fn small(a: u64, b: u32, d: f64) -> f64 {
    let c = d > 1.0;
    yield_(a).await;
    if c { d } else { a as f64 + f64::from(b) }
}

#[derive(Serialize, Deserialize)]
struct Small {
    a: u64,
    b: u32,
    d: f64,
    c: bool,
}

#[durable(yield = u64, resume = ())]
async fn mixed(id: u64, customer: String, lines: Vec<Line>) -> String {
    let mut total = 0.0;
    let note = Some(format!("for {customer}"));
    let window = (3u32, 700_000u32);
    let digest = [7u8; 32];
    let mut stock = BTreeMap::new();
    for (n, line) in lines.iter().enumerate() {
        stock.insert(line.item.clone(), n as u64 * 1000);
        total += f64::from(line.pieces);
    }
    let rates: Vec<u64> = (0..16).map(|n| n * n * 1000).collect();
    let status = Status::Paid { at: 1_700_000_000 };
    let mut tries = 1u32;
    yield_(id).await;
    tries += 1;
    let paid = matches!(status, Status::Paid { at } if at > 5);
    format!("{id} {customer} {} {total} {note:?} {window:?} {digest:?} {stock:?} {rates:?} {paid} {tries}", lines.len())
}

#[derive(Serialize, Deserialize)]
struct Mixed {
    id: u64,
    customer: String,
    lines: Vec<Line>,
    total: f64,
    note: Option<String>,
    window: (u32, u32),
    digest: [u8; 32],
    stock: BTreeMap<String, u64>,
    rates: Vec<u64>,
    status: Status,
    tries: u32,
}

#[durable(yield = u64, resume = ())]
async fn numbers(numbers: Vec<u64>) -> u64 {
    yield_(0).await;
    numbers.iter().sum()
}

#[derive(Serialize, Deserialize)]
struct Numbers {
    numbers: Vec<u64>,
}

#[durable(yield = u64, resume = ())]
async fn text(text: String) -> usize {
    yield_(0).await;
    text.len()
}

#[derive(Serialize, Deserialize)]
struct Text {
    text: String,
}

#[durable(yield = u64, resume = ())]
async fn array(seed: u64) -> u64 {
    let mut array = [seed; 1024];
    for (n, item) in array.iter_mut().enumerate() {
        *item *= n as u64;
    }
    yield_(0).await;
    array.iter().sum()
}

/// As tuples, which is how one stores by hand what serde does not know.
#[derive(Serialize, Deserialize)]
struct Array {
    array: [[u64; 32]; 32],
}

#[durable(yield = u64, resume = ())]
async fn outer(id: u64, name: String) -> u64 {
    let own = id * 3;
    let below = middle(id + 1, name.clone()).await;
    below + own + name.len() as u64
}
#[durable(yield = u64, resume = ())]
async fn middle(id: u64, name: String) -> u64 {
    let own = id * 3;
    let below = inner(id + 1, name.clone()).await;
    below + own + name.len() as u64
}
#[durable(yield = u64, resume = ())]
async fn inner(id: u64, name: String) -> u64 {
    let own = id * 3;
    yield_(id).await;
    own + name.len() as u64
}

#[derive(Serialize, Deserialize)]
struct Level {
    name: String,
    own: u64,
}
#[derive(Serialize, Deserialize)]
struct Stack {
    outer: Level,
    middle: Level,
    inner: Level,
}

#[durable(yield = u64, resume = ())]
async fn down(depth: u64, name: String) -> u64 {
    let own = depth * 3;
    let below = if depth > 1 {
        Box::pin(down(depth - 1, name.clone())).await
    } else {
        yield_(0).await;
        0
    };
    below + own + name.len() as u64
}

#[derive(Serialize, Deserialize)]
struct Levels {
    levels: Vec<Level>,
}

// ---- the rows -------------------------------------------------------------------------------------------

fn encoded(value: &impl Serialize) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, bincode::config::standard()).unwrap_or_else(|error| panic!("{error}"))
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> T {
    match bincode::serde::decode_from_slice(bytes, bincode::config::standard()) {
        Ok((value, _)) => value,
        Err(error) => panic!("{error}"),
    }
}

/// The same, around what a reader must know: whose it is, in which state, of which shape, and that nobody damaged it. `what` is as many
/// bytes as a snapshot has for that, compared as a whole.
struct Envelope {
    what: Vec<u8>,
}

impl Envelope {
    /// As much as a snapshot has behind its values, but for the checksum.
    fn like(snapshot: &[u8]) -> Self {
        Envelope { what: snapshot[HEADER + payload(snapshot)..snapshot.len() - CHECKSUM].to_vec() }
    }

    fn sealed(&self, value: &impl Serialize) -> Vec<u8> {
        // (Room for all of it in most cases, as a snapshot has.)
        let mut bytes = Vec::with_capacity(HEADER + 2 * self.what.len() + CHECKSUM);
        bytes.extend_from_slice(&[0; HEADER]);
        bincode::serde::encode_into_std_write(value, &mut bytes, bincode::config::standard()).unwrap_or_else(|error| panic!("{error}"));
        let length = bytes.len() as u64;
        bytes[HEADER - 8..HEADER].copy_from_slice(&length.to_le_bytes());
        bytes.reserve_exact(self.what.len() + CHECKSUM);
        bytes.extend_from_slice(&self.what);
        let checksum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// In a box, as a frame must be to be resumed.
    fn opened<T: DeserializeOwned>(&self, bytes: &[u8]) -> Box<T> {
        let (body, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
        let length = body[HEADER - 8..HEADER].first_chunk().map_or(0, |length| u64::from_le_bytes(*length)) as usize;
        assert!(crc32fast::hash(body).to_le_bytes() == *checksum && body[length..] == *self.what, "damaged");
        Box::new(decoded(&body[HEADER..length]))
    }
}

/// The bytes of a snapshot before its values.
const HEADER: usize = 24;
/// The bytes of a snapshot's checksum.
const CHECKSUM: usize = 4;

/// A coroutine at its first yield.
fn yielded<M: Frame<Port = coroutine_runtime::Yields<u64, ()>>>(call: Call<'static, M::Lent, M>) -> Coroutine<'static, M> {
    let mut coroutine = call.start();
    match coroutine.resume(()) {
        Ok(Resumed::Yielded(_)) => coroutine,
        _ => panic!("it did not yield"),
    }
}

fn bytes_of<M: Frame>(coroutine: &Coroutine<'_, M>) -> Vec<u8> {
    snapshot(coroutine).unwrap_or_else(|error| panic!("{error}"))
}

macro_rules! rows {
    ($name:expr, $function:ident, $call:expr, $Struct:ty, $value:expr) => {{
        let coroutine = yielded($call);
        let value: $Struct = $value;
        let (bytes, by_hand) = (bytes_of(&coroutine), encoded(&value));
        let envelope = Envelope::like(&bytes);
        let sealed = envelope.sealed(&value);
        sizes(&format!("snapshot, bytes of values: {}", $name), payload(&bytes), &[("by hand", by_hand.len())]);
        sizes(&format!("snapshot, bytes with envelope: {}", $name), bytes.len(), &[("by hand", by_hand.len())]);
        compare(
            &format!("snapshot: {}", $name),
            Box::new(|times| (0..times).for_each(|_| _ = black_box(bytes_of(black_box(&coroutine))))),
            vec![
                ("by hand", Box::new(|times| (0..times).for_each(|_| _ = black_box(encoded(black_box(&value)))))),
                ("by hand, sealed", Box::new(|times| (0..times).for_each(|_| _ = black_box(envelope.sealed(black_box(&value)))))),
            ],
        );
        let (bytes, by_hand, sealed, envelope) = (&bytes, &by_hand, &sealed, &envelope);
        compare(
            &format!("restore: {}", $name),
            Box::new(move |times| {
                (0..times).for_each(|_| _ = black_box(restore($function, black_box(bytes)).unwrap_or_else(|error| panic!("{error}"))));
            }),
            vec![
                ("by hand", Box::new(move |times| (0..times).for_each(|_| _ = black_box(decoded::<$Struct>(black_box(by_hand)))))),
                (
                    "by hand, sealed",
                    Box::new(move |times| (0..times).for_each(|_| _ = black_box(envelope.opened::<$Struct>(black_box(sealed))))),
                ),
            ],
        );
    }};
}

/// What of a snapshot is values: without the envelope.
fn payload(bytes: &[u8]) -> usize {
    match inspect(bytes) {
        Ok(inspection) => inspection.values_bytes,
        Err(error) => panic!("{error}"),
    }
}

/// All of them.
pub(crate) fn rows() {
    rows!("4 scalars", small, small(1, 2, 4.0), Small, Small { a: 1, b: 2, d: 4.0, c: true });

    let lines: Vec<Line> =
        ["tea", "cup", "pot", "spoon"].iter().zip(1..).map(|(item, pieces)| Line { item: (*item).into(), pieces }).collect();
    let by_hand = Mixed {
        id: 12345,
        customer: "Ada Lovelace".into(),
        lines: lines.clone(),
        total: 10.0,
        note: Some("for Ada Lovelace".into()),
        window: (3, 700_000),
        digest: [7; 32],
        stock: lines.iter().zip(0..).map(|(line, n)| (line.item.clone(), n * 1000)).collect(),
        rates: (0..16).map(|n| n * n * 1000).collect(),
        status: Status::Paid { at: 1_700_000_000 },
        tries: 1,
    };
    rows!("11 variables of mixed types", mixed, mixed(12345, "Ada Lovelace".into(), lines.clone()), Mixed, by_hand);

    let many: Vec<u64> = (0..8192u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    rows!("a vector of 8192 numbers", numbers, numbers(many.clone()), Numbers, Numbers { numbers: many.clone() });
    let long = "durable ".repeat(8192);
    rows!("a text of 64 KiB", text, text(long.clone()), Text, Text { text: long.clone() });
    let mut numbers = [[3u64; 32]; 32];
    for (item, n) in numbers.iter_mut().flatten().zip(0..) {
        *item *= n;
    }
    rows!("an array of 8 KiB", array, array(3), Array, Array { array: numbers });

    let level = |n: u64| Level { name: "Ada".into(), own: n * 3 };
    rows!("3 functions deep", outer, outer(1, "Ada".into()), Stack, Stack { outer: level(1), middle: level(2), inner: level(3) });
    for depth in [10u64, 100, 1000, 10_000] {
        let levels = (1..=depth).rev().map(level).collect();
        rows!(format!("recursion {depth} deep"), down, down(depth, "Ada".into()), Levels, Levels { levels });
        // A deep frame is read when it is resumed: this is what restoring all of them costs, and what they do up to their end.
        let (bytes, by_hand) =
            (bytes_of(&yielded(down(depth, "Ada".into()))), encoded(&Levels { levels: (1..=depth).map(level).collect() }));
        let (bytes, by_hand) = (&bytes, &by_hand);
        compare(
            &format!("restore and run to the end: recursion {depth} deep"),
            Box::new(move |times| {
                (0..times).for_each(|_| match restore(down, black_box(bytes)).map(|mut it| it.resume(())) {
                    Ok(Ok(Resumed::Complete(sum))) => _ = black_box(sum),
                    _ => panic!("it did not end"),
                });
            }),
            vec![(
                "decoding by hand",
                Box::new(move |times| (0..times).for_each(|_| _ = black_box(decoded::<Levels>(black_box(by_hand))))),
            )],
        );
    }
}
