//! One yield and the resume after it: by what is in the frame, by how deep it is, with what is lent.
use crate::generators::{STOP, contender, diapause, frame_size, ours, rustc};
use crate::measure::{compare, sizes};

// ---- the functions, each three times ------------------------------------------------------------------

pub(crate) mod own {
    //! As durable coroutines.
    use super::STOP;
    use coroutine_runtime::prelude::*;

    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn scalars(seed: u64) -> u64 {
        let (mut a, mut b, mut c, mut d) = (seed, seed + 1, seed + 2, seed + 3);
        let (mut e, mut f, mut g, mut h) = (seed + 4, seed + 5, seed + 6, seed + 7);
        loop {
            let got = yield_(a).await;
            if got == STOP {
                return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
            }
            (a, b, c, d, e, f, g, h) = (b, c ^ got, d, e, f.wrapping_add(got), g, h, a);
        }
    }

    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn array<const N: usize>(seed: u64) -> u64 {
        let mut buffer = [seed; N];
        let mut at = 0usize;
        loop {
            let got = yield_(buffer[at]).await;
            if got == STOP {
                return buffer[0];
            }
            buffer[at] = buffer[at].wrapping_add(got);
            at = (at + 1) % N;
        }
    }

    macro_rules! chain { ($name:ident $($below:ident)+) => {
        #[durable(yield = u64, resume = u64)]
        pub(crate) async fn $name(seed: u64) -> u64 {
            let own = seed ^ 1;
            let below = chain!(@first $($below)+)(seed + 1).await;
            below ^ own
        }
        chain!($($below)+);
    }; ($last:ident) => {
        #[durable(yield = u64, resume = u64)]
        pub(crate) async fn $last(seed: u64) -> u64 {
            let mut sum = seed;
            loop {
                let got = yield_(sum).await;
                if got == STOP {
                    return sum;
                }
                sum = sum.wrapping_add(got);
            }
        }
    }; (@first $first:ident $($rest:ident)*) => { $first } }
    chain!(depth16 depth15 depth14 depth13 depth12 depth11 depth10 depth9 depth8 depth7 depth6 depth5 depth4 depth3 depth2 depth1);

    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn lent(world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        loop {
            let got = yield_(order.sum).await;
            if got == STOP {
                return order.sum;
            }
            order.sum = order.sum.wrapping_add(world.rates[(got & 7) as usize] ^ seed);
        }
    }
    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn lent2(world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        let below = lent(world, order, seed + 1).await;
        below ^ seed
    }
    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn lent3(world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        let below = lent2(world, order, seed + 1).await;
        below ^ seed
    }
    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn lent4(world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        let below = lent3(world, order, seed + 1).await;
        below ^ seed
    }

    #[durable(yield = u64, resume = u64)]
    pub(crate) async fn steps(seed: u64) -> u64 {
        let mut sum = seed;
        loop {
            sum = super::add(sum, 1).await;
            let got = yield_(sum).await;
            if got == STOP {
                return sum;
            }
            sum = sum.wrapping_add(got);
        }
    }
}

pub(crate) mod plain {
    //! As plain async functions.
    use super::STOP;
    use crate::generators::Port;

    pub(crate) async fn scalars(port: &Port, seed: u64) -> u64 {
        let (mut a, mut b, mut c, mut d) = (seed, seed + 1, seed + 2, seed + 3);
        let (mut e, mut f, mut g, mut h) = (seed + 4, seed + 5, seed + 6, seed + 7);
        loop {
            let got = port.yields(a).await;
            if got == STOP {
                return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
            }
            (a, b, c, d, e, f, g, h) = (b, c ^ got, d, e, f.wrapping_add(got), g, h, a);
        }
    }

    pub(crate) async fn array<const N: usize>(port: &Port, seed: u64) -> u64 {
        let mut buffer = [seed; N];
        let mut at = 0usize;
        loop {
            let got = port.yields(buffer[at]).await;
            if got == STOP {
                return buffer[0];
            }
            buffer[at] = buffer[at].wrapping_add(got);
            at = (at + 1) % N;
        }
    }

