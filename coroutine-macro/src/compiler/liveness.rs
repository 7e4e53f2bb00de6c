//! Liveness over the regions of a [`Cfg`]: the fixpoint of [`flow`](super::flow) along its edges.

use super::again::Again;
use super::borrows::{self, chain_root};
use super::cfg::{Arm, Await, Cfg, Edge, Op, Region};
use super::concurrent;
use super::flow::{mentioned, root, Flow, Kind, Use};
use super::id::{AwaitId, LocalId, LocalSet, Origin, RegionId};
use super::many::{self, All};
use super::operands::each_given;
use syn::visit::Visit;
use syn::{Expr, Lifetime, Stmt};

/// What is live where.
pub(crate) struct Live {
    /// At the start of each region.
    pub(crate) entry: Vec<LocalSet>,
    /// Before each await's operand is evaluated.
    pub(crate) before: Vec<LocalSet>,
    /// While each await waits: what comes after it needs, and what is lent to a child.
    pub(crate) during: Vec<LocalSet>,
}

/// Computes liveness to its fixpoint.
pub(crate) fn liveness(cfg: &Cfg, again: &Again) -> Live {
    let empty = |n: usize| vec![LocalSet::new(); n];
    let mut live = Live { entry: empty(cfg.regions.len()), before: empty(cfg.awaits.len()), during: empty(cfg.awaits.len()) };
    loop {
        let mut changed = false;
        for arm in cfg.sequence.iter().rev() {
            match *arm {
                Arm::Region(id) => {
                    let (entry, _) = region(cfg, &live, again, id, false);
                    changed |= entry != live.entry[id.0];
                    live.entry[id.0] = entry;
                }
                Arm::Takeoff(id) => {
                    let (before, during, _) = takeoff(cfg, &live, again, id, false);
                    changed |= before != live.before[id.0] || during != live.during[id.0];
                    (live.before[id.0], live.during[id.0]) = (before, during);
                }
            }
        }
        if !changed {
            return live;
        }
    }
}

/// All uses in one piece of code.
pub(crate) fn uses(cfg: &Cfg, live: &Live, again: &Again, arm: Arm) -> Vec<Use> {
    match arm {
        Arm::Region(id) => region(cfg, live, again, id, true).1,
        Arm::Takeoff(id) => takeoff(cfg, live, again, id, true).2,
    }
}

fn region(cfg: &Cfg, live: &Live, again: &Again, id: RegionId, report: bool) -> (LocalSet, Vec<Use>) {
    let jumps = |label: &Lifetime, again: bool| jump(cfg, live, label, again);
    let mut flow = Flow::new(&cfg.locals, &jumps, again);
    flow.uses = report.then(Vec::new);
    let Region { ops, entry, .. } = &cfg.regions[id.0];
    let mut entry_live = tree(live, &mut flow, ops);
    if let super::cfg::Entry::Landing(id) = entry {
        flow.define(&cfg.awaits[id.0].result, &mut entry_live);
    }
    (entry_live, flow.uses.unwrap_or_default())
}

fn jump(cfg: &Cfg, live: &Live, label: &Lifetime, again: bool) -> LocalSet {
    let target = cfg.labels.get(&label.to_string());
    let region = target.and_then(|t| if again { t.continues } else { Some(t.breaks) });
    region.map(|(region, _)| live.entry[region.0].clone()).unwrap_or_default()
}

fn tree(live: &Live, flow: &mut Flow<'_>, ops: &[Op]) -> LocalSet {
    let mut now = LocalSet::new();
    for op in ops.iter().rev() {
        match op {
            Op::Plain(stmt) => flow.stmt(stmt, &mut now),
            Op::Open(_) | Op::Close(_) => (),
            Op::Jump(Edge { target, .. }) => now = live.entry[target.0].clone(),
            Op::Return(value) => {
                now.clear();
                flow.value(value, &mut now);
            }
            Op::Await(id) => now = live.before[id.0].clone(),
            Op::If { cond, then, els } => {
                let otherwise = tree(live, flow, els);
                now = tree(live, flow, then);
                flow.condition(cond, &mut now, &otherwise);
            }
            Op::Match { scrutinee, arms } => {
                let arms: Vec<_> = arms.iter().map(|(pat, ops)| (pat, tree(live, flow, ops))).collect();
                flow.matching(scrutinee, arms.into_iter(), &mut now);
            }
        }
    }
    now
}

