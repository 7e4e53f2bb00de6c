//! [`Resolved`] → [`Resolved`]: lists of borrows in variables, `let due: Vec<&Job> = jobs.iter().filter(..).collect();`. Such a list is no value
//! that could be stored: it is collected again in each piece of code that uses it. Here they are found, with the statements after them that
//! put them in order (`due.sort_by_key(..)`), which become a part of what makes them.
//!
//! What is collected does not change while the list lives, for it is borrowed; a list that is changed later is none of these.

use super::borrows::{is_chain, is_mutable, is_settled, points_into};
use super::flow::{mentioned, root};
use super::id::{List, LocalId, LocalSet, Locals};
use super::normalize::{bindings, is_step, stmt_has_await, untyped};
use super::operands::is_compound;
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
            let found = list(self.0, &stmt).filter(|(id, ..)| is_kept(self.0, &rest, *id));
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
        if e.body.stmts.iter().any(stmt_has_await) {
            self.by_value(&mut e.expr);
        }
    }

    // What stands in these is not taken apart.
    fn visit_expr_block_mut(&mut self, e: &mut syn::ExprBlock) {
        if !is_step(&e.attrs) {
            visit_mut::visit_expr_block_mut(self, e);
        }
    }
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

impl Lists<'_> {
    /// A loop with waits over the items of a list: it takes copies of them.
    fn by_value(&self, items: &mut Expr) {
        if self.is_list(items) {
            let list = &*items;
            *items = syn::parse_quote!(#list.iter().cloned());
        } else {
            self.taken_by_value(items);
        }
    }

    /// The same at the root of a chain of methods.
    fn taken_by_value(&self, chain: &mut Expr) {
        let Expr::MethodCall(e) = chain else { return };
        if e.method == "into_iter" && self.is_list(&e.receiver) {
            let list = &e.receiver;
            *chain = syn::parse_quote!(#list.iter().cloned());
        } else {
            self.taken_by_value(&mut e.receiver);
        }
    }

    /// Whether an expression is a list of items.
    fn is_list(&self, expr: &Expr) -> bool {
        self.0.of(expr).is_some_and(|id| self.0[id].list.as_ref().is_some_and(|list| list.items))
    }
}

/// Whether a variable, or what is taken from it, is used in the first statement that waits, or after it.
fn is_kept(locals: &Locals, rest: &VecDeque<Stmt>, id: LocalId) -> bool {
    let mut of = LocalSet::from([id]);
    let mut waits = false;
    for stmt in rest {
        waits |= stmt_has_await(stmt);
        if mentioned(locals, |mentioned| mentioned.visit_stmt(stmt)).is_disjoint(&of) {
            continue;
        }
        if waits {
            return true;
        }
        if let Stmt::Local(local) = stmt {
            let mut names = Vec::new();
            bindings(&local.pat, &mut names);
            of.extend(names.iter().filter_map(|name| locals.find(name)));
        }
    }
    false
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
    let collection = collection(ty.or(turbofish)?, gives_text(&e.receiver))?;
    let id = locals.find(&name.ident)?;
    let again = is_chain(locals, &e.receiver) && !is_mutable(&e.receiver) && is_pure(&e.receiver);
    again.then(|| (id, collection, ty.cloned()))
}

/// What collection of borrows a type is. (Of what is not said, only the types would tell. `text`: but what is collected is text.)
fn collection(ty: &Type, text: bool) -> Option<Collection> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let collection = match last.ident.to_string().as_str() {
        "Vec" | "VecDeque" | "BTreeSet" => Collection::List,
        "BTreeMap" => Collection::Ordered,
        "HashMap" | "HashSet" => Collection::Hashed,
        _ => return None,
    };
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    let mut borrows = false;
    let mut plain = true;
    for arg in &args.args {
        match arg {
            GenericArgument::Type(Type::Infer(_)) if text && collection == Collection::List => borrows = true,
            GenericArgument::Type(ty) => plain &= is_plain(ty, &mut borrows),
            _ => plain = false,
        }
    }
    (plain && borrows).then_some(collection)
}

/// Whether the items of a chain are pieces of text: what is split at a literal, or at white space.
fn gives_text(chain: &Expr) -> bool {
    let Expr::MethodCall(e) = chain else { return false };
    let literal = |at: usize| matches!(e.args.get(at), Some(Expr::Lit(lit)) if matches!(lit.lit, syn::Lit::Char(_) | syn::Lit::Str(_)));
    match e.method.to_string().as_str() {
        "split_whitespace" | "split_ascii_whitespace" => true,
        "split" | "rsplit" | "split_terminator" => literal(0),
        "splitn" | "rsplitn" => literal(1),
        "filter" | "rev" | "skip" | "skip_while" | "take" | "take_while" => gives_text(&e.receiver),
        "map" => {
            let trims = |body: &Expr| matches!(body, Expr::MethodCall(e) if e.method.to_string().starts_with("trim"));
            let to_text = match e.args.first() {
                Some(Expr::Closure(closure)) => trims(&closure.body),
                Some(Expr::Path(path)) => path.path.segments.last().is_some_and(|last| last.ident.to_string().starts_with("trim")),
                _ => false,
            };
            to_text && gives_text(&e.receiver)
        }
        _ => false,
    }
}

