//! A value that cannot be stored, alive from one step to the next, and an array that serde does not know.
//!
//! ```ignore
//! #[durable(yield = u64, resume = u64)]
//! async fn fetch(web: &Web, url: String) -> u64 {
//!     let mut seen = [0u8; 100];
//!     let response = web.get(&url).await;              // a socket inside
//!     let text = response.text().await;                // the two steps count as one: redone together after a crash
//!     seen[text.len() % 100] += 1;
//!     let n = yield_(text.len() as u64).await;         // were `response` alive here, that would be an error
//!     n + u64::from(seen[text.len() % 100])
//! }
//! ```
use crate::Web;
use coroutine_runtime::__private as rt;
use coroutine_runtime::{Call, Frame, Ref, Yields, yield_};
use rt::picks::*;
use std::task::Poll;

pub fn fetch<'a>(
    web: &'a Web,
    url: String,
) -> Call<'a, (Ref<Web>,), impl Frame<Lent = (Ref<Web>,), Return = u64, Port = Yields<u64, u64>> + use<>> {
    const INFO: &rt::Info = &rt::Info {
        name: concat!(module_path!(), "::fetch"),
        file: file!(),
        states: &[
            rt::State { label: "Start", line: 1, live: &[0], held: &[] },
            rt::State { label: "GetNext", line: 2, live: &[0, 1], held: &[] },
            rt::State { label: "Get", line: 2, live: &[1], held: &[0] },
            rt::State { label: "TextNext", line: 3, live: &[1, 2], held: &[0] },
            rt::State { label: "Text", line: 3, live: &[1], held: &[0] },
            rt::State { label: "YieldNext", line: 4, live: &[1, 3], held: &[0] },
            rt::State { label: "Yield", line: 4, live: &[1, 3], held: &[0] },
        ],
        slots: &["url", "seen", "response", "text"],
    };
    rt::machine::<(Ref<Web>,), u64, Yields<u64, u64>, _, _, _, _, _>(
        (web,),
        rt::Vars::new(At::Start, Wait::Nothing, Slots { text: None, response: None, seen: None, url: Some(url) }),
        || rt::Code {
            types: rt::types(),
            info: INFO,
            resume: |f, lent, cx| {
                let mut at = ::core::mem::replace(&mut f.at, At::Broken);
                let entry = at;
                loop {
                    match at {
                        At::Start => {
                            f.slots.seen = Some([0u8; 100]);
                            at = At::GetNext;
                        }
                        At::GetNext => {
                            let operand = {
                                let (web,) = rt::lent(lent);
                                let web: &Web = web;
                                let url = rt::full(rt::reach(&mut f.slots.url, lent));
                                rt::operand(lent, async move {
                                    match web.get(&(*url)) {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    }
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::GetNext)) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Get(operand.begin());
                            at = At::Get;
                        }
                        At::Get => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Get(it) => it,
                                _ => rt::empty(),
                            },
                            false,
                        )
                        .thaw((&&rt::of_call(|| ())).__durable_thaws())
                        .resume(lent, rt::nothing, cx)
                        {
                            Poll::Pending => {
                                f.at = at;
                                return Poll::Pending;
                            }
                            Poll::Ready(response) => {
                                f.wait = Wait::Nothing;
                                f.slots.response = Some(response);
                                at = At::TextNext;
                            }
                        },
                        At::TextNext => {
                            let operand = {
                                let response = rt::reach(&mut f.slots.response, lent); // used by value and dead afterwards: taken when the step begins
                                rt::operand(lent, async move {
                                    let response = rt::take(response);
                                    if response.0.is_empty() {
                                        return rt::Flow::Return(0);
                                    }
                                    rt::Flow::On(match response.text() {
                                        it => (&&&&rt::of(&it)).__durable_pick().land(it).await,
                                    })
                                })
                            };
                            if operand.announce(cx, matches!(entry, At::TextNext)) {
                                f.at = at;
                                return Poll::Pending;
                            }
                            f.wait = Wait::Text(operand.begin());
                            at = At::Text;
                        }
                        At::Text => match rt::awaiting(
                            match &mut f.wait {
                                Wait::Text(it) => it,
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
                            Poll::Ready(rt::Flow::On(text)) => {
                                f.wait = Wait::Nothing;
                                f.slots.text = Some(text);
                                let (text, seen) = (rt::full(&mut f.slots.text), rt::full(&mut f.slots.seen));
                                (*seen)[(*text).len() % 100] += 1;
                                at = At::YieldNext;
                            }
                            Poll::Ready(rt::Flow::Return(value)) => {
                                f.at = At::Returned;
                                return Poll::Ready(value);
                            }
                            Poll::Ready(rt::Flow::Jump(_)) => rt::empty(),
                        },
                        At::YieldNext => {
                            let operand = {
                                let text = rt::full(rt::reach(&mut f.slots.text, lent));
                                rt::operand(lent, async move {
                                    match yield_((*text).len() as u64) {
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
                            Poll::Ready(n) => {
                                f.wait = Wait::Nothing;
                                f.at = At::Returned;
                                let n: u64 = n;
                                let (text, seen) = (rt::full(&mut f.slots.text), rt::full(&mut f.slots.seen));
                                return Poll::Ready(n + u64::from((*seen)[(*text).len() % 100]));
                            }
                        },
                        At::Returned => rt::finished(),
                        At::Broken => rt::broken(),
                    }
                }
            },
            save: |f, out| {
                let (url, seen) = ((&&&&&rt::of_slot(&f.slots.url)).__durable_keep(), (&&&&&rt::of_slot(&f.slots.seen)).__durable_keep());
                let (response, text) =
                    ((&&&&&rt::of_slot(&f.slots.response)).__durable_keep(), (&&&&&rt::of_slot(&f.slots.text)).__durable_keep());
                let url_h = (&&&&&rt::of_slot(&f.slots.url)).__durable_hold();
                let state = out.state(f.at as usize)?;
                match (f.at, &f.wait) {
                    (At::Get, Wait::Get(it)) => {
                        it.crosses(seen);
                        it.holds(url_h);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    (At::Text, Wait::Text(it)) => {
                        it.crosses(seen);
                        it.crosses(response);
                        out.awaits(it);
                    }
                    (At::Yield, Wait::Yield(it)) => {
                        (it.crosses(seen), it.crosses(text)); // `it.crosses(response)`, were it alive, would not compile
                        it.holds(url_h);
                        it.passes::<Yields<u64, u64>>();
                        out.awaits(it);
                    }
                    _ => (),
                }
                for slot in INFO.states[state].live {
                    match slot {
                        0 => url.save(&f.slots.url, out)?,
                        1 => seen.save(&f.slots.seen, out)?,
                        2 => response.save(&f.slots.response, out)?,
                        _ => text.save(&f.slots.text, out)?,
                    }
                }
                for slot in INFO.states[state].held {
                    match slot {
                        _ => url_h.save(&f.slots.url, out)?,
                    }
                }
                Ok(())
            },
            blank: || rt::Vars::new(At::Start, Wait::Nothing, Slots { text: None, response: None, seen: None, url: None }),
            load: |f, input| {
                let state = input.state(INFO)?;
                for slot in INFO.states[state].live {
                    match slot {
                        0 => f.slots.url = Some((&&&&&rt::of_slot(&f.slots.url)).__durable_keep().load(rt::of_slot(&f.slots.url), input)?),
                        1 => {
                            f.slots.seen = Some((&&&&&rt::of_slot(&f.slots.seen)).__durable_keep().load(rt::of_slot(&f.slots.seen), input)?)
                        }
                        2 => {
                            f.slots.response =
                                Some((&&&&&rt::of_slot(&f.slots.response)).__durable_keep().load(rt::of_slot(&f.slots.response), input)?)
                        }
                        _ => {
                            f.slots.text = Some((&&&&&rt::of_slot(&f.slots.text)).__durable_keep().load(rt::of_slot(&f.slots.text), input)?)
                        }
                    }
                }
                for slot in INFO.states[state].held {
                    match slot {
                        _ => f.slots.url = (&&&&&rt::of_slot(&f.slots.url)).__durable_hold().load(rt::of_slot(&f.slots.url), input)?,
                    }
                }
                f.at = [At::Start, At::GetNext, At::Get, At::TextNext, At::Text, At::YieldNext, At::Yield][state];
                match f.at {
                    At::Get => f.wait = Wait::Get(rt::Awaited::load(input)?),
                    At::Text => f.wait = Wait::Text(rt::Awaited::load(input)?),
                    At::Yield => f.wait = Wait::Yield(rt::Awaited::load(input)?),
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
    GetNext,
    Get,
    TextNext,
    Text,
    YieldNext,
    Yield,
    Returned,
    Broken,
}

enum Wait<C1, C2, C3> {
    Nothing,
    Get(C1),
    Text(C2),
    Yield(C3),
}

struct Slots<Url, Seen, Response, Text> {
    text: Option<Text>,
    response: Option<Response>,
    seen: Option<Seen>,
    url: Option<Url>,
}
