//! Iterators over borrows in variables, and what they give: `let mut lines = text.lines();`. Such a variable is made again past what it gave,
//! and a borrow that it gave is taken again by its number.

use super::borrows;
use super::cfg::{Cfg, Op};
use super::id::{LocalId, LocalSet, Locals};
use super::normalize::untyped;
use super::place::{each_assignment, each_op};
use std::collections::BTreeMap;
use syn::{Expr, Pat, Stmt};

/// The variables that are iterators over borrows, if their types are, and what makes them again.
pub(crate) fn walks(cfg: &Cfg) -> BTreeMap<LocalId, Expr> {
    let mut walks = BTreeMap::new();
    let mut assigned = LocalSet::new();
    each_op(cfg, &mut |op| {
        let Op::Plain(stmt) = op else { return };
        each_assignment(cfg, stmt, &mut |id, _| {
            assigned.insert(id);
        });
        let Stmt::Local(syn::Local { pat, init: Some(init), .. }) = stmt else { return };
        if let Pat::Ident(name) = untyped(pat) {
            let id = cfg.locals.find(&name.ident).filter(|id| cfg.locals[*id].walks);
            walks.extend(id.map(|id| (id, borrows::retake(&init.expr))));
        }
    });
    walks.retain(|id, _| !assigned.contains(id));
    walks
}

/// Notes a variable that a `let` binds to an iterator over a borrow, as its methods say.
pub(crate) fn note(locals: &mut Locals, pat: &Pat, value: &Expr) {
    let Pat::Ident(name) = untyped(pat) else { return };
    let owned = name.by_ref.is_none() && name.subpat.is_none() && name.mutability.is_some();
    let Some(id) = locals.find(&name.ident).filter(|id| owned && locals[*id].adaptor.is_none()) else { return };
    locals[id].walks = borrows::borrow(locals, value) == Some(borrows::Borrow::ByType) && gives_items(value);
}

/// Whether a chain may be an iterator whose items do not change, and that runs no closures.
fn gives_items(chain: &Expr) -> bool {
    let Expr::MethodCall(e) = chain else { return false };
    match e.method.to_string().as_str() {
        "iter"
        | "chars"
        | "char_indices"
        | "bytes"
        | "lines"
        | "keys"
        | "values"
        | "range"
        | "windows"
        | "chunks"
        | "chunks_exact"
        | "rchunks"
        | "matches"
        | "match_indices"
        | "split"
        | "splitn"
        | "split_whitespace"
        | "split_ascii_whitespace"
        | "split_terminator"
        | "rsplit"
        | "rsplitn" => !borrows::is_mutable(&e.receiver),
        "enumerate" | "zip" | "chain" | "rev" | "skip" | "step_by" | "take" | "copied" | "cloned" | "fuse" | "peekable" => {
            gives_items(&e.receiver)
        }
        _ => false,
    }
}

/// Whether the items of such a chain may be borrows, as its methods say.
pub(crate) fn gives_borrows(chain: &Expr) -> bool {
    match chain {
        Expr::MethodCall(e) => {
            let values = matches!(e.method.to_string().as_str(), "chars" | "char_indices" | "bytes" | "copied" | "cloned");
            !values && gives_borrows(&e.receiver)
        }
        _ => true,
    }
}

/// The iterator that an expression takes the next item of, and the expression with `item` for that.
pub(crate) fn next_of(locals: &Locals, value: &Expr, item: &Expr) -> Option<(LocalId, Expr)> {
    match value {
        Expr::Paren(e) => next_of(locals, &e.expr, item),
        Expr::Try(e) => {
            let (walk, inner) = next_of(locals, &e.expr, item)?;
            Some((walk, syn::parse_quote!(#inner?)))
        }
        Expr::MethodCall(e) if e.method == "next" && e.args.is_empty() => {
            let walk = locals.of(&e.receiver).filter(|id| locals[*id].walks)?;
            Some((walk, item.clone()))
        }
        Expr::MethodCall(e) if borrows::takes_out(&e.method.to_string()) => {
            let (walk, inner) = next_of(locals, &e.receiver, item)?;
            let mut e = e.clone();
            *e.receiver = inner;
            Some((walk, Expr::MethodCall(e)))
        }
        _ => None,
    }
}
