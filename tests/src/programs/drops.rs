//! Drops on every exit, in Rust's order. These are run a second time with the coroutine dropped at each yield.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[durable(yield = u64, resume = u64, twin = in_reverse_twin)]
pub async fn in_reverse(first: D, second: D) -> u64 {
    let _third = D::new("third");
    let fourth = D::new("fourth");
    yield_(1).await;
    let _fifth = D::new("fifth");
    yield_(2).await
}

#[durable(yield = u64, resume = u64, twin = in_scopes_twin)]
pub async fn in_scopes(n: u64) -> u64 {
    let a = D::new("a");
    {
        let b = D::new("b");
        yield_(1).await;
        {
            let c = D::new("c");
            yield_(2).await;
            let d = D::new("d");
        }
        log("inner scope ended");
        yield_(3).await;
    }
    log("scope ended");
    if n > 1 {
        let e = D::new("e");
        yield_(4).await;
    }
    yield_(5).await
}

#[durable(yield = u64, resume = u64, twin = on_exits_twin)]
pub async fn on_exits(n: u64) -> Result<u64, String> {
    let a = D::new("a");
    for i in 0..3 {
        let b = D::new("b");
        let got = yield_(i).await;
        let c = D::new("c");
        if n == 0 && i == 1 {
            break;
        }
        if n == 1 && i == 0 {
            continue;
        }
        if n == 2 && i == 1 {
            return Ok(got);
        }
        let d = D::new("d");
        small(got + if n == 3 { 100 } else { 0 }).await?;
        yield_(got).await;
    }
    log("after");
    yield_(9).await;
    Ok(n)
}

#[durable(yield = u64, resume = u64, twin = in_if_let_twin)]
pub async fn in_if_let(which: u64) -> u64 {
    let held = (which < 2).then(|| D::new("held"));
    if let Some(d) = held
        && which == 1
    {
        yield_(1).await;
        touch(&d);
    } else {
        log("else");
        yield_(2).await;
    }
    log("after");
    let Some(e) = (which > 0).then(|| D::new("e")) else {
        let f = D::new("f");
        yield_(3).await;
        return 0;
    };
    yield_(4).await;
    touch(&e);
    1
}

#[durable(yield = u64, resume = u64, twin = moved_out_twin)]
pub async fn moved_out(n: u64) -> Vec<D> {
    let a = D::new("a");
    let b = D::new("b");
    let mut out = vec![];
    yield_(1).await;
    if n > 0 {
        out.push(a);
        yield_(2).await;
    }
    if n > 1 {
        return out;
    }
    let c = D::new("c");
    yield_(3).await;
    out.push(c);
    out
}

#[durable(yield = u64, resume = u64, twin = in_loops_twin)]
pub async fn in_loops(n: u64) -> u64 {
    let mut list = vec![D::new("x"), D::new("y"), D::new("z")];
    while let Some(d) = list.pop() {
        let inner = D::new("inner");
        if yield_(list.len() as u64).await == n {
            break;
        }
        touch(&d);
    }
    log("loop ended");
    yield_(9).await
}

#[durable(yield = u64, resume = u64, twin = tail_temporaries_twin)]
pub async fn tail_temporaries(n: u64) -> usize {
    let local = D::new("local");
    yield_(n).await;
    let len = {
        let d = D::new("in block");
        d.0.len() + D::new("tail of block").0.len()
    };
    log("block ended");
    yield_(len as u64).await;
    D::new("tail").0.len() + local.0.len()
}

#[durable(yield = u64, resume = u64, twin = tail_awaits_twin)]
pub async fn tail_awaits(n: u64) -> u64 {
    let a = D::new("a");
    let b = {
        let inner = D::new("inner");
        yield_(n).await
    };
    log("between");
    {
        let last = D::new("last");
        yield_(b).await
    }
}

#[durable(yield = u64, resume = u64, twin = temporaries_over_steps_twin)]
pub async fn temporaries_over_steps(n: u64) -> u64 {
    let a = seen(&D::new("argument"), n).await;
    log("landed");
    match seen(&D::new("scrutinee"), a).await {
        0 => 0,
        got => {
            log("arm");
            yield_(got).await
        }
    }
}
async fn seen(d: &D, n: u64) -> u64 {
    touch(d);
    later().await;
    touch(d);
    n + 1
}

