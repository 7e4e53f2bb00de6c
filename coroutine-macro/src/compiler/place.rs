//! [`Cfg`] → [`Placed`]: where each variable lives. One that is used in one region only stays a Rust local; one that crosses
//! a suspension is a slot of the frame. What each suspended state keeps follows from that.

use super::again::Again;
use super::cfg::{each_let, Arm, Await, Cfg, Entry, Op};
use super::flow::{mentioned, root, Kind, Use};
use super::id::{AwaitId, LocalId, LocalSet, Origin, ScopeId};
use super::liveness::{liveness, uses, writes, Live};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::Visit;
use syn::{Expr, Pat, Stmt};

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
    let again = super::again::again(&cfg);
    let live = liveness(&cfg, &again);
    move_into_takeoffs(&mut cfg, &live, &again);
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

/// A local that may be a borrow, used by an await's operand and not after it, is made as part of the step.
fn move_into_takeoffs(cfg: &mut Cfg, live: &Live, again: &Again) {
    let mut moves: Vec<(AwaitId, Vec<Stmt>)> = Vec::new();
    let mut regions = std::mem::take(&mut cfg.regions);
    for region in &mut regions {
        each_leaf(&mut region.ops, &mut |ops| {
            let Some(Op::Await(id)) = ops.last() else { return };
            let id = *id;
            let mut after = live.during[id.0].clone();
            // What may be lent again has a slot to be told by.
            let it = &cfg.awaits[id.0];
            let lends = super::liveness::lends(cfg, again, &after, it);
            let by_type = lends.iter().filter_map(|lend| super::liveness::perhaps_given(cfg, again, it, lend)).collect::<LocalSet>();
            after.extend(by_type);
            let after = &after;
            let mut needed = mentioned_expr(cfg, &cfg.awaits[id.0].operand);
            let last = ops.len() - 1;
            let mut from = last;
            let mut at = last;
            while at > 0 {
                at -= 1;
                let Op::Plain(stmt) = &ops[at] else { break };
                // A macro that nobody can read may hide a `return`, which a step cannot hold.
                if hides_something(stmt) {
                    break;
                }
                let Stmt::Local(local) = stmt else { continue };
                let mut names = Vec::new();
                super::normalize::bindings(&local.pat, &mut names);
                let bound: LocalSet = names.iter().filter_map(|n| cfg.locals.find(n)).collect();
                let borrows = local.init.as_ref().is_some_and(|init| may_borrow(cfg, &init.expr));
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
                let moved = ops.drain(from..last).filter_map(|op| if let Op::Plain(stmt) = op { Some(stmt) } else { None }).collect();
                moves.push((id, moved));
            }
        });
    }
    cfg.regions = regions;
    for (id, moved) in moves {
        // What the await's method is called on may be lent to a child: it is hosted.
        let receivers = receivers(cfg, &cfg.awaits[id.0]);
        let hosted = moved.iter().filter_map(|stmt| match stmt {
            Stmt::Local(local) => super::normalize::binding_name(&local.pat),
            _ => None,
        });
        let receives = |name: &syn::Ident| receivers.iter().any(|(_, local)| cfg.locals.find(name) == Some(*local));
        let hosted = hosted.filter(receives).collect::<Vec<_>>();
        cfg.awaits[id.0].hosted.extend(hosted);
        cfg.awaits[id.0].moved.splice(0..0, moved);
    }
}

