//! Branches, by their numbers: a few in a word, or as many as a list has.

/// A set of branches.
pub trait Set: Default {
    /// Adds one.
    #[doc(hidden)]
    fn insert(&mut self, n: usize);
    /// Takes one out.
    #[doc(hidden)]
    fn remove(&mut self, n: usize);
    /// Whether it has none.
    #[doc(hidden)]
    fn is_empty(&self) -> bool;
    /// The first that is `n` or comes after it, and is not among others.
    #[doc(hidden)]
    fn from(&self, n: usize, others: &Self) -> Option<usize>;
    /// The first that is `n` or comes after it, or else the first of all.
    #[doc(hidden)]
    #[inline(always)]
    fn in_turn(&self, n: usize) -> Option<usize> {
        let none = Self::default();
        self.from(n, &none).or_else(|| self.from(0, &none))
    }
}

/// Of up to eight branches, a bit for each.
#[derive(Clone, Copy, Default)]
pub struct Word(pub(crate) u32);

impl Set for Word {
    #[inline(always)]
    fn insert(&mut self, n: usize) {
        self.0 |= 1 << n;
    }
    #[inline(always)]
    fn remove(&mut self, n: usize) {
        self.0 &= !(1 << n);
    }
    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.0 == 0
    }
    #[inline(always)]
    fn from(&self, n: usize, others: &Self) -> Option<usize> {
        // (A snapshot says whose turn it is: it may say anything.)
        let from = u32::try_from(n).ok().and_then(|n| u32::MAX.checked_shl(n)).unwrap_or(0);
        let bits = self.0 & !others.0 & from;
        (bits != 0).then(|| bits.trailing_zeros() as usize)
    }
}

/// Of any number of branches.
#[derive(Default)]
pub struct Words(Vec<u64>);

/// How many branches a word has.
const WORD: usize = u64::BITS as usize;

impl Words {
    fn word(&self, n: usize) -> u64 {
        self.0.get(n).copied().unwrap_or(0)
    }
}

impl Set for Words {
    fn insert(&mut self, n: usize) {
        if self.0.len() <= n / WORD {
            self.0.resize(n / WORD + 1, 0);
        }
        self.0[n / WORD] |= 1 << (n % WORD);
    }
    fn remove(&mut self, n: usize) {
        if let Some(word) = self.0.get_mut(n / WORD) {
            *word &= !(1 << (n % WORD));
        }
    }
    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
    fn from(&self, n: usize, others: &Self) -> Option<usize> {
        let left = |word: usize| self.word(word) & !others.word(word);
        let first = left(n / WORD) & (u64::MAX << (n % WORD));
        let mut words = std::iter::once((n / WORD, first)).chain((n / WORD + 1..self.0.len()).map(|word| (word, left(word))));
        words.find(|(_, bits)| *bits != 0).map(|(word, bits)| word * WORD + bits.trailing_zeros() as usize)
    }
}

impl FromIterator<usize> for Words {
    fn from_iter<I: IntoIterator<Item = usize>>(branches: I) -> Self {
        let mut set = Words::default();
        branches.into_iter().for_each(|n| set.insert(n));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::{Set, Word, Words};

    fn goes_round<S: Set>(mut set: S, branches: &[usize]) {
        branches.iter().for_each(|n| set.insert(*n));
        let mut others = S::default();
        others.insert(branches[1]);
        let found: Vec<usize> = std::iter::successors(set.from(0, &others), |n| set.from(n + 1, &others)).collect();
        assert_eq!(found, [&branches[..1], &branches[2..]].concat());
        branches.iter().for_each(|n| set.remove(*n));
        assert!(set.is_empty());
    }

    #[test]
    fn those_are_found_that_are_not_among_others() {
        goes_round(Word::default(), &[0, 2, 5]);
        goes_round(Words::default(), &[0, 2, 5]);
        goes_round(Words::default(), &[1, 63, 64, 200]);
    }
}