#[durable(yield = u64, resume = u64, twin = arguments_twin)]
pub async fn arguments(a: D, _b: D, _: D, mut c: D) -> u64 {
    yield_(1).await;
    c = D::new("new c");
    yield_(2).await
}

#[durable(yield = u64, resume = u64, twin = explicit_twin)]
pub async fn explicit(n: u64) -> u64 {
    let a = D::new("a");
    let b = D::new("b");
    yield_(1).await;
    drop(a);
    yield_(2).await;
    if n > 0 {
        drop(b);
        log("dropped b");
    }
    yield_(3).await
}

#[durable(yield = u64, resume = u64, twin = of_children_twin)]
pub async fn of_children(n: u64) -> u64 {
    let a = D::new("parent's");
    let b = child_with_drops(D::new("given"), n).await;
    log("child returned");
    yield_(3).await;
    touch(&b);
    n
}
#[durable(yield = u64, resume = u64)]
async fn child_with_drops(given: D, n: u64) -> D {
    let own = D::new("child's");
    yield_(n).await;
    if n > 1 {
        return given;
    }
    let more = D::new("child's more");
    yield_(n).await;
    own
}

#[durable(yield = u64, resume = u64, twin = result_discarded_twin)]
pub async fn result_discarded(n: u64) -> u64 {
    made("statement").await;
    log("1");
    let _ = made("wildcard").await;
    log("2");
    let _kept = made("kept").await;
    yield_(n).await;
    let _ = (made("a").await, made("b").await);
    log("3");
    yield_(n).await
}
async fn made(name: &str) -> D {
    later().await;
    D::new(name)
}

/// What a method looks at or changes, by its name, it does not take.
#[durable(yield = u64, resume = u64, twin = looked_at_twin)]
pub async fn looked_at(n: u64) -> u64 {
    let list = vec![D::new("a"), D::new("b")];
    let mut stack = vec![D::new("c")];
    let perhaps = Some(D::new("d"));
    yield_(1).await;
    stack.push(D::new("e"));
    let len = list.len() as u64;
    if perhaps.is_some() {
        yield_(len).await;
    }
    log("end");
    n
}

#[durable(yield = u64, resume = u64, twin = while_in_flight_twin)]
pub async fn while_in_flight(n: u64) -> u64 {
    let a = D::new("a");
    let b = async {
        let inside = D::new("inside a step");
        later().await;
        touch(&a);
        n
    }
    .await;
    yield_(b).await;
    log("end");
    b
}

/// A macro that expands to a block ends the life of what its arguments leave behind.
#[durable(yield = u64, resume = u64, twin = in_macros_twin)]
pub async fn in_macros(n: u64) -> u64 {
    let len = look(&D(format!("outer {}", look(&D::new("inner")).await))).await;
    let list = vec![look(&D::new("first")).await, look(&D::new("second")).await];
    yield_(len + list[0]).await;
    let text = same(format!("{:?} {}", yield_(n).await, look(&D::new("in format")).await)).await;
    text.len() as u64
}

/// A variable whose value comes out of a block with a jump is there to the end of its scope, too.
#[durable(yield = u64, resume = u64, twin = out_of_loops_twin)]
pub async fn out_of_loops(n: u64) -> u64 {
    let first = same(loop {
        break same(D::new("first")).await;
    })
    .await;
    touch(&first);
    let second = if n > 1 { D::new("more") } else { same(D::new("less")).await };
    touch(&second);
    yield_(n).await;
    log("end");
    n
}

/// What arguments borrow lives to the end of the statement, whatever is evaluated before it.
#[durable(yield = u64, resume = u64, twin = in_arguments_twin)]
pub async fn in_arguments(n: u64) -> u64 {
    fn weigh(d: &D) -> u64 {
        touch(d);
        3
    }
    fn change(d: &mut D) -> u64 {
        *d = D::new("changed");
        weigh(d)
    }
    let a = yield_(n.max(3) % 97 * weigh(&D::new("a")) + change(&mut D::new("b"))).await;
    let b = yield_((weigh(&D::new("c")), n).0 + weigh(&D(n.to_string()))).await;
    let c = look(&D(format!("{} {}", weigh(&D::new("d")), n.min(weigh(&D::new("e")))))).await;
    let d = ("t1".to_owned() + &"t2".to_owned() + &n.max(weigh(&D::new("f"))).to_string()).len() as u64 + look(&D::new("g")).await;
    log("end");
    a + b + c + d
}

