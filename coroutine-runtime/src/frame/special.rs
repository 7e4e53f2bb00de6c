//! Forms for types of std that serde does not know, or keeps only in part: arrays of any length, `&'static str`, `Ordering`, owning
//! iterators (what remains of them), and ranges where they are.
use super::keep::{BySerde, Nested, Special, Stores, Textual};
use super::slots::empty;
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Serialize, ser};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque, vec_deque};
use std::hash::BuildHasher;
use std::iter::{Peekable, Rev, StepBy};
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};
use std::sync::{Mutex, PoisonError};
use std::{option, vec};

// ---- containers, by the form of their items -------------------------------------------------------

/// Items, each in its form.
pub struct Items<'v, K, T>(&'v [T], PhantomData<K>);
impl<'v, K, T> Items<'v, K, T> {
    pub(crate) fn of(items: &'v [T]) -> Self {
        Items(items, PhantomData)
    }
}
impl<K: Stores<T>, T> Serialize for Items<'_, K, T> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(K::form))
    }
}

fn all<K: Stores<T>, T>(forms: Vec<K::Back>) -> Result<Vec<T>, Box<str>> {
    forms.into_iter().map(K::back).collect()
}

/// An array of any length (serde stops at 32), as a tuple.
pub struct ByArray<K>(PhantomData<K>);
/// An array as serde sees a tuple.
pub struct ArrayForm<'v, K, T, const N: usize>(&'v [T; N], PhantomData<K>);
impl<K: Stores<T>, T, const N: usize> Serialize for ArrayForm<'_, K, T, N> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for item in self.0 {
            ser::SerializeTuple::serialize_element(&mut tuple, &K::form(item))?;
        }
        ser::SerializeTuple::end(tuple)
    }
}
/// An array's items, read as a tuple.
pub enum ArrayBack<F, const N: usize> {
    /// A short array.
    Array([F; N]),
    /// A long one.
    Vec(Vec<F>),
}
/// Shorter arrays are read on the stack.
const ARRAY_ON_STACK_MAX_BYTES: usize = 1024;
impl<'de, F: Deserialize<'de>, const N: usize> Deserialize<'de> for ArrayBack<F, N> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tuple<F, const N: usize>(PhantomData<F>);
        impl<'de, F: Deserialize<'de>, const N: usize> de::Visitor<'de> for Tuple<F, N> {
            type Value = ArrayBack<F, N>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "an array of {N} items")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                if N * size_of::<F>() <= ARRAY_ON_STACK_MAX_BYTES {
                    let mut error = None;
                    let mut read = 0;
                    let items: [Option<F>; N] = std::array::from_fn(|_| {
                        if error.is_none() {
                            match seq.next_element() {
                                Ok(Some(item)) => {
                                    read += 1;
                                    return Some(item);
                                }
                                Ok(None) => error = Some(de::Error::invalid_length(read, &self)),
                                Err(cause) => error = Some(cause),
                            }
                        }
                        None
                    });
                    return match error {
                        Some(error) => Err(error),
                        None => Ok(ArrayBack::Array(items.map(|item| item.unwrap_or_else(|| empty())))),
                    };
                }
                // (Bounded: an array that large exists in the program's types.)
                let mut items = Vec::with_capacity(N.min(4096));
                while items.len() < N {
                    match seq.next_element()? {
                        Some(item) => items.push(item),
                        None => return Err(de::Error::invalid_length(items.len(), &self)),
                    }
                }
                Ok(ArrayBack::Vec(items))
            }
        }
        deserializer.deserialize_tuple(N, Tuple(PhantomData))
    }
}
impl<K: Stores<T>, T, const N: usize> Stores<[T; N]> for ByArray<K> {
    type Form<'v>
        = ArrayForm<'v, K, T, N>
    where
        T: 'v;
    type Back = ArrayBack<K::Back, N>;
    fn form(value: &[T; N]) -> ArrayForm<'_, K, T, N> {
        ArrayForm(value, PhantomData)
    }
    fn back(form: ArrayBack<K::Back, N>) -> Result<[T; N], Box<str>> {
        match form {
            ArrayBack::Array(items) => {
                let mut refused = None;
                let items = items.map(|item| match K::back(item) {
                    Ok(item) => Some(item),
                    Err(what) => {
                        refused = Some(what);
                        None
                    }
                });
                match refused {
                    Some(what) => Err(what),
                    None => Ok(items.map(|item| item.unwrap_or_else(|| empty()))),
                }
            }
            ArrayBack::Vec(items) => all::<K, T>(items)?.try_into().map_err(|_| "an array of another length".into()),
        }
    }
}