/// Whether a type is a shared borrow, a value that can be copied or cloned, or made of these. `borrows`: whether there is a borrow.
fn is_plain(ty: &Type, borrows: &mut bool) -> bool {
    match ty {
        Type::Reference(ty) => {
            *borrows = true;
            ty.mutability.is_none() && ty.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static")
        }
        Type::Tuple(tuple) => tuple.elems.iter().all(|ty| is_plain(ty, borrows)),
        Type::Paren(ty) => is_plain(&ty.elem, borrows),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return false };
            match &last.arguments {
                PathArguments::None => {
                    let name = last.ident.to_string();
                    matches!(name.as_str(), "String" | "bool" | "char" | "usize" | "isize")
                        || name.starts_with(['u', 'i', 'f']) && name[1..].parse::<u8>().is_ok()
                }
                PathArguments::AngleBracketed(args) if last.ident == "Option" => args.args.iter().all(|arg| match arg {
                    GenericArgument::Type(ty) => is_plain(ty, borrows),
                    _ => false,
                }),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Methods that look at what they are called on, and give the same each time.
const PURE: &[&str] = &[
    "abs",
    "all",
    "and_then",
    "any",
    "as_bytes",
    "as_deref",
    "as_millis",
    "as_ref",
    "as_secs",
    "as_slice",
    "as_str",
    "bytes",
    "chain",
    "char_indices",
    "chars",
    "checked_add",
    "checked_sub",
    "chunks",
    "chunks_exact",
    "clone",
    "cloned",
    "cmp",
    "concat",
    "contains",
    "contains_key",
    "copied",
    "count",
    "ends_with",
    "enumerate",
    "eq",
    "eq_ignore_ascii_case",
    "filter",
    "find",
    "first",
    "first_key_value",
    "flatten",
    "fuse",
    "get_key_value",
    "is_alphabetic",
    "is_alphanumeric",
    "is_ascii_digit",
    "is_digit",
    "is_empty",
    "is_err",
    "is_lowercase",
    "is_none",
    "is_none_or",
    "is_numeric",
    "is_ok",
    "is_some",
    "is_some_and",
    "is_uppercase",
    "is_whitespace",
    "iter",
    "join",
    "keys",
    "last",
    "last_key_value",
    "len",
    "lines",
    "map",
    "match_indices",
    "matches",
    "max",
    "max_by",
    "max_by_key",
    "min",
    "min_by",
    "min_by_key",
    "ok",
    "or",
    "partial_cmp",
    "peekable",
    "position",
    "pow",
    "range",
    "rev",
    "reverse",
    "rsplit",
    "rsplitn",
    "saturating_add",
    "saturating_sub",
    "skip",
    "skip_while",
    "split",
    "split_ascii_whitespace",
    "split_at",
    "split_first",
    "split_last",
    "split_once",
    "split_terminator",
    "split_whitespace",
    "splitn",
    "starts_with",
    "step_by",
    "strip_prefix",
    "strip_suffix",
    "sum",
    "take_while",
    "then_some",
    "then_with",
    "to_ascii_lowercase",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "to_vec",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_matches",
    "trim_start",
    "trim_start_matches",
    "unwrap_or",
    "unwrap_or_default",
    "values",
    "windows",
    "wrapping_add",
    "wrapping_sub",
    "zip",
];

/// Whether the closures in a chain give the same each time that they are run, as their form says: what is behind an atomic, a cell or a clock
/// is read by methods and functions that are not known.
fn is_pure(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Field(e) => is_pure(&e.base),
        Expr::Index(e) => is_pure(&e.expr) && is_pure(&e.index),
        Expr::Unary(e) => is_pure(&e.expr),
        Expr::Binary(e) => !is_compound(&e.op) && is_pure(&e.left) && is_pure(&e.right),
        Expr::Cast(e) => is_pure(&e.expr),
        Expr::Paren(e) => is_pure(&e.expr),
        Expr::Group(e) => is_pure(&e.expr),
        Expr::Reference(e) => e.mutability.is_none() && is_pure(&e.expr),
        Expr::Tuple(e) => e.elems.iter().all(is_pure),
        Expr::Range(e) => e.start.iter().chain(&e.end).all(|e| is_pure(e)),
        Expr::Closure(e) => is_pure(&e.body),
        Expr::Block(e) => matches!(&e.block.stmts[..], [Stmt::Expr(value, None)] if is_pure(value)),
        Expr::MethodCall(e) => {
            let name = e.method.to_string();
            // (Without arguments `get` and `take` are a cell's.)
            let read = matches!(name.as_str(), "get" | "take") && !e.args.is_empty();
            (read || PURE.contains(&name.as_str())) && is_pure(&e.receiver) && e.args.iter().all(is_argument)
        }
        Expr::Call(e) => matches!(&*e.func, Expr::Path(path) if path.path.is_ident("Some")) && e.args.iter().all(is_pure),
        Expr::Macro(e) => matches!(super::macros::parse(&e.mac), Some(super::macros::Known::Matches(of, _)) if is_pure(&of)),
        _ => false,
    }
}

/// (A function by its name is one of std's, if its name is.)
fn is_argument(arg: &Expr) -> bool {
    match arg {
        Expr::Path(path) if path.path.segments.len() > 1 => {
            path.path.segments.last().is_some_and(|last| PURE.contains(&last.ident.to_string().as_str()))
        }
        arg => is_pure(arg),
    }
}

/// `due.sort_by_key(|job| job.due);`: a statement that puts a list in order, or takes out what is not wanted.
fn arrangement<'s>(locals: &Locals, stmt: &'s Stmt, list: LocalId) -> Option<&'s ExprMethodCall> {
    let Stmt::Expr(Expr::MethodCall(e), Some(_)) = stmt else { return None };
    let name = e.method.to_string();
    let arranges = name.starts_with("sort") || name.starts_with("dedup") || matches!(name.as_str(), "reverse" | "truncate" | "retain");
    (arranges && locals.of(&e.receiver) == Some(list) && e.args.iter().all(|arg| is_settled(locals, arg) && is_argument(arg))).then_some(e)
}

