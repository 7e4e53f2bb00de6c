//! Uses of variables in the user's own statements, backwards: which variable is read, assigned or given away where, and
//! whether it is still needed afterwards. [`liveness`](super::liveness) runs this over the regions.

use super::again::Again;
use super::id::{LocalId, LocalSet, Locals, Origin};
use super::macros::{self, Known};
use super::methods::{changes, gives_guard, looks};
use super::operands::takes_apart;
use std::collections::BTreeMap;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Ident, Lifetime, Pat, Stmt};

/// How a variable is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Borrowed, called on by a comparison, assigned into, or copied from by an index: never moved.
    Borrowed,
    /// Only a type would tell whether it is moved: a receiver, a field, what a closure or a macro mentions.
    Perhaps,
    /// Captured by a closure that is not `move`: as [`Perhaps`](Kind::Perhaps), and borrowed for as long as the closure lives.
    Captured,
    /// Named in the tokens of a macro that nobody parsed: it must stand there under its own name.
    Mentioned,
    /// Borrowed by another variable: while that is used, this cannot be taken out of its slot.
    Lent,
    /// Matched by patterns with guards.
    Guarded,
    /// By value: moved, or copied.
    Value,
    /// Assigned as a whole.
    Assigned,
    /// Bound by a `let`, a pattern, or an await's result.
    Defined,
}

/// One use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) local: LocalId,
    pub(crate) kind: Kind,
    /// Whether the variable is used again.
    pub(crate) live_after: bool,
}

/// How an expression is used by what it stands in.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Value,
    Place,
    Perhaps,
    Captured,
    Tokens,
}

