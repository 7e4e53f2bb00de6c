//! Not compiled: what `steps.rs` is to have back. The causes are listed where they were reported.

// pending: lifetime may not live long enough
#[durable(yield = u64, resume = u64, twin = borrow_slots_twin)]
pub async fn borrow_slots(name: String, list: Vec<u64>) -> String {
    let greeting = greet(&name).await;
    let sum = sum_of(&list).await;
    yield_(sum).await;
    let longer = longest(&greeting, &name).await.len() as u64;
    let part = sum_of(&list[1..]).await;
    yield_(longer + part).await;
    format!("{greeting} {name} {list:?}")
}

// pending: lifetime may not live long enough
#[durable(yield = u64, resume = u64, twin = borrow_gives_borrow_twin)]
pub async fn borrow_gives_borrow(a: String, b: String) -> String {
    let longer = longest(&a, &b).await.to_owned();
    yield_(longer.len() as u64).await;
    let first = longest(&a, "").await.chars().next();
    let both = longest(longest(&a, &longer).await, "0123456789").await.to_uppercase();
    yield_(1).await;
    format!("{longer} {first:?} {both}")
}

// pending: lifetime may not live long enough
#[durable(yield = u64, resume = u64, twin = awaits_in_borrowing_step_twin)]
pub async fn awaits_in_borrowing_step(n: u64) -> u64 {
    let mut total = n;
    let words = strings(&["x", "yy"]);
    let a = bump(&mut total, yield_(1).await).await;
    let b = add(words.len() as u64, yield_(2).await).await;
    let c = longest(&words[1], &greet(&words[0]).await).await.len() as u64;
    let d = bump(&mut total, double(c).await).await;
    a + b + c + d + total
}

pub fn cases() -> Vec<Case> {
    cases! {
        borrow_slots, borrow_slots_twin => ("ann".to_owned(), vec![1, 2, 3]);
        borrow_gives_borrow, borrow_gives_borrow_twin => ("short".to_owned(), "longer one".to_owned());
        awaits_in_borrowing_step, awaits_in_borrowing_step_twin => (3);
    }
}
