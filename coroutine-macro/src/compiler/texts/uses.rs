//! How variables are used: as text, as something else, or as what lasts forever. In: [`Cfg`]; out: [`Uses`].

use crate::compiler::borrows;
use crate::compiler::cfg::{Cfg, Op};
use crate::compiler::flow::mentioned;
use crate::compiler::id::{LocalId, LocalSet};
use crate::compiler::macros::{self, Known};
use crate::compiler::normalize::untyped;
use crate::compiler::place::each_op;
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Pat, Stmt, UnOp};

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

/// Methods that keep what they are given: text for them lasts forever.
const KEEPS: &[&str] =
    &["context", "entry", "extend", "get_or_insert", "insert", "or", "push", "push_back", "push_front", "set", "unwrap_or"];

/// Methods that are given text.
const TAKES: &[&str] = &["push_str", "write_str"];

/// Macros that tell somebody of something.
const TELLS: &[&str] = &["anyhow", "bail", "debug", "ensure", "error", "info", "log", "trace", "warn"];

/// How variables are used.
pub(super) struct Uses<'c> {
    cfg: &'c Cfg,
    /// Given by value.
    pub(super) given: LocalSet,
    /// As only text may be; or given by value twice, so it is copied.
    pub(super) as_text: LocalSet,
    /// As text cannot be that is borrowed for less than forever.
    pub(super) otherwise: LocalSet,
    /// What a closure is given, it is given each time.
    in_closure: bool,
    /// What is bound to another variable, or to what is in it, in the order of declaration.
    pub(super) same: BTreeSet<(LocalId, LocalId)>,
}

impl<'c> Uses<'c> {
    pub(super) fn of(cfg: &'c Cfg) -> Self {
        let (given, as_text, otherwise) = (LocalSet::new(), LocalSet::new(), LocalSet::new());
        let mut uses = Uses { cfg, given, as_text, otherwise, in_closure: false, same: BTreeSet::new() };
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
        macros::each_expr(mac, &mut |expr| Visit::visit_expr(self, expr));
    }
}
