//! What a compiler of this kind gets wrong easily, and what real code is full of.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::collections::{BTreeMap, HashMap};

#[durable(yield = u64, resume = u64, twin = jumps_in_operands_twin)]
pub async fn jumps_in_operands(list: Vec<u64>) -> u64 {
    let mut total = 0;
    for n in list {
        let _d = D::new("round");
        total += yield_(if n == 0 { continue } else { n }).await;
        total += double(match n {
            7 => break,
            n => n,
        })
        .await;
    }
    'out: {
        let _d = D::new("block");
        yield_(if total > 100 { break 'out } else { total }).await;
        add(
            1,
            loop {
                break if total == 63 { break 'out } else { 5 };
            },
        )
        .await;
        log("block ended");
    }
    total
}

#[durable(yield = u64, resume = u64, twin = jumps_with_values_twin)]
pub async fn jumps_with_values(n: u64) -> u64 {
    let a = 'a: {
        let b = yield_({
            if n == 1 {
                break 'a 100;
            }
            n
        })
        .await;
        yield_(b + yield_(if b > 50 { break 'a yield_(b).await } else { b }).await).await
    };
    loop {
        let c = add(a, {
            if a == 100 {
                break a;
            }
            yield_(a).await
        })
        .await;
        if c > 1000 {
            break c;
        }
        break 0;
    }
}

#[durable(yield = u64, resume = u64, twin = children_and_awaited_arguments_twin)]
pub async fn children_and_awaited_arguments(mut list: Vec<u64>, mut order: Order) -> String {
    let a = pushed(&mut list, yield_(1).await).await;
    let b = pushed(&mut order.at_list(), {
        list.push(a);
        yield_(a).await
    })
    .await;
    let mut n = b % 10;
    let c = three(
        n,
        {
            n += 1;
            yield_(n).await
        },
        n,
    )
    .await;
    let d = three(say(1), pushed(&mut list, say(2)).await, say(3)).await;
    order.seen += three(order.seen, pushed(&mut list, d % 5).await, 1).await;
    format!("{list:?} {order:?} {a} {b} {c} {d}")
}
impl Order {
    fn at_list(&self) -> Vec<u64> {
        vec![self.at.x, self.at.y]
    }
}
#[durable(yield = u64, resume = u64)]
async fn pushed(list: &mut Vec<u64>, n: u64) -> u64 {
    list.push(n);
    list.push(yield_(n).await);
    list.len() as u64
}
#[durable(yield = u64, resume = u64)]
async fn three(a: u64, b: u64, c: u64) -> u64 {
    log(format!("three {a} {b} {c}"));
    yield_(a).await + b * 10 + c
}

#[durable(yield = u64, resume = u64, twin = places_with_calls_twin)]
pub async fn places_with_calls(n: u64) -> String {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    *counts.entry(say(n)).or_insert(5) += yield_(1).await;
    *counts.entry(n).or_default() = yield_(2).await;
    let mut list = vec![Point::default(); 2];
    list.last_mut().unwrap().x += double(3).await;
    list.iter_mut().next().unwrap().y = yield_(say(4)).await;
    *Box::new(n) += yield_(5).await;
    let mut slot = None;
    *slot.get_or_insert(1) += yield_(6).await;
    format!("{counts:?} {list:?} {slot:?}")
}

#[durable(yield = u64, resume = u64, twin = deferred_in_loop_twin)]
pub async fn deferred_in_loop(n: u64) -> u64 {
    let found;
    let mut rounds = 0;
    loop {
        rounds += 1;
        let got = yield_(rounds).await;
        if got > n {
            found = got;
            break;
        }
        if rounds > 5 {
            return 0;
        }
    }
    yield_(found).await + found + rounds
}

#[durable(yield = u64, resume = u64, twin = async_block_changes_twin)]
pub async fn async_block_changes(n: u64) -> String {
    let mut total = n;
    let mut text = "t".to_owned();
    async {
        total += 1;
        later().await;
        total *= 2;
        text.push('x');
    }
    .await;
    yield_(total).await;
    let copied = async move {
        total += 100;
        later().await;
        total
    }
    .await;
    yield_(copied).await;
    let mut point = Point { x: 1, y: total };
    let moved = async move {
        point.x += 5;
        later().await;
        point.x
    }
    .await;
    yield_(point.x).await;
    format!("{total} {copied} {text} {point:?} {moved}")
}

#[durable(yield = u64, resume = u64, twin = async_closures_twin)]
pub async fn async_closures(n: u64) -> u64 {
    let a = {
        let grow = async |by: u64| add(n, by).await + 1;
        let a = grow(1).await;
        grow(a).await
    };
    yield_(a).await
}

#[durable(yield = u64, resume = u64, twin = combined_steps_twin)]
pub async fn combined_steps(n: u64) -> u64 {
    async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
        (a.await, b.await)
    }
    let mut total = n;
    let mut words = vec!["w".to_owned()];
    let (a, b) = both(bump(&mut total, 2), count(&mut words)).await;
    yield_(a + b).await;
    let (c, (d, e)) = both(add(a, b), both(double(total), greet(&words[0]))).await;
    yield_(c + d + e.len() as u64).await
}

#[derive(Debug)]
pub struct Walker {
    pub seen: Vec<u64>,
    pub limit: u64,
}
impl Walker {
    async fn fee(&self, n: u64) -> Result<u64, String> {
        log(format!("fee {n}"));
        later().await;
        if n > self.limit { Err(format!("{n} is over {}", self.limit)) } else { Ok(n + self.seen.len() as u64) }
    }

    #[durable(yield = u64, resume = u64, twin = walk_twin)]
    pub async fn walk(&mut self, n: u64) -> Result<u64, String> {
        self.seen.push(n);
        if n == 0 {
            return Ok(yield_(self.seen.len() as u64).await);
        }
        let mut total = Box::pin(self.walk(n - 1)).await?;
        total += self.fee(n).await?;
        self.limit += self.fee(1).await?;
        if n % 2 == 0 {
            total += Box::pin(Self::walk(self, n / 2)).await?;
        }
        self.seen.push(100 + n);
        Ok(total)
    }

    #[durable(yield = u64, resume = u64, twin = taken_apart_twin)]
    pub async fn taken_apart(&mut self, n: u64) -> usize {
        let Walker { seen, limit } = self;
        seen.push(n);
        *limit += 1;
        yield_(n).await;
        let Self { seen, .. } = &*self;
        let len = seen.len();
        yield_(len as u64).await;
        if let [first, .., last] = self.seen.as_mut_slice() {
            std::mem::swap(first, last);
        }
        len
    }
}

#[durable(yield = u64, resume = u64, twin = blocks_of_all_kinds_twin)]
pub async fn blocks_of_all_kinds(n: u64) -> u64 {
    const { assert!(usize::BITS >= 32) };
    let a = const { 3 + 4 };
    let b = { { { yield_(a).await } } };
    let c = if { yield_(b).await > 1 } && {
        let x = n;
        x > 1
    } {
        { yield_(1).await }
    } else {
        { 0 }
    };
    let d = match {
        let x = yield_(c).await;
        x
    } {
        x => x + 1,
    };
    let e = loop {
        break { yield_(d).await };
    };
    let f = 'f: { break 'f ({ { e } }) };
    let g = {
        fn inner() -> u64 {
            5
        }
        inner()
    } + {
        use std::mem::size_of;
        size_of::<u32>() as u64
    };
    ({ f } + { g })
}

#[durable(yield = u64, resume = u64, twin = many_exits_twin)]
pub async fn many_exits(n: u64) -> Result<Option<u64>, String> {
    let a = D::new("a");
    for i in 0..3 {
        let b = D::new("b");
        while i < 2 {
            let c = D::new("c");
            match small(n + i * 40).await? {
                1 => return Ok(None),
                2..=10 => break,
                x if x % 2 == 0 => {
                    let d = D::new("d");
                    let Some(half) = half(x).await else { continue };
                    yield_(half).await;
                    if half > 30 {
                        return Ok(Some(half));
                    }
                    break;
                }
                x => {
                    yield_(x).await;
                    return Err(small(x + 60).await?.to_string());
                }
            }
        }
        yield_(i).await;
    }
    eat(a);
    yield_(9).await;
    Ok(Some(n))
}

#[durable(yield = u64, resume = u64, twin = same_names_in_branches_twin)]
pub async fn same_names_in_branches(n: u64) -> String {
    let mut out = String::new();
    for i in 0..3 {
        let x = if i == 0 {
            let x = yield_(i).await;
            let y = x + 1;
            yield_(y).await.to_string()
        } else if i == 1 {
            let x = greet("x").await;
            let y = x.len() as u64;
            yield_(y).await;
            x
        } else {
            let (x, y) = (vec![i, n], Some(i));
            yield_(x.len() as u64).await;
            format!("{x:?}{y:?}")
        };
        out += &x;
        let y = x.len();
        yield_(y as u64).await;
        out += &y.to_string();
    }
    out
}

#[durable(yield = u64, resume = u64, twin = panics_twin)]
pub async fn panics(n: u64) -> u64 {
    let a = D::new("a");
    let b = D::new("b");
    if n == 0 {
        panic!("at once");
    }
    let got = yield_(n).await;
    {
        let c = D::new("c");
        tick().await;
        if n == 1 {
            let d = D::new("d");
            panic!("after {got}");
        }
        if n == 2 {
            panicking_child(D::new("given")).await;
        }
    }
    if n == 3 {
        panicking_step(&a).await;
    }
    let list = vec![1, 2];
    list[yield_(n).await as usize]
}
#[durable(yield = u64, resume = u64)]
async fn panicking_child(given: D) {
    let own = D::new("child's own");
    yield_(5).await;
    panic!("in a child");
}
async fn panicking_step(d: &D) {
    let own = D::new("step's own");
    later().await;
    touch(d);
    panic!("in a step");
}

#[durable(yield = u64, resume = u64, twin = two_phase_twin)]
pub async fn two_phase(mut list: Vec<u64>) -> Vec<u64> {
    list.push(list.len() as u64);
    let len = list.len() as u64;
    list.push(len + yield_(len).await);
    list.insert(
        0,
        {
            let first = list[0];
            first
        } + 1,
    );
    list.extend([list[1], list[0]]);
    yield_(list.len() as u64).await;
    list.truncate(list.len() - 1);
    list
}

#[durable(yield = u64, resume = u64, twin = borrowed_match_twin)]
pub async fn borrowed_match(shape: Shape, names: BTreeMap<String, u64>) -> u64 {
    // The bindings are borrows that end before the wait.
    let a = match &shape {
        Shape::Circle(n) => yield_(*n).await,
        Shape::Rect { width, height } => yield_(width * height).await,
        Shape::Named(name, at) => {
            let sum = at.x + at.y + name.len() as u64;
            yield_(sum).await
        }
        _ => 1,
    };
    let b = if let Some(n) = names.get("a") { yield_(*n).await } else { yield_(0).await };
    let Some(c) = names.get("c").copied() else {
        return yield_(a + b).await;
    };
    let d = match names.iter().find(|(name, n)| name.len() > 1 && **n > c) {
        Some((name, n)) => add(name.len() as u64, *n).await,
        None => 0,
    };
    a + b + c + d
}

// Found by the fuzzer.

#[durable(yield = u64, resume = u64, twin = temporaries_of_conditions_twin)]
pub async fn temporaries_of_conditions(n: u64) -> u64 {
    let mut left = n;
    if weighed(&D::new("condition"), n).await % 2 == 0 {
        log("even");
        yield_(1).await;
    } else {
        log("odd");
    }
    if above(weighed(&D::new("operand"), 3).await, n).await {
        log("above");
    }
    let more = if !above(weighed(&D::new("value"), 3).await, n).await {
        log("then");
        1
    } else {
        2
    };
    if above(more, {
        touch(&D::new("block"));
        1
    })
    .await
    {
        log("more");
    }
    if let Some(n) = Some(n)
        && weighed(&D::new("chained"), n).await > 0
    {
        log("in the chain");
        yield_(n).await;
    }
    while weighed(&D::new("while"), left).await > 1 {
        log("body");
        left -= 1;
        yield_(left).await;
    }
    left
}
async fn weighed(d: &D, n: u64) -> u64 {
    touch(d);
    later().await;
    n
}

#[durable(yield = u64, resume = u64, twin = unused_bindings_twin)]
pub async fn unused_bindings(n: u64) -> u64 {
    if let Some(v1) = (if above(n, 1).await { Some(D::new("some")) } else { None }) {}
    if let Some(v3) = Some(D::new("chain"))
        && n > 0
    {
        yield_(3).await;
        log("end");
    }
    match half(n).await {
        Some(v2) => {}
        None => log("none"),
    }
    yield_(n).await
}

#[durable(yield = u64, resume = u64, twin = guards_on_values_twin)]
pub async fn guards_on_values(n: u64) -> u64 {
    match (n > 2, same(String::from("text")).await) {
        (true, x) if weighed(&D::new("guard"), n).await < 4 => x.len() as u64,
        (_, y) => y.len() as u64 + 10,
    }
}

#[durable(yield = u64, resume = u64, twin = named_twice_twin)]
pub async fn named_twice(names: &mut Vec<String>, mut n: u64) -> u64 {
    let sum = add(
        yield_(1).await,
        if n > 2 {
            *names = vec![format!("{} {n} {n:?}", same(5).await)];
            n
        } else {
            n
        },
    )
    .await;
    n += sum;
    n
}

#[durable(yield = u64, resume = u64, twin = captured_and_given_twin)]
pub async fn captured_and_given(n: u64, text: String) -> u64 {
    let got = yield_(n).await;
    let k = (|x: u64| x % 31 + n % 37)(n);
    let shown = (|suffix: &str| format!("{text}{suffix}"))("!");
    eat(D::new(&shown));
    let len = |more: usize| text.len() + more;
    let last = yield_((|x: u64| x % 31 + got % 37)(got) % 991).await;
    let lent = &last;
    let last = match Some(last) {
        Some(x) if last % 7 < *lent % 5 => x,
        _ => last + *lent,
    };
    let same = same((|suffix: &str| format!("{text}{suffix}"))(&text)).await;
    k + last + len(same.len()) as u64
}

#[durable(yield = u64, resume = u64, twin = jumps_in_macros_twin)]
pub async fn jumps_in_macros(n: u64) -> u64 {
    let d = 'b: {
        let v = same(D(format!("{}", {
            if n > 2 {
                break 'b D::new("x");
            }
            n
        })))
        .await;
        v
    };
    touch(&d);
    let found = 'outer: loop {
        for i in 0..n {
            log(format!("{} {}", i, if i == 2 { break 'outer i } else { i }));
            yield_(i).await;
        }
        break 7;
    };
    yield_(found).await
}

#[durable(yield = u64, resume = u64, twin = extended_temporary_twin)]
pub async fn extended_temporary(n: u64) -> u64 {
    let d = &D::new("extended");
    touch(d);
    log("used");
    yield_(n).await;
    let list: &[u64] = &[n, 2];
    let total: u64 = list.iter().sum();
    yield_(total).await
}

#[durable(yield = u64, resume = u64, twin = ranges_of_text_twin)]
pub async fn ranges_of_text(text: String) -> String {
    let part = text[yield_(0).await as usize..same(4).await].to_owned();
    let rest = &text[double(1).await as usize..];
    let both = format!("{part} {rest}");
    let bytes = text.as_bytes()[yield_(0).await as usize];
    yield_(u64::from(bytes)).await;
    both
}

#[durable(yield = u64, resume = u64, twin = parameters_twin)]
pub async fn parameters((mut a, b): (u64, String), mut c: [u64; 2], ref d: String, _e: D) -> String {
    a += yield_(a).await;
    c[0] += a;
    let len = d.len();
    yield_(c[0]).await;
    format!("{a} {b} {c:?} {len} {d}")
}

fn make(n: u64) -> Vec<u64> {
    log("made");
    vec![n, n + 1]
}

/// `let x = &value();`: the value is made once, and lives as long as the variable.
#[durable(yield = u64, resume = u64, twin = extended_twin)]
pub async fn extended(n: u64) -> u64 {
    let list = &make(n);
    yield_(list[0]).await;
    let first = &mut make(n);
    first.push(3);
    yield_(list[1] + first.len() as u64).await;
    let names = &["a", "b"];
    yield_(names.len() as u64).await;
    for name in names {
        log(name);
        yield_(1).await;
    }
    let (a, b) = (&make(1), &make(2));
    yield_(a[0]).await;
    let text: &str = &format!("{n}");
    yield_(b[0]).await;
    log(text);
    let inner = {
        let x = &make(5);
        yield_(x[0]).await
    };
    first.len() as u64 + inner
}

/// An async block in a variable, beside a closure.
#[durable(yield = u64, resume = u64, twin = closure_and_block_twin)]
pub async fn closure_and_block(n: u64) -> u64 {
    let more = || 1;
    let f = async { double(n).await };
    let m = more() + f.await;
    yield_(m).await
}

/// Calls that lend, in variables and branches.
#[durable(yield = u64, resume = u64, twin = call_with_loan_twin)]
pub async fn call_with_loan(mut list: Vec<u64>, n: u64) -> Vec<u64> {
    let call = pushed(&mut list, n);
    let a = call.await;
    let b = {
        let call = pushed(&mut list, a);
        call
    }
    .await;
    let c = if b > 3 { pushed(&mut list, b) } else { pushed(&mut list, 0) }.await;
    list.push(c);
    let call = pushed(&mut list, n);
    match call.await {
        0 => list.push(1),
        n => {
            let call = pushed(&mut list, n);
            call.await;
        }
    }
    list
}

#[durable(yield = u64, resume = u64, twin = macro_defines_twin)]
pub async fn macro_defines(n: u64) -> u64 {
    macro_rules! define {
        ($name:ident = $value:expr) => {
            let $name = $value;
        };
    }
    define!(a = n + 1);
    let b = a * 2;
    let c = yield_(b).await;
    define!(d = c + 1);
    yield_(d).await + b
}

#[durable(yield = u64, resume = u64, twin = binds_more_twin)]
pub async fn binds_more(n: u64) -> Result<u64, String> {
    macro_rules! pair {
        ($a:ident, $b:ident = $value:expr) => {
            let ($a, mut $b) = ($value, $value + 1);
            $b += 1;
        };
    }
    macro_rules! or_return {
        ($name:ident <- $value:expr) => {
            let $name = match $value {
                Some(v) => v,
                None => return Err(format!("no {}", stringify!($name))),
            };
        };
    }
    let mut sum = 0;
    for i in 0..n {
        pair!(x, y = i);
        sum += yield_(x).await;
        sum += y;
        or_return!(x <- (x < 9).then_some(x + 1));
        let d = D::new("d");
        or_return!(z <- (i < 2).then_some(D::new("z")));
        sum += yield_(y).await;
        touch(&z);
        pair!(x, w = y);
        y += 1;
        sum += x + w + yield_(w).await + y;
    }
    Ok(sum)
}

pub fn cases() -> Vec<Case> {
    cases! {
        macro_defines, macro_defines_twin => (3);
        binds_more, binds_more_twin => (2), (4);
        closure_and_block, closure_and_block_twin => (3);
        call_with_loan, call_with_loan_twin => (vec![], 3), (vec![1, 2], 3);
        extended, extended_twin => (3);
        parameters, parameters_twin => ((1, "b".to_owned()), [2, 3], "d".to_owned(), D::new("e"));
        ranges_of_text, ranges_of_text_twin => ("some text".to_owned());
        extended_temporary, extended_temporary_twin => (3);
        jumps_in_macros, jumps_in_macros_twin => (1), (3), (5);
        captured_and_given, captured_and_given_twin => (3, "abc".to_owned());
        temporaries_of_conditions, temporaries_of_conditions_twin => (3), (2);
        unused_bindings, unused_bindings_twin => (1), (2);
        guards_on_values, guards_on_values_twin => (1), (3), (5);
        named_twice, named_twice_twin => (names: &mut Vec<String> = vec![], 3), (names: &mut Vec<String> = vec![], 1);
        borrowed_match, borrowed_match_twin => (Shape::Circle(3), BTreeMap::from([("a".to_owned(), 4)])),
            (Shape::Named("n".to_owned(), Point { x: 1, y: 2 }), BTreeMap::from([("c".to_owned(), 4), ("dd".to_owned(), 5)])),
            (Shape::Empty, BTreeMap::from([("c".to_owned(), 9), ("dd".to_owned(), 5)]));
        two_phase, two_phase_twin => (vec![1, 2]);
        jumps_in_operands, jumps_in_operands_twin => (vec![1, 0, 2]), (vec![5]), (vec![7, 1]), (vec![]), (vec![0]);
        jumps_with_values, jumps_with_values_twin => (1), (2), (9);
        children_and_awaited_arguments, children_and_awaited_arguments_twin => (vec![1], Order::new(&["a"]));
        places_with_calls, places_with_calls_twin => (3);
        deferred_in_loop, deferred_in_loop_twin => (5), (25), (500);
        async_block_changes, async_block_changes_twin => (3);
        async_closures, async_closures_twin => (3);
        combined_steps, combined_steps_twin => (3);
        Walker::walk, Walker::walk_twin => (walker: &mut Walker = Walker { seen: vec![], limit: 9 }, 3), (walker: &mut Walker = Walker { seen: vec![], limit: 1 }, 2);
        Walker::taken_apart, Walker::taken_apart_twin => (walker: &mut Walker = Walker { seen: vec![1, 2], limit: 9 }, 3);
        blocks_of_all_kinds, blocks_of_all_kinds_twin => (1), (2);
        many_exits, many_exits_twin => (0), (1), (9), (20), (29), (50), (99), (100);
        panics, panics_twin => (0), (1), (2), (3), (4);
        same_names_in_branches, same_names_in_branches_twin => (3);
    }
}
