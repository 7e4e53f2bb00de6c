//! Each pass by its dump: what goes in, what comes out. `UPDATE_EXPECT=1 cargo test -p coroutine-macro` writes them anew.

use super::dump;
use expect_test::{expect, Expect};

fn check(actual: String, expected: &Expect) {
    expected.assert_eq(&actual);
}

mod variants {
    use super::*;
    use crate::compiler::{diag::Diag, variants::variants};
    use quote::ToTokens;

    #[test]
    fn one_function_for_each_way() {
        let item = syn::parse_str::<syn::ItemFn>(
            "async fn f(#[cfg(a)] n: u8) { #[cfg(a)] g(n).await; match 1 { #[cfg(b)] 2 => h().await, _ => () } }",
        );
        let variants = variants(item.unwrap().into_token_stream(), &mut Diag::default());
        let text = variants.iter().map(|v| v.to_string() + "\n").collect::<String>();
        check(
            text,
            &expect![[r#"
            # [cfg (all (not (a) , not (b)))] async fn f () { match 1 { _ => () } }
            # [cfg (all (a , not (b)))] async fn f (n : u8) { g (n) . await ; match 1 { _ => () } }
            # [cfg (all (not (a) , b))] async fn f () { match 1 { 2 => h () . await , _ => () } }
            # [cfg (all (a , b))] async fn f (n : u8) { g (n) . await ; match 1 { 2 => h () . await , _ => () } }
        "#]],
        );
    }

    #[test]
    fn items_inside_are_left_alone() {
        let item = syn::parse_str::<syn::ItemFn>("async fn f() { #[cfg(a)] fn g() {} g() }").unwrap().into_token_stream();
        assert_eq!(variants(item, &mut Diag::default()).len(), 1);
    }
}

mod options {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_once() {
        let f = "async fn f() {}";
        check(
            dump::errors("yeild = u64", f),
            &expect![[r#"
                unknown option `yeild`
                help: the options are `yield = T`, `resume = T`, `name = ".."`, `root = ident` and `twin = ident`"#]],
        );
        check(
            dump::errors("yield = u64, yield = u8", f),
            &expect![[r#"
            `yield` is given twice
            help: keep one of them"#]],
        );
        check(
            dump::errors("resume = u64", f),
            &expect![[r#"
            `resume` without `yield`
            help: say what the function yields: `yield = T, resume = U`"#]],
        );
        check(
            dump::errors("name", f),
            &expect![[r#"
            `name` needs a value
            help: write `name = ..`"#]],
        );
        check(
            dump::errors("", "fn f() {}"),
            &expect![[r#"
            `#[durable]` needs an `async fn`
            help: write `async fn`"#]],
        );
        check(
            dump::errors("", "async unsafe fn f() {}"),
            &expect![[r#"
            a coroutine cannot be an `unsafe fn`
            help: take what makes it unsafe as a checked argument"#]],
        );
        check(dump::errors("", "struct S;"), &expect!["`#[durable]` goes on an `async fn`"]);
        check(dump::errors("", "async fn f();"), &expect![""]);
    }

    #[test]
    fn borrows_in_signatures() {
        check(
            dump::errors("", "async fn f(x: Iter<'_, str>, y: Cow<'_, str>) {}"),
            &expect![[r#"
            a parameter by value is stored, so it cannot hold a borrow
            help: take it as a reference parameter (`&T`, `&mut T`, `Option<&T>`), or by an owned type"#]],
        );
        check(dump::errors("", "async fn f<'a>(x: &'a str) -> &'a str { x }"), &expect![[""]]);
        check(
            dump::errors("", "async fn f(tx: &mut Tx<'_>) {}"),
            &expect![[r#"
            what is lent by `&mut` cannot borrow in its turn: it is handed in again at every resume
            help: pass what it borrows as a reference parameter of its own"#]],
        );
        check(
            dump::errors("", "async fn f(x: (u8, &str)) {}"),
            &expect![[r#"
            what is stored and what is lent cannot be in one parameter
            help: take it as a parameter of its own"#]],
        );
        check(dump::errors("", "async fn f(x: &'static str, y: fn(&u8), z: Option<&u8>) {}"), &expect![[""]]);
    }
}

mod resolve {
    use super::*;

    #[test]
    fn shadowing_and_scopes() {
        check(
            dump::resolved("async fn f(x: u8) { let x = x + 1; { let x = x; g(x); } match y { Some(x) if x > 1 => x, None => x }; }"),
            &expect![[r#"
                {
                    let x_2 = x + 1;
                    {
                        let x_3 = x_2;
                        g(x_3);
                    }
                    match y {
                        Some(x_4) if x_4 > 1 => x_4,
                        None => x_2,
                    };
                }
            "#]],
        );
    }

    #[test]
    fn names_that_stand_for_two_things() {
        check(
            dump::resolved("async fn f(id: u8) { let user = user(id).await; print(user); }"),
            &expect![[r#"
            {
                let user_2 = user(id).await;
                print(user_2);
            }
        "#]],
        );
    }

    #[test]
    fn macro_tokens_and_inline_arguments() {
        check(
            dump::resolved(r#"async fn f(n: u8) { let n = n; println!("{n} {:>n$}", n); custom!(n => n.n, n: n); let s = S { n }; }"#),
            &expect![[r#"
                {
                    let n_2 = n;
                    println!("{n} {:>n$}", n_2, n = n_2);
                    custom!(n_2 => n_2.n, n : n_2);
                    let s = S { n: n_2 };
                }
            "#]],
        );
    }

    #[test]
    fn labels_are_written_out() {
        check(
            dump::resolved("async fn f() { 'a: loop { loop { if x { break } else { continue 'a } } } while let Some(x) = y { break; } }"),
            &expect![[r#"
                {
                    '__a1: loop {
                        '__loop2: loop {
                            if x { break '__loop2 } else { continue '__a1 }
                        }
                    }
                    '__loop3: while let Some(x_2) = y {
                        break '__loop3;
                    }
                }
            "#]],
        );
    }

    #[test]
    fn items_stand_once() {
        check(
            dump::resolved("async fn f() { const A: u8 = 1; { const A: u8 = 2; g(A); } g(A); }"),
            &expect![[r#"
            {
                {
                    g(A_2);
                }
                g(A);
            }
            item: const A : u8 = 1 ;
            item: const A_2 : u8 = 2 ;
        "#]],
        );
    }

    #[test]
    fn closures_have_their_own() {
        check(
            dump::resolved("async fn f(x: u8) { let c = |x: u8| loop { break x }; c(x); }"),
            &expect![[r#"
            {
                let c = |x_2: u8| {
                    '__loop1: loop {
                        break '__loop1 x_2;
                    }
                };
                c(x);
            }
        "#]],
        );
    }
}

mod calls {
    use super::*;

    #[test]
    fn what_the_next_statement_awaits() {
        check(
            dump::called(
                "async fn f(x: X, n: u8) { let a = g(&x, n + 1); let b = x.h(&n); let (a, b) = join!(a, b);
                 let c = g(&x, a); match c.await { 0 => { let d = g(&x, b); d } _ => x.h(&n) }.await; (if n > 1 { g(&x, n) } else { x.h(&n) }).await; let b = async { n }; n += 1 + b.await; }",
            ),
            &expect![[r#"
                {
                    let (a_2, b_2) = ::coroutine_runtime::__private::together::join((
                            g(&x, n + 1),
                            x.h(&n),
                        ))
                        .await;
                    match g(&x, a_2).await {
                        0 => g(&x, b_2).await,
                        _ => x.h(&n).await,
                    };
                    (if n > 1 { g(&x, n).await } else { x.h(&n).await });
                    n += 1 + async { n }.await;
                }
            "#]],
        );
    }

    #[test]
    fn what_somebody_might_notice() {
        check(
            dump::called(
                "async fn f(x: X, n: u8) { let a = g(h(&x)); a.await; let b = g(&x); i(n); b.await; let c = g(&x); let d = g(&n); join!(d, c);
                 let k = g(n); h({ n += 1; n }, k.await); let k = g(n); h(n = 1, k.await); let e = g(&x); i(&e); e.await; let g = g(&x); if n > 0 { g.await; } if n > 1 { i(n); g(&x) } else { g(&n) }.await;
                 match x { X(m) => g(m), _ => g(&n) }.await; if let X(m) = x { g(m) } else { g(&n) }.await }",
            ),
            &expect![[r#"
                {
                    let a = g(h(&x));
                    a.await;
                    let b = g(&x);
                    i(n);
                    b.await;
                    let c = g(&x);
                    ::coroutine_runtime::__private::together::join((g(&n), c)).await;
                    let k = g(n);
                    h(
                        {
                            n += 1;
                            n
                        },
                        k.await,
                    );
                    let k_2 = g(n);
                    h(n = 1, k_2.await);
                    let e = g(&x);
                    i(&e);
                    e.await;
                    let g_2 = g(&x);
                    if n > 0 {
                        g_2.await;
                    }
                    if n > 1 {
                        i(n);
                        g_2(&x)
                    } else {
                        g_2(&n)
                    }
                        .await;
                    match x {
                        X(m) => g_2(m),
                        _ => g_2(&n),
                    }
                        .await;
                    if let X(m_2) = x { g_2(m_2) } else { g_2(&n) }.await
                }
            "#]],
        );
    }
}

mod lists {
    use super::*;

    fn noted(body: &str) -> String {
        dump::noted(&format!("async fn f(o: Order, text: &str, n: u64) {{ {body} }}"))
    }

    #[test]
    fn what_is_collected_of_borrows() {
        assert_eq!(noted("let due: Vec<&Job> = o.jobs.iter().filter(|j| j.due > n).collect(); g(&due).await"), "list due");
        assert_eq!(noted("let words = text.split(' ').collect::<Vec<&str>>(); g(words).await"), "list words");
        assert_eq!(noted("let words: Vec<_> = text.split(',').map(str::trim).skip(1).collect(); g(words).await"), "list words");
        assert_eq!(
            noted("let mut all: Vec<&Y> = o.all.iter().map(|x| &x.y).collect(); all.sort(); all.dedup_by_key(|x| x.n); g(&all).await"),
            "list all.sort.dedup_by_key"
        );
        assert_eq!(noted("let by: HashMap<u64, &Job> = o.jobs.iter().map(|j| (j.id, j)).collect(); g().await; by.get(&n)"), "list by");
    }

    #[test]
    fn what_is_none() {
        let none = |body: &str| assert_eq!(noted(&format!("{body}; g().await; h(&all)")), "", "{body}");
        none("let all: Vec<u64> = o.jobs.iter().map(|j| j.id).collect()");
        none("let all: Vec<_> = o.jobs.iter().collect()");
        none("let all: Vec<_> = o.lines().collect()");
        none("let all: Vec<_> = text.split(',').map(|n| n.parse()).collect()");
        none("let all: Vec<&Job> = o.jobs.iter().map(|j| (j, ids.next())).collect()");
        none("let all: Vec<&'static str> = o.names.iter().copied().collect()");
        none("let all: Vec<Box<dyn Fn(&u64)>> = o.jobs.iter().map(|j| j.run).collect()");
        none("let all: Vec<&mut Job> = o.jobs.iter_mut().collect()");
        // What is changed, what changes, what may give something else, and what has another order each time.
        none("let mut all: Vec<&Job> = o.jobs.iter().collect(); all.pop()");
        none("let mut all: Vec<&Job> = o.jobs.iter().collect(); all.sort(); all[0].n += 1");
        none("let mut m = 1; let all: Vec<&Job> = o.jobs.iter().filter(|j| j.due > m).collect(); m = 2");
        none("let all: Vec<&Job> = o.jobs.iter().filter(|j| j.busy.load(SeqCst)).collect()");
        none("let all: Vec<&Job> = o.jobs.iter().filter(|j| is_open(j)).collect()");
        none("let all: HashMap<u64, &Job> = o.jobs.iter().map(|j| (j.id, j)).collect()");
        assert_eq!(noted("let all: Vec<&Job> = o.jobs.iter().collect(); h(&all); g().await"), "");
        assert_eq!(noted("g().await; { let mut all: Vec<&Job> = o.jobs.iter().collect(); all.sort(); h(&all) }"), "");
    }

    #[test]
    fn mutable_borrows_by_their_uses() {
        assert_eq!(noted("let e = o.entry(n); e.hits += 1; let mut own = make(); own.hits += 1;"), "changed e");
        assert_eq!(noted("let log = o.log(); g(std::mem::take(log)).await; let i = x.take(); i.len();"), "changed log");
    }
}

mod split {
    use super::*;

    #[test]
    fn tuples_and_what_is_surely_moved() {
        check(
            dump::split_up("async fn f(pair: (u8, String), item: Item) { g(pair.1).await; for tag in item.tags { h(tag).await; } i(&item.name).await }"),
            &expect![[r#"
                {
                    let pair_1 = pair.1;
                    let pair_0 = pair.0;
                    let item_name = item.name;
                    let item_tags = item.tags;
                    g(pair_1).await;
                    '__loop1: for tag in item_tags {
                        h(tag).await;
                    }
                    i(&item_name).await
                }
            "#]],
        );
    }

    #[test]
    fn what_is_used_as_a_whole_stays_whole() {
        check(
            dump::split_up("async fn f(pair: (u8, String)) { let t = (1, 2); let a = t.0; g(pair.1).await; g(&t).await; log!(pair); }"),
            &expect![[r#"
                {
                    let t = (1, 2);
                    let a = t.0;
                    g(pair.1).await;
                    g(&t).await;
                    log!(pair);
                }
            "#]],
        );
    }

    #[test]
    fn what_an_adaptor_stores_stays_whole() {
        check(
            dump::split_up(
                "async fn f(#[with(A)] pair: (u8, String)) { #[with(B)] let t = (text(), 2); g(t.0).await; g(pair.1).await; h(t.1) }",
            ),
            &expect![[r#"
                {
                    let t = (text(), 2);
                    g(t.0).await;
                    g(pair.1).await;
                    h(t.1)
                }
            "#]],
        );
    }
}

mod again {
    use super::*;

    #[test]
    fn patterns_and_methods() {
        check(
            dump::placed(
                "async fn f(o: Order, at: usize) { match &o.kind { Kind::A { x, ref y } if *x > 1 => g(x, y).await, _ => () }
                 let Some(first) = o.items.get(at + 1) else { return }; g(1, first).await; h(first).await; }",
            ),
            &expect![[r#"
                slots: o, at, __operand1, first
                again: Kind :: A { x : x , y : ref y } = & o . kind
                again (by type): Some (first) = o . items . get (__operand1)
                start: o InPlace
                to G: o InPlace
                after G: 
                Join 1: o InPlace, at Optional, first InPlace, __operand1 InPlace
                to G2: o InPlace, first InPlace, __operand1 InPlace
                after G2: 
                to H: o InPlace, first Local, __operand1 InPlace
                after H: 
                before G: live [o, at] held []
                G: live [o, at] held []
                before G2: live [o, __operand1, first] held []
                G2: live [o, __operand1, first] held []
                before H: live [o, __operand1, first] held []
                H: live [o, __operand1] held []
            "#]],
        );
    }

    #[test]
    fn loops_keep_their_position() {
        check(
            dump::placed("async fn f(list: &[u8]) { for (n, item) in list.iter().enumerate().filter(|(n, _)| *n > 1) { g(n).await; h(item).await; } }"),
            &expect![[r#"
                slots: __items1, n_2, item
                again (by type): Some ((n_2 , item)) = Some (rt::succeeded (rt::current_with (& __items1 , | | list . iter () . enumerate () , | __items | __items . next ())))
                start: __items1 InPlace
                Loop 1: n_2 InPlace, item InPlace, __items1 InPlace
                to G: n_2 Local, __items1 InPlace
                after G: 
                to H: item Local, __items1 InPlace
                after H: 
                Join 3: 
                Done 2: 
                before G: live [__items1, n_2, item] held []
                G: live [__items1, item] held []
                before H: live [__items1, item] held []
                H: live [__items1] held []
            "#]],
        );
    }

    #[test]
    fn what_is_changed_is_not_taken_again() {
        check(
            dump::placed("async fn f(mut map: Map) { let mut key = 1; let x = map.get(&key); key = 2; g(x).await; h(x, key).await; }"),
            &expect![[r#"
                slots: map, key, x
                start: map InPlace, key InPlace, x InPlace
                to G: x InPlace
                after G: 
                to H: key Optional, x Optional
                after H: 
                before G: live [key, x] held [map]
                G: live [key, x] held [map]
                before H: live [key, x] held [map]
                H: live [] held [map, x]
            "#]],
        );
    }
}

mod twin {
    use super::*;

    #[test]
    fn ties_what_methods_give() {
        check(
            dump::twin_of(
                "async fn f(status: Status) { let text = status.as_str(); let other = status.name(); g().await; h(text, other).await; }",
            ),
            &expect![[r#"
                {
                    let text = match status.as_str() {
                        __it => {
                            use ::coroutine_runtime::__private::picks::*;
                            (&&&::coroutine_runtime::__private::of(&__it))
                                .__durable_tied(&status, __it)
                        }
                    };
                    let other = status.name();
                    g().await;
                    h(text, other).await;
                }
            "#]],
        );
    }
}

mod normalize {
    use super::*;

    #[test]
    fn operands_in_order() {
        check(
            dump::normalized("async fn f(a: A) { g(h(1), a, i(a.b).await, j(2)).await; }"),
            &expect![[r#"
            scope
              let mut __operand1 = h (1) ;
              let mut __operand2 = a ;
              __result1 = await i (a . b) # I
              __result2 = await g (__operand1 , __operand2 , __result1 , j (2)) # G
            return ()
        "#]],
        );
    }

    #[test]
    fn places_and_literals_stay() {
        check(
            dump::normalized("async fn f(mut v: V) { v.items[0].push(g(&mut v.n, 1).await); }"),
            &expect![[r#"
            scope
              __result1 = await g (& mut v . n , 1) # G
              v . items [0] . push (__result1) ;
            return ()
        "#]],
        );
    }

    #[test]
    fn short_circuits() {
        check(
            dump::normalized("async fn f(a: bool) -> bool { a && g().await || h().await }"),
            &expect![[r#"
            let __value1 ;
            let __value2 ;
            if a
              __result1 = await g () # G
              __value2 = __result1 ;
            else
              __value2 = false ;
            if __value2
              __value1 = true ;
            else
              __result2 = await h () # H
              __value1 = __result2 ;
            return __value1
        "#]],
        );
    }

    #[test]
    fn chains() {
        check(
            dump::normalized("async fn f(a: A) { if let Some(x) = a.b && g(x).await && x > 2 { h(); } else { i(); } }"),
            &expect![[r#"
            scope '__done1
              if let Some (x) = a . b
                __result1 = await g (x) # G
                if __result1 && x > 2
                  h () ;
                  return ()
              return { i () ; }
        "#]],
        );
    }

    #[test]
    fn loops() {
        check(
            dump::normalized("async fn f() -> u8 { for i in 0..3 { if g(i).await { continue; } } loop { break g(1).await } }"),
            &expect![[r#"
            scope
              let __items1 = match 0 .. 3 { __items => (& & & & rt::of (& __items)) . __durable_cursor () . start (__items) } ;
              loop '__loop1
                match rt::advance (& mut __items1)
                  Some (i) =>
                    scope
                      __result1 = await g (i) # G
                      if __result1 { continue '__loop1 ; } ;
                  None =>
                    break '__loop1
            loop '__loop2
              scope
                __result2 = await g (1) # G2
                return __result2
        "#]],
        );
    }

    #[test]
    fn guards() {
        check(
            dump::normalized("async fn f(n: u8) { match n { 0 => a(), x if g(x).await && x > 3 => b(x), _ => c() } }"),
            &expect![[r#"
            scope '__done1
              match n
                0 =>
                  return a ()
                _ =>
              let __guard1 ;
              if let x = n
                __result1 = await g (x) # G
                __guard1 = __result1 ;
              else
                __guard1 = false ;
              return match n { x if __guard1 && x > 3 => b (x) , _ => c () , _ => :: core :: unreachable ! () , }
        "#]],
        );
    }

    #[test]
    fn macros_of_std() {
        check(
            dump::normalized(r#"async fn f(n: u8) { println!("{n} {}", g().await); assert!(h().await, "no {}", i().await); }"#),
            &expect![[r#"
                scope
                  __result1 = await g () # G
                  println ! ("{n} {}" , __result1 , n = n) ;
                scope
                  let __value1 ;
                  __result2 = await h () # H
                  if ! (__result2)
                    scope
                      __result3 = await i () # I
                      __value1 = :: core :: panic ! ("no {}" , __result3) ;
                  else
                    __value1 = () ;
                return ()
            "#]],
        );
    }

    #[test]
    fn compound_assignments() {
        check(
            dump::normalized("async fn f(mut a: A) { a += g().await; a[i()] += g().await; a[0] = g().await; }"),
            &expect![[r#"
            scope
              __result1 = await g () # G
              a += __result1 ;
            scope
              let __primitive1 = { use rt::picks :: * ; (& rt::of_call (| | & a [i ()])) . __durable_is_primitive () } ;
              let mut __index1 = None ;
              if ! __primitive1
                __index1 = Some (i ()) ;
              __result2 = await g () # G2
              if __primitive1
                __index1 = Some (i ()) ;
              a [rt::take (& mut __index1)] += __result2 ;
            scope
              __result3 = await g () # G3
              a [0] = __result3 ;
            return ()
        "#]],
        );
    }

    #[test]
    fn what_an_operand_borrows_is_kept() {
        check(
            dump::normalized("async fn f(n: u8) { let x = g(&format!(\"{n}\"), &S { n }).await; }"),
            &expect![[r#"
                let x ;
                scope
                    let mut __borrowed1 = format ! ("{n}" , n = n) ;
                    let mut __borrowed2 = S { n : n } ;
                  __result1 = await g (& __borrowed1 , & __borrowed2) # G
                  x = __result1 ;
                return ()
            "#]],
        );
    }

    #[test]
    fn refusals() {
        check(
            dump::errors("", "async fn f() { unsafe { g().await } }"),
            &expect![[r#"
            an await inside `unsafe`
            help: make the unsafe part smaller, so that it has no await"#]],
        );
        check(
            dump::errors("", "async fn f() { custom!(g().await, break) }"),
            &expect![[r#"
            `custom!` has an await and a jump inside, and its tokens cannot be read
            help: put the await into a statement before it, or write what it expands to"#]],
        );
    }
}

mod entries {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_key() {
        let text =
            dump::placed("async fn f(map: &mut M, o: O) { let e = map.entry(o.key()).or_default(); e.push(1); g().await; e.push(2) }");
        check(
            text,
            &expect![[r#"
                slots: o, __operand1
                again: e = rt::succeeded (map . get_mut (& __operand1))
                start: o Local, __operand1 InPlace
                to G: 
                after G: __operand1 InPlace
                before G: live [__operand1] held []
                G: live [__operand1] held []
            "#]],
        );
        let text = dump::normalized("async fn f(m: &mut M) { let e = m.of(1); e.n += 1; if e.n > 2 { g(e.n, take(&mut e.list)).await } }");
        check(
            text,
            &expect![[r#"
            let e = m . of (1) ;
            e . n += 1 ;
            if e . n > 2
              let __taken1 = e . n ;
              let __taken2 = take (& mut e . list) ;
              __result1 = await g (__taken1 , __taken2) # G
              return __result1
            else
              return ()
        "#]],
        );
    }
}

mod lower {
    use super::*;

    #[test]
    fn branches_join() {
        check(
            dump::lowered("async fn f(c: bool) { if c { g().await; } else { h(); } i(); }"),
            &expect![[r#"
            start:
              if c
                open 1
                open 2
                -> to G
              else
                open 3
                { h () ; } ;
                close 3
                -> Join 1
            to G: g ()
            after G:
              close 2
              close 1
              -> Join 1
            Join 1:
              i () ;
              return ()
        "#]],
        );
    }

    #[test]
    fn loops_leave_their_scopes() {
        check(
            dump::lowered("async fn f() { loop { let x = g().await; if x { break; } h().await; } i(); }"),
            &expect![[r#"
            start:
              -> Loop 1
            Loop 1:
              open 1
              -> to G
            to G: g ()
            after G:
              let x = __result1 ;
              if x { break '__loop1 ; }
              open 2
              -> to H
            to H: h ()
            after H:
              close 2
              close 1
              -> Loop 1
            Done 2:
              i () ;
              return ()
        "#]],
        );
    }

    #[test]
    fn returns_need_no_join() {
        check(
            dump::lowered("async fn f(o: Option<u8>) -> u8 { match o { Some(x) => g(x).await, None => return 2 } }"),
            &expect![[r#"
            start:
              match o
                Some (x) =>
                  open 1
                  -> to G
                None =>
                  open 2
                  return 2
            to G: g (x)
            after G:
              return __result1
        "#]],
        );
    }
}

mod place {
    use super::*;

    #[test]
    fn what_crosses_is_a_slot() {
        check(
            dump::placed("async fn f(n: u8) -> u8 { let a = n + 1; let b = g(a).await; let c = b + 1; h(c).await + b }"),
            &expect![[r#"
            slots: n, a, b, c
            start: n Optional, a InPlace
            to G: a Optional
            after G: b InPlace, c InPlace
            to H: c Optional
            after H: b Optional
            before G: live [a] held []
            G: live [] held []
            before H: live [b, c] held []
            H: live [b] held []
        "#]],
        );
    }

    #[test]
    fn what_may_be_a_borrow_is_made_in_the_step() {
        check(
            dump::placed("async fn f(o: Order) { let name = o.name(); charge(name).await; done(&o).await; }"),
            &expect![[r#"
                slots: o, name
                start: o InPlace, name InPlace
                to Charge: name Optional
                after Charge: 
                to Done: o InPlace
                after Done: 
                before Charge: live [o, name] held []
                Charge: live [o] held [name]
                before Done: live [o] held []
                Done: live [o] held []
            "#]],
        );
    }

    #[test]
    fn borrows_are_taken_again() {
        check(
            dump::placed("async fn f(o: Order) { let items = &o.items; g(items).await; h(items).await; }"),
            &expect![[r#"
                slots: o
                again: items = & o . items
                start: o InPlace
                to G: o InPlace
                after G: 
                to H: o InPlace
                after H: 
                before G: live [o] held []
                G: live [o] held []
                before H: live [o] held []
                H: live [o] held []
            "#]],
        );
    }

    #[test]
    fn what_is_only_there_for_its_drop_is_held() {
        check(
            dump::placed("async fn f() { let permit = acquire().await; charge().await; let _guard = Guard::new(); wait().await; }"),
            &expect![[r#"
            slots: permit, _guard
            start: 
            to Acquire: 
            after Acquire: permit InPlace
            to Charge: 
            after Charge: _guard InPlace
            to Wait: 
            after Wait: 
            before Acquire: live [] held []
            Acquire: live [] held []
            before Charge: live [] held [permit]
            Charge: live [] held [permit]
            before Wait: live [] held [permit, _guard]
            Wait: live [] held [permit, _guard]
        "#]],
        );
    }

    #[test]
    fn moved_on_one_path() {
        check(
            dump::placed("async fn f(b: B, c: bool) { if c { eat(b); } g().await; }"),
            &expect![[r#"
            slots: b, c
            start: b Optional, c Optional
            to G: 
            after G: 
            before G: live [] held [b]
            G: live [] held [b]
        "#]],
        );
    }

    #[test]
    fn consuming_methods_move_out() {
        check(
            dump::placed("async fn f(mut b: B) -> V { loop { g(&mut b).await; if b.full() { return b.build(); } } }"),
            &expect![[r#"
            slots: b
            start: 
            Loop 1: 
            to G: b InPlace
            after G: b Local
            before G: live [b] held []
            G: live [b] held []
        "#]],
        );
    }

    #[test]
    fn loop_variables_stay_in_place() {
        check(
            dump::placed("async fn f(to: u8) -> u8 { let mut sum = 0; for n in 0..to { sum += g(n).await; } sum }"),
            &expect![[r#"
            slots: to, sum, __items1, n
            start: to Optional, sum InPlace, __items1 InPlace
            Loop 1: n InPlace, __items1 InPlace
            to G: n Optional
            after G: sum InPlace
            Join 3: 
            Done 2: sum Optional
            before G: live [sum, __items1, n] held []
            G: live [sum, __items1] held []
        "#]],
        );
    }

    #[test]
    fn a_match_that_moves_in_one_arm() {
        check(
            dump::placed("async fn f(o: O) { match o.kind { Kind::A(s) => g(s).await, Kind::B => h(&o).await } }"),
            &expect![[r#"
            slots: o, s
            start: o Local, s InPlace
            to G: s Optional
            after G: 
            to H: o InPlace
            after H: 
            before G: live [s] held []
            G: live [] held []
            before H: live [o] held []
            H: live [o] held []
        "#]],
        );
    }
}

mod bounds {
    use super::*;
    use crate::compiler::{bounds, diag::Diag};
    use quote::ToTokens;

    fn bound(signature: &str) -> String {
        let mut sig = syn::parse_str::<syn::Signature>(signature).unwrap();
        bounds::name_lent(&mut sig);
        bounds::add(&mut sig);
        sig.to_token_stream().to_string() + "\n"
    }

    #[test]
    fn what_a_frame_needs_is_added() {
        check(
            bound("async fn f<A: Clone, B>(a: A, b: &Vec<B>, c: impl Fn(u8)) where B: IntoIterator")
                + &bound("async fn f(&mut self, a: &(impl A + B), b: Option<&mut impl C<u8>>)"),
            &expect![[r#"
                async fn f < A : Clone + :: core :: marker :: Send + 'static , B > (a : A , b : & Vec < B > , c : impl Fn (u8) + :: core :: marker :: Send + 'static) where B : IntoIterator , B : :: core :: marker :: Send + 'static + :: core :: marker :: Sync + :: core :: iter :: IntoIterator < IntoIter : :: core :: marker :: Send >
                async fn f < __Impl0 : A + B + :: core :: marker :: Send + 'static + :: core :: marker :: Sync , __Impl1 : C < u8 > + :: core :: marker :: Send + 'static > (& mut self , a : & __Impl0 , b : Option < & mut __Impl1 >) where Self : 'static
            "#]],
        );
    }

    #[test]
    fn async_functions_that_are_called() {
        let refused = |function: &str| {
            let mut diag = Diag::default();
            bounds::check(&syn::parse_str(function).unwrap(), &mut diag);
            diag.messages().len()
        };
        assert_eq!(refused("async fn f<F>(f: &mut F) where F: AsyncFnMut() { f().await }"), 1);
        assert_eq!(refused("async fn f(f: impl AsyncFn(), g: impl AsyncFn()) { g().await; g().await }"), 1);
        assert_eq!(refused("async fn f(f: impl AsyncFn(), g: impl Fn()) { g(); h(f).await }"), 0);
    }
}

mod texts {
    use super::*;

    fn found(body: &str) -> String {
        dump::texts(&format!("async fn f(o: Order, url: &str) {{ {body} }}"))
    }

    #[test]
    fn a_method_may_give_text() {
        assert_eq!(found("let name = o.name(); wait().await; show(name);"), "name");
        assert_eq!(found("let Some(tag) = o.tag() else { return }; wait().await; show(tag);"), "tag");
        assert_eq!(found("let tag = o.tag(1); wait().await; if let Some(tag) = tag { all.push_str(tag); }"), "tag");
        assert_eq!(found("let limit = o.load(1)?; wait().await; show(limit);"), "");
        assert_eq!(found("let n = o.len(); let row = o.row(); wait().await; show(n, row.id);"), "");
    }

    #[test]
    fn a_function_does_where_it_is_used_as_text() {
        assert_eq!(found("let order = load(url)?; wait().await; save(order);"), "");
        assert_eq!(found("let list = load(url)?; wait().await; list.len(); format!(\"{list:?}\"); save(list);"), "");
        assert_eq!(found("let host = host_of(url); wait().await; all(|| show(host));"), "host");
        assert_eq!(found("let (a, b) = o.all.iter().cloned().unzip(); wait().await; show(a, b);"), "");
        assert_eq!(found("let host = host_of(url); wait().await; show(host.to_owned());"), "host");
        assert_eq!(found("let host = host_of(url); wait().await; format!(\"{host}/\");"), "host");
        assert_eq!(found("let host = host_of(url); show(host); wait().await; show(host);"), "host");
        assert_eq!(found("let host: &str = host_of(url); wait().await; show(host);"), "host");
        assert_eq!(found("let kind: &'static str = kind_of(url); wait().await; show(kind);"), "");
    }

    #[test]
    fn what_lasts_forever_is_none() {
        assert_eq!(found("let label = o.label(); wait().await; labels.push(label);"), "");
        assert_eq!(found("let label = o.name(); wait().await; return label;"), "");
        assert_eq!(found("let label = o.name(); wait().await; return if o.n { label } else { 5 };"), "");
        assert_eq!(found("let label = o.name(); wait().await; spawn(move || label.len());"), "");
        assert_eq!(found("let label = o.label(); wait().await; counts.add(label);"), "");
        assert_eq!(found("let label = o.label(); yield_(label).await; show(label);"), "");
        assert_eq!(found("let label = o.label(); let same = label; wait().await; show(same, Kind { same });"), "");
    }

    #[test]
    fn nor_is_an_item_of_a_loop() {
        assert_eq!(found("for name in names(url) { wait().await; show(name.trim()); }"), "");
    }
}

mod all {
    use crate::compiler::many::{all, All};

    fn told(operand: &str) -> &'static str {
        let Ok(operand) = syn::parse_str(operand) else { return "nothing that parses" };
        match all(&operand) {
            Some(All::Again(_)) => "again",
            Some(All::Same(Some(_))) => "same",
            Some(All::Same(None)) => "nothing",
            None => "another call",
        }
    }

    #[test]
    fn what_is_borrowed_is_gone_over_again() {
        assert_eq!(told("join_all(list.iter().map(|x| ship(x, &shop)))"), "again");
        assert_eq!(told("try_join_all(self.list.chunks(2).zip(&other).map(ship))"), "again");
        assert_eq!(told("join_all((0..n).map(|n| ship(&list[n])))"), "again");
    }

    #[test]
    fn what_is_taken_is_not() {
        assert_eq!(told("join_all(list.into_iter().map(|x| ship(x, &shop)))"), "same");
        assert_eq!(told("join_all(list.iter().zip(others).map(|(x, y)| { ship(y, &shop) }))"), "same");
        assert_eq!(told("join_all(taken().map(|x| { let y = x; ship(y, &shop) }))"), "nothing");
        assert_eq!(told("join_all(calls)"), "nothing");
        assert_eq!(told("ship(list.iter())"), "another call");
    }
}
