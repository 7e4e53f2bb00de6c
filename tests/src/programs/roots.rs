//! Roots that keep what the function borrows.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::path::Path;

#[durable(yield = u64, resume = u64, twin = packs_twin, root = packs_kept)]
pub async fn packs(name: &str, items: &[u64], mut left: u64, d: &D, tags: &mut Vec<String>) -> String {
    let mut all = String::new();
    for item in items {
        left += yield_(*item).await;
        touch(d);
        tags.push(format!("{name} {left}"));
        all.push_str(name);
    }
    format!("{all} {tags:?}")
}
pub async fn packs_kept_twin(name: String, items: Vec<u64>, left: u64, d: D, mut tags: Vec<String>) -> String {
    packs_twin(&name, &items, left, &d, &mut tags).await
}

#[durable(yield = u64, resume = u64, twin = clothes_twin, root = clothes_kept)]
pub async fn clothes(note: Option<&str>, d: Option<&mut D>, both: (&D, &mut u64), path: &Path, (a, b): (u64, u64)) -> String {
    let n = yield_(a + b).await;
    *both.1 += n;
    if let Some(d) = d {
        d.0.push_str("!");
        tick().await;
        touch(d);
    }
    touch(both.0);
    format!("{note:?} {} {}", both.1, path.display())
}
pub async fn clothes_kept_twin(
    note: Option<String>,
    mut d: Option<D>,
    mut both: (D, u64),
    path: std::path::PathBuf,
    ab: (u64, u64),
) -> String {
    clothes_twin(note.as_deref(), d.as_mut(), (&both.0, &mut both.1), &path, ab).await
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Shop {
    sum: u64,
    d: D,
}
impl Shop {
    #[durable(yield = u64, resume = u64, twin = sells_twin, root = sells_kept)]
    pub async fn sells(&mut self, price: &u64) -> u64 {
        self.sum += yield_(*price).await;
        touch(&self.d);
        self.sum
    }
    pub async fn sells_kept_twin(mut self, price: u64) -> u64 {
        self.sells_twin(&price).await
    }
}
#[durable(yield = u64, resume = u64, twin = sells_of_twin)]
pub async fn sells_of(n: u64) -> u64 {
    let shop = Shop { sum: n, d: D::new("shop") };
    shop.sells_kept(n).await
}

/// What is not named is lent as before.
#[durable(yield = u64, resume = u64, twin = mails_twin, root = mails_kept(name))]
pub async fn mails<T: Into<u64> + Clone + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static>(
    world: &D,
    name: &str,
    of: T,
) -> u64 {
    let n = yield_(of.clone().into()).await;
    touch(world);
    #[cfg(not(windows))]
    log(name);
    n + of.into()
}
#[durable(yield = u64, resume = u64, twin = mails_of_twin)]
pub async fn mails_of(d: D, n: u32) -> u64 {
    mails_kept(&d, "name".to_owned(), n).await
}
pub fn cases() -> Vec<Case> {
    cases! {
        packs_kept, packs_kept_twin => ("tea".to_owned(), vec![1, 2, 3], 4, D::new("d"), vec!["x".to_owned()]);
        clothes_kept, clothes_kept_twin => (Some("n".to_owned()), Some(D::new("d")), (D::new("pair"), 3), "a/b".into(), (1, 2)), (None, None, (D::new("pair"), 3), "a/b".into(), (1, 2));
        mails_of, mails_of_twin => (D::new("world"), 3);
        sells_of, sells_of_twin => (1), (2);
    }
}