/// The analysis of one stretch of code.
pub(crate) struct Flow<'a> {
    pub(crate) locals: &'a Locals,
    /// What is live at a label's `break` (or, `true`, `continue`) target outside of the stretch.
    pub(crate) jumps: &'a dyn Fn(&Lifetime, bool) -> LocalSet,
    /// Borrows that are taken again.
    pub(crate) again: &'a Again,
    pub(crate) uses: Option<Vec<Use>>,
    /// Labels of loops inside the stretch: what is live at `break` and at `continue`.
    inner: Vec<(Lifetime, LocalSet, LocalSet)>,
    /// What is live in every arm that binds a part of what is matched.
    taken: Option<LocalSet>,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(locals: &'a Locals, jumps: &'a dyn Fn(&Lifetime, bool) -> LocalSet, again: &'a Again) -> Self {
        Self { locals, jumps, again, uses: None, inner: Vec::new(), taken: None }
    }

    fn report(&mut self, local: LocalId, kind: Kind, live: &LocalSet) {
        let live_after = self.taken.as_ref().unwrap_or(live).contains(&local);
        if let Some(uses) = &mut self.uses {
            uses.push(Use { local, kind, live_after });
        }
    }

    /// A statement, given what is live after it.
    pub(crate) fn stmt(&mut self, stmt: &Stmt, live: &mut LocalSet) {
        match stmt {
            Stmt::Local(local) => {
                let Some(init) = &local.init else { return };
                self.pattern(&local.pat, live);
                if let Some((_, diverge)) = &init.diverge {
                    let mut other = LocalSet::new();
                    self.expr(diverge, Context::Value, &mut other);
                    live.extend(other);
                }
                self.lent(&init.expr, live);
                let apart = takes_apart(&local.pat, init) && !self.locals.of(&init.expr).is_some_and(|id| self.again.contains(id));
                self.expr(&init.expr, if apart { Context::Value } else { scrutinee(&[&local.pat]) }, live);
                // (Beside a part that borrows, others may be copied.)
                if let Expr::Tuple(parts) = &*init.expr {
                    parts.elems.iter().for_each(|part| self.lent(part, live));
                }
            }
            Stmt::Item(_) => (),
            Stmt::Expr(Expr::MethodCall(call), Some(_)) if changes(call) => self.method(call, Context::Place, live),
            Stmt::Expr(expr, _) => self.expr(expr, Context::Value, live),
            Stmt::Macro(mac) => self.mac(&mac.mac, live),
        }
    }

    /// Says of what a variable is bound to, if it is a borrow.
    fn lent(&mut self, value: &Expr, live: &LocalSet) {
        let Expr::Reference(borrow) = value else { return };
        if let Some(lender) = root(&borrow.expr).and_then(|name| self.locals.find(name)) {
            self.report(lender, Kind::Lent, live);
        }
    }

    /// What is awaited. What its method is called on may be given to it, whatever the method's name.
    pub(crate) fn operand(&mut self, operand: &Expr, live: &mut LocalSet) {
        match operand {
            Expr::MethodCall(e) => self.method(e, if gives_guard(e) { Context::Place } else { Context::Perhaps }, live),
            operand => self.value(operand, live),
        }
    }

    /// An expression whose value is used.
    pub(crate) fn value(&mut self, expr: &Expr, live: &mut LocalSet) {
        self.expr(expr, Context::Value, live);
    }

    /// A place that is borrowed.
    pub(crate) fn borrow(&mut self, expr: &Expr, live: &mut LocalSet) {
        self.expr(expr, Context::Place, live);
    }

    /// A condition, given what is live where it holds (`live`) and where it does not.
    pub(crate) fn condition(&mut self, cond: &Expr, live: &mut LocalSet, otherwise: &LocalSet) {
        match cond {
            Expr::Binary(e) if matches!(e.op, syn::BinOp::And(_)) => {
                self.condition(&e.right, live, otherwise);
                live.extend(otherwise.iter().copied());
                self.condition(&e.left, live, otherwise);
            }
            Expr::Paren(e) => self.condition(&e.expr, live, otherwise),
            Expr::Let(e) => {
                self.pattern(&e.pat, live);
                let taken = binds(&e.pat).then(|| live.clone());
                live.extend(otherwise.iter().copied());
                self.matched(&e.expr, scrutinee(&[&e.pat]), taken, live);
            }
            e => {
                live.extend(otherwise.iter().copied());
                self.expr(e, Context::Value, live);
            }
        }
    }

    /// A match's patterns and scrutinee, given what is live in each arm.
    pub(crate) fn matching<'p>(
        &mut self,
        scrutinee_expr: &Expr,
        arms: impl DoubleEndedIterator<Item = (&'p Pat, LocalSet)>,
        live: &mut LocalSet,
    ) {
        let mut all = LocalSet::new();
        let mut taken: Option<LocalSet> = None;
        let mut guarded = false;
        let mut pats = Vec::new();
        for (pat, mut arm) in arms.rev() {
            let mut body = arm.clone();
            let inner = match pat {
                Pat::Guard(guard) => {
                    guarded = true;
                    arm.extend(all.iter().copied());
                    self.expr(&guard.guard, Context::Value, &mut arm);
                    &guard.pat
                }
                pat => pat,
            };
            self.pattern(inner, &mut arm);
            if binds(inner) {
                self.unbind(inner, &mut body);
                taken = Some(match taken {
                    Some(taken) => taken.intersection(&body).copied().collect(),
                    None => body,
                });
            }
            all.extend(arm);
            pats.push(inner);
        }
        *live = all;
        // A guard may look at what is matched: it must be a place of its own.
        if let Some(local) = root(scrutinee_expr).and_then(|name| self.locals.find(name)).filter(|_| guarded) {
            if !matches!(self.locals[local].origin, Origin::Lent | Origin::Inner) && !self.again.contains(local) {
                self.report(local, Kind::Guarded, live);
            }
        }
        self.matched(scrutinee_expr, scrutinee(&pats), taken, live);
    }

    /// What is matched: an arm that binds may move it, so it is needed afterwards only if each such arm needs it (`taken`).
    fn matched(&mut self, expr: &Expr, context: Context, taken: Option<LocalSet>, live: &mut LocalSet) {
        let outer = std::mem::replace(&mut self.taken, taken.filter(|_| root(expr).is_some()));
        self.expr(expr, context, live);
        self.taken = outer;
    }

    fn unbind(&self, pat: &Pat, live: &mut LocalSet) {
        let mut names = Vec::new();
        super::normalize::bindings(pat, &mut names);
        names.iter().filter_map(|name| self.locals.find(name)).for_each(|local| {
            live.remove(&local);
        });
    }

    pub(crate) fn pattern(&mut self, pat: &Pat, live: &mut LocalSet) {
        let mut names = Vec::new();
        super::normalize::bindings(pat, &mut names);
        for name in names.iter().rev() {
            self.define(name, live);
        }
    }

    /// A variable gets its first value here.
    pub(crate) fn define(&mut self, name: &Ident, live: &mut LocalSet) {
        if let Some(local) = self.locals.find(name) {
            self.report(local, Kind::Defined, live);
            live.remove(&local);
        }
    }

    fn local(&mut self, local: LocalId, context: Context, live: &mut LocalSet) {
        if self.locals[local].origin == Origin::Inner {
            return;
        }
        let kind = match context {
            Context::Value => Kind::Value,
            Context::Place => Kind::Borrowed,
            Context::Perhaps => Kind::Perhaps,
            Context::Captured => Kind::Captured,
            Context::Tokens => Kind::Mentioned,
        };
        if let Some(group) = self.again.get(local) {
            self.report(local, if self.again.is_sure(local) { Kind::Borrowed } else { kind }, live);
            live.insert(local);
            for lender in mentioned(self.locals, |mentioned| mentioned.visit_expr(&group.value)) {
                self.local(lender, Context::Place, live);
            }
            return;
        }
        self.report(local, kind, live);
        live.insert(local);
    }

    fn block(&mut self, block: &Block, live: &mut LocalSet) {
        for stmt in block.stmts.iter().rev() {
            self.stmt(stmt, live);
        }
    }

    fn exprs<'e>(&mut self, exprs: impl DoubleEndedIterator<Item = &'e Expr>, live: &mut LocalSet) {
        for expr in exprs.rev() {
            self.expr(expr, Context::Value, live);
        }
    }

    fn expr(&mut self, expr: &Expr, context: Context, live: &mut LocalSet) {
        match expr {
            Expr::Path(path) => {
                if let Some(local) = path.path.get_ident().filter(|_| path.qself.is_none()).and_then(|i| self.locals.find(i)) {
                    self.local(local, context, live);
                }
            }
            Expr::Paren(e) => self.expr(&e.expr, context, live),
            Expr::Group(e) => self.expr(&e.expr, context, live),
            Expr::Field(e) => {
                let base = if context == Context::Place { Context::Place } else { Context::Perhaps };
                self.expr(&e.base, base, live);
            }
            Expr::Index(e) => {
                self.expr(&e.index, Context::Value, live);
                self.expr(&e.expr, Context::Place, live);
            }
            Expr::Unary(e) => {
                let base = match (&e.op, context) {
                    (syn::UnOp::Deref(_), Context::Place) => Context::Place,
                    (syn::UnOp::Deref(_), _) => Context::Perhaps,
                    _ => Context::Value,
                };
                self.expr(&e.expr, base, live);
            }
            Expr::Reference(e) => self.expr(&e.expr, Context::Place, live),
            Expr::RawAddr(e) => self.expr(&e.expr, Context::Place, live),
            Expr::MethodCall(e) => {
                self.method(e, if gives_guard(e) || looks(e) { Context::Place } else { Context::Perhaps }, live);
            }
            Expr::Call(e) => {
                self.exprs(e.args.iter(), live);
                self.expr(&e.func, Context::Perhaps, live);
            }
            Expr::Assign(e) => {
                match &*e.left {
                    Expr::Path(path) if path.path.get_ident().is_some_and(|i| self.locals.find(i).is_some()) => {
                        if let Some(local) = path.path.get_ident().and_then(|i| self.locals.find(i)) {
                            self.report(local, Kind::Assigned, live);
                            live.remove(&local);
                        }
                    }
                    Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) => self.assignees(&e.left, live),
                    place => self.expr(place, Context::Place, live),
                }
                self.expr(&e.right, Context::Value, live);
            }
            Expr::Binary(e) => self.binary(e, live),
            Expr::Let(e) => {
                self.pattern(&e.pat, live);
                self.expr(&e.expr, scrutinee(&[&e.pat]), live);
            }
            Expr::If(e) => {
                let mut otherwise = live.clone();
                if let Some((_, branch)) = &e.else_branch {
                    self.expr(branch, Context::Value, &mut otherwise);
                }
                self.block(&e.then_branch, live);
                self.condition(&e.cond, live, &otherwise);
            }
            Expr::Match(e) => {
                let arms: Vec<(&Pat, LocalSet)> = e
                    .arms
                    .iter()
                    .map(|arm| {
                        let mut live = live.clone();
                        self.expr(&arm.body, Context::Value, &mut live);
                        (&arm.pat, live)
                    })
                    .collect();
                self.matching(&e.expr, arms.into_iter(), live);
            }
            Expr::Block(e) => match &e.label {
                Some(label) => {
                    self.inner.push((label.name.clone(), live.clone(), LocalSet::new()));
                    self.block(&e.block, live);
                    self.inner.pop();
                }
                None => self.block(&e.block, live),
            },
            Expr::Unsafe(e) => self.block(&e.block, live),
            Expr::Loop(e) => self.looped(e.label.as_ref(), live, false, |this, live, _| this.block(&e.body, live)),
            Expr::While(e) => self.looped(e.label.as_ref(), live, true, |this, live, out| {
                this.block(&e.body, live);
                this.condition(&e.cond, live, out);
            }),
            Expr::ForLoop(e) => {
                self.looped(e.label.as_ref(), live, true, |this, live, out| {
                    this.block(&e.body, live);
                    this.pattern(&e.pat, live);
                    live.extend(out.iter().copied());
                });
                self.expr(&e.expr, Context::Value, live);
            }
            Expr::Return(e) => {
                live.clear();
                e.expr.iter().for_each(|e| self.expr(e, Context::Value, live));
            }
            Expr::Break(e) => {
                *live = self.target(e.label.as_ref(), false);
                e.expr.iter().for_each(|e| self.expr(e, Context::Value, live));
            }
            Expr::Continue(e) => *live = self.target(e.label.as_ref(), true),
            Expr::Closure(e) => self.captures(e.capture.is_some(), live, |captured| captured.visit_expr(&e.body)),
            Expr::Async(e) => self.captures(e.capture.is_some(), live, |captured| captured.visit_block(&e.block)),
            Expr::Macro(e) => self.mac(&e.mac, live),
            Expr::Struct(e) => {
                e.rest.iter().for_each(|rest| self.expr(rest, Context::Perhaps, live));
                self.exprs(e.fields.iter().map(|f| &f.expr), live);
            }
            Expr::Tuple(e) => self.exprs(e.elems.iter(), live),
            Expr::Array(e) => self.exprs(e.elems.iter(), live),
            Expr::Repeat(e) => self.expr(&e.expr, Context::Value, live),
            Expr::Range(e) => self.exprs(e.start.iter().chain(e.end.iter()).map(|e| &**e), live),
            Expr::Cast(e) => self.expr(&e.expr, Context::Value, live),
            Expr::Try(e) => self.expr(&e.expr, Context::Value, live),
            // Only inside a step, whose awaits are its own.
            Expr::Await(e) => self.expr(&e.base, Context::Value, live),
            _ => (),
        }
    }

    fn method(&mut self, e: &syn::ExprMethodCall, receiver: Context, live: &mut LocalSet) {
        self.exprs(e.args.iter(), live);
        self.expr(&e.receiver, receiver, live);
    }

    fn assignees(&mut self, left: &Expr, live: &mut LocalSet) {
        match left {
            Expr::Path(path) => {
                if let Some(local) = path.path.get_ident().and_then(|i| self.locals.find(i)) {
                    self.report(local, Kind::Assigned, live);
                    live.remove(&local);
                }
            }
            Expr::Tuple(e) => e.elems.iter().for_each(|e| self.assignees(e, live)),
            Expr::Array(e) => e.elems.iter().for_each(|e| self.assignees(e, live)),
            Expr::Struct(e) => e.fields.iter().for_each(|f| self.assignees(&f.expr, live)),
            Expr::Call(e) => e.args.iter().for_each(|e| self.assignees(e, live)),
            Expr::Paren(e) => self.assignees(&e.expr, live),
            e => self.expr(e, Context::Place, live),
        }
    }

    fn binary(&mut self, e: &syn::ExprBinary, live: &mut LocalSet) {
        use syn::BinOp::*;
        match e.op {
            And(_) | Or(_) => {
                let skipped = live.clone();
                self.expr(&e.right, Context::Value, live);
                live.extend(skipped);
                self.expr(&e.left, Context::Value, live);
            }
            Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_) => {
                self.expr(&e.right, Context::Place, live);
                self.expr(&e.left, Context::Place, live);
            }
            AddAssign(_) | SubAssign(_) | MulAssign(_) | DivAssign(_) | RemAssign(_) | BitXorAssign(_) | BitAndAssign(_)
            | BitOrAssign(_) | ShlAssign(_) | ShrAssign(_) => {
                self.expr(&e.left, Context::Place, live);
                self.expr(&e.right, Context::Value, live);
            }
            _ => {
                self.expr(&e.right, Context::Value, live);
                self.expr(&e.left, Context::Value, live);
            }
        }
    }

    /// A loop: what is live at its head is live at its end too, so it is walked until nothing more is.
    fn looped(
        &mut self,
        label: Option<&syn::Label>,
        live: &mut LocalSet,
        may_skip: bool,
        walk: impl Fn(&mut Self, &mut LocalSet, &LocalSet),
    ) {
        let out = live.clone();
        let mut head = if may_skip { out.clone() } else { LocalSet::new() };
        let uses = self.uses.take();
        loop {
            let mut next = head.clone();
            self.round(label, &out, &head, &mut next, &walk);
            next.extend(head.iter().copied());
            if next == head {
                break;
            }
            head = next;
        }
        self.uses = uses;
        let mut last = head.clone();
        self.round(label, &out, &head, &mut last, &walk);
        *live = head;
    }

    fn round(
        &mut self,
        label: Option<&syn::Label>,
        out: &LocalSet,
        head: &LocalSet,
        live: &mut LocalSet,
        walk: &impl Fn(&mut Self, &mut LocalSet, &LocalSet),
    ) {
        if let Some(label) = label {
            self.inner.push((label.name.clone(), out.clone(), head.clone()));
        }
        walk(self, live, out);
        if label.is_some() {
            self.inner.pop();
        }
    }

    fn target(&self, label: Option<&Lifetime>, again: bool) -> LocalSet {
        let Some(label) = label else { return LocalSet::new() };
        match self.inner.iter().rev().find(|(l, ..)| l == label) {
            Some((_, out, head)) => {
                if again {
                    head.clone()
                } else {
                    out.clone()
                }
            }
            None => (self.jumps)(label, again),
        }
    }

    /// What a closure or an async block captures.
    fn captures(&mut self, by_move: bool, live: &mut LocalSet, visit: impl FnOnce(&mut Captured<'_>)) {
        let mut captured = Captured { locals: self.locals, kinds: BTreeMap::new() };
        visit(&mut captured);
        for (local, kind) in captured.kinds {
            let context = match (by_move, kind) {
                (true, _) => Context::Value,
                (false, Kind::Borrowed) => Context::Place,
                (false, _) => Context::Captured,
            };
            self.local(local, context, live);
        }
    }

    fn mac(&mut self, mac: &syn::Macro, live: &mut LocalSet) {
        match macros::parse(mac) {
            Some(Known::Args(args)) => {
                for arg in args.iter().rev() {
                    self.expr(&arg.expr, if arg.by_ref { Context::Place } else { Context::Value }, live);
                }
                // What one argument borrows, another cannot take out of its slot.
                let mut seen = LocalSet::new();
                for arg in &args {
                    for local in mentioned(self.locals, |mentioned| mentioned.visit_expr(&arg.expr)) {
                        if !seen.insert(local) && !self.again.contains(local) {
                            self.report(local, Kind::Captured, live);
                        }
                    }
                }
            }
            Some(Known::Repeat(elem, len)) => {
                self.expr(&len, Context::Value, live);
                self.expr(&elem, Context::Value, live);
            }
            Some(Known::Matches(expr, pat)) => {
                let out = live.clone();
                self.matching(&expr, [(&pat, out.clone())].into_iter(), live);
                live.extend(out);
            }
            None => {
                let mut names = Vec::new();
                macros::map_idents(mac.tokens.clone(), &mut |ident| {
                    names.extend(self.locals.find(ident));
                    None
                });
                for local in names.into_iter().rev() {
                    self.local(local, Context::Tokens, live);
                }
            }
        }
    }
}

