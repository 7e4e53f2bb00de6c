//! `let`s: one whose value waits, one whose `else` waits, and what a value borrows.

use super::{binding_name, bindings, has_await, is_control_flow, is_wild, Dest, Normalizer};
use crate::compiler::anf::{Arm, Stmt};
use crate::compiler::id::{List, LocalId};
use crate::compiler::{borrows, entries, walks};
use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident, Pat};

impl Normalizer<'_> {
    pub(super) fn local(&mut self, mut local: syn::Local) {
        let again = local.attrs.iter().position(|attr| attr.path().is_ident("again")).map(|at| local.attrs.remove(at));
        if let Some(again) = again {
            return self.made_again(local, &again);
        }
        if let Some((id, list)) = self.listed(&local) {
            return self.list(local, id, list);
        }
        if let Some(id) = binding_name(&local.pat).and_then(|name| self.locals.find(&name)).filter(|id| self.locals[*id].entry) {
            return self.entry(local, id);
        }
        let Some(init) = &mut local.init else { return self.plain(syn::Stmt::Local(local)) };
        if !has_await(&init.expr) {
            let mut expr = std::mem::replace(&mut *init.expr, syn::parse_quote!(()));
            if init.diverge.is_none() {
                self.extend(&mut expr);
            }
            *init.expr = self.settle(expr);
            borrows::note(&mut self.locals, &local.pat, &init.expr);
            if init.diverge.is_none() {
                walks::note(&mut self.locals, &local.pat, &init.expr);
            }
            return self.plain(syn::Stmt::Local(local));
        }
        let borrowed = self.borrowed_beside(&mut local);
        if !borrowed.is_empty() {
            self.local(local);
            return borrowed.into_iter().for_each(|stmt| self.stmt(stmt));
        }
        let syn::Local { attrs, let_token, modifiers, pat, init, semi_token } = local;
        let Some(init) = init else { return };
        let expr = (*init.expr).clone();
        let rebuild = |pat: Pat, expr: Expr| {
            let init = syn::LocalInit { expr: Box::new(expr), ..init.clone() };
            syn::Stmt::Local(syn::Local {
                attrs: attrs.clone(),
                let_token,
                modifiers: modifiers.clone(),
                pat,
                init: Some(init),
                semi_token,
            })
        };
        if let (Pat::Type(typed), true, None) = (&pat, is_wild(&pat), &init.diverge) {
            // Nothing is bound, but the value's type is said.
            let (temp, ty) = (self.locals.temp("ignored"), &typed.ty);
            let body = self.body(|this| this.stmt(syn::parse_quote!(let #temp: #ty = #expr;)));
            return self.push(Stmt::Scope { label: None, body });
        }
        if is_wild(&pat) && init.diverge.is_none() {
            // Nothing is bound: the value is dropped at the end of the statement.
            return self.ignored(expr);
        }
        let simple = binding_name(&pat).filter(|_| init.diverge.is_none());
        let extended = matches!(expr, Expr::Reference(_));
        if let Some(ident) = simple.clone().filter(|_| !extended && (is_control_flow(&expr) || lingers(&expr))) {
            if let (Pat::Type(typed), Some(id)) = (&pat, self.locals.find(&ident)) {
                self.locals.set_type(id, (*typed.ty).clone());
            }
            self.plain(syn::parse_quote!(let #ident;));
            return self.statement_scope(|this| this.expr_into(expr, &Dest::Into(ident)));
        }
        if extended || simple.is_some() || !lingers(&expr) {
            let mut value = None;
            let before = self.body(|this| value = Some(this.expr(expr)));
            let Some(value) = value else { return };
            let temporaries = !extended
                && before.iter().any(|s| match s {
                    Stmt::Plain(syn::Stmt::Local(_)) => true,
                    Stmt::Await { index, .. } => self.awaits.get(*index).is_some_and(|it| !it.hosted.is_empty()),
                    _ => false,
                });
            if !temporaries {
                before.into_iter().for_each(|stmt| self.push(stmt));
                let value = self.settle(value);
                borrows::note(&mut self.locals, &pat, &value);
                return self.plain(rebuild(pat, value));
            }
            // What the operand borrowed is dropped at the end of the statement.
            let into = simple.clone().unwrap_or_else(|| self.locals.temp("value"));
            self.plain(syn::parse_quote!(let #into;));
            let body = self.body(|this| {
                before.into_iter().for_each(|stmt| this.push(stmt));
                this.deliver(value, &Dest::Into(into.clone()));
            });
            self.push(Stmt::Scope { label: None, body });
            if simple.is_none() {
                self.plain(rebuild(pat, syn::parse_quote!(#into)));
            } else if let (Pat::Type(typed), Some(id)) = (&pat, self.locals.find(&into)) {
                self.locals.set_type(id, (*typed.ty).clone());
            }
            return;
        }
        let value = self.locals.temp("value");
        self.plain(syn::parse_quote!(let #value;));
        self.statement_scope(|this| this.expr_into(expr, &Dest::Into(value.clone())));
        self.plain(rebuild(pat, syn::parse_quote!(#value)));
    }

    /// An entry of a map: its key is kept.
    fn entry(&mut self, mut local: syn::Local, id: LocalId) {
        self.locals[id].entry = false;
        let Some(init) = local.init.as_mut().filter(|init| !has_await(&init.expr)) else { return self.local(local) };
        let mut settled = (*init.expr).clone();
        let mut operands = Vec::new();
        borrows::operands(&self.locals, &mut settled, &mut operands);
        let lets = self.temporaries(operands);
        if !entries::can_be_found(&self.locals, &settled) {
            return self.local(local);
        }
        lets.into_iter().for_each(|stmt| self.plain(stmt));
        *init.expr = settled;
        self.locals[id].entry = true;
        self.locals[id].borrow = Some(borrows::Borrow::Sure);
        self.plain(syn::Stmt::Local(local));
    }

    fn listed(&self, local: &syn::Local) -> Option<(LocalId, List)> {
        let id = binding_name(&local.pat).and_then(|name| self.locals.find(&name))?;
        self.locals[id].list.clone().map(|list| (id, list))
    }

    /// A list of borrows: what collects it, and puts it in order, makes it again.
    fn list(&mut self, mut local: syn::Local, id: LocalId, list: List) {
        let Some(init) = &mut local.init else { return };
        let mut expr = std::mem::replace(&mut *init.expr, syn::parse_quote!(()));
        if let Expr::MethodCall(collect) = &mut expr {
            let chain = std::mem::replace(&mut *collect.receiver, syn::parse_quote!(()));
            let chain = self.settle(chain);
            *collect.receiver = syn::parse_quote!(::coroutine_runtime::__private::in_order(#chain));
        }
        self.locals[id].borrow = Some(borrows::Borrow::Sure);
        let mut name = &mut local.pat;
        while let Pat::Type(typed) = name {
            name = &mut typed.pat;
        }
        if let Pat::Ident(name) = name {
            name.mutability = None;
        }
        if list.arranged.is_empty() {
            *init.expr = expr;
        } else {
            let name = Ident::new("__list", Span::mixed_site());
            let arranged = list.arranged.into_iter().map(|mut call| {
                *call.receiver = syn::parse_quote!(#name);
                call
            });
            let ty = list.ty.map(|ty| quote::quote!(: #ty));
            *init.expr = syn::parse_quote!({ let mut #name #ty = #expr; #(#arranged;)* #name });
        }
        self.plain(syn::Stmt::Local(local));
    }

    /// Takes the borrows of places out of a tuple that waits, each into a `let` of its own for afterwards: no value holds them meanwhile.
    fn borrowed_beside(&self, local: &mut syn::Local) -> Vec<syn::Stmt> {
        let mut apart = Vec::new();
        let Some(syn::LocalInit { expr, diverge: None, .. }) = &mut local.init else { return apart };
        let (Pat::Tuple(pat), Expr::Tuple(value)) = (&mut local.pat, &mut **expr) else { return apart };
        if pat.elems.len() != value.elems.len() || pat.elems.iter().any(|part| matches!(part, Pat::Rest(_))) {
            return apart;
        }
        let (pats, values) = (std::mem::take(&mut pat.elems), std::mem::take(&mut value.elems));
        for (part, of) in pats.into_iter().zip(values) {
            if matches!(of, Expr::Reference(_)) && borrows::borrow(&self.locals, &of).is_some() {
                apart.push(syn::parse_quote!(let #part = #of;));
            } else {
                pat.elems.push(part);
                value.elems.push(of);
            }
        }
        apart
    }

    /// Makes variables of the values whose borrows a `let` binds.
    fn extend(&mut self, init: &mut Expr) {
        if !matches!(init, Expr::Reference(_) | Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Paren(_)) {
            return;
        }
        let mut values = Vec::new();
        let locals = self.locals.clone();
        borrows::each_extended(&locals, init, &mut |value| {
            let temp = self.locals.temp_of("extended", value);
            values.push((temp.clone(), std::mem::replace(value, syn::parse_quote!(#temp))));
        });
        for (temp, value) in values {
            self.stmt(syn::parse_quote!(let mut #temp = #value;));
        }
    }

    pub(super) fn else_waits(&self, local: &syn::Local) -> bool {
        local.init.as_ref().and_then(|init| init.diverge.as_ref()).is_some_and(|(_, e)| has_await(e))
    }

    /// `let pat = expr else { .. };` with an await in the `else`: a match, whose first arm is the rest of the block, or, where the
    /// expression's temporaries must not live as long, assigns what the pattern binds.
    pub(super) fn let_else(&mut self, local: syn::Local, rest: Block, dest: &Dest) {
        let Some(syn::LocalInit { expr, diverge: Some((_, diverge)), .. }) = local.init else { return };
        let mut pat = local.pat;
        if let Pat::Type(typed) = pat {
            pat = *typed.pat;
        }
        let scrutinee = self.expr(*expr);
        let scrutinee = self.settle(scrutinee);
        if self.dead() {
            return;
        }
        borrows::note(&mut self.locals, &pat, &scrutinee);
        let els = |this: &mut Self| this.body(|this| this.expr_into(*diverge, &Dest::Ignore));
        if borrows::borrow(&self.locals, &scrutinee).is_some() {
            let body = self.body(|this| this.block(rest, dest));
            let els = els(self);
            let arms = vec![Arm { pat, body }, Arm { pat: syn::parse_quote!(_), body: els }];
            return self.push(Stmt::Match { scrutinee, arms });
        }
        let mut names = Vec::new();
        bindings(&pat, &mut names);
        let mut assigns: Vec<Stmt> = Vec::new();
        for name in &names {
            let inner = self.locals.temp("bound");
            rename(&mut pat, name, &inner);
            self.plain(syn::parse_quote!(let #name;));
            assigns.push(Stmt::Plain(syn::parse_quote!(#name = #inner;)));
        }
        let els = els(self);
        let arms = vec![Arm { pat, body: assigns }, Arm { pat: syn::parse_quote!(_), body: els }];
        self.push(Stmt::Match { scrutinee, arms });
        self.block(rest, dest);
    }
}

fn rename(pat: &mut Pat, from: &Ident, to: &Ident) {
    struct Rename<'a>(&'a Ident, &'a Ident);
    impl VisitMut for Rename<'_> {
        fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
            if pat.ident == *self.0 {
                pat.ident = self.1.clone();
            }
            visit_mut::visit_pat_ident_mut(self, pat);
        }
    }
    Rename(from, to).visit_pat_mut(pat);
}

/// Whether an expression keeps a temporary to the end of its statement: it does more with an await's result than to use it by value.
fn lingers(expr: &Expr) -> bool {
    match expr {
        Expr::Await(_) => false,
        Expr::Try(e) => lingers(&e.expr),
        Expr::Paren(e) => lingers(&e.expr),
        Expr::Cast(e) => lingers(&e.expr),
        expr => has_await(expr),
    }
}
