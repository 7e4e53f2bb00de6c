//! Reading: the frames of a stack, from the root on. In: a snapshot's bytes or its JSON; out: frames, the erased ones still frozen.
use super::codec;
use super::envelope::{Codec, Layout};
use super::error::{RestoreError, SnapshotError};
use super::faithful;
use super::json::{self, JsonFrame};
use super::kind::{Info, Kind, Record, kind, leaf};
use super::out::Out;
use crate::frame::Frame;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// Where frames are read from.
pub struct In<'b> {
    stack: Stack<'b>,
    /// The same, shared, once frames that stay frozen want it.
    kept: Option<Arc<Kept>>,
    /// The frame that is read next.
    frame: usize,
    /// The byte of the values that is read next.
    at: usize,
    /// How many elements that take no bytes may still come.
    weightless: u32,
    info: &'static Info,
    state: usize,
    variable: usize,
}

#[derive(Clone, Copy)]
enum Stack<'b> {
    Binary { bytes: &'b [u8], layout: &'b Layout },
    Json(&'b [JsonFrame]),
}

enum Kept {
    Binary { bytes: Box<[u8]>, layout: Layout },
    Json(Vec<JsonFrame>),
}

/// Frames that are not decoded yet: their types are known where they are resumed. They share the snapshot's bytes.
pub(crate) struct Frozen {
    kept: Arc<Kept>,
    frame: usize,
    at: usize,
}

/// Reads a stack whose root is a frame of type `M` from a snapshot's bytes.
pub(crate) fn from_bytes<M: Frame>(bytes: &[u8]) -> Result<M, RestoreError> {
    let layout = Layout::of(bytes)?;
    match layout.codec {
        Codec::Binary => root(In::new(Stack::Binary { bytes, layout: &layout }, None, 0, layout.values.start)),
        Codec::Json => root(In::new(Stack::Json(&json::of_layout(bytes, &layout)?), None, 0, 0)),
    }
}

/// Reads a stack from a snapshot's JSON.
pub(crate) fn from_json<M: Frame>(text: &str) -> Result<M, RestoreError> {
    root(In::new(Stack::Json(&json::from_text(text)?), None, 0, 0))
}

fn root<M: Frame>(mut input: In<'_>) -> Result<M, RestoreError> {
    let frame = M::load(&mut input)?;
    input.finish()?;
    Ok(frame)
}

impl Frozen {
    /// Decodes the first frame, and those that it awaits as a part of it.
    pub(crate) fn thaw<M: Frame>(&self) -> Result<M, RestoreError> {
        root(In::new(self.kept.stack(), Some(self.kept.clone()), self.frame, self.at))
    }

    /// The records of the frames and all their values, if they are binary.
    pub(super) fn binary(&self) -> Option<(impl Iterator<Item = &[u8]>, &[u8])> {
        match &*self.kept {
            Kept::Binary { bytes, layout } => {
                let records = (self.frame..layout.frames()).filter_map(|frame| layout.kind(bytes, frame));
                Some((records, bytes.get(self.at..layout.values.end)?))
            }
            Kept::Json(_) => None,
        }
    }

    /// The frames, if they are JSON.
    pub(super) fn json(&self) -> Option<&[JsonFrame]> {
        match &*self.kept {
            Kept::Binary { .. } => None,
            Kept::Json(frames) => frames.get(self.frame..),
        }
    }

    /// What can be told of the frames without their types.
    pub(super) fn names(&self) -> Vec<JsonFrame> {
        match &*self.kept {
            Kept::Binary { bytes, layout } => json::names(bytes, layout, self.frame).unwrap_or_default(),
            Kept::Json(frames) => frames.get(self.frame..).unwrap_or_default().to_vec(),
        }
    }
}

impl Kept {
    fn stack(&self) -> Stack<'_> {
        match self {
            Kept::Binary { bytes, layout } => Stack::Binary { bytes, layout },
            Kept::Json(frames) => Stack::Json(frames),
        }
    }
}

