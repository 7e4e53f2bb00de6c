//! [`Anf`] → [`Cfg`]: control flow as regions. A region starts at the function's start, where paths join, at a loop's head
//! and after an await; what lies between is one tree, so that what a branch binds is still in reach at its start.

use super::anf::{self, Anf};
use super::cfg::{leaving, Arm, Await, Cfg, Edge, Entry, Op, Region, Scope, Target};
use super::id::{AwaitId, LocalId, LocalSet, Locals, Origin, RegionId, ScopeId};
use super::normalize::bindings;
use std::collections::BTreeMap;
use syn::visit::Visit;
use syn::{Expr, Ident, Pat};

/// Lowers a body to regions.
pub(crate) fn lower(anf: Anf) -> Cfg {
    let root = Scope { parent: None, declares: Vec::new() };
    let awaits = anf
        .awaits
        .into_iter()
        .map(|a| Await {
            fresh: LocalSet::new(),
            moved: a.moved,
            hosted: a.hosted,
            operand: a.operand,
            step: a.step,
            span: a.span,
            label: a.label,
            result: Ident::new("__result", a.span),
            landing: RegionId(0),
            scope: ScopeId(0),
        })
        .collect();
    let mut lower = Lower {
        locals: anf.locals,
        order: Vec::new(),
        scopes: vec![root],
        regions: Vec::new(),
        awaits,
        labels: BTreeMap::new(),
        sequence: Vec::new(),
        scope: ScopeId(0),
        cur: Cursor::default(),
    };
    let params: Vec<LocalId> = lower.locals.ids().filter(|id| matches!(lower.locals[*id].origin, Origin::Param | Origin::Lent)).collect();
    for id in params {
        lower.declare_id(id);
    }
    let start = lower.region(Entry::Start);
    lower.enter(start);
    lower.stmts(anf.body);
    Cfg {
        locals: lower.locals,
        order: lower.order,
        scopes: lower.scopes,
        regions: lower.regions,
        awaits: lower.awaits,
        labels: lower.labels,
        sequence: lower.sequence,
        currents: anf.currents,
        walks: Default::default(),
        texts: LocalSet::new(),
        items: anf.items,
        twin: anf.twin,
    }
}

/// What is being written: the operations of a region, or of a branch at the end of one (`region` is `None` until it waits).
#[derive(Default)]
struct Cursor {
    region: Option<RegionId>,
    ops: Vec<Op>,
    /// The branch's own operations, once they are complete.
    first: Option<Vec<Op>>,
    dead: bool,
}

struct Lower {
    locals: Locals,
    order: Vec<LocalId>,
    scopes: Vec<Scope>,
    regions: Vec<Region>,
    awaits: Vec<Await>,
    labels: BTreeMap<String, Target>,
    sequence: Vec<Arm>,
    scope: ScopeId,
    cur: Cursor,
}

impl Lower {
    fn region(&mut self, entry: Entry) -> RegionId {
        self.regions.push(Region { entry, scope: self.scope, ops: Vec::new() });
        RegionId(self.regions.len() - 1)
    }

    fn enter(&mut self, region: RegionId) {
        self.sequence.push(Arm::Region(region));
        self.cur.region = Some(region);
        self.cur.dead = false;
        if let Some(region) = self.regions.get_mut(region.0) {
            region.scope = self.scope;
        }
    }

    fn op(&mut self, op: Op) {
        if !self.cur.dead {
            self.cur.ops.push(op);
        }
    }

    /// Ends what is being written.
    fn end(&mut self, last: Op) {
        if self.cur.dead {
            return;
        }
        self.cur.ops.push(last);
        let ops = std::mem::take(&mut self.cur.ops);
        match self.cur.region {
            None => self.cur.first = Some(ops),
            Some(region) => self.regions[region.0].ops = ops,
        }
        self.cur.dead = true;
    }

    fn jump(&mut self, (target, scope): (RegionId, ScopeId)) {
        let leaving = leaving(&self.scopes, self.scope, scope);
        self.end(Op::Jump(Edge { target, leaving }));
    }

    fn declare_id(&mut self, id: LocalId) {
        if !self.order.contains(&id) {
            self.order.push(id);
        }
        self.scopes[self.scope.0].declares.push(id);
    }

    fn declare(&mut self, ident: &Ident) {
        if let Some(id) = self.locals.find(ident) {
            self.declare_id(id);
        }
    }

    fn declare_pat(&mut self, pat: &Pat) {
        let mut names = Vec::new();
        bindings(pat, &mut names);
        names.iter().for_each(|name| self.declare(name));
    }

    fn scoped(&mut self, f: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.scopes.push(Scope { parent: Some(outer), declares: Vec::new() });
        self.scope = ScopeId(self.scopes.len() - 1);
        let inner = self.scope;
        self.op(Op::Open(inner));
        f(self);
        self.op(Op::Close(inner));
        self.scope = outer;
    }

