//! A borrow that an await's operand uses, and nothing after it, is made as part of the step: a slot cannot hold it.

use super::{mentioned_expr, receivers, root_local};
use crate::compiler::again::Again;
use crate::compiler::cfg::{Cfg, Op};
use crate::compiler::flow::mentioned;
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin};
use crate::compiler::liveness::{lends, perhaps_given, Live};
use crate::compiler::macros;
use crate::compiler::methods::{clones, gives_borrow, gives_guard};
use crate::compiler::normalize::{binding_name, bindings, TAKEN};
use crate::compiler::operands::each_part;
use syn::visit::Visit;
use syn::{Expr, Pat, Stmt};

/// A local that may be a borrow, used by an await's operand and not after it, is made as part of the step.
pub(super) fn move_into_takeoffs(cfg: &mut Cfg, live: &Live, again: &Again) {
    let mut moves: Vec<(AwaitId, Vec<Stmt>)> = Vec::new();
    let mut regions = std::mem::take(&mut cfg.regions);
    for region in &mut regions {
        each_leaf(&mut region.ops, &mut |ops| {
            let Some(Op::Await(id)) = ops.last() else { return };
            let id = *id;
            let mut after = live.during[id.0].clone();
            // What may be lent again has a slot to be told by.
            let it = &cfg.awaits[id.0];
            let lends = lends(cfg, again, &after, it);
            let by_type = lends.iter().filter_map(|lend| perhaps_given(cfg, again, it, lend)).collect::<LocalSet>();
            after.extend(by_type);
            let guarded = guarded(cfg, &it.operand);
            let after = &after;
            let mut needed = mentioned_expr(cfg, &cfg.awaits[id.0].operand);
            let last = ops.len() - 1;
            let mut from = last;
            let mut at = last;
            let mut opened = false;
            while at > 0 {
                at -= 1;
                let stmt = match &ops[at] {
                    Op::Plain(stmt) => stmt,
                    // The statement's own scope: what is surely a borrow has no drop that could be felt.
                    Op::Open(_) => {
                        opened = true;
                        continue;
                    }
                    _ => break,
                };
                // A macro that nobody can read may hide a `return`, which a step cannot hold.
                if hides_something(stmt) {
                    break;
                }
                let Stmt::Local(local) = stmt else { continue };
                let mut names = Vec::new();
                bindings(&local.pat, &mut names);
                let bound: LocalSet = names.iter().filter_map(|n| cfg.locals.find(n)).collect();
                // A copy of which a guard is taken outlives the step, as the guard does.
                let copied = local.init.as_ref().is_some_and(|init| clones(&init.expr)) && !bound.is_disjoint(&guarded);
                let owned = opened && !local.init.as_ref().is_some_and(|init| gives_borrow(&init.expr));
                let taken = |id: &LocalId| cfg.locals[*id].origin == Origin::Temp && cfg.locals[*id].shown.starts_with(TAKEN);
                let owned = owned || bound.iter().any(taken);
                let borrows =
                    !owned && !copied && !is_number(&local.pat) && local.init.as_ref().is_some_and(|init| may_borrow(cfg, &init.expr));
                if borrows && !bound.is_disjoint(&needed) && bound.is_disjoint(after) {
                    from = at;
                    for op in &ops[at..last] {
                        if let Op::Plain(stmt) = op {
                            needed.extend(mentioned_stmt(cfg, stmt));
                        }
                    }
                }
            }
            if from < last && !ops[from..last].iter().any(|op| defines_live(cfg, op, after)) {
                let mut moved = Vec::new();
                for op in ops.drain(from..last).collect::<Vec<_>>() {
                    match op {
                        Op::Plain(stmt) => moved.push(stmt),
                        op => ops.insert(ops.len() - 1, op),
                    }
                }
                moves.push((id, moved));
            }
        });
    }
    cfg.regions = regions;
    for (id, moved) in moves {
        // What the await's method is called on may be lent to a child, and what is there for its drop alone outlives the step: it is
        // hosted.
        let it = &cfg.awaits[id.0];
        let receivers = receivers(cfg, it);
        let mut used = mentioned_expr(cfg, &it.operand);
        moved.iter().for_each(|stmt| used.extend(mentioned_stmt(cfg, stmt)));
        let mut hosted = Vec::new();
        for stmt in &moved {
            let Stmt::Local(syn::Local { pat, init: Some(init), .. }) = stmt else { continue };
            each_part(pat, &init.expr, &mut |pat, value| {
                let Some((local, name)) = binding_name(pat).and_then(|name| Some((cfg.locals.find(&name)?, name))) else { return };
                let receives = receivers.iter().any(|(_, receiver)| *receiver == local);
                if receives || !used.contains(&local) && makes(cfg, value) {
                    hosted.push(name);
                }
            });
        }
        cfg.awaits[id.0].hosted.extend(hosted);
        cfg.awaits[id.0].moved.splice(0..0, moved);
    }
}

