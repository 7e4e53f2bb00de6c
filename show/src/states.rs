//! A function's states: where it can be stored, what is kept there and why, and what may come after what.
use crate::compiler::cfg::Op;
use crate::compiler::diag::Diag;
use crate::compiler::id::{AwaitId, LocalId, Origin, RegionId};
use crate::compiler::place::{each_target, Kept, Placed};
use crate::compiler::rewrite::{leaves_early, Found as Code};
use crate::compiler::{self, parse};
use crate::find::Found;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeSet;
use std::fmt::Write;
use syn::{Expr, Stmt};

/// Where a function rests, and where it ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Start,
    Awaits(usize),
    End,
}

/// The states in the order of the source, and what each keeps.
pub(crate) fn states(found: Found) -> Result<String, String> {
    let placed = placed(found)?;
    let mut text = String::from("start\n");
    for local in placed.cfg.locals.ids() {
        let it = &placed.cfg.locals[local];
        match it.origin {
            Origin::Param => line(&mut text, &it.shown, "a parameter by value"),
            Origin::Lent => line(&mut text, &it.shown, "lent: handed in again, not kept"),
            _ => {}
        }
    }
    for (it, (next, waits)) in placed.cfg.awaits.iter().zip(&placed.kept) {
        let at = it.span.start().line;
        let _ = writeln!(text, "\nbefore {}, line {at}: if it is a step, it can be stored here", it.label);
        keeps(&placed, next, &|_| "used again", &mut text);
        let _ = writeln!(text, "\n{}, line {at}: if it is a coroutine, it can be stored while this waits", it.label);
        let after = &placed.live.entry[it.landing.0];
        keeps(&placed, waits, &|local| if after.contains(&local) { "used again" } else { "lent to what is awaited" }, &mut text);
    }
    let adapted = || placed.cfg.locals.ids().filter_map(|id| Some((id, placed.cfg.locals[id].adaptor.as_ref()?)));
    if adapted().next().is_some() {
        text.push_str("\nstored by an adaptor\n");
        adapted().for_each(|(id, adaptor)| line(&mut text, &placed.cfg.locals[id].shown, &one_line(adaptor)));
    }
    if !placed.again.groups.is_empty() {
        text.push_str("\nnot kept, but taken again where they are used\n");
        for group in &placed.again.groups {
            let names = group.locals.iter().map(|local| placed.cfg.locals[*local].shown.as_str()).collect::<Vec<_>>().join(", ");
            let value = one_line(&group.value);
            line(&mut text, &names, if value.contains("current_") { "the item of its loop" } else { &value });
        }
    }
    Ok(text)
}

/// The states as a Mermaid diagram.
pub(crate) fn graph(found: Found) -> Result<String, String> {
    let placed = placed(found)?;
    let cfg = &placed.cfg;
    let mut text = String::from("stateDiagram-v2\n");
    for (n, it) in cfg.awaits.iter().enumerate() {
        let _ = writeln!(text, "    s{n}: {}, line {}", it.label, it.span.start().line);
    }
    let name = |state: State| match state {
        State::Awaits(n) => format!("s{n}"),
        State::Start | State::End => "[*]".to_string(),
    };
    let mut edges = |from: State, after: BTreeSet<State>| {
        for to in after {
            let _ = writeln!(text, "    {} --> {}", name(from), name(to));
        }
    };
    edges(State::Start, after(&placed, RegionId(0)));
    for (n, it) in cfg.awaits.iter().enumerate() {
        let mut next = after(&placed, it.landing);
        let early = leaves_early(&placed, |f| {
            it.moved.iter().for_each(|stmt| f(Code::Stmt(stmt)));
            f(Code::Expr(&it.operand));
        });
        if early {
            next.insert(State::End);
        }
        edges(State::Awaits(n), next);
    }
    Ok(text)
}

fn placed(found: Found) -> Result<Placed, String> {
    let mut diag = Diag::default();
    let placed = parse::parse(found.options, found.item, &mut diag).and_then(|function| compiler::placed(&function, &mut diag));
    match placed {
        Some(placed) if !diag.any() => Ok(placed),
        _ => Err(texts(diag.with(TokenStream::new())).join("\n")),
    }
}

/// The texts of `compile_error!`s.
fn texts(errors: TokenStream) -> Vec<String> {
    let text = |tree| match tree {
        TokenTree::Group(group) => texts(group.stream()),
        TokenTree::Literal(literal) => syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()).into_iter().collect(),
        _ => Vec::new(),
    };
    errors.into_iter().flat_map(text).collect()
}

/// Where a region may come to rest.
fn after(placed: &Placed, region: RegionId) -> BTreeSet<State> {
    let (mut found, mut seen, mut todo) = (BTreeSet::new(), BTreeSet::new(), vec![region]);
    while let Some(region) = todo.pop() {
        if seen.insert(region) {
            walk(placed, &placed.cfg.regions[region.0].ops, &mut found, &mut todo);
        }
    }
    found
}

