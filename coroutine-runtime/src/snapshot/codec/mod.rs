//! The binary codec of variables: the bytes of bincode's `config::standard()`, written and read with bounds of our own.
//!
//! In: a serde value; out: its bytes, and the way back. What always holds: whatever the bytes, reading ends, allocates in proportion
//! to the bytes that are there, nests at most [`NESTING_MAX`] deep, and never panics. What is written can be read again: the writer
//! keeps the same bounds.
//!
//! The format does not describe itself. A value whose serde form must be told from its bytes (untagged and internally tagged enums,
//! `flatten`, skipped fields) is refused with [`Fault::Undescribed`], for the caller to take another codec.
mod ask;
mod read;
mod trace;
mod write;

pub(super) use read::read;
pub(super) use trace::signature;
#[cfg(feature = "engine")]
pub(super) use trace::takes;
pub(super) use write::write;

use std::fmt;

/// How deep a value may nest: structs, sequences, options and enum variants each count.
pub(super) const NESTING_MAX: u32 = 256;
/// How many elements that take no bytes (such as `()`) the sequences of a frame may have.
pub(super) const WEIGHTLESS_MAX: u32 = 1 << 20;

/// Why a value has no bytes, or bytes no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its serde form would have to be told from its bytes.
    Undescribed(&'static str),
    /// It nests too deep.
    Nesting,
    /// Too many elements that take no bytes.
    Weightless,
    /// The bytes end where these were expected.
    Ends(&'static str),
    /// Not what was expected, and what was found.
    Found(&'static str, u64),
    /// A type was asked what it would read, and has said so.
    Traced,
    /// What the type itself says.
    Custom(Box<str>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Undescribed(what) => write!(f, "{what} needs a codec that describes itself"),
            Fault::Nesting => write!(f, "it nests deeper than {NESTING_MAX}"),
            Fault::Weightless => write!(f, "it has more than {WEIGHTLESS_MAX} elements that take no bytes"),
            Fault::Ends(what) => write!(f, "the bytes end where {what} was expected"),
            Fault::Found(what, found) => write!(f, "{what} was expected, and {found} was found"),
            Fault::Traced => f.write_str("it was only asked"),
            Fault::Custom(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Fault {}

impl serde::ser::Error for Fault {
    #[cold]
    fn custom<T: fmt::Display>(what: T) -> Self {
        Fault::Custom(what.to_string().into())
    }
}

impl serde::de::Error for Fault {
    #[cold]
    fn custom<T: fmt::Display>(what: T) -> Self {
        Fault::Custom(what.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(i32, String),
        Struct { a: Option<Box<Shape>>, b: (f32, f64) },
    }
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Newtype(Vec<u64>);
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Nothing;
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Tree {
        Leaf,
        Node(Box<Tree>, Box<Tree>),
    }

    fn same<T: Serialize + DeserializeOwned + Debug + PartialEq>(value: T) {
        let mut bytes = Vec::new();
        write(&value, &mut bytes).unwrap();
        assert_eq!(bytes, bincode::serde::encode_to_vec(&value, bincode::config::standard()).unwrap(), "{value:?}");
        let (again, used) = read::<T>(&bytes, 0, &mut WEIGHTLESS_MAX.clone()).unwrap();
        assert_eq!((again, used), (value, bytes.len()));
        for end in 0..bytes.len() {
            assert!(read::<T>(&bytes[..end], 0, &mut WEIGHTLESS_MAX.clone()).is_err(), "cut at {end} of {}", bytes.len());
        }
    }

    #[test]
    fn the_bytes_of_bincode() {
        for n in [0u64, 1, 250, 251, 252, 255, 256, 65535, 65536, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            same(n);
            same(n as u8);
            same(n as u16);
            same(n as u32);
            same(n as usize);
            same(u128::from(n) << 64);
            same(n as i8);
            same(n as i16);
            same(n as i32);
            same(n as i64);
            same(-(n as i64 / 2));
            same(-i128::from(n) << 60);
        }
        same((true, false, 'x', 'ä', '\u{10ffff}', 1.5f32, f64::MIN_POSITIVE));
        same((String::from("text"), vec![Some(3u8), None], BTreeMap::from([(1u8, "a".to_string()), (2, String::new())])));
        same(vec![
            Shape::Unit,
            Shape::New(3),
            Shape::Tuple(-5, "x".into()),
            Shape::Struct { a: Some(Box::new(Shape::Unit)), b: (1.0, 2.0) },
        ]);
        same((Newtype(vec![1, 300]), Nothing, ((), [1u16, 2]), std::time::Duration::from_millis(1)));
    }

    #[test]
    fn sequences_cannot_claim_more_than_is_there() {
        let claims = [253, 0, 0, 0, 0, 1, 0, 0, 0];
        assert!(read::<Vec<u64>>(&claims, 0, &mut WEIGHTLESS_MAX.clone()).is_err());
        assert!(read::<String>(&claims, 0, &mut WEIGHTLESS_MAX.clone()).is_err());
        assert!(read::<BTreeMap<u8, u8>>(&claims, 0, &mut WEIGHTLESS_MAX.clone()).is_err());
        assert_eq!(read::<Vec<()>>(&claims, 0, &mut WEIGHTLESS_MAX.clone()), Err((Fault::Weightless, 9)));
        assert_eq!(read::<Vec<()>>(&[3], 0, &mut WEIGHTLESS_MAX.clone()), Ok((vec![(); 3], 1)));
        let mut bytes = Vec::new();
        assert_eq!(write(&vec![(); (1 << 20) + 1], &mut bytes), Err(Fault::Weightless));
        // Weightless elements of many small sequences count together.
        let many = vec![252, 255, 255, 15, 0];
        let many: Vec<u8> = [200].into_iter().chain(std::iter::repeat_n(many, 200).flatten()).collect();
        assert!(read::<Vec<Vec<()>>>(&many, 0, &mut WEIGHTLESS_MAX.clone()).is_err());
    }

    #[test]
    fn nesting_is_bounded_both_ways() {
        let deep = vec![1u8; 100_000];
        assert!(matches!(read::<Tree>(&deep, 0, &mut WEIGHTLESS_MAX.clone()), Err((Fault::Nesting, _))));
        let tree = |depth| (0..depth).fold(Tree::Leaf, |tree, _| Tree::Node(Box::new(Tree::Leaf), Box::new(tree)));
        let mut bytes = Vec::new();
        assert_eq!(write(&tree(NESTING_MAX + 1), &mut bytes), Err(Fault::Nesting));
        bytes.clear();
        write(&tree(NESTING_MAX), &mut bytes).unwrap();
        assert_eq!(read::<Tree>(&bytes, 0, &mut WEIGHTLESS_MAX.clone()), Ok((tree(NESTING_MAX), bytes.len())));
    }

    #[test]
    fn what_does_not_describe_itself_is_refused() {
        #[derive(Serialize)]
        struct Skips {
            #[serde(skip_serializing_if = "Option::is_none")]
            a: Option<u8>,
        }
        #[derive(Serialize)]
        struct Flat {
            #[serde(flatten)]
            rest: BTreeMap<String, u8>,
        }
        let mut bytes = Vec::new();
        assert!(matches!(write(&Skips { a: None }, &mut bytes), Err(Fault::Undescribed(_))));
        assert!(matches!(write(&Flat { rest: BTreeMap::new() }, &mut bytes), Err(Fault::Undescribed(_))));
        assert!(matches!(read::<serde_json::Value>(&[0], 0, &mut 1), Err((Fault::Undescribed(_), 0))));
    }
}