fn takeoff(cfg: &Cfg, live: &Live, again: &Again, id: AwaitId, report: bool) -> (LocalSet, LocalSet, Vec<Use>) {
    let it = &cfg.awaits[id.0];
    let jumps = |label: &Lifetime, again: bool| jump(cfg, live, label, again);
    let mut flow = Flow::new(&cfg.locals, &jumps, again);
    let mut now = after(cfg, live, it);
    for lend in lends(cfg, again, &now, it) {
        let given = perhaps_given(cfg, again, it, &lend).filter(|local| !now.contains(local));
        flow.borrow(lend.place(), &mut now);
        given.iter().for_each(|local| {
            now.remove(local);
        });
    }
    let during = now.clone();
    flow.uses = report.then(Vec::new);
    flow.operand(&it.operand, &mut now);
    for stmt in it.moved.iter().rev() {
        flow.stmt(stmt, &mut now);
    }
    let mut moved = Vec::new();
    it.moved.iter().for_each(|stmt| {
        if let syn::Stmt::Local(local) = stmt {
            super::normalize::bindings(&local.pat, &mut moved);
        }
    });
    moved.retain(|name| !it.hosted.contains(name));
    let inner: LocalSet = moved.iter().filter_map(|name| cfg.locals.find(name)).collect();
    let during = during.difference(&inner).copied().chain(after(cfg, live, it)).collect();
    (now, during, flow.uses.unwrap_or_default())
}

/// What is live after an await, but for its result.
fn after(cfg: &Cfg, live: &Live, it: &Await) -> LocalSet {
    let mut after = live.entry[it.landing.0].clone();
    if let Some(result) = cfg.locals.find(&it.result) {
        after.remove(&result);
    }
    after
}

/// What a child is lent again after a restore, in the order of its parameters.
pub(crate) enum Lend<'a> {
    /// An argument that is a borrow (`&x`, `&mut x.y`) or what was lent to us.
    Argument(&'a Expr),
    /// A receiver, which Rust borrows by itself.
    Receiver(&'a Expr),
    /// A literal: the callee's type says whether it is lent or given.
    Perhaps(&'a Expr),
    /// `None`, or a literal in a `Some`: as for a literal.
    Wrapped(&'a Expr),
    /// What may be a borrow that is taken again. So does the callee's type; or its own, if there are several.
    ByType(&'a Expr),
    /// The calls that run beside each other, as what gives them: each is lent what it would be lent if it were made again.
    Calls(&'a Expr),
}

impl<'a> Lend<'a> {
    pub(crate) fn place(&self) -> &'a Expr {
        match self {
            Lend::Argument(e) | Lend::Receiver(e) | Lend::Perhaps(e) | Lend::Wrapped(e) | Lend::ByType(e) | Lend::Calls(e) => e,
        }
    }

    /// Whether it is lent, whatever the types are.
    pub(crate) fn is_sure(&self) -> bool {
        matches!(self, Lend::Argument(_) | Lend::Receiver(_) | Lend::Calls(_))
    }
}

/// A variable that is lent if it is a borrow, and else given: what it holds is then the child's. (What branches are given is copied.)
pub(crate) fn perhaps_given(cfg: &Cfg, again: &Again, it: &Await, lend: &Lend<'_>) -> Option<LocalId> {
    let Lend::ByType(place) = lend else { return None };
    if concurrent::branches(&it.operand).is_some() {
        return None;
    }
    let inside = match place {
        Expr::Call(e) => some(e)?,
        place => place,
    };
    cfg.locals.of(inside).filter(|local| is_by_type(cfg, again, *local))
}

/// What an operand lends, if it is a child. `after`: what is live after the await.
pub(crate) fn lends<'a>(cfg: &Cfg, again: &Again, after: &LocalSet, it: &'a Await) -> Vec<Lend<'a>> {
    if it.step {
        return Vec::new();
    }
    let mut found = Vec::new();
    match concurrent::branches(&it.operand) {
        Some((_, branches)) => {
            each_branch(cfg, after, &branches, &mut |branch, after| found.extend(of_operand(cfg, again, after, branch)));
        }
        None => found = of_operand(cfg, again, after, &it.operand),
    }
    // What is found by what the same call is given cannot be found again.
    let given = given(cfg, &it.operand);
    found.retain(|lend| !found_by(cfg, again, lend.place(), &given) && !is_made_with(cfg, after, it, lend));
    found
}

/// Whether what may be text is made as part of an await.
fn is_made_with(cfg: &Cfg, after: &LocalSet, it: &Await, lend: &Lend<'_>) -> bool {
    let Lend::ByType(place) = lend else { return false };
    // (What a branch is lent is not given: so it is text only where it is copied, for it is used again.)
    let given = |local: &LocalId| it.fresh.contains(local) || concurrent::branches(&it.operand).is_some() && cfg.texts.contains(local);
    cfg.locals.of(place).is_some_and(|local| given(&local) && !after.contains(&local))
}

/// Whether a place is found by variables of the function alone, and not by a closure's.
fn is_outside(cfg: &Cfg, place: &Expr) -> bool {
    struct Inner<'a>(&'a Cfg, bool);
    impl<'ast> Visit<'ast> for Inner<'_> {
        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            let local = path.path.get_ident().and_then(|name| self.0.locals.find(name));
            self.1 |= local.is_some_and(|local| self.0.locals[local].origin == Origin::Inner);
        }
    }
    let mut inner = Inner(cfg, false);
    inner.visit_expr(place);
    !inner.1
}

