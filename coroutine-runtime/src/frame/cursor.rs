//! What an owning `for` keeps: the iterator itself, or a cursor that owns the items that remain and stores only those.
use super::Of;

/// The next item.
#[inline(always)]
pub fn advance<I: Iterator>(iterator: &mut I) -> Option<I::Item> {
    iterator.next()
}

/// Starts anything by `into_iter`.
pub struct StartAny;
impl StartAny {
    /// Starts.
    #[inline(always)]
    pub fn start<T: IntoIterator>(self, it: T) -> T::IntoIter {
        it.into_iter()
    }
}

/// Chooses for owned collections.
pub trait CursorOfOwned {}
/// Chooses for anything that iterates.
pub trait CursorOfAny {
    /// Chooses.
    #[inline(always)]
    fn cursor(&self) -> StartAny {
        StartAny
    }
}
/// Chooses for what does not iterate.
pub trait CursorOfNone {}
impl<T: IntoIterator> CursorOfAny for &Of<T> {}
