//! Choices: what makes one program differ from another.
//!
//! A program is a function of the choices that were made for it. They are recorded, so that a smaller program is made by cutting the
//! record and generating again: whatever is cut, what comes out is well typed. `0` is always the simplest choice, and a record that
//! has ended gives zeros.

/// Choices that are made at random, or read again.
pub struct Tape {
    choices: Vec<u32>,
    at: usize,
    random: Option<Random>,
    spans: Vec<(usize, usize)>,
}

impl Tape {
    /// Choices by a seed.
    pub fn random(seed: u64) -> Self {
        Tape { choices: Vec::new(), at: 0, random: Some(Random(seed)), spans: Vec::new() }
    }
    /// Choices that were made.
    pub fn recorded(choices: Vec<u32>) -> Self {
        Tape { choices, at: 0, random: None, spans: Vec::new() }
    }
    /// One of `0..n`.
    pub fn pick(&mut self, n: usize) -> usize {
        if let (None, Some(random)) = (self.choices.get(self.at), &mut self.random) {
            self.choices.push(random.number());
        }
        let choice = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        choice as usize % n.max(1)
    }
    /// True about `percent` times in a hundred; the simplest choice is `false`.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.pick(100) >= 100 - percent
    }
    /// One of the entries, by weight.
    pub fn weighted<T: Copy>(&mut self, entries: &[(usize, T)]) -> Option<T> {
        let total: usize = entries.iter().map(|(weight, _)| weight).sum();
        let mut at = self.pick(total);
        for (weight, entry) in entries {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return Some(*entry),
            }
        }
        None
    }
    /// What is chosen from here on stands for one part of the program.
    pub fn mark(&self) -> usize {
        self.at
    }
    /// The part ends.
    pub fn part(&mut self, mark: usize) {
        self.spans.push((mark, self.at));
    }
    /// The choices that were used, and where the parts are, the largest first.
    pub fn into_record(mut self) -> (Vec<u32>, Vec<(usize, usize)>) {
        self.choices.truncate(self.at);
        let len = self.choices.len();
        self.spans.retain(|(from, to)| from < to && *to <= len);
        self.spans.sort_by_key(|(from, to)| (std::cmp::Reverse(to - from), *from));
        self.spans.dedup();
        (self.choices, self.spans)
    }
}

/// SplitMix64: small, and the same everywhere.
pub struct Random(pub u64);
impl Random {
    /// The next number.
    pub fn number(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as u32
    }
}
