//! Reading: the frames of a stack, from the root on. In: a snapshot's bytes or its JSON; out: frames, the erased ones still frozen.
use super::codec;
use super::envelope::{Codec, Head, Layout};
use super::error::{RestoreError, SnapshotError};
use super::faithful;
use super::json::{self, BRANCHES, JsonFrame};
use super::kind::{Info, Key, Kind, Record, State, kind, leaf};
use super::out::Out;
use super::plan::{self, Plan};
use crate::environment::Environment;
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
    /// Where what is read ends: the stack, or a branch of it.
    end: End,
    /// How many elements that take no bytes may still come.
    weightless: u32,
    info: &'static Info,
    state: usize,
    variable: usize,
    /// What the frames are that were read, if that is worth remembering.
    seen: Option<Vec<plan::Frame>>,
    /// It is not the stack that it was taken for.
    mistaken: bool,
}

/// In binary, before each branch: the number of its frames and that of its bytes, as `u32`s.
pub(super) const BRANCH_HEADER: usize = 8;

/// An end: a frame, and a byte of the values.
#[derive(Clone, Copy)]
struct End {
    frame: usize,
    at: usize,
}

#[derive(Clone, Copy)]
enum Stack<'b> {
    Binary {
        bytes: &'b [u8],
        layout: &'b Layout,
    },
    /// One that ends as one that was restored before.
    Planned {
        bytes: &'b [u8],
        plan: &'b Plan,
    },
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
    end: End,
    /// What was in scope where they were restored, and is again where they are decoded.
    environment: Option<Environment>,
}

/// Reads a stack whose root is a frame of type `M` from a snapshot's bytes.
pub(crate) fn from_bytes<M: Frame>(bytes: &[u8]) -> Result<M, RestoreError> {
    let head = Head::of(bytes)?;
    if head.codec == Codec::Binary
        && let Some(plan) = plan::restored(head.kinds_count, head.frames_count, head.tail(bytes))
    {
        let end = End { frame: head.frames_count, at: head.values.end };
        let mut input = In::from(Stack::Planned { bytes, plan: &plan }, head.values.start, end);
        let frame = whole(&mut input);
        if !input.mistaken {
            return frame;
        }
    }
    slowly(&head, bytes)
}

/// The same, of a stack that is not remembered.
#[inline(never)]
fn slowly<M: Frame>(head: &Head, bytes: &[u8]) -> Result<M, RestoreError> {
    let layout = Layout::below(head, bytes)?;
    match layout.codec {
        Codec::Binary => {
            let mut input = In::new(Stack::Binary { bytes, layout: &layout });
            input.seen = (layout.frames() <= plan::FRAMES_MAX).then(Vec::new);
            let frame = whole(&mut input)?;
            if let Some(seen) = &input.seen
                && seen.len() == layout.frames()
                && let Some(plan) = Plan::new(seen, head.kinds_count, head.tail(bytes))
            {
                plan::was_restored(plan);
            }
            Ok(frame)
        }
        Codec::Json => root(In::new(Stack::Json(&json::of_layout(bytes, &layout)?))),
    }
}

/// Reads a stack from a snapshot's JSON.
pub(crate) fn from_json<M: Frame>(text: &str) -> Result<M, RestoreError> {
    root(In::new(Stack::Json(&json::from_text(text)?)))
}

fn root<M: Frame>(mut input: In<'_>) -> Result<M, RestoreError> {
    whole(&mut input)
}

fn whole<M: Frame>(input: &mut In<'_>) -> Result<M, RestoreError> {
    let frame = M::load(input)?;
    input.finish()?;
    Ok(frame)
}

impl Frozen {
    /// Decodes the first frame, and those that it awaits as a part of it.
    pub(crate) fn thaw<M: Frame>(&self) -> Result<M, RestoreError> {
        let read = || {
            let whole = In::new(self.kept.stack());
            root(In { kept: Some(self.kept.clone()), frame: self.frame, at: self.at, end: self.end, ..whole })
        };
        match &self.environment {
            Some(environment) => environment.scope(read),
            None => read(),
        }
    }