impl<'b> In<'b> {
    fn new(stack: Stack<'b>, kept: Option<Arc<Kept>>, frame: usize, at: usize) -> Self {
        In { stack, kept, frame, at, weightless: codec::WEIGHTLESS_MAX, info: Info::NONE, state: 0, variable: 0 }
    }

    fn frames(&self) -> usize {
        match self.stack {
            Stack::Binary { layout, .. } => layout.frames(),
            Stack::Json(frames) => frames.len(),
        }
    }

    /// Nothing may be left over.
    fn finish(&self) -> Result<(), RestoreError> {
        if self.frame != self.frames() {
            let what = format!("it holds {} frames, and the coroutine has {}", self.frames(), self.frame);
            return Err(RestoreError::stack(what));
        }
        match self.stack {
            Stack::Binary { layout, .. } if layout.values.end != self.at => {
                Err(RestoreError::damaged(self.at, format!("{} bytes of values are left over", layout.values.end - self.at)))
            }
            Stack::Binary { .. } | Stack::Json(_) => Ok(()),
        }
    }

    // ---- what emitted code calls ----

    /// The state that is read, as an index of `Info::states`.
    #[inline]
    pub fn state(&mut self, _: &'static Info) -> Result<usize, RestoreError> {
        Ok(self.state)
    }

    // ---- what frames call ----

    /// Begins to read the frame of a function, which must be of a kind that this program has.
    pub(crate) fn frame<'s>(
        &mut self,
        info: &'static Info,
        key: usize,
        save: &dyn Fn(&mut Out<'s>) -> Result<(), SnapshotError>,
    ) -> Result<(), RestoreError> {
        let index = self.next_frame()?;
        match self.stack {
            Stack::Binary { bytes, layout } => {
                let record = layout.kind(bytes, index).unwrap_or_default();
                let Some((found, _)) = Record::parse(record) else { return Err(RestoreError::stack("a frame is of no kind")) };
                self.state = find(info, found.function, found.label)?;
                let own = kind(info, key, self.state, save).map_err(|error| RestoreError::stack(error.to_string()))?;
                check(own, record, found)?;
            }
            Stack::Json(frames) => {
                let found = frames.get(index).ok_or_else(ends)?;
                self.state = find(info, &found.function, &found.state)?;
            }
        }
        (self.info, self.variable) = (info, 0);
        Ok(())
    }

    /// Reads a frame that has nothing but its types.
    pub(crate) fn leaf<T>(&mut self, function: &'static str, label: &'static str) -> Result<(), RestoreError> {
        let index = self.next_frame()?;
        let own = leaf::<T>(function, label).map_err(|error| RestoreError::stack(error.to_string()))?;
        match self.stack {
            Stack::Binary { bytes, layout } => {
                let record = layout.kind(bytes, index).unwrap_or_default();
                let Some((found, _)) = Record::parse(record) else { return Err(RestoreError::stack("a frame is of no kind")) };
                check(own, record, found)
            }
            Stack::Json(frames) => match frames.get(index).ok_or_else(ends)? {
                found if found.function == function => Ok(()),
                found => Err(RestoreError::function(&found.function, function)),
            },
        }
    }

    fn next_frame(&mut self) -> Result<usize, RestoreError> {
        if self.frame >= self.frames() {
            return Err(ends());
        }
        self.frame += 1;
        Ok(self.frame - 1)
    }

    /// Everything that is left, undecoded.
    pub(crate) fn rest(&mut self) -> Result<Frozen, RestoreError> {
        let frame = self.next_frame()?;
        let stack = self.stack;
        let kept = self.kept.get_or_insert_with(|| {
            Arc::new(match stack {
                Stack::Binary { bytes, layout } => Kept::Binary { bytes: bytes.into(), layout: layout.clone() },
                Stack::Json(frames) => Kept::Json(frames.to_vec()),
            })
        });
        let frozen = Frozen { kept: kept.clone(), frame, at: self.at };
        self.frame = self.frames();
        if let Stack::Binary { layout, .. } = self.stack {
            self.at = layout.values.end;
        }
        Ok(frozen)
    }

