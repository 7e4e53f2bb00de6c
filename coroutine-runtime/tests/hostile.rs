//! Bytes that are cut, changed, made up or another's are errors: never a panic, a hang, an overflow or memory without bound.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation)]
use coroutine_runtime::prelude::*;
use coroutine_runtime::{RestoreError, inspect, restore_json, snapshot_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize, Clone, Debug)]
enum Tree {
    Leaf(u8),
    Node(Box<Tree>, Box<Tree>),
}

/// A bit of everything.
#[durable(yield = u64, resume = u64)]
async fn mixed(count: u64, name: String) -> String {
    let tree = Tree::Node(Box::new(Tree::Leaf(1)), Box::new(Tree::Leaf(2)));
    let table = BTreeMap::from([(1u8, vec![Some(name.clone()), None]), (2, Vec::new())]);
    let bytes = vec![7u8; 9];
    let array = [count as u16; 40];
    let nothing = vec![(); 3];
    let literal = "a literal";
    let mut sum = 0.5;
    for n in 0..count {
        sum += below(n).await as f64;
    }
    format!("{name}{tree:?}{table:?}{bytes:?}{array:?}{nothing:?}{literal}{sum}")
}

#[durable(yield = u64, resume = u64)]
async fn below(n: u64) -> u64 {
    let ratio = (n, -3i32, 'x', 2.5f32);
    let got = yield_(n).await;
    got + ratio.0
}

fn sample() -> Vec<u8> {
    let mut coroutine = mixed(3, "name".into()).start();
    for input in 0..2 {
        assert!(matches!(coroutine.resume(input).unwrap(), Resumed::Yielded(_)));
    }
    coroutine.snapshot().unwrap()
}

/// The bytes with the checksum that they should have.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let body = bytes.len() - 4;
    let checksum = crc32fast::hash(&bytes[..body]);
    bytes[body..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The bytes with other values, everything else as it was.
fn with_values(bytes: &[u8], values: &[u8]) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[16..24].try_into().unwrap()) as usize;
    let mut changed = bytes[..16].to_vec();
    changed.extend_from_slice(&(values.len() as u64).to_le_bytes());
    changed.extend_from_slice(values);
    changed.extend_from_slice(&bytes[24 + length..]);
    sealed(changed)
}

fn values(bytes: &[u8]) -> &[u8] {
    let length = u64::from_le_bytes(bytes[16..24].try_into().unwrap()) as usize;
    &bytes[24..24 + length]
}

/// Reads the bytes in every way there is.
fn read(bytes: &[u8]) -> Result<(), RestoreError> {
    let _ = inspect(bytes);
    let coroutine = restore(mixed, bytes)?;
    // What was accepted can be stored again, looked at and dropped.
    let again = coroutine.snapshot().unwrap();
    assert!(restore(mixed, &again).is_ok());
    let _ = format!("{coroutine:?}");
    Ok(())
}

/// A seeded source of numbers.
struct Random(u64);
impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

#[test]
fn the_sample_itself() {
    let bytes = sample();
    read(&bytes).unwrap();
    let mut coroutine = restore(mixed, &bytes).unwrap();
    assert_eq!(coroutine.resume(5).unwrap(), Resumed::Yielded(2));
    assert!(matches!(coroutine.resume(5).unwrap(), Resumed::Complete(_)));
}

#[test]
fn cut_at_every_length() {
    let bytes = sample();
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        if end >= 28 {
            // The same with a checksum that is right.
            assert!(read(&sealed(bytes[..end].to_vec())).is_err(), "cut at {end} and sealed");
        }
    }
    for end in 0..values(&bytes).len() {
        assert!(read(&with_values(&bytes, &values(&bytes)[..end])).is_err(), "values cut at {end}");
    }
}

#[test]
fn each_bit_flipped() {
    let bytes = sample();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(read(&changed).is_err(), "bit {bit} of byte {at}");
            // With a checksum that is right it may be another coroutine, but nothing worse.
            let _ = read(&sealed(changed));
        }
    }
}

#[test]
fn each_byte_replaced_and_sealed() {
    let bytes = sample();
    for at in 0..bytes.len() - 4 {
        for byte in [0, 1, 0x7f, 0x80, 250, 251, 252, 253, 254, 255] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            let _ = read(&sealed(changed));
        }
    }
}

#[test]
fn trailing_bytes() {
    let bytes = sample();
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(read(&longer).is_err());
    assert!(read(&sealed(longer)).is_err());
    let mut more = values(&bytes).to_vec();
    more.push(0);
    let error = read(&with_values(&bytes, &more)).unwrap_err().to_string();
    assert!(error.contains("1 bytes of values are left over"), "{error}");
}

