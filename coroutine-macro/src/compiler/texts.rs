//! Which variables may hold text that a call gives of what it is lent: `let host = host_of(url);`. Where that is a `&str`, as its type says,
//! its slot holds a copy: while the borrow lives, the text that it is of does not change, so nobody can tell.
//!
//! In: [`Cfg`]; out: the variables. A type that is declared says it all. Else left out are variables whose type may be known only from what
//! follows, since it is asked where they are bound; and text that is used as if it lasted forever, as a `&'static str` does.

use super::borrows;
use super::cfg::{each_let, Cfg, Op};
use super::flow::mentioned;
use super::id::{LocalId, LocalSet, Origin};
use super::loans::{bare, optional};
use super::macros::{self, Known};
use super::normalize::untyped;
use super::operands::each_part;
use super::place::each_op;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Pat, Stmt, Type, UnOp};

/// Methods of text, and of an `Option` of it.
const OF_TEXT: &[&str] = &[
    "as_bytes",
    "as_ref",
    "bytes",
    "char_indices",
    "chars",
    "clone",
    "cmp",
    "contains",
    "ends_with",
    "eq",
    "eq_ignore_ascii_case",
    "expect",
    "filter",
    "find",
    "get",
    "into",
    "is_char_boundary",
    "is_empty",
    "is_none",
    "is_some",
    "is_some_and",
    "len",
    "lines",
    "map",
    "map_or",
    "map_or_else",
    "matches",
    "ok_or",
    "ok_or_else",
    "or",
    "parse",
    "repeat",
    "replace",
    "replacen",
    "rfind",
    "rsplit",
    "rsplit_once",
    "split",
    "split_at",
    "split_once",
    "split_whitespace",
    "splitn",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_matches",
    "trim_start",
    "trim_start_matches",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
];

/// Of these, what others have, too: what is known only later may be such a value.
const OF_OTHERS: &[&str] =
    &["as_ref", "clone", "cmp", "contains", "eq", "filter", "find", "get", "is_empty", "len", "map", "or", "repeat", "split"];

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

/// Methods that keep what they are given: text for them lasts forever.
const KEEPS: &[&str] =
    &["context", "entry", "extend", "get_or_insert", "insert", "or", "push", "push_back", "push_front", "set", "unwrap_or"];

/// Methods that give one of a few literals, as their names say.
const OF_KIND: &[&str] = &["code", "kind", "label", "level", "reason", "symbol", "variant"];

/// Methods that are given text.
const TAKES: &[&str] = &["push_str", "write_str"];

/// Macros that tell somebody of something.
const TELLS: &[&str] = &["anyhow", "bail", "debug", "ensure", "error", "info", "log", "trace", "warn"];

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

/// How variables are used.
struct Uses<'c> {
    cfg: &'c Cfg,
    /// Given by value.
    given: LocalSet,
    /// As only text may be; or given by value twice, so it is copied.
    as_text: LocalSet,
    /// As text cannot be that is borrowed for less than forever.
    otherwise: LocalSet,
    /// What a closure is given, it is given each time.
    in_closure: bool,
    /// What is bound to another variable, or to what is in it, in the order of declaration.
    same: BTreeSet<(LocalId, LocalId)>,
}

impl<'c> Uses<'c> {
    fn of(cfg: &'c Cfg) -> Self {
        let mut uses = Uses::none(cfg);
        each_op(cfg, &mut |op| match op {
            Op::Plain(stmt) => uses.visit_stmt(stmt),
            Op::If { cond, .. } => {
                uses.is_not(cond);
                uses.visit_expr(cond);
            }
            Op::Match { scrutinee, arms } => {
                uses.visit_expr(scrutinee);
                arms.iter().for_each(|(pat, _)| uses.matched(scrutinee, pat));
            }
            Op::Return(value) => {
                uses.lasts(value);
                uses.visit_expr(value);
            }
            _ => (),
        });
        for it in &cfg.awaits {
            it.moved.iter().for_each(|stmt| uses.visit_stmt(stmt));
            uses.visit_expr(&it.operand);
        }
        uses
    }

