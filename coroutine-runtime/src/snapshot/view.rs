//! Looking at a coroutine without resuming it. In: a stack of frames; out: functions, places and variables by name.
use super::envelope::Layout;
use super::error::RestoreError;
use super::json::{self, JsonFrame};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// What a coroutine is doing: the functions that await each other, from the outermost, where each waits, and its variables.
///
/// `Debug` prints it as a backtrace; it serializes, for logs and user interfaces.
#[derive(Clone, PartialEq, Serialize)]
pub struct View {
    /// The functions, from the outermost. None where a step is under way, or the coroutine has returned or panicked.
    pub frames: Vec<FrameView>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One function of a [`View`].
#[derive(Clone, PartialEq, Serialize)]
pub struct FrameView {
    /// Its path.
    pub function: String,
    /// What it waits for.
    pub state: String,
    /// Its source file; empty for the runtime's own coroutines.
    pub file: String,
    /// The line in it where it waits.
    pub line: u32,
    /// Its variables, by name. What cannot be stored stands as its type in parentheses.
    pub variables: Map<String, Value>,
}

impl View {
    pub(crate) fn of(frames: Vec<JsonFrame>) -> Self {
        View { frames: frames.into_iter().map(FrameView::of).collect(), note: None }
    }

    pub(crate) fn none(note: impl Into<String>) -> Self {
        View { frames: Vec::new(), note: Some(note.into()) }
    }
}

impl FrameView {
    fn of(frame: JsonFrame) -> Self {
        let JsonFrame { function, state, file, line, variables } = frame;
        FrameView { function, state, file, line, variables }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(note) = &self.note {
            writeln!(f, "({note})")?;
        }
        for (depth, frame) in self.frames.iter().enumerate() {
            writeln!(f, "{depth}: {frame:?}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for FrameView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.function, self.state)?;
        if !self.file.is_empty() {
            write!(f, " ({}:{})", self.file, self.line)?;
        }
        for (name, value) in &self.variables {
            write!(f, "\n       {name} = {value}")?;
        }
        Ok(())
    }
}

/// What a snapshot says of itself, without the code of its functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The functions that await each other, from the outermost.
    pub frames: Vec<FrameInspection>,
    /// How many bytes their variables take.
    pub values_bytes: usize,
}

/// One function of an [`Inspection`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrameInspection {
    /// Its path.
    pub function: String,
    /// What it waits for.
    pub state: String,
    /// The names of its variables.
    pub variables: Vec<String>,
}

/// Looks into a snapshot's bytes without the code of its functions: which functions await each other, where, and with what variables.
///
/// ```
/// # use coroutine_runtime::{inspect, yield_};
/// let mut coroutine = yield_::<u32, u32>(1).start();
/// coroutine.resume(0)?;
/// let inspection = inspect(&coroutine.snapshot()?)?;
/// assert_eq!(inspection.frames[0].function, "yield_");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the bytes are no snapshot, or a damaged one.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, RestoreError> {
    let layout = Layout::of(bytes)?;
    let frames = json::names(bytes, &layout, 0)?.into_iter().map(|frame| FrameInspection {
        function: frame.function,
        state: frame.state,
        variables: frame.variables.into_iter().map(|(name, _)| name).collect(),
    });
    Ok(Inspection { frames: frames.collect(), values_bytes: layout.values.len() })
}