/// A vector.
pub struct ByVec<K>(PhantomData<K>);
impl<K: Stores<T>, T> Stores<Vec<T>> for ByVec<K> {
    type Form<'v>
        = Items<'v, K, T>
    where
        T: 'v;
    type Back = Vec<K::Back>;
    fn form(value: &Vec<T>) -> Items<'_, K, T> {
        Items(value, PhantomData)
    }
    fn back(form: Vec<K::Back>) -> Result<Vec<T>, Box<str>> {
        all::<K, T>(form)
    }
}
/// What remains of a vector.
impl<K: Stores<T>, T> Stores<vec::IntoIter<T>> for ByVec<K> {
    type Form<'v>
        = Items<'v, K, T>
    where
        T: 'v;
    type Back = Vec<K::Back>;
    fn form(value: &vec::IntoIter<T>) -> Items<'_, K, T> {
        Items(value.as_slice(), PhantomData)
    }
    fn back(form: Vec<K::Back>) -> Result<vec::IntoIter<T>, Box<str>> {
        all::<K, T>(form).map(Vec::into_iter)
    }
}

/// An optional value.
pub struct ByOption<K>(PhantomData<K>);
impl<K: Stores<T>, T> Stores<Option<T>> for ByOption<K> {
    type Form<'v>
        = Option<K::Form<'v>>
    where
        T: 'v;
    type Back = Option<K::Back>;
    fn form(value: &Option<T>) -> Option<K::Form<'_>> {
        value.as_ref().map(K::form)
    }
    fn back(form: Option<K::Back>) -> Result<Option<T>, Box<str>> {
        form.map(K::back).transpose()
    }
}

/// A pair.
pub struct ByPair<K, L>(PhantomData<(K, L)>);
impl<K: Stores<A>, L: Stores<B>, A, B> Stores<(A, B)> for ByPair<K, L> {
    type Form<'v>
        = (K::Form<'v>, L::Form<'v>)
    where
        A: 'v,
        B: 'v;
    type Back = (K::Back, L::Back);
    fn form(value: &(A, B)) -> Self::Form<'_> {
        (K::form(&value.0), L::form(&value.1))
    }
    fn back(form: Self::Back) -> Result<(A, B), Box<str>> {
        Ok((K::back(form.0)?, L::back(form.1)?))
    }
}

// ---- single values ----------------------------------------------------------------------------------

/// A `&'static str`, as a string. It comes back leaked, each content once.
pub struct ByText;
impl Stores<&'static str> for ByText {
    type Form<'v> = &'v str;
    type Back = String;
    fn form<'v>(value: &'v &'static str) -> &'v str {
        value
    }
    fn back(form: String) -> Result<&'static str, Box<str>> {
        intern(form)
    }
}

/// Collections of `&'static str`s, and maps from them.
pub struct ByTexts;
macro_rules! texts { ($([$($p:tt)*] $type:ty, $back:ty, |$text:ident| $item:pat => $made:expr;)*) => { $(
    impl<$($p)*> Stores<$type> for ByTexts {
        type Form<'v>
            = &'v $type
        where
            $type: 'v;
        type Back = $back;
        fn form<'v>(value: &'v $type) -> &'v $type {
            value
        }
        fn back(form: $back) -> Result<$type, Box<str>> {
            form.into_iter().map(|$item| intern($text).map(|$text| $made)).collect()
        }
    }
    impl<$($p)*> Textual for $type {
        type By = ByTexts;
    }
)* } }
texts! {
    [] VecDeque<&'static str>, VecDeque<String>, |text| text => text;
    [] BTreeSet<&'static str>, BTreeSet<String>, |text| text => text;
    [S: BuildHasher + Default] HashSet<&'static str, S>, HashSet<String, S>, |text| text => text;
    [T: Serialize + DeserializeOwned] BTreeMap<&'static str, T>, BTreeMap<String, T>, |text| (text, value) => (text, value);
    [T: Serialize + DeserializeOwned, S: BuildHasher + Default] HashMap<&'static str, T, S>, HashMap<String, T, S>, |text| (text, value) => (text, value);
}

/// What snapshots may leak in all, in bytes: literals are few and short, so more than this is no literal.
const INTERNED_MAX_BYTES: usize = 16 << 20;

fn intern(text: String) -> Result<&'static str, Box<str>> {
    static INTERNED: Mutex<(Option<HashSet<&'static str>>, usize)> = Mutex::new((None, 0));
    let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
    let (texts, bytes) = &mut *interned;
    let texts = texts.get_or_insert_default();
    if let Some(known) = texts.get(text.as_str()) {
        return Ok(known);
    }
    if text.len() > INTERNED_MAX_BYTES - *bytes {
        return Err("more `&'static str`s than a program has literals: keep a `String`".into());
    }
    *bytes += text.len();
    let text: &'static str = Box::leak(text.into_boxed_str());
    texts.insert(text);
    Ok(text)
}