    fn is(&mut self, expr: &Expr) {
        self.as_text.extend(self.cfg.locals.of(expr));
    }

    fn is_not(&mut self, expr: &Expr) {
        self.otherwise.extend(self.cfg.locals.of(expr));
    }

    fn gives(&mut self, arg: &Expr) {
        if let Some(id) = self.cfg.locals.of(arg) {
            if !self.given.insert(id) || self.in_closure {
                self.as_text.insert(id);
            }
        }
    }

    /// What a value holds that leaves the function.
    fn lasts(&mut self, value: &Expr) {
        match value {
            Expr::Path(_) => self.is_not(value),
            Expr::Paren(e) => self.lasts(&e.expr),
            Expr::Tuple(e) => e.elems.iter().for_each(|e| self.lasts(e)),
            Expr::Array(e) => e.elems.iter().for_each(|e| self.lasts(e)),
            Expr::Struct(e) => e.fields.iter().for_each(|field| self.lasts(&field.expr)),
            Expr::Call(e) if is_constructor(&e.func) => e.args.iter().for_each(|e| self.lasts(e)),
            Expr::Block(e) => self.last_of(&e.block),
            Expr::If(e) => {
                self.last_of(&e.then_branch);
                e.else_branch.iter().for_each(|(_, e)| self.lasts(e));
            }
            Expr::Match(e) => e.arms.iter().for_each(|arm| self.lasts(&arm.body)),
            Expr::Macro(e) if macros::name(&e.mac) == "vec" => macros::each_expr(&e.mac, &mut |item| self.lasts(item)),
            Expr::MethodCall(e) if borrows::passes_on(&e.method.to_string()) => {
                self.lasts(&e.receiver);
                e.args.iter().for_each(|arg| self.lasts(arg));
            }
            _ => (),
        }
    }

    fn last_of(&mut self, block: &syn::Block) {
        if let Some(Stmt::Expr(value, None)) = block.stmts.last() {
            self.lasts(value);
        }
    }

    fn matched(&mut self, value: &Expr, pat: &Pat) {
        if let Some(of) = self.cfg.locals.of(value) {
            self.same.extend(borrows::names(&self.cfg.locals, pat, false).into_iter().map(|id| (id, of)));
        }
        match untyped(pat) {
            Pat::Lit(_) => self.is(value),
            Pat::TupleStruct(pat) if pat.path.is_ident("Some") => (),
            Pat::Ident(_) | Pat::Wild(_) | Pat::Or(_) => (),
            _ => self.is_not(value),
        }
    }
}

/// `Some`, `Event::Sent`, `Event::new`.
fn is_constructor(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    names.next().is_some_and(|last| last.starts_with(char::is_uppercase) || last == "new" && names.next().is_some())
}

/// What runs a closure or a future for itself, or puts a value in the place of another.
fn is_for_ever(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|last| ["replace", "spawn", "spawn_blocking", "swap", "yield_"].iter().any(|name| last.ident == name))
}

