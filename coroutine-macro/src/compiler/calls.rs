//! [`Resolved`] → [`Resolved`]: a call that is held in a variable and awaited by the next statement is made where it is awaited, so that what it
//! lends is known there. `let a = f(&x); let b = g(&y); join!(a, b)` is `join!(f(&x), g(&y))`, and `if c { f(&x) } else { g(&y) }.await` awaits
//! in its branches.
//!
//! Nobody notices: what the call is given is made of places and constants, the variable is used nowhere else, and calls stay in
//! their order.

use super::cfg::each_let;
use super::concurrent;
use super::flow::binds;
use super::many;
use super::normalize::untyped;
use super::operands::{bare, is_compound};
use super::resolve::Resolved;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident, Pat, Stmt};

/// Makes calls where they are awaited.
pub(crate) fn at_awaits(mut resolved: Resolved) -> Resolved {
    let mut mentions = BTreeMap::new();
    count(resolved.block.to_token_stream(), &mut mentions);
    Calls { mentions }.visit_block_mut(&mut resolved.block);
    resolved
}

struct Calls {
    /// How often each name stands in the function.
    mentions: BTreeMap<String, usize>,
}

fn count(tokens: TokenStream, mentions: &mut BTreeMap<String, usize>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => *mentions.entry(ident.to_string()).or_default() += 1,
            TokenTree::Group(group) => count(group.stream(), mentions),
            _ => (),
        }
    }
}

impl VisitMut for Calls {
    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        let mut stmts: Vec<Stmt> = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            if may_assign(&stmt) {
                stmts.push(stmt);
                continue;
            }
            let run = stmts.iter().rev().take_while(|stmt| held(stmt).is_some()).count();
            let mut from = stmts.len() - run;
            let mut made = Vec::new();
            each_awaited(&mut stmt, &mut |awaited| {
                let Some(name) = ident(awaited).filter(|name| self.mentions.get(&name.to_string()) == Some(&2)) else { return };
                let at = (from..stmts.len()).find(|at| held(&stmts[*at]).is_some_and(|(held, _)| held == name));
                if let Some((at, (_, call))) = at.and_then(|at| Some((at, held(&stmts[at])?))) {
                    *awaited = call.clone();
                    made.push(at);
                    from = at + 1;
                }
            });
            made.into_iter().rev().for_each(|at| drop(stmts.remove(at)));
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Await(e) = expr {
            let mut base = (*e.base).clone();
            if !is_call(bare(&base)) && each_leaf(&mut base, &mut |leaf| is_call(leaf)) {
                let mut awaited = e.clone();
                each_leaf(&mut base, &mut |leaf| {
                    *awaited.base = leaf.clone();
                    *leaf = Expr::Await(awaited.clone());
                    true
                });
                *expr = base;
            }
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// `let call = f(&x);`, `let block = async { .. };`, or `let calls = list.iter().map(|x| f(x)).collect();`
fn held(stmt: &Stmt) -> Option<(&Ident, &Expr)> {
    let Stmt::Local(local) = stmt else { return None };
    let (Pat::Ident(pat), Some(init)) = (untyped(&local.pat), &local.init) else { return None };
    let plain = pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() && local.attrs.is_empty();
    let typed = matches!(local.pat, Pat::Type(_));
    let later = match &*init.expr {
        call if is_call(call) && !typed => call,
        block @ Expr::Async(_) if !typed => block,
        calls => many::calls(calls)?,
    };
    (plain && init.diverge.is_none()).then_some((&pat.ident, later))
}

/// Whether a statement may assign what a call was given, before it awaits it.
fn may_assign(stmt: &Stmt) -> bool {
    struct Assigns(bool);
    impl<'ast> Visit<'ast> for Assigns {
        fn visit_expr_assign(&mut self, _: &'ast syn::ExprAssign) {
            self.0 = true;
        }
        fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
            self.0 |= is_compound(&e.op);
            visit::visit_expr_binary(self, e);
        }
        // (What is in the branches comes after.)
        fn visit_expr_if(&mut self, e: &'ast syn::ExprIf) {
            self.visit_expr(&e.cond);
        }
        fn visit_expr_match(&mut self, e: &'ast syn::ExprMatch) {
            self.visit_expr(&e.expr);
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    }
    let mut assigns = Assigns(false);
    match stmt {
        Stmt::Expr(Expr::Assign(e), _) => assigns.visit_expr(&e.right),
        Stmt::Expr(Expr::Binary(e), _) if is_compound(&e.op) => assigns.visit_expr(&e.right),
        stmt => assigns.visit_stmt(stmt),
    }
    assigns.0
}

/// Calls `f` on what a statement awaits whenever it is run, in order, and on its value, if that is all that it is.
fn each_awaited(stmt: &mut Stmt, f: &mut dyn FnMut(&mut Expr)) {
    struct Awaited<'f>(&'f mut dyn FnMut(&mut Expr));
    impl Awaited<'_> {
        /// Of any number of calls, what gives them.
        fn operand(&mut self, operand: &mut Expr) {
            let many = many::all(operand).is_some();
            match operand {
                Expr::Call(call) if many => call.args.iter_mut().for_each(|calls| (self.0)(calls)),
                operand => (self.0)(operand),
            }
        }
    }
    impl VisitMut for Awaited<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            match expr {
                Expr::Await(e) if concurrent::branches(&e.base).is_some() => {
                    concurrent::branches_mut(&mut e.base).into_iter().flatten().for_each(|branch| self.operand(branch));
                }
                Expr::Await(e) if ident(&e.base).is_some() || many::all(&e.base).is_some() => self.operand(&mut e.base),
                Expr::Match(e) => self.visit_expr_mut(&mut e.expr),
                Expr::If(e) => self.visit_expr_mut(&mut e.cond),
                Expr::Binary(e) if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => self.visit_expr_mut(&mut e.left),
                Expr::Block(_) | Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Closure(_) | Expr::Async(_) => (),
                expr => visit_mut::visit_expr_mut(self, expr),
            }
        }
        fn visit_block_mut(&mut self, _: &mut Block) {}
        fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    }
    match stmt {
        Stmt::Expr(expr, None) if ident(expr).is_some() => f(expr),
        stmt => Awaited(f).visit_stmt_mut(stmt),
    }
}

