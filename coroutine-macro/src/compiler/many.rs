//! What `join_all` goes over: which coroutines it gives, as far as can be told, so that they can be lent again after a restore what they borrow.

use super::borrows;
use super::concurrent;
use super::operands::bare;
use proc_macro2::Ident;
use syn::Expr;

/// What the coroutines of `join_all` are lent again.
pub(crate) enum All<'e> {
    /// What the calls are lent that this gives: made again of what it borrows.
    Again(&'e Expr),
    /// What this call lends, each. `None`: nothing that could be told.
    Same(Option<&'e Expr>),
}

/// `join_all(list.iter().map(|item| ship(item, &shop)))`.
pub(crate) fn all(operand: &Expr) -> Option<All<'_>> {
    let Expr::Call(call) = bare(operand) else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let name = &path.path.segments.last()?.ident;
    if !(name == "join_all" || name == "try_join_all") || call.args.len() != 1 {
        return None;
    }
    let Some(Expr::MethodCall(map)) = call.args.first().map(bare) else { return Some(All::Same(None)) };
    if gives_calls(&map.method) && repeats(&map.receiver) {
        return call.args.first().map(All::Again);
    }
    let Some(Expr::Closure(closure)) = map.args.first() else { return Some(All::Same(None)) };
    let call = Some(bare(tail(&closure.body))).filter(|call| matches!(call, Expr::Call(_) | Expr::MethodCall(_)));
    Some(All::Same(call))
}

fn gives_calls(method: &Ident) -> bool {
    ["map", "flat_map", "filter_map"].iter().any(|name| method == name)
}

/// The methods of iterators whose closures are known to look only, where they are run once more.
const CLOSURES: &[&str] = &["map", "flat_map", "filter_map", "filter"];

/// `list.iter().map(|item| ship(item))`, collected or not: calls that may as well be made a bit later.
pub(crate) fn calls(expr: &Expr) -> Option<&Expr> {
    let Expr::MethodCall(e) = bare(expr) else { return None };
    if e.method == "collect" {
        return calls(&e.receiver);
    }
    let taken = matches!(bare(&e.receiver), Expr::MethodCall(inner) if inner.method == "into_iter" && is_place(&inner.receiver));
    (gives_calls(&e.method) && (taken || repeats(&e.receiver))).then_some(expr)
}

/// Leaves to the function what a closure would take that makes such calls: they are made again after a restore.
pub(crate) fn keep(operand: &mut Expr) {
    if let Some(branches) = concurrent::branches_mut(operand) {
        return branches.into_iter().for_each(keep);
    }
    if !matches!(all(operand), Some(All::Again(_))) {
        return;
    }
    let Expr::Call(call) = operand else { return };
    let mut chain = call.args.first_mut();
    while let Some(Expr::MethodCall(e)) = chain {
        for arg in &mut e.args {
            if let Expr::Closure(closure) = arg {
                closure.capture = None;
            }
        }
        chain = Some(&mut e.receiver);
    }
}

/// Such a chain, where its closures may only look at what they use, if they are run once more: `__all` says so.
pub(crate) fn only_looking(chain: &Expr) -> Expr {
    let Expr::MethodCall(e) = bare(chain) else { return chain.clone() };
    let (receiver, method) = (only_looking(&e.receiver), &e.method);
    match (CLOSURES.iter().find(|name| method == *name), e.args.first()) {
        (Some(_), Some(by)) => syn::parse_quote!(__all.#method(#receiver, #by)),
        _ => Expr::MethodCall(syn::ExprMethodCall { receiver: Box::new(receiver), ..e.clone() }),
    }
}

/// What a block without statements gives.
fn tail(expr: &Expr) -> &Expr {
    match expr {
        Expr::Block(block) => match &block.block.stmts[..] {
            [syn::Stmt::Expr(expr, None)] => tail(expr),
            _ => expr,
        },
        expr => expr,
    }
}

/// Whether a chain goes over a place, or over numbers, and takes nothing out of it.
fn repeats(chain: &Expr) -> bool {
    match bare(chain) {
        Expr::MethodCall(e) if e.method == "into_iter" => matches!(bare(&e.receiver), Expr::Reference(_) | Expr::Range(_)),
        Expr::MethodCall(e) if borrows::points_into(&e.method.to_string()) => {
            let joins = e.method == "zip" || e.method == "chain";
            let looks = CLOSURES.iter().any(|name| e.method == name);
            let takes = |arg: &Expr| match bare(arg) {
                Expr::Reference(_) => false,
                Expr::Closure(_) => !looks,
                arg => joins && !repeats(arg),
            };
            !e.args.iter().any(takes) && (is_place(&e.receiver) || repeats(&e.receiver))
        }
        // (A method of one's own that looks at something.)
        Expr::MethodCall(e) if e.args.is_empty() && is_place(&e.receiver) => !takes(&e.method.to_string()),
        Expr::Range(_) => true,
        _ => false,
    }
}

/// Whether a method may take something, as its name says.
fn takes(name: &str) -> bool {
    ["take", "next", "pop", "drain", "into", "remove"].iter().any(|begin| name.starts_with(begin))
}

fn is_place(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Array(e) => e.elems.iter().all(|e| matches!(e, Expr::Lit(_))),
        expr => matches!(expr, Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Unary(_)),
    }
}
