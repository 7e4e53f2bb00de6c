//! Generic functions.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::{Debug, Display};

#[durable(yield = u64, resume = u64, twin = swap_twin)]
pub async fn swap<T, U>(pair: (T, U)) -> (U, T)
where
    T: Serialize + DeserializeOwned + Send + 'static,
    U: Serialize + DeserializeOwned + Send + 'static,
{
    let (a, b) = pair;
    yield_(1).await;
    let swapped = (b, a);
    yield_(2).await;
    swapped
}

pub trait Data: Serialize + DeserializeOwned + Debug + Clone + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + Debug + Clone + Send + Sync + 'static> Data for T {}

#[durable(yield = u64, resume = u64, twin = repeated_twin)]
pub async fn repeated<T: Data>(value: T, n: usize) -> Vec<T> {
    let mut out = Vec::new();
    for i in 0..n {
        out.push(value.clone());
        yield_(i as u64).await;
    }
    let last = same(value).await;
    tick().await;
    out.push(last);
    out
}

#[durable(yield = u64, resume = u64, twin = const_generic_twin)]
pub async fn const_generic<const N: usize, const LOUD: bool>(list: Vec<u64>) -> u64 {
    let mut window = [0u64; N];
    let mut total = 0;
    for n in list {
        window.rotate_left(1);
        window[N - 1] = yield_(n).await;
        total += window.iter().sum::<u64>();
        if LOUD {
            tick().await;
        }
    }
    total + N as u64
}

#[durable(yield = u64, resume = u64, twin = impl_argument_twin)]
pub async fn impl_argument(shown: impl Display + Data, n: impl Into<u64> + Data) -> String {
    let text = shown.to_string();
    let n: u64 = n.into();
    let got = yield_(n).await;
    format!("{text} {shown} {got}")
}

#[durable(yield = u64, resume = u64, twin = of_default_twin)]
pub async fn of_default<T: Data + Default + PartialEq>(n: u64) -> bool {
    let first = T::default();
    yield_(n).await;
    let list: Vec<T> = vec![first.clone(), T::default()];
    let size = std::mem::size_of::<T>() as u64;
    yield_(size).await;
    list.iter().all(|one| *one == first)
}

#[durable(yield = u64, resume = u64, twin = lent_generic_twin)]
pub async fn lent_generic<T: Data, S: AsRef<str> + Sync + 'static>(list: &mut Vec<T>, label: &S, value: T) -> usize {
    list.push(value.clone());
    yield_(label.as_ref().len() as u64).await;
    list.push(value);
    yield_(list.len() as u64).await;
    tick().await;
    list.len() + label.as_ref().len()
}

pub trait Shop: Debug {
    fn stock(&self, by: u64) -> impl Future<Output = u64> + Send;
    fn sell(&mut self, by: u64) -> impl Future<Output = u64> + Send;
}

impl Shop for Vec<u64> {
    async fn stock(&self, by: u64) -> u64 {
        self.iter().sum::<u64>() + by
    }
    async fn sell(&mut self, by: u64) -> u64 {
        self.push(by);
        self.len() as u64
    }
}

/// Lent as `impl Trait`, with no other bound.
#[durable(yield = u64, resume = u64, twin = lent_impl_twin)]
pub async fn lent_impl(one: &impl Shop, other: &mut impl Shop, more: &[impl Shop], price: &(impl Fn(u64) -> u64 + Debug)) -> u64 {
    let a = yield_(price(1)).await + one.stock(1).await;
    let b = other.sell(a).await;
    let mut all = 0;
    for shop in more {
        all += shop.stock(b).await;
        all += yield_(all).await;
    }
    all + other.stock(all).await
}

#[durable(yield = u64, resume = u64, twin = unsized_lent_twin)]
pub async fn unsized_lent<T: ?Sized + Display + Sync + 'static>(value: &T) -> String {
    let first = value.to_string();
    yield_(1).await;
    format!("{first} {value}")
}

#[durable(yield = u64, resume = u64, twin = calls_generic_twin)]
pub async fn calls_generic(n: u64) -> String {
    let a = repeated(n, 2).await;
    let b = repeated::<String>("text".to_owned(), 1).await;
    let (c, d) = swap((Some(n), 'x')).await;
    let e = const_generic::<2, false>(a.clone()).await;
    let f = impl_argument("shown".to_owned(), 5u32).await;
    let mut list = vec![1.5];
    let g = lent_generic(&mut list, &f, 2.5).await;
    let h = unsized_lent("unsized").await;
    format!("{a:?} {b:?} {c:?} {d:?} {e} {f} {g} {h} {list:?}")
}

