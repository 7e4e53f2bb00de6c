//! [`Cfg`] → [`Placed`]: where each variable lives. One that is used in one region only stays a Rust local; one that crosses
//! a suspension is a slot of the frame. What each suspended state keeps follows from that.

use super::again::Again;
use super::cfg::{Arm, Await, Cfg, Op};
use super::flow::{mentioned, root, Kind, Use};
use super::id::{AwaitId, LocalId, LocalSet, Origin, ScopeId};
use super::liveness::{liveness, uses, Live};
use super::macros;
use std::collections::BTreeMap;
use syn::visit::Visit;
use syn::{Expr, Stmt};

mod candidates;
mod kept;
mod modes;
mod moved;

use candidates::candidates;
use kept::kept;
use modes::modes;
use moved::move_into_takeoffs;

/// How a slot's variable is reached in one piece of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Where it lies: uses go through a reference to the value.
    InPlace,
    /// Where it lies, by a reference to the slot: a use by value takes it out, or copies it; an assignment fills it.
    Optional,
    /// Moved into a Rust local at the start, and back at the exits where it is still needed.
    Local,
    /// A mutable borrow that is taken again for what is awaited: by value, so that what is reached through it lasts as long as it does. If
    /// its type is none, where it lies.
    Through,
    /// What a method is called on: in its slot if the method's coroutine is lent it, else given away or the step's own. The operand's type
    /// says.
    Hosted,
}

/// What one await keeps, as slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Used again: always there.
    pub(crate) live: Vec<LocalId>,
    /// In scope, and not used again: kept for their drops.
    pub(crate) held: Vec<LocalId>,
    /// Of those, what is there only if it was lent to a child: that child's wait has asked whether it can be stored.
    pub(crate) lent: LocalSet,
}

/// What is called on a variable that an await hosts.
pub(crate) struct Receiver<'a> {
    /// Of several branches, which one.
    pub(crate) branch: usize,
    pub(crate) call: &'a Expr,
    pub(crate) place: &'a Expr,
    pub(crate) local: LocalId,
}

/// A function with every variable placed.
pub(crate) struct Placed {
    pub(crate) cfg: Cfg,
    pub(crate) again: Again,
    pub(crate) live: Live,
    /// In order of declaration.
    pub(crate) slots: Vec<LocalId>,
    pub(crate) uses: BTreeMap<Arm, Vec<Use>>,
    pub(crate) modes: BTreeMap<(Arm, LocalId), Mode>,
    /// Before each await begins, and while it waits.
    pub(crate) kept: Vec<(Kept, Kept)>,
    /// Variables that guards borrow from: they stay where they are to the end of their scope.
    pub(crate) pinned: LocalSet,
    /// The scope that declares each variable.
    pub(crate) scope_of: BTreeMap<LocalId, ScopeId>,
}

impl Placed {
    pub(crate) fn mode(&self, arm: Arm, local: LocalId) -> Option<Mode> {
        self.modes.get(&(arm, local)).copied()
    }

    /// Whether the type of a variable says if its slot holds a copy of it.
    pub(crate) fn is_text(&self, local: LocalId) -> bool {
        self.cfg.texts.contains(&local) && self.is_slot(local) && !self.again.contains(local) && !self.is_hosted(local)
    }

    /// Whether a variable may be there, while some await waits, only because it is lent to what is awaited.
    pub(crate) fn is_lent_last(&self, local: LocalId) -> bool {
        self.is_hosted(local) || self.kept.iter().any(|(_, waits)| waits.lent.contains(&local))
    }

    pub(crate) fn is_slot(&self, local: LocalId) -> bool {
        self.slots.contains(&local)
    }

    /// Whether a region leaves by returning, wherever it leaves.
    pub(crate) fn returns(&self, arm: Arm) -> bool {
        let Arm::Region(id) = arm else { return false };
        let mut goes_on = false;
        each_exit(self, id, &mut |_| goes_on = true);
        !goes_on
    }

