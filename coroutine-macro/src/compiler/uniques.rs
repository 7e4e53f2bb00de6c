//! Variables that are surely mutable borrows, as their uses say: one that is not `mut`, and through which something is changed. Where nobody
//! knows what gave such a borrow, it cannot be taken again: what an await is given of it is taken out of it before.

use super::flow::root;
use super::id::{LocalId, Locals, Origin};
use super::operands::is_compound;
use super::resolve::Resolved;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall};

/// Notes them.
pub(crate) fn uniques(mut resolved: Resolved) -> Resolved {
    let mut changes = Changes(&mut resolved.locals);
    changes.visit_block(&resolved.block);
    resolved
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

impl<'ast> Visit<'ast> for Changes<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Assign(e) => self.behind(&e.left),
            Expr::Binary(e) if is_compound(&e.op) => self.behind(&e.left),
            Expr::Reference(e) if e.mutability.is_some() => self.behind(&e.expr),
            Expr::Call(e) if takes(e) => self.changed(e.args.first().and_then(|from| self.0.of(from))),
            _ => (),
        }
        visit::visit_expr(self, expr);
    }
}

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
