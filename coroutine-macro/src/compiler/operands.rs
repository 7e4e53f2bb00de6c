//! The parts of an expression, and which of them it uses by value: the one place that says so for rewriting and for drops.

use super::macros::{self, Known};
use syn::{BinOp, Expr, Pat, Stmt, UnOp};

/// Calls `f` on the parts of an expression that it uses by value; `true` where they are evaluated whenever the expression is.
pub(crate) fn each_value(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr, bool)) {
    match expr {
        Expr::Call(e) => e.args.iter_mut().for_each(|arg| f(arg, true)),
        Expr::MethodCall(e) => e.args.iter_mut().for_each(|arg| f(arg, true)),
        Expr::Assign(e) => f(&mut e.right, true),
        Expr::Binary(e) => match e.op {
            BinOp::And(_) | BinOp::Or(_) => {
                f(&mut e.left, true);
                f(&mut e.right, false);
            }
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => (),
            BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::BitXor(_)
            | BinOp::BitAnd(_)
            | BinOp::BitOr(_)
            | BinOp::Shl(_)
            | BinOp::Shr(_) => {
                f(&mut e.left, true);
                f(&mut e.right, true);
            }
            _ => f(&mut e.right, true),
        },
        Expr::Unary(e) if !matches!(e.op, UnOp::Deref(_)) => f(&mut e.expr, true),
        Expr::Cast(e) => f(&mut e.expr, true),
        Expr::Try(e) => f(&mut e.expr, true),
        Expr::Await(e) => f(&mut e.base, true),
        Expr::Tuple(e) => e.elems.iter_mut().for_each(|e| f(e, true)),
        Expr::Array(e) => e.elems.iter_mut().for_each(|e| f(e, true)),
        Expr::Repeat(e) => f(&mut e.expr, true),
        Expr::Range(e) => e.start.iter_mut().chain(e.end.iter_mut()).for_each(|e| f(e, true)),
        Expr::Struct(e) => e.fields.iter_mut().for_each(|field| f(&mut field.expr, true)),
        Expr::Index(e) => f(&mut e.index, true),
        Expr::Return(e) => e.expr.iter_mut().for_each(|e| f(e, true)),
        Expr::Break(e) => e.expr.iter_mut().for_each(|e| f(e, true)),
        Expr::Let(e) if takes_whole(&e.pat) => f(&mut e.expr, true),
        Expr::If(e) => f(&mut e.cond, true),
        Expr::While(e) => f(&mut e.cond, true),
        Expr::ForLoop(e) => f(&mut e.expr, true),
        Expr::Match(e) => {
            if e.arms.iter().all(|arm| takes_whole(&arm.pat)) {
                f(&mut e.expr, true);
            }
            e.arms.iter_mut().for_each(|arm| f(&mut arm.body, false));
        }
        _ => (),
    }
}

/// Whether what an expression uses by value may be more than a number or a `bool`.
pub(crate) fn takes_any(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(e) => matches!(e.op, BinOp::Add(_)),
        Expr::Unary(_) | Expr::Cast(_) | Expr::Index(_) | Expr::If(_) | Expr::While(_) => false,
        _ => true,
    }
}

/// Calls `f` on what a statement uses by value.
pub(crate) fn each_value_of_stmt(stmt: &mut Stmt, f: &mut dyn FnMut(&mut Expr, bool)) {
    match stmt {
        Stmt::Local(local) => {
            if let Some(init) = local.init.as_mut().filter(|init| takes_whole(&local.pat) || takes_apart(&local.pat, init)) {
                f(&mut init.expr, true);
            }
        }
        Stmt::Expr(expr, _) => f(expr, true),
        Stmt::Item(_) | Stmt::Macro(_) => (),
    }
}

/// Calls `f` on the arguments that a macro of std uses by value. `None`: it is not one.
pub(crate) fn each_value_of_macro(known: &mut Known, f: &mut dyn FnMut(&mut Expr, bool)) {
    match known {
        Known::Args(args) => args.iter_mut().filter(|arg| !arg.by_ref).for_each(|arg| f(&mut arg.expr, true)),
        Known::Repeat(elem, len) => {
            f(elem, true);
            f(len, true);
        }
        Known::Matches(..) => (),
    }
}

/// Whether a pattern takes the whole value by value.
pub(crate) fn takes_whole(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(pat) => pat.by_ref.is_none(),
        Pat::Type(typed) => takes_whole(&typed.pat),
        Pat::Paren(paren) => takes_whole(&paren.pat),
        Pat::Guard(guard) => takes_whole(&guard.pat),
        _ => false,
    }
}

