//! Writing: the frames of a stack from the root on, without recursion. In: frames at rest; out: a snapshot's bytes, its JSON, or a view.
//!
//! One concrete type, so that the code of a function is not generic over codecs. It has a mode of its own for asking what a function
//! would write: then no variable is touched.
use super::codec::{self, Fault};
use super::envelope::{self, Codec, Counts};
use super::error::SnapshotError;
use super::faithful;
use super::input::{BRANCH_HEADER, Frozen};
use super::json::{BRANCHES, JsonFrame};
use super::kind::{Info, Key, Kind, Variable, kind, leaf};
use super::plan::{self, Plan};
use crate::frame::{Awaited, Saves};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::any::type_name;
use std::cell::Cell;
use std::rc::Rc;

/// Where frames are written.
pub struct Out<'f> {
    sink: Sink,
    next: Option<&'f dyn Saves>,
    /// What comes when a stack has come to its end: branches, the next one last.
    later: Vec<Later<'f>>,
    info: &'static Info,
    state: usize,
    position: usize,
    /// Whether the frames are those of a stack that is remembered.
    planned: Planned,
}

/// Whether the frames that were written are those of a stack that was stored before.
enum Planned {
    /// They are not, and stand in the index.
    Not,
    /// There are none yet.
    Begins,
    /// They are its first, and the index is empty.
    As(Rc<Plan>, usize),
}

enum Later<'f> {
    /// A branch of the frame with this number.
    Branch(&'f dyn Saves, usize),
    /// The end of one.
    End(Mark),
}

/// Where a branch began.
struct Mark {
    owner: usize,
    frames: usize,
    bytes: usize,
}

enum Sink {
    /// Values one after the other, and the kinds of their frames, but for those of a stack that is remembered.
    Binary { bytes: Vec<u8>, index: Option<Box<Index>> },
    /// Frames by the names of variables. Lenient for a view: what cannot be stored is named.
    Json { frames: Vec<JsonFrame>, lenient: bool },
    /// Only what would be written.
    Shape { variables: Vec<Variable>, described: bool },
}

/// The kinds of the frames that are written: each once, and for each frame which it is.
#[derive(Default)]
struct Index {
    kinds: Vec<Recorded>,
    runs: Vec<Run>,
    frames: usize,
}

/// Frames of one kind, one after the other: recursion.
struct Run {
    /// The number of the kind.
    kind: u16,
    times: usize,
    /// What they are, if that is known.
    is: Option<plan::Frame>,
}

/// A kind of this program's, or one that was restored and never looked at.
enum Recorded {
    Known(&'static Kind),
    Kept(Box<[u8]>),
}

impl Recorded {
    #[inline]
    fn record(&self) -> &[u8] {
        match self {
            Recorded::Known(kind) => &kind.record,
            Recorded::Kept(record) => record,
        }
    }
}

impl Index {
    /// Notes a frame of the kind that `is` tells, or else of the new kind.
    #[inline]
    fn note(&mut self, is: impl Fn(&Recorded) -> bool, new: impl FnOnce() -> Recorded) -> Result<(), SnapshotError> {
        // (A frame is often of the kind of one shortly before it: recursion.)
        let index = match self.kinds.iter().rposition(is) {
            Some(index) => index,
            None => {
                self.kinds.push(new());
                self.kinds.len() - 1
            }
        };
        let kind = u16::try_from(index).map_err(|_| SnapshotError::new("it has more than 65536 kinds of frames"))?;
        self.runs.push(Run { kind, times: 1, is: None });
        self.frames += 1;
        Ok(())
    }

    /// Notes a frame of a kind of this program's.
    fn note_known(&mut self, is: plan::Frame) -> Result<(), SnapshotError> {
        let same = |known: &Recorded| match known {
            Recorded::Known(known) => std::ptr::eq(*known, is.kind),
            Recorded::Kept(record) => **record == *is.kind.record,
        };
        self.note(same, || Recorded::Known(is.kind))?;
        if let Some(run) = self.runs.last_mut() {
            run.is = Some(is);
        }
        Ok(())
    }

    /// Notes a frame if it is what the one before it is, and says whether it is.
    #[inline]
    fn repeats(&mut self, is: Key) -> bool {
        match self.runs.last_mut() {
            Some(Run { times, is: Some(last), .. }) if last.key == is => {
                *times += 1;
                self.frames += 1;
                true
            }
            _ => false,
        }
    }