async fn look(d: &D) -> u64 {
    touch(d);
    later().await;
    1
}
#[durable(yield = u64, resume = u64, twin = ignored_blocks_twin)]
pub async fn ignored_blocks(n: u64) -> u64 {
    ({
        let v2 = same(D::new("d1")).await;
        D::new("d3")
    });
    log("next");
    {
        let v2 = same(D::new("a")).await;
        D::new("b")
    };
    if n > 1 {
        let v = D::new("x");
        yield_(1).await;
        Some(D::new("y"))
    } else {
        None
    };
    match yield_(2).await {
        0 => D::new("zero"),
        _ => {
            let v = D::new("v");
            tick().await;
            D::new("other")
        }
    };
    let a = add(look(&(D::new("tuple"), 7).0).await % 991, 6 % 997).await % 100;
    {
        yield_(1).await;
    };
    a
}

/// What an expression has taken before it waits goes before the variables do, wherever it is dropped. (Seeds 2100416, 3000601.)
#[durable(yield = u64, resume = u64, twin = taken_before_twin)]
pub async fn taken_before(first: D, second: D, third: D, n: u64) -> Result<u64, String> {
    async fn may_fail(n: u64) -> Result<u64, String> {
        later().await;
        if n == 0 { Err("none".to_owned()) } else { Ok(n) }
    }
    fn spent(d: D, n: u64) -> u64 {
        log("spent");
        drop(d);
        n
    }
    let a = spent(first, yield_(n).await);
    let (taken, b) = (second, may_fail(n).await?);
    let c = [Some(third), (yield_(2).await > 5).then(|| D::new("new"))];
    let d = spent(taken, 4) + spent(D::new("fifth"), may_fail(n - 1).await?);
    let call = |d, n| spent(d, n);
    let e = call(D::new("sixth"), yield_(3).await);
    log("end");
    Ok(a + b + d + e + c.len() as u64)
}

/// A variable that is assigned after its `let` is dropped in the order of the `let`s. (Seed 3002299.)
#[durable(yield = u64, resume = u64, twin = assigned_late_twin)]
pub async fn assigned_late(n: u64) -> u64 {
    {
        let early: D;
        let awaited = same(D::new("awaited")).await;
        let late: D;
        if n > 0 {
            late = D::new("late");
        } else {
            late = D::new("other");
        }
        early = D::new("early");
    }
    let early: D;
    let awaited = same(D::new("again")).await;
    let late: D;
    if yield_(n).await > 20 {
        late = D::new("after");
    }
    early = awaited;
    n
}

/// (Seeds 3002379, 4006114.)
#[durable(yield = u64, resume = u64, twin = assigned_to_itself_twin)]
pub async fn assigned_to_itself(mut held: D, n: u64) -> u64 {
    yield_(1).await;
    let a = same({
        held = held;
        n
    })
    .await;
    held = held;
    {
        let name = &held.0;
        yield_(name.len() as u64).await;
    }
    held = held;
    let name = &held.0;
    log("renamed");
    yield_(a).await
}

/// What stands between a borrow and the step that uses it outlives the step. (Seed 6000610.)
#[durable(yield = u64, resume = u64, twin = beside_a_borrow_twin)]
pub async fn beside_a_borrow(held: D, n: u64) -> u64 {
    fn weigh(d: &D) -> u64 {
        touch(d);
        n_of(d)
    }
    fn n_of(d: &D) -> u64 {
        d.0.len() as u64
    }
    let first = weigh(&held);
    let guard = D::new("guard");
    let a = double(first).await;
    log("between");
    let second: u64 = weigh(&held);
    let other = D::new("other");
    let b = double(second).await;
    log("after");
    yield_(a + b + n).await
}

