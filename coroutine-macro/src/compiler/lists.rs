//! [`Resolved`] → [`Resolved`]: lists of borrows in variables, `let due: Vec<&Job> = jobs.iter().filter(..).collect();`. Such a list is no value
//! that could be stored: it is collected again in each piece of code that uses it. Here they are found, with the statements after them that
//! put them in order (`due.sort_by_key(..)`), which become a part of what makes them.
//!
//! What is collected does not change while the list lives, for it is borrowed; a list that is changed later is none of these.

use super::borrows::{is_chain, is_mutable, is_settled, points_into};
use super::id::{List, LocalId, Locals};
use super::normalize::untyped;
use super::resolve::Resolved;
use std::collections::VecDeque;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprMethodCall, GenericArgument, Pat, PathArguments, Stmt, Type};

/// Finds the lists.
pub(crate) fn lists(mut resolved: Resolved) -> Resolved {
    Lists(&mut resolved.locals).visit_block_mut(&mut resolved.block);
    resolved
}

struct Lists<'a>(&'a mut Locals);

impl VisitMut for Lists<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut rest: VecDeque<Stmt> = std::mem::take(&mut block.stmts).into();
        while let Some(stmt) = rest.pop_front() {
            let found = list(self.0, &stmt);
            block.stmts.push(stmt);
            let Some((id, collection, ty)) = found else { continue };
            let arranging = rest.iter().take_while(|stmt| arrangement(self.0, stmt, id).is_some()).count();
            if rest.iter().skip(arranging).all(|stmt| stays(self.0, stmt, id, collection)) {
                let arranged = rest.drain(..arranging).filter_map(|stmt| arrangement(self.0, &stmt, id).cloned()).collect();
                self.0[id].list = Some(List { arranged, items: collection == Collection::List, ty });
            }
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        visit_mut::visit_expr_for_loop_mut(self, e);
        if self.is_list(&e.expr) {
            let list = &e.expr;
            *e.expr = syn::parse_quote!(#list.iter().cloned());
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::MethodCall(e) = expr else { return };
        if e.method == "into_iter" && self.is_list(&e.receiver) {
            let list = &e.receiver;
            *expr = syn::parse_quote!(#list.iter().cloned());
        }
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

impl Lists<'_> {
    /// Whether an expression is a list of which items can be taken by value.
    fn is_list(&self, expr: &Expr) -> bool {
        self.0.of(expr).is_some_and(|id| self.0[id].list.as_ref().is_some_and(|list| list.items))
    }
}

/// What borrows are collected into.
#[derive(Clone, Copy, PartialEq)]
enum Collection {
    /// Of items, in order.
    List,
    /// Of entries, in the order of their keys.
    Ordered,
    /// In an order of its own, each time it is made.
    Hashed,
}

/// The list that a statement declares.
fn list(locals: &Locals, stmt: &Stmt) -> Option<(LocalId, Collection, Option<Type>)> {
    let Stmt::Local(syn::Local { attrs, pat, init: Some(syn::LocalInit { expr, diverge: None, .. }), .. }) = stmt else { return None };
    let (Pat::Ident(name), Expr::MethodCall(e)) = (untyped(pat), &**expr) else { return None };
    if !attrs.is_empty() || name.by_ref.is_some() || name.subpat.is_some() || e.method != "collect" {
        return None;
    }
    let ty = match pat {
        Pat::Type(typed) => Some(&*typed.ty),
        _ => None,
    };
    let turbofish = e.turbofish.as_ref().and_then(|turbofish| match turbofish.args.first() {
        Some(GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    });
    let (collection, declared) = collection(ty.or(turbofish)?)?;
    let borrows = declared.unwrap_or_else(|| gives_borrows(&e.receiver));
    let id = locals.find(&name.ident)?;
    (borrows && is_chain(locals, &e.receiver) && !is_mutable(&e.receiver)).then(|| (id, collection, ty.cloned()))
}

/// What collection a type is, and whether it says that borrows are in it; `None` where it leaves that open.
fn collection(ty: &Type) -> Option<(Collection, Option<bool>)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let collection = match last.ident.to_string().as_str() {
        "Vec" | "VecDeque" | "BTreeSet" => Collection::List,
        "BTreeMap" => Collection::Ordered,
        "HashMap" | "HashSet" => Collection::Hashed,
        _ => return None,
    };
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    let mut inside = Inside::default();
    args.args.iter().for_each(|arg| inside.visit_generic_argument(arg));
    let declared = if inside.mutable || inside.forever { Some(false) } else { (!inside.open || inside.borrows).then_some(inside.borrows) };
    Some((collection, declared))
}

/// What stands in a type.
#[derive(Default)]
struct Inside {
    borrows: bool,
    mutable: bool,
    forever: bool,
    open: bool,
}

impl<'ast> Visit<'ast> for Inside {
    fn visit_type_reference(&mut self, ty: &'ast syn::TypeReference) {
        self.borrows = true;
        self.mutable |= ty.mutability.is_some();
        self.forever |= ty.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
        visit::visit_type_reference(self, ty);
    }
    fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
        self.open = true;
    }
}

/// Whether the items of a chain of methods are borrows, as far as can be told without types.
fn gives_borrows(chain: &Expr) -> bool {
    let Expr::MethodCall(e) = chain else { return false };
    match e.method.to_string().as_str() {
        "iter"
        | "keys"
        | "values"
        | "windows"
        | "chunks"
        | "chunks_exact"
        | "rchunks"
        | "lines"
        | "matches"
        | "split"
        | "splitn"
        | "split_whitespace"
        | "split_ascii_whitespace"
        | "split_terminator"
        | "rsplit"
        | "rsplitn" => true,
        "enumerate" | "filter" | "rev" | "skip" | "skip_while" | "step_by" | "take" | "take_while" | "peekable" | "fuse" | "chain"
        | "zip" => gives_borrows(&e.receiver),
        "map" | "filter_map" | "flat_map" => match e.args.first() {
            Some(Expr::Closure(closure)) => is_borrow(&closure.body),
            Some(Expr::Path(path)) => path.path.segments.last().is_some_and(|last| names_borrow(&last.ident.to_string())),
            _ => false,
        },
        _ => false,
    }
}

fn names_borrow(method: &str) -> bool {
    method.starts_with("as_") || method.starts_with("trim")
}

/// Whether a closure gives a borrow of its item.
fn is_borrow(body: &Expr) -> bool {
    match body {
        Expr::Reference(e) => e.mutability.is_none(),
        Expr::Tuple(e) => e.elems.iter().any(is_borrow),
        Expr::Call(e) => matches!(&*e.func, Expr::Path(path) if path.path.is_ident("Some")) && e.args.iter().all(is_borrow),
        Expr::MethodCall(e) => names_borrow(&e.method.to_string()),
        Expr::Paren(e) => is_borrow(&e.expr),
        _ => false,
    }
}

/// `due.sort_by_key(|job| job.due);`: a statement that puts a list in order, or takes out what is not wanted.
fn arrangement<'s>(locals: &Locals, stmt: &'s Stmt, list: LocalId) -> Option<&'s ExprMethodCall> {
    let Stmt::Expr(Expr::MethodCall(e), Some(_)) = stmt else { return None };
    let name = e.method.to_string();
    let arranges = name.starts_with("sort") || name.starts_with("dedup") || matches!(name.as_str(), "reverse" | "truncate" | "retain");
    (arranges && locals.of(&e.receiver) == Some(list) && e.args.iter().all(|arg| is_settled(locals, arg))).then_some(e)
}