    /// What each frame is, if that is known of all.
    fn stack(&self) -> Option<Vec<plan::Frame>> {
        if self.frames > plan::FRAMES_MAX {
            return None;
        }
        let mut stack = Vec::with_capacity(self.frames);
        for run in &self.runs {
            stack.extend(std::iter::repeat_n(run.is?, run.times));
        }
        Some(stack)
    }

    fn finish(&self, mut bytes: Vec<u8>, codec: Codec) -> Result<Vec<u8>, SnapshotError> {
        let counts = Counts::new(self.kinds.len(), self.frames)?;
        let runs = self.runs.iter().map(|run| (run.kind, run.times));
        let tail = envelope::tail(&mut bytes, || self.kinds.iter().map(Recorded::record), self.frames, runs);
        if let Some(stack) = self.stack()
            && let Some(plan) = Plan::new(&stack, counts.kinds, &bytes[tail..])
        {
            plan::was_stored(plan);
        }
        Ok(envelope::finish(bytes, codec, counts, tail))
    }

    fn clear(&mut self) {
        self.kinds.clear();
        self.runs.clear();
        self.frames = 0;
    }
}

thread_local! {
    /// How long a snapshot was: the next one has room for as much.
    static LENGTH: Cell<usize> = const { Cell::new(0) };
    /// Room for the index of the next one.
    static INDEX: Cell<Option<Box<Index>>> = const { Cell::new(None) };
}

/// The longest snapshot that the next one is given room for beforehand.
const ROOM_MAX_BYTES: usize = 1 << 20;

/// Writes a stack as bytes: binary, or where a variable needs it, as JSON.
pub(crate) fn to_bytes(root: &dyn Saves) -> Result<Vec<u8>, SnapshotError> {
    let bytes = envelope::begin(LENGTH.get());
    let mut out = Out::new(Sink::Binary { bytes, index: None });
    out.planned = Planned::Begins;
    if let Err(error) = out.walk(root) {
        return if error.is_undescribed() { to_json_bytes(root) } else { Err(error) };
    }
    let plan = out.whole_plan();
    let Sink::Binary { mut bytes, index } = out.sink else { return Err(SnapshotError::undescribed()) };
    let bytes = match plan {
        Some(plan) => {
            let counts = Counts::new(usize::from(plan.kinds_count), plan.frames.len())?;
            let tail = envelope::known_tail(&mut bytes, &plan.tail);
            envelope::finish(bytes, Codec::Binary, counts, tail)
        }
        None => {
            let mut index = index.unwrap_or_default();
            let bytes = index.finish(bytes, Codec::Binary)?;
            index.clear();
            INDEX.set(Some(index));
            bytes
        }
    };
    LENGTH.set(bytes.len().min(ROOM_MAX_BYTES));
    Ok(bytes)
}

fn to_json_bytes(root: &dyn Saves) -> Result<Vec<u8>, SnapshotError> {
    let frames = to_frames(root)?;
    let mut bytes = envelope::begin(0);
    let variables: Vec<&Map<String, Value>> = frames.iter().map(|frame| &frame.variables).collect();
    serde_json::to_writer(&mut bytes, &variables).map_err(|error| SnapshotError::new(error.to_string()))?;
    let mut index = Index::default();
    for frame in &frames {
        let record = frame.record();
        index.note(|known| known.record() == record, || Recorded::Kept(record.as_slice().into()))?;
    }
    index.finish(bytes, Codec::Json)
}

/// Writes a stack by the names of variables.
pub(crate) fn to_frames(root: &dyn Saves) -> Result<Vec<JsonFrame>, SnapshotError> {
    frames_of(root, false)
}

/// As `to_frames`, for looking at: what cannot be stored is named.
pub(crate) fn to_view(root: &dyn Saves) -> Result<Vec<JsonFrame>, SnapshotError> {
    frames_of(root, true)
}

fn frames_of(root: &dyn Saves, lenient: bool) -> Result<Vec<JsonFrame>, SnapshotError> {
    let mut out = Out::new(Sink::Json { frames: Vec::new(), lenient });
    out.walk(root)?;
    match out.sink {
        Sink::Json { frames, .. } => Ok(frames),
        Sink::Binary { .. } | Sink::Shape { .. } => Ok(Vec::new()),
    }
}

impl<'f> Out<'f> {
    fn new(sink: Sink) -> Self {
        Out { sink, next: None, later: Vec::new(), info: Info::NONE, state: 0, position: 0, planned: Planned::Not }
    }

    /// Only asks what a function would write in a state.
    pub(super) fn shape(info: &'static Info, state: usize) -> Self {
        Out { info, state, ..Out::new(Sink::Shape { variables: Vec::new(), described: true }) }
    }

