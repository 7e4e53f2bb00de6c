//! The representation between [`lower`](super::lower) and [`place`](super::place): regions of code that run without a
//! suspension, each a tree of statements whose leaves jump, wait or return.

use super::id::{AwaitId, LocalId, LocalSet, Locals, RegionId, ScopeId};
use proc_macro2::Span;
use std::collections::BTreeMap;
use syn::{Expr, Ident, Item, Pat, Stmt};

/// A function as regions.
pub(crate) struct Cfg {
    pub(crate) locals: Locals,
    /// The variables in order of declaration.
    pub(crate) order: Vec<LocalId>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) regions: Vec<Region>,
    /// The code in the order of the source: regions that nothing reaches are not here.
    pub(crate) sequence: Vec<Arm>,
    pub(crate) awaits: Vec<Await>,
    /// Where `break` and `continue` to a label go, for those in the user's own statements.
    pub(crate) labels: BTreeMap<String, Target>,
    /// What gives a loop's current item again, by its cursor's name.
    pub(crate) currents: BTreeMap<String, Expr>,
    /// The variables that may be iterators over borrows, and what makes them again.
    pub(crate) walks: BTreeMap<LocalId, Expr>,
    /// The variables that may hold text of what something else holds.
    pub(crate) texts: LocalSet,
    pub(crate) items: Vec<Item>,
    pub(crate) twin: syn::Block,
}

/// A piece of code: a region, or what leads up to an await.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Arm {
    Region(RegionId),
    Takeoff(AwaitId),
}

/// A scope of variables.
pub(crate) struct Scope {
    pub(crate) parent: Option<ScopeId>,
    pub(crate) declares: Vec<LocalId>,
}

/// Where a label's `break` and `continue` go, and the scopes that those places are in.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) breaks: (RegionId, ScopeId),
    pub(crate) continues: Option<(RegionId, ScopeId)>,
}

/// How control comes into a region.
pub(crate) enum Entry {
    /// The function's start.
    Start,
    /// A jump from other regions; what it is named after.
    Jump(&'static str),
    /// An await's end.
    Landing(AwaitId),
}

/// A region.
pub(crate) struct Region {
    pub(crate) entry: Entry,
    /// The scope that it starts in.
    pub(crate) scope: ScopeId,
    pub(crate) ops: Vec<Op>,
}

/// One await: the code that leads up to it, and where its result goes.
pub(crate) struct Await {
    /// Statements that run as part of the step: they make what it borrows.
    pub(crate) moved: Vec<Stmt>,
    /// Of what they make, what lies in a slot while a child waits.
    pub(crate) hosted: Vec<Ident>,
    pub(crate) operand: Expr,
    /// The variables without a declared type that may hold text, and that the code just before binds: what nobody uses after the await can be
    /// made as part of it.
    pub(crate) fresh: LocalSet,
    pub(crate) step: bool,
    pub(crate) span: Span,
    pub(crate) label: String,
    pub(crate) result: Ident,
    pub(crate) landing: RegionId,
    pub(crate) scope: ScopeId,
}

/// A statement of a region. The last of a list is [`Op::If`], [`Op::Match`], [`Op::Jump`], [`Op::Return`] or [`Op::Await`].
pub(crate) enum Op {
    Plain(Stmt),
    Open(ScopeId),
    Close(ScopeId),
    If { cond: Expr, then: Vec<Op>, els: Vec<Op> },
    Match { scrutinee: Expr, arms: Vec<(Pat, Vec<Op>)> },
    Jump(Edge),
    Return(Expr),
    Await(AwaitId),
}

/// A jump to another region, and the scopes that it leaves, innermost first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Edge {
    pub(crate) target: RegionId,
    pub(crate) leaving: Vec<ScopeId>,
}

/// Calls `f` on what each `let` of a condition binds, and from what.
pub(crate) fn each_let(cond: &Expr, f: &mut dyn FnMut(&Pat, &Expr)) {
    match cond {
        Expr::Let(e) => f(&e.pat, &e.expr),
        Expr::Binary(e) => {
            each_let(&e.left, f);
            each_let(&e.right, f);
        }
        Expr::Paren(e) => each_let(&e.expr, f),
        _ => (),
    }
}

impl Cfg {
    /// The scopes from `from` up to, and without, `to`.
    pub(crate) fn leaving(&self, from: ScopeId, to: ScopeId) -> Vec<ScopeId> {
        leaving(&self.scopes, from, to)
    }

    /// Whether `scope` is `within` or inside it.
    pub(crate) fn inside(&self, scope: ScopeId, within: ScopeId) -> bool {
        let mut at = Some(scope);
        while let Some(scope) = at {
            if scope == within {
                return true;
            }
            at = self.scopes[scope.0].parent;
        }
        false
    }
}

/// The scopes from `from` up to, and without, `to`.
pub(crate) fn leaving(scopes: &[Scope], from: ScopeId, to: ScopeId) -> Vec<ScopeId> {
    let mut left = Vec::new();
    let mut at = Some(from);
    while let Some(scope) = at.filter(|s| *s != to) {
        left.push(scope);
        at = scopes[scope.0].parent;
    }
    left
}
