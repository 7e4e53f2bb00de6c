//! Kinds of frames: a function in one of its states, and which variables of which types that state keeps.
use super::error::SnapshotError;
use super::out::Out;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// What is known of a function without its variables.
#[derive(Debug)]
pub struct Info {
    /// Its path: `crate::module::function`.
    pub name: &'static str,
    /// Its source file.
    pub file: &'static str,
    /// The states that can be stored; the index is the state's number.
    pub states: &'static [State],
    /// The names of the variables.
    pub slots: &'static [&'static str],
}

/// A state that can be stored.
#[derive(Debug)]
pub struct State {
    /// What it waits for.
    pub label: &'static str,
    /// Where.
    pub line: u32,
    /// The variables that are alive, as indexes of `slots`.
    pub live: &'static [usize],
    /// The variables that are in scope and not used again.
    pub held: &'static [usize],
}

impl State {
    /// The slot of the variable that is written as the `n`th.
    pub(crate) fn slot(&self, n: usize) -> Option<usize> {
        self.live.get(n).or_else(|| self.held.get(n - self.live.len().min(n))).copied()
    }
}

/// A kind of frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) function: String,
    pub(crate) label: String,
    pub(crate) shape: u64,
}

impl Kind {
    pub(crate) fn leaf<T>(function: &str, label: &str) -> Self {
        let mut shape = Fnv::new();
        shape.write(std::any::type_name::<T>());
        Kind { function: function.into(), label: label.into(), shape: shape.0 }
    }
}

/// FNV-1a, 64 bits.
#[derive(Clone, Copy)]
pub(crate) struct Fnv(pub(crate) u64);
impl Fnv {
    pub(crate) const fn new() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
    pub(crate) fn write(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The kind of a frame, computed once a thread.
pub(crate) fn kind<'s>(
    info: &'static Info,
    key: usize,
    state: usize,
    shape: &dyn Fn(&mut Out<'s>) -> Result<(), SnapshotError>,
) -> Result<Arc<Kind>, SnapshotError> {
    thread_local! {
        static KINDS: RefCell<HashMap<(usize, usize, usize), Arc<Kind>>> = RefCell::new(HashMap::new());
    }
    let key = (key, std::ptr::from_ref(info) as usize, state);
    if let Some(kind) = KINDS.with_borrow(|kinds| kinds.get(&key).cloned()) {
        return Ok(kind);
    }
    let mut out = Out::shape(info, state);
    shape(&mut out)?;
    let kind = Arc::new(Kind { function: info.name.into(), label: info.states[state].label.into(), shape: out.shape_hash() });
    KINDS.with_borrow_mut(|kinds| kinds.insert(key, kind.clone()));
    Ok(kind)
}