/// Whether a pattern binds anything.
pub(crate) fn binds(pat: &Pat) -> bool {
    let mut names = Vec::new();
    super::normalize::bindings(pat, &mut names);
    !names.is_empty()
}

/// How patterns use what they are matched against.
fn scrutinee(pats: &[&Pat]) -> Context {
    fn kind(pat: &Pat, whole: bool) -> Context {
        match pat {
            Pat::Ident(p) if p.by_ref.is_some() => Context::Place,
            Pat::Ident(_) if whole => Context::Value,
            Pat::Ident(_) => Context::Perhaps,
            Pat::Type(p) => kind(&p.pat, whole),
            Pat::Paren(p) => kind(&p.pat, whole),
            Pat::Guard(p) => kind(&p.pat, whole),
            pat => {
                let mut names = Vec::new();
                super::normalize::bindings(pat, &mut names);
                if names.is_empty() {
                    Context::Place
                } else {
                    Context::Perhaps
                }
            }
        }
    }
    let mut kinds = pats.iter().map(|pat| kind(pat, true));
    let first = kinds.next().unwrap_or(Context::Place);
    kinds.fold(first, |all, one| if all == one { all } else { Context::Perhaps })
}

/// The variables that a piece of code mentions.
pub(crate) fn mentioned(locals: &Locals, visit: impl FnOnce(&mut Mentioned<'_>)) -> LocalSet {
    let mut mentioned = Mentioned { locals, found: LocalSet::new() };
    visit(&mut mentioned);
    mentioned.found
}

/// Collects what [`mentioned`] gives.
pub(crate) struct Mentioned<'a> {
    locals: &'a Locals,
    found: LocalSet,
}

