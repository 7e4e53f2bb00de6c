//! Stable text of each representation, for the tests of the passes.

use super::anf::{self, Anf};
use super::calls;
use super::cfg::{Arm, Cfg, Entry, Op};
use super::diag::Diag;
use super::id::LocalId;
use super::parse::{self, Function};
use super::place::{Kept, Placed};
use super::{borrowing, lower, normalize, place, resolve, split, twin};
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::fmt::Write;

/// Parses a function that is known to be right.
pub(crate) fn function(source: &str) -> Function {
    let mut diag = Diag::default();
    let tokens: TokenStream = source.parse().expect("tokens");
    let function = parse::parse(TokenStream::new(), tokens, &mut diag).expect("a function");
    assert!(!diag.any(), "{:?}", diag.messages());
    function
}

/// The body with its names resolved.
pub(crate) fn resolved(source: &str) -> String {
    let mut diag = Diag::default();
    let resolved = resolve::resolve(&function(source), &mut diag);
    assert!(!diag.any(), "{:?}", diag.messages());
    let mut text =
        pretty(&syn::Stmt::Expr(syn::Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: resolved.block }), None));
    for item in resolved.items {
        let _ = writeln!(text, "item: {}", one_line(&item));
    }
    text
}

/// The body after calls that are held were made where they are awaited.
pub(crate) fn called(source: &str) -> String {
    let block = calls::at_awaits(resolve::resolve(&function(source), &mut Diag::default())).block;
    pretty(&syn::Stmt::Expr(syn::Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block }), None))
}

/// The body after variables that are moved in part were split.
pub(crate) fn split_up(source: &str) -> String {
    let mut diag = Diag::default();
    let function = function(source);
    let block = split::split(&function, resolve::resolve(&function, &mut diag)).block;
    pretty(&syn::Stmt::Expr(syn::Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block }), None))
}

/// The twin's body.
pub(crate) fn twin_of(source: &str) -> String {
    let mut diag = Diag::default();
    let function = function(source);
    let resolved = resolve::resolve(&function, &mut diag);
    let lets = twin::lets(&resolved.block, &resolved.locals);
    let mut placed = place::place(lower::lower(normalize::normalize(resolved, function.free_name(), &mut diag)));
    twin::tie(&mut placed.cfg.twin, &lets, &placed.cfg.locals, &placed.again);
    pretty(&syn::Stmt::Expr(syn::Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: placed.cfg.twin }), None))
}

/// The statements with their awaits hoisted.
pub(crate) fn normalized(source: &str) -> String {
    let anf = to_anf(source);
    let mut text = String::new();
    stmts(&anf, &anf.body, 0, &mut text);
    text
}

/// The regions.
pub(crate) fn lowered(source: &str) -> String {
    regions(&lower::lower(to_anf(source)))
}

/// The slots, how each piece of code reaches them, and what each await keeps.
pub(crate) fn placed(source: &str) -> String {
    let placed = place::place(lower::lower(to_anf(source)));
    let name = |id: &LocalId| placed.cfg.locals[*id].ident.to_string();
    let mut text = String::new();
    let _ = writeln!(text, "slots: {}", placed.slots.iter().map(name).collect::<Vec<_>>().join(", "));
    for group in &placed.again.groups {
        let kind = if group.kind == super::borrows::Borrow::Sure { "" } else { " (by type)" };
        let _ = writeln!(text, "again{kind}: {} = {}", one_line(&group.pat), one_line(&group.value));
    }
    for arm in &placed.cfg.sequence {
        let modes: Vec<String> =
            placed.modes.iter().filter(|((a, _), _)| a == arm).map(|((_, id), mode)| format!("{} {mode:?}", name(id))).collect();
        let _ = writeln!(text, "{}: {}", arm_name(&placed.cfg, *arm), modes.join(", "));
    }
    for (n, (next, waits)) in placed.kept.iter().enumerate() {
        let label = &placed.cfg.awaits[n].label;
        let _ = writeln!(text, "before {label}: {}", kept(&placed, next));
        let _ = writeln!(text, "{label}: {}", kept(&placed, waits));
    }
    text
}

/// The variables that may hold text.
pub(crate) fn texts(source: &str) -> String {
    let mut cfg = lower::lower(to_anf(source));
    super::texts::find(&mut cfg);
    cfg.texts.iter().map(|id| cfg.locals[*id].ident.to_string()).collect::<Vec<_>>().join(", ")
}

/// The variables that are lists of borrows, with what puts them in order, and those that are surely mutable borrows.
pub(crate) fn noted(source: &str) -> String {
    let resolved = borrowing(resolve::resolve(&function(source), &mut Diag::default()));
    let notes = resolved.locals.ids().filter_map(|id| {
        let local = &resolved.locals[id];
        let list = local.list.as_ref().map(|list| list.arranged.iter().map(|call| format!(".{}", call.method)).collect::<String>());
        match list {
            Some(arranged) => Some(format!("list {}{arranged}", local.ident)),
            None => local.uses.changed.then(|| format!("changed {}", local.ident)),
        }
    });
    notes.collect::<Vec<_>>().join(", ")
}

fn kept(placed: &Placed, kept: &Kept) -> String {
    let names = |ids: &[LocalId]| ids.iter().map(|id| placed.cfg.locals[*id].ident.to_string()).collect::<Vec<_>>().join(", ");
    format!("live [{}] held [{}]", names(&kept.live), names(&kept.held))
}