/// Calls `f` on what an expression may be, branch by branch, as long as it says so. (What a pattern binds would be kept over the await.)
fn each_leaf(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr) -> bool) -> bool {
    fn block(block: &mut Block, f: &mut dyn FnMut(&mut Expr) -> bool) -> bool {
        match &mut block.stmts[..] {
            [Stmt::Expr(value, None)] => each_leaf(value, f),
            _ => false,
        }
    }
    match expr {
        Expr::Paren(e) => each_leaf(&mut e.expr, f),
        Expr::Block(e) if e.label.is_none() => block(&mut e.block, f),
        Expr::If(e) if !lets(&e.cond) => {
            let other = e.else_branch.as_mut().is_some_and(|(_, other)| each_leaf(other, f));
            other && block(&mut e.then_branch, f)
        }
        Expr::Match(e) => e.arms.iter_mut().all(|arm| !binds(&arm.pat) && each_leaf(&mut arm.body, f)),
        leaf => f(leaf),
    }
}

fn lets(cond: &Expr) -> bool {
    let mut any = false;
    each_let(cond, &mut |_, _| any = true);
    any
}

fn ident(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

/// Whether this is a call that may as well be made a bit later.
fn is_call(expr: &Expr) -> bool {
    match expr {
        Expr::Call(e) => matches!(*e.func, Expr::Path(_)) && e.args.iter().all(is_lasting),
        Expr::MethodCall(e) => is_lasting(&e.receiver) && e.args.iter().all(is_lasting),
        _ => false,
    }
}

/// Made of places and constants.
fn is_lasting(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Paren(e) => is_lasting(&e.expr),
        Expr::Field(e) => is_lasting(&e.base),
        Expr::Reference(e) => is_lasting(&e.expr),
        Expr::Unary(e) => is_lasting(&e.expr),
        Expr::Binary(e) => is_lasting(&e.left) && is_lasting(&e.right),
        Expr::Index(e) => is_lasting(&e.expr) && is_lasting(&e.index),
        Expr::MethodCall(e) => {
            e.args.is_empty() && matches!(e.method.to_string().as_str(), "clone" | "to_owned" | "to_string") && is_lasting(&e.receiver)
        }
        _ => false,
    }
}