    /// The records of the frames and all their values, if they are binary.
    pub(super) fn binary(&self) -> Option<(impl Iterator<Item = &[u8]>, &[u8])> {
        match &*self.kept {
            Kept::Binary { bytes, layout } => {
                let records = (self.frame..self.end.frame).filter_map(|frame| layout.kind(bytes, frame));
                Some((records, bytes.get(self.at..self.end.at)?))
            }
            Kept::Json(_) => None,
        }
    }

    /// The frames, if they are JSON.
    pub(super) fn json(&self) -> Option<&[JsonFrame]> {
        match &*self.kept {
            Kept::Binary { .. } => None,
            Kept::Json(frames) => frames.get(self.frame..self.end.frame),
        }
    }

    /// What can be told of the frames without their types.
    pub(super) fn names(&self) -> Vec<JsonFrame> {
        match &*self.kept {
            Kept::Binary { bytes, layout } => {
                let mut names = json::names(bytes, layout, self.frame).unwrap_or_default();
                names.truncate(self.end.frame - self.frame);
                names
            }
            Kept::Json(frames) => frames.get(self.frame..self.end.frame).unwrap_or_default().to_vec(),
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
    fn new(stack: Stack<'b>) -> Self {
        let (at, end) = match stack {
            Stack::Binary { layout, .. } => (layout.values.start, End { frame: layout.frames(), at: layout.values.end }),
            Stack::Planned { .. } => (0, End { frame: 0, at: 0 }),
            Stack::Json(frames) => (0, End { frame: frames.len(), at: 0 }),
        };
        In::from(stack, at, end)
    }

    #[inline]
    fn from(stack: Stack<'b>, at: usize, end: End) -> Self {
        In {
            stack,
            kept: None,
            frame: 0,
            at,
            end,
            weightless: codec::WEIGHTLESS_MAX,
            info: Info::NONE,
            state: 0,
            variable: 0,
            seen: None,
            mistaken: false,
        }
    }

    /// What a frame is, as it was when such a stack was restored before.
    #[inline]
    fn planned(&mut self, plan: &Plan, frame: usize, is: impl FnOnce(Key) -> bool) -> Result<usize, RestoreError> {
        match plan.frames.get(frame) {
            Some(frame) if is(frame.key) => Ok(frame.key.state),
            _ => Err(self.is_mistaken()),
        }
    }

    #[cold]
    fn is_mistaken(&mut self) -> RestoreError {
        self.mistaken = true;
        RestoreError::stack("it is not the stack that it was taken for")
    }

    fn saw(&mut self, key: Key, kind: &'static Kind) {
        if let Some(seen) = &mut self.seen {
            seen.push(plan::Frame { key, kind });
        }
    }

    /// Nothing may be left over.
    #[inline]
    fn finish(&self) -> Result<(), RestoreError> {
        if self.frame != self.end.frame {
            let what = format!("it holds {} frames, and the coroutine has {}", self.end.frame, self.frame);
            return Err(RestoreError::stack(what));
        }
        if self.at != self.end.at {
            return Err(RestoreError::damaged(self.at, format!("{} bytes of values are left over", self.end.at - self.at)));
        }
        Ok(())
    }

    // ---- what emitted code calls ----

    /// The state that is read, as an index of `Info::states`.
    #[inline]
    pub fn state(&mut self, _: &'static Info) -> Result<usize, RestoreError> {
        Ok(self.state)
    }

    // ---- what frames call ----

    /// Begins to read the frame of a function, which must be of a kind that this program has. (Inlined as far as it concerns a stack that
    /// is remembered: what computes a shape is not made for it then.)
    #[inline(always)]
    pub(crate) fn frame<'s>(
        &mut self,
        info: &'static Info,
        key: usize,
        save: &dyn Fn(&mut Out<'s>) -> Result<(), SnapshotError>,
    ) -> Result<(), RestoreError> {
        let index = self.next_frame()?;
        self.state = match self.stack {
            Stack::Planned { plan, .. } => {
                let here = Key::of(info, key, 0);
                self.planned(plan, index, |key| (key.code, key.info) == (here.code, here.info))?
            }
            _ => self.state_of(index, info, key, save)?,
        };
        (self.info, self.variable) = (info, 0);
        Ok(())
    }

    /// The state of a frame of a stack that is not remembered.
    #[inline(never)]
    fn state_of<'s>(
        &mut self,
        index: usize,
        info: &'static Info,
        key: usize,
        save: &dyn Fn(&mut Out<'s>) -> Result<(), SnapshotError>,
    ) -> Result<usize, RestoreError> {
        match self.stack {
            Stack::Planned { .. } => Err(self.is_mistaken()),
            Stack::Binary { bytes, layout } => {
                let record = layout.kind(bytes, index).unwrap_or_default();
                let place = Record::place(record).map(|(place, _)| place);
                let is_here = |state: &State| place == Some((info.name.as_bytes(), state.label.as_bytes()));
                let state = match info.states.iter().position(is_here) {
                    Some(state) => state,
                    None => {
                        let found = parsed(record)?;
                        find(info, found.function, found.label)?
                    }
                };
                let own = kind(info, key, state, save).map_err(|error| RestoreError::stack(error.to_string()))?;
                check(own, record)?;
                self.saw(Key::of(info, key, state), own);
                Ok(state)
            }
            Stack::Json(frames) => {
                let found = frames.get(index).ok_or_else(ends)?;
                find(info, &found.function, &found.state)
            }
        }
    }

    /// Reads a frame that has nothing but its types.
    pub(crate) fn leaf<T>(&mut self, function: &'static str, label: &'static str) -> Result<(), RestoreError> {
        let index = self.next_frame()?;
        match self.stack {
            Stack::Planned { plan, .. } => {
                let here = Key::of_leaf::<T>(label);
                self.planned(plan, index, |key| key == here).map(drop)
            }
            Stack::Binary { bytes, layout } => {
                let own = leaf::<T>(function, label).map_err(|error| RestoreError::stack(error.to_string()))?;
                let record = layout.kind(bytes, index).unwrap_or_default();
                check(own, record)?;
                self.saw(Key::of_leaf::<T>(label), own);
                Ok(())
            }
            Stack::Json(frames) => match frames.get(index).ok_or_else(ends)? {
                found if found.function == function => Ok(()),
                found => Err(RestoreError::function(&found.function, function)),
            },
        }
    }

    #[inline]
    fn next_frame(&mut self) -> Result<usize, RestoreError> {
        if self.frame >= self.end.frame {
            return Err(ends());
        }
        self.frame += 1;
        Ok(self.frame - 1)
    }

    /// Whose the frame is that is read next.
    pub(crate) fn function(&mut self) -> Result<&'b str, RestoreError> {
        if self.frame >= self.end.frame {
            return Err(ends());
        }
        match self.stack {
            Stack::Planned { .. } => Err(self.is_mistaken()),
            Stack::Binary { bytes, layout } => {
                let place = Record::place(layout.kind(bytes, self.frame).unwrap_or_default());
                let name = place.and_then(|((function, _), _)| std::str::from_utf8(function).ok());
                name.ok_or_else(|| RestoreError::stack("a frame is of no kind"))
            }
            Stack::Json(frames) => Ok(frames.get(self.frame).map_or("", |frame| &frame.function)),
        }
    }

    /// Whether the root of a whole stack is read next, rather than what somebody awaits.
    pub(crate) fn is_at_root(&self) -> bool {
        self.frame == 0 && self.kept.is_none()
    }

    /// Everything that is left, undecoded.
    pub(crate) fn rest(&mut self) -> Result<Frozen, RestoreError> {
        let frame = self.next_frame()?;
        let kept = match (&self.kept, self.stack) {
            (Some(kept), _) => kept.clone(),
            (None, Stack::Binary { bytes, layout }) => Arc::new(Kept::Binary { bytes: bytes.into(), layout: layout.clone() }),
            (None, Stack::Json(frames)) => Arc::new(Kept::Json(frames.to_vec())),
            // (Only stacks of which all frames were read are remembered.)
            (None, Stack::Planned { .. }) => return Err(self.is_mistaken()),
        };
        self.kept = Some(kept.clone());
        let frozen = Frozen { kept, frame, at: self.at, end: self.end, environment: Environment::current() };
        (self.frame, self.at) = (self.end.frame, self.end.at);
        Ok(frozen)
    }

    /// The number of the frame that was begun last.
    pub(crate) fn current(&self) -> usize {
        self.frame.saturating_sub(1)
    }

    /// Reads the `n`th branch that follows the frame `owner`: what `load` reads is all of it.
    pub(crate) fn branch<T>(
        &mut self,
        owner: usize,
        n: usize,
        load: impl FnOnce(&mut Self) -> Result<T, RestoreError>,
    ) -> Result<T, RestoreError> {
        let (frames, length) = self.branch_length(owner, n)?;
        let outer = self.end;
        let end = self.frame.checked_add(frames).zip(self.at.checked_add(length));
        self.end = match end {
            Some((frame, at)) if frame <= outer.frame && at <= outer.at => End { frame, at },
            _ => return Err(RestoreError::damaged(self.at, "a branch is longer than what it is in")),
        };
        let branch = load(self)?;
        self.finish()?;
        self.end = outer;
        Ok(branch)
    }

    /// How many frames and bytes a branch has.
    fn branch_length(&mut self, owner: usize, n: usize) -> Result<(usize, usize), RestoreError> {
        match self.stack {
            Stack::Binary { bytes, .. } | Stack::Planned { bytes, .. } => {
                let header = bytes.get(self.at..self.end.at).and_then(|rest| rest.first_chunk::<BRANCH_HEADER>());
                let Some([f0, f1, f2, f3, b0, b1, b2, b3]) = header.copied() else {
                    return Err(RestoreError::damaged(self.at, "the values end before a branch"));
                };
                self.at += BRANCH_HEADER;
                Ok((u32::from_le_bytes([f0, f1, f2, f3]) as usize, u32::from_le_bytes([b0, b1, b2, b3]) as usize))
            }
            Stack::Json(frames) => {
                let branches = frames.get(owner).and_then(|frame| frame.variables.get(BRANCHES)?.as_array()?.get(n)?.as_u64());
                let frames = branches.and_then(|frames| usize::try_from(frames).ok());
                Ok((frames.ok_or_else(|| RestoreError::stack("it does not say how many frames a branch has"))?, 0))
            }
        }
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
            Stack::Binary { bytes, .. } | Stack::Planned { bytes, .. } => {
                // (No values lie behind these: they end where the values do.)
                let bytes = bytes.get(..self.end.at).unwrap_or_default();
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

fn check(own: &Kind, record: &[u8]) -> Result<(), RestoreError> {
    if own.record == record { Ok(()) } else { own.compare(parsed(record)?) }
}

#[cold]
fn parsed(record: &[u8]) -> Result<Record<'_>, RestoreError> {
    Record::parse(record).map(|(record, _)| record).ok_or_else(|| RestoreError::stack("a frame is of no kind"))
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(in crate::snapshot) fn bytes<T>(bytes: &[u8], load: impl FnOnce(In<'_>) -> T) -> T {
        let layout = Layout::of(bytes).unwrap();
        assert_eq!(layout.codec, Codec::Binary);
        load(In::new(Stack::Binary { bytes, layout: &layout }))
    }

    pub(in crate::snapshot) fn text<T>(text: &str, load: impl FnOnce(In<'_>) -> T) -> T {
        load(In::new(Stack::Json(&json::from_text(text).unwrap())))
    }
}
