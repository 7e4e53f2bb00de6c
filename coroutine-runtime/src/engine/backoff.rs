//! How long to wait before the next try. In: how often it was tried; out: a time, or that it is enough.
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long to wait before each further try: longer each time, a bit at random, and not for ever.
///
/// It is plain data: kept in a variable of a coroutine, it is stored with it, and the tries that were made are counted across crashes.
///
/// ```
/// use coroutine_runtime::{Backoff, TestRuntime, prelude::*, sleep};
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::time::Duration;
///
/// #[derive(Default)]
/// struct Bank(AtomicU32);
/// impl Bank {
///     async fn pay(&self, amount: u32) -> Result<u32, String> {
///         match self.0.fetch_add(1, Ordering::Relaxed) {
///             0..3 => Err("the bank is closed".into()),
///             _ => Ok(amount),
///         }
///     }
/// }
///
/// #[durable]
/// async fn pays(bank: &Bank, amount: u32) -> Result<u32, String> {
///     let mut backoff = Backoff::new(Duration::from_secs(60), 5);
///     loop {
///         match bank.pay(amount).await {
///             Ok(paid) => return Ok(paid),
///             Err(error) => match backoff.next() {
///                 Some(wait) => sleep(wait).await,
///                 None => return Err(error),
///             },
///         }
///     }
/// }
///
/// TestRuntime::new().env(Bank::default()).register(pays).run(async |rt| {
///     assert_eq!(rt.start(pays, (7,)).await?.result().await?, Ok(7));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
    factor: f64,
    jitter: f64,
    left: u32,
    seed: u64,
}

impl Backoff {
    /// `first` before the second try, then twice as long each time; `retries` tries after the first. Up to a quarter of each time is
    /// taken off at random, so that what failed together is not tried again together.
    ///
    /// ```
    /// use coroutine_runtime::Backoff;
    /// use std::time::Duration;
    ///
    /// let waits: Vec<u64> = Backoff::new(Duration::from_secs(4), 3).map(|wait| wait.as_secs()).collect();
    /// assert!((3..=4).contains(&waits[0]) && (6..=8).contains(&waits[1]) && (12..=16).contains(&waits[2]));
    /// assert_eq!(waits.len(), 3);
    /// ```
    pub fn new(first: Duration, retries: u32) -> Self {
        let seed = RandomState::new().hash_one(retries);
        Backoff { next: first, longest: Duration::MAX, factor: 2.0, jitter: 0.25, left: retries, seed }
    }

    /// Each time is so many times as long as the one before.
    ///
    /// ```
    /// use coroutine_runtime::Backoff;
    /// use std::time::Duration;
    ///
    /// let waits: Vec<u64> = Backoff::new(Duration::from_secs(1), 3).factor(10.0).jitter(0.0).map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [1, 10, 100]);
    /// ```
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Backoff { factor, ..self }
    }

    /// No time is longer than this.
    ///
    /// ```
    /// use coroutine_runtime::Backoff;
    /// use std::time::Duration;
    ///
    /// let backoff = Backoff::new(Duration::from_secs(1), 5).at_most(Duration::from_secs(5)).jitter(0.0);
    /// assert_eq!(backoff.map(|wait| wait.as_secs()).collect::<Vec<_>>(), [1, 2, 4, 5, 5]);
    /// ```
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Self {
        Backoff { longest, ..self }
    }

    /// Up to this part of each time is taken off at random: between 0, nothing, and 1.
    ///
    /// ```
    /// use coroutine_runtime::Backoff;
    /// use std::time::Duration;
    ///
    /// let backoff = Backoff::new(Duration::from_secs(10), 1).jitter(0.5);
    /// assert!(backoff.last().is_some_and(|wait| wait > Duration::from_secs(5) && wait <= Duration::from_secs(10)));
    /// ```
    #[must_use]
    pub fn jitter(self, jitter: f64) -> Self {
        Backoff { jitter: jitter.clamp(0.0, 1.0), ..self }
    }

    /// Between 0 and 1.
    fn random(&mut self) -> f64 {
        // (SplitMix64.)
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.seed;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// How long to wait before the next try; none when it is enough.
impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let wait = self.next.min(self.longest);
        self.next = Duration::try_from_secs_f64(wait.as_secs_f64() * self.factor).unwrap_or(Duration::MAX);
        let kept = 1.0 - self.jitter * self.random();
        // (As it is where nothing is taken off: floats would round it.)
        Some(if self.jitter > 0.0 { wait.mul_f64(kept.clamp(0.0, 1.0)) } else { wait })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_grow_to_the_longest_and_end() {
        let ms = Duration::from_millis;
        let waits: Vec<_> = Backoff::new(ms(100), 5).at_most(ms(500)).jitter(0.0).collect();
        assert_eq!(waits, [ms(100), ms(200), ms(400), ms(500), ms(500)]);
        let waits: Vec<_> = Backoff::new(ms(100), 50).jitter(0.5).factor(1.0).collect();
        assert!(waits.iter().all(|wait| (ms(50)..=ms(100)).contains(wait)));
        assert!(waits.windows(2).any(|pair| pair[0] != pair[1]));
        assert_eq!(Backoff::new(Duration::MAX, 3).factor(1e9).count(), 3, "and never overflow");
    }
}
