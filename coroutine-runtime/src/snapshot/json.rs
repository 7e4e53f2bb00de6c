//! A stack of frames by name: what JSON snapshots and views are made of. In: JSON that may be hostile; out: frames of named values.
use super::envelope::{FRAMES_MAX, Layout};
use super::error::RestoreError;
use super::kind::{Kind, Record};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A frame, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct JsonFrame {
    pub(crate) function: String,
    pub(crate) state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) file: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) line: u32,
    #[serde(default)]
    pub(crate) variables: Map<String, Value>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// How many variables a stack may have whose names are told, each counted for each frame that has it: a few kinds with many names and many frames of
/// them would else take much more memory than the bytes that say so.
const NAMES_MAX: usize = 1 << 20;
/// How many bytes those names, and those of functions and states, may have together.
const NAMES_MAX_BYTES: usize = 1 << 26;
/// Among the variables of a frame that awaits several others: how many frames each of these branches has.
pub(super) const BRANCHES: &str = "branches";

/// The version of the JSON form.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Text<F> {
    durable_coroutine: u32,
    frames: F,
}

impl JsonFrame {
    /// Its record in an envelope: JSON describes its values itself, so no shapes stand in it.
    pub(super) fn record(&self) -> Vec<u8> {
        Kind::record_of(&self.function, &self.state)
    }
}

/// As text.
pub(super) fn to_text(frames: &[JsonFrame]) -> String {
    // (Cannot fail: it is made of strings and JSON values alone.)
    serde_json::to_string_pretty(&Text { durable_coroutine: VERSION, frames }).unwrap_or_default()
}

/// From text.
pub(super) fn from_text(text: &str) -> Result<Vec<JsonFrame>, RestoreError> {
    let text: Text<Vec<JsonFrame>> =
        serde_json::from_str(text).map_err(|error| RestoreError::stack(format!("this is no JSON of a coroutine: {error}")))?;
    if text.durable_coroutine != VERSION {
        return Err(RestoreError::version(u16::try_from(text.durable_coroutine).unwrap_or(u16::MAX), VERSION as u16));
    }
    counted(text.frames)
}

/// From an envelope with JSON in it.
pub(super) fn of_layout(bytes: &[u8], layout: &Layout) -> Result<Vec<JsonFrame>, RestoreError> {
    let values = bytes.get(layout.values.clone()).unwrap_or_default();
    let values: Vec<Map<String, Value>> =
        serde_json::from_slice(values).map_err(|error| RestoreError::damaged(layout.values.start, error.to_string()))?;
    if values.len() != layout.frames() {
        return Err(RestoreError::damaged(layout.values.start, "it has another number of frames than of values for them"));
    }
    let mut frames = names(bytes, layout, 0)?;
    for (frame, variables) in frames.iter_mut().zip(values) {
        frame.variables = variables;
    }
    counted(frames)
}

/// What an envelope tells of its frames, from the `first` on; the names of variables stand without values.
pub(super) fn names(bytes: &[u8], layout: &Layout, first: usize) -> Result<Vec<JsonFrame>, RestoreError> {
    let kinds = || (first..layout.frames()).filter_map(|frame| layout.kind(bytes, frame));
    let length = kinds().fold(0, |sum: usize, kind| sum.saturating_add(kind.len()));
    let records = || kinds().map(|kind| Record::parse(kind).map(|(record, _)| record));
    if length > NAMES_MAX_BYTES || records().flatten().map(|record| record.variables().count()).sum::<usize>() > NAMES_MAX {
        return Err(RestoreError::stack(format!(
            "its frames have more than {NAMES_MAX} names of variables, or names of more than {NAMES_MAX_BYTES} bytes"
        )));
    }
    let named = |record: Record<'_>| JsonFrame {
        function: record.function.into(),
        state: record.label.into(),
        variables: record.variables().map(|(name, _)| (name.to_string(), Value::String("(not decoded)".into()))).collect(),
        ..JsonFrame::default()
    };
    let no_text = || RestoreError::stack("a kind of frame has names that are no text");
    records().map(|record| record.map(named).ok_or_else(no_text)).collect()
}

fn counted(frames: Vec<JsonFrame>) -> Result<Vec<JsonFrame>, RestoreError> {
    if frames.is_empty() || frames.len() > FRAMES_MAX {
        return Err(RestoreError::stack(format!("it holds {} frames; there is at least one, and at most {FRAMES_MAX}", frames.len())));
    }
    Ok(frames)
}
