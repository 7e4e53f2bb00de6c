use coroutine_runtime::prelude::*;

#[durable(root = sum_kept(list, other))]
async fn sum(list: &[u64]) -> u64 {
    list.iter().sum()
}

#[durable(root = says_kept(how))]
async fn says(what: &str, how: &dyn Fn(&str)) {
    how(what);
}

#[durable(root = first_kept)]
async fn first(list: &[u64]) -> &u64 {
    &list[0]
}

#[durable(root = twice_kept)]
async fn twice(n: u64) -> u64 {
    2 * n
}

trait Job {
    #[durable(root = works_kept)]
    async fn works(&self);
}

fn main() {}
