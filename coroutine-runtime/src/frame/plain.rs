//! Plain memory: types of std over plain data, told by type. That a value of such a type is dropped early cannot be felt.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::collections::{btree_map, btree_set, hash_map, hash_set, vec_deque};
use std::iter::{Chain, Enumerate, Rev, Skip, StepBy, Take, Zip};
use std::marker::PhantomData;
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo};
use std::{array, option, vec};

/// A type whose drop frees memory and does nothing else.
pub trait Plain {}

macro_rules! plain {
    ($([$($p:tt)*] $type:ty;)*) => { $(impl<$($p)*> Plain for $type {})* };
}
macro_rules! plain_over {
    ($($($name:ident)::+ <$($t:ident),+>;)*) => { $(impl<$($t: Plain),+> Plain for $($name)::+ <$($t),+> {})* };
}
macro_rules! plain_data {
    ($($type:ty)*) => { $(impl Plain for $type {})* };
}
macro_rules! plain_tuples {
    ($(($($t:ident),*))*) => { $(impl<$($t: Plain),*> Plain for ($($t,)*) {})* };
}

plain_data! {
    u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char str String
    std::path::Path std::path::PathBuf std::ffi::OsStr std::ffi::OsString std::ffi::CStr std::ffi::CString
    std::time::Duration std::time::Instant std::time::SystemTime std::cmp::Ordering
    std::net::IpAddr std::net::Ipv4Addr std::net::Ipv6Addr std::net::SocketAddr
    std::num::ParseIntError std::num::ParseFloatError std::num::TryFromIntError std::str::Utf8Error std::string::FromUtf8Error
    std::num::NonZeroU8 std::num::NonZeroU16 std::num::NonZeroU32 std::num::NonZeroU64 std::num::NonZeroUsize
    std::num::NonZeroI8 std::num::NonZeroI16 std::num::NonZeroI32 std::num::NonZeroI64 std::num::NonZeroIsize
    crate::snapshot::RestoreError crate::snapshot::SnapshotError crate::coroutine::ResumeError
    serde_json::Value serde_json::Number std::convert::Infallible std::fmt::Error
}
plain_over! {
    Vec<T>; VecDeque<T>; BTreeMap<K, V>; BTreeSet<T>; HashSet<T, S>; BinaryHeap<T>; LinkedList<T>;
    Option<T>; Result<T, E>; ControlFlow<B, C>; Bound<T>; Range<T>; RangeFrom<T>; RangeInclusive<T>; RangeTo<T>;
    vec::IntoIter<T>; vec_deque::IntoIter<T>; btree_map::IntoIter<K, V>; btree_set::IntoIter<T>; option::IntoIter<T>;
    hash_map::IntoIter<K, V>; hash_set::IntoIter<T>; std::collections::binary_heap::IntoIter<T>;
    Rev<I>; Enumerate<I>; Skip<I>; Take<I>; StepBy<I>; Chain<A, B>; Zip<A, B>;
    std::num::Wrapping<T>; std::num::Saturating<T>; std::cmp::Reverse<T>;
}
plain! {
    [T: ?Sized] &T;
    [T: ?Sized] &mut T;
    [T: ?Sized] PhantomData<T>;
    [T: ?Sized + Plain] Box<T>;
    [T: Plain] [T];
    [T: Plain, const N: usize] [T; N];
    [T: Plain, const N: usize] array::IntoIter<T, N>;
    [K: Plain, V: Plain, S: Plain] HashMap<K, V, S>;
    [] std::hash::RandomState;
    [T: ?Sized + ToOwned<Owned: Plain>] Cow<'_, T>;
}
plain_tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }
