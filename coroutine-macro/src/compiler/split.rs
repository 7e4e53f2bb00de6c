//! [`Resolved`] → [`Resolved`]: a variable that is surely moved in part becomes a variable for each part, since a slot is full or empty.
//!
//! Surely: it is a tuple, which is known from its type or its value; or a part of it is what a `for` goes over or an `into_..` is
//! called on. (Of other parts nobody knows here whether they are moved or copied, and of a smart pointer's none can be taken out.) All its
//! uses must be uses of parts.

use super::id::{LocalId, Locals, Origin};
use super::macros;
use super::parse::{Function, Param};
use super::resolve::Resolved;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident, Member, Pat, Stmt, Type};

/// What is known of a variable.
#[derive(Default)]
struct Known {
    /// How many parts it has, if it is a tuple.
    arity: Option<usize>,
    /// Its parts that are used, by their names.
    parts: BTreeMap<String, Member>,
    /// It is used as a whole, or where nobody can see how.
    whole: bool,
    /// A part of it is moved, or may be and it is a tuple.
    moved: bool,
}

/// Splits what is moved in part.
pub(crate) fn split(function: &Function, mut resolved: Resolved) -> Resolved {
    let mut found = Find { locals: &resolved.locals, known: BTreeMap::new() };
    for param in &function.params {
        if let Param::Value { pat, .. } = param {
            let ty = function.item.sig.inputs.iter().find_map(|input| match input {
                syn::FnArg::Typed(typed) if *typed.pat == *pat => Some(&*typed.ty),
                _ => None,
            });
            found.declare(pat, ty, None);
        }
    }
    found.visit_block(&resolved.block);
    let known: BTreeMap<LocalId, Known> = found
        .known
        .into_iter()
        .filter(|(_, known)| known.moved && !known.whole && known.parts.len() + known.arity.unwrap_or(0) > 1)
        .collect();
    if known.is_empty() {
        return resolved;
    }
    let mut parts = BTreeMap::new();
    for (id, known) in known {
        let members: Vec<Member> = match known.arity {
            // Parts are dropped in order, variables in reverse.
            Some(arity) => (0..arity).rev().map(Member::from).collect(),
            None => known.parts.into_values().collect(),
        };
        let whole = resolved.locals[id].clone();
        // What remains of it is not in a slot: it is not whole.
        resolved.locals[id].borrow = Some(super::borrows::Borrow::Sure);
        let named = members.into_iter().map(|member| {
            let name = match &member {
                Member::Named(name) => name.to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            };
            let ident = Ident::new(&format!("{}_{name}", whole.ident), whole.ident.span());
            let part = resolved.locals.declare(&ident, Origin::Binding, whole.mutable);
            resolved.locals[part].part = true;
            (member, resolved.locals[part].ident.clone())
        });
        parts.insert(id, named.collect::<Vec<_>>());
    }
    let mut split = Split { locals: &resolved.locals, parts: &parts };
    split.visit_block_mut(&mut resolved.block);
    let params = parts.keys().filter(|id| resolved.locals[**id].origin == Origin::Param);
    let taken: Vec<Stmt> = params.flat_map(|id| split.lets(*id)).collect();
    resolved.block.stmts.splice(0..0, taken);
    resolved
}

fn field<'e>(locals: &Locals, expr: &'e Expr) -> Option<(LocalId, &'e Member)> {
    let Expr::Field(e) = expr else { return None };
    let mut base = &*e.base;
    while let Expr::Paren(paren) = base {
        base = &paren.expr;
    }
    let Expr::Path(path) = base else { return None };
    Some((locals.find(path.path.get_ident()?)?, &e.member))
}

struct Find<'a> {
    locals: &'a Locals,
    known: BTreeMap<LocalId, Known>,
}