#[durable(yield = u64, resume = u64)]
async fn generic_child<T: Data>(value: T, n: u64) -> Vec<T> {
    let mut out = if n == 0 { vec![] } else { Box::pin(generic_child(value.clone(), n - 1)).await };
    yield_(n).await;
    out.push(value);
    out
}

#[durable(yield = u64, resume = u64, twin = generic_recursion_twin)]
pub async fn generic_recursion<T: Data>(value: T) -> (usize, Vec<T>) {
    let first = generic_child(value.clone(), 2).await;
    let second = generic_child((value, 'x'), 1).await;
    (second.len(), first)
}

#[durable(yield = u64, resume = u64, twin = with_functions_twin)]
pub async fn with_functions(n: u64) -> u64 {
    fn apply<F: Fn(u64) -> u64>(f: F, n: u64) -> u64 {
        f(n)
    }
    let a = apply(|n| n + 1, yield_(n).await);
    let double_it: fn(u64) -> u64 = |n| n * 2;
    let b = double_it(a);
    let c = [1u64, 2, 3].map(double_it);
    yield_(b).await + c.iter().sum::<u64>()
}

#[durable(yield = u64, resume = u64, twin = bounds_twin)]
pub async fn bounds<'a, T>(list: &'a [T], start: T) -> T
where
    T: Data + Copy + std::ops::Add<Output = T> + PartialOrd,
    for<'x> &'x T: Debug,
{
    let mut total = start;
    for i in 0..list.len() {
        total = total + list[i];
        yield_(i as u64).await;
        if total < start {
            return start;
        }
    }
    log(format!("{:?}", &total));
    total
}

pub struct Page<T> {
    pub items: Vec<T>,
}

#[durable(yield = u64, resume = u64, twin = of_struct_twin)]
pub async fn of_struct<T: Data>(page: &Page<T>, at: usize) -> Option<T> {
    yield_(page.items.len() as u64).await;
    let found = page.items.get(at).cloned()?;
    yield_(1).await;
    Some(found)
}

#[durable(yield = u64, resume = u64, twin = result_generic_twin)]
pub async fn result_generic<E: From<String> + Data>(n: u64) -> Result<u64, E> {
    let a = small(n).await?;
    yield_(a).await;
    let b = small(a * 2).await?;
    Ok(b)
}

fn price(n: u64) -> u64 {
    n * 2
}

pub fn cases() -> Vec<Case> {
    cases! {
        swap::<u64, String>, swap_twin => ((1, "a".to_owned()));
        swap::<Option<Point>, Vec<u8>>, swap_twin::<Option<Point>, Vec<u8>> => ((None, vec![1]));
        repeated::<Point>, repeated_twin => (Point { x: 1, y: 2 }, 2);
        repeated::<(u8, String)>, repeated_twin => ((1, "a".to_owned()), 0);
        const_generic::<3, true>, const_generic_twin::<3, true> => (vec![1, 2, 3, 4]);
        const_generic::<1, false>, const_generic_twin::<1, false> => (vec![1, 2]);
        |shown: String, n: u32| impl_argument(shown, n), impl_argument_twin => ("text".to_owned(), 3u32);
        of_default::<Order>, of_default_twin::<Order> => (3);
        of_default::<()>, of_default_twin::<()> => (3);
        lent_generic::<u64, String>, lent_generic_twin::<u64, String> => (list: &mut Vec<u64> = vec![], label: &String = "label".to_owned(), 3);
        lent_impl, lent_impl_twin => (one: &Vec<u64> = vec![1], other: &mut Vec<u64> = vec![], more: &[Vec<u64>] = [vec![2], vec![3]], price: &fn(u64) -> u64 = price as fn(u64) -> u64);
        unsized_lent::<str>, unsized_lent_twin::<str> => (value: &str = "text".to_owned());
        unsized_lent::<u64>, unsized_lent_twin::<u64> => (value: &u64 = 3);
        calls_generic, calls_generic_twin => (3);
        generic_recursion::<String>, generic_recursion_twin::<String> => ("s".to_owned());
        with_functions, with_functions_twin => (3);
        bounds::<u64>, bounds_twin::<u64> => (list: &[u64] = vec![1, 2], 3);
        bounds::<i32>, bounds_twin::<i32> => (list: &[i32] = vec![-5, 2], 3);
        of_struct::<String>, of_struct_twin::<String> => (page: &Page<String> = Page { items: strings(&["a"]) }, 0), (page: &Page<String> = Page { items: vec![] }, 0);
        result_generic::<Fault>, result_generic_twin::<Fault> => (1), (60), (200);
    }
}
