//! How each piece of code reaches its variables, and which of them stay where they are.

use super::{each_op, mentioned_expr, receivers, root_local, Mode, Placed};
use crate::compiler::again::Group;
use crate::compiler::borrows::Borrow;
use crate::compiler::cfg::{Arm, Cfg, Op};
use crate::compiler::flow::{Kind, Use};
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin};
use crate::compiler::macros;
use crate::compiler::methods::gives_guard;
use crate::compiler::operands::{each_value, each_value_of_stmt, takes_any};
use std::collections::BTreeMap;
use syn::visit::Visit;
use syn::{Expr, Stmt};

/// How each piece of code reaches its variables, and which are pinned.
pub(super) fn modes(placed: &Placed, candidates: &LocalSet) -> (BTreeMap<(Arm, LocalId), Mode>, LocalSet) {
    let mut modes = BTreeMap::new();
    for (arm, uses) in &placed.uses {
        let mut by_local: BTreeMap<LocalId, Vec<&Use>> = BTreeMap::new();
        for used in uses.iter().filter(|u| candidates.contains(&u.local)) {
            by_local.entry(used.local).or_default().push(used);
        }
        for (local, uses) in by_local {
            let gives = |u: &&Use| u.kind == Kind::Value && !u.live_after;
            let given = uses.iter().any(gives);
            let perhaps = uses.iter().enumerate().any(|(n, u)| match u.kind {
                Kind::Perhaps => !u.live_after,
                Kind::Captured => !u.live_after || given,
                // (The uses are told backwards: those before are later.)
                Kind::Lent => uses.iter().take(n).any(gives),
                Kind::Mentioned => !u.live_after || matches!(arm, Arm::Region(_)),
                _ => false,
            });
            let defined = uses.iter().any(|u| u.kind == Kind::Defined);
            let deferred = !placed.enters(*arm, local) && !defined;
            // What is used by value, and again, is a copy: what a closure captures of it others may read beside the closure.
            let copies = !placed.again.contains(local) && uses.iter().any(|u| u.kind == Kind::Value && u.live_after);
            let captured = uses.iter().any(|u| u.kind == Kind::Captured);
            let changes = uses.iter().any(|u| matches!(u.kind, Kind::Assigned | Kind::Defined | Kind::Mentioned));
            let stays = matches!(arm, Arm::Takeoff(id) if placed.live.during[id.0].contains(&local));
            // A mutable borrow that is given on is to live longer than what it is taken out of here.
            let once = given && uses.len() == 1 && matches!(arm, Arm::Takeoff(_)) && placed.again.is_by_type(local);
            let mode = match (perhaps || once, given || deferred) {
                (false, true) if placed.again.is_made(local) => Mode::Optional,
                (_, false) if placed.again.is_made(local) => Mode::InPlace,
                // (It does not come back out of a step: what is assigned there is assigned in its slot.)
                (true, _) if stays && copies && captured => Mode::InPlace,
                (true, _) if stays => Mode::Optional,
                (true, _) => Mode::Local,
                (false, true) if copies && !changes && !deferred && lends(placed, *arm, local) => Mode::InPlace,
                (false, true) if uses.iter().any(|u| u.kind == Kind::Guarded) => Mode::Local,
                (false, true) => Mode::Optional,
                (false, false) if is_through(placed, *arm, local, &uses) => Mode::Through,
                (false, false) => Mode::InPlace,
            };
            modes.insert((*arm, local), mode);
        }
    }
    host(placed, &mut modes);
    let Borrowed { guarded, lent } = borrowed(&placed.cfg);
    let mut pinned = guarded;
    // Where all exits return and something is moved out, all is, so that Rust drops everything in its own order.
    let moves = |arm: &Arm| {
        placed.returns(*arm) && modes.iter().any(|((a, of), mode)| a == arm && *mode == Mode::Local && placed.enters(*arm, *of))
    };
    let moving: Vec<Arm> = placed.uses.keys().copied().filter(moves).collect();
    // (What is pinned would go last there.)
    if moving.is_empty() {
        pinned.extend(lent);
    }
    pinned.retain(|id| candidates.contains(id) && !placed.again.contains(*id));
    // (What is assigned once, after its `let`, stays from then on.)
    let begins = |arm: Arm, local: LocalId, mode: Mode| mode == Mode::Optional && !placed.enters(arm, local);
    modes.iter().filter(|((arm, id), mode)| **mode != Mode::InPlace && !begins(*arm, *id, **mode)).for_each(|((_, id), _)| {
        pinned.remove(id);
    });
    for arm in moving {
        let stays = |local: &LocalId| pinned.contains(local) || placed.again.is_made(*local) || !placed.enters(arm, *local);
        modes.iter_mut().filter(|((a, local), _)| *a == arm && !stays(local)).for_each(|(_, mode)| *mode = Mode::Local);
    }
    (modes, pinned)
}

/// Whether a piece of code uses borrows of a variable that are taken again.
fn lends(placed: &Placed, arm: Arm, local: LocalId) -> bool {
    let used = |of: &LocalId| placed.uses.get(&arm).is_some_and(|uses| uses.iter().any(|u| u.local == *of));
    let groups = placed.again.groups.iter().filter(|group| group.kind != Borrow::Made && group.locals.iter().any(used));
    groups.into_iter().any(|group| mentioned_expr(&placed.cfg, &group.value).contains(&local))
}

