//! What each await keeps: of the slots that may be full there, what is live and what is held.

use super::{assigns, each_target, mentioned_expr, Kept, Mode, Placed};
use crate::compiler::cfg::{Arm, Entry, Op};
use crate::compiler::flow::mentioned;
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin, ScopeId};
use crate::compiler::lower::LetBindings;
use crate::compiler::normalize::bindings;
use crate::compiler::operands::each_given;
use syn::visit::Visit;
use syn::{Pat, Stmt};

/// What each await keeps: of the slots that may be full there, what is live and what is held.
pub(super) fn kept(placed: &Placed) -> Vec<(Kept, Kept)> {
    let cfg = &placed.cfg;
    let split = |full: &LocalSet, sure: &LocalSet, live: &LocalSet, scope: ScopeId| {
        let made = |id: &LocalId| placed.again.is_made(*id);
        let live: Vec<LocalId> = placed.slots.iter().copied().filter(|id| live.contains(id) && !made(id)).collect();
        let in_scope = |id: &LocalId| placed.scope_of.get(id).is_some_and(|of| cfg.inside(scope, *of));
        let held: Vec<LocalId> =
            placed.slots.iter().copied().filter(|id| full.contains(id) && !live.contains(id) && !made(id) && in_scope(id)).collect();
        let lent = held.iter().copied().filter(|id| !sure.contains(id)).collect();
        Kept { live, held, lent }
    };
    let (lent, given) = (full(placed, true), full(placed, false));
    cfg.awaits
        .iter()
        .enumerate()
        .map(|(n, it)| {
            let ((next, waits), (sure_next, sure_waits)) = (&lent[n], &given[n]);
            let mut sure_waits = sure_waits.clone();
            // Here it is lent, if it is lent at all.
            sure_waits.extend(placed.hosted(AwaitId(n)));
            (split(next, sure_next, &placed.live.before[n], it.scope), split(waits, &sure_waits, &placed.live.during[n], it.scope))
        })
        .collect()
}

/// Which slots may be full before each await and while it waits, forwards to a fixpoint. `lent`: what an await hosts stays in its slot.
fn full(placed: &Placed, lent: bool) -> Vec<(LocalSet, LocalSet)> {
    let cfg = &placed.cfg;
    let mut regions = vec![LocalSet::new(); cfg.regions.len()];
    let mut awaits = vec![(LocalSet::new(), LocalSet::new()); cfg.awaits.len()];
    if let Some(start) = regions.first_mut() {
        start.extend(placed.slots.iter().copied().filter(|id| cfg.locals[*id].origin == Origin::Param));
    }
    loop {
        let before = (regions.clone(), awaits.clone());
        for arm in &cfg.sequence {
            match *arm {
                Arm::Region(id) => {
                    let mut full = regions[id.0].clone();
                    if let Entry::Landing(id) = cfg.regions[id.0].entry {
                        let result = cfg.locals.find(&cfg.awaits[id.0].result);
                        full.extend(result.filter(|r| in_slot(placed, *arm, *r)));
                    }
                    full.retain(|local| !(placed.mode(*arm, *local) == Some(Mode::Local) && placed.enters(*arm, *local)));
                    full_at_exits(placed, *arm, &cfg.regions[id.0].ops, (full, LocalSet::new()), &mut regions, &mut awaits);
                }
                Arm::Takeoff(id) => {
                    let mut full = awaits[id.0].0.clone();
                    let entered = full.clone();
                    let it = &cfg.awaits[id.0];
                    full.retain(|local| match placed.mode(*arm, *local) {
                        Some(Mode::Local) => false,
                        Some(Mode::Hosted) => lent,
                        _ => true,
                    });
                    let operand = Stmt::Expr(it.operand.clone(), None);
                    for stmt in it.moved.iter().chain([&operand]) {
                        give(placed, *arm, stmt, &mut full);
                        assigned(placed, *arm, stmt, &mut full);
                    }
                    full.extend(it.hosted.iter().filter_map(|name| cfg.locals.find(name)).filter(|local| in_slot(placed, *arm, *local)));
                    if lent {
                        full.extend(placed.hosted(id));
                    }
                    // (Of text a copy is given, and of an iterator's item the borrow: what it is made of stays, to be lent again, and nobody needs
                    // it after that.)
                    let texts = entered
                        .difference(&full)
                        .filter(|local| lent && (placed.is_text(**local) || placed.again.is_item(**local)))
                        .copied();
                    awaits[id.0].1 = full.iter().copied().chain(texts).collect();
                    regions[cfg.awaits[id.0].landing.0].extend(full);
                }
            }
        }
        if before == (regions.clone(), awaits.clone()) {
            break;
        }
    }
    awaits
}