/// The variables that an operand is given.
fn given(cfg: &Cfg, operand: &Expr) -> LocalSet {
    let mut given = LocalSet::new();
    each_given(&Stmt::Expr(operand.clone(), None), &mut |path| given.extend(path.path.get_ident().and_then(|name| cfg.locals.find(name))));
    given.retain(|local| cfg.locals[*local].origin != Origin::Lent);
    given
}

/// Whether something that a place is found by, to be taken again, borrows from one of these. (What the place itself borrows from is there,
/// as rustc has checked: if it is given, then as a copy.)
fn found_by(cfg: &Cfg, again: &Again, place: &Expr, given: &LocalSet) -> bool {
    let Some(root) = chain_root(&cfg.locals, place) else { return false };
    let mut needed = mentioned(&cfg.locals, |mentioned| mentioned.visit_expr(place));
    needed.remove(&root);
    let lost = |local: &LocalId| {
        let mut at = Some(*local);
        while let Some(group) = at.and_then(|local| again.get(local)) {
            at = chain_root(&cfg.locals, &group.value);
        }
        at != Some(*local) && at.is_some_and(|root| given.contains(&root))
    };
    needed.iter().any(lost) || again.get(root).is_some_and(|group| found_by(cfg, again, &group.value, given))
}

/// What each branch of an operand lends, if it runs several beside each other.
pub(crate) fn lends_of_branches<'a>(cfg: &Cfg, again: &Again, after: &LocalSet, it: &'a Await) -> Option<Vec<Vec<Lend<'a>>>> {
    let (_, branches) = concurrent::branches(&it.operand)?;
    let mut all = Vec::new();
    each_branch(cfg, after, &branches, &mut |branch, after_branch| {
        let mut found = of_operand(cfg, again, after_branch, branch);
        found.retain(|lend| !is_made_with(cfg, after, it, lend));
        all.push(found);
    });
    Some(all)
}

/// Calls `f` on each branch, with what is used after it is made: what a later branch mentions, this one was not given.
fn each_branch<'a>(cfg: &Cfg, after: &LocalSet, branches: &[&'a Expr], f: &mut dyn FnMut(&'a Expr, &LocalSet)) {
    for (n, branch) in branches.iter().enumerate() {
        let mut after = after.clone();
        for later in branches.iter().skip(n + 1) {
            after.extend(mentioned(&cfg.locals, |mentioned| mentioned.visit_expr(later)));
        }
        f(branch, &after);
    }
}

