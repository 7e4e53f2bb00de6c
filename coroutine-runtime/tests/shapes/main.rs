//! What the compiler emits, written by hand, against plain async: straight through, and restored at every suspension.
#![allow(warnings, clippy::all, reason = "what the compiler emits stands under the same")]
#![allow(missing_docs, clippy::unwrap_used, clippy::match_single_binding, clippy::items_after_statements, clippy::needless_borrow)]

mod fetch;
mod fib;
mod top;
mod weigh;

use coroutine_runtime::testing::Twin;
use coroutine_runtime::{Resumed, Suspended, restore_json_with, restore_with, snapshot, snapshot_json};
use fetch::fetch;
use fib::fib;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::task::Poll;
use top::top;

#[derive(Clone, Serialize, Deserialize)]
pub struct Order {
    items: Vec<String>,
    seen: u64,
}
pub struct Shop {
    base: u64,
}
impl Shop {
    async fn count(&self, order: &mut Order) {
        order.seen += 1;
        later().await;
        order.seen += self.base;
    }
    async fn price(&self, order: &Order, item: &str) -> Result<u64, String> {
        later().await;
        if item.ends_with("bad") {
            return Err(format!("no price for {item}"));
        }
        Ok(self.base + (order.items.len() + item.len()) as u64)
    }
}
pub struct Web;
/// Not serializable.
pub struct Response(String, #[allow(dead_code)] std::sync::mpsc::Sender<()>);
impl Web {
    async fn get(&self, url: &str) -> Response {
        later().await;
        Response(format!("<{url}>"), std::sync::mpsc::channel().0)
    }
}
impl Response {
    async fn text(self) -> String {
        later().await;
        self.0
    }
}
fn later() -> impl Future<Output = ()> {
    let mut polled = false;
    std::future::poll_fn(move |cx| {
        if std::mem::replace(&mut polled, true) {
            Poll::Ready(())
        } else {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
}

async fn twin(shop: &Shop, mut order: Order) -> Result<u64, String> {
    async fn weigh(shop: &Shop, order: &mut Order, by: u64) -> Result<u64, String> {
        let tag = format!("t{by}");
        shop.count(order).await;
        let got: u64 = coroutine_runtime::yield_(order.items.len() as u64).await;
        let mut sum = 0;
        for item in &order.items {
            sum += shop.price(order, &format!("{tag}{item}")).await?;
        }
        Ok(got * by + sum + order.seen)
    }
    let a = weigh(shop, &mut order, 3).await?;
    let b = weigh(shop, &mut order, 4).await?;
    Ok(a * 1000 + b + order.seen)
}

#[derive(Clone, Copy, PartialEq)]
enum Store {
    Never,
    Bytes,
    Json,
}

/// Drives to the end; the frame goes through bytes at every suspension that can be stored.
fn run(shop: &Shop, order: &Order, store: Store) -> (Result<u64, String>, usize) {
    let mut coroutine = top(shop, order.clone()).start();
    let (mut stored, mut input) = (0, 0);
    loop {
        match coroutine.advance(input).unwrap() {
            Suspended::Complete(result) => return (result, stored),
            Suspended::Yielded(value) => input = value + 10,
            Suspended::StepAhead => {}
        }
        match store {
            Store::Never => continue,
            Store::Bytes => coroutine = restore_with(top, (shop,), &snapshot(&coroutine).unwrap()).unwrap(),
            Store::Json => coroutine = restore_json_with(top, (shop,), &snapshot_json(&coroutine).unwrap()).unwrap(),
        }
        stored += 1;
    }
}

#[test]
fn lending_and_borrows_across_awaits() {
    let shop = Shop { base: 100 };
    for items in [vec!["x", "yy", "zzz"], vec![], vec!["x", "bad", "y"]] {
        let order = Order { items: items.iter().map(ToString::to_string).collect(), seen: 5 };
        let mut plain = Twin::<u64, u64, _>::new(twin(&shop, order.clone()));
        let mut input = 0;
        let want = loop {
            match plain.resume(input) {
                Resumed::Yielded(value) => input = value + 10,
                Resumed::Complete(value) => break value,
            }
        };
        assert_eq!(run(&shop, &order, Store::Never).0, want);
        let (result, stored) = run(&shop, &order, Store::Bytes);
        assert_eq!(result, want);
        assert!(stored > 2);
        assert_eq!(run(&shop, &order, Store::Json).0, want);
    }
}

#[test]
fn recursion() {
    let shop = Shop { base: 0 };
    for json in [false, true] {
        let mut coroutine = fib(&shop, 9).start();
        let mut input = 0;
        let sum = loop {
            match coroutine.resume(input).unwrap() {
                Resumed::Complete(sum) => break sum,
                Resumed::Yielded(n) => {
                    input = n;
                    coroutine = if json {
                        let json = snapshot_json(&coroutine).unwrap();
                        let again = restore_json_with(fib, (&shop,), &json).unwrap();
                        assert_eq!(snapshot_json(&again).unwrap(), json, "frozen frames are written as they were read");
                        again
                    } else {
                        let bytes = snapshot(&coroutine).unwrap();
                        let again = restore_with(fib, (&shop,), &bytes).unwrap();
                        assert_eq!(snapshot(&again).unwrap(), bytes, "frozen frames are written as they were read");
                        again
                    };
                }
            }
        };
        assert_eq!(sum, 34);
    }
}

#[test]
fn fused_steps() {
    let (mut stored, mut states) = (0, Vec::new());
    let mut coroutine = fetch(&Web, "a".into()).start();
    let mut input = 0;
    let n = loop {
        match coroutine.advance(input).unwrap() {
            Suspended::Complete(n) => break n,
            Suspended::Yielded(n) => input = n + 10,
            Suspended::StepAhead => {}
        }
        if let Ok(bytes) = coroutine.snapshot() {
            stored += 1;
            states.push(coroutine.snapshot_json().unwrap());
            coroutine = restore_with(fetch, (&Web,), &bytes).unwrap();
        }
    };
    assert_eq!((n, stored), (14, 2), "{states:#?}");
}

#[test]
fn dropped_in_flight() {
    let shop = Shop { base: 1 };
    let mut coroutine = top(&shop, Order { items: vec!["x".into()], seen: 0 }).start();
    assert!(matches!(coroutine.advance(0), Ok(Suspended::StepAhead)));
    assert!(coroutine.snapshot().is_ok());
}

/// A snapshot of `top` that waits in a yield of `weigh`, as version 0.1.0 wrote it. Never edit it: what was written stays readable.
const GOLDEN_1: &str = "\
    8b6463730100010003000000030000000d00000000000000020178027979fb91010302743310007368617065733a3a746f703a3a746f700600576569\
    676831010005006f72646572fc1ee91a14007368617065733a3a77656967683a3a776569676805005969656c6402000200627912e7fa790300746167\
    90d14bc206007969656c645f040053656e740100050074797065739cbc2e2e000001000200eaa7c7e8";
const GOLDEN_JSON_1: &str = r#"{ "durable_coroutine": 1, "frames": [
    { "function": "shapes::top::top", "state": "Weigh1", "variables": { "order": { "items": ["x", "yy"], "seen": 401 } } },
    { "function": "shapes::weigh::weigh", "state": "Yield", "variables": { "by": 3, "tag": "t3" } },
    { "function": "yield_", "state": "Sent", "variables": {} } ] }"#;

#[test]
fn golden_snapshots() {
    let shop = Shop { base: 100 };
    let order = Order { items: vec!["x".into(), "yy".into()], seen: 300 };
    let mut coroutine = top(&shop, order).start();
    assert_eq!(coroutine.resume(0).unwrap(), Resumed::Yielded(2));
    let hex: String = coroutine.snapshot().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN_1, "what is written has changed: a new version of the format?");

    let bytes: Vec<u8> = (0..GOLDEN_1.len() / 2).map(|n| u8::from_str_radix(&GOLDEN_1[2 * n..2 * n + 2], 16).unwrap()).collect();
    let mut binary = restore_with(top, (&shop,), &bytes).unwrap();
    let mut json = restore_json_with(top, (&shop,), GOLDEN_JSON_1).unwrap();
    for input in [5, 6] {
        let resumed = coroutine.resume(input).unwrap();
        assert_eq!(binary.resume(input).unwrap(), resumed);
        assert_eq!(json.resume(input).unwrap(), resumed);
    }
    assert!(coroutine.is_complete());
}