#[test]
fn random_bytes() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let bytes = sample();
    for _ in 0..20_000 {
        let mut changed: Vec<u8> = (0..random.below(200)).map(|_| random.below(256) as u8).collect();
        assert!(read(&changed).is_err());
        // Behind a good envelope.
        let _ = read(&with_values(&bytes, &changed));
        // Behind a good magic.
        if changed.len() > 28 {
            changed[..8].copy_from_slice(&bytes[..8]);
            let _ = read(&sealed(changed));
        }
        // The good bytes with some spliced.
        let mut spliced = bytes.clone();
        let (from, to, length) = (random.below(spliced.len()), random.below(spliced.len()), random.below(9));
        let length = length.min(spliced.len() - from.max(to));
        spliced[to..to + length].copy_from_slice(&bytes[from..from + length]);
        let _ = read(&sealed(spliced));
    }
}

#[test]
fn lengths_of_four_gigabytes_and_more() {
    let bytes = sample();
    let good = values(&bytes);
    for claim in [&[252, 255, 255, 255, 255][..], &[253, 0, 0, 0, 0, 1, 0, 0, 0], &[253, 255, 255, 255, 255, 255, 255, 255, 255]] {
        for at in 0..good.len() {
            let claimed = [&good[..at], claim, &good[at + 1..]].concat();
            // (Where a number of 64 bits stands, the claim is one.)
            let _ = read(&with_values(&bytes, &claimed));
        }
    }
    // The length of the values themselves, and the number of frames.
    for (at, width) in [(16, 8), (12, 4), (8, 2)] {
        let mut claimed = bytes.clone();
        claimed[at..at + width].fill(255);
        assert!(read(&sealed(claimed)).is_err());
    }
}

/// A coroutine that keeps a tree, for values that nest.
#[durable(yield = u64, resume = u64)]
async fn keeps(tree: Tree) -> u64 {
    yield_(0).await;
    match tree {
        Tree::Leaf(n) => u64::from(n),
        Tree::Node(..) => 0,
    }
}

#[test]
fn values_that_nest_without_end() {
    let mut coroutine = keeps(Tree::Leaf(1)).start();
    coroutine.resume(0).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let deep = with_values(&bytes, &vec![1; 100_000]);
    // On a small stack, whatever the test's own is.
    let error = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || restore(keeps, &deep).map(drop).unwrap_err())
        .unwrap()
        .join()
        .unwrap();
    assert!(error.to_string().contains("nests deeper"), "{error}");
}

#[test]
fn a_value_that_nests_too_deep_is_refused_when_it_is_stored() {
    let deep = (0..400).fold(Tree::Leaf(0), |tree, _| Tree::Node(Box::new(Tree::Leaf(0)), Box::new(tree)));
    let mut coroutine = keeps(deep).start();
    coroutine.resume(0).unwrap();
    let error = coroutine.snapshot().unwrap_err().to_string();
    assert!(error.contains("`tree`") && error.contains("nests deeper"), "{error}");
}

#[durable(yield = u64, resume = u64)]
async fn down(depth: u64) -> u64 {
    if depth == 0 {
        return yield_(0).await;
    }
    let below = Box::pin(down(depth - 1)).await;
    below + 1
}

/// A snapshot of `down` with so many frames.
fn stack_of(frames: u32) -> Vec<u8> {
    let mut coroutine = down(2).start();
    coroutine.resume(0).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let inspection = inspect(&bytes).unwrap();
    assert_eq!(inspection.frames.iter().map(|frame| frame.state.as_str()).collect::<Vec<_>>().len(), 4);
    // The frames are an outer, a middle one, an inner one and its yield; the middle one is repeated.
    let body = bytes.len() - 4;
    let indexes = &bytes[body - 8..body];
    let mut longer = bytes[..body - 8].to_vec();
    longer[12..16].copy_from_slice(&frames.to_le_bytes());
    longer.extend_from_slice(&indexes[..2]);
    for _ in 3..frames {
        longer.extend_from_slice(&indexes[2..4]);
    }
    longer.extend_from_slice(&indexes[4..]);
    longer.extend_from_slice(&[0; 4]);
    sealed(longer)
}