/// Whether a statement leaves a list as it is.
fn stays(locals: &Locals, stmt: &Stmt, list: LocalId, collection: Collection) -> bool {
    let mut changes = Changes { locals, list, hashed: collection == Collection::Hashed, found: false };
    changes.visit_stmt(stmt);
    !changes.found
}

/// Looks for what changes a list, or goes over one that has another order each time it is made.
struct Changes<'a> {
    locals: &'a Locals,
    list: LocalId,
    hashed: bool,
    found: bool,
}

impl Changes<'_> {
    fn is_list(&self, expr: &Expr) -> bool {
        self.locals.of(expr) == Some(self.list)
    }
}

impl<'ast> Visit<'ast> for Changes<'_> {
    fn visit_expr_method_call(&mut self, e: &'ast ExprMethodCall) {
        if !self.is_list(&e.receiver) {
            return visit::visit_expr_method_call(self, e);
        }
        let name = e.method.to_string();
        self.found |= if self.hashed {
            !matches!(name.as_str(), "get" | "contains" | "contains_key" | "len" | "is_empty")
        } else {
            !matches!(
                name.as_str(),
                "into_iter" | "len" | "is_empty" | "contains" | "contains_key" | "join" | "concat" | "to_vec" | "clone"
            ) && !(points_into(&name) && !name.ends_with("_mut"))
                && !name.starts_with("binary_search")
        };
        e.args.iter().for_each(|arg| self.visit_expr(arg));
    }
    fn visit_expr_index(&mut self, e: &'ast syn::ExprIndex) {
        if !self.is_list(&e.expr) {
            self.visit_expr(&e.expr);
        }
        self.visit_expr(&e.index);
    }
    fn visit_expr_reference(&mut self, e: &'ast syn::ExprReference) {
        if self.is_list(&e.expr) {
            self.found |= e.mutability.is_some() || self.hashed;
        } else {
            visit::visit_expr_reference(self, e);
        }
    }
    fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
        self.found |= self.is_list(&e.left) || matches!(&*e.left, Expr::Index(left) if self.is_list(&left.expr));
        visit::visit_expr_assign(self, e);
    }
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        // By value, somewhere.
        self.found |= self.hashed && path.path.get_ident().is_some_and(|name| self.locals.find(name) == Some(self.list));
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if super::macros::mentions(&mac.tokens, &self.locals[self.list].ident.to_string()) {
            match super::macros::parse(mac) {
                Some(super::macros::Known::Args(args)) => args.iter().for_each(|arg| self.visit_expr(&arg.expr)),
                _ => self.found |= self.hashed,
            }
        }
    }
}