    /// What it would write.
    pub(super) fn shapes_found(self) -> (Vec<Variable>, bool) {
        match self.sink {
            Sink::Shape { variables, described } => (variables, described),
            Sink::Binary { .. } | Sink::Json { .. } => (Vec::new(), true),
        }
    }

    fn walk(&mut self, root: &'f dyn Saves) -> Result<(), SnapshotError> {
        let mut next = Some(root);
        loop {
            while let Some(it) = next {
                it.save_into(self)?;
                next = self.next.take();
            }
            match self.later.pop() {
                Some(Later::Branch(it, owner)) => {
                    let mark = self.begins(owner);
                    self.later.push(Later::End(mark));
                    next = Some(it);
                }
                Some(Later::End(mark)) => self.ends(&mark)?,
                None => return Ok(()),
            }
        }
    }

    /// How many frames are written.
    fn written(&self) -> usize {
        match (&self.sink, &self.planned) {
            (Sink::Binary { .. }, Planned::As(_, frames)) => *frames,
            (Sink::Binary { index, .. }, _) => index.as_ref().map_or(0, |index| index.frames),
            (Sink::Json { frames, .. }, _) => frames.len(),
            (Sink::Shape { .. }, _) => 0,
        }
    }

    /// The stack that was written before, if it is this one.
    fn whole_plan(&mut self) -> Option<Rc<Plan>> {
        if let Planned::As(plan, frames) = &self.planned
            && *frames == plan.frames.len()
        {
            return Some(plan.clone());
        }
        self.leaves_plan();
        None
    }

    /// Whether the frame that was just written is the next of a stack that was stored before.
    #[inline]
    fn follows_plan(&mut self, key: Key) -> bool {
        match &mut self.planned {
            Planned::Not => false,
            Planned::Begins => self.begins_plan(key),
            Planned::As(plan, frames) if plan.frames.get(*frames).is_some_and(|frame| frame.key == key) => {
                *frames += 1;
                true
            }
            Planned::As(..) => {
                self.leaves_plan();
                false
            }
        }
    }

    #[inline(never)]
    fn begins_plan(&mut self, key: Key) -> bool {
        match plan::stored(key) {
            Some(plan) => self.planned = Planned::As(plan, 1),
            None => self.leaves_plan(),
        }
        matches!(self.planned, Planned::As(..))
    }

    /// From here on frames stand in the index, as those do then that are written.
    #[inline(never)]
    fn leaves_plan(&mut self) {
        let (plan, frames) = match std::mem::replace(&mut self.planned, Planned::Not) {
            Planned::Not => return,
            Planned::Begins => (None, 0),
            Planned::As(plan, frames) => (Some(plan), frames),
        };
        let Sink::Binary { index, .. } = &mut self.sink else { return };
        let index = index.insert(INDEX.take().unwrap_or_default());
        for frame in plan.iter().flat_map(|plan| plan.frames.iter()).take(frames) {
            // (A stack that is remembered has few kinds.)
            let _ = index.note_known(*frame);
        }
    }

    /// The branch of a frame begins: room for how long it is.
    fn begins(&mut self, owner: usize) -> Mark {
        let written = self.written();
        match &mut self.sink {
            Sink::Binary { bytes, .. } => {
                let mark = Mark { owner, frames: written, bytes: bytes.len() };
                bytes.extend_from_slice(&[0; BRANCH_HEADER]);
                mark
            }
            Sink::Json { frames, .. } => Mark { owner, frames: frames.len(), bytes: 0 },
            Sink::Shape { .. } => Mark { owner, frames: 0, bytes: 0 },
        }
    }

    /// It has come to its end: how many frames it has, and in binary how many bytes.
    fn ends(&mut self, mark: &Mark) -> Result<(), SnapshotError> {
        let written = self.written();
        match &mut self.sink {
            Sink::Binary { bytes, .. } => {
                let frames = u32::try_from(written - mark.frames);
                let length = u32::try_from(bytes.len() - mark.bytes - BRANCH_HEADER);
                let (Ok(frames), Ok(length)) = (frames, length) else {
                    return Err(SnapshotError::new("a branch of it has more than 4 GiB of values"));
                };
                if let Some(header) = bytes.get_mut(mark.bytes..mark.bytes + BRANCH_HEADER) {
                    let (first, second) = header.split_at_mut(4);
                    first.copy_from_slice(&frames.to_le_bytes());
                    second.copy_from_slice(&length.to_le_bytes());
                }
            }
            Sink::Json { frames, .. } => {
                let count = frames.len() - mark.frames;
                if let Some(owner) = frames.get_mut(mark.owner) {
                    let branches = owner.variables.entry(BRANCHES).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(branches) = branches {
                        branches.push(count.into());
                    }
                }
            }
            Sink::Shape { .. } => {}
        }
        Ok(())
    }

