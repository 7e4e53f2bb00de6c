//! Snapshots: a coroutine at rest as bytes, and the way back.
//!
//! `out` writes frames, `input` reads them, `envelope` is the bytes around them, `kind` what is known of a frame's shape.
mod envelope;
mod error;
mod input;
mod kind;
mod out;

pub use error::{RestoreError, SnapshotError, SnapshotError as NotNow};
pub(crate) use input::Frozen;
pub use input::In;
pub use kind::{Info, State};
pub use out::Out;

use crate::coroutine::Coroutine;
use crate::frame::Frame;
use crate::frame::machine::Lent;
use crate::function::Function;

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
    let mut input = In::binary(bytes)?;
    let frame = <F::Frame as Frame>::load(&mut input)?;
    input.finish()?;
    Ok(Coroutine::restored(frame, lent))
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
    let mut input = In::json(json)?;
    let frame = <F::Frame as Frame>::load(&mut input)?;
    input.finish()?;
    Ok(Coroutine::restored(frame, lent))
}

#[cfg(test)]
pub(crate) mod testing {
    //! A variable on its own, through both codecs.
    use super::{In, Info, Out, RestoreError, SnapshotError, State};

    static ALONE: Info =
        Info { name: "alone", file: "", states: &[State { label: "Start", line: 1, live: &[0], held: &[] }], slots: &["it"] };

    pub(crate) fn write(save: impl Fn(&mut Out<'_>) -> Result<(), SnapshotError>) -> Result<(), SnapshotError> {
        Out::alone(&ALONE, false, &save).map(drop)
    }

    /// What `load` reads of what `save` writes, in binary and in JSON.
    pub(crate) fn through<T>(
        save: impl Fn(&mut Out<'_>) -> Result<(), SnapshotError>,
        load: impl Fn(&mut In) -> Result<T, RestoreError>,
    ) -> [T; 2] {
        [false, true].map(|json| {
            let image = Out::alone(&ALONE, json, &save).unwrap();
            let mut input = In::alone(&ALONE, image);
            let value = load(&mut input).unwrap();
            input.finish().unwrap();
            value
        })
    }
}