/// Whether a statement leaves a list as it is.
fn stays(locals: &Locals, stmt: &Stmt, list: LocalId, collection: Collection) -> bool {
    let mut changes = Changes { locals, list, hashed: collection == Collection::Hashed, found: false };
    changes.visit_stmt(stmt);
    !changes.found
}

/// Methods of lists that leave them as they are, besides those that point into them.
const LOOKS: &[&str] = &[
    "binary_search",
    "binary_search_by",
    "binary_search_by_key",
    "clone",
    "concat",
    "contains",
    "contains_key",
    "ends_with",
    "into_iter",
    "is_empty",
    "is_sorted",
    "join",
    "len",
    "partition_point",
    "starts_with",
    "to_vec",
];

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

    /// Whether a place is the list, or in it.
    fn is_in_list(&self, place: &Expr) -> bool {
        root(place).and_then(|name| self.locals.find(name)) == Some(self.list)
    }
}

impl<'ast> Visit<'ast> for Changes<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        let changed = match expr {
            Expr::Assign(e) => Some(&e.left),
            Expr::Binary(e) if is_compound(&e.op) => Some(&e.left),
            _ => None,
        };
        self.found |= changed.is_some_and(|place| self.is_in_list(place));
        visit::visit_expr(self, expr);
    }
    fn visit_expr_method_call(&mut self, e: &'ast ExprMethodCall) {
        if !self.is_in_list(&e.receiver) {
            return visit::visit_expr_method_call(self, e);
        }
        let name = e.method.to_string();
        let looks = if self.hashed {
            matches!(name.as_str(), "get" | "contains" | "contains_key" | "len" | "is_empty")
        } else {
            !self.is_list(&e.receiver) || LOOKS.contains(&name.as_str()) || points_into(&name) && !name.contains("mut")
        };
        self.found |= !looks;
        e.args.iter().for_each(|arg| self.visit_expr(arg));
    }
    fn visit_expr_index(&mut self, e: &'ast syn::ExprIndex) {
        if !self.is_list(&e.expr) {
            self.visit_expr(&e.expr);
        }
        self.visit_expr(&e.index);
    }
    fn visit_expr_reference(&mut self, e: &'ast syn::ExprReference) {
        self.found |= self.is_in_list(&e.expr) && e.mutability.is_some();
        if self.is_list(&e.expr) {
            self.found |= self.hashed;
        } else {
            visit::visit_expr_reference(self, e);
        }
    }
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        // By value, somewhere.
        self.found |= self.hashed && path.path.get_ident().is_some_and(|name| self.locals.find(name) == Some(self.list));
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if super::macros::mentions(&mac.tokens, &self.locals[self.list].ident.to_string()) {
            match super::macros::parse(mac) {
                Some(super::macros::Known::Args(args)) => args.iter().for_each(|arg| self.visit_expr(&arg.expr)),
                _ => self.found |= self.hashed || self.locals[self.list].mutable,
            }
        }
    }
}