    // ---- what keepers call ----

    /// The variable has no place in the frame.
    #[inline(always)]
    pub(crate) fn skips(&mut self) {
        self.variable += 1;
    }

    /// Reads a variable's form.
    #[inline]
    pub(crate) fn value<F: DeserializeOwned>(&mut self) -> Result<F, RestoreError> {
        self.variable += 1;
        match self.stack {
            Stack::Binary { bytes, layout } => {
                // (No values lie behind these: they end where the values do.)
                let bytes = bytes.get(..layout.values.end).unwrap_or_default();
                match codec::read(bytes, self.at, &mut self.weightless) {
                    Ok((value, at)) => {
                        self.at = at;
                        Ok(value)
                    }
                    Err((fault, at)) => Err(self.wrong(&format!("{fault}, at byte {at} of the snapshot"))),
                }
            }
            Stack::Json(frames) => {
                let frame = self.frame.checked_sub(1).and_then(|index| frames.get(index));
                match frame.and_then(|frame| frame.variables.get(self.name())) {
                    Some(Value::Object(binary)) if binary.len() == 1 && binary.contains_key(faithful::BINARY) => {
                        let text = binary.get(faithful::BINARY).and_then(Value::as_str).unwrap_or_default();
                        let bytes =
                            faithful::from_hex(text).ok_or_else(|| self.wrong("its binary form is no text of hexadecimal digits"))?;
                        match codec::read(&bytes, 0, &mut self.weightless) {
                            Ok((value, end)) if end == bytes.len() => Ok(value),
                            Ok(_) => Err(self.wrong("its binary form goes on after its end")),
                            Err((fault, _)) => Err(self.wrong(&fault.to_string())),
                        }
                    }
                    Some(value) => F::deserialize(value).map_err(|error| self.wrong(&error.to_string())),
                    None => Err(self.wrong("the snapshot does not have it")),
                }
            }
        }
    }

    /// The name of the variable that was just read.
    fn name(&self) -> &'static str {
        self.variable.checked_sub(1).map_or("", |n| self.info.variable(self.state, n))
    }

    /// The variable that was just read makes no sense.
    #[cold]
    pub(crate) fn wrong(&self, what: &str) -> RestoreError {
        let label = self.info.states.get(self.state).map_or("", |state| state.label);
        RestoreError::variable(self.info.name, label, self.name(), what)
    }
}

fn ends() -> RestoreError {
    RestoreError::stack("it ends before the frame that is awaited")
}

fn find(info: &'static Info, function: &str, label: &str) -> Result<usize, RestoreError> {
    if function != info.name {
        return Err(RestoreError::function(function, info.name));
    }
    let state = info.states.iter().position(|state| state.label == label);
    state.ok_or_else(|| RestoreError::state(function, label, info.states.iter().map(|state| state.label)))
}

fn check(own: &Kind, record: &[u8], found: Record<'_>) -> Result<(), RestoreError> {
    if own.record == record { Ok(()) } else { own.compare(found) }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(in crate::snapshot) fn bytes<T>(bytes: &[u8], load: impl FnOnce(In<'_>) -> T) -> T {
        let layout = Layout::of(bytes).unwrap();
        assert_eq!(layout.codec, Codec::Binary);
        load(In::new(Stack::Binary { bytes, layout: &layout }, None, 0, layout.values.start))
    }

    pub(in crate::snapshot) fn text<T>(text: &str, load: impl FnOnce(In<'_>) -> T) -> T {
        load(In::new(Stack::Json(&json::from_text(text).unwrap()), None, 0, 0))
    }
}
