#[durable(yield = u64, resume = u64, twin = lends_temporaries_twin)]
pub async fn lends_temporaries(n: u64) -> u64 {
    let a = reads(&Shop::new(n), 2).await;
    let b = scalars(&(n + 1), &mut 5, &None).await;
    let c = scalars(&a, &mut { a + b }, &Some("text".to_owned())).await;
    a + b + c
}

#[durable(yield = u64, resume = u64, twin = explicit_lifetimes_twin)]
pub async fn explicit_lifetimes<'a, 'b>(a: &'a str, b: &'b mut Vec<String>, c: &'a Shop, d: &'b u64) -> usize {
    b.push(a.to_owned());
    yield_(*d).await;
    let long = longest(a, &c.names[0]).await.to_owned();
    b.push(long);
    yield_(b.len() as u64).await;
    b.iter().map(String::len).sum::<usize>() + c.names.len()
}