    /// Whether everything is moved out of the slots in a region that returns.
    pub(crate) fn moves_all(&self, arm: Arm) -> bool {
        self.returns(arm) && self.modes.iter().any(|((a, local), mode)| *a == arm && *mode == Mode::Local && self.enters(arm, *local))
    }

    /// Whether a piece of code has the `let` of a variable, with its value.
    pub(crate) fn is_defined(&self, arm: Arm, local: LocalId) -> bool {
        self.uses.get(&arm).is_some_and(|uses| uses.iter().any(|u| u.local == local && u.kind == Kind::Defined))
    }

    /// Whether a variable is a Rust local that a piece of code assigns first.
    pub(crate) fn is_deferred(&self, arm: Arm, local: LocalId) -> bool {
        let used = self.uses.get(&arm).is_some_and(|uses| uses.iter().any(|u| u.local == local));
        used && !matches!(self.cfg.locals[local].origin, Origin::Lent | Origin::Inner)
            && matches!(self.mode(arm, local), Some(Mode::Local) | None)
            && !self.again.contains(local)
            && !self.enters(arm, local)
            && !self.is_defined(arm, local)
    }

    /// Whether a piece of code uses a variable by value where nobody uses it again, and nowhere else.
    pub(crate) fn is_given_last(&self, arm: Arm, local: LocalId) -> bool {
        let uses = self.uses.get(&arm).into_iter().flatten().filter(|used| used.local == local && used.kind == Kind::Value);
        !self.again.contains(local) && uses.into_iter().all(|used| !used.live_after)
    }

    /// Whether a variable is used again after all closures of a piece of code that capture it: by value they only copy it.
    pub(crate) fn outlives_closures(&self, arm: Arm, local: LocalId) -> bool {
        let mut captured = self.uses.get(&arm).into_iter().flatten().filter(|u| u.local == local && u.kind == Kind::Captured).peekable();
        captured.peek().is_some() && captured.all(|u| u.live_after)
    }

    /// What was moved out of its slot when control came into a region, and was not mentioned since: it goes back where the region is left.
    pub(crate) fn unmet<'a>(&'a self, arm: Arm, met: &'a LocalSet) -> impl Iterator<Item = LocalId> + 'a {
        let unmet = move |local: &LocalId| {
            self.mode(arm, *local) == Some(Mode::Local) && self.enters(arm, *local) && !self.again.contains(*local) && !met.contains(local)
        };
        self.slots.iter().copied().filter(unmet)
    }

    /// What an await calls on and hosts: it may be lent to a child, or be given to it or to a step.
    pub(crate) fn hosted_receivers(&self, id: AwaitId) -> Vec<Receiver<'_>> {
        let hosted = |place: &Expr| root_local(&self.cfg, place).filter(|local| self.mode(Arm::Takeoff(id), *local) == Some(Mode::Hosted));
        let of = |(branch, call, place)| Some(Receiver { branch, call, place, local: hosted(place)? });
        super::liveness::receivers(&self.cfg.awaits[id.0]).into_iter().filter_map(of).collect()
    }

    /// What an await hosts.
    fn hosted(&self, id: AwaitId) -> impl Iterator<Item = LocalId> + use<'_> {
        self.modes.iter().filter(move |((arm, _), mode)| *arm == Arm::Takeoff(id) && **mode == Mode::Hosted).map(|((_, local), _)| *local)
    }

    /// Whether an await may leave a variable in its slot, whatever its type.
    pub(crate) fn is_hosted(&self, local: LocalId) -> bool {
        self.modes.iter().any(|((_, of), mode)| *of == local && *mode == Mode::Hosted)
    }

    /// Whether a slot has its value when control comes into a piece of code that uses it.
    pub(crate) fn enters(&self, arm: Arm, local: LocalId) -> bool {
        match arm {
            Arm::Region(id) => self.live.entry[id.0].contains(&local),
            Arm::Takeoff(id) => self.live.before[id.0].contains(&local),
        }
    }
}

