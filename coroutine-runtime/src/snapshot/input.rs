//! Reading: the frames of an image, from the root on. In: an image; out: frames, the deep ones still frozen.
use super::envelope::{self, Image, Values};
use super::error::{RestoreError, SnapshotError};
use super::kind::{Info, Kind, State, kind};
use super::out::Out;
use crate::frame::Frame;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Where frames are read from.
pub struct In {
    image: Arc<Image>,
    /// The frame that is read next.
    index: usize,
    /// The byte that is read next.
    position: usize,
    info: &'static Info,
    state: usize,
    variable: usize,
}

/// Frames that are not decoded yet: their types are known where they are resumed.
pub(crate) struct Frozen {
    image: Arc<Image>,
    index: usize,
    position: usize,
}

static NO_INFO: Info = Info { name: "", file: "", states: &[], slots: &[] };

impl Frozen {
    pub(crate) fn thaw<M: Frame>(&self) -> Result<M, RestoreError> {
        let mut input = In::at(self.image.clone(), self.index, self.position);
        let frame = M::load(&mut input)?;
        input.finish()?;
        Ok(frame)
    }
    pub(crate) fn parts(&self) -> (&[Arc<Kind>], &Values) {
        (self.image.stack.get(self.index..).unwrap_or_default(), &self.image.values)
    }
    pub(crate) fn position(&self) -> usize {
        self.position
    }
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl In {
    fn at(image: Arc<Image>, index: usize, position: usize) -> Self {
        In { image, index, position, info: &NO_INFO, state: 0, variable: 0 }
    }

    pub(crate) fn binary(bytes: &[u8]) -> Result<Self, RestoreError> {
        Ok(In::at(Arc::new(envelope::from_bytes(bytes)?), 0, 0))
    }

    pub(crate) fn json(json: &str) -> Result<Self, RestoreError> {
        Ok(In::at(Arc::new(envelope::from_json(json)?), 0, 0))
    }

    #[cfg(test)]
    pub(crate) fn alone(info: &'static Info, image: Image) -> Self {
        In { info, index: 1, ..In::at(Arc::new(image), 1, 0) }
    }

    /// Nothing may be left over.
    pub(crate) fn finish(&self) -> Result<(), RestoreError> {
        if self.index != self.image.stack.len() {
            return Err(RestoreError::new("frames are left over"));
        }
        match &self.image.values {
            Values::Binary(bytes) if bytes.len() != self.position => Err(RestoreError::new("bytes are left over")),
            _ => Ok(()),
        }
    }

    // ---- what emitted code calls ----

    /// The state that is read, as an index of `Info::states`.
    pub fn state(&mut self, _: &'static Info) -> Result<usize, RestoreError> {
        Ok(self.state)
    }

    // ---- what frames call ----

    /// Begins to read the frame of a function, which must be of a kind that this program has.
    pub(crate) fn frame<'s>(
        &mut self,
        info: &'static Info,
        key: usize,
        shape: &dyn Fn(&mut Out<'s>) -> Result<(), SnapshotError>,
    ) -> Result<(), RestoreError> {
        let found = self.next_kind()?;
        if found.function != info.name {
            return Err(RestoreError::new(format!("this is `{}`, not `{}`", found.function, info.name)));
        }
        let Some(state) = info.states.iter().position(|s: &State| s.label == found.label) else {
            return Err(RestoreError::new(format!("`{}` has no state `{}`", info.name, found.label)));
        };
        let own = kind(info, key, state, shape).map_err(|e| RestoreError::new(e.to_string()))?;
        if matches!(self.image.values, Values::Binary(_)) && own.shape != found.shape {
            return Err(RestoreError::new(format!("`{}` at `{}` has other variables", info.name, found.label)));
        }
        (self.info, self.state, self.variable) = (info, state, 0);
        Ok(())
    }

    /// Reads a frame that has nothing but its types.
    pub(crate) fn leaf<T>(&mut self, function: &str, label: &str) -> Result<(), RestoreError> {
        let (found, own) = (self.next_kind()?, Kind::leaf::<T>(function, label));
        if *found != own {
            return Err(RestoreError::new(format!("this is `{}`, not `{}`", found.function, own.function)));
        }
        Ok(())
    }

    fn next_kind(&mut self) -> Result<Arc<Kind>, RestoreError> {
        let kind = self.image.stack.get(self.index).ok_or_else(|| RestoreError::new("a frame is missing"))?.clone();
        self.index += 1;
        Ok(kind)
    }

    /// Everything that is left, undecoded.
    pub(crate) fn rest(&mut self) -> Result<Frozen, RestoreError> {
        if self.index >= self.image.stack.len() {
            return Err(RestoreError::new("a frame is missing"));
        }
        let frozen = Frozen { image: self.image.clone(), index: self.index, position: self.position };
        self.index = self.image.stack.len();
        if let Values::Binary(bytes) = &self.image.values {
            self.position = bytes.len();
        }
        Ok(frozen)
    }

    // ---- what keepers call ----

    /// The variable has no place in the frame.
    pub(crate) fn skips(&mut self) {
        self.variable += 1;
    }

    /// The variable that was just read makes no sense.
    #[cold]
    pub(crate) fn refuse<T>(&self, what: &str) -> RestoreError {
        RestoreError::new(format!("a `{}`: {what}", std::any::type_name::<T>()))
    }

    pub(crate) fn value<T, F: DeserializeOwned>(&mut self) -> Result<F, RestoreError> {
        let slot = self.info.states.get(self.state).and_then(|s| s.slot(self.variable));
        let name = slot.and_then(|slot| self.info.slots.get(slot)).copied().unwrap_or_default();
        self.variable += 1;
        match &self.image.values {
            Values::Binary(bytes) => {
                let rest = bytes.get(self.position..).unwrap_or_default();
                let (value, used) = bincode::serde::decode_from_slice(rest, bincode::config::standard().with_limit::<{ 1 << 28 }>())
                    .map_err(|e| RestoreError::new(format!("`{name}`: {e}")))?;
                self.position += used;
                Ok(value)
            }
            Values::Json(frames) => {
                let frame = self.index.checked_sub(1).and_then(|i| frames.get(i));
                let value = frame.and_then(|f| f.get(name)).ok_or_else(|| RestoreError::new(format!("`{name}` is missing")))?;
                F::deserialize(value).map_err(|e| RestoreError::new(format!("`{name}`: {e}")))
            }
        }
    }
}
