//! [`Resolved`] → [`Resolved`]: what the uses of variables say that are not `mut`, and through which something is changed: they are mutable
//! borrows, or may be. Where nobody knows what gave such a borrow, it cannot be taken again: what an await in a branch is given of it is taken
//! out of it before. (An await beside it has the borrow in its step.)

use super::flow::{mentioned, root};
use super::id::{LocalId, LocalSet, Locals, Origin, Uses};
use super::normalize::{bindings, has_await, stmt_has_await, untyped};
use super::operands::is_compound;
use super::resolve::Resolved;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, Stmt};

/// Notes what uses say.
pub(crate) fn uniques(mut resolved: Resolved) -> Resolved {
    let mut changes = Changes { locals: &resolved.locals, unique: LocalSet::new(), pushed_to: LocalSet::new(), parts: LocalSet::new() };
    changes.visit_block(&resolved.block);
    let Changes { unique, pushed_to, parts, .. } = changes;
    let mut branches = Branches { locals: &resolved.locals, deep: 0, found: LocalSet::new() };
    branches.visit_block(&resolved.block);
    let apart = branches.found;
    for id in unique
        .union(&pushed_to)
        .copied()
        .filter(|id| resolved.locals[*id].origin == Origin::Binding && !resolved.locals[*id].mutable)
        .collect::<Vec<_>>()
    {
        let taken_before = unique.contains(&id) && apart.contains(&id);
        resolved.locals[id].uses = Uses { changed: true, changed_part: parts.contains(&id), taken_before };
    }
    resolved
}

/// Looks for the variables that a statement's own blocks mention which wait.
struct Branches<'a> {
    locals: &'a Locals,
    deep: usize,
    found: LocalSet,
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

/// Looks for variables through which something is changed.
struct Changes<'a> {
    locals: &'a Locals,
    /// What lies behind them is assigned, borrowed mutably, or taken out.
    unique: LocalSet,
    /// A method is called on them, or on what lies behind them, whose name says that it changes that.
    pushed_to: LocalSet,
    /// A pattern binds them to parts of a place.
    parts: LocalSet,
}

impl Changes<'_> {
    /// Something is changed that lies behind a variable, rather than the variable.
    fn behind(&mut self, place: &Expr) {
        let behind = matches!(place, Expr::Field(_) | Expr::Index(_) | Expr::Unary(_));
        self.unique.extend(self.root(place).filter(|_| behind));
    }

    /// What a pattern takes apart.
    fn parts(&mut self, pat: &syn::Pat, of: &Expr) {
        let place = matches!(of, Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Reference(_) | Expr::MethodCall(_));
        if place && !matches!(untyped(pat), syn::Pat::Ident(_)) {
            let mut names = Vec::new();
            bindings(pat, &mut names);
            self.parts.extend(names.iter().filter_map(|name| self.locals.find(name)));
        }
    }

    fn root(&self, place: &Expr) -> Option<LocalId> {
        root(place).and_then(|name| self.locals.find(name))
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
            Expr::Call(e) if takes(e) => self.unique.extend(e.args.first().and_then(|from| self.locals.of(from))),
            Expr::MethodCall(e) if CHANGES.contains(&e.method.to_string().as_str()) => self.pushed_to.extend(self.root(&e.receiver)),
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
