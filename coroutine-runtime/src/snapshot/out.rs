//! Writing: the frames of a stack from the root on, without recursion. In: frames at rest; out: an image of them.
use super::envelope::{self, Image, Values};
use super::error::SnapshotError;
use super::input::Frozen;
use super::kind::{Fnv, Info, Kind, State, kind};
use crate::frame::{Awaited, Saves};
use serde::Serialize;
use serde_json::{Map, Value};
use std::any::type_name;
use std::sync::Arc;

/// Where frames are written.
pub struct Out<'f> {
    sink: Sink,
    stack: Vec<Arc<Kind>>,
    next: Option<&'f dyn Saves>,
    info: &'static Info,
    state: usize,
    position: usize,
}

enum Sink {
    Binary(Vec<u8>),
    Json(Vec<Map<String, Value>>),
    Shape(Fnv),
}

static NO_INFO: Info = Info { name: "", file: "", states: &[], slots: &[] };

impl<'f> Out<'f> {
    fn new(sink: Sink) -> Self {
        Out { sink, stack: Vec::new(), next: None, info: &NO_INFO, state: 0, position: 0 }
    }

    pub(crate) fn shape(info: &'static Info, state: usize) -> Self {
        Out { info, state, ..Out::new(Sink::Shape(Fnv::new())) }
    }

    pub(crate) fn shape_hash(&self) -> u64 {
        match &self.sink {
            Sink::Shape(hash) => hash.0,
            Sink::Binary(_) | Sink::Json(_) => 0,
        }
    }

    fn walk(mut self, root: &'f dyn Saves) -> Result<Image, SnapshotError> {
        let mut next = Some(root);
        while let Some(it) = next {
            it.save_into(&mut self)?;
            next = self.next.take();
        }
        let values = match self.sink {
            Sink::Binary(bytes) => Values::Binary(bytes),
            Sink::Json(frames) => Values::Json(frames),
            Sink::Shape(_) => Values::Binary(Vec::new()),
        };
        Ok(Image { stack: self.stack, values })
    }

    pub(crate) fn binary(root: &'f dyn Saves) -> Result<Vec<u8>, SnapshotError> {
        Ok(envelope::to_bytes(&Out::new(Sink::Binary(Vec::new())).walk(root)?))
    }

    pub(crate) fn json(root: &'f dyn Saves) -> Result<String, SnapshotError> {
        Ok(envelope::to_json(&Out::new(Sink::Json(Vec::new())).walk(root)?))
    }

    #[cfg(test)]
    pub(crate) fn alone(
        info: &'static Info,
        json: bool,
        save: &dyn Fn(&mut Out<'f>) -> Result<(), SnapshotError>,
    ) -> Result<Image, SnapshotError> {
        let mut out = Out::new(if json { Sink::Json(Vec::new()) } else { Sink::Binary(Vec::new()) });
        out.frame(info, 0, save)?;
        Ok(Image {
            stack: out.stack,
            values: match out.sink {
                Sink::Binary(bytes) => Values::Binary(bytes),
                Sink::Json(frames) => Values::Json(frames),
                Sink::Shape(_) => Values::Binary(Vec::new()),
            },
        })
    }

    // ---- what emitted code calls ----

    /// The state that is written; in it, an index of `Info::states`.
    pub fn state(&mut self, at: usize) -> Result<usize, SnapshotError> {
        if matches!(self.sink, Sink::Shape(_)) {
            return Ok(self.state);
        }
        if at >= self.info.states.len() {
            return Err(SnapshotError::new("it has returned or panicked"));
        }
        self.state = at;
        Ok(at)
    }

    /// What the frame awaits: written after it.
    pub fn awaits<W: Awaited>(&mut self, it: &'f W) {
        self.next = Some(it);
    }

    // ---- what frames call ----

    /// Writes the frame of a function.
    pub(crate) fn frame(
        &mut self,
        info: &'static Info,
        key: usize,
        save: &dyn Fn(&mut Out<'f>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        (self.info, self.position) = (info, 0);
        if let Sink::Json(frames) = &mut self.sink {
            frames.push(Map::new());
        }
        save(self)?;
        self.stack.push(kind(info, key, self.state, save)?);
        Ok(())
    }

    /// Writes a frame that has nothing but its types.
    pub(crate) fn leaf<T>(&mut self, function: &str, label: &str) {
        if let Sink::Json(frames) = &mut self.sink {
            frames.push(Map::new());
        }
        self.stack.push(Arc::new(Kind::leaf::<T>(function, label)));
    }

    /// Writes frames that were never thawed as they were read.
    pub(crate) fn frozen(&mut self, frozen: &Frozen) -> Result<(), SnapshotError> {
        let (stack, values) = frozen.parts();
        match (&mut self.sink, values) {
            (Sink::Binary(bytes), Values::Binary(rest)) => bytes.extend_from_slice(rest.get(frozen.position()..).unwrap_or_default()),
            (Sink::Json(frames), Values::Json(rest)) => frames.extend_from_slice(rest.get(frozen.index()..).unwrap_or_default()),
            _ => {
                return Err(SnapshotError::new(
                    "it holds frames that were restored and never resumed since, and those are in another format",
                ));
            }
        }
        self.stack.extend_from_slice(stack);
        Ok(())
    }

    // ---- what keepers call ----

    /// The variable has no place in the frame.
    pub(crate) fn skips(&mut self) {
        self.position += 1;
    }

    /// Whether only shapes are asked for; if so, takes that of a variable of type `T`.
    pub(crate) fn shapes<T>(&mut self) -> bool {
        let Sink::Shape(hash) = &mut self.sink else { return false };
        hash.write(
            self.info.states.get(self.state).and_then(|s| s.slot(self.position)).and_then(|slot| self.info.slots.get(slot)).unwrap_or(&""),
        );
        hash.write(type_name::<T>());
        self.position += 1;
        true
    }

    fn name(&self) -> &'static str {
        self.info
            .states
            .get(self.state)
            .and_then(|s: &State| s.slot(self.position))
            .and_then(|slot| self.info.slots.get(slot))
            .unwrap_or(&"")
    }

    pub(crate) fn value<T, F: Serialize>(&mut self, value: &F) -> Result<(), SnapshotError> {
        let name = self.name();
        match &mut self.sink {
            Sink::Binary(bytes) => {
                bincode::serde::encode_into_std_write(value, bytes, bincode::config::standard())
                    .map_err(|e| SnapshotError::new(format!("`{name}`: {e}")))?;
            }
            Sink::Json(frames) => {
                let value = serde_json::to_value(value).map_err(|e| SnapshotError::new(format!("`{name}`: {e}")))?;
                if let Some(frame) = frames.last_mut() {
                    frame.insert(name.into(), value);
                }
            }
            Sink::Shape(_) => {}
        }
        self.position += 1;
        Ok(())
    }

    pub(crate) fn volatile<T>(&mut self) -> Result<(), SnapshotError> {
        Err(SnapshotError::new(format!("`{}` is alive, a `{}`, which cannot be stored", self.name(), type_name::<T>())))
    }
}