impl<'ast> Visit<'ast> for Mentioned<'_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let local = path.path.get_ident().and_then(|ident| self.locals.find(ident));
        self.found.extend(local.filter(|id| self.locals[*id].origin != Origin::Inner));
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let Some(known) = macros::parse(mac) else {
            macros::map_idents(mac.tokens.clone(), &mut |ident| {
                self.found.extend(self.locals.find(ident));
                None
            });
            return;
        };
        // (In an expression the name of a field is no variable.)
        self.found.extend(mentioned_in(self.locals, &known));
    }
}

/// The variables that the expressions of a macro mention.
fn mentioned_in(locals: &Locals, known: &Known) -> LocalSet {
    mentioned(locals, |mentioned| match known {
        Known::Args(args) => args.iter().for_each(|arg| mentioned.visit_expr(&arg.expr)),
        Known::Repeat(elem, len) => {
            mentioned.visit_expr(elem);
            mentioned.visit_expr(len);
        }
        Known::Matches(expr, pat) => {
            mentioned.visit_expr(expr);
            mentioned.visit_pat(pat);
        }
    })
}

/// The variables that a closure mentions, and the strongest use of each.
struct Captured<'a> {
    locals: &'a Locals,
    kinds: BTreeMap<LocalId, Kind>,
}

