//! Values that cannot be stored, alive from one step to the next: the steps count as one.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = fetch_twin)]
pub async fn fetch(url: String) -> u64 {
    let response = get(&url).await;
    let status = response.status();
    let text = response.text().await;
    let got = yield_(status).await;
    got + text.len() as u64
}

#[durable(yield = u64, resume = u64, twin = fetch_all_twin)]
pub async fn fetch_all(urls: Vec<String>) -> Vec<String> {
    let mut out = vec![];
    for url in urls {
        let response = get(&url).await;
        out.push(response.text().await);
        yield_(out.len() as u64).await;
    }
    out
}

#[durable(yield = u64, resume = u64, twin = chunks_twin)]
pub async fn chunks(url: String) -> String {
    let mut all = String::new();
    {
        let mut response = get(&url).await;
        while let Some(chunk) = response.chunk().await {
            all += &chunk;
        }
        log("at the end of it");
    }
    yield_(all.len() as u64).await;
    all
}

#[durable(yield = u64, resume = u64, twin = errors_twin)]
pub async fn errors(url: String) -> Result<u64, String> {
    let response = try_get(&url).await?;
    let peeked = response.peek().await;
    if response.status() > 205 {
        return Err(format!("status {}", response.status()));
    }
    let n = small(peeked).await?;
    let text = response.text().await;
    Ok(yield_(text.len() as u64 + n).await)
}

#[durable(yield = u64, resume = u64, twin = in_branches_twin)]
pub async fn in_branches(n: u64) -> u64 {
    let response = get("one").await;
    let a = if n > 1 {
        tick().await;
        response.text().await.len() as u64
    } else {
        let left = response.peek().await;
        drop(response);
        left
    };
    let b = yield_(a).await;
    let c = match get("two").await {
        response if n > 2 => response.text().await.len() as u64,
        response => {
            tick().await;
            response.status()
        }
    };
    b + c
}

#[durable(yield = u64, resume = u64, twin = operands_twin)]
pub async fn operands(n: u64) -> u64 {
    fn weigh(a: Response, b: u64, c: Response) -> u64 {
        a.status() + b + c.status()
    }
    let a = weigh(get("a").await, double(n).await, get("bb").await);
    yield_(a).await + get("c").await.text().await.len() as u64
}

#[durable(yield = u64, resume = u64, twin = closures_twin)]
pub async fn closures(n: u64) -> u64 {
    // A closure cannot be stored either.
    let total = {
        let times = move |x: u64| x * n;
        let a = double(times(2)).await;
        let b = add(times(a), 1).await;
        times(b)
    };
    yield_(total).await
}

#[durable(yield = u64, resume = u64, twin = channels_twin)]
pub async fn channels(n: u64) -> Vec<u64> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let receiver = std::sync::Mutex::new(receiver);
    for i in 0..n {
        sender.send(i).unwrap();
        tick().await;
        sender.send(double(i).await).unwrap();
    }
    drop(sender);
    tick().await;
    let list: Vec<u64> = receiver.into_inner().unwrap().iter().collect();
    yield_(list.len() as u64).await;
    list
}

#[durable(yield = u64, resume = u64, twin = option_of_twin)]
pub async fn option_of(n: u64) -> u64 {
    let total = {
        let mut held: Option<Response> = None;
        let mut total = 0;
        for i in 0..n {
            if let Some(response) = held.take() {
                total += response.text().await.len() as u64;
            } else {
                held = Some(get("held").await);
                total += double(i).await;
            }
        }
        total
    };
    yield_(total).await
}

#[durable(yield = u64, resume = u64, twin = permits_twin)]
pub async fn permits(counter: &super::borrows::Counter, n: u64) -> u64 {
    let permit = counter.room.acquire().await;
    let mut count = counter.count.lock().await;
    count.push(add(n, 1).await);
    tick().await;
    let sum: u64 = count.iter().sum();
    drop(count);
    drop(permit);
    yield_(sum).await
}

/// A guard is held to the end of its block, whatever is done with it last.
#[durable(yield = u64, resume = u64, twin = held_guards_twin)]
pub async fn held_guards(counter: &super::borrows::Counter, n: u64) -> u64 {
    {
        let permit = counter.room.acquire().await.unwrap();
        log(format!("permits {}", permit.num_permits()));
        let mut count = counter.count.lock().await;
        count.push(n);
        log(format!("held: {}", is_held(counter).await));
    }
    log(format!("held: {}", is_held(counter).await));
    yield_(1).await;
    let len = {
        let count = counter.count.lock().await;
        let len = count.len() as u64;
        log(format!("held: {}", is_held(counter).await));
        len
    };
    yield_(len).await
}
async fn is_held(counter: &super::borrows::Counter) -> bool {
    tick().await;
    counter.count.try_lock().is_err()
}

