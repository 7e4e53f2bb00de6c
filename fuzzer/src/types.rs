//! The types that programs use.

/// A type. All can be stored; those with a [`D`](coroutine_tests::harness::D) in them say when they are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ty {
    /// `u64`
    Number,
    /// `bool`
    Bool,
    /// `String`
    Text,
    /// `D`
    Dropped,
    /// `Pack`, a struct
    Pack,
    /// `Kind`, an enum
    Kind,
    /// `[u64; 3]`
    Array,
    /// `Result<u64, String>`
    Result,
    /// `Option<_>`
    Option(Box<Ty>),
    /// `Vec<_>`
    List(Box<Ty>),
    /// A tuple of two.
    Pair(Box<Ty>, Box<Ty>),
}
use Ty::*;

impl Ty {
    /// As it is written.
    pub fn text(&self) -> String {
        match self {
            Number => "u64".into(),
            Bool => "bool".into(),
            Text => "String".into(),
            Dropped => "D".into(),
            Pack => "Pack".into(),
            Kind => "Kind".into(),
            Array => "[u64; 3]".into(),
            Result => "Result<u64, String>".into(),
            Option(of) => format!("Option<{}>", of.text()),
            List(of) => format!("Vec<{}>", of.text()),
            Pair(a, b) => format!("({}, {})", a.text(), b.text()),
        }
    }
    pub fn is_copy(&self) -> bool {
        match self {
            Number | Bool | Array => true,
            Option(of) => of.is_copy(),
            Pair(a, b) => a.is_copy() && b.is_copy(),
            Text | Dropped | Pack | Kind | Result | List(_) => false,
        }
    }
    /// Says when it is dropped.
    pub fn is_felt(&self) -> bool {
        match self {
            Dropped | Pack | Kind => true,
            Number | Bool | Text | Array | Result => false,
            Option(of) | List(of) => of.is_felt(),
            Pair(a, b) => a.is_felt() || b.is_felt(),
        }
    }
    pub fn option(of: Ty) -> Ty {
        Option(Box::new(of))
    }
    pub fn list(of: Ty) -> Ty {
        List(Box::new(of))
    }
    pub fn pair(a: Ty, b: Ty) -> Ty {
        Pair(Box::new(a), Box::new(b))
    }
}
