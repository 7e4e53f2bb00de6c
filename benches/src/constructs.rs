//! One yield and the resume after it in what ordinary functions are made of: loops over borrows, a `match` over what is lent, methods,
//! branches beside each other. As durable coroutines and as plain async functions.
use crate::generators::{Port, STOP, contender, ours, rustc};
use crate::measure::compare;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

/// A state that a method matches on.
#[derive(Clone)]
pub(crate) enum Phase {
    Open { left: u64 },
    Packed { parcel: u64, weights: [u64; 4] },
}

/// What methods are called on.
#[derive(Clone)]
pub(crate) struct Service {
    phase: Phase,
    sum: u64,
}

impl Service {
    fn new() -> Self {
        Service { phase: Phase::Open { left: 3 }, sum: 0 }
    }

    fn after(&mut self, got: u64) {
        self.sum = self.sum.wrapping_add(got);
        self.phase = match &self.phase {
            Phase::Open { left: 0 } => Phase::Packed { parcel: got, weights: [got; 4] },
            Phase::Open { left } => Phase::Open { left: left - 1 },
            Phase::Packed { parcel, .. } => Phase::Open { left: parcel & 3 },
        };
    }
}

mod own {
    //! As durable coroutines.
    use super::{Phase, STOP, Service};
    use coroutine_runtime::prelude::*;

    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn loops(items: Vec<u64>) -> u64 {
        let mut sum = 0u64;
        loop {
            for item in &items {
                let got = yield_(*item).await;
                if got == STOP {
                    return sum;
                }
                sum = sum.wrapping_add(*item ^ got);
            }
        }
    }

    impl Service {
        #[durable(yield = u64, resume = u64)]
        pub(crate) async fn matches(&mut self) -> u64 {
            loop {
                let got = match &self.phase {
                    Phase::Open { left } => yield_(*left).await,
                    Phase::Packed { parcel, weights } => yield_(*parcel).await ^ weights[1],
                };
                if got == STOP {
                    return self.sum;
                }
                self.after(got);
            }
        }

        #[durable(yield = u64, resume = u64)]
        pub(crate) async fn tick(&mut self, n: u64) -> u64 {
            let got = yield_(self.sum ^ n).await;
            self.sum = self.sum.wrapping_add(got);
            got
        }

        #[durable(yield = u64, resume = u64)]
        pub(crate) async fn ticks(&mut self) -> u64 {
            let mut n = 0;
            while self.tick(n).await != STOP {
                n += 1;
            }
            n
        }
    }

    #[durable(yield = u64, resume = u64)]
    async fn branch(seed: u64) -> u64 {
        let mut sum = seed;
        loop {
            let got = yield_(sum).await;
            if got == STOP {
                return sum;
            }
            sum = sum.wrapping_add(got);
        }
    }

    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn four(seed: u64) -> u64 {
        let (a, b, c, d) = coroutine_runtime::join!(branch(seed), branch(seed + 1), branch(seed + 2), branch(seed + 3));
        a ^ b ^ c ^ d
    }
}

mod plain {
    //! As plain async functions.
    use super::{Phase, Port, STOP, Service, join};

    pub(crate) async fn loops(port: &Port, items: Vec<u64>) -> u64 {
        let mut sum = 0u64;
        loop {
            for item in &items {
                let got = port.yields(*item).await;
                if got == STOP {
                    return sum;
                }
                sum = sum.wrapping_add(*item ^ got);
            }
        }
    }

    impl Service {
        pub(crate) async fn plain_matches(&mut self, port: &Port) -> u64 {
            loop {
                let got = match &self.phase {
                    Phase::Open { left } => port.yields(*left).await,
                    Phase::Packed { parcel, weights } => port.yields(*parcel).await ^ weights[1],
                };
                if got == STOP {
                    return self.sum;
                }
                self.after(got);
            }
        }

        async fn plain_tick(&mut self, port: &Port, n: u64) -> u64 {
            let got = port.yields(self.sum ^ n).await;
            self.sum = self.sum.wrapping_add(got);
            got
        }

        pub(crate) async fn plain_ticks(&mut self, port: &Port) -> u64 {
            let mut n = 0;
            while self.plain_tick(port, n).await != STOP {
                n += 1;
            }
            n
        }
    }

    async fn branch(port: &Port, seed: u64) -> u64 {
        let mut sum = seed;
        loop {
            let got = port.yields_in_turn(sum).await;
            if got == STOP {
                return sum;
            }
            sum = sum.wrapping_add(got);
        }
    }

    pub(crate) async fn four(port: &Port, seed: u64) -> u64 {
        join(branch(port, seed), branch(port, seed + 1), branch(port, seed + 2), branch(port, seed + 3)).await
    }
}

/// Four futures in one, as the macros for tasks do it: each poll polls all that have not ended, beginning with another.
async fn join(
    a: impl Future<Output = u64>,
    b: impl Future<Output = u64>,
    c: impl Future<Output = u64>,
    d: impl Future<Output = u64>,
) -> u64 {
    let (mut a, mut b, mut c, mut d) = (pin!(a), pin!(b), pin!(c), pin!(d));
    let (mut landed, mut first) = ([None; 4], 0);
    poll_fn(|cx: &mut Context<'_>| {
        first += 1;
        for n in 0..4 {
            let n = (first + n) % 4;
            if landed[n].is_some() {
                continue;
            }
            let polled = match n {
                0 => a.as_mut().poll(cx),
                1 => b.as_mut().poll(cx),
                2 => c.as_mut().poll(cx),
                _ => d.as_mut().poll(cx),
            };
            if let Poll::Ready(value) = polled {
                landed[n] = Some(value);
            }
        }
        if landed.iter().all(Option::is_some) { Poll::Ready(landed.into_iter().flatten().sum()) } else { Poll::Pending }
    })
    .await
}

/// Times.
pub(crate) fn times() {
    let items: Vec<u64> = (0..100).collect();
    compare(
        "yield and resume: a loop over a borrow",
        contender(ours(own::loops(items.clone()))),
        vec![("rustc", contender(rustc(|port| plain::loops(port, items))))],
    );
    let [a, b] = &mut [Service::new(), Service::new()];
    compare(
        "yield and resume: a match over what is lent",
        contender(ours(a.matches())),
        vec![("rustc", contender(rustc(|port| b.plain_matches(port))))],
    );
    let [a, b] = &mut [Service::new(), Service::new()];
    compare(
        "yield and resume: a call of a `&mut self` method",
        contender(ours(a.ticks())),
        vec![("rustc", contender(rustc(|port| b.plain_ticks(port))))],
    );
    compare(
        "yield and resume: four branches joined",
        contender(ours(own::four(7))),
        vec![("rustc", contender(rustc(|port| plain::four(port, 7))))],
    );
}
