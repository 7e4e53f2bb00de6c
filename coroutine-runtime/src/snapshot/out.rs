//! Writing: the frames of a stack from the root on, without recursion. In: frames at rest; out: a snapshot's bytes, its JSON, or a view.
//!
//! One concrete type, so that the code of a function is not generic over codecs. It has a mode of its own for asking what a function
//! would write: then no variable is touched.
use super::codec::{self, Fault};
use super::envelope::{self, Codec};
use super::error::SnapshotError;
use super::faithful;
use super::input::{BRANCH_HEADER, Frozen};
use super::json::{BRANCHES, JsonFrame};
use super::kind::{Info, Kind, Variable, kind, leaf};
use crate::frame::{Awaited, Saves};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::any::type_name;
use std::cell::Cell;

/// Where frames are written.
pub struct Out<'f> {
    sink: Sink,
    next: Option<&'f dyn Saves>,
    /// What comes when a stack has come to its end: branches, the next one last.
    later: Vec<Later<'f>>,
    info: &'static Info,
    state: usize,
    position: usize,
    /// The frame that was written last: the next one is often of its kind, in recursion.
    last: Option<Last>,
}

/// What is known of a frame that was written: by what code, in which state, and the number of its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Last {
    info: *const Info,
    key: usize,
    state: usize,
    number: u16,
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
    /// Values one after the other, and the kinds of their frames.
    Binary { bytes: Vec<u8>, index: Index },
    /// Frames by the names of variables. Lenient for a view: what cannot be stored is named.
    Json { frames: Vec<JsonFrame>, lenient: bool },
    /// Only what would be written.
    Shape { variables: Vec<Variable>, described: bool },
}

/// The kinds of the frames that are written: each once, and for each frame which it is.
#[derive(Default)]
struct Index {
    kinds: Vec<Recorded>,
    frames: Vec<u16>,
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
        self.frames.push(u16::try_from(index).map_err(|_| SnapshotError::new("it has more than 65536 kinds of frames"))?);
        Ok(())
    }

    fn finish(&self, bytes: Vec<u8>, codec: Codec) -> Result<Vec<u8>, SnapshotError> {
        envelope::finish(bytes, codec, || self.kinds.iter().map(Recorded::record), &self.frames)
    }
}

/// What a thread keeps from one snapshot for the next: room for the index, and how long a snapshot was.
#[derive(Default)]
struct Room {
    index: Index,
    length: usize,
}
thread_local! {
    static ROOM: Cell<Room> = const { Cell::new(Room { index: Index { kinds: Vec::new(), frames: Vec::new() }, length: 0 }) };
}

/// The longest snapshot that the next one is given room for beforehand.
const ROOM_MAX_BYTES: usize = 1 << 20;

/// Writes a stack as bytes: binary, or where a variable needs it, as JSON.
pub(crate) fn to_bytes(root: &dyn Saves) -> Result<Vec<u8>, SnapshotError> {
    let Room { index, length } = ROOM.take();
    match Out::new(Sink::Binary { bytes: envelope::begin(length), index }).walk(root) {
        Ok(Sink::Binary { bytes, mut index }) => {
            let bytes = index.finish(bytes, Codec::Binary);
            index.kinds.clear();
            index.frames.clear();
            let length = bytes.as_ref().map_or(0, Vec::len).min(ROOM_MAX_BYTES);
            ROOM.set(Room { index, length });
            bytes
        }
        Err(error) if error.is_undescribed() => to_json_bytes(root),
        Ok(_) => Err(SnapshotError::undescribed()),
        Err(error) => Err(error),
    }
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
    match Out::new(Sink::Json { frames: Vec::new(), lenient: false }).walk(root)? {
        Sink::Json { frames, .. } => Ok(frames),
        Sink::Binary { .. } | Sink::Shape { .. } => Ok(Vec::new()),
    }
}

