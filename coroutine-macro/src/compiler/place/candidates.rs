//! The variables that may have to be slots.

use super::{assigns, each_assignment, each_op, mentioned_expr};
use crate::compiler::again::Again;
use crate::compiler::cfg::{each_let, Arm, Cfg, Entry, Op};
use crate::compiler::flow::Use;
use crate::compiler::id::{LocalId, LocalSet, Origin, ScopeId};
use crate::compiler::liveness::writes;
use crate::compiler::normalize::{binding_name, bindings};
use crate::compiler::operands::{each_given, each_part};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Expr, Pat, Stmt};

/// The variables that may have to be slots: used in more than one piece of code, or held to the end of a scope that has a
/// suspension.
pub(super) fn candidates(cfg: &Cfg, again: &Again, uses: &BTreeMap<Arm, Vec<Use>>, scope_of: &BTreeMap<LocalId, ScopeId>) -> LocalSet {
    let mut arms: BTreeMap<LocalId, BTreeSet<Arm>> = BTreeMap::new();
    for (arm, uses) in uses {
        for used in uses {
            arms.entry(used.local).or_default().insert(*arm);
        }
    }
    let mut found: LocalSet = arms.iter().filter(|(_, arms)| arms.len() > 1).map(|(id, _)| *id).collect();
    let owned = owned(cfg, uses);
    for arm in &cfg.sequence {
        if let Arm::Region(id) = arm {
            let region = &cfg.regions[id.0];
            let mut open = LocalSet::new();
            if let Entry::Landing(id) = region.entry {
                open.extend(cfg.locals.find(&cfg.awaits[id.0].result));
            }
            crossing(cfg, scope_of, &region.ops, open, &mut |id| {
                if owned.contains(&id) && cfg.locals[id].borrow.is_none() {
                    found.insert(id);
                }
            });
        }
    }
    found.extend(cfg.locals.ids().filter(|id| cfg.locals[*id].origin == Origin::Param));
    found.extend(cfg.awaits.iter().flat_map(|it| &it.hosted).filter_map(|name| cfg.locals.find(name)));
    found.retain(|id| !matches!(cfg.locals[*id].origin, Origin::Lent | Origin::Inner) && !again.is_sure(*id));
    found
}