fn to_anf(source: &str) -> Anf {
    let mut diag = Diag::default();
    let function = function(source);
    let resolved = resolve::resolve(&function, &mut diag);
    let resolved = split::split(&function, borrowing(resolved));
    let anf = normalize::normalize(resolved, function.free_name(), &mut diag);
    assert!(!diag.any(), "{:?}", diag.messages());
    anf
}

/// The errors of a function.
pub(crate) fn errors(options: &str, source: &str) -> String {
    let mut diag = Diag::default();
    if let Some(function) = parse::parse(options.parse().expect("tokens"), source.parse().expect("tokens"), &mut diag) {
        let resolved = resolve::resolve(&function, &mut diag);
        if !diag.any() {
            normalize::normalize(resolved, function.free_name(), &mut diag);
        }
    }
    diag.messages().join("\n")
}

fn pretty(stmt: &syn::Stmt) -> String {
    let file: syn::File = syn::parse_quote!(fn f() { #stmt });
    let text = prettyplease::unparse(&file);
    let lines: Vec<&str> = text.lines().collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect()
}

fn one_line(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let text = text.replace(":: coroutine_runtime :: __private :: ", "rt::").replace(":: core :: option :: Option :: ", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn stmts(anf: &Anf, body: &[anf::Stmt], depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    for stmt in body {
        let _ = match stmt {
            anf::Stmt::Plain(stmt) => writeln!(text, "{pad}{}", one_line(stmt)),
            anf::Stmt::Await { result, index } => {
                let it = &anf.awaits[*index];
                for stmt in &it.moved {
                    let _ = writeln!(text, "{pad}  {}", one_line(stmt));
                }
                writeln!(text, "{pad}{result} = await {} # {}", one_line(&it.operand), it.label)
            }
            anf::Stmt::If { cond, then, els } => {
                let _ = writeln!(text, "{pad}if {}", one_line(cond));
                stmts(anf, then, depth + 1, text);
                if !els.is_empty() {
                    let _ = writeln!(text, "{pad}else");
                    stmts(anf, els, depth + 1, text);
                }
                Ok(())
            }
            anf::Stmt::Match { scrutinee, arms } => {
                let _ = writeln!(text, "{pad}match {}", one_line(scrutinee));
                for arm in arms {
                    let _ = writeln!(text, "{pad}  {} =>", one_line(&arm.pat));
                    stmts(anf, &arm.body, depth + 2, text);
                }
                Ok(())
            }
            anf::Stmt::Loop { label, body } => {
                let _ = writeln!(text, "{pad}loop {label}");
                stmts(anf, body, depth + 1, text);
                Ok(())
            }
            anf::Stmt::Scope { label, body } => {
                let _ = writeln!(text, "{pad}scope{}", label.as_ref().map(|l| format!(" {l}")).unwrap_or_default());
                stmts(anf, body, depth + 1, text);
                Ok(())
            }
            anf::Stmt::Break(label) => writeln!(text, "{pad}break {label}"),
            anf::Stmt::Continue(label) => writeln!(text, "{pad}continue {label}"),
            anf::Stmt::Return(value) => writeln!(text, "{pad}return {}", one_line(value)),
        };
    }
}

fn arm_name(cfg: &Cfg, arm: Arm) -> String {
    match arm {
        Arm::Takeoff(id) => format!("to {}", cfg.awaits[id.0].label),
        Arm::Region(id) => match &cfg.regions[id.0].entry {
            Entry::Start => "start".into(),
            Entry::Jump(name) => format!("{name} {}", id.0),
            Entry::Landing(id) => format!("after {}", cfg.awaits[id.0].label),
        },
    }
}

fn regions(cfg: &Cfg) -> String {
    let mut text = String::new();
    for arm in &cfg.sequence {
        match arm {
            Arm::Region(id) => {
                let _ = writeln!(text, "{}:", arm_name(cfg, *arm));
                ops(cfg, &cfg.regions[id.0].ops, 1, &mut text);
            }
            Arm::Takeoff(id) => {
                let _ = writeln!(text, "{}: {}", arm_name(cfg, *arm), one_line(&cfg.awaits[id.0].operand));
            }
        }
    }
    text
}

fn ops(cfg: &Cfg, list: &[Op], depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    for op in list {
        let _ = match op {
            Op::Plain(stmt) => writeln!(text, "{pad}{}", one_line(stmt)),
            Op::Open(scope) => writeln!(text, "{pad}open {}", scope.0),
            Op::Close(scope) => writeln!(text, "{pad}close {}", scope.0),
            Op::If { cond, then, els } => {
                let _ = writeln!(text, "{pad}if {}", one_line(cond));
                ops(cfg, then, depth + 1, text);
                let _ = writeln!(text, "{pad}else");
                ops(cfg, els, depth + 1, text);
                Ok(())
            }
            Op::Match { scrutinee, arms } => {
                let _ = writeln!(text, "{pad}match {}", one_line(scrutinee));
                for (pat, arm) in arms {
                    let _ = writeln!(text, "{pad}  {} =>", one_line(pat));
                    ops(cfg, arm, depth + 2, text);
                }
                Ok(())
            }
            Op::Jump(edge) => {
                let leaving: Vec<String> = edge.leaving.iter().map(|s| s.0.to_string()).collect();
                let leaving = if leaving.is_empty() { String::new() } else { format!(" leaving {}", leaving.join(", ")) };
                writeln!(text, "{pad}-> {}{leaving}", arm_name(cfg, Arm::Region(edge.target)))
            }
            Op::Return(value) => writeln!(text, "{pad}return {}", one_line(value)),
            Op::Await(id) => writeln!(text, "{pad}-> {}", arm_name(cfg, Arm::Takeoff(*id))),
        };
    }
}
