//! Yields and resumes of other types than numbers.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
enum Event {
    Ask { name: String },
    Done,
}

#[durable(yield = Event, resume = Option<String>)]
async fn converse(names: Vec<String>) -> Vec<String> {
    let mut answers = vec![];
    for name in names {
        if let Some(answer) = yield_(Event::Ask { name }).await {
            answers.push(answer);
        }
    }
    yield_(Event::Done).await;
    answers
}

#[durable(yield = (u64, &'static str))]
async fn only_out() {
    yield_((1, "one")).await;
    yield_((2, "two")).await;
}

fn main() {
    let mut coroutine = converse(vec!["a".to_owned(), "b".to_owned()]).start();
    assert_eq!(coroutine.resume(None), Ok(Resumed::Yielded(Event::Ask { name: "a".to_owned() })));
    assert_eq!(coroutine.resume(Some("x".to_owned())), Ok(Resumed::Yielded(Event::Ask { name: "b".to_owned() })));
    assert_eq!(coroutine.resume(None), Ok(Resumed::Yielded(Event::Done)));
    assert_eq!(coroutine.resume(None), Ok(Resumed::Complete(vec!["x".to_owned()])));
    let mut coroutine = only_out().start();
    assert_eq!(coroutine.resume(()), Ok(Resumed::Yielded((1, "one"))));
}
