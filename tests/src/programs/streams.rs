//! Streams, and coroutines kept in variables.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64)]
async fn count(from: u64, to: u64) {
    let _d = D::new("count");
    for n in from..to {
        let n = add(n, 0).await;
        yield_(n).await;
    }
}

#[durable(yield = String, resume = u64)]
async fn talks(name: String) -> String {
    let mut all = vec![];
    loop {
        let got = yield_(format!("{name} {all:?}")).await;
        if got == 0 {
            return format!("{name} {}", all.len());
        }
        all.push(got);
    }
}

#[durable(twin = sums_twin, yield = u64, resume = u64)]
pub async fn sums(to: u64) -> Result<u64, String> {
    let mut numbers = count(1, to).start().into_stream();
    let mut sum = 0;
    while let Some(n) = numbers.next().await {
        sum += n.map_err(|e| e.to_string())?;
        let got = yield_(sum).await;
        sum += small(got).await?;
    }
    yield_(sum).await;
    Ok(sum)
}

#[durable(twin = zips_twin, yield = u64, resume = u64)]
pub async fn zips(to: u64) -> Vec<u64> {
    let mut a = count(0, to).start().into_stream();
    let mut b = count(10, 10 + 2 * to).start().into_stream();
    let mut all = vec![];
    loop {
        let Some(Ok(x)) = a.next().await else { break };
        let Some(Ok(y)) = b.next().await else { break };
        let got = yield_(x + y).await;
        all.push(got);
    }
    all.extend(b.next().await.and_then(Result::ok));
    all
}

#[durable(twin = several_twin, yield = u64, resume = u64)]
pub async fn several(names: Vec<String>) -> Vec<String> {
    let mut talkers = vec![];
    for name in names {
        talkers.push(talks(name).start());
    }
    let mut heard = vec![];
    for round in 0..3 {
        for n in 0..talkers.len() {
            match talkers[n].resume(round * 10) {
                Ok(Resumed::Yielded(text)) => heard.push(text),
                other => heard.push(format!("{other:?}")),
            }
            yield_(round).await;
        }
    }
    if let Some(talker) = talkers.last_mut() {
        if let Ok(Resumed::Complete(end)) = talker.resume_async(0).await {
            heard.push(end);
        }
    }
    heard
}

pub fn cases() -> Vec<Case> {
    cases! {
        sums, sums_twin => (4), (1), (30);
        zips, zips_twin => (0), (3);
        several, several_twin => (vec![]), (vec!["a".to_owned(), "b".to_owned()]);
    }
}
