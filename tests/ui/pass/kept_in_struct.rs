//! A started coroutine in a struct, a list, a box.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64)]
async fn ask(n: u64) -> u64 {
    yield_(n).await + n
}

struct Job<'a, M: Frame> {
    name: &'static str,
    coroutine: Coroutine<'a, M>,
}

fn job(n: u64) -> Job<'static, impl Frame<Port = coroutine_runtime::Yields<u64, u64>, Return = u64>> {
    Job { name: "job", coroutine: ask(n).start() }
}

fn main() {
    let mut jobs: Vec<_> = (0..3).map(job).collect();
    for job in &mut jobs {
        assert!(matches!(job.coroutine.resume(0), Ok(Resumed::Yielded(_))), "{}", job.name);
    }
    let results: Vec<_> = jobs.iter_mut().map(|job| job.coroutine.resume(10)).collect();
    assert_eq!(results, [Ok(Resumed::Complete(10)), Ok(Resumed::Complete(11)), Ok(Resumed::Complete(12))]);
}