/// An item that nobody binds; and a variable that is given and assigned in one step. (Seeds 4006793, 6002307, 4006811.)
#[durable(yield = u64, resume = u64, twin = unbound_items_twin)]
pub async fn unbound_items(mut n: u64, mut held: D) -> u64 {
    for _ in vec![D::new("first"), D::new("second")] {
        n += yield_(n).await;
        log("turn");
    }
    for _ in 0..2 {
        tick().await;
    }
    let list = same(vec![
        if n > 3 {
            n = 'all: {
                if n > 1000 {
                    break 'all 7;
                }
                n
            };
            n
        } else {
            n
        },
        n,
    ])
    .await;
    let count = same({
        held = 'one: {
            if n > 1000 {
                break 'one D::new("new");
            }
            held
        };
        list.len() as u64
    })
    .await;
    yield_(count).await;
    n
}

/// What one way out takes apart is dropped in its turn on the others. (Seed 4004853.)
#[durable(yield = u64, resume = u64, twin = taken_apart_on_one_way_twin)]
pub async fn taken_apart_on_one_way(pair: (D, u64), n: u64) -> u64 {
    let _last = D::new("last");
    let Some(half) = same((n % 2 == 0).then_some(n / 2)).await else {
        let (_d, number) = pair;
        return yield_(number).await;
    };
    match half {
        0 => 7,
        1 => {
            let (d, _) = pair;
            drop(d);
            yield_(1).await
        }
        _ => half,
    }
}

/// A parameter that is assigned before it is read. (Seed 4007958.)
#[durable(yield = u64, resume = u64, twin = assigned_unread_twin)]
pub async fn assigned_unread(held: D, maybe: Option<String>, mut pack: D) -> u64 {
    if held.0.is_empty() {
        tick().await;
    }
    pack = D::new("new");
    match maybe {
        Some(x) if x.len() > 5 => 1,
        Some(_y) => 2,
        None => 3,
    }
}

/// What only one way takes apart is held on the others, too, while they wait. (Seed 4004853.)
#[durable(yield = u64, resume = u64, twin = taken_apart_before_waits_twin)]
pub async fn taken_apart_before_waits(n: u64, held: D, pair: (D, u64)) -> (u64, D) {
    let _second = D::new("second");
    let Some(_half) = same((n % 2 == 0).then_some(n / 2)).await else {
        let (d, number) = pair;
        return (Box::pin(double(if n > 3 { number } else { n })).await, d);
    };
    log("goes on");
    yield_(n).await;
    (1, held)
}

/// A value that nobody takes goes after the variables of the block that gives it.
#[durable(yield = u64, resume = u64, twin = unbound_block_twin)]
pub async fn unbound_block(n: u64) -> u64 {
    let _ = {
        let _inner = D::new("inner");
        tick().await;
        D::new("given")
    };
    log("then");
    let _ = match n {
        0 => {
            let _inner = D::new("in the arm");
            tick().await;
            D::new("of the arm")
        }
        _ => D::new("at once"),
    };
    log("then");
    let _ = if n == 0 {
        let _inner = D::new("in if");
        made("awaited").await
    } else {
        let inner = D::new("moved");
        tick().await;
        inner
    };
    log("then");
    let _ = loop {
        let _inner = D::new("in the loop");
        tick().await;
        break D::new("of the loop");
    };
    log("then");
    let _ = if n == 1 {
        tick().await;
        return 7;
    } else if n == 2 {
        return 8;
    };
    let _ = {
        if n == 3 {
            tick().await;
            return 9;
        }
    };
    {
        let _inner = D::new("in a statement");
        tick().await;
        D::new("of a statement")
    };
    log("then");
    n
}

/// A closure beside uses of what it copies, which is assigned before. (Seed 10001062.)
#[durable(yield = u64, resume = u64, twin = captured_assigned_twin)]
pub async fn captured_assigned(mut n: u64, list: Vec<u64>) -> u64 {
    n += list.len() as u64;
    n = 7 + n % 2;
    let sum = {
        let more = |x: u64| x + n % 41;
        more(6) + more(5)
    };
    let sum = if above(n, add((3, n).0 % 97 * n, sum).await).await { sum } else { n };
    sum + n
}