/// An `Ordering`, as a number.
pub struct ByNumber;
impl Stores<Ordering> for ByNumber {
    type Form<'v> = i8;
    type Back = i8;
    fn form(value: &Ordering) -> i8 {
        *value as i8
    }
    fn back(form: i8) -> Result<Ordering, Box<str>> {
        match form {
            -1 => Ok(Ordering::Less),
            0 => Ok(Ordering::Equal),
            1 => Ok(Ordering::Greater),
            _ => Err("an `Ordering` is -1, 0 or 1".into()),
        }
    }
}

// ---- iterators that can only be cloned ----------------------------------------------------------------

/// What remains of an iterator, cloned.
pub struct ByClone;
macro_rules! cloned { ($($type:ty, $form:ty, $back:ty, |$rest:ident| $items:expr, |$read:ident| $made:expr;)*) => { $(
    impl<T: Clone + Serialize + DeserializeOwned> Stores<$type> for ByClone {
        type Form<'v>
            = $form
        where
            T: 'v;
        type Back = $back;
        fn form(value: &$type) -> $form {
            let mut $rest = value.clone();
            $items
        }
        fn back($read: $back) -> Result<$type, Box<str>> {
            Ok($made)
        }
    }
)* } }
cloned! {
    Rev<vec::IntoIter<T>>, Vec<T>, Vec<T>, |rest| rest.by_ref().rev().collect(), |items| items.into_iter().rev();
    Peekable<vec::IntoIter<T>>, Vec<T>, Vec<T>, |rest| rest.by_ref().collect(), |items| items.into_iter().peekable();
    vec_deque::IntoIter<T>, Vec<T>, VecDeque<T>, |rest| rest.by_ref().collect(), |items| items.into_iter();
    option::IntoIter<T>, Option<T>, Option<T>, |rest| rest.next(), |item| item.into_iter();
}

// ---- ranges -------------------------------------------------------------------------------------------

/// An inclusive range: its ends, and whether it is exhausted, which serde forgets.
pub struct ByEnds;
impl<T> Stores<RangeInclusive<T>> for ByEnds
where
    T: Clone + PartialOrd + Serialize + DeserializeOwned + 'static,
    RangeInclusive<T>: Iterator,
{
    type Form<'v> = (&'v T, &'v T, bool);
    type Back = (T, T, bool);
    fn form(value: &RangeInclusive<T>) -> (&T, &T, bool) {
        (value.start(), value.end(), value.is_empty())
    }
    fn back((start, end, empty): (T, T, bool)) -> Result<RangeInclusive<T>, Box<str>> {
        let mut range = start..=end;
        if empty && !range.is_empty() {
            // Exhausted: then its ends were equal.
            range.next();
            if !range.is_empty() {
                return Err("a range that is exhausted and has items left".into());
            }
        }
        Ok(range)
    }
}

/// What can be counted in.
pub trait Counts: Copy + 'static {
    /// As a number.
    fn number(self) -> i128;
    /// Of a number.
    fn of(number: i128) -> Option<Self>;
}
macro_rules! counts { ($($t:ty)*) => { $(
    impl Counts for $t {
        #[allow(clippy::cast_lossless, reason = "one macro for all widths")]
        fn number(self) -> i128 {
            self as i128
        }
        fn of(number: i128) -> Option<Self> {
            <$t>::try_from(number).ok()
        }
    }
)* } }
counts! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

/// What remains of a stepping range: its first item, the distance to the second, how many there are.
pub struct BySteps;

fn steps<T: Counts>(range: &(impl Iterator<Item = T> + Clone)) -> (i128, i128, u64) {
    let mut rest = range.clone();
    match (rest.next(), rest.next()) {
        (Some(first), Some(second)) => (first.number(), second.number() - first.number(), range.size_hint().0 as u64),
        (Some(first), None) => (first.number(), 1, 1),
        (None, _) => (0, 1, 0),
    }
}

/// A range of numbers, made of its lowest and its highest.
pub trait Run: Sized {
    /// What it gives.
    type Number: Counts;
    /// From `low` to `high`; there is no item if `high` is less.
    fn run(low: i128, high: i128) -> Option<Self>;
}
impl<T: Counts> Run for Range<T> {
    type Number = T;
    fn run(low: i128, high: i128) -> Option<Self> {
        Some(T::of(low)?..T::of(high.checked_add(1)?)?)
    }
}
impl<T: Counts> Run for RangeInclusive<T> {
    type Number = T;
    fn run(low: i128, high: i128) -> Option<Self> {
        Some(T::of(low)?..=T::of(high)?)
    }
}

