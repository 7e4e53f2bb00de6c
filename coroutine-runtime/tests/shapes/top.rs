//! A caller that lends a local of its own and what it was lent.
//!
//! ```ignore
//! #[durable(yield = u64, resume = u64)]
//! async fn top(shop: &Shop, mut order: Order) -> Result<u64, String> {
//!     let a = weigh(shop, &mut order, 3).await?;
//!     let b = weigh(shop, &mut order, 4).await?;
//!     Ok(a * 1000 + b + order.seen)
//! }
//! ```
use crate::weigh::weigh;
use crate::{Order, Shop};
use coroutine_runtime::__private as rt;
use coroutine_runtime::{Call, Frame, Ref, Yields};
use rt::picks::*;
use std::task::Poll;

#[allow(clippy::type_complexity)]
pub fn top<'a>(
    shop: &'a Shop,
    order: Order,
) -> Call<'a, (Ref<Shop>,), impl Frame<Lent = (Ref<Shop>,), Return = Result<u64, String>, Port = Yields<u64, u64>> + use<>> {
    const INFO: &rt::Info = &rt::Info {
        name: concat!(module_path!(), "::top"),
        file: file!(),
        states: &[
            rt::State { label: "Start", line: 1, live: &[0], held: &[] },
            rt::State { label: "Weigh1", line: 2, live: &[0], held: &[] },
            rt::State { label: "Weigh2", line: 3, live: &[0, 1], held: &[] },
        ],
        slots: &["order", "a"],
    };
    rt::machine::<(Ref<Shop>,), Result<u64, String>, Yields<u64, u64>, _, _, _, _, _>(
        (shop,),
        rt::Vars::new(At::Start, Wait::Nothing, Slots { a: None, order: Some(order) }),
        || rt::Code {
            types: rt::types(),
            info: INFO,
            resume: |f, lent, cx| {
                let mut at = ::core::mem::replace(&mut f.at, At::Broken);
                let entry = at;
                loop {
                    match at {
                        At::Start => at = At::Weigh1Next,
                        At::Weigh1Next => {
                            let operand = {
                                let (shop,) = rt::lent(lent);
                                let shop: &Shop = shop;
                                let order = rt::full(rt::reach(&mut f.slots.order, lent));
                                rt::operand(lent, async move {
                                    match weigh(shop, &mut (*order), 3) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::Weigh1Next)) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Weigh1(operand.begin());
                            at = At::Weigh1;
                        }
                        At::Weigh1 => {
                            let order = rt::slot(&raw mut f.slots.order, lent);
                            match rt::awaiting(
                                match &mut f.wait {
                                    Wait::Weigh1(it) => it,
                                    _ => rt::empty(),
                                },
                                false,
                            )
                            .resume(
                                lent,
                                |lent| {
                                    let (shop,) = lent;
                                    (shop, &mut *rt::full(order.again()))
                                },
                                cx,
                            ) {
                                Poll::Pending => {
                                    f.at = at;
                                    return Poll::Pending;
                                }
                                Poll::Ready(value) => {
                                    f.wait = Wait::Nothing;
                                    match value {
                                        Ok(a) => f.slots.a = Some(a),
                                        Err(error) => {
                                            f.at = At::Returned;
                                            return Poll::Ready(Err(error));
                                        }
                                    }
                                    at = At::Weigh2Next;
                                }
                            }
                        }
                        At::Weigh2Next => {
                            let operand = {
                                let (shop,) = rt::lent(lent);
                                let shop: &Shop = shop;
                                let order = rt::full(rt::reach(&mut f.slots.order, lent));
                                rt::operand(lent, async move {
                                    if order.seen == u64::MAX {
                                        return rt::Flow::Return(Err("too many".into()));
                                    }
                                    rt::Flow::On(match weigh(shop, &mut (*order), 4) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    })
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::Weigh2Next)) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Weigh2(operand.begin());
                            at = At::Weigh2;
                        }
                        At::Weigh2 => {
                            let order = rt::slot(&raw mut f.slots.order, lent);
                            match rt::awaiting(
                                match &mut f.wait {
                                    Wait::Weigh2(it) => it,
                                    _ => rt::empty(),
                                },
                                false,
                            )
                            .resume(
                                lent,
                                |lent| {
                                    let (shop,) = lent;
                                    (shop, &mut *rt::full(order.again()))
                                },
                                cx,
                            ) {
                                Poll::Pending => {
                                    f.at = at;
                                    return Poll::Pending;
                                }
                                Poll::Ready(rt::Flow::On(Ok(b))) => {
                                    f.wait = Wait::Nothing;
                                    f.at = At::Returned;
                                    return Poll::Ready(Ok(*rt::full(&mut f.slots.a) * 1000 + b + rt::full(&mut f.slots.order).seen));
                                }
                                Poll::Ready(rt::Flow::On(Err(error)) | rt::Flow::Return(Err(error))) => {
                                    f.wait = Wait::Nothing;
                                    f.at = At::Returned;
                                    return Poll::Ready(Err(error));
                                }
                                Poll::Ready(rt::Flow::Return(value)) => return Poll::Ready(value),
                                Poll::Ready(rt::Flow::Jump(_)) => rt::empty(),
                            }
                        }
                        At::Returned => rt::finished(),
                        At::Broken => rt::broken(),
                    }
                }
            },
            save: |f, out| {
                let (order, a) = ((&&&&&rt::of_slot(&f.slots.order)).__durable_keep(), (&&&&&rt::of_slot(&f.slots.a)).__durable_keep());
                let state = out.state(match f.at {
                    At::Start => 0,
                    At::Weigh1 => 1,
                    At::Weigh2 => 2,
                    _ => 3,
                })?;
                match (f.at, &f.wait) {
                    (At::Weigh1, Wait::Weigh1(it)) => {
                        it.crosses(order);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    (At::Weigh2, Wait::Weigh2(it)) => {
                        (it.crosses(order), it.crosses(a));
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    _ => (),
                }
                for slot in INFO.states[state].live {
                    match slot {
                        0 => order.save(&f.slots.order, out)?,
                        _ => a.save(&f.slots.a, out)?,
                    }
                }
                Ok(())
            },
            blank: || rt::Vars::new(At::Start, Wait::Nothing, Slots { a: None, order: None }),
            load: |f, input| {
                let state = input.state(INFO)?;
                for slot in INFO.states[state].live {
                    match slot {
                        0 => {
                            f.slots.order =
                                Some((&&&&&rt::of_slot(&f.slots.order)).__durable_keep().load(rt::of_slot(&f.slots.order), input)?)
                        }
                        _ => f.slots.a = Some((&&&&&rt::of_slot(&f.slots.a)).__durable_keep().load(rt::of_slot(&f.slots.a), input)?),
                    }
                }
                f.at = [At::Start, At::Weigh1, At::Weigh2][state];
                match f.at {
                    At::Weigh1 => f.wait = Wait::Weigh1(rt::Awaited::load(input)?),
                    At::Weigh2 => f.wait = Wait::Weigh2(rt::Awaited::load(input)?),
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
    Weigh1Next,
    Weigh1,
    Weigh2Next,
    Weigh2,
    Returned,
    Broken,
}

enum Wait<C1, C2> {
    Nothing,
    Weigh1(C1),
    Weigh2(C2),
}

struct Slots<O, A> {
    a: Option<A>,
    order: Option<O>,
}