/// What is lent by a call, or by any number of them.
fn of_operand<'a>(cfg: &Cfg, again: &Again, after: &LocalSet, operand: &'a Expr) -> Vec<Lend<'a>> {
    let mut found = Vec::new();
    match many::all(operand) {
        Some(All::Again(calls)) => found.push(Lend::Calls(calls)),
        Some(All::Same(Some(call))) => {
            collect(cfg, again, after, call, &mut found);
            found.retain(|lend| lend.is_sure() && is_outside(cfg, lend.place()));
        }
        Some(All::Same(None)) | None => collect(cfg, again, after, operand, &mut found),
    }
    found
}

fn collect<'a>(cfg: &Cfg, again: &Again, after: &LocalSet, operand: &'a Expr, found: &mut Vec<Lend<'a>>) {
    match operand {
        Expr::Paren(e) => collect(cfg, again, after, &e.expr, found),
        Expr::Call(e) => match boxed(operand) {
            Some(inner) => collect(cfg, again, after, inner, found),
            None => arguments(cfg, again, &e.args, true, found),
        },
        Expr::MethodCall(e) => {
            if let Some(local) = root(&e.receiver).and_then(|name| cfg.locals.find(name)) {
                if cfg.locals[local].origin == Origin::Lent || after.contains(&local) || again.contains(local) {
                    found.push(Lend::Receiver(&e.receiver));
                }
            } else if matches!(&*e.receiver, Expr::Reference(_)) {
                found.push(Lend::Argument(&e.receiver));
            } else if let Expr::Paren(paren) = &*e.receiver {
                if matches!(&*paren.expr, Expr::Reference(_)) {
                    found.push(Lend::Argument(&paren.expr));
                }
            }
            // (Whether what is hosted is lent is told by how much else is.)
            let known = !found.is_empty();
            arguments(cfg, again, &e.args, known, found);
        }
        _ => (),
    }
}

/// What is called on places, of an operand or of each of its branches: the number of the branch, the call, and the place.
pub(crate) fn receivers(it: &Await) -> Vec<(usize, &Expr, &Expr)> {
    if it.step {
        return Vec::new();
    }
    let calls = concurrent::branches(&it.operand).map_or_else(|| vec![&it.operand], |(_, branches)| branches);
    calls.into_iter().enumerate().filter_map(|(n, call)| Some((n, call, receiver(call)?))).collect()
}

/// What a method is called on, if it is a place.
fn receiver(call: &Expr) -> Option<&Expr> {
    fn of(operand: &Expr) -> Option<&Expr> {
        match operand {
            Expr::Paren(e) => of(&e.expr),
            // (Nothing is lent more than eight.)
            Expr::MethodCall(e) => (is_bare(&e.receiver) && e.args.len() < 8).then_some(&*e.receiver),
            Expr::Call(_) => of(boxed(operand)?),
            _ => None,
        }
    }
    fn is_bare(place: &Expr) -> bool {
        match place {
            Expr::Path(_) => true,
            Expr::Field(e) => is_bare(&e.base),
            Expr::Paren(e) => is_bare(&e.expr),
            _ => false,
        }
    }
    of(call)
}

/// The call in `Box::pin(call)`.
pub(crate) fn boxed(operand: &Expr) -> Option<&Expr> {
    boxed_expr(operand).filter(|e| matches!(e, Expr::Call(_) | Expr::MethodCall(_)))
}

fn boxed_expr(operand: &Expr) -> Option<&Expr> {
    let Expr::Call(e) = operand else { return None };
    let Expr::Path(path) = &*e.func else { return None };
    let mut segments = path.path.segments.iter().rev();
    let (pin, of) = (segments.next()?, segments.next()?);
    (pin.ident == "pin" && of.ident == "Box").then(|| e.args.first()).flatten()
}

/// What a call's arguments lend. `known`: it is known whether what the call is on is lent.
fn arguments<'a>(
    cfg: &Cfg,
    again: &Again,
    args: &'a syn::punctuated::Punctuated<Expr, syn::Token![,]>,
    known: bool,
    found: &mut Vec<Lend<'a>>,
) {
    for arg in args {
        let lend = match cfg.locals.of(arg) {
            // (A list that is made again lies in no slot: its items are lent, and steps alone may have the list.)
            None if is_of_list(cfg, arg) => is_item(arg).then_some(Lend::Argument(arg)),
            Some(local) if cfg.locals[local].list.is_some() => None,
            Some(local) if again.is_by_type(local) || (known && is_by_type(cfg, again, local)) => Some(Lend::ByType(arg)),
            _ if is_literal(arg) => Some(Lend::Perhaps(arg)),
            _ if is_lend(cfg, again, arg) => Some(Lend::Argument(arg)),
            _ if !known => None,
            _ if may_be_lent(cfg, again, arg) => Some(Lend::ByType(arg)),
            _ if is_wrapped_literal(arg) => Some(Lend::Wrapped(arg)),
            _ => None,
        };
        found.extend(lend);
    }
}