/// As `to_frames`, for looking at: what cannot be stored is named.
pub(crate) fn to_view(root: &dyn Saves) -> Result<Vec<JsonFrame>, SnapshotError> {
    match Out::new(Sink::Json { frames: Vec::new(), lenient: true }).walk(root)? {
        Sink::Json { frames, .. } => Ok(frames),
        Sink::Binary { .. } | Sink::Shape { .. } => Ok(Vec::new()),
    }
}

impl<'f> Out<'f> {
    fn new(sink: Sink) -> Self {
        Out { sink, next: None, later: Vec::new(), info: Info::NONE, state: 0, position: 0, last: None }
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

    fn walk(mut self, root: &'f dyn Saves) -> Result<Sink, SnapshotError> {
        let mut next = Some(root);
        loop {
            while let Some(it) = next {
                it.save_into(&mut self)?;
                next = self.next.take();
            }
            match self.later.pop() {
                Some(Later::Branch(it, owner)) => {
                    let mark = self.begins(owner);
                    self.later.push(Later::End(mark));
                    next = Some(it);
                }
                Some(Later::End(mark)) => self.ends(&mark)?,
                None => return Ok(self.sink),
            }
        }
    }

    /// The branch of a frame begins: room for how long it is.
    fn begins(&mut self, owner: usize) -> Mark {
        match &mut self.sink {
            Sink::Binary { bytes, index } => {
                let mark = Mark { owner, frames: index.frames.len(), bytes: bytes.len() };
                bytes.extend_from_slice(&[0; BRANCH_HEADER]);
                mark
            }
            Sink::Json { frames, .. } => Mark { owner, frames: frames.len(), bytes: 0 },
            Sink::Shape { .. } => Mark { owner, frames: 0, bytes: 0 },
        }
    }

    /// It has come to its end: how many frames it has, and in binary how many bytes.
    fn ends(&mut self, mark: &Mark) -> Result<(), SnapshotError> {
        match &mut self.sink {
            Sink::Binary { bytes, index } => {
                let frames = u32::try_from(index.frames.len() - mark.frames);
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
        let owner = match &self.sink {
            Sink::Binary { index, .. } => index.frames.len(),
            Sink::Json { frames, .. } => frames.len(),
            Sink::Shape { .. } => return,
        };
        self.later.extend(branches.into_iter().rev().map(|it| Later::Branch(it, owner.saturating_sub(1))));
    }

    /// Writes the frame of a function. `key` stands for its code, `save` is that code.
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
        if let (Sink::Binary { index, .. }, Some(last)) = (&mut self.sink, self.last)
            && (last.info, last.key, last.state) == (std::ptr::from_ref(info), key, self.state)
        {
            index.frames.push(last.number);
            return Ok(());
        }
        self.other(info, key, save)
    }

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
        self.record(kind, info.file, state.map_or(0, |state| state.line))?;
        if let Sink::Binary { index, .. } = &self.sink {
            let state = self.state;
            self.last = index.frames.last().map(|number| Last { info, key, state, number: *number });
        }
        Ok(())
    }

    /// Writes a frame that has nothing but its types.
    pub(crate) fn leaf<T>(&mut self, function: &'static str, label: &'static str) -> Result<(), SnapshotError> {
        self.json_frame();
        self.record(leaf::<T>(function, label)?, "", 0)
    }

    fn record(&mut self, kind: &'static Kind, file: &'static str, line: u32) -> Result<(), SnapshotError> {
        match &mut self.sink {
            Sink::Binary { index, .. } => {
                if !kind.described {
                    return Err(SnapshotError::undescribed());
                }
                let is = |known: &Recorded| match known {
                    Recorded::Known(known) => std::ptr::eq(*known, kind),
                    Recorded::Kept(record) => **record == *kind.record,
                };
                index.note(is, || Recorded::Known(kind))?;
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
        match &mut self.sink {
            Sink::Binary { bytes, index } => {
                let Some((records, values)) = frozen.binary() else { return Err(SnapshotError::undescribed()) };
                bytes.extend_from_slice(values);
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
