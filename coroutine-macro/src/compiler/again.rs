//! [`Cfg`] → [`Again`]: which variables hold a borrow that is taken again in each piece of code that uses them, and how. See
//! [`borrows`](super::borrows) for what can be.

use super::borrows::{borrow, chain_root, is_place, names, retake, Borrow};
use super::cfg::{each_let, Arm, Cfg, Op};
use super::id::{LocalId, LocalSet};
use super::liveness::{liveness, uses};
use super::normalize::bindings;
use super::operands::each_part;
use super::place::{each_op, mentioned_expr};
use super::walks::{gives_borrows, next_of};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Pat, Stmt};

/// Variables that one expression gives again.
pub(crate) struct Group {
    /// Binds them; names that it bound besides are `_`.
    pub(crate) pat: Pat,
    pub(crate) value: Expr,
    pub(crate) kind: Borrow,
    pub(crate) locals: Vec<LocalId>,
}

impl Group {
    /// The variable, if the expression's value is nothing else.
    pub(crate) fn whole(&self) -> bool {
        matches!(self.pat, Pat::Ident(_))
    }

    /// The last declared of its variables that is wanted: the others are bound with it.
    pub(crate) fn last_of(&self, wanted: &LocalSet) -> Option<LocalId> {
        self.locals.iter().copied().filter(|local| wanted.contains(local)).max()
    }

    /// Whether it is a mutable borrow, as it is written.
    pub(crate) fn is_mutable(&self) -> bool {
        fn mutable(expr: &Expr) -> bool {
            match expr {
                Expr::Reference(e) => e.mutability.is_some() || mutable(&e.expr),
                Expr::MethodCall(e) => e.method.to_string().ends_with("_mut") || mutable(&e.receiver),
                Expr::Call(e) => e.args.iter().any(mutable),
                Expr::Closure(e) => mutable(&e.body),
                Expr::Paren(e) => mutable(&e.expr),
                Expr::Field(e) => mutable(&e.base),
                Expr::Index(e) => mutable(&e.expr),
                Expr::Unary(e) => mutable(&e.expr),
                _ => false,
            }
        }
        mutable(&self.value)
    }
}

/// The borrows that are taken again.
#[derive(Default)]
pub(crate) struct Again {
    pub(crate) groups: Vec<Group>,
    of: BTreeMap<LocalId, usize>,
}

impl Again {
    /// What gives a variable again.
    pub(crate) fn get(&self, local: LocalId) -> Option<&Group> {
        self.of.get(&local).and_then(|n| self.groups.get(*n))
    }

    /// Whether a variable is a borrow, whatever its type: it has no slot.
    pub(crate) fn is_sure(&self, local: LocalId) -> bool {
        self.get(local).is_some_and(|group| group.kind == Borrow::Sure)
    }

    /// Whether its type says if a variable is a borrow.
    pub(crate) fn is_by_type(&self, local: LocalId) -> bool {
        self.get(local).is_some_and(|group| matches!(group.kind, Borrow::ByType | Borrow::Walk | Borrow::Item))
    }

    /// Whether a variable is what an iterator gave that is made again.
    pub(crate) fn is_item(&self, local: LocalId) -> bool {
        self.get(local).is_some_and(|group| group.kind == Borrow::Item)
    }

    /// Whether a variable is made again after a restore.
    pub(crate) fn is_made(&self, local: LocalId) -> bool {
        self.get(local).is_some_and(|group| group.kind == Borrow::Made)
    }

    pub(crate) fn contains(&self, local: LocalId) -> bool {
        self.of.contains_key(&local)
    }

    fn add(&mut self, group: Group) {
        let n = self.groups.len();
        for local in &group.locals {
            self.of.insert(*local, n);
        }
        self.groups.push(group);
    }
}