    macro_rules! chain { ($name:ident $($below:ident)+) => {
        pub(crate) async fn $name(port: &Port, seed: u64) -> u64 {
            let own = seed ^ 1;
            let below = chain!(@first $($below)+)(port, seed + 1).await;
            below ^ own
        }
        chain!($($below)+);
    }; ($last:ident) => {
        pub(crate) async fn $last(port: &Port, seed: u64) -> u64 {
            let mut sum = seed;
            loop {
                let got = port.yields(sum).await;
                if got == STOP {
                    return sum;
                }
                sum = sum.wrapping_add(got);
            }
        }
    }; (@first $first:ident $($rest:ident)*) => { $first } }
    chain!(depth16 depth15 depth14 depth13 depth12 depth11 depth10 depth9 depth8 depth7 depth6 depth5 depth4 depth3 depth2 depth1);

    pub(crate) async fn lent(port: &Port, world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        loop {
            let got = port.yields(order.sum).await;
            if got == STOP {
                return order.sum;
            }
            order.sum = order.sum.wrapping_add(world.rates[(got & 7) as usize] ^ seed);
        }
    }
    pub(crate) async fn lent2(port: &Port, world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        let below = lent(port, world, order, seed + 1).await;
        below ^ seed
    }
    pub(crate) async fn lent3(port: &Port, world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        let below = lent2(port, world, order, seed + 1).await;
        below ^ seed
    }
    pub(crate) async fn lent4(port: &Port, world: &super::World, order: &mut super::Order, seed: u64) -> u64 {
        let below = lent3(port, world, order, seed + 1).await;
        below ^ seed
    }

    pub(crate) async fn steps(port: &Port, seed: u64) -> u64 {
        let mut sum = seed;
        loop {
            sum = super::add(sum, 1).await;
            let got = port.yields(sum).await;
            if got == STOP {
                return sum;
            }
            sum = sum.wrapping_add(got);
        }
    }
}

pub(crate) mod other {
    //! As diapause coroutines.
    use super::STOP;
    use super::{Order, World};

    #[diapause::coroutine(yield = u64, resume = u64)]
    pub(crate) fn scalars(seed: u64) -> u64 {
        let mut a: u64 = seed;
        let mut b: u64 = seed + 1;
        let mut c: u64 = seed + 2;
        let mut d: u64 = seed + 3;
        let mut e: u64 = seed + 4;
        let mut f: u64 = seed + 5;
        let mut g: u64 = seed + 6;
        let mut h: u64 = seed + 7;
        loop {
            let got = yield_!(a);
            if got == STOP {
                return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
            }
            (a, b, c, d, e, f, g, h) = (b, c ^ got, d, e, f.wrapping_add(got), g, h, a);
        }
    }

    #[diapause::coroutine(yield = u64, resume = u64)]
    pub(crate) fn array<const N: usize>(seed: u64) -> u64 {
        let mut buffer: [u64; N] = [seed; N];
        let mut at: usize = 0usize;
        loop {
            let got = yield_!(buffer[at]);
            if got == STOP {
                return buffer[0];
            }
            buffer[at] = buffer[at].wrapping_add(got);
            at = (at + 1) % N;
        }
    }

    macro_rules! chain { ($name:ident $($below:ident)+) => {
        #[diapause::coroutine(yield = u64, resume = u64)]
        pub(crate) fn $name(seed: u64) -> u64 {
            let own: u64 = seed ^ 1;
            let sub: chain!(@first $($below)+) = chain!(@call $($below)+)(seed + 1);
            let below: u64 = yield_all!(sub);
            below ^ own
        }
        chain!($($below)+);
    }; ($last:ident) => {
        #[diapause::coroutine(yield = u64, resume = u64)]
        pub(crate) fn $last(seed: u64) -> u64 {
            let mut sum: u64 = seed;
            loop {
                let got = yield_!(sum);
                if got == STOP {
                    return sum;
                }
                sum = sum.wrapping_add(got);
            }
        }
    }; (@first $first:ident $($rest:ident)*) => { $first::State }; (@call $first:ident $($rest:ident)*) => { $first } }
    chain!(depth16 depth15 depth14 depth13 depth12 depth11 depth10 depth9 depth8 depth7 depth6 depth5 depth4 depth3 depth2 depth1);