/// The variable of which an operand takes a guard.
fn guarded(cfg: &Cfg, operand: &Expr) -> LocalSet {
    match operand {
        Expr::MethodCall(e) if gives_guard(e) && e.args.is_empty() => root_local(cfg, &e.receiver).into_iter().collect(),
        Expr::Paren(e) => guarded(cfg, &e.expr),
        _ => LocalSet::new(),
    }
}

/// Whether a value is made, of nothing that it could borrow.
fn makes(cfg: &Cfg, value: &Expr) -> bool {
    matches!(value, Expr::Call(_) | Expr::MethodCall(_) | Expr::Struct(_) | Expr::Macro(_)) && !may_borrow(cfg, value)
}

/// Whether a pattern says that it binds a number.
fn is_number(pat: &Pat) -> bool {
    let Pat::Type(typed) = pat else { return false };
    let syn::Type::Path(path) = &*typed.ty else { return false };
    path.path.get_ident().is_some_and(|name| {
        matches!(
            name.to_string().as_str(),
            "bool"
                | "char"
                | "i8"
                | "i16"
                | "i32"
                | "i64"
                | "i128"
                | "isize"
                | "u8"
                | "u16"
                | "u32"
                | "u64"
                | "u128"
                | "usize"
                | "f32"
                | "f64"
        )
    })
}

/// Whether a statement calls a macro that nobody can read.
fn hides_something(stmt: &Stmt) -> bool {
    struct Hidden(bool);
    impl<'ast> Visit<'ast> for Hidden {
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            self.0 |= macros::parse(mac).is_none();
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    }
    let mut hidden = Hidden(false);
    hidden.visit_stmt(stmt);
    hidden.0
}

fn defines_live(cfg: &Cfg, op: &Op, after: &LocalSet) -> bool {
    let Op::Plain(Stmt::Local(local)) = op else { return false };
    let mut names = Vec::new();
    bindings(&local.pat, &mut names);
    local.init.is_none() || names.iter().filter_map(|n| cfg.locals.find(n)).any(|id| after.contains(&id))
}

fn each_leaf(ops: &mut Vec<Op>, f: &mut dyn FnMut(&mut Vec<Op>)) {
    match ops.last_mut() {
        Some(Op::If { then, els, .. }) => {
            each_leaf(then, f);
            each_leaf(els, f);
        }
        Some(Op::Match { arms, .. }) => arms.iter_mut().for_each(|(_, ops)| each_leaf(ops, f)),
        _ => f(ops),
    }
}

fn mentioned_stmt(cfg: &Cfg, stmt: &Stmt) -> LocalSet {
    mentioned(&cfg.locals, |mentioned| mentioned.visit_stmt(stmt))
}

/// Whether a value may hold a borrow of a variable, as far as can be told without types.
fn may_borrow(cfg: &Cfg, expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Cast(_) => false,
        Expr::Binary(_) => false,
        Expr::Unary(e) => !matches!(e.op, syn::UnOp::Not(_) | syn::UnOp::Neg(_)) && may_borrow(cfg, &e.expr),
        Expr::Paren(e) => may_borrow(cfg, &e.expr),
        Expr::Try(e) => may_borrow(cfg, &e.expr),
        // Of a macro that nobody can read nothing is known; but it may hide a `return`, which a step cannot hold.
        Expr::Macro(e) => macros::parse(&e.mac).is_some() && !matches!(macros::name(&e.mac).as_str(), "format" | "matches"),
        Expr::MethodCall(e)
            if matches!(
                e.method.to_string().as_str(),
                "to_string" | "to_owned" | "to_vec" | "len" | "is_empty" | "into_bytes" | "contains"
            ) =>
        {
            false
        }
        Expr::Struct(e) => e.fields.iter().any(|f| may_borrow(cfg, &f.expr)) || e.rest.is_some(),
        Expr::Tuple(e) => e.elems.iter().any(|e| may_borrow(cfg, e)),
        Expr::Array(e) => e.elems.iter().any(|e| may_borrow(cfg, e)),
        Expr::Closure(_) | Expr::Async(_) | Expr::Reference(_) => !mentioned_expr(cfg, expr).is_empty(),
        expr => mentioned_expr(cfg, expr).iter().any(|id| cfg.locals[*id].origin != Origin::Temp),
    }
}
