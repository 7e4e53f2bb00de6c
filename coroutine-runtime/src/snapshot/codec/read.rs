//! Reading a value. In: bytes that may be hostile; out: the value and how many bytes it took, or what is wrong at which byte.
use super::trace::Trace;
use super::{Fault, NESTING_MAX};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

/// Reads a value at `at`, and gives where it ends. `weightless` is how many elements that take no bytes may still come.
pub(in crate::snapshot) fn read<T: DeserializeOwned>(bytes: &[u8], at: usize, weightless: &mut u32) -> Result<(T, usize), (Fault, usize)> {
    let mut reader = Reader { bytes, at, depth: 0, weightless: *weightless, trace: None };
    match T::deserialize(&mut reader) {
        Ok(value) => {
            *weightless = reader.weightless;
            Ok((value, reader.at))
        }
        Err(fault) => Err((fault, reader.at)),
    }
}

/// Reads a value, or, with a trace, only asks a type what it would read. One type for both: every type of a user's is compiled for it.
pub(super) struct Reader<'b, 't> {
    bytes: &'b [u8],
    at: usize,
    depth: u32,
    weightless: u32,
    pub(super) trace: Option<&'t mut Trace>,
}

impl<'b, 't> Reader<'b, 't> {
    pub(super) fn tracing(trace: &'t mut Trace) -> Self {
        Reader { bytes: &[], at: 0, depth: 0, weightless: 0, trace: Some(trace) }
    }

    #[inline(always)]
    fn fixed<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Fault> {
        match self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<N>) {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(Fault::Ends(what)),
        }
    }

    #[inline(always)]
    fn byte(&mut self, what: &'static str) -> Result<u8, Fault> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at += 1;
                Ok(*byte)
            }
            None => Err(Fault::Ends(what)),
        }
    }

    #[inline(always)]
    fn varint(&mut self, what: &'static str) -> Result<u64, Fault> {
        let byte = self.byte(what)?;
        if byte < 251 { Ok(u64::from(byte)) } else { self.wide(byte, what) }
    }

    #[inline]
    fn wide(&mut self, byte: u8, what: &'static str) -> Result<u64, Fault> {
        match byte {
            251 => Ok(u64::from(u16::from_le_bytes(self.fixed(what)?))),
            252 => Ok(u64::from(u32::from_le_bytes(self.fixed(what)?))),
            253 => Ok(u64::from_le_bytes(self.fixed(what)?)),
            _ => Err(Fault::Found(what, u64::from(byte))),
        }
    }

    fn varint_128(&mut self, what: &'static str) -> Result<u128, Fault> {
        match self.byte(what)? {
            254 => Ok(u128::from_le_bytes(self.fixed(what)?)),
            byte @ 251..=253 => self.wide(byte, what).map(u128::from),
            255 => Err(Fault::Found(what, 255)),
            byte => Ok(u128::from(byte)),
        }
    }

    /// So many bytes, which are there.
    #[inline(always)]
    fn counted(&mut self, what: &'static str) -> Result<&'b [u8], Fault> {
        let length = self.varint(what)?;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
            Some(bytes) => {
                self.at += bytes.len();
                Ok(bytes)
            }
            None => Err(Fault::Ends(what)),
        }
    }

    #[inline(always)]
    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > NESTING_MAX { Err(Fault::Nesting) } else { Ok(()) }
    }

    #[inline(always)]
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.enter()?;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// A weightless element was read.
    #[cold]
    fn weightless(&mut self) -> Result<(), Fault> {
        self.weightless = self.weightless.checked_sub(1).ok_or(Fault::Weightless)?;
        Ok(())
    }
}

