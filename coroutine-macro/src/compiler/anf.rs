//! The representation between [`normalize`](super::normalize) and [`lower`](super::lower): awaits stand alone, in evaluation
//! order, and only the control flow that has an await inside is taken apart.

use super::id::Locals;
use proc_macro2::Span;
use std::collections::BTreeMap;
use syn::{Expr, Ident, Item, Lifetime, Pat};

/// A function's body.
pub(crate) struct Anf {
    pub(crate) locals: Locals,
    pub(crate) body: Vec<Stmt>,
    pub(crate) awaits: Vec<Await>,
    /// Of a loop over what may be a borrow, by its cursor's name: what gives the current item again.
    pub(crate) currents: BTreeMap<String, Expr>,
    pub(crate) items: Vec<Item>,
    pub(crate) twin: syn::Block,
}

/// One await.
#[derive(Clone)]
pub(crate) struct Await {
    pub(crate) operand: Expr,
    /// Where `.await` stands.
    pub(crate) span: Span,
    /// What its states are called: what it waits for.
    pub(crate) label: String,
    /// The operand's own awaits belong to it: it is one step.
    pub(crate) step: bool,
    /// Statements that run as part of it: they make what it borrows.
    pub(crate) moved: Vec<syn::Stmt>,
    /// Of what they make, what lies in a slot while a child waits.
    pub(crate) hosted: Vec<Ident>,
}

/// A statement.
pub(crate) enum Stmt {
    /// The user's own, without an await.
    Plain(syn::Stmt),
    /// `let result = (await number n);`
    Await {
        result: Ident,
        index: usize,
    },
    /// `if cond { then } else { els }`; the condition may bind.
    If {
        cond: Expr,
        then: Vec<Stmt>,
        els: Vec<Stmt>,
    },
    /// A match; patterns may have guards.
    Match {
        scrutinee: Expr,
        arms: Vec<Arm>,
    },
    /// `label: loop { body }`
    Loop {
        label: Lifetime,
        body: Vec<Stmt>,
    },
    /// A scope; `break label` goes to its end.
    Scope {
        label: Option<Lifetime>,
        body: Vec<Stmt>,
    },
    Break(Lifetime),
    Continue(Lifetime),
    Return(Expr),
}

/// An arm of a match.
pub(crate) struct Arm {
    pub(crate) pat: Pat,
    pub(crate) body: Vec<Stmt>,
}

/// Whether control never comes out at the end of `body`.
pub(crate) fn diverges(body: &[Stmt]) -> bool {
    match body.last() {
        Some(Stmt::Break(_) | Stmt::Continue(_) | Stmt::Return(_)) => true,
        Some(Stmt::If { then, els, .. }) => diverges(then) && diverges(els),
        Some(Stmt::Match { arms, .. }) => arms.iter().all(|arm| diverges(&arm.body)),
        Some(Stmt::Loop { label, body }) => !breaks_to(body, label),
        Some(Stmt::Scope { label, body }) => diverges(body) && label.as_ref().is_none_or(|l| !breaks_to(body, l)),
        Some(Stmt::Plain(_) | Stmt::Await { .. }) | None => false,
    }
}

/// Whether `body` breaks to `label`, in statements of ours or inside the user's own.
pub(crate) fn breaks_to(body: &[Stmt], label: &Lifetime) -> bool {
    struct Find<'a>(&'a Lifetime, bool);
    impl<'ast> syn::visit::Visit<'ast> for Find<'_> {
        fn visit_expr_break(&mut self, expr: &'ast syn::ExprBreak) {
            self.1 |= expr.label.as_ref() == Some(self.0);
            syn::visit::visit_expr_break(self, expr);
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            super::macros::each_expr(mac, &mut |expr| {
                let mut inner = Find(self.0, false);
                syn::visit::Visit::visit_expr(&mut inner, expr);
                self.1 |= inner.1;
            });
        }
    }
    let plain = |find: &mut Find<'_>, f: &dyn Fn(&mut Find<'_>)| {
        f(find);
        find.1
    };
    use syn::visit::Visit;
    body.iter().any(|stmt| {
        let mut find = Find(label, false);
        match stmt {
            Stmt::Plain(stmt) => plain(&mut find, &|f| f.visit_stmt(stmt)),
            Stmt::Await { .. } => false,
            Stmt::If { cond, then, els } => plain(&mut find, &|f| f.visit_expr(cond)) || breaks_to(then, label) || breaks_to(els, label),
            Stmt::Match { scrutinee, arms } => {
                plain(&mut find, &|f| f.visit_expr(scrutinee)) || arms.iter().any(|arm| breaks_to(&arm.body, label))
            }
            Stmt::Loop { body, .. } | Stmt::Scope { body, .. } => breaks_to(body, label),
            Stmt::Break(to) => to == label,
            Stmt::Continue(_) => false,
            Stmt::Return(value) => plain(&mut find, &|f| f.visit_expr(value)),
        }
    })
}