fn is_literal_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(lit) if matches!(lit.lit, syn::Lit::Str(_)))
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let outer = std::mem::replace(&mut self.in_closure, true);
        visit::visit_expr_closure(self, closure);
        self.in_closure = outer;
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.matched(&init.expr, &local.pat);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Field(e) => self.is_not(&e.base),
            Expr::MethodCall(e) => {
                let name = e.method.to_string();
                if !OF_TEXT.contains(&name.as_str()) {
                    self.is_not(&e.receiver);
                } else if !OF_OTHERS.contains(&name.as_str()) {
                    self.is(&e.receiver);
                }
                if KEEPS.contains(&name.as_str()) {
                    e.args.iter().for_each(|arg| self.lasts(arg));
                }
                if TAKES.contains(&name.as_str()) {
                    e.args.iter().for_each(|arg| self.is(arg));
                }
                e.args.iter().for_each(|arg| self.gives(arg));
            }
            Expr::Call(e) => {
                if is_for_ever(&e.func) {
                    for arg in &e.args {
                        self.lasts(arg);
                        if let Expr::Closure(_) | Expr::Async(_) = arg {
                            let captured = mentioned(&self.cfg.locals, |found| found.visit_expr(arg));
                            self.otherwise.extend(captured);
                        }
                    }
                }
                if is_constructor(&e.func) && !matches!(&*e.func, Expr::Path(path) if path.path.is_ident("Some")) {
                    e.args.iter().for_each(|arg| self.is_not(arg));
                }
                self.is_not(&e.func);
                e.args.iter().for_each(|arg| self.gives(arg));
            }
            Expr::Struct(e) => e.fields.iter().for_each(|field| self.is_not(&field.expr)),
            Expr::Unary(e) if !matches!(e.op, UnOp::Deref(_)) => self.is_not(&e.expr),
            Expr::Binary(e) => match e.op {
                BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                    for (one, other) in [(&e.left, &e.right), (&e.right, &e.left)] {
                        if is_literal_text(other) {
                            self.is(one);
                        } else if matches!(**other, Expr::Lit(_)) {
                            self.is_not(one);
                        }
                    }
                }
                BinOp::Add(_) | BinOp::AddAssign(_) => self.is_not(&e.left),
                _ => {
                    self.is_not(&e.left);
                    self.is_not(&e.right);
                }
            },
            Expr::Index(e) if matches!(*e.index, Expr::Range(_)) => (),
            Expr::Index(e) => {
                self.is_not(&e.expr);
                self.is_not(&e.index);
            }
            Expr::Assign(e) => self.lasts(&e.right),
            Expr::Return(e) => e.expr.iter().for_each(|value| self.lasts(value)),
            Expr::Cast(e) => self.is_not(&e.expr),
            Expr::Await(e) => self.is_not(&e.base),
            Expr::ForLoop(e) => self.is_not(&e.expr),
            Expr::If(e) => self.is_not(&e.cond),
            Expr::While(e) => self.is_not(&e.cond),
            Expr::Let(e) => self.matched(&e.expr, &e.pat),
            Expr::Match(e) => e.arms.iter().for_each(|arm| self.matched(&e.expr, &arm.pat)),
            Expr::Range(e) => e.start.iter().chain(&e.end).for_each(|end| self.is_not(end)),
            _ => (),
        }
        visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        match macros::parse(mac) {
            Some(Known::Args(args)) => {
                // (As `{list:?}`, all may be shown.)
                let shown = mac.tokens.to_string();
                let as_text = |arg: &&macros::Arg| {
                    let name = arg.name.as_ref().map(ToString::to_string).unwrap_or_default();
                    arg.by_ref && ![":?", ":#?"].iter().any(|form| shown.contains(&format!("{{{name}{form}")))
                };
                args.iter().filter(as_text).for_each(|arg| self.is(&arg.expr));
            }
            None if TELLS.contains(&macros::name(mac).as_str()) => {
                macros::map_idents(mac.tokens.clone(), &mut |ident| {
                    self.as_text.extend(self.cfg.locals.find(ident));
                    None
                });
            }
            _ => (),
        }
        macros::each_expr(mac, &mut |expr| std::mem::replace(self, Uses::none(self.cfg)).into(expr, self));
    }
}

impl<'c> Uses<'c> {
    fn none(cfg: &'c Cfg) -> Self {
        Uses { cfg, given: LocalSet::new(), as_text: LocalSet::new(), otherwise: LocalSet::new(), in_closure: false, same: BTreeSet::new() }
    }

    /// Visits an expression that does not live as long as the visited tree.
    fn into(mut self, expr: &Expr, back: &mut Uses<'c>) {
        self.visit_expr(expr);
        *back = self;
    }
}