/// The range again, and the step between neighbours.
fn run<B: Run>((first, step, count): (i128, i128, u64), upward: bool) -> Result<(B, usize), Box<str>> {
    let wrong = "a range that does not fit its type";
    let Some(more) = count.checked_sub(1) else { return B::run(1, 0).map(|none| (none, 1)).ok_or_else(|| wrong.into()) };
    if more > 0 && (step > 0) != upward {
        return Err("a range that runs the other way".into());
    }
    let last = step.checked_mul(i128::from(more)).and_then(|way| first.checked_add(way)).ok_or(wrong)?;
    let by = usize::try_from(step.unsigned_abs()).ok().filter(|by| *by > 0).ok_or(wrong)?;
    Ok((B::run(first.min(last), first.max(last)).ok_or(wrong)?, by))
}

macro_rules! stepping { ($($type:ty, upward: $upward:literal, |$range:ident, $by:ident| $make:expr;)*) => { $(
    impl<B: Run> Stores<$type> for BySteps
    where
        B: DoubleEndedIterator<Item = B::Number> + Clone,
    {
        type Form<'v>
            = (i128, i128, u64)
        where
            B: 'v;
        type Back = (i128, i128, u64);
        fn form(value: &$type) -> (i128, i128, u64) {
            steps(value)
        }
        fn back(form: (i128, i128, u64)) -> Result<$type, Box<str>> {
            let ($range, $by) = run::<B>(form, $upward)?;
            Ok($make)
        }
    }
)* } }
stepping! {
    Rev<B>, upward: false, |range, _by| range.rev();
    Peekable<B>, upward: true, |range, _by| range.peekable();
    StepBy<B>, upward: true, |range, by| range.step_by(by);
    StepBy<Rev<B>>, upward: false, |range, by| range.rev().step_by(by);
}

// ---- which type takes which form ------------------------------------------------------------------------

macro_rules! forms { ($($trait:ident: $([$($p:tt)*] $type:ty = $by:ty;)*)*) => { $($(
    impl<$($p)*> $trait for $type
    where
        $by: Stores<$type>,
    {
        type By = $by;
    }
)*)* } }
forms! {
    Special:
        [T: Serialize + DeserializeOwned, const N: usize] [T; N] = ByArray<BySerde>;
        [T: Serialize + DeserializeOwned] vec::IntoIter<T> = ByVec<BySerde>;
        [] Ordering = ByNumber;
        [T: Clone + Serialize + DeserializeOwned] Rev<vec::IntoIter<T>> = ByClone;
        [T: Clone + Serialize + DeserializeOwned] Peekable<vec::IntoIter<T>> = ByClone;
        [T: Clone + Serialize + DeserializeOwned] vec_deque::IntoIter<T> = ByClone;
        [T: Clone + Serialize + DeserializeOwned] option::IntoIter<T> = ByClone;
        [T: Clone + PartialOrd + Serialize + DeserializeOwned + 'static] RangeInclusive<T> = ByEnds;
        [B: Run + DoubleEndedIterator<Item = B::Number> + Clone] Peekable<B> = BySteps;
        [T: Counts] Rev<Range<T>> = BySteps;
        [T: Counts] Rev<RangeInclusive<T>> = BySteps;
        [T: Counts] StepBy<Range<T>> = BySteps;
        [T: Counts] StepBy<RangeInclusive<T>> = BySteps;
        [T: Counts] StepBy<Rev<Range<T>>> = BySteps;
        [T: Counts] StepBy<Rev<RangeInclusive<T>>> = BySteps;
}

/// Containers of parts that serde does not know.
macro_rules! containers { ($($trait:ident: [$($p:tt)*] $part:ty = $by:ty;)*) => { $(
    impl<$($p)* const M: usize> $trait for [$part; M] where $by: Stores<$part> {
        type By = ByArray<$by>;
    }
    impl<$($p)*> $trait for Vec<$part> where $by: Stores<$part> {
        type By = ByVec<$by>;
    }
    impl<$($p)*> $trait for vec::IntoIter<$part> where $by: Stores<$part> {
        type By = ByVec<$by>;
    }
    impl<$($p)*> $trait for Option<$part> where $by: Stores<$part> {
        type By = ByOption<$by>;
    }
    impl<$($p)* const M: usize> $trait for super::cursor::ArrayCursor<$part, M> where $by: Stores<$part> {
        type By = ByVec<$by>;
    }
)* } }
containers! {
    Textual: [] &'static str = ByText;
    Textual: [T: Serialize + DeserializeOwned,] (&'static str, T) = ByPair<ByText, BySerde>;
    Nested: [] Ordering = ByNumber;
    Nested: [T: Serialize + DeserializeOwned, const N: usize,] [T; N] = ByArray<BySerde>;
}
impl Textual for &'static str {
    type By = ByText;
}
impl<T: Serialize + DeserializeOwned> Textual for (&'static str, T) {
    type By = ByPair<ByText, BySerde>;
}
