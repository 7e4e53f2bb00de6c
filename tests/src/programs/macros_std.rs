//! Awaits inside the macros of std, and names used only there.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use std::fmt::Write as _;

#[durable(yield = u64, resume = u64, twin = formats_twin)]
pub async fn formats(n: u64) -> String {
    let width = 6;
    let a = format!("{} {:>width$} {1}", yield_(n).await, greet("a").await);
    let b = format!("{first}-{second:?}-{first}", first = say(n), second = yield_(2).await);
    let c = format!("{0:?}/{0}", double(n).await.to_string());
    format!("{a}|{b}|{c}|{:03}", yield_(3).await)
}

#[durable(yield = u64, resume = u64, twin = inline_arguments_twin)]
pub async fn inline_arguments(name: String, n: u64) -> String {
    let total = yield_(n).await;
    let precision = 2;
    let ratio = total as f64 / 4.0;
    let list = vec![n, total];
    tick().await;
    let line = format!("{name} {total:>5} {ratio:.precision$} {list:?} {0}", yield_(1).await);
    yield_(2).await;
    format!("{line} {name:?} {{total}}")
}

#[durable(yield = u64, resume = u64, twin = prints_twin)]
pub async fn prints(n: u64) -> u64 {
    println!();
    println!("{} {}", n, yield_(n).await);
    eprintln!("{}", greet("e").await);
    print!("{n}{}", double(n).await);
    eprint!("{}", yield_(2).await);
    println!("{n}");
    n
}

#[durable(yield = u64, resume = u64, twin = writes_twin)]
pub async fn writes(n: u64) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    write!(out, "{}", yield_(n).await)?;
    writeln!(out, " {} {n}", greet("w").await)?;
    write!(&mut out, "{:?}", (say(1), yield_(2).await)).unwrap();
    writeln!(out)?;
    yield_(out.len() as u64).await;
    Ok(out)
}

#[durable(yield = u64, resume = u64, twin = asserts_twin)]
pub async fn asserts(n: u64) -> u64 {
    assert!(yield_(n).await > n, "{} is not more than {n}", n);
    assert!(above(n, 1).await && n < 100);
    assert_eq!(yield_(1).await, 11);
    assert_eq!(double(n).await, n + n, "doubling {}", yield_(99).await);
    assert_ne!(yield_(2).await, yield_(3).await);
    debug_assert!(yield_(4).await == 41);
    debug_assert_eq!(greet("a").await, "hello a");
    n
}

#[durable(yield = u64, resume = u64, twin = vectors_twin)]
pub async fn vectors(n: u64) -> Vec<Vec<u64>> {
    let a = vec![yield_(n).await, say(2), yield_(3).await];
    let b = vec![yield_(4).await; 3];
    let c = vec![7; (yield_(0).await % 3) as usize];
    let d: Vec<u64> = vec![];
    vec![a, b, c, d, vec![double(n).await]]
}

#[durable(yield = u64, resume = u64, twin = matches__twin)]
pub async fn matches_(n: u64) -> (bool, bool, bool) {
    let a = matches!(yield_(n).await, 11 | 21);
    let b = matches!(half(n).await, Some(h) if h > 1);
    let c = matches!(n, 1..=3) && matches!(small(n).await, Ok(_));
    (a, b, c)
}

#[durable(yield = u64, resume = u64, twin = debugs_twin)]
pub async fn debugs(n: u64) -> u64 {
    let a = dbg!(yield_(n).await);
    let (b, c) = dbg!(double(a).await, n + 1);
    dbg!(b) + c
}

#[durable(yield = u64, resume = u64, twin = panics_not_reached_twin)]
pub async fn panics_not_reached(n: u64) -> u64 {
    match yield_(n).await {
        0 => panic!("never {n}"),
        1 => unreachable!("{}", n),
        2 => todo!(),
        3 => unimplemented!("n {n}"),
        got if got > 1_000_000 => panic!("{}", greet("panic").await),
        got => yield_(got).await,
    }
}

#[durable(yield = u64, resume = u64, twin = constants_twin)]
pub async fn constants(n: u64) -> String {
    let text = concat!("a", 1, true);
    let at = (line!() > 0, file!().len() > 0, module_path!().len() > 0);
    let got = yield_(n).await;
    let kind = if cfg!(debug_assertions) || true { stringify!(got + 1) } else { "" };
    let env = option_env!("SURELY_NOT_SET").unwrap_or("none");
    format!("{text} {at:?} {got} {kind} {env}")
}

#[durable(yield = u64, resume = u64, twin = only_in_macros_twin)]
pub async fn only_in_macros(words: Vec<String>, limit: u64) -> String {
    let joined = format!("{words:?}");
    let mut out = String::new();
    let suffix = "end".to_owned();
    yield_(joined.len() as u64).await;
    write!(out, "{joined} ").unwrap();
    tick().await;
    assert!(limit < 10, "{limit}");
    let lists = vec![limit; 2];
    yield_(1).await;
    write!(out, "{lists:?} {suffix}").unwrap();
    out
}