    #[diapause::coroutine(yield = u64, resume = u64)]
    pub(crate) fn lent<'a>(world: &'a World, order: &'a mut Order, seed: u64) -> u64 {
        loop {
            let got = yield_!(order.sum);
            if got == STOP {
                return order.sum;
            }
            order.sum = order.sum.wrapping_add(world.rates[(got & 7) as usize] ^ seed);
        }
    }
    #[diapause::coroutine(yield = u64, resume = u64)]
    pub(crate) fn lent2<'a>(world: &'a World, order: &'a mut Order, seed: u64) -> u64 {
        let sub: lent::State<'a> = lent(world, order, seed + 1);
        let below: u64 = yield_all!(sub);
        below ^ seed
    }
    #[diapause::coroutine(yield = u64, resume = u64)]
    pub(crate) fn lent3<'a>(world: &'a World, order: &'a mut Order, seed: u64) -> u64 {
        let sub: lent2::State<'a> = lent2(world, order, seed + 1);
        let below: u64 = yield_all!(sub);
        below ^ seed
    }
    #[diapause::coroutine(yield = u64, resume = u64)]
    pub(crate) fn lent4<'a>(world: &'a World, order: &'a mut Order, seed: u64) -> u64 {
        let sub: lent3::State<'a> = lent3(world, order, seed + 1);
        let below: u64 = yield_all!(sub);
        below ^ seed
    }
}

// ---- what is lent, and a step -------------------------------------------------------------------------

#[derive(Debug, Clone)]
pub(crate) struct World {
    rates: Vec<u64>,
}
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    sum: u64,
}

async fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

// ---- the rows -----------------------------------------------------------------------------------------

macro_rules! yields { ($name:literal, $($function:tt)+) => {
    compare(
        concat!("yield and resume: ", $name),
        contender(ours(own::$($function)+(7))),
        vec![
            ("rustc", contender(rustc(|port| plain::$($function)+(port, 7)))),
            ("diapause", contender(diapause(other::$($function)+(7)))),
        ],
    )
} }

/// Times.
pub(crate) fn times() {
    yields!("8 scalars, 64 B", scalars);
    yields!("array of 64 B", array::<8>);
    yields!("array of 1 KiB", array::<128>);
    yields!("array of 64 KiB", array::<8192>);
    yields!("depth 1", depth1);
    yields!("depth 4", depth4);
    yields!("depth 16", depth16);

    let world = World { rates: (1..9).collect() };
    let orders = &mut [Order::default(), Order::default(), Order::default()];
    let [a, b, c] = orders;
    compare(
        "yield and resume: two references lent",
        contender(ours(own::lent(&world, a, 7))),
        vec![
            ("rustc", contender(rustc(|port| plain::lent(port, &world, b, 7)))),
            ("diapause", contender(diapause(other::lent(&world, c, 7)))),
        ],
    );
    let [a, b, c] = orders;
    compare(
        "yield and resume: two references lent through depth 4",
        contender(ours(own::lent4(&world, a, 7))),
        vec![
            ("rustc", contender(rustc(|port| plain::lent4(port, &world, b, 7)))),
            ("diapause", contender(diapause(other::lent4(&world, c, 7)))),
        ],
    );
    compare(
        "yield and resume: after a step that is ready at once",
        contender(ours(own::steps(7))),
        vec![("rustc", contender(rustc(|port| plain::steps(port, 7))))],
    );
}

macro_rules! frame { ($name:literal, $($function:tt)+) => {
    sizes(
        concat!("frame in memory: ", $name),
        frame_size(&own::$($function)+(7)),
        &[
            ("rustc", size_of_val(&plain::$($function)+(crate::generators::Port::leaked(), 7))),
            ("diapause", size_of_val(&other::$($function)+(7))),
        ],
    )
} }

/// Sizes.
pub(crate) fn memory() {
    frame!("8 scalars, 64 B", scalars);
    frame!("array of 64 B", array::<8>);
    frame!("array of 1 KiB", array::<128>);
    frame!("array of 64 KiB", array::<8192>);
    frame!("depth 1", depth1);
    frame!("depth 4", depth4);
    frame!("depth 16", depth16);
    let world = World { rates: Vec::new() };
    let [a, b, c] = &mut [Order::default(), Order::default(), Order::default()];
    sizes(
        "frame in memory: two references lent through depth 4",
        frame_size(&own::lent4(&world, a, 7)),
        &[
            ("rustc", size_of_val(&plain::lent4(crate::generators::Port::leaked(), &world, b, 7))),
            ("diapause", size_of_val(&other::lent4(&world, c, 7))),
        ],
    );
}
