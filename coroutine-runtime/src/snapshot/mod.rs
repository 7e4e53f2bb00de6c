//! Snapshots: a coroutine at rest as bytes, and the way back.
//!
//! `out` writes frames and `input` reads them, by `codec` or as `json`; `envelope` is the bytes around them, `kind` what is known of a
//! frame's shape, `view` what can be told of a coroutine.
mod codec;
mod envelope;
mod error;
mod faithful;
mod input;
mod json;
mod kind;
mod out;
mod view;

pub use error::{RestoreError, SnapshotError, SnapshotError as NotNow};
pub(crate) use input::Frozen;
pub use input::In;
pub use kind::{Info, State};
pub use out::Out;
pub use view::{FrameInspection, FrameView, Inspection, View, inspect};

use crate::coroutine::Coroutine;
use crate::frame::machine::Lent;
use crate::frame::{Frame, Saves};
use crate::function::Function;

/// A stack as bytes.
pub(crate) fn bytes_of(root: &dyn Saves) -> Result<Vec<u8>, SnapshotError> {
    out::to_bytes(root)
}

/// A stack as JSON.
pub(crate) fn json_of(root: &dyn Saves) -> Result<String, SnapshotError> {
    out::to_frames(root).map(|frames| json::to_text(&frames))
}

/// A stack to look at.
pub(crate) fn view_of(root: &dyn Saves) -> View {
    match out::to_view(root) {
        Ok(frames) => View::of(frames),
        Err(error) => View::none(error.to_string()),
    }
}

/// A frame from bytes.
pub(crate) fn frame_of<M: Frame>(bytes: &[u8]) -> Result<M, RestoreError> {
    input::from_bytes(bytes)
}

/// Stores a coroutine as bytes.
///
/// # Errors
/// When it cannot be stored now: a step is under way, it has returned or panicked, or a variable that is alive cannot be stored.
pub fn snapshot<M: Frame>(coroutine: &Coroutine<'_, M>) -> Result<Vec<u8>, SnapshotError> {
    coroutine.snapshot()
}

/// Stores a coroutine as readable JSON.
///
/// # Errors
/// As [`snapshot`].
pub fn snapshot_json<M: Frame>(coroutine: &Coroutine<'_, M>) -> Result<String, SnapshotError> {
    coroutine.snapshot_json()
}

/// Brings a coroutine back from what [`snapshot`] gave; only the function's type is needed.
///
/// # Errors
/// When the bytes are damaged, or are another coroutine's, or another version's of this one.
pub fn restore<F, Marker>(function: F, bytes: &[u8]) -> Result<Coroutine<'static, F::Frame>, RestoreError>
where
    F: Function<Marker, Lent = ()>,
{
    restore_with(function, (), bytes)
}

/// As [`restore`], for a function that takes references: they are lent again.
///
/// # Errors
/// As [`restore`].
pub fn restore_with<'a, F, Marker>(_: F, lent: <F::Lent as Lent>::At<'a>, bytes: &[u8]) -> Result<Coroutine<'a, F::Frame>, RestoreError>
where
    F: Function<Marker>,
{
    Ok(Coroutine::restored(input::from_bytes(bytes)?, lent))
}

/// Brings a coroutine back from what [`snapshot_json`] gave.
///
/// # Errors
/// As [`restore`].
pub fn restore_json<F, Marker>(function: F, json: &str) -> Result<Coroutine<'static, F::Frame>, RestoreError>
where
    F: Function<Marker, Lent = ()>,
{
    restore_json_with(function, (), json)
}

/// As [`restore_json`], for a function that takes references: they are lent again.
///
/// # Errors
/// As [`restore`].
pub fn restore_json_with<'a, F, Marker>(_: F, lent: <F::Lent as Lent>::At<'a>, json: &str) -> Result<Coroutine<'a, F::Frame>, RestoreError>
where
    F: Function<Marker>,
{
    Ok(Coroutine::restored(input::from_json(json)?, lent))
}

#[cfg(test)]
pub(crate) mod testing {
    //! A variable on its own, through both codecs.
    use super::{In, Info, Out, RestoreError, SnapshotError, State, input, json, out};
    use crate::frame::Saves;

    static ALONE: Info =
        Info { name: "alone", file: "", states: &[State { label: "Start", line: 1, live: &[0], held: &[] }], slots: &["it"] };

    struct Alone<S>(S);
    impl<S: Fn(&mut Out<'_>) -> Result<(), SnapshotError>> Saves for Alone<S> {
        fn save_into<'f>(&'f self, out: &mut Out<'f>) -> Result<(), SnapshotError> {
            out.frame(&ALONE, std::ptr::from_ref(&self.0) as usize, &|out| self.0(out))
        }
    }

    pub(crate) fn write(save: impl Fn(&mut Out<'_>) -> Result<(), SnapshotError>) -> Result<(), SnapshotError> {
        out::to_bytes(&Alone(save)).map(drop)
    }

    /// What `load` reads of what `save` writes, in binary and in JSON.
    pub(crate) fn through<T>(
        save: impl Fn(&mut Out<'_>) -> Result<(), SnapshotError>,
        load: impl Fn(&mut In<'_>) -> Result<T, RestoreError>,
    ) -> [T; 2] {
        let alone = Alone(save);
        let load = |mut input: In<'_>| {
            input.frame(&ALONE, std::ptr::from_ref(&alone.0) as usize, &|out| alone.0(out)).unwrap();
            load(&mut input).unwrap()
        };
        let text = json::to_text(&out::to_frames(&alone).unwrap());
        [input::testing::bytes(&out::to_bytes(&alone).unwrap(), load), input::testing::text(&text, load)]
    }
}