/// Whether a `let` takes a variable apart and leaves nothing of it: `let Order { items, name } = order;`.
pub(crate) fn takes_apart(pat: &Pat, init: &syn::LocalInit) -> bool {
    fn all(pat: &Pat) -> bool {
        match pat {
            Pat::Tuple(pat) => pat.elems.iter().all(all),
            Pat::Struct(pat) => pat.rest.is_none() && pat.fields.iter().all(|field| all(&field.pat)),
            pat => takes_whole(pat),
        }
    }
    init.diverge.is_none() && matches!(*init.expr, Expr::Path(_)) && all(pat)
}

/// Calls `f` on the parts of a pattern and of what it takes apart, as far as both are written out.
pub(crate) fn each_part<'e>(pat: &'e Pat, value: &'e Expr, f: &mut dyn FnMut(&'e Pat, &'e Expr)) {
    match (pat, value) {
        (Pat::Type(typed), value) => each_part(&typed.pat, value, f),
        (Pat::Guard(guard), value) => each_part(&guard.pat, value, f),
        (Pat::Paren(paren), value) => each_part(&paren.pat, value, f),
        (Pat::Tuple(pat), Expr::Tuple(value))
            if pat.elems.len() == value.elems.len() && !pat.elems.iter().any(|part| matches!(part, Pat::Rest(_))) =>
        {
            pat.elems.iter().zip(&value.elems).for_each(|(pat, value)| each_part(pat, value, f));
        }
        (Pat::Struct(pat), Expr::Struct(value)) => {
            for part in &pat.fields {
                let field = value.fields.iter().find(|field| field.member == part.member).map(|field| &field.expr);
                if let Some(of) = field.or(value.rest.as_deref()) {
                    each_part(&part.pat, of, f);
                }
            }
        }
        (pat, value) => f(pat, value),
    }
}

/// Calls `f` on every path that a statement uses by value whenever it is run.
pub(crate) fn each_given(stmt: &Stmt, f: &mut dyn FnMut(&syn::ExprPath)) {
    fn walk(expr: &mut Expr, f: &mut dyn FnMut(&syn::ExprPath)) {
        match expr {
            Expr::Path(path) => f(path),
            Expr::Paren(e) => walk(&mut e.expr, f),
            expr => below(expr, f),
        }
    }
    fn below(expr: &mut Expr, f: &mut dyn FnMut(&syn::ExprPath)) {
        each_value(expr, &mut |value, always| {
            if always {
                walk(value, f);
            }
        });
        // What is a place or a receiver may have values inside.
        match expr {
            Expr::MethodCall(e) => below(&mut e.receiver, f),
            Expr::Field(e) => below(&mut e.base, f),
            Expr::Reference(e) => below(&mut e.expr, f),
            Expr::Unary(e) => below(&mut e.expr, f),
            Expr::Index(e) => below(&mut e.expr, f),
            Expr::Paren(e) => below(&mut e.expr, f),
            Expr::Block(e) if e.label.is_none() => {
                for stmt in &mut e.block.stmts {
                    each_value_of_stmt(stmt, &mut |value, _| walk(value, f));
                }
            }
            Expr::Macro(e) => {
                if let Some(mut known) = macros::parse(&e.mac) {
                    each_value_of_macro(&mut known, &mut |value, _| walk(value, f));
                }
            }
            _ => (),
        }
    }
    let mut stmt = stmt.clone();
    if let Stmt::Local(local) = &mut stmt {
        if let Some(init) = local.init.as_mut().filter(|init| !takes_whole(&local.pat) && !takes_apart(&local.pat, init)) {
            return below(&mut init.expr, f);
        }
    }
    each_value_of_stmt(&mut stmt, &mut |value, _| walk(value, f));
    if let Stmt::Macro(mac) = &stmt {
        if let Some(mut known) = macros::parse(&mac.mac) {
            each_value_of_macro(&mut known, &mut |value, _| walk(value, f));
        }
    }
}

/// What an expression is a field of, or a field of a field; itself, if of nothing.
pub(crate) fn whole(part: &mut Expr) -> &mut Expr {
    match part {
        Expr::Field(e) => whole(&mut e.base),
        Expr::Paren(e) => whole(&mut e.expr),
        whole => whole,
    }
}

/// An expression without parentheses.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(e) => bare(&e.expr),
        expr => expr,
    }
}

/// `+=` and the like.
pub(crate) fn is_compound(op: &syn::BinOp) -> bool {
    use syn::BinOp::*;
    matches!(
        op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}