/// Whether an await only reaches through a mutable borrow that is taken again: to fields, methods or what is behind it; or only gives it on.
fn is_through(placed: &Placed, arm: Arm, local: LocalId, uses: &[&Use]) -> bool {
    struct Through<'a> {
        name: &'a syn::Ident,
        other: bool,
    }
    impl Through<'_> {
        fn is_it(&self, expr: &Expr) -> bool {
            matches!(expr, Expr::Path(path) if path.path.is_ident(self.name))
        }
    }
    impl<'ast> Visit<'ast> for Through<'_> {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Field(e) if self.is_it(&e.base) => (),
                Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) && self.is_it(&e.expr) => (),
                Expr::MethodCall(e) if self.is_it(&e.receiver) => e.args.iter().for_each(|arg| self.visit_expr(arg)),
                expr => {
                    self.other |= self.is_it(expr);
                    syn::visit::visit_expr(self, expr);
                }
            }
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            macros::map_idents(mac.tokens.clone(), &mut |ident| {
                self.other |= ident == self.name;
                None
            });
        }
    }
    let Arm::Takeoff(id) = arm else { return false };
    if !placed.again.is_by_type(local) || !placed.again.get(local).is_some_and(Group::is_mutable) {
        return false;
    }
    if let [only] = uses {
        if only.kind == Kind::Value {
            return true;
        }
    }
    let it = &placed.cfg.awaits[id.0];
    let mut through = Through { name: &placed.cfg.locals[local].ident, other: false };
    it.moved.iter().for_each(|stmt| through.visit_stmt(stmt));
    through.visit_expr(&it.operand);
    !through.other && uses.iter().all(|used| matches!(used.kind, Kind::Borrowed | Kind::Perhaps))
}

/// Temporaries lie in their slots; what a method is called on and is not used again is hosted.
fn host(placed: &Placed, modes: &mut BTreeMap<(Arm, LocalId), Mode>) {
    for (n, it) in placed.cfg.awaits.iter().enumerate() {
        let arm = Arm::Takeoff(AwaitId(n));
        for local in it.hosted.iter().filter_map(|name| placed.cfg.locals.find(name)) {
            let made_in_place = modes.get(&(arm, local)) == Some(&Mode::Optional);
            if !made_in_place {
                modes.insert((arm, local), Mode::InPlace);
            }
        }
        for (_, local) in receivers(&placed.cfg, it) {
            let made = it.hosted.iter().any(|name| placed.cfg.locals.find(name) == Some(local));
            let given = modes.get(&(arm, local)) == Some(&Mode::Local) && placed.enters(arm, local);
            if (made || given) && !placed.again.contains(local) {
                modes.insert((arm, local), Mode::Hosted);
            }
        }
    }
}

/// Variables that steps borrow, and that are never assigned.
#[derive(Default)]
struct Borrowed {
    /// To give a guard or a permit.
    guarded: LocalSet,
    /// For what may be a part of them.
    lent: LocalSet,
}

fn borrowed(cfg: &Cfg) -> Borrowed {
    fn walk(cfg: &Cfg, operand: &Expr, found: &mut Borrowed) {
        match operand {
            Expr::MethodCall(e) => {
                let of = if gives_guard(e) { &mut found.guarded } else { &mut found.lent };
                of.extend(root_local(cfg, &e.receiver));
                walk(cfg, &e.receiver, found);
                e.args.iter().for_each(|arg| walk(cfg, arg, found));
            }
            Expr::Call(e) => e.args.iter().for_each(|arg| walk(cfg, arg, found)),
            Expr::Reference(e) if e.mutability.is_none() => found.lent.extend(root_local(cfg, &e.expr)),
            Expr::Paren(e) => walk(cfg, &e.expr, found),
            _ => (),
        }
    }
    let mut found = Borrowed::default();
    cfg.awaits.iter().for_each(|it| walk(cfg, &it.operand, &mut found));
    let stays = |id: &LocalId| !cfg.locals[*id].mutable && !matches!(cfg.locals[*id].origin, Origin::Lent | Origin::Inner);
    found.guarded.retain(stays);
    found.lent.retain(stays);
    if !found.lent.is_empty() {
        let parted = parted(cfg);
        found.lent.retain(|id| !parted.contains(id));
    }
    found
}

/// The variables of which a part is used by value: it may be moved out.
fn parted(cfg: &Cfg) -> LocalSet {
    struct Parted<'a>(&'a Cfg, LocalSet);
    impl Parted<'_> {
        fn value(&mut self, value: &Expr) {
            if matches!(value, Expr::Field(_)) {
                self.1.extend(root_local(self.0, value));
            }
        }
    }
    impl<'ast> Visit<'ast> for Parted<'_> {
        fn visit_stmt(&mut self, stmt: &'ast Stmt) {
            each_value_of_stmt(&mut stmt.clone(), &mut |value, _| self.value(value));
            syn::visit::visit_stmt(self, stmt);
        }
        fn visit_expr(&mut self, expr: &'ast Expr) {
            if takes_any(expr) {
                each_value(&mut expr.clone(), &mut |value, _| self.value(value));
            }
            syn::visit::visit_expr(self, expr);
        }
    }
    let mut parted = Parted(cfg, LocalSet::new());
    each_op(cfg, &mut |op| {
        if let Op::Plain(stmt) = op {
            parted.visit_stmt(stmt);
        }
    });
    cfg.awaits.iter().for_each(|it| parted.visit_expr(&it.operand));
    parted.1
}
