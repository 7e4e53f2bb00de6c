//! Variables that are surely mutable borrows, as their uses say: one that is not `mut`, and through which something is changed. Where nobody
//! knows what gave such a borrow, it cannot be taken again: what an await in a branch is given of it is taken out of it before. (An await
//! beside it has the borrow in its step.) And what may be one, for it is a part of something.

use super::flow::{mentioned, root};
use super::id::{LocalId, LocalSet, Locals, Origin};
use super::normalize::{bindings, has_await, stmt_has_await, untyped};
use super::operands::is_compound;
use super::resolve::Resolved;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, Stmt};

/// Notes them.
pub(crate) fn uniques(mut resolved: Resolved) -> Resolved {
    Changes(&mut resolved.locals).visit_block(&resolved.block);
    let mut found = LocalSet::new();
    Branches { locals: &resolved.locals, deep: 0, found: &mut found }.visit_block(&resolved.block);
    for id in resolved.locals.ids().collect::<Vec<_>>() {
        resolved.locals[id].apart = found.contains(&id);
    }
    resolved
}

/// Looks for the variables that a statement's own blocks mention which wait.
struct Branches<'a> {
    locals: &'a Locals,
    deep: usize,
    found: &'a mut LocalSet,
}

impl<'ast> Visit<'ast> for Branches<'_> {
    fn visit_block(&mut self, block: &'ast Block) {
        if self.deep > 0 && block.stmts.iter().any(stmt_has_await) {
            let mut inside = mentioned(self.locals, |mentioned| mentioned.visit_block(block));
            let mut own = Vec::new();
            for stmt in &block.stmts {
                if let Stmt::Local(local) = stmt {
                    bindings(&local.pat, &mut own);
                }
            }
            inside.retain(|id| !own.iter().any(|name| self.locals.find(name) == Some(*id)));
            self.found.extend(inside);
        }
        self.deep += 1;
        visit::visit_block(self, block);
        self.deep -= 1;
    }
    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if has_await(&arm.body) {
            self.found.extend(mentioned(self.locals, |mentioned| mentioned.visit_expr(&arm.body)));
        }
        visit::visit_arm(self, arm);
    }
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
}

struct Changes<'a>(&'a mut Locals);

impl Changes<'_> {
    /// Something is changed that lies behind a variable, rather than the variable.
    fn behind(&mut self, place: &Expr) {
        let behind = matches!(place, Expr::Field(_) | Expr::Index(_) | Expr::Unary(_));
        self.changed(root(place).filter(|_| behind).and_then(|name| self.0.find(name)));
    }

    fn changed(&mut self, local: Option<LocalId>) {
        if let Some(id) = local {
            self.0[id].unique |= self.0[id].origin == Origin::Binding && !self.0[id].mutable;
        }
    }
}

impl Changes<'_> {
    /// What a pattern takes apart.
    fn parts(&mut self, pat: &syn::Pat, of: &Expr) {
        if matches!(of, Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Reference(_) | Expr::MethodCall(_)) {
            let mut names = Vec::new();
            bindings(pat, &mut names);
            let whole = matches!(untyped(pat), syn::Pat::Ident(_));
            for id in names.iter().filter(|_| !whole).filter_map(|name| self.0.find(name)).collect::<Vec<_>>() {
                self.0[id].part_of = true;
            }
        }
    }
}

impl<'ast> Visit<'ast> for Changes<'_> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.parts(&local.pat, &init.expr);
        }
        visit::visit_local(self, local);
    }
    fn visit_expr_let(&mut self, e: &'ast syn::ExprLet) {
        self.parts(&e.pat, &e.expr);
        visit::visit_expr_let(self, e);
    }
    fn visit_expr_match(&mut self, e: &'ast syn::ExprMatch) {
        e.arms.iter().for_each(|arm| self.parts(&arm.pat, &e.expr));
        visit::visit_expr_match(self, e);
    }
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Assign(e) => self.behind(&e.left),
            Expr::Binary(e) if is_compound(&e.op) => self.behind(&e.left),
            Expr::Reference(e) if e.mutability.is_some() => self.behind(&e.expr),
            Expr::Call(e) if takes(e) => self.changed(e.args.first().and_then(|from| self.0.of(from))),
            Expr::MethodCall(e) if CHANGES.contains(&e.method.to_string().as_str()) => {
                if let Some(id) = root(&e.receiver).and_then(|name| self.0.find(name)) {
                    self.0[id].pushed_to |= self.0[id].origin == Origin::Binding && !self.0[id].mutable;
                }
            }
            _ => (),
        }
        visit::visit_expr(self, expr);
    }
}

/// Methods of std that change what they are called on.
const CHANGES: &[&str] = &[
    "append",
    "clear",
    "dedup",
    "drain",
    "extend",
    "insert",
    "pop",
    "pop_back",
    "pop_first",
    "pop_front",
    "pop_last",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "remove",
    "retain",
    "reverse",
    "sort",
    "sort_by",
    "sort_by_key",
    "swap_remove",
    "truncate",
];

/// `std::mem::take(x)`, `std::mem::replace(x, y)`
fn takes(call: &ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let (name, of_mem) = (names.next(), names.next().is_none_or(|module| module == "mem"));
    of_mem && matches!((name.as_deref(), call.args.len()), (Some("take"), 1) | (Some("replace"), 2))
}

/// The variable that an argument takes a value out of, or copies one from what lies behind it.
pub(crate) fn taken_from(locals: &Locals, arg: &Expr) -> Option<LocalId> {
    match arg {
        Expr::Field(_) | Expr::Index(_) | Expr::Unary(_) => root(arg).and_then(|name| locals.find(name)),
        Expr::Call(e) if takes(e) => match e.args.first()? {
            Expr::Reference(from) => taken_from(locals, &from.expr),
            from => locals.of(from),
        },
        Expr::MethodCall(e) if e.args.is_empty() && gives_value(&e.method.to_string()) => {
            root(&e.receiver).and_then(|name| locals.find(name))
        }
        _ => None,
    }
}

fn gives_value(method: &str) -> bool {
    matches!(method, "clone" | "len" | "is_empty" | "to_string" | "to_owned" | "to_vec")
}