macro_rules! unsigned { ($($method:ident $visit:ident $t:ty, $what:literal;)*) => { $(
    #[inline(always)]
    fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf(stringify!($t), |visitor: V| visitor.$visit(1), visitor);
        }
        let n = self.varint($what)?;
        visitor.$visit(<$t>::try_from(n).map_err(|_| Fault::Found($what, n))?)
    }
)* } }
macro_rules! signed { ($($method:ident $visit:ident $t:ty, $what:literal;)*) => { $(
    #[inline(always)]
    fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf(stringify!($t), |visitor: V| visitor.$visit(1), visitor);
        }
        let n = self.varint($what)?;
        visitor.$visit(<$t>::try_from((n >> 1) as i64 ^ -((n & 1) as i64)).map_err(|_| Fault::Found($what, n))?)
    }
)* } }

impl<'de> de::Deserializer<'de> for &mut Reader<'_, '_> {
    type Error = Fault;

    unsigned! {
        deserialize_u16 visit_u16 u16, "a number of 16 bits";
        deserialize_u32 visit_u32 u32, "a number of 32 bits";
        deserialize_u64 visit_u64 u64, "a number of 64 bits";
    }
    signed! {
        deserialize_i16 visit_i16 i16, "a number of 16 bits";
        deserialize_i32 visit_i32 i32, "a number of 32 bits";
        deserialize_i64 visit_i64 i64, "a number of 64 bits";
    }

    #[inline(always)]
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("u8", |visitor: V| visitor.visit_u8(1), visitor);
        }
        visitor.visit_u8(self.byte("a byte")?)
    }
    #[inline(always)]
    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("i8", |visitor: V| visitor.visit_i8(1), visitor);
        }
        visitor.visit_i8(self.byte("a byte")? as i8)
    }
    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("u128", |visitor: V| visitor.visit_u128(1), visitor);
        }
        visitor.visit_u128(self.varint_128("a number of 128 bits")?)
    }
    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("i128", |visitor: V| visitor.visit_i128(1), visitor);
        }
        let n = self.varint_128("a number of 128 bits")?;
        visitor.visit_i128((n >> 1) as i128 ^ -((n & 1) as i128))
    }
    #[inline(always)]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("bool", |visitor: V| visitor.visit_bool(true), visitor);
        }
        match self.byte("a `bool`")? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            byte => Err(Fault::Found("a `bool`", u64::from(byte))),
        }
    }
    #[inline(always)]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("f32", |visitor: V| visitor.visit_f32(1.0), visitor);
        }
        visitor.visit_f32(f32::from_le_bytes(self.fixed("an `f32`")?))
    }
    #[inline(always)]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("f64", |visitor: V| visitor.visit_f64(1.0), visitor);
        }
        visitor.visit_f64(f64::from_le_bytes(self.fixed("an `f64`")?))
    }
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("char", |visitor: V| visitor.visit_char('a'), visitor);
        }
        let first = self.byte("a `char`")?;
        let length = match first {
            0..0x80 => 1,
            0xc2..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0..0xf5 => 4,
            _ => return Err(Fault::Found("a `char`", u64::from(first))),
        };
        let bytes = self.bytes.get(self.at - 1..self.at - 1 + length).ok_or(Fault::Ends("a `char`"))?;
        self.at += length - 1;
        match std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
            Some(value) => visitor.visit_char(value),
            None => Err(Fault::Found("a `char`", u64::from(first))),
        }
    }
    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("str", |visitor: V| visitor.visit_str(""), visitor);
        }
        let bytes = self.counted("a text")?;
        visitor.visit_str(std::str::from_utf8(bytes).map_err(|_| Fault::Custom("a text is not UTF-8".into()))?)
    }
    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("bytes", |visitor: V| visitor.visit_bytes(&[]), visitor);
        }
        visitor.visit_bytes(self.counted("bytes")?)
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }
    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_option(visitor);
        }
        match self.byte("an `Option`")? {
            0 => visitor.visit_none(),
            1 => self.within(|reader| visitor.visit_some(reader)),
            byte => Err(Fault::Found("an `Option`", u64::from(byte))),
        }
    }
    #[inline(always)]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf("()", |visitor: V| visitor.visit_unit(), visitor);
        }
        visitor.visit_unit()
    }
    #[inline(always)]
    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_leaf(name, |visitor: V| visitor.visit_unit(), visitor);
        }
        visitor.visit_unit()
    }
    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_newtype(name, |reader| visitor.visit_newtype_struct(reader));
        }
        self.within(|reader| visitor.visit_newtype_struct(reader))
    }
    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_seq(visitor);
        }
        let left = self.length()?;
        self.within(|reader| visitor.visit_seq(Elements { reader, left, counts: true }))
    }
    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.parts("", None, length, visitor)
    }
    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(self, name: &'static str, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.parts(name, None, length, visitor)
    }
    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_map(visitor);
        }
        let left = self.length()?;
        self.within(|reader| visitor.visit_map(Elements { reader, left, counts: true }))
    }
    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.parts(name, Some(fields), fields.len(), visitor)
    }
    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_enum(name, variants, visitor);
        }
        visitor.visit_enum(Variant { reader: self, index: None })
    }
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_any(visitor);
        }
        Err(Fault::Undescribed("a value of a form that only its bytes tell"))
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::Undescribed("a name of a field"))
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::Undescribed("a value that is passed over"))
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

