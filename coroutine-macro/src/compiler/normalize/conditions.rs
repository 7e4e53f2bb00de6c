//! `if`, `match` and their conditions, chains and guards, where an await is inside.

use super::expressions::{has_let, if_branches_await};
use super::{has_await, pat_has_await, Dest, Normalizer};
use crate::compiler::anf::{Arm, Stmt};
use proc_macro2::Span;
use std::collections::VecDeque;
use syn::{Expr, Lifetime, Pat};

impl Normalizer<'_> {
    pub(super) fn if_into(&mut self, e: syn::ExprIf, dest: &Dest) {
        let syn::ExprIf { cond, then_branch, else_branch, attrs, if_token } = e;
        if !has_let(&cond)
            && has_await(&cond)
            && !if_branches_await(&syn::ExprIf {
                attrs: Vec::new(),
                if_token,
                cond: cond.clone(),
                then_branch: then_branch.clone(),
                else_branch: else_branch.clone(),
            })
        {
            let cond = Box::new(self.condition(*cond));
            return self.deliver(Expr::If(syn::ExprIf { attrs, if_token, cond, then_branch, else_branch }), dest);
        }
        let (then_dest, else_dest) = (dest.clone(), dest.clone());
        self.branch(
            *cond,
            |this| this.block(then_branch, &then_dest),
            |this| match else_branch {
                Some((_, branch)) => this.expr_into(*branch, &else_dest),
                None => this.deliver(syn::parse_quote!(()), &else_dest),
            },
        );
    }

    /// `if cond { then } else { els }`, where anything may have awaits.
    pub(super) fn branch(&mut self, cond: Expr, then: impl FnOnce(&mut Self), els: impl FnOnce(&mut Self)) {
        let mut conjuncts = Vec::new();
        conjuncts_of(cond, None, &mut conjuncts);
        // Awaits in the first conjunct come before the whole; then it may be that none are left.
        if let Some(first) = conjuncts.first_mut() {
            let owned = std::mem::replace(&mut first.expr, syn::parse_quote!(true));
            first.expr = self.conjunct(owned);
            if let Expr::Let(e) = &mut first.expr {
                let owned = std::mem::replace(&mut *e.expr, syn::parse_quote!(()));
                *e.expr = self.settle(owned);
            }
            conjuncts.iter().for_each(|c| self.note(&c.expr));
        }
        if self.dead() {
            return;
        }
        if !conjuncts.iter().any(|c| has_await(&c.expr)) {
            let (then, els) = (self.body(then), self.body(els));
            return self.push(Stmt::If { cond: join(conjuncts), then, els });
        }
        // `'done: { 'else: { if prefix { await; if rest { then; break 'done } } } els }`
        let done = Lifetime::new(&format!("'__done{}", self.fresh()), Span::mixed_site());
        let leave = done.clone();
        let body = self.body(|this| {
            this.chain(
                conjuncts.into_iter().collect(),
                &mut Some(|this: &mut Self| {
                    then(this);
                    this.push(Stmt::Break(leave));
                }),
            );
            els(this);
        });
        self.push(Stmt::Scope { label: Some(done), body });
    }

    fn fresh(&mut self) -> usize {
        let n = self.labels.entry("'".into()).or_default();
        *n += 1;
        *n
    }

    /// A condition whose temporaries are dropped before the branches.
    pub(super) fn condition(&mut self, condition: Expr) -> Expr {
        if !leaves_temporaries(&condition) {
            return self.expr(condition);
        }
        let value = self.locals.temp("condition");
        self.plain(syn::parse_quote!(let #value;));
        let into = Dest::Into(value.clone());
        self.statement_scope(|this| {
            let condition = this.expr(condition);
            this.deliver(condition, &into);
        });
        syn::parse_quote!(#value)
    }

    /// Notes the borrows that a condition binds.
    fn note(&mut self, condition: &Expr) {
        if let Expr::Let(e) = condition {
            crate::compiler::borrows::note(&mut self.locals, &e.pat, &e.expr);
        }
    }

    fn conjunct(&mut self, conjunct: Expr) -> Expr {
        match conjunct {
            Expr::Let(mut e) => {
                *e.expr = self.place(*e.expr);
                Expr::Let(e)
            }
            e if has_await(&e) => self.condition(e),
            e => e,
        }
    }

    /// Runs `then` where all conjuncts hold; falls through where one does not.
    fn chain<F: FnOnce(&mut Self)>(&mut self, mut conjuncts: VecDeque<Conjunct>, then: &mut Option<F>) {
        let mut prefix = Vec::new();
        while conjuncts.front().is_some_and(|c| !has_await(&c.expr)) {
            prefix.extend(conjuncts.pop_front());
        }
        let inner = self.body(|this| match conjuncts.pop_front() {
            None => {
                if let Some(then) = then.take() {
                    then(this);
                }
            }
            Some(Conjunct { and, expr }) => {
                let expr = this.conjunct(expr);
                this.note(&expr);
                conjuncts.push_front(Conjunct { and, expr });
                this.chain(conjuncts, then);
            }
        });
        if prefix.is_empty() {
            inner.into_iter().for_each(|stmt| self.push(stmt));
        } else {
            self.push(Stmt::If { cond: join(prefix), then: inner, els: Vec::new() });
        }
    }

    pub(super) fn match_into(&mut self, e: syn::ExprMatch, dest: &Dest) {
        let scrutinee = self.place(*e.expr);
        let waits = e.arms.iter().any(|arm| has_await(&arm.body) || pat_has_await(&arm.pat));
        let scrutinee = if waits { self.keep_root(scrutinee) } else { scrutinee };
        let scrutinee = if waits { self.settle(scrutinee) } else { scrutinee };
        if self.dead() {
            return;
        }
        e.arms.iter().for_each(|arm| crate::compiler::borrows::note(&mut self.locals, &arm.pat, &scrutinee));
        if let Some(waits) = e.arms.iter().position(|arm| pat_has_await(&arm.pat)) {
            return self.match_with_waiting_guard(scrutinee, e.arms, waits, dest);
        }
        if !e.arms.iter().any(|arm| has_await(&arm.body)) {
            return self.deliver(Expr::Match(syn::ExprMatch { expr: Box::new(scrutinee), ..e }), dest);
        }
        let arms = e.arms.into_iter().map(|arm| self.arm(arm, dest)).collect();
        self.push(Stmt::Match { scrutinee, arms });
    }

    fn arm(&mut self, arm: syn::Arm, dest: &Dest) -> Arm {
        let body = self.body(|this| this.expr_into(*arm.body, dest));
        Arm { pat: arm.pat, body }
    }

    /// Arms before the waiting guard; then, where none of them matched, the guard by itself; then the rest with its result.
    fn match_with_waiting_guard(&mut self, scrutinee: Expr, mut arms: Vec<syn::Arm>, waits: usize, dest: &Dest) {
        let scrutinee = match scrutinee {
            // A value is matched more than once.
            Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Range(_) => {
                let temp = self.locals.temp_of("operand", &scrutinee);
                self.plain(syn::parse_quote!(let #temp = #scrutinee;));
                syn::parse_quote!(#temp)
            }
            scrutinee => self.freeze(scrutinee, super::expressions::Use::Place, &[]),
        };
        let mut rest = arms.split_off(waits);
        let done = Lifetime::new(&format!("'__done{}", self.fresh()), Span::mixed_site());
        let body = self.body(|this| {
            if !arms.is_empty() {
                let mut before: Vec<Arm> = arms
                    .into_iter()
                    .map(|arm| {
                        let mut arm = this.arm(arm, dest);
                        if !crate::compiler::anf::diverges(&arm.body) {
                            arm.body.push(Stmt::Break(done.clone()));
                        }
                        arm
                    })
                    .collect();
                before.push(Arm { pat: syn::parse_quote!(_), body: Vec::new() });
                this.push(Stmt::Match { scrutinee: scrutinee.clone(), arms: before });
            }
            let held = this.locals.temp("guard");
            if let Some(syn::Arm { pat: Pat::Guard(guard), .. }) = rest.first_mut() {
                let whole = std::mem::replace(&mut *guard.guard, syn::parse_quote!(true));
                let mut conjuncts = Vec::new();
                conjuncts_of(whole, None, &mut conjuncts);
                let ahead = conjuncts.iter().rposition(|c| has_await(&c.expr)).map_or(0, |n| n + 1);
                let mut rest = conjuncts.split_off(ahead);
                rest.insert(0, Conjunct { and: None, expr: syn::parse_quote!(#held) });
                *guard.guard = join(rest);
                let condition = join(conjuncts);
                let (mut pat, scrutinee) = ((*guard.pat).clone(), scrutinee.clone());
                unbind(&mut pat, &condition);
                this.plain(syn::parse_quote!(let #held;));
                let into = Dest::Into(held.clone());
                let then = this.body(|this| this.expr_into(condition, &into));
                let els = this.body(|this| this.deliver(syn::parse_quote!(false), &into));
                this.push(Stmt::If { cond: syn::parse_quote!(let #pat = #scrutinee), then, els });
            }
            rest.push(syn::parse_quote!(_ => ::core::unreachable!(),));
            let rest = syn::ExprMatch {
                expr: Box::new(scrutinee),
                arms: rest,
                attrs: Vec::new(),
                match_token: Default::default(),
                brace_token: Default::default(),
            };
            this.match_into(rest, dest);
        });
        self.push(Stmt::Scope { label: Some(done), body });
    }
}

/// Whether an expression with an await may have temporaries that live to its end: it does more than to await a call of variables.
pub(super) fn leaves_temporaries(condition: &Expr) -> bool {
    struct Values(bool);
    impl<'ast> syn::visit::Visit<'ast> for Values {
        fn visit_expr_reference(&mut self, e: &'ast syn::ExprReference) {
            self.0 |= !matches!(&*e.expr, Expr::Path(_) | Expr::Field(_) | Expr::Lit(_));
            syn::visit::visit_expr_reference(self, e);
        }
    }
    match condition {
        Expr::Paren(e) => leaves_temporaries(&e.expr),
        Expr::Unary(e) => leaves_temporaries(&e.expr),
        Expr::Await(e) => {
            let mut values = Values(has_await(&e.base));
            syn::visit::Visit::visit_expr(&mut values, &e.base);
            values.0
        }
        _ => true,
    }
}

/// Takes the bindings out of a pattern that an expression does not mention: they would be moved where they only match.
fn unbind(pat: &mut Pat, used: &Expr) {
    struct Unbind<'a>(&'a Expr);
    impl syn::visit_mut::VisitMut for Unbind<'_> {
        fn visit_pat_mut(&mut self, pat: &mut Pat) {
            match pat {
                Pat::Ident(p) if p.subpat.is_none() && !super::mentions(self.0, &p.ident) => {
                    let constant = p.ident.to_string().starts_with(char::is_uppercase);
                    if !constant {
                        *pat = syn::parse_quote!(_);
                    }
                }
                pat => syn::visit_mut::visit_pat_mut(self, pat),
            }
        }
    }
    syn::visit_mut::VisitMut::visit_pat_mut(&mut Unbind(used), pat);
}

/// One part of a chain of `&&`s, and the `&&` before it: its edition says that `let` may stand in the chain.
struct Conjunct {
    and: Option<syn::Token![&&]>,
    expr: Expr,
}

fn conjuncts_of(cond: Expr, and: Option<syn::Token![&&]>, out: &mut Vec<Conjunct>) {
    match cond {
        Expr::Binary(e)
            if matches!(e.op, syn::BinOp::And(_))
                && (has_let(&e.left) || has_let(&e.right) || has_await(&e.left) || has_await(&e.right)) =>
        {
            let syn::BinOp::And(token) = e.op else { return };
            conjuncts_of(*e.left, and, out);
            conjuncts_of(*e.right, Some(token), out);
        }
        Expr::Paren(e) if has_let(&e.expr) => conjuncts_of(*e.expr, and, out),
        expr => out.push(Conjunct { and, expr }),
    }
}

fn join(conjuncts: Vec<Conjunct>) -> Expr {
    let mut conjuncts = conjuncts.into_iter();
    let first = conjuncts.next().map_or_else(|| syn::parse_quote!(true), |c| c.expr);
    conjuncts.fold(first, |all, next| {
        let op = syn::BinOp::And(next.and.unwrap_or_default());
        Expr::Binary(syn::ExprBinary { attrs: Vec::new(), left: Box::new(all), op, right: Box::new(next.expr) })
    })
}