/// Finds the borrows that are taken again.
pub(crate) fn again(cfg: &Cfg) -> Again {
    let mut found = Again::default();
    each_op(cfg, &mut |op| match op {
        Op::Plain(Stmt::Local(local)) => {
            if let Some(init) = &local.init {
                binding(cfg, &local.pat, &init.expr, &mut found);
            }
        }
        Op::If { cond, .. } => each_let(cond, &mut |pat, value| binding(cfg, pat, value, &mut found)),
        Op::Match { scrutinee, arms } => arms.iter().for_each(|(pat, _)| binding(cfg, pat, scrutinee, &mut found)),
        _ => (),
    });
    // What is used in one piece of code stays an ordinary variable there.
    let live = liveness(cfg, &found);
    let mut arms: BTreeMap<LocalId, BTreeSet<Arm>> = BTreeMap::new();
    for arm in &cfg.sequence {
        for used in uses(cfg, &live, &found, *arm) {
            arms.entry(used.local).or_default().insert(*arm);
        }
    }
    let crosses = |id: &LocalId| arms.get(id).is_some_and(|arms| arms.len() > 1);
    let mut kept = Again::default();
    for mut group in found.groups {
        group.locals.retain(crosses);
        if !group.locals.is_empty() {
            blank(&mut group, cfg);
            kept.add(group);
        }
    }
    kept
}

/// (A value that is taken apart beside a borrow is none itself.)
fn binding(cfg: &Cfg, pat: &Pat, value: &Expr, found: &mut Again) {
    each_part(pat, value, &mut |pat, value| part(cfg, bare(pat), value, found));
}

fn part(cfg: &Cfg, pat: &Pat, value: &Expr, found: &mut Again) {
    let whole = matches!(pat, Pat::Ident(pat) if pat.subpat.is_none());
    if let Pat::Ident(made) = pat {
        if let Some(id) = cfg.locals.find(&made.ident).filter(|id| cfg.locals[*id].borrow == Some(Borrow::Made)) {
            return found.add(Group { pat: pat.clone(), value: value.clone(), kind: Borrow::Made, locals: vec![id] });
        }
        let sure = |id: &LocalId| cfg.locals[*id].told.is_some() || cfg.locals[*id].list.is_some();
        if let Some(id) = cfg.locals.find(&made.ident).filter(sure) {
            return found.add(Group { pat: pat.clone(), value: value.clone(), kind: Borrow::Sure, locals: vec![id] });
        }
    }
    if let Pat::Ident(name) = pat {
        if let Some(id) = cfg.locals.find(&name.ident).filter(|id| cfg.locals[*id].entry) {
            return found.add(Group { pat: pat.clone(), value: retake(value), kind: Borrow::Sure, locals: vec![id] });
        }
    }
    if let Pat::Ident(walk) = pat {
        if let Some(id) = cfg.locals.find(&walk.ident).filter(|id| cfg.walks.contains_key(id)) {
            let pat = syn::PatIdent { mutability: None, ..walk.clone() };
            return found.add(Group { pat: Pat::Ident(pat), value: retake(value), kind: Borrow::Walk, locals: vec![id] });
        }
    }
    if let Some(value) = item(cfg, value) {
        let locals = names(&cfg.locals, pat, false);
        if !locals.is_empty() {
            found.add(Group { pat: pat.clone(), value: retake(&value), kind: Borrow::Item, locals });
        }
        return;
    }
    let (value, kind) = match source(cfg, value, whole) {
        Some(source) => source,
        // Of a place itself, only what is bound by `ref` is a borrow.
        None if is_place(&cfg.locals, value) && !mentioned_expr(cfg, value).is_empty() => {
            let mut locals = names(&cfg.locals, pat, true);
            // (What a list of borrows holds is one.)
            if chain_root(&cfg.locals, value).is_some_and(|local| cfg.locals[local].list.is_some()) {
                locals.extend(names(&cfg.locals, pat, false));
            }
            if !locals.is_empty() {
                found.add(Group { pat: pat.clone(), value: value.clone(), kind: Borrow::Sure, locals });
            }
            return;
        }
        None => return,
    };
    let mut locals = names(&cfg.locals, pat, false);
    locals.extend(names(&cfg.locals, pat, true));
    if !locals.is_empty() {
        // (A copy of what is behind a borrow is one, or none.)
        let kind = if copies(pat) { Borrow::ByType } else { kind };
        found.add(Group { pat: pat.clone(), value, kind, locals });
    }
}