/// Whether an argument points to a list of borrows, or is in one.
fn is_of_list(cfg: &Cfg, arg: &Expr) -> bool {
    let direct = match arg {
        Expr::MethodCall(e) => e.method.to_string().starts_with("as_"),
        arg => matches!(arg, Expr::Reference(_) | Expr::Index(_)),
    };
    direct && chain_root(&cfg.locals, arg).is_some_and(|local| cfg.locals[local].list.is_some())
}

/// `list[n]`
fn is_item(arg: &Expr) -> bool {
    matches!(arg, Expr::Index(e) if !matches!(*e.index, Expr::Range(_)))
}

/// Whether the type of a variable says if it is a borrow.
fn is_by_type(cfg: &Cfg, again: &Again, local: LocalId) -> bool {
    again.is_by_type(local) || cfg.texts.contains(&local)
}

fn may_be_lent(cfg: &Cfg, again: &Again, arg: &Expr) -> bool {
    match arg {
        Expr::Call(e) => {
            let by_type = |inner: &Expr| cfg.locals.of(inner).is_some_and(|local| again.is_by_type(local));
            some(e).is_some_and(|inner| by_type(inner) || may_be_lent(cfg, again, inner))
        }
        arg => borrows::may_be_lent(&cfg.locals, arg),
    }
}

fn is_lend(cfg: &Cfg, again: &Again, arg: &Expr) -> bool {
    match arg {
        Expr::Call(e) => some(e).is_some_and(|inner| is_lend(cfg, again, inner)),
        Expr::Tuple(e) => !e.elems.is_empty() && e.elems.iter().all(|e| is_lend(cfg, again, e)),
        Expr::Reference(e) => match root(&e.expr) {
            // (An iterator that is made again lies in no slot: a step may have it, and no coroutine.)
            Some(name) if cfg.locals.find(name).is_some_and(|local| cfg.walks.contains_key(&local)) => false,
            Some(name) => cfg.locals.find(name).is_some() || e.mutability.is_none(),
            None => e.mutability.is_none() && borrows::is_promoted(&cfg.locals, &e.expr),
        },
        Expr::Path(path) => {
            let local = path.path.get_ident().and_then(|name| cfg.locals.find(name));
            local.is_some_and(|local| cfg.locals[local].origin == Origin::Lent || again.is_sure(local))
        }
        Expr::Paren(e) => is_lend(cfg, again, &e.expr),
        _ => false,
    }
}

/// What is inside of a `Some(..)`.
fn some(call: &syn::ExprCall) -> Option<&Expr> {
    let Expr::Path(path) = &*call.func else { return None };
    let named = path.path.segments.last().is_some_and(|segment| segment.ident == "Some");
    call.args.first().filter(|_| named && call.args.len() == 1)
}

/// `None`, or `Some("text")`.
fn is_wrapped_literal(arg: &Expr) -> bool {
    match arg {
        Expr::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "None"),
        Expr::Call(e) => some(e).is_some_and(is_literal),
        _ => false,
    }
}

/// A literal that is a borrow by itself: `"text"` goes to a `&str` that is lent as well as to a `&'static str`.
fn is_literal(arg: &Expr) -> bool {
    match arg {
        Expr::Lit(e) => matches!(e.lit, syn::Lit::Str(_) | syn::Lit::ByteStr(_) | syn::Lit::CStr(_)),
        Expr::Paren(e) => is_literal(&e.expr),
        _ => false,
    }
}

/// Whether a use binds or assigns the variable, rather than reads it.
pub(crate) fn writes(used: &Use) -> bool {
    matches!(used.kind, Kind::Assigned | Kind::Defined)
}