    /// A branch as a tree of its own, which goes on at `join`.
    fn branch(&mut self, body: Vec<anf::Stmt>, join: (RegionId, ScopeId), names: &[Ident]) -> (Vec<Op>, bool) {
        let outer = std::mem::take(&mut self.cur);
        let mut joins = true;
        if body.is_empty() && names.is_empty() {
            self.jump(join);
        } else {
            self.scoped(|this| {
                names.iter().for_each(|name| this.declare(name));
                this.stmts(body);
            });
            joins = !self.cur.dead;
            self.jump(join);
        }
        let tree = std::mem::replace(&mut self.cur, outer);
        (tree.first.unwrap_or_default(), joins)
    }

    fn stmts(&mut self, stmts: Vec<anf::Stmt>) {
        for stmt in stmts {
            if self.cur.dead {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: anf::Stmt) {
        match stmt {
            anf::Stmt::Plain(stmt) => {
                if let syn::Stmt::Local(local) = &stmt {
                    self.declare_pat(&local.pat);
                }
                self.op(Op::Plain(stmt));
            }
            anf::Stmt::Await { result, index } => {
                let landing = self.region(Entry::Landing(AwaitId(index)));
                let scope = self.scope;
                let hosted = self.awaits.get(index).map(|it| it.hosted.clone()).unwrap_or_default();
                hosted.iter().for_each(|name| self.declare(name));
                self.declare(&result);
                if let Some(it) = self.awaits.get_mut(index) {
                    (it.result, it.landing, it.scope) = (result, landing, scope);
                }
                self.end(Op::Await(AwaitId(index)));
                self.sequence.push(Arm::Takeoff(AwaitId(index)));
                self.enter(landing);
            }
            anf::Stmt::If { cond, then, els } => {
                let join = (self.region(Entry::Jump("Join")), self.scope);
                let mut names = Vec::new();
                LetBindings(&mut names).visit_expr(&cond);
                let (then, a) = self.branch(then, join, &names);
                let (els, b) = self.branch(els, join, &[]);
                self.end(Op::If { cond, then, els });
                if a || b {
                    self.enter(join.0);
                }
            }
            anf::Stmt::Match { scrutinee, arms } => {
                let join = (self.region(Entry::Jump("Join")), self.scope);
                let mut joins = false;
                let arms = arms
                    .into_iter()
                    .map(|arm| {
                        let mut names = Vec::new();
                        bindings(&arm.pat, &mut names);
                        let (tree, falls) = self.branch(arm.body, join, &names);
                        joins |= falls;
                        (arm.pat, tree)
                    })
                    .collect();
                self.end(Op::Match { scrutinee, arms });
                if joins {
                    self.enter(join.0);
                }
            }
            anf::Stmt::Loop { label, body } => {
                let head = self.region(Entry::Jump("Loop"));
                let exit = self.region(Entry::Jump("Done"));
                let scope = self.scope;
                let target = Target { breaks: (exit, scope), continues: Some((head, scope)) };
                self.labels.insert(label.to_string(), target);
                let leaves = anf::breaks_to(&body, &label);
                self.jump((head, scope));
                self.enter(head);
                self.scoped(|this| this.stmts(body));
                self.jump((head, scope));
                if leaves {
                    self.enter(exit);
                }
            }
            anf::Stmt::Scope { label: None, body } => self.scoped(|this| this.stmts(body)),
            anf::Stmt::Scope { label: Some(label), body } => {
                let end = self.region(Entry::Jump("Done"));
                let scope = self.scope;
                self.labels.insert(label.to_string(), Target { breaks: (end, scope), continues: None });
                let falls = !anf::diverges(&body) || anf::breaks_to(&body, &label);
                self.scoped(|this| this.stmts(body));
                self.jump((end, scope));
                if falls {
                    self.enter(end);
                }
            }
            anf::Stmt::Break(label) => {
                if let Some(target) = self.labels.get(&label.to_string()).cloned() {
                    self.jump(target.breaks);
                }
            }
            anf::Stmt::Continue(label) => {
                if let Some(target) = self.labels.get(&label.to_string()).and_then(|t| t.continues) {
                    self.jump(target);
                }
            }
            anf::Stmt::Return(value) => self.end(Op::Return(value)),
        }
    }
}

/// The names that the `let`s of a condition bind.
pub(crate) struct LetBindings<'a>(pub(crate) &'a mut Vec<Ident>);

impl<'ast> Visit<'ast> for LetBindings<'_> {
    fn visit_expr_let(&mut self, e: &'ast syn::ExprLet) {
        bindings(&e.pat, self.0);
    }
    fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
        self.visit_expr(&e.left);
        self.visit_expr(&e.right);
    }
    fn visit_expr(&mut self, e: &'ast Expr) {
        match e {
            Expr::Let(e) => self.visit_expr_let(e),
            Expr::Binary(e) => self.visit_expr_binary(e),
            Expr::Paren(e) => self.visit_expr(&e.expr),
            _ => (),
        }
    }
}