impl Find<'_> {
    fn declare(&mut self, pat: &Pat, ty: Option<&Type>, value: Option<&Expr>) {
        let (pat, ty) = match pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            pat => (pat, ty),
        };
        let Pat::Ident(pat) = pat else { return };
        let Some(id) = self.locals.find(&pat.ident).filter(|_| pat.by_ref.is_none() && pat.subpat.is_none()) else { return };
        if self.locals[id].adaptor.is_some() {
            // It is stored as a whole.
            return;
        }
        let known = self.known.entry(id).or_default();
        // A tuple of borrows is taken again as it is.
        known.whole |= matches!(value, Some(Expr::Tuple(tuple)) if tuple.elems.iter().any(|e| matches!(e, Expr::Reference(_))));
        known.arity = match (ty, value) {
            (Some(Type::Tuple(tuple)), _) => Some(tuple.elems.len()),
            (None, Some(Expr::Tuple(tuple))) => Some(tuple.elems.len()),
            _ => None,
        };
    }

    fn moves(&mut self, expr: &Expr, sure: bool) {
        if let Some((id, _)) = field(self.locals, expr) {
            if let Some(known) = self.known.get_mut(&id) {
                known.moved |= sure || known.arity.is_some();
            }
        }
    }

    fn whole(&mut self, ident: &Ident) {
        if let Some(known) = self.locals.find(ident).and_then(|id| self.known.get_mut(&id)) {
            known.whole = true;
        }
    }
}

impl<'ast> Visit<'ast> for Find<'_> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none()) {
            self.declare(&local.pat, None, Some(&init.expr));
        }
        super::operands::each_value_of_stmt(&mut Stmt::Local(local.clone()), &mut |value, _| self.moves(value, false));
        visit::visit_local(self, local);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        super::operands::each_value(&mut expr.clone(), &mut |value, _| self.moves(value, false));
        match expr {
            Expr::ForLoop(e) => self.moves(&e.expr, true),
            Expr::MethodCall(e) => self.moves(&e.receiver, e.method.to_string().starts_with("into_")),
            _ => (),
        }
        if let Some((id, member)) = field(self.locals, expr) {
            let name = quote::quote!(#member).to_string();
            if let Some(known) = self.known.get_mut(&id) {
                known.parts.insert(name, member.clone());
                return;
            }
        }
        match expr {
            Expr::Path(path) => path.path.get_ident().into_iter().for_each(|ident| self.whole(ident)),
            expr => visit::visit_expr(self, expr),
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if macros::parse(mac).is_some() {
            let mut inner = Vec::new();
            macros::each_expr(mac, &mut |expr| inner.push(expr.clone()));
            inner.iter().for_each(|expr| Find { locals: self.locals, known: std::mem::take(&mut self.known) }.back(expr, self));
        } else {
            let mut named = BTreeSet::new();
            macros::map_idents(mac.tokens.clone(), &mut |ident| {
                named.insert(ident.clone());
                None
            });
            named.iter().for_each(|ident| self.whole(ident));
        }
    }
}

impl Find<'_> {
    /// Visits an expression that does not live as long as the visited tree.
    fn back(mut self, expr: &Expr, to: &mut Find<'_>) {
        self.visit_expr(expr);
        to.known = self.known;
    }
}

struct Split<'a> {
    locals: &'a Locals,
    parts: &'a BTreeMap<LocalId, Vec<(Member, Ident)>>,
}

impl Split<'_> {
    fn lets(&self, id: LocalId) -> Vec<Stmt> {
        let whole = &self.locals[id];
        let ident = &whole.ident;
        let mutability = whole.mutable.then(<syn::Token![mut]>::default);
        self.parts[&id].iter().map(|(member, part)| syn::parse_quote!(let #mutability #part = #ident.#member;)).collect()
    }
}

impl VisitMut for Split<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        for mut stmt in std::mem::take(&mut block.stmts) {
            self.visit_stmt_mut(&mut stmt);
            let mut names = Vec::new();
            if let Stmt::Local(local) = &stmt {
                super::normalize::bindings(&local.pat, &mut names);
            }
            block.stmts.push(stmt);
            for id in names.iter().filter_map(|name| self.locals.find(name)).filter(|id| self.parts.contains_key(id)) {
                block.stmts.extend(self.lets(id));
            }
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let part = field(self.locals, expr).and_then(|(id, member)| {
            let parts = self.parts.get(&id)?;
            parts.iter().find(|(of, _)| of == member).map(|(_, part)| part.clone())
        });
        match part {
            Some(part) => *expr = syn::parse_quote!(#part),
            None => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::each_expr_mut(mac, &mut |expr| self.visit_expr_mut(expr));
    }
}