/// Whether a variable is in its slot while a piece of code uses it.
fn in_slot(placed: &Placed, arm: Arm, local: LocalId) -> bool {
    matches!(placed.mode(arm, local), Some(Mode::InPlace | Mode::Optional))
}

/// Takes out what a statement gives away whenever it is run.
fn give(placed: &Placed, arm: Arm, stmt: &Stmt, full: &mut LocalSet) {
    each_given(stmt, &mut |path| {
        if let Some(local) = path.path.get_ident().and_then(|i| placed.cfg.locals.find(i)) {
            if placed.mode(arm, local) == Some(Mode::Optional) {
                full.remove(&local);
            }
        }
    });
}

/// Adds what a statement may assign.
fn assigned(placed: &Placed, arm: Arm, stmt: &Stmt, full: &mut LocalSet) {
    full.extend(assigns(&placed.cfg, stmt).into_iter().filter(|id| in_slot(placed, arm, *id)));
}

fn full_at_exits(
    placed: &Placed,
    arm: Arm,
    ops: &[Op],
    (mut full, mut met): (LocalSet, LocalSet),
    regions: &mut [LocalSet],
    awaits: &mut [(LocalSet, LocalSet)],
) {
    let cfg = &placed.cfg;
    let spilled = |live: &LocalSet, met: &LocalSet| {
        let of_arm = placed.modes.iter().filter(move |((a, _), mode)| *a == arm && **mode == Mode::Local);
        of_arm.map(|((_, local), _)| *local).filter(|local| live.contains(local)).chain(placed.unmet(arm, met)).collect::<Vec<_>>()
    };
    let define = |pat: &Pat, full: &mut LocalSet| {
        let mut names = Vec::new();
        bindings(pat, &mut names);
        full.extend(names.iter().filter_map(|n| cfg.locals.find(n)).filter(|id| in_slot(placed, arm, *id)));
    };
    for op in ops {
        match op {
            Op::Plain(stmt) => {
                met.extend(mentioned(&cfg.locals, |mentioned| mentioned.visit_stmt(stmt)));
                give(placed, arm, stmt, &mut full);
                if let Stmt::Local(local) = stmt {
                    define(&local.pat, &mut full);
                }
                assigned(placed, arm, stmt, &mut full);
                each_target(placed, stmt, &mut |(region, _)| {
                    regions[region.0].extend(full.iter().copied().chain(spilled(&placed.live.entry[region.0], &met)));
                });
            }
            Op::Open(_) | Op::Return(_) => (),
            Op::Close(scope) => full.retain(|id| placed.scope_of.get(id) != Some(scope)),
            Op::Jump(edge) => {
                let stays = |id: &LocalId| placed.scope_of.get(id).is_none_or(|s| !edge.leaving.contains(s));
                let spilled = spilled(&placed.live.entry[edge.target.0], &met);
                regions[edge.target.0].extend(full.iter().copied().chain(spilled).filter(stays));
            }
            Op::Await(id) => {
                let spilled = spilled(&placed.live.before[id.0], &met);
                awaits[id.0].0.extend(full.iter().copied().chain(spilled));
            }
            Op::If { cond, then, els } => {
                met.extend(mentioned_expr(cfg, cond));
                let mut inner = full.clone();
                let mut names = Vec::new();
                LetBindings(&mut names).visit_expr(cond);
                inner.extend(names.iter().filter_map(|n| cfg.locals.find(n)).filter(|id| in_slot(placed, arm, *id)));
                full_at_exits(placed, arm, then, (inner, met.clone()), regions, awaits);
                full_at_exits(placed, arm, els, (full.clone(), met.clone()), regions, awaits);
            }
            Op::Match { scrutinee, arms } => {
                met.extend(mentioned_expr(cfg, scrutinee));
                for (pat, ops) in arms {
                    let mut inner = full.clone();
                    define(pat, &mut inner);
                    full_at_exits(placed, arm, ops, (inner, met.clone()), regions, awaits);
                }
            }
        }
    }
}