#[test]
fn frames_that_nest_without_end() {
    let error = restore(down, &stack_of(100_000)).map(drop).unwrap_err().to_string();
    assert!(error.contains("too many"), "{error}");
    // As many as there may be, on a stack that has no room for them.
    let on_a_small_stack = || {
        let mut coroutine = restore(down, &stack_of(16_000)).unwrap();
        assert_eq!(coroutine.resume(0), Ok(Resumed::Complete(15_998)));
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(on_a_small_stack).unwrap().join().unwrap();
}

#[test]
fn few_kinds_with_many_names_and_many_frames_of_them() {
    // One kind of 60,000 bytes, and 16,000 frames of it: told by name, they would take a gigabyte.
    let mut kind = Vec::new();
    for text in [&"f".repeat(30_000), &"s".repeat(30_000)] {
        kind.extend_from_slice(&(text.len() as u16).to_le_bytes());
        kind.extend_from_slice(text.as_bytes());
    }
    kind.extend_from_slice(&[0, 0]);
    let frames = 16_000u32;
    for codec in [1, 2] {
        let mut bytes = sample()[..6].to_vec();
        bytes.extend_from_slice(&[codec, 0, 1, 0, 0, 0]);
        bytes.extend_from_slice(&frames.to_le_bytes());
        bytes.extend_from_slice(&0u64.to_le_bytes());
        bytes.extend_from_slice(&kind);
        bytes.extend(std::iter::repeat_n(0, 2 * frames as usize + 4));
        let bytes = sealed(bytes);
        assert!(restore(mixed, &bytes).is_err());
        let error = inspect(&bytes).unwrap_err().to_string();
        assert!(error.contains("names of more than"), "{error}");
    }
}

#[test]
fn names_that_are_no_text() {
    let bytes = sample();
    for name in [&b"mixed"[..], b"table"] {
        let at = bytes.windows(name.len()).rposition(|part| part == name).unwrap();
        let mut changed = bytes.clone();
        changed[at] = 0xff;
        let changed = sealed(changed);
        assert!(restore(mixed, &changed).is_err());
        let error = inspect(&changed).unwrap_err().to_string();
        assert!(error.contains("names that are no text"), "{error}");
    }
}

mod others {
    use coroutine_runtime::prelude::*;
    #[durable(yield = u64, resume = u64, name = "order")]
    pub(super) async fn before(id: u64, note: String) -> String {
        let total = id * 2;
        yield_(total).await;
        format!("{note}{total}")
    }
    #[durable(yield = u64, resume = u64, name = "order")]
    pub(super) async fn after(id: u32, note: String) -> String {
        let total = id * 2;
        let extra = 1u8;
        yield_(u64::from(total)).await;
        format!("{note}{total}{extra}")
    }
    #[durable(yield = u64, resume = u64, name = "order")]
    pub(super) async fn elsewhere(id: u64, note: String) -> String {
        std::future::ready(()).await;
        format!("{note}{id}")
    }
}

#[test]
fn another_coroutine_or_another_shape() {
    let mut coroutine = others::before(4, "n".into()).start();
    coroutine.resume(0).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    let error = restore(mixed, &bytes).map(drop).unwrap_err().to_string();
    assert!(error.contains("is of `order`") && error.contains("mixed`"), "{error}");
    let error = restore(others::after, &bytes).map(drop).unwrap_err().to_string();
    assert!(
        error.contains("`total` was stored as another type; here it is `u32`") && error.contains("`extra` (u8) was not stored"),
        "{error}"
    );
    let error = restore(others::elsewhere, &bytes).map(drop).unwrap_err().to_string();
    assert!(error.contains("here has only `"), "{error}");
    // A yield that is resumed with another type.
    let mut coroutine = yield_::<u8, u8>(1).start();
    coroutine.resume(0).unwrap();
    assert!(restore(yield_::<u8, String>, &coroutine.snapshot().unwrap()).is_err());
}

#[test]
fn hostile_json() {
    let mut coroutine = mixed(3, "name".into()).start();
    coroutine.resume(0).unwrap();
    let text = snapshot_json(&coroutine).unwrap();
    assert!(restore_json(mixed, &text).is_ok());
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(restore_json(mixed, &text[..end]).is_err(), "cut at {end}");
    }
    let mut random = Random(7);
    for _ in 0..5_000 {
        let mut changed = text.clone().into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(changed.len());
            changed[at] = b"{}[]\",:0919-a\\. \n"[random.below(17)];
        }
        if let Ok(changed) = String::from_utf8(changed) {
            let _ = restore_json(mixed, &changed);
        }
    }
    assert!(restore_json(mixed, &"[".repeat(100_000)).is_err());
    assert!(restore_json(mixed, &format!("{{\"durable_coroutine\":1,\"frames\":{}", "[".repeat(100_000))).is_err());
}

#[test]
fn a_step_ahead_is_a_place_to_be_stored() {
    #[durable]
    async fn stepping(n: u64) -> u64 {
        let a = std::future::ready(n).await;
        let b = std::future::ready(a + 1).await;
        a + b
    }
    let mut stored = Vec::new();
    let result = stepping(5).start().run_with(|coroutine| {
        stored.push(coroutine.snapshot().unwrap());
        Ok::<(), coroutine_runtime::ResumeError>(())
    });
    assert_eq!(result, Ok(11));
    assert_eq!(stored.len(), 2);
    for bytes in stored {
        assert_eq!(restore(stepping, &bytes).unwrap().run(), Ok(11));
    }
}

/// Coroutines in variables of coroutines, of functions that any bytes may name: so deep that reading them one in the other would have no
/// stack left.
#[test]
fn coroutines_within_coroutines_are_bounded() {
    use coroutine_runtime::{Environment, Erased, erase};
    #[durable]
    async fn holds(held: Vec<Erased<()>>) {
        for one in held {
            one.await;
        }
    }
    let mut environment = Environment::default();
    environment.register(holds);
    let around = holds(vec![erase(holds(vec![]))]).start().snapshot().unwrap();
    let mut bytes = holds(vec![]).start().snapshot().unwrap();
    for _ in 0..2_000 {
        let mut values = vec![1, 253];
        values.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        values.extend_from_slice(&bytes);
        bytes = with_values(&around, &values);
    }
    let error = environment.scope(|| restore(holds, &bytes)).unwrap_err().to_string();
    assert!(error.contains("more than 32 deep"), "{error}");
}