/// Whether a statement calls a macro that nobody can read.
fn hides_something(stmt: &Stmt) -> bool {
    struct Hidden(bool);
    impl<'ast> Visit<'ast> for Hidden {
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            self.0 |= super::macros::parse(mac).is_none();
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
    super::normalize::bindings(&local.pat, &mut names);
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

pub(crate) fn mentioned_expr(cfg: &Cfg, expr: &Expr) -> LocalSet {
    mentioned(&cfg.locals, |mentioned| mentioned.visit_expr(expr))
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
        Expr::Macro(e) => super::macros::parse(&e.mac).is_some() && !matches!(super::macros::name(&e.mac).as_str(), "format" | "matches"),
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

/// The variables that may have to be slots: used in more than one piece of code, or held to the end of a scope that has a
/// suspension.
fn candidates(cfg: &Cfg, again: &Again, uses: &BTreeMap<Arm, Vec<Use>>, scope_of: &BTreeMap<LocalId, ScopeId>) -> LocalSet {
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
        super::normalize::bindings(pat, &mut names);
        open.extend(names.iter().filter_map(|n| cfg.locals.find(n)));
    };
    let in_scopes = |id: &LocalId, scopes: &[ScopeId]| scope_of.get(id).is_some_and(|s| scopes.contains(s));
    for op in ops {
        if let Op::Plain(stmt) = op {
            // What a statement gives away, whenever it is run, is not held any longer.
            super::operands::each_given(stmt, &mut |path| {
                if let Some(local) = path.path.get_ident().and_then(|i| cfg.locals.find(i)) {
                    open.remove(&local);
                }
            });
        }
        match op {
            Op::Plain(stmt) => {
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
                struct Lets<'a>(&'a mut dyn FnMut(&Pat));
                impl<'ast> Visit<'ast> for Lets<'_> {
                    fn visit_expr_let(&mut self, e: &'ast syn::ExprLet) {
                        (self.0)(&e.pat);
                    }
                    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
                }
                Lets(&mut |pat| declared(pat, &mut inner)).visit_expr(cond);
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

/// The variables that a statement may assign as a whole.
fn assigns(cfg: &Cfg, stmt: &Stmt) -> LocalSet {
    let mut found = LocalSet::new();
    each_assignment(cfg, stmt, &mut |id, _| {
        found.insert(id);
    });
    found
}

/// Calls `f` with what a statement may assign as a whole, and with what.
fn each_assignment(cfg: &Cfg, stmt: &Stmt, f: &mut dyn FnMut(LocalId, &Expr)) {
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
    }
    Assigns(cfg, f).visit_stmt(stmt);
}

/// Variables whose value cannot be a borrow of another variable, so that they can be held in a slot for their drop's sake:
/// made from nothing but results and constants. And those that are never used: they are there for their drop alone.
fn owned(cfg: &Cfg, uses: &BTreeMap<Arm, Vec<Use>>) -> LocalSet {
    let used: LocalSet = uses.values().flatten().filter(|u| !writes(u)).map(|u| u.local).collect();
    let borrows = |value: &Expr| mentioned_expr(cfg, value).iter().any(|id| cfg.locals[*id].origin != Origin::Temp);
    let plain = |value: &Expr| matches!(value, Expr::Lit(_) | Expr::Closure(_) | Expr::Reference(_) | Expr::Binary(_) | Expr::Cast(_));
    let mut owned = LocalSet::new();
    let mut bind = |pat: &Pat, value: Option<&Expr>| {
        let mut names = Vec::new();
        super::normalize::bindings(pat, &mut names);
        let made = value.is_some_and(|value| !borrows(value) && !plain(value));
        for id in names.iter().filter_map(|n| cfg.locals.find(n)) {
            if made || !used.contains(&id) || cfg.locals[id].part {
                owned.insert(id);
            }
        }
    };
    let (mut deferred, mut made, mut lent) = (LocalSet::new(), LocalSet::new(), LocalSet::new());
    each_op(cfg, &mut |op| match op {
        Op::Plain(stmt) => {
            if let Stmt::Local(local) = stmt {
                bind(&local.pat, local.init.as_ref().map(|init| &*init.expr));
                if let (None, Some(name)) = (&local.init, super::normalize::binding_name(&local.pat)) {
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

pub(crate) fn each_op<'c>(cfg: &'c Cfg, f: &mut dyn FnMut(&'c Op)) {
    fn walk<'c>(ops: &'c [Op], f: &mut dyn FnMut(&'c Op)) {
        for op in ops {
            f(op);
            match op {
                Op::If { then, els, .. } => {
                    walk(then, f);
                    walk(els, f);
                }
                Op::Match { arms, .. } => arms.iter().for_each(|(_, ops)| walk(ops, f)),
                _ => (),
            }
        }
    }
    cfg.regions.iter().for_each(|region| walk(&region.ops, f));
}

/// How each piece of code reaches its variables, and which are pinned.
fn modes(placed: &Placed, candidates: &LocalSet) -> (BTreeMap<(Arm, LocalId), Mode>, LocalSet) {
    let mut modes = BTreeMap::new();
    for (arm, uses) in &placed.uses {
        let mut by_local: BTreeMap<LocalId, Vec<&Use>> = BTreeMap::new();
        for used in uses.iter().filter(|u| candidates.contains(&u.local)) {
            by_local.entry(used.local).or_default().push(used);
        }
        for (local, uses) in by_local {
            let given = uses.iter().any(|u| u.kind == Kind::Value && !u.live_after);
            let perhaps = uses.iter().any(|u| match u.kind {
                Kind::Perhaps => !u.live_after,
                Kind::Captured => !u.live_after || given,
                Kind::Lent => given,
                Kind::Mentioned => !u.live_after || matches!(arm, Arm::Region(_)),
                _ => false,
            });
            let defined = uses.iter().any(|u| u.kind == Kind::Defined);
            let deferred = !placed.enters(*arm, local) && !defined;
            // A mutable borrow that is given on is to live longer than what it is taken out of here.
            let once = given && uses.len() == 1 && matches!(arm, Arm::Takeoff(_)) && placed.again.is_by_type(local);
            let mode = match (perhaps || once, given || deferred) {
                (_, true) if placed.again.is_made(local) => Mode::Optional,
                _ if placed.again.is_made(local) => Mode::InPlace,
                (true, _) => Mode::Local,
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
    modes.iter().filter(|(_, mode)| **mode != Mode::InPlace).for_each(|((_, id), _)| {
        pinned.remove(id);
    });
    for arm in moving {
        let stays = |local: &LocalId| pinned.contains(local) || placed.again.is_made(*local) || !placed.enters(arm, *local);
        modes.iter_mut().filter(|((a, local), _)| *a == arm && !stays(local)).for_each(|(_, mode)| *mode = Mode::Local);
    }
    (modes, pinned)
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
            super::macros::map_idents(mac.tokens.clone(), &mut |ident| {
                self.other |= ident == self.name;
                None
            });
        }
    }
    let Arm::Takeoff(id) = arm else { return false };
    if !placed.again.is_by_type(local) || !placed.again.get(local).is_some_and(super::again::Group::is_mutable) {
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

/// The variables that an await's methods are called on, by themselves or through fields, and in which branch. One that other branches
/// mention, too, is not here.
fn receivers(cfg: &Cfg, it: &Await) -> Vec<(usize, LocalId)> {
    let mentions: Vec<LocalSet> = match super::concurrent::branches(&it.operand) {
        Some((_, branches)) => branches.into_iter().map(|branch| mentioned_expr(cfg, branch)).collect(),
        None => Vec::new(),
    };
    let alone = |n: usize, local: LocalId| mentions.iter().enumerate().all(|(other, found)| other == n || !found.contains(&local));
    let of = |(n, _, place): (usize, &Expr, &Expr)| {
        let owned = |id: &LocalId| !matches!(cfg.locals[*id].origin, Origin::Lent | Origin::Inner);
        root_local(cfg, place).filter(owned).filter(|id| alone(n, *id)).map(|id| (n, id))
    };
    super::liveness::receivers(it).into_iter().filter_map(of).collect()
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
                let of = if super::flow::gives_guard(e) { &mut found.guarded } else { &mut found.lent };
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
            super::operands::each_value_of_stmt(&mut stmt.clone(), &mut |value, _| self.value(value));
            syn::visit::visit_stmt(self, stmt);
        }
        fn visit_expr(&mut self, expr: &'ast Expr) {
            if super::operands::takes_any(expr) {
                super::operands::each_value(&mut expr.clone(), &mut |value, _| self.value(value));
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

/// What each await keeps: of the slots that may be full there, what is live and what is held.
fn kept(placed: &Placed) -> Vec<(Kept, Kept)> {
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
                    full_at_exits(placed, *arm, &cfg.regions[id.0].ops, full, &mut regions, &mut awaits);
                }
                Arm::Takeoff(id) => {
                    let mut full = awaits[id.0].0.clone();
                    let it = &cfg.awaits[id.0];
                    full.retain(|local| match placed.mode(*arm, *local) {
                        Some(Mode::Local) => false,
                        Some(Mode::Hosted) => lent,
                        _ => true,
                    });
                    let operand = Stmt::Expr(it.operand.clone(), None);
                    it.moved.iter().chain([&operand]).for_each(|stmt| give(placed, *arm, stmt, &mut full));
                    full.extend(it.hosted.iter().filter_map(|name| cfg.locals.find(name)).filter(|local| in_slot(placed, *arm, *local)));
                    if lent {
                        full.extend(placed.hosted(id));
                    }
                    awaits[id.0].1 = full.clone();
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
    super::operands::each_given(stmt, &mut |path| {
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

fn full_at_exits(placed: &Placed, arm: Arm, ops: &[Op], mut full: LocalSet, regions: &mut [LocalSet], awaits: &mut [(LocalSet, LocalSet)]) {
    let cfg = &placed.cfg;
    let spilled = |live: &LocalSet| {
        let of_arm = placed.modes.iter().filter(move |((a, _), mode)| *a == arm && **mode == Mode::Local);
        of_arm.map(|((_, local), _)| *local).filter(|local| live.contains(local)).collect::<Vec<_>>()
    };
    let define = |pat: &Pat, full: &mut LocalSet| {
        let mut names = Vec::new();
        super::normalize::bindings(pat, &mut names);
        full.extend(names.iter().filter_map(|n| cfg.locals.find(n)).filter(|id| in_slot(placed, arm, *id)));
    };
    for op in ops {
        match op {
            Op::Plain(stmt) => {
                give(placed, arm, stmt, &mut full);
                if let Stmt::Local(local) = stmt {
                    define(&local.pat, &mut full);
                }
                assigned(placed, arm, stmt, &mut full);
                each_target(placed, stmt, &mut |(region, _)| {
                    regions[region.0].extend(full.iter().copied().chain(spilled(&placed.live.entry[region.0])));
                });
            }
            Op::Open(_) | Op::Return(_) => (),
            Op::Close(scope) => full.retain(|id| placed.scope_of.get(id) != Some(scope)),
            Op::Jump(edge) => {
                let stays = |id: &LocalId| placed.scope_of.get(id).is_none_or(|s| !edge.leaving.contains(s));
                let spilled = spilled(&placed.live.entry[edge.target.0]);
                regions[edge.target.0].extend(full.iter().copied().filter(stays).chain(spilled));
            }
            Op::Await(id) => {
                let spilled = spilled(&placed.live.before[id.0]);
                awaits[id.0].0.extend(full.iter().copied().chain(spilled));
            }
            Op::If { cond, then, els } => {
                let mut inner = full.clone();
                let mut names = Vec::new();
                super::lower::LetBindings(&mut names).visit_expr(cond);
                inner.extend(names.iter().filter_map(|n| cfg.locals.find(n)).filter(|id| in_slot(placed, arm, *id)));
                full_at_exits(placed, arm, then, inner, regions, awaits);
                full_at_exits(placed, arm, els, full.clone(), regions, awaits);
            }
            Op::Match { arms, .. } => {
                for (pat, ops) in arms {
                    let mut inner = full.clone();
                    define(pat, &mut inner);
                    full_at_exits(placed, arm, ops, inner, regions, awaits);
                }
            }
        }
    }
}

/// The root variable of a place expression.
pub(crate) fn root_local(cfg: &Cfg, expr: &Expr) -> Option<LocalId> {
    root(expr).and_then(|name| cfg.locals.find(name))
}