#[durable(yield = u64, resume = u64, twin = nested_macros_twin)]
pub async fn nested_macros(n: u64) -> String {
    let a = format!("{} {}", format!("<{}>", yield_(n).await), vec![format!("{}", double(n).await), greet("n").await].join(","));
    assert!(matches!(yield_(format!("{a}").len() as u64).await, m if m > n));
    format!("{}", if n > 2 { format!("{}", yield_(2).await) } else { a })
}

#[durable(yield = u64, resume = u64, twin = in_tail_and_statement_twin)]
pub async fn in_tail_and_statement(n: u64) -> String {
    let mut list = vec![n];
    list.push(vec![yield_(n).await].len() as u64);
    format!("{}", yield_(2).await);
    let boxed = Box::new(format!("{:?}", list));
    tick().await;
    format!("{boxed} {} {n}", yield_(3).await)
}

#[durable(yield = u64, resume = u64, twin = moved_into_macro_twin)]
pub async fn moved_into_macro(d: D, name: String) -> String {
    let pair = vec![name];
    yield_(1).await;
    let list = vec![d];
    yield_(2).await;
    touch(&list[0]);
    let again = vec![pair];
    yield_(3).await;
    format!("{again:?}")
}

#[durable(yield = u64, resume = u64, twin = user_macros_twin)]
pub async fn user_macros(n: u64) -> u64 {
    macro_rules! square {
        ($x:expr) => {
            $x * $x
        };
    }
    macro_rules! larger {
        ($a:expr, $($rest:expr),+) => {{ let a = $a; let b = larger!($($rest),+); if a > b { a } else { b } }};
        ($a:expr) => { $a };
    }
    let a = square!(n + 1);
    let b = yield_(a).await;
    let c = larger!(a, b, 5, n);
    yield_(square!(c % 10)).await + larger!(1, b)
}

#[durable(yield = u64, resume = u64, twin = user_macro_changes_twin)]
pub async fn user_macro_changes(n: u64) -> String {
    macro_rules! push {
        ($list:ident, $($x:expr),*) => { $( $list.push($x); )* };
    }
    macro_rules! swap {
        ($a:ident <-> $b:ident) => {
            std::mem::swap(&mut $a, &mut $b)
        };
    }
    let mut list = Vec::new();
    push!(list, n, n + 1);
    let (mut a, mut b) = (yield_(n).await, 5);
    push!(list, a);
    swap!(a <-> b);
    yield_(a).await;
    push!(list, a, b);
    format!("{list:?}")
}

macro_rules! twice {
    ($e:expr) => {
        $e + $e
    };
}
macro_rules! checked {
    ($e:expr, $limit:expr) => {
        match $e {
            n if n > $limit => return Err(format!("{n} over {}", $limit)),
            n => n,
        }
    };
}

#[durable(yield = u64, resume = u64, twin = steps_in_user_macro_twin)]
pub async fn steps_in_user_macro(n: u64) -> u64 {
    let a = twice!(double(n).await);
    yield_(a).await;
    let b = twice!(add(n, a).await) + 1;
    yield_(b).await
}

#[durable(yield = u64, resume = u64, twin = exits_in_user_macro_twin)]
pub async fn exits_in_user_macro(n: u64) -> Result<u64, String> {
    let _d = D::new("held");
    let a = checked!(n, 50);
    let b = yield_(a).await;
    let c = checked!(b, 100);
    let d = checked!(double(c).await, 150);
    Ok(yield_(d).await)
}

pub fn cases() -> Vec<Case> {
    cases! {
        formats, formats_twin => (3);
        inline_arguments, inline_arguments_twin => ("ann".to_owned(), 3);
        prints, prints_twin => (3);
        writes, writes_twin => (3);
        asserts, asserts_twin => (3);
        vectors, vectors_twin => (3);
        matches_, matches__twin => (1), (2), (4), (100);
        debugs, debugs_twin => (3);
        panics_not_reached, panics_not_reached_twin => (3);
        constants, constants_twin => (3);
        only_in_macros, only_in_macros_twin => (strings(&["a", "b"]), 3);
        nested_macros, nested_macros_twin => (3), (1);
        in_tail_and_statement, in_tail_and_statement_twin => (3);
        moved_into_macro, moved_into_macro_twin => (D::new("d"), "name".to_owned());
        user_macros, user_macros_twin => (3);
        user_macro_changes, user_macro_changes_twin => (3);
        steps_in_user_macro, steps_in_user_macro_twin => (3);
        exits_in_user_macro, exits_in_user_macro_twin => (3), (60), (20), (9);
    }
}
