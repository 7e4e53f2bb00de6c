//! Writing a value. In: a serde value; out: its bytes, at the end of a buffer.
use super::{Fault, NESTING_MAX, WEIGHTLESS_MAX};
use serde::{Serialize, ser};

/// Writes `value` at the end of `bytes`. After an error the bytes beyond the former end mean nothing.
pub(in crate::snapshot) fn write<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    value.serialize(&mut Writer { bytes, depth: 0, weightless: 0 })
}

struct Writer<'b> {
    bytes: &'b mut Vec<u8>,
    depth: u32,
    weightless: u32,
}

impl Writer<'_> {
    #[inline(always)]
    fn varint(&mut self, n: u64) {
        if n < 251 {
            self.bytes.push(n as u8);
        } else {
            self.wide(n);
        }
    }

    #[inline]
    fn wide(&mut self, n: u64) {
        if let Ok(n) = u16::try_from(n) {
            let [a, b] = n.to_le_bytes();
            self.bytes.extend_from_slice(&[251, a, b]);
        } else if let Ok(n) = u32::try_from(n) {
            let [a, b, c, d] = n.to_le_bytes();
            self.bytes.extend_from_slice(&[252, a, b, c, d]);
        } else {
            let [a, b, c, d, e, f, g, h] = n.to_le_bytes();
            self.bytes.extend_from_slice(&[253, a, b, c, d, e, f, g, h]);
        }
    }

    #[inline(always)]
    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > NESTING_MAX { Err(Fault::Nesting) } else { Ok(()) }
    }

    #[inline(always)]
    fn length(&mut self, length: Option<usize>) -> Result<(), Fault> {
        let length = length.ok_or(Fault::Undescribed("a sequence of unknown length"))?;
        self.varint(length as u64);
        self.enter()
    }

    #[inline(always)]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let before = self.bytes.len();
        value.serialize(&mut *self)?;
        if self.bytes.len() == before {
            self.weightless += 1;
            if self.weightless > WEIGHTLESS_MAX {
                return Err(Fault::Weightless);
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn leave(&mut self) -> Result<(), Fault> {
        self.depth -= 1;
        Ok(())
    }
}

macro_rules! unsigned { ($($method:ident $t:ty;)*) => { $(
    #[inline(always)]
    fn $method(self, n: $t) -> Result<(), Fault> {
        self.varint(u64::from(n));
        Ok(())
    }
)* } }
macro_rules! signed { ($($method:ident $t:ty, $bits:literal;)*) => { $(
    #[inline(always)]
    fn $method(self, n: $t) -> Result<(), Fault> {
        // Zigzag: small magnitudes are small numbers.
        self.varint(((i64::from(n) << 1) ^ (i64::from(n) >> 63)) as u64);
        Ok(())
    }
)* } }

impl ser::Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    unsigned! { serialize_u16 u16; serialize_u32 u32; serialize_u64 u64; }
    signed! { serialize_i16 i16, 16; serialize_i32 i32, 32; serialize_i64 i64, 64; }

    #[inline(always)]
    fn serialize_u8(self, n: u8) -> Result<(), Fault> {
        self.bytes.push(n);
        Ok(())
    }
    #[inline(always)]
    fn serialize_i8(self, n: i8) -> Result<(), Fault> {
        self.bytes.push(n as u8);
        Ok(())
    }
    fn serialize_u128(self, n: u128) -> Result<(), Fault> {
        if let Ok(n) = u64::try_from(n) {
            self.varint(n);
        } else {
            self.bytes.push(254);
            self.bytes.extend_from_slice(&n.to_le_bytes());
        }
        Ok(())
    }
    fn serialize_i128(self, n: i128) -> Result<(), Fault> {
        self.serialize_u128(((n << 1) ^ (n >> 127)) as u128)
    }
    #[inline(always)]
    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.bytes.push(u8::from(value));
        Ok(())
    }
    #[inline(always)]
    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }
    #[inline(always)]
    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }
    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.bytes.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }
    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        self.serialize_bytes(value.as_bytes())
    }
    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        self.varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
        Ok(())
    }
    #[inline(always)]
    fn serialize_none(self) -> Result<(), Fault> {
        self.bytes.push(0);
        Ok(())
    }
    #[inline(always)]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.bytes.push(1);
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave()
    }
    #[inline(always)]
    fn serialize_unit(self) -> Result<(), Fault> {
        Ok(())
    }
    #[inline(always)]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        Ok(())
    }
    #[inline(always)]
    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<(), Fault> {
        self.varint(u64::from(index));
        Ok(())
    }
    #[inline(always)]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Fault> {
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave()
    }
    #[inline(always)]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.varint(u64::from(index));
        self.enter()?;
        value.serialize(&mut *self)?;
        self.leave()
    }
    #[inline(always)]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Fault> {
        self.length(length)?;
        Ok(self)
    }
    #[inline(always)]
    fn serialize_tuple(self, _: usize) -> Result<Self, Fault> {
        self.enter()?;
        Ok(self)
    }
    #[inline(always)]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        self.enter()?;
        Ok(self)
    }
    #[inline(always)]
    fn serialize_tuple_variant(self, _: &'static str, index: u32, _: &'static str, _: usize) -> Result<Self, Fault> {
        self.varint(u64::from(index));
        self.enter()?;
        Ok(self)
    }
    #[inline(always)]
    fn serialize_map(self, length: Option<usize>) -> Result<Self, Fault> {
        self.length(length)?;
        Ok(self)
    }
    #[inline(always)]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        self.enter()?;
        Ok(self)
    }
    #[inline(always)]
    fn serialize_struct_variant(self, _: &'static str, index: u32, _: &'static str, _: usize) -> Result<Self, Fault> {
        self.varint(u64::from(index));
        self.enter()?;
        Ok(self)
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

impl ser::SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = Fault;
    #[inline(always)]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }
    #[inline(always)]
    fn end(self) -> Result<(), Fault> {
        self.leave()
    }
}

impl ser::SerializeMap for &mut Writer<'_> {
    type Ok = ();
    type Error = Fault;
    #[inline(always)]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.element(key)
    }
    #[inline(always)]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(&mut **self)
    }
    #[inline(always)]
    fn end(self) -> Result<(), Fault> {
        self.leave()
    }
}

/// Parts whose number is in the type.
macro_rules! parts { ($($trait:ident $method:ident;)*) => { $(
    impl ser::$trait for &mut Writer<'_> {
        type Ok = ();
        type Error = Fault;
        #[inline(always)]
        fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
            value.serialize(&mut **self)
        }
        #[inline(always)]
        fn end(self) -> Result<(), Fault> {
            self.leave()
        }
    }
)* } }
parts! { SerializeTuple serialize_element; SerializeTupleStruct serialize_field; SerializeTupleVariant serialize_field; }

/// Parts with names, which may be skipped; then a reader would take one for the other.
macro_rules! fields { ($($trait:ident;)*) => { $(
    impl ser::$trait for &mut Writer<'_> {
        type Ok = ();
        type Error = Fault;
        #[inline(always)]
        fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Fault> {
            value.serialize(&mut **self)
        }
        fn skip_field(&mut self, _: &'static str) -> Result<(), Fault> {
            Err(Fault::Undescribed("a skipped field"))
        }
        #[inline(always)]
        fn end(self) -> Result<(), Fault> {
            self.leave()
        }
    }
)* } }
fields! { SerializeStruct; SerializeStructVariant; }
