//! Which variables may hold text that a call gives of what it is lent: `let host = host_of(url);`. Where that is a `&str`, as its type says,
//! its slot holds a copy: while the borrow lives, the text that it is of does not change, so nobody can tell.
//!
//! In: [`Cfg`]; out: the variables. A type that is declared says it all. Else left out are variables whose type may be known only from what
//! follows, since it is asked where they are bound; and text that is used as if it lasted forever, as a `&'static str` does.

use super::borrows;
use super::cfg::{each_let, Cfg, Op};
use super::id::{LocalId, LocalSet, Origin};
use super::loans::{bare, optional};
use super::normalize::untyped;
use super::operands::each_part;
use super::place::each_op;
use std::collections::BTreeMap;
use syn::{Expr, Pat, Stmt, Type};

mod uses;

use uses::Uses;

/// Calls that give what is expected of them.
const AS_EXPECTED: &[&str] = &[
    "collect",
    "decode",
    "default",
    "deserialize",
    "downcast",
    "extract",
    "fold",
    "into",
    "json",
    "partition",
    "product",
    "query",
    "read",
    "sum",
    "unzip",
];

/// Methods that give one of a few literals, as their names say.
const OF_KIND: &[&str] = &["code", "kind", "label", "level", "reason", "symbol", "variant"];

/// What gave a variable that may be text.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// A method without arguments, whose type surely is known.
    Method,
    /// One that may well give literals: it is none if it is given to anybody who may ask for such.
    Kind,
    /// Any other call: it is text if it is used as such.
    Call,
    /// Another such variable.
    Same(LocalId),
}

/// Finds them, and which of them each await may be made with.
pub(crate) fn find(cfg: &mut Cfg) {
    let (declared, may_be) = texts(cfg);
    let mut regions = std::mem::take(&mut cfg.regions);
    for region in &mut regions {
        fresh(&region.ops, &mut LocalSet::new(), &may_be, cfg);
    }
    cfg.regions = regions;
    cfg.texts = declared.union(&may_be).copied().collect();
}

fn fresh(ops: &[Op], bound: &mut LocalSet, may_be: &LocalSet, cfg: &mut Cfg) {
    for op in ops {
        match op {
            Op::Plain(Stmt::Local(local)) => {
                let names = borrows::names(&cfg.locals, &local.pat, false);
                bound.extend(names.into_iter().filter(|id| may_be.contains(id)));
            }
            Op::If { then, els, .. } => [then, els].into_iter().for_each(|ops| fresh(ops, &mut bound.clone(), may_be, cfg)),
            Op::Match { arms, .. } => arms.iter().for_each(|(_, ops)| fresh(ops, &mut bound.clone(), may_be, cfg)),
            Op::Await(id) => cfg.awaits[id.0].fresh.clone_from(bound),
            _ => (),
        }
    }
}

/// Those whose types are declared, and the others.
fn texts(cfg: &Cfg) -> (LocalSet, LocalSet) {
    let mut found = Found { cfg, declared: LocalSet::new(), may_be: BTreeMap::new() };
    each_op(cfg, &mut |op| match op {
        Op::Plain(Stmt::Local(local)) => {
            if let Some(init) = &local.init {
                found.bound(&local.pat, &init.expr);
            }
        }
        Op::If { cond, .. } => each_let(cond, &mut |pat, value| found.bound(pat, value)),
        Op::Match { scrutinee, arms } => arms.iter().for_each(|(pat, _)| found.bound(pat, scrutinee)),
        _ => (),
    });
    let Found { declared, may_be, .. } = found;
    let mut as_used = LocalSet::new();
    if may_be.is_empty() {
        return (declared, as_used);
    }
    let mut uses = Uses::of(cfg);
    // What is known of a variable is known of the one that it was given by.
    uses.same.extend(may_be.iter().filter_map(|(id, source)| match source {
        Source::Same(of) => Some((*id, *of)),
        _ => None,
    }));
    for (id, of) in std::mem::take(&mut uses.same).into_iter().rev() {
        for set in [&mut uses.as_text, &mut uses.otherwise] {
            if set.contains(&id) {
                set.insert(of);
            }
        }
    }
    for (id, source) in &may_be {
        let is = match source {
            Source::Method => true,
            Source::Kind => !uses.given.contains(id),
            Source::Call => uses.as_text.contains(id),
            Source::Same(of) => declared.contains(of) || as_used.contains(of),
        };
        if is && !uses.otherwise.contains(id) {
            as_used.insert(*id);
        }
    }
    (declared, as_used)
}

struct Found<'c> {
    cfg: &'c Cfg,
    /// By their types.
    declared: LocalSet,
    /// As far as can be told without types.
    may_be: BTreeMap<LocalId, Source>,
}

