//! Recursion, and the twin.
//!
//! ```ignore
//! #[durable(yield = u64, resume = u64)]
//! async fn fib(shop: &Shop, n: u64) -> u64 {
//!     if n < 2 {
//!         return yield_(n).await;
//!     }
//!     let a = Box::pin(fib(shop, n - 1)).await;
//!     let b = Box::pin(fib(shop, n - 2)).await;
//!     a + b
//! }
//! ```
use crate::Shop;
use coroutine_runtime::__private as rt;
use coroutine_runtime::{Call, Frame, Ref, Yields, yield_};
use rt::picks::*;
use std::task::Poll;

pub fn fib<'a>(
    shop: &'a Shop,
    n: u64,
) -> Call<'a, (Ref<Shop>,), impl Frame<Lent = (Ref<Shop>,), Return = u64, Port = Yields<u64, u64>> + use<>> {
    #[allow(unreachable_code)]
    if false {
        // The twin: the user's body, untouched, for rustc to check and lint.
        rt::check::<u64>(async move {
            if n < 2 {
                return yield_(n).await;
            }
            let a = Box::pin(fib(shop, n - 1)).await;
            let b = Box::pin(fib(shop, n - 2)).await;
            a + b
        });
        unreachable!()
    }
    const INFO: &rt::Info = &rt::Info {
        name: concat!(module_path!(), "::fib"),
        file: file!(),
        states: &[
            rt::State { label: "Start", line: 1, live: &[0], held: &[] },
            rt::State { label: "Yield", line: 2, live: &[], held: &[] },
            rt::State { label: "Fib1", line: 3, live: &[0], held: &[] },
            rt::State { label: "Fib2", line: 4, live: &[1], held: &[0] },
        ],
        slots: &["n", "a"],
    };
    rt::machine::<(Ref<Shop>,), u64, Yields<u64, u64>, _, _, _, _, _>(
        (shop,),
        rt::Vars::new(At::Start, Wait::Nothing, Slots { a: None, n: Some(n) }),
        || rt::Code {
            types: rt::types(),
            info: INFO,
            resume: |f, lent, cx| {
                let mut at = ::core::mem::replace(&mut f.at, At::Broken);
                loop {
                    match at {
                        At::Start => {
                            let n = rt::full(&mut f.slots.n);
                            at = if *n < 2 { At::YieldNext } else { At::Fib1Next };
                        }
                        At::YieldNext => {
                            let operand = {
                                let (shop,) = rt::lent(lent);
                                let _shop: &Shop = shop;
                                let n = rt::full(rt::reach(&mut f.slots.n, lent));
                                rt::operand(lent, async move {
                                    match yield_(*n) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, false) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Yield(operand.begin());
                            at = At::Yield;
                        }
                        At::Yield => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Yield(it) => it,
                                _ => rt::empty(),
                            },
                            false,
                        )
                        .resume(lent, rt::nothing, cx)
                        {
                            Poll::Pending => {
                                f.at = at;
                                return Poll::Pending;
                            }
                            Poll::Ready(value) => {
                                f.wait = Wait::Nothing;
                                f.at = At::Returned;
                                return Poll::Ready(value);
                            }
                        },
                        At::Fib1Next => {
                            let operand = {
                                let (shop,) = rt::lent(lent);
                                let shop: &Shop = shop;
                                let n = rt::full(rt::reach(&mut f.slots.n, lent));
                                rt::operand(lent, async move {
                                    match Box::pin(fib(shop, *n - 1)) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, false) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Fib1(operand.begin());
                            at = At::Fib1;
                        }
                        At::Fib1 => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Fib1(it) => it,
                                _ => rt::empty(),
                            },
                            false,
                        )
                        .thaw(
                            (&&rt::of_call(|| {
                                let (shop,) = lent.get();
                                Box::pin(fib(shop, *rt::full(&mut f.slots.n) - 1))
                            }))
                                .__durable_thaws(),
                        )
                        .resume(lent, |(shop,)| (shop,), cx)
                        {
                            Poll::Pending => {
                                f.at = at;
                                return Poll::Pending;
                            }
                            Poll::Ready(value) => {
                                f.wait = Wait::Nothing;
                                f.slots.a = Some(value);
                                at = At::Fib2Next;
                            }
                        },
                        At::Fib2Next => {
                            let operand = {
                                let (shop,) = rt::lent(lent);
                                let shop: &Shop = shop;
                                let n = rt::full(rt::reach(&mut f.slots.n, lent));
                                rt::operand(lent, async move {
                                    rt::Flow::On(
                                        match Box::pin(fib(
                                            shop,
                                            match rt::Tri::branch(n.checked_sub(2)) {
                                                Ok(n) => n,
                                                Err(_) => return rt::Flow::Return(0),
                                            },
                                        )) {
                                            it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                        },
                                    )
                                })
                            };
                            if operand.announce(cx, false) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Fib2(operand.begin());
                            at = At::Fib2;
                        }
                        At::Fib2 => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Fib2(it) => it,
                                _ => rt::empty(),
                            },
                            false,
                        )
                        .thaw(
                            (&&rt::of_call(|| {
                                let (shop,) = lent.get();
                                Box::pin(fib(shop, *rt::full(&mut f.slots.n) - 2))
                            }))
                                .__durable_thaws(),
                        )
                        .resume(lent, |(shop,)| (shop,), cx)
                        {
                            Poll::Pending => {
                                f.at = at;
                                return Poll::Pending;
                            }
                            Poll::Ready(rt::Flow::On(b)) => {
                                f.wait = Wait::Nothing;
                                f.at = At::Returned;
                                return Poll::Ready(*rt::full(&mut f.slots.a) + b);
                            }
                            Poll::Ready(rt::Flow::Return(value)) => {
                                f.at = At::Returned;
                                return Poll::Ready(value);
                            }
                            Poll::Ready(rt::Flow::Jump(_)) => rt::empty(),
                        },
                        At::Returned => rt::finished(),
                        At::Broken => rt::broken(),
                    }
                }
            },
            save: |f, out| {
                let (n, a) = ((&&&&&rt::of_slot(&f.slots.n)).__durable_keep(), (&&&&&rt::of_slot(&f.slots.a)).__durable_keep());
                let n_h = (&&&&&rt::of_slot(&f.slots.n)).__durable_hold();
                let state = out.state(f.at as usize)?;
                match (f.at, &f.wait) {
                    (At::Yield, Wait::Yield(it)) => {
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    (At::Fib1, Wait::Fib1(it)) => {
                        it.crosses(n);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    (At::Fib2, Wait::Fib2(it)) => {
                        it.crosses(a);
                        it.holds(n_h);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    _ => (),
                }
                for slot in INFO.states[state].live {
                    match slot {
                        0 => n.save(&f.slots.n, out)?,
                        _ => a.save(&f.slots.a, out)?,
                    }
                }
                for slot in INFO.states[state].held {
                    match slot {
                        _ => n_h.save(&f.slots.n, out)?,
                    }
                }
                Ok(())
            },
            blank: || rt::Vars::new(At::Start, Wait::Nothing, Slots { a: None, n: None }),
            load: |f, input| {
                let state = input.state(INFO)?;
                for slot in INFO.states[state].live {
                    match slot {
                        0 => f.slots.n = Some((&&&&&rt::of_slot(&f.slots.n)).__durable_keep().load(rt::of_slot(&f.slots.n), input)?),
                        _ => f.slots.a = Some((&&&&&rt::of_slot(&f.slots.a)).__durable_keep().load(rt::of_slot(&f.slots.a), input)?),
                    }
                }
                for slot in INFO.states[state].held {
                    match slot {
                        _ => f.slots.n = (&&&&&rt::of_slot(&f.slots.n)).__durable_hold().load(rt::of_slot(&f.slots.n), input)?,
                    }
                }
                f.at = [At::Start, At::Yield, At::Fib1, At::Fib2][state];
                match f.at {
                    At::Yield => f.wait = Wait::Yield(rt::Awaited::load(input)?),
                    At::Fib1 => f.wait = Wait::Fib1(rt::Awaited::load(input)?),
                    At::Fib2 => f.wait = Wait::Fib2(rt::Awaited::load(input)?),
                    _ => (),
                }
                Ok(())
            },
        },
    )
}

#[derive(Clone, Copy)]
enum At {
    Start,
    Yield,
    Fib1,
    Fib2,
    YieldNext,
    Fib1Next,
    Fib2Next,
    Returned,
    Broken,
}

enum Wait<C1, C2, C3> {
    Nothing,
    Yield(C1),
    Fib1(C2),
    Fib2(C3),
}

struct Slots<N, A> {
    a: Option<A>,
    n: Option<N>,
}
