//! Snapshots as FORMAT.md has them, read by a reader that knows nothing else. (Golden ones are in `shapes`, which no compiler changes.)
#![allow(missing_docs, clippy::unwrap_used)]
use coroutine_runtime::prelude::*;
use coroutine_runtime::snapshot_json;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Kind {
    Plain,
    Sized(u16),
}

#[durable(name = "golden::order", yield = u64, resume = u64)]
async fn order(id: u32, name: String) -> String {
    let kinds = vec![Kind::Plain, Kind::Sized(500)];
    let total = pack(id, -1).await;
    format!("{name}{kinds:?}{total}")
}

#[durable(name = "golden::pack", yield = u64, resume = u64)]
async fn pack(id: u32, shift: i64) -> u64 {
    let weights = [1.5f32; 2];
    let got = yield_(u64::from(id)).await;
    got.wrapping_add_signed(shift) + weights[0] as u64
}

fn sample() -> Vec<u8> {
    let mut coroutine = order(7, "n".into()).start();
    coroutine.resume(0).unwrap();
    coroutine.snapshot().unwrap()
}

/// A reader that knows FORMAT.md and nothing else.
struct Bytes<'b>(&'b [u8]);
impl<'b> Bytes<'b> {
    fn take(&mut self, n: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(n);
        self.0 = rest;
        taken
    }
    fn number(&mut self, n: usize) -> u64 {
        self.take(n).iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
    fn text(&mut self) -> &'b str {
        let length = self.number(2) as usize;
        std::str::from_utf8(self.take(length)).unwrap()
    }
}

fn shape(signature: &str) -> u64 {
    signature.bytes().fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)).into()
}

#[test]
fn as_it_is_on_paper() {
    let bytes = sample();
    let mut read = Bytes(&bytes);
    assert_eq!(read.take(4), [0x8b, b'd', b'c', b's']);
    assert_eq!((read.number(2), read.number(1), read.number(1)), (1, 1, 0));
    let (kinds, zero, frames, values) = (read.number(2), read.number(2), read.number(4), read.number(8));
    assert_eq!((kinds, zero, frames), (3, 0, 3));
    let mut values = Bytes(read.take(values as usize));
    let mut found = Vec::new();
    for _ in 0..kinds {
        let (function, label, count) = (read.text(), read.text(), read.number(2));
        let variables: Vec<(&str, u64)> = (0..count).map(|_| (read.text(), read.number(4))).collect();
        found.push((function, label, variables));
    }
    assert_eq!((found[0].0, found[1].0, found[2].0), ("golden::order", "golden::pack", "yield_"));
    assert_eq!(found[0].2, [("name", shape("str")), ("kinds", shape("[Kind<Plain|Sized(u16)>]"))]);
    assert_eq!(found[1].2, [("shift", shape("i64")), ("weights", shape("(f32*2)"))]);
    assert_eq!(found[2].2, [("types", shape("(u64, u64)"))]);
    assert_eq!((read.number(2), read.number(2), read.number(2)), (0, 1, 2));
    // "n"; [Plain, Sized(500)]; -1; [1.5, 1.5]
    assert_eq!(values.take(2), [1, b'n']);
    assert_eq!(values.take(6), [2, 0, 1, 251, 0xf4, 0x01]);
    assert_eq!(values.take(1), [1]);
    assert_eq!(values.take(8), [0, 0, 0xc0, 0x3f, 0, 0, 0xc0, 0x3f]);
    assert!(values.0.is_empty());
    assert_eq!(read.number(4), u64::from(crc32fast::hash(&bytes[..bytes.len() - 4])));
    assert!(read.0.is_empty());
}

#[test]
fn as_text() {
    let mut coroutine = order(7, "n".into()).start();
    coroutine.resume(0).unwrap();
    let text: serde_json::Value = serde_json::from_str(&snapshot_json(&coroutine).unwrap()).unwrap();
    assert_eq!(text["durable_coroutine"], 1);
    assert_eq!(text["frames"][0]["variables"], serde_json::json!({ "name": "n", "kinds": ["Plain", { "Sized": 500 }] }));
    assert_eq!(text["frames"][1]["variables"]["shift"], -1);
    assert_eq!(text["frames"][2]["function"], "yield_");
}