impl Found<'_> {
    fn bound(&mut self, pat: &Pat, value: &Expr) {
        if let (Pat::Type(typed), Pat::Ident(name)) = (pat, untyped(pat)) {
            if is_text(&typed.ty) {
                let id = self.cfg.locals.find(&name.ident).filter(|id| may_hold(self.cfg, *id));
                self.declared.extend(id.filter(|_| self.source(value).is_some()));
            }
            if !matches!(*typed.ty, Type::Infer(_)) {
                return;
            }
        }
        each_part(pat, value, &mut |pat, value| {
            if let Some(source) = self.source(value) {
                let bound = borrows::names(&self.cfg.locals, pat, false).into_iter().filter(|id| may_hold(self.cfg, *id));
                self.may_be.extend(bound.map(|id| (id, source)));
            }
        });
    }

    /// What gives a value, if it may be text. (The items of a loop have a way of their own.)
    fn source(&self, value: &Expr) -> Option<Source> {
        match value {
            Expr::Paren(e) => self.source(&e.expr),
            Expr::Try(e) => self.source(&e.expr),
            Expr::Block(e) => self.given_by(&e.block),
            Expr::If(e) => self.given_by(&e.then_branch).or_else(|| self.source(&e.else_branch.as_ref()?.1)),
            Expr::Match(e) => e.arms.iter().find_map(|arm| self.source(&arm.body)),
            Expr::Path(_) => self.cfg.locals.of(value).filter(|id| self.has(*id)).map(Source::Same),
            Expr::MethodCall(e) if borrows::passes_on(&e.method.to_string()) => self.source(&e.receiver),
            Expr::MethodCall(e) => {
                let name = e.method.to_string();
                let of_place = borrows::chain_root(&self.cfg.locals, &e.receiver).is_some() && is_looked_at(&e.receiver);
                let source = match &name[..] {
                    kind if OF_KIND.contains(&kind) => Source::Kind,
                    _ if e.args.is_empty() => Source::Method,
                    _ => Source::Call,
                };
                (of_place && !is_as_expected(&name) && !gives_value(&name)).then_some(source)
            }
            Expr::Call(e) => {
                let Expr::Path(path) = &*e.func else { return None };
                let name = path.path.segments.last()?.ident.to_string();
                let ours = path.path.segments.iter().any(|segment| segment.ident == "__private");
                let function = name.starts_with(char::is_lowercase) && !ours && !is_as_expected(&name);
                (function && e.args.iter().any(|arg| self.is_lent(arg))).then_some(Source::Call)
            }
            _ => None,
        }
    }

    fn given_by(&self, block: &syn::Block) -> Option<Source> {
        match block.stmts.last()? {
            Stmt::Expr(value, None) => self.source(value),
            _ => None,
        }
    }

    fn is_lent(&self, arg: &Expr) -> bool {
        match arg {
            Expr::Reference(_) | Expr::MethodCall(_) => borrows::chain_root(&self.cfg.locals, arg).is_some(),
            Expr::Path(_) => self.cfg.locals.of(arg).is_some_and(|id| {
                let local = &self.cfg.locals[id];
                local.origin == Origin::Lent || local.borrow.is_some() || self.has(id)
            }),
            _ => false,
        }
    }

    fn has(&self, id: LocalId) -> bool {
        self.declared.contains(&id) || self.may_be.contains_key(&id)
    }
}

fn may_hold(cfg: &Cfg, id: LocalId) -> bool {
    let local = &cfg.locals[id];
    !local.mutable && local.origin == Origin::Binding && local.borrow.is_none() && local.adaptor.is_none()
}

/// `&str`, for less than forever, or an `Option` of it.
fn is_text(ty: &Type) -> bool {
    let text = |ty: &Type| match bare(ty) {
        Type::Reference(of) => {
            let forever = of.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            of.mutability.is_none() && !forever && matches!(bare(&of.elem), Type::Path(path) if path.path.is_ident("str"))
        }
        _ => false,
    };
    text(ty) || optional(bare(ty)).is_some_and(text)
}

fn is_as_expected(name: &str) -> bool {
    AS_EXPECTED.contains(&name) || ["from_", "get_", "parse", "try_"].iter().any(|begin| name.starts_with(begin))
}

/// A place, or what methods without arguments give of one.
fn is_looked_at(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Unary(_) | Expr::Reference(_) => true,
        Expr::Paren(e) => is_looked_at(&e.expr),
        Expr::MethodCall(e) => e.args.is_empty() && !borrows::points_into(&e.method.to_string()) && is_looked_at(&e.receiver),
        _ => false,
    }
}

/// By the names that such methods have.
fn gives_value(name: &str) -> bool {
    let of_kind = ["to_", "into_", "is_", "has_"].iter().any(|begin| name.starts_with(begin));
    of_kind || matches!(name, "clone" | "len" | "count" | "contains" | "contains_key")
}