/// Calls `f` on what is declared in a tree and still in scope where the tree waits or jumps.
fn crossing(cfg: &Cfg, scope_of: &BTreeMap<LocalId, ScopeId>, ops: &[Op], mut open: LocalSet, f: &mut dyn FnMut(LocalId)) {
    let declared = |pat: &Pat, open: &mut LocalSet| {
        let mut names = Vec::new();
        bindings(pat, &mut names);
        open.extend(names.iter().filter_map(|n| cfg.locals.find(n)));
    };
    // What a statement gives away, whenever it is run, is not held any longer.
    let give = |stmt: &Stmt, open: &mut LocalSet| {
        each_given(stmt, &mut |path| {
            if let Some(local) = path.path.get_ident().and_then(|i| cfg.locals.find(i)) {
                open.remove(&local);
            }
        });
    };
    let in_scopes = |id: &LocalId, scopes: &[ScopeId]| scope_of.get(id).is_some_and(|s| scopes.contains(s));
    for op in ops {
        match op {
            Op::Plain(stmt) => {
                give(stmt, &mut open);
                open.extend(assigns(cfg, stmt));
                if let Stmt::Local(local) = stmt {
                    if local.init.is_some() {
                        declared(&local.pat, &mut open);
                    }
                }
            }
            Op::Open(_) | Op::Return(_) => (),
            Op::Close(scope) => open.retain(|id| !in_scopes(id, &[*scope])),
            Op::Jump(edge) => open.iter().filter(|id| !in_scopes(id, &edge.leaving)).for_each(|id| f(*id)),
            Op::Await(_) => open.iter().for_each(|id| f(*id)),
            Op::If { cond, then, els } => {
                let mut inner = open.clone();
                // (Where the branch runs, each part of `a && let b = c` has.)
                each_conjunct(cond, &mut |part| {
                    let (pat, stmt) = match part {
                        // (In parentheses, for it may be several patterns.)
                        Expr::Let(syn::ExprLet { pat, expr, .. }) if matches!(**pat, Pat::Or(_)) => {
                            (Some(pat), syn::parse_quote!(let (#pat) = #expr;))
                        }
                        Expr::Let(syn::ExprLet { pat, expr, .. }) => (Some(pat), syn::parse_quote!(let #pat = #expr;)),
                        part => (None, Stmt::Expr(part.clone(), Some(Default::default()))),
                    };
                    give(&stmt, &mut inner);
                    pat.into_iter().for_each(|pat| declared(pat, &mut inner));
                });
                crossing(cfg, scope_of, then, inner, f);
                crossing(cfg, scope_of, els, open.clone(), f);
            }
            Op::Match { arms, .. } => {
                for (pat, ops) in arms {
                    let mut inner = open.clone();
                    declared(pat, &mut inner);
                    crossing(cfg, scope_of, ops, inner, f);
                }
            }
        }
    }
}

/// Calls `f` on what all must be true for a condition to be.
fn each_conjunct<'e>(cond: &'e Expr, f: &mut dyn FnMut(&'e Expr)) {
    match cond {
        Expr::Binary(e) if matches!(e.op, syn::BinOp::And(_)) => {
            each_conjunct(&e.left, f);
            each_conjunct(&e.right, f);
        }
        cond => f(cond),
    }
}

/// Variables whose value cannot be a borrow of another variable, so that they can be held in a slot for their drop's sake:
/// made from nothing but results and constants. And those that are never used: they are there for their drop alone.
fn owned(cfg: &Cfg, uses: &BTreeMap<Arm, Vec<Use>>) -> LocalSet {
    let used: LocalSet = uses.values().flatten().filter(|u| !writes(u)).map(|u| u.local).collect();
    let borrows = |value: &Expr| mentioned_expr(cfg, value).iter().any(|id| cfg.locals[*id].origin != Origin::Temp);
    let plain = |value: &Expr| matches!(value, Expr::Lit(_) | Expr::Closure(_) | Expr::Reference(_) | Expr::Binary(_) | Expr::Cast(_));
    let mut owned = LocalSet::new();
    let mut bind_part = |pat: &Pat, value: Option<&Expr>| {
        let mut names = Vec::new();
        bindings(pat, &mut names);
        let made = value.is_some_and(|value| !borrows(value) && !plain(value));
        for id in names.iter().filter_map(|n| cfg.locals.find(n)) {
            if made || !used.contains(&id) || cfg.locals[id].part {
                owned.insert(id);
            }
        }
    };
    let mut bind = |pat: &Pat, value: Option<&Expr>| match value {
        Some(value) => each_part(pat, value, &mut |pat, value| bind_part(pat, Some(value))),
        None => bind_part(pat, None),
    };
    let (mut deferred, mut made, mut lent) = (LocalSet::new(), LocalSet::new(), LocalSet::new());
    each_op(cfg, &mut |op| match op {
        Op::Plain(stmt) => {
            if let Stmt::Local(local) = stmt {
                bind(&local.pat, local.init.as_ref().map(|init| &*init.expr));
                if let (None, Some(name)) = (&local.init, binding_name(&local.pat)) {
                    deferred.extend(cfg.locals.find(&name));
                }
            }
            each_assignment(cfg, stmt, &mut |id, value| {
                if borrows(value) {
                    lent.insert(id);
                } else if !plain(value) {
                    made.insert(id);
                }
            });
        }
        Op::Match { scrutinee, arms } => arms.iter().for_each(|(pat, _)| bind(pat, Some(scrutinee))),
        Op::If { cond, .. } => each_let(cond, &mut |pat, value| bind(pat, Some(value))),
        _ => (),
    });
    // What is declared first and gets its value later is what all its values are.
    owned.extend(deferred.intersection(&made).filter(|id| !lent.contains(id)));
    owned.extend(cfg.awaits.iter().filter_map(|a| cfg.locals.find(&a.result)));
    owned
}