    // ---- what emitted code calls ----

    /// The state that is written; out comes the index of `Info::states`.
    #[inline]
    pub fn state(&mut self, at: usize) -> Result<usize, SnapshotError> {
        if let Sink::Shape { .. } = self.sink {
            return Ok(self.state);
        }
        if at >= self.info.states.len() {
            return Err(SnapshotError::new(format!("`{}` has returned or panicked, or is being resumed", self.info.name)));
        }
        self.state = at;
        Ok(at)
    }

    /// What the frame awaits: written after it.
    #[inline]
    pub fn awaits<W: Awaited>(&mut self, it: &'f W) {
        if !matches!(self.sink, Sink::Shape { .. }) {
            self.next = Some(it);
        }
    }

    // ---- what frames call ----

    /// What the frame awaits if it awaits several: written after it, one after the other.
    pub(crate) fn branches(&mut self, branches: Vec<&'f dyn Saves>) {
        if matches!(self.sink, Sink::Shape { .. }) {
            return;
        }
        let owner = self.written();
        self.later.extend(branches.into_iter().rev().map(|it| Later::Branch(it, owner.saturating_sub(1))));
    }

    /// Writes the frame of a function. `key` stands for its code, `save` is that code. (Inlined, so that `save` is known to be called.)
    #[inline(always)]
    pub(crate) fn frame(
        &mut self,
        info: &'static Info,
        key: usize,
        save: &dyn Fn(&mut Out<'f>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        (self.info, self.position) = (info, 0);
        if !self.is_binary() {
            self.json_frame();
        }
        save(self)?;
        let is = Key::of(info, key, self.state);
        if self.follows_plan(is) || self.repeats(is) { Ok(()) } else { self.other(info, key, save) }
    }

    /// Whether the frame that was just written is what the one before it was. If so, it is noted.
    #[inline]
    fn repeats(&mut self, is: Key) -> bool {
        match &mut self.sink {
            Sink::Binary { index: Some(index), .. } => index.repeats(is),
            _ => false,
        }
    }

    #[cold]
    fn json_frame(&mut self) {
        if let Sink::Json { frames, .. } = &mut self.sink {
            frames.push(JsonFrame::default());
        }
    }

    /// Records a frame that is of another kind than the one before.
    #[inline(never)]
    fn other(
        &mut self,
        info: &'static Info,
        key: usize,
        save: &dyn Fn(&mut Out<'f>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let kind = kind(info, key, self.state, save)?;
        let state = info.states.get(self.state);
        let is = Key::of(info, key, self.state);
        self.record(is, kind, info.file, state.map_or(0, |state| state.line))
    }

    /// Writes a frame that has nothing but its types.
    pub(crate) fn leaf<T>(&mut self, function: &'static str, label: &'static str) -> Result<(), SnapshotError> {
        if !self.is_binary() {
            self.json_frame();
        }
        let is = Key::of_leaf::<T>(label);
        if self.follows_plan(is) {
            return Ok(());
        }
        self.record(is, leaf::<T>(function, label)?, "", 0)
    }

    fn record(&mut self, key: Key, kind: &'static Kind, file: &'static str, line: u32) -> Result<(), SnapshotError> {
        match &mut self.sink {
            Sink::Binary { index, .. } => {
                if !kind.described {
                    return Err(SnapshotError::undescribed());
                }
                index.get_or_insert_default().note_known(plan::Frame { key, kind })?;
            }
            Sink::Json { frames, .. } => {
                if let Some(frame) = frames.last_mut() {
                    (frame.function, frame.state) = (kind.function.into(), kind.label.into());
                    (frame.file, frame.line) = (file.into(), line);
                }
            }
            Sink::Shape { .. } => {}
        }
        Ok(())
    }

    /// Writes frames that were never thawed as they were read.
    pub(crate) fn frozen(&mut self, frozen: &Frozen) -> Result<(), SnapshotError> {
        self.leaves_plan();
        match &mut self.sink {
            Sink::Binary { bytes, index } => {
                let Some((records, values)) = frozen.binary() else { return Err(SnapshotError::undescribed()) };
                bytes.extend_from_slice(values);
                let index = index.get_or_insert_default();
                for record in records {
                    index.note(|known| known.record() == record, || Recorded::Kept(record.into()))?;
                }
            }
            Sink::Json { frames, lenient } => match (frozen.json(), *lenient) {
                (Some(kept), _) => frames.extend_from_slice(kept),
                (None, true) => frames.extend(frozen.names()),
                (None, false) => {
                    return Err(SnapshotError::new(
                        "coroutines that it awaits were restored from a binary snapshot and not resumed since: take a binary snapshot, or resume it first",
                    ));
                }
            },
            Sink::Shape { .. } => {}
        }
        Ok(())
    }

    // ---- what keepers call ----

    /// Whether only shapes are asked for; if so, takes that of a variable of type `T`, read as an `F`.
    #[inline(always)]
    pub(crate) fn shapes<F: DeserializeOwned>(&mut self) -> bool {
        if !matches!(self.sink, Sink::Shape { .. }) {
            return false;
        }
        let (signature, described) = codec::signature::<F>();
        self.found(signature, described);
        true
    }

    /// As `shapes`, for a variable that cannot be stored.
    pub(crate) fn shapes_nothing<T>(&mut self) -> bool {
        if !matches!(self.sink, Sink::Shape { .. }) {
            return false;
        }
        self.found(type_name::<T>().into(), true);
        true
    }

    #[cold]
    fn found(&mut self, signature: String, is_described: bool) {
        let name = self.info.variable(self.state, self.position);
        if let Sink::Shape { variables, described } = &mut self.sink {
            variables.push(Variable { name, signature });
            *described &= is_described;
        }
        self.position += 1;
    }

    /// The variable has no place in the frame.
    #[inline(always)]
    pub(crate) fn skips(&mut self) {
        self.position += 1;
    }

    /// Whether bytes are written, one value after the other.
    #[inline(always)]
    pub(crate) fn is_binary(&self) -> bool {
        matches!(self.sink, Sink::Binary { .. })
    }

    /// Writes a variable's form, where bytes are written.
    #[inline]
    pub(crate) fn bytes<F: Serialize>(&mut self, value: &F) -> Result<(), SnapshotError> {
        if let Sink::Binary { bytes, .. } = &mut self.sink
            && let Err(fault) = codec::write(value, bytes)
        {
            return Err(self.refused(&fault));
        }
        self.position += 1;
        Ok(())
    }

    /// Writes a variable's form.
    #[inline]
    pub(crate) fn value<F: Serialize>(&mut self, value: &F) -> Result<(), SnapshotError> {
        match &mut self.sink {
            Sink::Binary { .. } => return self.bytes(value),
            Sink::Json { lenient: false, .. } if !faithful::is_faithful(value) => {
                let mut bytes = Vec::new();
                match codec::write(value, &mut bytes) {
                    Ok(()) => {}
                    Err(Fault::Undescribed(_)) => {
                        let what = "JSON would say less than its value, and its type can only be read from bytes that describe themselves";
                        return Err(SnapshotError::variable(self.info.name, self.info.variable(self.state, self.position), &what));
                    }
                    Err(fault) => return Err(self.refused(&fault)),
                }
                let binary = Map::from_iter([(faithful::BINARY.to_string(), Value::String(faithful::to_hex(&bytes)))]);
                self.json(Ok(Value::Object(binary)))?;
            }
            Sink::Json { .. } => self.json(serde_json::to_value(value))?,
            Sink::Shape { .. } => {}
        }
        self.position += 1;
        Ok(())
    }

    #[cold]
    fn refused(&self, fault: &Fault) -> SnapshotError {
        match fault {
            Fault::Undescribed(_) => SnapshotError::undescribed(),
            fault => SnapshotError::variable(self.info.name, self.info.variable(self.state, self.position), fault),
        }
    }

    fn json(&mut self, value: serde_json::Result<Value>) -> Result<(), SnapshotError> {
        let name = self.info.variable(self.state, self.position);
        let Sink::Json { frames, lenient } = &mut self.sink else { return Ok(()) };
        let value = match value {
            Ok(value) => value,
            Err(error) if *lenient => Value::String(format!("({error})")),
            Err(error) => return Err(SnapshotError::variable(self.info.name, name, &error)),
        };
        if let Some(frame) = frames.last_mut() {
            frame.variables.insert(name.into(), value);
        }
        Ok(())
    }

    /// A variable cannot be stored.
    #[cold]
    pub(crate) fn volatile<T>(&mut self) -> Result<(), SnapshotError> {
        if let Sink::Json { lenient: true, .. } = self.sink {
            self.json(Ok(Value::String(format!("({})", type_name::<T>()))))?;
            self.position += 1;
            return Ok(());
        }
        Err(SnapshotError::volatile::<T>(self.info.name, self.info.variable(self.state, self.position)))
    }
}
