//! How a type is asked what it would read: the side of the reader that a trace steers. In: a visitor of the type's; out: an error that
//! ends the run where the answer is known, or a made-up value where the trace makes values up.
use super::Fault;
use super::read::{Reader, Variant};
use super::trace::Trace;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use std::sync::{Mutex, PoisonError};

impl<'b, 't> Reader<'b, 't> {
    /// (Called with a trace only.)
    fn trace(&mut self) -> Result<&mut Trace, Fault> {
        self.trace.as_deref_mut().ok_or(Fault::Traced)
    }

    /// After a question was answered: a value that was made up is given, or forgotten, never dropped.
    fn answered<T>(&mut self, value: T) -> Result<T, Fault> {
        let trace = self.trace()?;
        trace.leave();
        if trace.makes() {
            return Ok(value);
        }
        keep(value);
        Err(Fault::Traced)
    }

    #[cold]
    pub(super) fn ask_leaf<V, T>(&mut self, what: &'static str, give: impl FnOnce(V) -> Result<T, Fault>, visitor: V) -> Result<T, Fault> {
        let trace = self.trace()?;
        trace.leaf(what);
        if trace.makes() { give(visitor) } else { Err(Fault::Traced) }
    }

    #[cold]
    pub(super) fn ask_any<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let trace = self.trace()?;
        trace.stopped();
        if trace.makes() { visitor.visit_unit() } else { Err(Fault::Traced) }
    }

    #[cold]
    pub(super) fn ask_option<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        if !self.trace()?.enter_many("?")? {
            return visitor.visit_none();
        }
        let value = visitor.visit_some(&mut *self)?;
        self.answered(value)
    }

    #[cold]
    pub(super) fn ask_newtype<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let trace = self.trace()?;
        if !trace.enter(name, None, 1)? {
            return Err(Fault::Traced);
        }
        trace.part(None, 0);
        let value = read(self)?;
        self.answered(value)
    }

    #[cold]
    pub(super) fn ask_seq<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let more = self.trace()?.enter_many("[]")?;
        let value = visitor.visit_seq(Parts { reader: &mut *self, names: None, next: 0, count: usize::from(more), many: true })?;
        if more { self.answered(value) } else { Ok(value) }
    }

    #[cold]
    pub(super) fn ask_map<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let more = self.trace()?.enter_many("{}")?;
        // The keys, or the values: these cannot be asked for without a key.
        let values = more && !self.trace()?.makes() && self.trace()?.choose(2) == 1;
        let value = visitor.visit_map(Entry { reader: &mut *self, more, values })?;
        if more { self.answered(value) } else { Ok(value) }
    }

    #[cold]
    pub(super) fn ask_parts<'de, V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        names: Option<&'static [&'static str]>,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let trace = self.trace()?;
        if !trace.enter(name, names, count)? {
            return Err(Fault::Traced);
        }
        match names {
            // One field, by its name.
            Some(names) if !trace.makes() && !names.is_empty() => {
                let field = trace.choose(names.len());
                trace.part(Some(names), field);
                let value = visitor.visit_map(Field { reader: &mut *self, name: names.get(field).copied() })?;
                self.answered(value)
            }
            // All parts, made up.
            _ => {
                let made = trace.make(true);
                let value = visitor.visit_seq(Parts { reader: &mut *self, names, next: 0, count, many: false })?;
                self.trace()?.make(made);
                self.answered(value)
            }
        }
    }

    #[cold]
    pub(super) fn ask_enum<'de, V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Some(index) = self.trace()?.enter_enum(name, variants)? else { return Err(Fault::Traced) };
        let value = visitor.visit_enum(Variant { reader: &mut *self, index: Some(index) })?;
        self.answered(value)
    }
}

/// Keeps what was made up: its `Drop` is the user's code, and would act on a value that never was. (Where it can be found: such memory
/// is bounded by the program's types, and no leak.)
pub(super) fn keep<T>(made_up: T) {
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    if std::mem::needs_drop::<T>() {
        let at = Box::into_raw(Box::new(made_up)) as usize;
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(at);
    }
}

/// Parts, each made up; or one element of many.
struct Parts<'r, 'b, 't> {
    reader: &'r mut Reader<'b, 't>,
    names: Option<&'static [&'static str]>,
    next: usize,
    count: usize,
    many: bool,
}

impl<'de> de::SeqAccess<'de> for Parts<'_, '_, '_> {
    type Error = Fault;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.next == self.count {
            return Ok(None);
        }
        if !self.many {
            self.reader.trace()?.part(self.names, self.next);
        }
        self.next += 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// One field of a struct, by its name; the run ends with it.
struct Field<'r, 'b, 't> {
    reader: &'r mut Reader<'b, 't>,
    name: Option<&'static str>,
}

impl<'de> de::MapAccess<'de> for Field<'_, '_, '_> {
    type Error = Fault;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        match self.name.take() {
            Some(name) => {
                let name: de::value::StrDeserializer<'_, Fault> = name.into_deserializer();
                seed.deserialize(name).map(Some)
            }
            None => Err(Fault::Traced),
        }
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let value = seed.deserialize(&mut *self.reader)?;
        keep(value);
        Err(Fault::Traced)
    }
}

/// One entry of a map: both made up, or the key asked, or made up and its value asked.
struct Entry<'r, 'b, 't> {
    reader: &'r mut Reader<'b, 't>,
    more: bool,
    values: bool,
}

impl<'de> de::MapAccess<'de> for Entry<'_, '_, '_> {
    type Error = Fault;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if !std::mem::take(&mut self.more) {
            return Ok(None);
        }
        let trace = self.reader.trace()?;
        trace.entry(false);
        if !self.values {
            return seed.deserialize(&mut *self.reader).map(Some);
        }
        let made = trace.make(true);
        let key = seed.deserialize(&mut *self.reader)?;
        self.reader.trace()?.make(made);
        Ok(Some(key))
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.reader.trace()?.entry(true);
        seed.deserialize(&mut *self.reader)
    }
}
