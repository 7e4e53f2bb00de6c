//! Names: shadowing, scopes, closures, nested items, names that the compiler might use itself.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = shadowed_twin)]
pub async fn shadowed(n: u64) -> String {
    let n = n + 1;
    let a = yield_(n).await;
    let n = n.to_string();
    let b = yield_(a + 1).await;
    let n = (n, a);
    tick().await;
    let a = {
        let a = a + b;
        yield_(a).await;
        let n = a;
        n * 2
    };
    format!("{n:?} {a} {b}")
}

#[durable(yield = u64, resume = u64, twin = shadowed_in_scopes_twin)]
pub async fn shadowed_in_scopes(n: u64) -> Vec<u64> {
    let x = n;
    let mut out = vec![];
    {
        let x = x + 1;
        out.push(yield_(x).await);
        {
            let x = x * 2;
            out.push(yield_(x).await);
        }
        out.push(x);
    }
    for x in 0..2 {
        let x = x + yield_(x).await;
        out.push(x);
    }
    if let Some(x) = half(x).await {
        yield_(x).await;
        out.push(x);
    }
    match x {
        0 => (),
        x => {
            let x = x + 100;
            out.push(yield_(x).await + x);
        }
    }
    out.push(x);
    out
}

#[durable(yield = u64, resume = u64, twin = shadow_uses_old_twin)]
pub async fn shadow_uses_old(x: u64) -> u64 {
    let x = yield_(x).await + x;
    let x = {
        let y = x;
        add(x, y).await
    };
    let x = if x > 50 {
        let x = x - 50;
        yield_(x).await
    } else {
        x
    };
    x
}

#[durable(yield = u64, resume = u64, twin = shadowed_drops_twin)]
pub async fn shadowed_drops(n: u64) -> u64 {
    let d = D::new("first");
    let d = (D::new("second"), D::new("second too"));
    yield_(n).await;
    let d = D::new("third");
    {
        let d = D::new("inner");
        yield_(n).await;
        touch(&d);
    }
    let d = D::new("fourth");
    yield_(n).await
}

#[durable(yield = u64, resume = u64, twin = closures_twin)]
pub async fn closures(n: u64) -> u64 {
    let factor = yield_(n).await;
    let times = |x: u64| x * factor;
    let a = times(2);
    let b = yield_(a).await;
    let list: Vec<u64> = (0..3).map(|i| i + factor + b).collect();
    let mut total = 0;
    list.iter().for_each(|x| total += x);
    yield_(total).await;
    let mut counter = 0;
    let mut next = || {
        counter += 1;
        counter
    };
    next();
    next();
    total + counter + factor
}

#[durable(yield = u64, resume = u64, twin = move_closures_twin)]
pub async fn move_closures(n: u64, name: String) -> String {
    let mut n = n;
    let mut next = move || {
        n += 1;
        n
    };
    let (a, b) = (next(), next());
    yield_(n).await; // unchanged: the closure has a copy
    n += 10;
    let mut point = Point { x: n, y: 2 };
    let mut grow = move || {
        point.x += 1;
        point.x
    };
    grow();
    yield_(point.x).await;
    let owned = move || name.len();
    let len = owned();
    yield_(n).await;
    format!("{a} {b} {n} {point:?} {len}")
}

#[durable(yield = u64, resume = u64, twin = closure_changes_slot_twin)]
pub async fn closure_changes_slot(words: Vec<String>) -> String {
    let mut words = words;
    let mut seen = String::new();
    yield_(words.len() as u64).await;
    words.retain(|word| {
        seen.push_str(word);
        word.len() > 1
    });
    yield_(seen.len() as u64).await;
    let mut sort = |back: bool| {
        words.sort();
        if back {
            words.reverse()
        }
    };
    sort(true);
    yield_(1).await;
    words.iter().fold(seen, |all, word| all + "/" + word)
}