#[durable(yield = u64, resume = u64, twin = stored_futures_twin)]
pub async fn stored_futures(n: u64) -> u64 {
    let list = vec![add(1, 2), add(3, n)];
    let mut total = 0;
    for one in list {
        total += one.await;
    }
    let pending = double(total);
    tick().await;
    total += pending.await;
    yield_(total).await
}

#[durable(yield = u64, resume = u64, twin = with_drops_twin)]
pub async fn with_drops(n: u64) -> Result<u64, String> {
    let first = D::new("first");
    let total = {
        let second = D::new("second");
        let response = get("r").await;
        let third = D::new("third");
        let a = small(n).await?;
        let peeked = response.peek().await;
        touch(&second);
        let b = small(n * 2).await?;
        touch(&third);
        touch_response(&response);
        a + b + peeked
    };
    yield_(total).await;
    touch(&first);
    Ok(total)
}

#[durable(yield = u64, resume = u64, twin = two_at_once_twin)]
pub async fn two_at_once(n: u64) -> String {
    let text = {
        let first = get("first").await;
        let second = get("second").await;
        let a = second.text().await;
        let b = first.peek().await;
        format!("{a} {b}")
    };
    let got = yield_(n).await;
    let pair = (get("third").await, get("fourth").await);
    let c = pair.1.text().await;
    let d = pair.0.text().await;
    format!("{text} {got} {c} {d} {}", yield_(1).await)
}

/// Guards of what a guard gave a copy of, over steps.
#[durable(yield = u64, resume = u64, twin = guard_of_a_copy_twin)]
pub async fn guard_of_a_copy(n: u64) -> u64 {
    use tokio::sync::Mutex;
    yield_(n).await;
    let mut sum = 0;
    let locks = std::sync::Arc::new(Mutex::new(std::collections::BTreeMap::from([(n, std::sync::Arc::new(Mutex::new(n)))])));
    for key in 0..3 {
        let lock = locks.lock().await.entry(key).or_default().clone();
        let mut guard = lock.lock().await;
        if double(n).await > 10 {
            continue;
        }
        *guard += double(*guard + key).await;
        sum += *guard;
    }
    let shared = std::sync::Arc::new(Mutex::new(n));
    let lock = shared.clone();
    let mut guard = lock.lock().await;
    if double(n).await > 10 {
        return 1;
    }
    *guard += double(*guard).await;
    sum + *guard
}

/// Loops over any iterator, which go on through steps.
#[durable(yield = u64, resume = u64, twin = any_iterators_twin)]
pub async fn any_iterators<I>(items: I, more: impl IntoIterator<Item = u64>) -> u64
where
    I: IntoIterator<Item = u64>,
{
    let mut sum = 0;
    for item in items {
        if item == 5 {
            continue;
        }
        sum += double(item).await;
    }
    for (n, item) in more.into_iter().enumerate() {
        sum += double(item + n as u64).await;
    }
    yield_(sum).await
}

/// A closure that gives futures.
#[durable(yield = u64, resume = u64, twin = polled_twin)]
pub async fn polled<F, Fut>(mut probe: F) -> u64
where
    F: FnMut(u64) -> Fut,
    Fut: Future<Output = u64> + Send,
{
    let (mut n, mut sum) = (1, 0);
    while n < 50 {
        n = probe(n).await;
        sum += n;
    }
    drop(probe);
    yield_(sum).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        any_iterators, any_iterators_twin => (vec![1, 5, 7], Some(1)), (vec![], 0..3);
        polled, polled_twin => (double);
        guard_of_a_copy, guard_of_a_copy_twin => (1), (7);
        two_at_once, two_at_once_twin => (1);
        fetch, fetch_twin => ("url".to_owned());
        fetch_all, fetch_all_twin => (strings(&["a", "bb"]));
        chunks, chunks_twin => ("url".to_owned());
        errors, errors_twin => ("url".to_owned()), ("a long url".to_owned());
        in_branches, in_branches_twin => (1), (2), (3);
        operands, operands_twin => (1);
        closures, closures_twin => (3);
        channels, channels_twin => (0), (2);
        option_of, option_of_twin => (2), (3);
        held_guards, held_guards_twin => (counter: &super::borrows::Counter = super::borrows::Counter::new(), 3);
        permits, permits_twin => (counter: &super::borrows::Counter = super::borrows::Counter::new(), 3);
        stored_futures, stored_futures_twin => (4);
        with_drops, with_drops_twin => (1), (60), (200);
    }
}
