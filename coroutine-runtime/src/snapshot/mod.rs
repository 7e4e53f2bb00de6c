//! Snapshots: a coroutine at rest as bytes, and the way back.
//!
//! `out` writes frames and `input` reads them, by `codec` or as `json`; `envelope` is the bytes around them, `kind` what is known of a
//! frame's shape, `plan` what a thread remembers of stacks, `view` what can be told of a coroutine.
mod codec;
mod envelope;
mod error;
mod faithful;
mod input;
mod json;
mod kind;
mod nested;
mod out;
mod plan;
mod view;

pub use error::{RestoreError, SnapshotError, SnapshotError as NotNow};
#[cfg(feature = "engine")]
pub(crate) use faithful::is_faithful;
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

/// Writes a value that is no frame's, as variables are written.
#[cfg(feature = "engine")]
pub(crate) fn encode_value<T: serde::Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), String> {
    codec::write(value, bytes).map_err(|fault| fault.to_string())
}

/// What is taken from the environment where such a value is read.
#[cfg(feature = "engine")]
pub(crate) fn takes<T: serde::de::DeserializeOwned>() -> Vec<crate::environment::Asked> {
    codec::takes::<T>()
}

/// Reads a value from all the bytes from `at` on.
#[cfg(feature = "engine")]
pub(crate) fn decode_value<T: serde::de::DeserializeOwned>(bytes: &[u8], at: usize) -> Result<T, String> {
    match codec::read(bytes, at, &mut codec::WEIGHTLESS_MAX.clone()) {
        Ok((value, end)) if end == bytes.len() => Ok(value),
        Ok((_, end)) => Err(format!("{} bytes are left over", bytes.len() - end)),
        Err((fault, at)) => Err(format!("{fault}, at byte {at}")),
    }
}

/// Stores a coroutine as bytes: the same as [`Coroutine::snapshot`].
///
/// ```
/// use coroutine_runtime::prelude::*;
///
/// let mut coroutine = yield_::<u8, u8>(1).start();
/// coroutine.resume(0)?;
/// let bytes = snapshot(&coroutine)?;
/// assert_eq!(restore(yield_::<u8, u8>, &bytes)?.resume(2)?, Resumed::Complete(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When it cannot be stored now; see [`Coroutine::snapshot`].
pub fn snapshot<M: Frame>(coroutine: &Coroutine<'_, M>) -> Result<Vec<u8>, SnapshotError> {
    coroutine.snapshot()
}

/// Stores a coroutine as readable JSON: the same as [`Coroutine::snapshot_json`].
///
/// # Errors
/// When it cannot be stored now; see [`Coroutine::snapshot`].
pub fn snapshot_json<M: Frame>(coroutine: &Coroutine<'_, M>) -> Result<String, SnapshotError> {
    coroutine.snapshot_json()
}

/// Brings a coroutine back from the bytes that [`snapshot`] gave. The function is only named, for its type: it is not called.
///
/// It goes on where it was stored, at its next resume. A coroutine inside it that was awaited through a `Box` is decoded when it is
/// resumed.
///
/// # Errors
/// When the bytes are damaged, or are another coroutine's, or this one's of a version that kept other variables where it waits. The
/// error says which.
pub fn restore<F, Marker>(function: F, bytes: &[u8]) -> Result<Coroutine<'static, F::Frame>, RestoreError>
where
    F: Function<Marker, Lent = ()>,
{
    restore_with(function, (), bytes)
}

/// As [`restore`], for a function that takes references: they are lent again, as a tuple in the order of the parameters.
///
/// ```
/// use coroutine_runtime::prelude::*;
///
/// #[durable(yield = usize, resume = ())]
/// async fn pages(book: &[String], log: &mut Vec<usize>) {
///     for n in 0..book.len() {
///         yield_(book[n].len()).await;
///         log.push(n);
///     }
/// }
///
/// let (book, mut log) = (["one".to_string(), "three".to_string()], Vec::new());
/// let mut coroutine = pages(&book, &mut log).start();
/// assert_eq!(coroutine.resume(())?, Resumed::Yielded(3));
/// let bytes = coroutine.snapshot()?;
/// drop(coroutine);
///
/// let mut coroutine = restore_with(pages, (&book[..], &mut log), &bytes)?;
/// assert_eq!(coroutine.resume(())?, Resumed::Yielded(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`restore`].
pub fn restore_with<'a, F, M>(_: F, lent: <F::Lent as Lent>::At<'a>, bytes: &[u8]) -> Result<Coroutine<'a, F::Frame>, RestoreError>
where
    F: Function<M>,
{
    Ok(Coroutine::restored(input::from_bytes(bytes)?, lent))
}

/// Brings a coroutine back from the JSON that [`snapshot_json`] gave.
///
/// Variables are found by their names and read by their types' `Deserialize`; shapes are not compared.
///
/// # Errors
/// When the text is no such JSON, or another coroutine's, or a variable is missing or does not fit its type.
pub fn restore_json<F, Marker>(function: F, json: &str) -> Result<Coroutine<'static, F::Frame>, RestoreError>
where
    F: Function<Marker, Lent = ()>,
{
    restore_json_with(function, (), json)
}

/// As [`restore_json`], for a function that takes references: they are lent again.
///
/// # Errors
/// As [`restore_json`].
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