/// Places the variables.
pub(crate) fn place(mut cfg: Cfg) -> Placed {
    let scope_of = scopes(&cfg);
    cfg.awaits.iter_mut().for_each(|it| super::many::keep(&mut it.operand));
    cfg.walks = super::walks::walks(&cfg);
    super::texts::find(&mut cfg);
    let again = super::again::again(&cfg);
    let live = liveness(&cfg, &again);
    move_into_takeoffs(&mut cfg, &live, &again);
    // (What was used in one piece of code may be used in two now, and the other way round.)
    let again = super::again::again(&cfg);
    super::entries::keep_keys(&mut cfg, &again);
    let live = liveness(&cfg, &again);
    let uses: BTreeMap<Arm, Vec<Use>> = cfg.sequence.iter().map(|arm| (*arm, uses(&cfg, &live, &again, *arm))).collect();
    let candidates = candidates(&cfg, &again, &uses, &scope_of);
    let mut placed =
        Placed { cfg, again, live, slots: Vec::new(), uses, modes: BTreeMap::new(), kept: Vec::new(), pinned: LocalSet::new(), scope_of };
    (placed.modes, placed.pinned) = modes(&placed, &candidates);
    let filled = filled(&placed, &candidates);
    placed.slots = placed.cfg.order.iter().copied().filter(|local| filled.contains(local)).collect();
    placed.modes.retain(|(_, local), _| filled.contains(local));
    placed.kept = kept(&placed);
    placed
}

fn scopes(cfg: &Cfg) -> BTreeMap<LocalId, ScopeId> {
    let mut of = BTreeMap::new();
    for (n, scope) in cfg.scopes.iter().enumerate() {
        for local in &scope.declares {
            of.insert(*local, ScopeId(n));
        }
    }
    of
}

pub(crate) fn mentioned_expr(cfg: &Cfg, expr: &Expr) -> LocalSet {
    mentioned(&cfg.locals, |mentioned| mentioned.visit_expr(expr))
}

/// The variables that a statement may assign as a whole.
fn assigns(cfg: &Cfg, stmt: &Stmt) -> LocalSet {
    let mut found = LocalSet::new();
    each_assignment(cfg, stmt, &mut |id, _| {
        found.insert(id);
    });
    found
}

/// Calls `f` with what a statement may assign as a whole, and with what.
pub(crate) fn each_assignment(cfg: &Cfg, stmt: &Stmt, f: &mut dyn FnMut(LocalId, &Expr)) {
    struct Assigns<'a>(&'a Cfg, &'a mut dyn FnMut(LocalId, &Expr));
    impl<'ast> Visit<'ast> for Assigns<'_> {
        fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
            if let Expr::Path(path) = &*e.left {
                if let Some(id) = path.path.get_ident().and_then(|i| self.0.locals.find(i)) {
                    (self.1)(id, &e.right);
                }
            }
            syn::visit::visit_expr_assign(self, e);
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            macros::each_expr(mac, &mut |expr| Assigns(self.0, &mut *self.1).visit_expr(expr));
        }
    }
    Assigns(cfg, f).visit_stmt(stmt);
}

pub(crate) fn each_op<'c>(cfg: &'c Cfg, f: &mut dyn FnMut(&'c Op)) {
    cfg.regions.iter().for_each(|region| each_op_of(&region.ops, f));
}

pub(crate) fn each_op_of<'c>(ops: &'c [Op], f: &mut dyn FnMut(&'c Op)) {
    for op in ops {
        f(op);
        match op {
            Op::If { then, els, .. } => {
                each_op_of(then, f);
                each_op_of(els, f);
            }
            Op::Match { arms, .. } => arms.iter().for_each(|(_, ops)| each_op_of(ops, f)),
            _ => (),
        }
    }
}

pub(crate) fn each_op_mut(ops: &mut [Op], f: &mut dyn FnMut(&mut Op)) {
    for op in ops {
        f(op);
        match op {
            Op::If { then, els, .. } => {
                each_op_mut(then, f);
                each_op_mut(els, f);
            }
            Op::Match { arms, .. } => arms.iter_mut().for_each(|(_, ops)| each_op_mut(ops, f)),
            _ => (),
        }
    }
}

