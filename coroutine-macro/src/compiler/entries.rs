//! Entries of maps in variables, `let batch = map.entry(key).or_default();`: what was found or made there is found again by its key.
//! In: a map, a key, and what fills the entry; out: `get_mut`.

use super::again::Again;
use super::borrows::{chain_root, is_place, is_settled, retake};
use super::cfg::{Cfg, Op};
use super::id::Locals;
use super::normalize::{bindings, untyped};
use super::place::each_op_mut;
use super::resolve::Resolved;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Pat, Stmt};

/// The map and the key of `map.entry(key).or_default()` and the like.
pub(crate) fn entry(expr: &Expr) -> Option<(&Expr, &Expr)> {
    let Expr::MethodCall(filled) = expr else { return None };
    if !matches!(filled.method.to_string().as_str(), "or_default" | "or_insert" | "or_insert_with" | "or_insert_with_key") {
        return None;
    }
    let mut entry = &*filled.receiver;
    loop {
        match entry {
            Expr::MethodCall(e) if e.method == "and_modify" => entry = &e.receiver,
            Expr::MethodCall(e) if e.method == "entry" && e.args.len() == 1 => return Some((&e.receiver, e.args.first()?)),
            _ => return None,
        }
    }
}

/// Notes the variables that are entries of maps: what is changed through them says that they are mutable borrows. (A cache's own `entry` may give
/// a value.)
pub(crate) fn entries(mut resolved: Resolved) -> Resolved {
    struct Entries<'a>(&'a mut Locals);
    impl<'ast> Visit<'ast> for Entries<'_> {
        fn visit_local(&mut self, local: &'ast syn::Local) {
            visit::visit_local(self, local);
            let (Pat::Ident(name), Some(init)) = (untyped(&local.pat), &local.init) else { return };
            let Some(id) = self.0.find(&name.ident).filter(|_| name.by_ref.is_none() && name.subpat.is_none()) else { return };
            self.0[id].entry = self.0[id].uses.changed && init.diverge.is_none() && inside(&init.expr).is_some();
        }
    }
    Entries(&mut resolved.locals).visit_block(&resolved.block);
    resolved
}

/// The map and the key of an expression that is an entry, or borrows what is in one.
fn inside(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match expr {
        Expr::Reference(e) if e.mutability.is_some() => inside(&e.expr),
        Expr::Field(e) => inside(&e.base),
        Expr::Unary(e) => inside(&e.expr),
        Expr::Paren(e) => inside(&e.expr),
        expr => entry(expr),
    }
}

/// Whether such an expression can be found again: its map is a place, and its key does not change.
pub(crate) fn can_be_found(locals: &Locals, expr: &Expr) -> bool {
    inside(expr).is_some_and(|(map, key)| chain_root(locals, map).is_some() && is_place(locals, map) && is_settled(locals, key))
}

/// What finds an entry again.
pub(crate) fn found(map: &Expr, key: &Expr) -> Expr {
    let map = retake(map);
    syn::parse_quote!(::coroutine_runtime::__private::succeeded(#map.get_mut(&#key)))
}

/// Where an entry is found again, its key is kept: the map is given a copy of it.
pub(crate) fn keep_keys(cfg: &mut Cfg, again: &Again) {
    let locals = &cfg.locals;
    let mut keep = |op: &mut Op| {
        let Op::Plain(Stmt::Local(local)) = op else { return };
        let mut names = Vec::new();
        bindings(&local.pat, &mut names);
        if let Some(init) = local.init.as_mut().filter(|_| names.iter().any(|name| locals.find(name).is_some_and(|id| again.contains(id))))
        {
            Keys.visit_expr_mut(&mut init.expr);
        }
    };
    cfg.regions.iter_mut().for_each(|region| each_op_mut(&mut region.ops, &mut keep));
}

struct Keys;

impl VisitMut for Keys {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let copied = entry(expr).is_some_and(|(_, key)| matches!(key, Expr::Path(_)));
        visit_mut::visit_expr_mut(self, expr);
        if copied {
            each_key(expr);
        }
    }
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
}

fn each_key(expr: &mut Expr) {
    let Expr::MethodCall(e) = expr else { return };
    if e.method != "entry" {
        return each_key(&mut e.receiver);
    }
    if let Some(key) = e.args.first_mut() {
        *key = syn::parse_quote!(::core::clone::Clone::clone(&#key));
    }
}
