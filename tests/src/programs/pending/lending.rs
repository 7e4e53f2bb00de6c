//! Not compiled: what `lending.rs` is to have back. The causes are listed where they were reported.

// pending: lifetime may not live long enough
#[durable(yield = u64, resume = u64, twin = explicit_lifetimes_twin)]
pub async fn explicit_lifetimes<'a, 'b>(a: &'a str, b: &'b mut Vec<String>, c: &'a Shop, d: &'b u64) -> usize {
    b.push(a.to_owned());
    yield_(*d).await;
    let long = longest(a, &c.names[0]).await.to_owned();
    b.push(long);
    yield_(b.len() as u64).await;
    b.iter().map(String::len).sum::<usize>() + c.names.len()
}

pub fn cases() -> Vec<Case> {
    cases! {
        explicit_lifetimes, explicit_lifetimes_twin => (a: &str = "a".to_owned(), b: &mut Vec<String> = vec![], c: &Shop = Shop::new(1), d: &u64 = 9);
    }
}
