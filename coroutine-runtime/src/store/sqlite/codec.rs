//! Lists and operations as bytes: numbers in groups of seven bits, texts and byte strings behind their lengths. What is read may be
//! damaged: that is an error that says where.
use crate::store::{Id, StoreError};
use std::sync::Arc;

/// Writes values one behind the other.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u64(&mut self, mut value: u64) {
        while value > 0x7f {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.u64(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    pub(super) fn str(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.u8(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.u64(values.len() as u64);
        for value in values {
            write(self, value);
        }
    }

    pub(super) fn id(&mut self, id: &Id) {
        self.str(id.as_str());
    }
}

/// Reads what a [`Writer`] wrote.
#[derive(Debug)]
pub(super) struct Reader<'b> {
    rest: &'b [u8],
    length: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Reader { rest: bytes, length: bytes.len() }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error at this place.
    pub(super) fn error(&self, expected: &str) -> StoreError {
        StoreError::Corrupt(format!("at byte {} of {}: expected {expected}", self.length - self.rest.len(), self.length))
    }

    pub(super) fn u8(&mut self) -> Result<u8, StoreError> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| self.error("a byte"))?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn u64(&mut self) -> Result<u64, StoreError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.error("the end of a number"))
    }

    pub(super) fn u32(&mut self) -> Result<u32, StoreError> {
        u32::try_from(self.u64()?).map_err(|_| self.error("a number of 32 bits"))
    }

    pub(super) fn slice(&mut self) -> Result<&'b [u8], StoreError> {
        let length = self.u64()?;
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (slice, rest) = split.ok_or_else(|| self.error("as many bytes as were announced"))?;
        self.rest = rest;
        Ok(slice)
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.slice().map(<[u8]>::to_vec)
    }

    pub(super) fn str(&mut self) -> Result<&'b str, StoreError> {
        std::str::from_utf8(self.slice()?).map_err(|_| self.error("a text"))
    }

    pub(super) fn text(&mut self) -> Result<Arc<str>, StoreError> {
        self.str().map(Arc::from)
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match self.u8()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.error("whether there is a value")),
        }
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
        let length = self.u64()?;
        // Every element has a byte at least, so what is reserved is bounded by what there is.
        let mut list = Vec::with_capacity(usize::try_from(length).unwrap_or(usize::MAX).min(self.rest.len()).min(1 << 10));
        for _ in 0..length {
            list.push(read(self)?);
        }
        Ok(list)
    }

    pub(super) fn id(&mut self) -> Result<Id, StoreError> {
        let text = self.text()?;
        Id::new(text).map_err(|_| self.error("an id"))
    }
}