impl Reader<'_, '_> {
    #[inline(always)]
    fn length(&mut self) -> Result<usize, Fault> {
        let length = self.varint("a length")?;
        usize::try_from(length).map_err(|_| Fault::Found("a length", length))
    }

    #[inline(always)]
    fn parts<'de, V: Visitor<'de>>(
        &mut self,
        name: &'static str,
        names: Option<&'static [&'static str]>,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.trace.is_some() {
            return self.ask_parts(name, names, left, visitor);
        }
        self.within(|reader| visitor.visit_seq(Elements { reader, left, counts: false }))
    }
}

/// The elements of a sequence or a map, or the parts of a struct.
struct Elements<'r, 'b, 't> {
    reader: &'r mut Reader<'b, 't>,
    left: usize,
    /// Whether how many there are is told by the bytes.
    counts: bool,
}

impl Elements<'_, '_, '_> {
    #[inline(always)]
    fn element<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let before = self.reader.at;
        let value = seed.deserialize(&mut *self.reader)?;
        if self.counts && self.reader.at == before {
            self.reader.weightless()?;
        }
        Ok(Some(value))
    }

    /// As many as the rest of the bytes can hold, at most.
    #[inline(always)]
    fn hint(&self) -> Option<usize> {
        Some(if self.counts { self.left.min(self.reader.bytes.len() - self.reader.at) } else { self.left })
    }
}

impl<'de> de::SeqAccess<'de> for Elements<'_, '_, '_> {
    type Error = Fault;
    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.element(seed)
    }
    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de> de::MapAccess<'de> for Elements<'_, '_, '_> {
    type Error = Fault;
    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.element(seed)
    }
    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(&mut *self.reader)
    }
    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

/// A variant of an enum; which one, is told by the bytes or by the trace.
pub(super) struct Variant<'r, 'b, 't> {
    pub(super) reader: &'r mut Reader<'b, 't>,
    pub(super) index: Option<u32>,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, '_, '_> {
    type Error = Fault;
    type Variant = Self;
    #[inline(always)]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let index = match self.index {
            Some(index) => index,
            None => {
                let index = self.reader.varint("a variant")?;
                u32::try_from(index).map_err(|_| Fault::Found("a variant", index))?
            }
        };
        let index: de::value::U32Deserializer<Fault> = index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_, '_> {
    type Error = Fault;
    #[inline(always)]
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }
    #[inline(always)]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        if self.reader.trace.is_some() {
            return self.reader.ask_newtype("", |reader| seed.deserialize(reader));
        }
        self.reader.within(|reader| seed.deserialize(reader))
    }
    #[inline(always)]
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.reader.parts("", None, length, visitor)
    }
    #[inline(always)]
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.reader.parts("", Some(fields), fields.len(), visitor)
    }
}