/// A copy of what is borrowed, while it is. (Seed 10002027.)
#[durable(yield = u64, resume = u64, twin = copied_beside_a_borrow_twin)]
pub async fn copied_beside_a_borrow(n: u64, held: D) -> Result<u64, String> {
    let borrowed = &n;
    let kind = if (if yield_(1).await % 7 != *borrowed % 5 { Ok::<u64, String>(1)? } else { 3 }) % 7 == n % 5 { None } else { Some(n) };
    match kind {
        Some(x) if *borrowed % 7 != n % 5 => Ok(x),
        _ => Err(held.0.clone()),
    }
}

/// A variable that is given, and assigned inside of a macro. (Seed 10002188.)
#[durable(yield = u64, resume = u64, twin = given_and_assigned_twin)]
pub async fn given_and_assigned(mut held: D, pack: D) -> u64 {
    if above(
        takes(held, {
            log(format!(
                "{} {}",
                {
                    held = D::new("assigned");
                    "text"
                },
                4
            ));
            9
        })
        .await,
        7,
    )
    .await
    {
        return 1;
    }
    yield_(2).await
}
async fn takes(d: D, n: u64) -> u64 {
    touch(&d);
    n
}

/// What is taken apart in an operand, on one of its ways. (Seeds 9004308 and 10000860.)
#[durable(yield = u64, resume = u64, twin = apart_in_operands_twin)]
pub async fn apart_in_operands(n: u64, held: D, pair: (D, u64), pack: Packed) -> u64 {
    'out: {
        yield_(match n {
            7 => {
                if n > 5 {
                    let (_d, m) = pair;
                    break 'out m;
                }
                n
            }
            8 => {
                let Packed { d, n, s } = pack;
                touch(&d);
                log(s);
                n
            }
            n => n,
        })
        .await
    }
}
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Packed {
    d: D,
    n: u64,
    s: String,
}
fn packed() -> Packed {
    Packed { d: D::new("packed"), n: 4, s: "s".to_owned() }
}
/// And between awaits.
#[durable(yield = u64, resume = u64, twin = apart_on_ways_twin)]
pub async fn apart_on_ways(n: u64, pair: (D, u64), pack: Packed, copies: (u64, u64)) -> u64 {
    let mut sum = 0;
    if n == 3 {
        let (d, m) = pair;
        touch(&d);
        sum += m;
    } else if n == 4 {
        let Packed { d, n, s } = pack;
        let (a, b) = copies;
        sum += yield_(n + a + b).await;
        touch(&d);
        log(s);
    }
    let (a, b) = copies;
    sum + yield_(a + b).await + copies.0
}

trait Ends {
    fn ends(self) -> u64;
}
impl Ends for D {
    fn ends(self) -> u64 {
        log("ends");
        self.0.len() as u64
    }
}
/// What is assigned, before a method that may take it: the value that it had goes then.
#[durable(yield = u64, resume = u64, twin = replaced_twin)]
pub async fn replaced(mut d: D, n: u64) -> u64 {
    log("start");
    d = D::new("new");
    log("replaced");
    let n = n + d.ends();
    yield_(n).await
}
#[durable(yield = u64, resume = u64, twin = replaced_later_twin)]
pub async fn replaced_later(n: u64) -> u64 {
    let mut d = D::new("first");
    tick().await;
    d = D::new("new");
    log("replaced");
    let n = n + d.ends();
    yield_(n).await
}
#[durable(yield = u64, resume = u64, twin = replaced_on_one_way_twin)]
pub async fn replaced_on_one_way(mut d: D, n: u64) -> u64 {
    let mut sum = yield_(n).await;
    if n == 1 {
        d = D::new("new");
        sum += d.ends();
    }
    yield_(sum).await
}

/// What is taken apart where it is made: each part is what it is made of. (Seed 11000430.)
#[durable(yield = u64, resume = u64, twin = apart_at_once_twin)]
pub async fn apart_at_once(n: u64) -> u64 {
    let _guard = D::new("guard");
    let Packed { d, n: m, s } = Packed { n, d: D::new("in a struct"), s: "text".to_owned() };
    let (one, other) = (D::new("in a tuple"), n + 1);
    let later = same(D(format!("later {}", m + other))).await;
    log(s);
    yield_(m).await
}