impl Captured<'_> {
    fn note(&mut self, ident: &Ident, kind: Kind) {
        if let Some(local) = self.locals.find(ident) {
            let known = self.kinds.entry(local).or_insert(kind);
            *known = (*known).max(kind);
        }
    }
}

impl Captured<'_> {
    /// A place that is borrowed: its root, and what its indices use.
    fn borrowed(&mut self, place: &Expr) {
        match place {
            Expr::Path(path) => path.path.get_ident().into_iter().for_each(|ident| self.note(ident, Kind::Borrowed)),
            Expr::Field(e) => self.borrowed(&e.base),
            Expr::Paren(e) => self.borrowed(&e.expr),
            Expr::Group(e) => self.borrowed(&e.expr),
            Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => self.borrowed(&e.expr),
            Expr::Index(e) => {
                self.borrowed(&e.expr);
                self.visit_expr(&e.index);
            }
            expr => self.visit_expr(expr),
        }
    }
}

impl<'ast> Visit<'ast> for Captured<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Path(path) => {
                if let Some(ident) = path.path.get_ident() {
                    self.note(ident, Kind::Perhaps);
                }
            }
            Expr::Reference(e) => self.borrowed(&e.expr),
            Expr::Binary(e)
                if matches!(
                    e.op,
                    syn::BinOp::Eq(_) | syn::BinOp::Ne(_) | syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_)
                ) =>
            {
                self.borrowed(&e.left);
                self.borrowed(&e.right);
            }
            expr => visit::visit_expr(self, expr),
        }
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        match macros::parse(mac) {
            Some(Known::Args(args)) => {
                for arg in &args {
                    match root(&arg.expr).filter(|_| arg.by_ref) {
                        Some(ident) => self.note(&ident.clone(), Kind::Borrowed),
                        None => Captured { locals: self.locals, kinds: std::mem::take(&mut self.kinds) }.into_visit(&arg.expr, self),
                    }
                }
            }
            Some(known) => {
                for local in mentioned_in(self.locals, &known) {
                    self.note(&self.locals[local].ident, Kind::Perhaps);
                }
            }
            None => {
                let mut names = Vec::new();
                macros::map_idents(mac.tokens.clone(), &mut |ident| {
                    names.push(ident.clone());
                    None
                });
                names.iter().for_each(|name| self.note(name, Kind::Perhaps));
            }
        }
    }
}

impl Captured<'_> {
    /// Visits an expression that does not live as long as the visited tree.
    fn into_visit(mut self, expr: &Expr, back: &mut Captured<'_>) {
        self.visit_expr(expr);
        back.kinds = self.kinds;
    }
}

/// The variable at the root of a place.
pub(crate) fn root(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(e) => root(&e.base),
        Expr::Index(e) => root(&e.expr),
        Expr::Paren(e) => root(&e.expr),
        Expr::Group(e) => root(&e.expr),
        Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => root(&e.expr),
        _ => None,
    }
}