fn walk(placed: &Placed, ops: &[Op], found: &mut BTreeSet<State>, todo: &mut Vec<RegionId>) {
    for op in ops {
        match op {
            Op::Plain(stmt) => {
                each_target(placed, stmt, &mut |(region, _)| todo.push(region));
                if returns(stmt) {
                    found.insert(State::End);
                }
            }
            Op::If { then, els, .. } => {
                walk(placed, then, found, todo);
                walk(placed, els, found, todo);
            }
            Op::Match { arms, .. } => arms.iter().for_each(|(_, ops)| walk(placed, ops, found, todo)),
            Op::Jump(edge) => todo.push(edge.target),
            Op::Await(AwaitId(n)) => {
                found.insert(State::Awaits(*n));
            }
            Op::Return(_) => {
                found.insert(State::End);
            }
            Op::Open(_) | Op::Close(_) => {}
        }
    }
}

/// Whether a statement of the user's may leave the function.
fn returns(stmt: &Stmt) -> bool {
    struct Returns(bool);
    impl<'ast> syn::visit::Visit<'ast> for Returns {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Return(_) | Expr::Try(_) => self.0 = true,
                Expr::Closure(_) | Expr::Async(_) => {}
                expr => syn::visit::visit_expr(self, expr),
            }
        }
    }
    let mut returns = Returns(false);
    syn::visit::Visit::visit_stmt(&mut returns, stmt);
    returns.0
}

fn keeps(placed: &Placed, kept: &Kept, why: &dyn Fn(LocalId) -> &'static str, text: &mut String) {
    if kept.live.is_empty() && kept.held.is_empty() {
        line(text, "nothing", "");
    }
    for local in &kept.live {
        line(text, &placed.cfg.locals[*local].shown, why(*local));
    }
    for local in &kept.held {
        let why = match kept.lent.contains(local) {
            true => "if a method has borrowed it, for its drop",
            false if placed.cfg.locals[*local].adaptor.is_some() => "for its drop",
            false => "for its drop, if that can be felt",
        };
        line(text, &placed.cfg.locals[*local].shown, why);
    }
}

fn line(text: &mut String, name: &str, why: &str) {
    let _ = writeln!(text, "{}", format!("    {name:<24} {why}").trim_end());
}

fn one_line(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let text = text.replace(":: coroutine_runtime :: __private :: ", "").replace(":: core :: option :: Option :: ", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::{code, find};
    use expect_test::expect;

    const SOURCE: &str = "
        #[durable]
        async fn order(order: Order, shop: &Shop) -> Result<u64, Error> {
            let payment = shop.charge(&order).await?;
            let mut sent = 0;
            for item in &order.items {
                sent += pack(item, shop).await;
            }
            Ok(payment + sent)
        }
        impl Account {
            #[durable(yield = u64)]
            async fn reads(&self) { yield_(self.n).await }
        }";

    #[test]
    fn what_each_state_keeps_and_why() {
        expect![[r#"
            start
                order                    a parameter by value
                shop                     lent: handed in again, not kept

            before Charge, line 4: if it is a step, it can be stored here
                order                    used again

            Charge, line 4: if it is a coroutine, it can be stored while this waits
                order                    used again

            before Pack, line 7: if it is a step, it can be stored here
                order                    used again
                payment                  used again
                sent                     used again
                items 1                  used again
                item                     used again

            Pack, line 7: if it is a coroutine, it can be stored while this waits
                order                    used again
                payment                  used again
                sent                     used again
                items 1                  used again

            not kept, but taken again where they are used
                item                     the item of its loop
        "#]]
        .assert_eq(&states(find(SOURCE, "order").unwrap()).unwrap());
    }

    #[test]
    fn what_an_adaptor_stores() {
        let source = "#[durable] async fn f(#[with(AsUrl)] client: Client) { #[with(Vec<AsUrl>)] let _spare = more(); wait().await; client.close() }";
        expect![[r#"
            start
                client                   a parameter by value

            before Wait, line 1: if it is a step, it can be stored here
                client                   used again
                _spare                   for its drop

            Wait, line 1: if it is a coroutine, it can be stored while this waits
                client                   used again
                _spare                   for its drop

            stored by an adaptor
                client                   AsUrl
                _spare                   Vec < AsUrl >
        "#]]
        .assert_eq(&states(find(source, "f").unwrap()).unwrap());
    }

    #[test]
    fn what_comes_after_what() {
        expect![[r#"
            stateDiagram-v2
                s0: Charge, line 4
                s1: Pack, line 7
                [*] --> s0
                s0 --> s1
                s0 --> [*]
                s1 --> s1
                s1 --> [*]
        "#]]
        .assert_eq(&graph(find(SOURCE, "order").unwrap()).unwrap());
    }

    #[test]
    fn the_code_is_formatted() {
        let code = code(find(SOURCE, "Account::reads").unwrap());
        assert!(code.starts_with("impl Type {\n    fn reads<'__lent>("), "{code}");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let error = find(SOURCE, "orders").unwrap_err();
        assert_eq!(error, "there is no `#[durable]` function `orders`; there are: order, Account::reads");
        assert!(find("fn f(", "f").unwrap_err().starts_with("1:"));
        assert_eq!(find("fn f() {}", "f").unwrap_err(), "there is no `#[durable]` function");
    }

    #[test]
    fn what_cannot_be_compiled_is_said() {
        let found = find("#[durable] async fn f() { unsafe { g().await } }", "f").unwrap();
        assert!(states(found).unwrap_err().contains("an await inside `unsafe`"));
    }
}