/// What is taken apart where it is made, of which a step uses a part: the others outlive the step. (Seed 11000430.)
#[durable(yield = u64, resume = u64, twin = apart_in_a_step_twin)]
pub async fn apart_in_a_step(n: u64) -> u64 {
    let _guard = D::new("guard");
    let Packed { d, n: m, s } = Packed { n, d: D::new("in a struct"), s: "text".to_owned() };
    let later = same(D(format!("later {m}"))).await;
    let (one, other): (D, &u64) = (D::new("in a tuple"), [&n, &0][0]);
    let last = same(D(format!("last {other}"))).await;
    yield_(m).await
}

pub fn cases() -> Vec<Case> {
    cases! {
        apart_in_a_step, apart_in_a_step_twin => (1);
        apart_at_once, apart_at_once_twin => (1);
        replaced, replaced_twin => (D::new("held"), 1);
        replaced_later, replaced_later_twin => (1);
        replaced_on_one_way, replaced_on_one_way_twin => (D::new("held"), 1), (D::new("held"), 2), (D::new("held"), 3);
        captured_assigned, captured_assigned_twin => (1, vec![]), (2, vec![3]);
        copied_beside_a_borrow, copied_beside_a_borrow_twin => (1, D::new("held")), (3, D::new("held")), (4, D::new("held"));
        given_and_assigned, given_and_assigned_twin => (D::new("held"), D::new("pack"));
        apart_in_operands, apart_in_operands_twin => (7, D::new("held"), (D::new("pair"), 2), packed()), (3, D::new("held"), (D::new("pair"), 2), packed()), (8, D::new("held"), (D::new("pair"), 2), packed());
        apart_on_ways, apart_on_ways_twin => (1, (D::new("pair"), 2), packed(), (1, 2)), (3, (D::new("pair"), 2), packed(), (1, 2)), (4, (D::new("pair"), 2), packed(), (1, 2));
        unbound_block, unbound_block_twin => (0), (1), (2), (3);
        assigned_unread, assigned_unread_twin => (D::new("held"), None, D::new("pack")), (D::new("held"), Some("more than five".to_owned()), D::new("pack"));
        taken_apart_before_waits, taken_apart_before_waits_twin => (1, D::new("held"), (D::new("pair"), 3)), (2, D::new("held"), (D::new("pair"), 3)), (5, D::new("held"), (D::new("pair"), 3));
        taken_apart_on_one_way, taken_apart_on_one_way_twin => ((D::new("pair"), 3), 0), ((D::new("pair"), 3), 1), ((D::new("pair"), 3), 2), ((D::new("pair"), 3), 4);
        unbound_items, unbound_items_twin => (1, D::new("held")), (1001, D::new("held"));
        beside_a_borrow, beside_a_borrow_twin => (D::new("held"), 3);
        assigned_late, assigned_late_twin => (0), (1);
        assigned_to_itself, assigned_to_itself_twin => (D::new("held"), 3);
        taken_before, taken_before_twin => (D::new("first"), D::new("second"), D::new("third"), 0), (D::new("first"), D::new("second"), D::new("third"), 1), (D::new("first"), D::new("second"), D::new("third"), 2);
        ignored_blocks, ignored_blocks_twin => (0), (3);
        in_reverse, in_reverse_twin => (D::new("first"), D::new("second"));
        in_scopes, in_scopes_twin => (1), (2);
        on_exits, on_exits_twin => (0), (1), (2), (3), (4);
        in_if_let, in_if_let_twin => (0), (1), (2);
        moved_out, moved_out_twin => (0), (1), (2);
        in_loops, in_loops_twin => (11), (500);
        tail_temporaries, tail_temporaries_twin => (1);
        tail_awaits, tail_awaits_twin => (1);
        temporaries_over_steps, temporaries_over_steps_twin => (1);
        arguments, arguments_twin => (D::new("a"), D::new("b"), D::new("unnamed"), D::new("c"));
        explicit, explicit_twin => (0), (1);
        of_children, of_children_twin => (1), (2);
        result_discarded, result_discarded_twin => (1);
        out_of_loops, out_of_loops_twin => (1), (2);
        in_arguments, in_arguments_twin => (1);
        in_macros, in_macros_twin => (1);
        looked_at, looked_at_twin => (1);
        while_in_flight, while_in_flight_twin => (1);
    }
}