#[durable(yield = u64, resume = u64, twin = items_twin)]
pub async fn items(n: u64) -> String {
    const LIMIT: u64 = 20;
    static NAME: &str = "static";
    #[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
    struct Pair(u64, u64);
    impl Pair {
        const ZERO: Pair = Pair(0, 0);
        fn sum(&self) -> u64 {
            self.0 + self.1
        }
    }
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    enum Kind {
        Low,
        High { by: u64 },
    }
    fn kind(n: u64) -> Kind {
        if n < LIMIT { Kind::Low } else { Kind::High { by: n - LIMIT } }
    }
    use std::collections::BTreeMap as Map;
    type Table = Map<u64, Pair>;
    trait Twice {
        fn twice(self) -> u64;
    }
    impl Twice for u64 {
        fn twice(self) -> u64 {
            self * 2
        }
    }

    let pair = Pair(n, yield_(n).await);
    let kind = kind(pair.sum());
    let mut table = Table::new();
    table.insert(1, pair);
    yield_(table[&1].sum().twice()).await;
    async fn inner(n: u64) -> u64 {
        later().await;
        n + LIMIT
    }
    let got = inner(pair.0).await;
    format!("{pair:?} {kind:?} {NAME} {:?} {table:?} {got}", Pair::ZERO)
}

#[durable(yield = u64, resume = u64, twin = items_after_use_twin)]
pub async fn items_after_use(n: u64) -> u64 {
    let a = helper(n) + yield_(EXTRA).await;
    fn helper(n: u64) -> u64 {
        n * 3
    }
    const EXTRA: u64 = 5;
    {
        const EXTRA: u64 = 6;
        yield_(a + EXTRA).await;
        fn helper(n: u64) -> u64 {
            n + 1
        }
        yield_(helper(a)).await;
    }
    yield_(helper(EXTRA)).await
}

#[durable(yield = u64, resume = u64, twin = of_the_compiler_twin)]
pub async fn of_the_compiler(f: u64, cx: u64, at: u64) -> u64 {
    // Names that emitted code might have for its own things.
    enum At {
        Start,
        Broken,
    }
    struct Slots(u64);
    #[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
    enum Wait {
        Nothing,
    }
    const INFO: u64 = 3;
    let (s, lent, state, operand, it, out, input, exit) = (1, 2, 3, 4, 5, 6, 7, 8);
    let got = yield_(f + cx + at).await;
    let frame = match (if got > 1 { At::Start } else { At::Broken }) {
        At::Start => Slots(s + lent).0,
        At::Broken => 0,
    };
    let w = Wait::Nothing;
    yield_(frame + state + operand).await;
    let rt = it + out + input + exit;
    let waker = double(rt).await;
    let Wait::Nothing = w;
    f + cx + at + s + lent + state + operand + rt + waker + INFO
}

#[durable(yield = u64, resume = u64, twin = of_std_twin)]
pub async fn of_std(option: u64) -> String {
    // Emitted code has absolute paths.
    #[derive(Debug)]
    struct Option;
    #[derive(Debug)]
    struct Some2;
    #[allow(non_camel_case_types)]
    #[derive(Debug)]
    struct std;
    mod core {
        pub const HERE: u64 = 4;
    }
    #[allow(non_snake_case)]
    fn drop(n: u64) -> u64 {
        n + 1
    }
    #[derive(Debug)]
    enum Result {
        Fine,
    }
    let got = yield_(option).await;
    let after = drop(got) + core::HERE;
    yield_(after).await;
    format!("{:?} {:?} {:?} {:?} {after}", Option, Some2, std, Result::Fine)
}

