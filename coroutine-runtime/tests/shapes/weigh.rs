//! A child that borrows from its caller, and whose steps borrow in their turn.
//!
//! ```ignore
//! #[durable(yield = u64, resume = u64)]
//! async fn weigh(shop: &Shop, order: &mut Order, by: u64) -> Result<u64, String> {
//!     let tag = format!("t{by}");
//!     shop.count(order).await;                                   // an ordinary future that keeps both borrows
//!     let got: u64 = yield_(order.items.len() as u64).await;
//!     let mut sum = 0;
//!     for item in &order.items {                                 // a borrow across an await
//!         sum += shop.price(order, &format!("{tag}{item}")).await?;
//!     }
//!     Ok(got * by + sum + order.seen)
//! }
//! ```
use crate::{Order, Shop};
use coroutine_runtime::__private as rt;
use coroutine_runtime::{Call, Frame, Mut, Ref, Yields, yield_};
use rt::picks::*;
use std::task::Poll;

#[allow(clippy::type_complexity)]
pub fn weigh<'a>(
    shop: &'a Shop,
    order: &'a mut Order,
    by: u64,
) -> Call<
    'a,
    (Ref<Shop>, Mut<Order>),
    impl Frame<Lent = (Ref<Shop>, Mut<Order>), Return = Result<u64, String>, Port = Yields<u64, u64>> + use<>,