/// The candidates that some piece of code puts into their slot.
fn filled(placed: &Placed, candidates: &LocalSet) -> LocalSet {
    let mut filled: LocalSet = candidates.iter().copied().filter(|id| placed.cfg.locals[*id].origin == Origin::Param).collect();
    for ((arm, local), mode) in &placed.modes {
        let fills = match mode {
            Mode::InPlace | Mode::Optional | Mode::Hosted | Mode::Through => true,
            Mode::Local => match arm {
                Arm::Region(id) => {
                    let mut spilled = false;
                    each_exit(placed, *id, &mut |live| spilled |= live.contains(local));
                    spilled
                }
                Arm::Takeoff(_) => false,
            },
        };
        if fills {
            filled.insert(*local);
        }
    }
    filled
}

/// Calls `f` with what is live at each exit of a region.
fn each_exit(placed: &Placed, id: super::id::RegionId, f: &mut dyn FnMut(&LocalSet)) {
    fn walk(placed: &Placed, ops: &[Op], f: &mut dyn FnMut(&LocalSet)) {
        for op in ops {
            match op {
                Op::Jump(edge) => f(&placed.live.entry[edge.target.0]),
                Op::Await(id) => f(&placed.live.before[id.0]),
                Op::If { then, els, .. } => {
                    walk(placed, then, f);
                    walk(placed, els, f);
                }
                Op::Match { arms, .. } => arms.iter().for_each(|(_, ops)| walk(placed, ops, f)),
                Op::Plain(stmt) => each_target(placed, stmt, &mut |(region, _)| f(&placed.live.entry[region.0])),
                Op::Open(_) | Op::Close(_) | Op::Return(_) => (),
            }
        }
    }
    walk(placed, &placed.cfg.regions[id.0].ops, f);
}

/// Calls `f` on where a statement's own `break`s and `continue`s go, if that is another region.
pub(crate) fn each_target(placed: &Placed, stmt: &Stmt, f: &mut dyn FnMut((super::id::RegionId, ScopeId))) {
    struct Targets<'a>(&'a Placed, &'a mut dyn FnMut((super::id::RegionId, ScopeId)));
    impl<'ast> Visit<'ast> for Targets<'_> {
        fn visit_expr_break(&mut self, e: &'ast syn::ExprBreak) {
            if let Some(target) = e.label.as_ref().and_then(|l| self.0.cfg.labels.get(&l.to_string())) {
                (self.1)(target.breaks);
            }
            syn::visit::visit_expr_break(self, e);
        }
        fn visit_expr_continue(&mut self, e: &'ast syn::ExprContinue) {
            if let Some(to) = e.label.as_ref().and_then(|l| self.0.cfg.labels.get(&l.to_string())).and_then(|t| t.continues) {
                (self.1)(to);
            }
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            super::macros::each_expr(mac, &mut |expr| Targets(self.0, &mut *self.1).visit_expr(expr));
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    }
    Targets(placed, f).visit_stmt(stmt);
}

/// The root variable of a place expression.
pub(crate) fn root_local(cfg: &Cfg, expr: &Expr) -> Option<LocalId> {
    root(expr).and_then(|name| cfg.locals.find(name))
}

/// The variables that an await's methods are called on, by themselves or through fields, and in which branch. One that later branches
/// mention, too, is not here: it is surely not given.
fn receivers(cfg: &Cfg, it: &Await) -> Vec<(usize, LocalId)> {
    let mentions: Vec<LocalSet> = match super::concurrent::branches(&it.operand) {
        Some((_, branches)) => branches.into_iter().map(|branch| mentioned_expr(cfg, branch)).collect(),
        None => Vec::new(),
    };
    let alone = |n: usize, local: LocalId| mentions.iter().enumerate().all(|(other, found)| other <= n || !found.contains(&local));
    let of = |(n, _, place): (usize, &Expr, &Expr)| {
        let owned = |id: &LocalId| !matches!(cfg.locals[*id].origin, Origin::Lent | Origin::Inner);
        root_local(cfg, place).filter(owned).filter(|id| alone(n, *id)).map(|id| (n, id))
    };
    super::liveness::receivers(it).into_iter().filter_map(of).collect()
}