#[durable(yield = u64, resume = u64, twin = raw_twin)]
pub async fn raw(r#type: u64) -> u64 {
    let r#match = yield_(r#type).await;
    let r#async = r#match + 1;
    let __hidden = yield_(r#async).await;
    let _unused = 5;
    let größe = r#type + __hidden;
    yield_(größe).await;
    format!("{match}{größe}").len() as u64 + r#async
}

#[durable(yield = u64, resume = u64, twin = same_as_function_twin)]
pub async fn same_as_function(add: u64) -> u64 {
    let double = |n: u64| n + 1;
    let a = yield_(double(add)).await;
    let same_as_function = a + add;
    let log = yield_(same_as_function).await;
    crate::harness::log(format!("{log}"));
    crate::harness::add(log, add).await
}

#[durable(yield = u64, resume = u64, twin = same_name_many_types_twin)]
pub async fn same_name_many_types(x: u64) -> String {
    let mut out = String::new();
    if x > 1 {
        let x = "text".to_owned();
        yield_(1).await;
        out += &x;
    } else {
        let x = vec![1.5];
        yield_(2).await;
        out += &format!("{x:?}");
    }
    let x = Some(x);
    yield_(3).await;
    for x in x {
        let x = [x; 2];
        yield_(4).await;
        out += &format!("{x:?}");
    }
    out
}

#[durable(yield = u64, resume = u64, twin = closure_shadows_twin)]
pub async fn closure_shadows(n: u64, list: Vec<u64>) -> Vec<u64> {
    let x = yield_(n).await;
    let mapped: Vec<u64> = list.iter().map(|x| x * 2).filter(|&n| n > 2).collect();
    yield_(x).await;
    let more: Vec<u64> = list
        .into_iter()
        .map(|n| {
            let x = n + x;
            x * n
        })
        .collect();
    let (x, n) = (n, x);
    yield_(x).await;
    mapped.into_iter().zip(more).map(|(n, x)| n + x).chain([x, n]).collect()
}

#[durable(yield = u64, resume = u64, twin = async_blocks_twin)]
pub async fn async_blocks(n: u64, name: String) -> String {
    let a = yield_(n).await;
    let b = async {
        let n = add(n, a).await;
        double(n).await
    }
    .await;
    let greeting = async { greet(&name).await + &b.to_string() }.await;
    yield_(b).await;
    let moved = async move {
        later().await;
        name + "!"
    }
    .await;
    yield_(1).await;
    format!("{greeting} {moved} {n}")
}

#[durable(yield = u64, resume = u64, twin = statics_twin)]
pub async fn statics(n: u64) -> u64 {
    static START: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(5);
    const fn cube(n: u64) -> u64 {
        n * n * n
    }
    const SIZE: usize = cube(2) as usize;
    let filled = [n; SIZE];
    let got = yield_(START.load(std::sync::atomic::Ordering::Relaxed)).await;
    got + filled.iter().sum::<u64>() + filled.len() as u64
}

/// Macros of which the compiler knows nothing, with format strings.
macro_rules! noted { ($($args:tt)*) => { log(format!($($args)*)) } }
macro_rules! stop { ($($args:tt)*) => { return Err(format!($($args)*)) } }

#[durable(yield = u64, resume = u64, twin = captured_by_format_strings_twin)]
pub async fn captured_by_format_strings(name: &str, n: u64, list: Vec<u64>) -> Result<u64, String> {
    noted!("start {name} {n:>3}");
    let e = yield_(n).await;
    noted!("got {e} for {name}");
    for n in list {
        match small(n).await {
            Ok(e) => {
                let got = yield_(e).await;
                noted!("{name}: {e} of {n:?}, {got}");
            }
            Err(e) => {
                noted!("failed: {e}");
                yield_(1).await;
                stop!("{name} failed with {e}, {{e}} {}", n);
            }
        }
    }
    noted!("end {e} {n}");
    Ok(e)
}

pub fn cases() -> Vec<Case> {
    cases! {
        captured_by_format_strings, captured_by_format_strings_twin => (name: &str = "x".to_owned(), 3, vec![1, 2]), (name: &str = "x".to_owned(), 3, vec![1, 200, 3]);
        shadowed, shadowed_twin => (3);
        shadowed_in_scopes, shadowed_in_scopes_twin => (4), (3), (0);
        shadow_uses_old, shadow_uses_old_twin => (1), (5);
        shadowed_drops, shadowed_drops_twin => (1);
        closures, closures_twin => (2);
        move_closures, move_closures_twin => (2, "name".to_owned());
        closure_changes_slot, closure_changes_slot_twin => (strings(&["b", "aa", "cc"]));
        items, items_twin => (2), (0);
        items_after_use, items_after_use_twin => (2);
        of_the_compiler, of_the_compiler_twin => (1, 2, 3);
        of_std, of_std_twin => (1);
        raw, raw_twin => (1);
        same_as_function, same_as_function_twin => (1);
        same_name_many_types, same_name_many_types_twin => (1), (2);
        closure_shadows, closure_shadows_twin => (1, vec![1, 2, 3]);
        async_blocks, async_blocks_twin => (1, "ann".to_owned());
        statics, statics_twin => (1);
    }
}