> {
    const INFO: &rt::Info = &rt::Info {
        name: concat!(module_path!(), "::weigh"),
        file: file!(),
        states: &[
            rt::State { label: "Start", line: 1, live: &[0], held: &[] },
            rt::State { label: "CountNext", line: 2, live: &[0, 1], held: &[] },
            rt::State { label: "Count", line: 2, live: &[0, 1], held: &[] },
            rt::State { label: "YieldNext", line: 3, live: &[0, 1], held: &[] },
            rt::State { label: "Yield", line: 3, live: &[0, 1], held: &[] },
            rt::State { label: "PriceNext", line: 4, live: &[0, 1, 2, 3, 4], held: &[] },
            rt::State { label: "Price", line: 4, live: &[0, 1, 2, 3, 4], held: &[] },
        ],
        slots: &["by", "tag", "got", "sum", "items"],
    };
    rt::machine::<(Ref<Shop>, Mut<Order>), Result<u64, String>, Yields<u64, u64>, _, _, _, _, _>(
        (shop, order),
        rt::Vars::new(At::Start, Wait::Nothing, Slots { items: None, sum: None, got: None, tag: None, by: Some(by) }),
        || rt::Code {
            types: rt::types(),
            info: INFO,
            resume: |f, lent, cx| {
                let mut at = ::core::mem::replace(&mut f.at, At::Broken);
                let entry = at;
                loop {
                    match at {
                        At::Start => {
                            let by = rt::full(&mut f.slots.by);
                            f.slots.tag = Some(format!("t{}", (*by)));
                            at = At::CountNext;
                        }
                        At::CountNext => {
                            let operand = {
                                let (shop, order) = rt::lent(lent);
                                let (shop, order): (&Shop, &mut Order) = (shop, order);
                                rt::operand(lent, async move {
                                    match shop.count(order) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::CountNext)) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Count(operand.begin());
                            at = At::Count;
                        }
                        At::Count => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Count(it) => it,
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
                            Poll::Ready(()) => {
                                f.wait = Wait::Nothing;
                                at = At::YieldNext;
                            }
                        },
                        At::YieldNext => {
                            let operand = {
                                let (shop, order) = rt::lent(lent);
                                let (_shop, order): (&Shop, &mut Order) = (shop, order);
                                rt::operand(lent, async move {
                                    match yield_(order.items.len() as u64) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::YieldNext)) {
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
                                let got: u64 = value;
                                f.slots.got = Some(got);
                                f.slots.sum = Some(0);
                                f.slots.items = Some(0usize);
                                at = At::ForItem;
                            }
                        },
                        At::ForItem => {
                            let (_, order) = lent.get();
                            let items = rt::full(&mut f.slots.items);
                            if *items < order.items.len() {
                                *items += 1;
                                at = At::PriceNext;
                            } else {
                                f.at = At::Returned;
                                return Poll::Ready(Ok(*rt::full(&mut f.slots.got) * *rt::full(&mut f.slots.by)
                                    + *rt::full(&mut f.slots.sum)
                                    + order.seen));
                            }
                        }
                        At::PriceNext => {
                            let operand = {
                                let (shop, order) = rt::lent(lent);
                                let (shop, order): (&Shop, &mut Order) = (shop, order);
                                let (tag, items) =
                                    (rt::full(rt::reach(&mut f.slots.tag, lent)), rt::full(rt::reach(&mut f.slots.items, lent)));
                                rt::operand(lent, async move {
                                    let item = &order.items[*items - 1]; // the borrow is taken again
                                    match shop.price(order, &format!("{}{item}", *tag)) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::PriceNext)) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Price(operand.begin());
                            at = At::Price;
                        }
                        At::Price => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Price(it) => it,
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
                                let exit = 'block: {
                                    let price = match rt::Tri::branch(value) {
                                        Ok(value) => value,
                                        Err(rest) => break 'block rt::Exit::Return(rt::FromRest::from_rest(rest)),
                                    };
                                    *rt::full(&mut f.slots.sum) += price;
                                    rt::Exit::Jump(0)
                                };
                                match exit {
                                    rt::Exit::Return(value) => {
                                        f.at = At::Returned;
                                        return Poll::Ready(value);
                                    }
                                    rt::Exit::Jump(_) => at = At::ForItem,
                                }
                            }
                        },
                        At::Returned => rt::finished(),
                        At::Broken => rt::broken(),
                    }
                }
            },
            save: |f, out| {
                let (by, tag, got) = (
                    (&&&&&rt::of_slot(&f.slots.by)).__durable_keep(),
                    (&&&&&rt::of_slot(&f.slots.tag)).__durable_keep(),
                    (&&&&&rt::of_slot(&f.slots.got)).__durable_keep(),
                );
                let (sum, items) = ((&&&&&rt::of_slot(&f.slots.sum)).__durable_keep(), (&&&&&rt::of_slot(&f.slots.items)).__durable_keep());
                let state = out.state(f.at as usize)?;
                match (f.at, &f.wait) {
                    (At::Count, Wait::Count(it)) => {
                        it.crosses(tag);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    (At::Yield, Wait::Yield(it)) => {
                        it.crosses(tag);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    (At::Price, Wait::Price(it)) => {
                        (it.crosses(tag), it.crosses(got), it.crosses(sum), it.crosses(items));
                        out.awaits(it);
                    }
                    _ => (),
                }
                for slot in INFO.states[state].live {
                    match slot {
                        0 => by.save(&f.slots.by, out)?,
                        1 => tag.save(&f.slots.tag, out)?,
                        2 => got.save(&f.slots.got, out)?,
                        3 => sum.save(&f.slots.sum, out)?,
                        _ => items.save(&f.slots.items, out)?,
                    }
                }
                Ok(())
            },
            blank: || rt::Vars::new(At::Start, Wait::Nothing, Slots { items: None, sum: None, got: None, tag: None, by: None }),
            load: |f, input| {
                let state = input.state(INFO)?;
                for slot in INFO.states[state].live {
                    match slot {
                        0 => f.slots.by = Some((&&&&&rt::of_slot(&f.slots.by)).__durable_keep().load(rt::of_slot(&f.slots.by), input)?),
                        1 => f.slots.tag = Some((&&&&&rt::of_slot(&f.slots.tag)).__durable_keep().load(rt::of_slot(&f.slots.tag), input)?),
                        2 => f.slots.got = Some((&&&&&rt::of_slot(&f.slots.got)).__durable_keep().load(rt::of_slot(&f.slots.got), input)?),
                        3 => f.slots.sum = Some((&&&&&rt::of_slot(&f.slots.sum)).__durable_keep().load(rt::of_slot(&f.slots.sum), input)?),
                        _ => {
                            f.slots.items =
                                Some((&&&&&rt::of_slot(&f.slots.items)).__durable_keep().load(rt::of_slot(&f.slots.items), input)?)
                        }
                    }
                }
                f.at = [At::Start, At::CountNext, At::Count, At::YieldNext, At::Yield, At::PriceNext, At::Price][state];
                match f.at {
                    At::Count => f.wait = Wait::Count(rt::Awaited::load(input)?),
                    At::Yield => f.wait = Wait::Yield(rt::Awaited::load(input)?),
                    At::Price => f.wait = Wait::Price(rt::Awaited::load(input)?),
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
    CountNext,
    Count,
    YieldNext,
    Yield,
    PriceNext,
    Price,
    ForItem,
    Returned,
    Broken,
}

enum Wait<C1, C2, C3> {
    Nothing,
    Count(C1),
    Yield(C2),
    Price(C3),
}

struct Slots<By, Tag, Got, Sum, Items> {
    items: Option<Items>,
    sum: Option<Sum>,
    got: Option<Got>,
    tag: Option<Tag>,
    by: Option<By>,
}
