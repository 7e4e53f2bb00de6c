//! What JSON can hold. In: a serde value; out: whether its JSON says all that it is.
//!
//! JSON has no numbers that are not finite, no integers beyond 64 bits that every reader takes, no keys but texts, and one `null` for
//! `None`, `()` and `Some(None)`. A value with such a thing inside is stored in a JSON snapshot as its binary form.
use serde::{Serialize, ser};
use std::fmt;

/// The one key of the object that stands for a value in its binary form.
pub(super) const BINARY: &str = "$binary";

/// Whether a value's JSON can be read back as the same value.
pub(crate) fn is_faithful<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(Checker { key: false }).is_ok()
}

/// The bytes as hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n)).map_or('0', |d| char::from(*d));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of hexadecimal digits.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// JSON would say less.
#[derive(Debug)]
struct Lossy;
impl fmt::Display for Lossy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON would say less than the value")
    }
}
impl std::error::Error for Lossy {}
impl ser::Error for Lossy {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Lossy
    }
}

/// What a value was: whether its JSON is `null`.
type Null = bool;

#[derive(Clone, Copy)]
struct Checker {
    /// A map's key: a text, or what JSON writes as one and reads back.
    key: bool,
}

struct Parts {
    named: usize,
    binary: bool,
}

impl Checker {
    const VALUE: Self = Checker { key: false };

    fn value(self) -> Result<Null, Lossy> {
        Ok(false)
    }
    fn no_key(self) -> Result<(), Lossy> {
        if self.key { Err(Lossy) } else { Ok(()) }
    }
    fn parts(self) -> Result<Parts, Lossy> {
        self.no_key().map(|()| Parts { named: 0, binary: false })
    }
}

macro_rules! fine { ($($method:ident($t:ty);)*) => { $(
    fn $method(self, _: $t) -> Result<Null, Lossy> {
        self.value()
    }
)* } }

impl ser::Serializer for Checker {
    type Ok = Null;
    type Error = Lossy;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    fine! {
        serialize_bool(bool); serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64); serialize_char(char); serialize_str(&str);
    }
    fn serialize_i128(self, n: i128) -> Result<Null, Lossy> {
        i64::try_from(n).map(|_| false).map_err(|_| Lossy)
    }
    fn serialize_u128(self, n: u128) -> Result<Null, Lossy> {
        u64::try_from(n).map(|_| false).map_err(|_| Lossy)
    }
    fn serialize_f32(self, n: f32) -> Result<Null, Lossy> {
        if n.is_finite() && !self.key { Ok(false) } else { Err(Lossy) }
    }
    fn serialize_f64(self, n: f64) -> Result<Null, Lossy> {
        if n.is_finite() && !self.key { Ok(false) } else { Err(Lossy) }
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<Null, Lossy> {
        Err(Lossy)
    }
    fn serialize_none(self) -> Result<Null, Lossy> {
        self.no_key().map(|()| true)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Null, Lossy> {
        self.no_key()?;
        if value.serialize(Checker::VALUE)? { Err(Lossy) } else { Ok(false) }
    }
    fn serialize_unit(self) -> Result<Null, Lossy> {
        self.no_key().map(|()| true)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Null, Lossy> {
        self.no_key().map(|()| true)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<Null, Lossy> {
        self.value()
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Null, Lossy> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, value: &T) -> Result<Null, Lossy> {
        self.no_key()?;
        value.serialize(Checker::VALUE).map(|_| false)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts, Lossy> {
        self.parts()
    }
    fn serialize_tuple(self, _: usize) -> Result<Parts, Lossy> {
        self.parts()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts, Lossy> {
        self.parts()
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Parts, Lossy> {
        self.parts()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts, Lossy> {
        self.parts()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts, Lossy> {
        self.parts()
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Parts, Lossy> {
        self.parts()
    }
}

impl Parts {
    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Lossy> {
        value.serialize(Checker::VALUE).map(drop)
    }
    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Lossy> {
        self.named += 1;
        self.binary |= name == BINARY;
        self.part(value)
    }
    fn done(&self) -> Result<Null, Lossy> {
        // An object that looks like a binary form is stored as one.
        if self.binary && self.named == 1 { Err(Lossy) } else { Ok(false) }
    }
}

macro_rules! elements { ($($parts:ident $method:ident;)*) => { $(
    impl ser::$parts for Parts {
        type Ok = Null;
        type Error = Lossy;
        fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Lossy> {
            self.part(value)
        }
        fn end(self) -> Result<Null, Lossy> {
            self.done()
        }
    }
)* } }
elements! { SerializeSeq serialize_element; SerializeTuple serialize_element; SerializeTupleStruct serialize_field; SerializeTupleVariant serialize_field; }

macro_rules! fields { ($($parts:ident;)*) => { $(
    impl ser::$parts for Parts {
        type Ok = Null;
        type Error = Lossy;
        fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Lossy> {
            self.named(name, value)
        }
        fn end(self) -> Result<Null, Lossy> {
            self.done()
        }
    }
)* } }
fields! { SerializeStruct; SerializeStructVariant; }

impl ser::SerializeMap for Parts {
    type Ok = Null;
    type Error = Lossy;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Lossy> {
        key.serialize(Checker { key: true }).map(drop)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Lossy> {
        self.part(value)
    }
    fn end(self) -> Result<Null, Lossy> {
        self.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn tells_what_json_would_lose() {
        assert!(is_faithful(&(1u8, "text", Some(2), None::<u8>, vec![1.5f64], BTreeMap::from([(3u8, 'x')]))));
        assert!(!is_faithful(&f64::NAN));
        assert!(!is_faithful(&Some(None::<u8>)));
        assert!(!is_faithful(&Some(())));
        assert!(!is_faithful(&u128::MAX));
        assert!(!is_faithful(&BTreeMap::from([((1, 2), 3)])));
        assert!(!is_faithful(&BTreeMap::from([(Some(1), 3)])));
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        assert_eq!(from_hex("1"), None);
        assert_eq!(from_hex("zz"), None);
    }
}