/// The expression that gives an item of such an iterator again, by its number `__nth`.
fn item(cfg: &Cfg, value: &Expr) -> Option<Expr> {
    let (walk, _) = next_of(&cfg.locals, value, value)?;
    let again = cfg.walks.get(&walk).filter(|chain| gives_borrows(chain))?;
    let name = &cfg.locals[walk].ident;
    let item = syn::parse_quote!(::coroutine_runtime::__private::item_at(&#name, __nth, || #again));
    next_of(&cfg.locals, value, &item).map(|(_, value)| value)
}

/// Whether a pattern binds copies of what is behind a borrow.
fn copies(pat: &Pat) -> bool {
    struct Copies(bool);
    impl<'ast> syn::visit::Visit<'ast> for Copies {
        fn visit_pat_reference(&mut self, _: &'ast syn::PatReference) {
            self.0 = true;
        }
    }
    let mut copies = Copies(false);
    syn::visit::Visit::visit_pat(&mut copies, pat);
    copies.0
}

/// The pattern without type and guard.
fn bare(pat: &Pat) -> &Pat {
    match pat {
        Pat::Type(typed) => bare(&typed.pat),
        Pat::Guard(guard) => bare(&guard.pat),
        Pat::Paren(paren) => bare(&paren.pat),
        pat => pat,
    }
}

/// The expression that gives a value again, if it can be.
fn source(cfg: &Cfg, value: &Expr, whole: bool) -> Option<(Expr, Borrow)> {
    if let Expr::Call(call) = value {
        // The item of a loop.
        if let Some(Expr::Reference(cursor)) = call.args.first() {
            if let Expr::Path(path) = &*cursor.expr {
                let current = path.path.get_ident().and_then(|name| cfg.currents.get(&name.to_string()));
                return current.map(|current| (current.clone(), Borrow::ByType));
            }
        }
    }
    if let Some(kind) = borrow(&cfg.locals, value) {
        return Some((retake(value), kind));
    }
    match value {
        // A function by its name.
        Expr::Path(path) => {
            let function = path.path.segments.last().is_some_and(|s| s.ident.to_string().starts_with(char::is_lowercase));
            (whole && mentioned_expr(cfg, value).is_empty() && function).then(|| (value.clone(), Borrow::Sure))
        }
        // A closure holds borrows, or nothing: it is made again.
        Expr::Closure(e) => {
            let again = whole && (e.capture.is_none() || mentioned_expr(cfg, value).is_empty());
            again.then(|| (value.clone(), Borrow::Sure))
        }
        Expr::Paren(e) => source(cfg, &e.expr, whole),
        _ => None,
    }
}

/// Takes the names out of a group's pattern that it does not give.
fn blank(group: &mut Group, cfg: &Cfg) {
    struct Blank<'a>(&'a Cfg, LocalSet);
    impl VisitMut for Blank<'_> {
        fn visit_pat_mut(&mut self, pat: &mut Pat) {
            if let Pat::Ident(inner) = pat {
                if self.0.locals.find(&inner.ident).is_some_and(|id| !self.1.contains(&id)) {
                    *pat = match inner.subpat.take() {
                        Some((_, sub)) => *sub,
                        None => syn::parse_quote!(_),
                    };
                }
            }
            visit_mut::visit_pat_mut(self, pat);
        }
        fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
            // `Point { x }` is `Point { x: x }`.
            if field.colon_token.is_none() {
                let mut bound = Vec::new();
                bindings(&field.pat, &mut bound);
                if bound.iter().any(|b| self.0.locals.find(b).is_some_and(|id| !self.1.contains(&id))) {
                    field.colon_token = Some(Default::default());
                    field.pat = syn::parse_quote!(_);
                }
            }
            visit_mut::visit_field_pat_mut(self, field);
        }
    }
    let kept = group.locals.iter().copied().collect();
    Blank(cfg, kept).visit_pat_mut(&mut group.pat);
}
