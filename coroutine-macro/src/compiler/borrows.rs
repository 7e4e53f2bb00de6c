//! Which expressions give a borrow that can be taken again: places, and a list of methods that are known to do nothing but to point
//! into what they are called on. Between two stretches of code nothing may change what is borrowed, so that evaluating the
//! expression again gives the same borrow; what it needs besides (indices, keys) must not change either.

use super::entries::{self, entry};
use super::id::{LocalId, Locals, Origin};
use super::macros;
use super::operands::each_part;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Expr, Ident, Pat};

/// What is known of a borrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Borrow {
    /// It is one, whatever the types are.
    Sure,
    /// It is one if its type is.
    ByType,
    /// It is a value that the user wants made again after a restore: `#[again]`.
    Made,
    /// It is an iterator over a borrow if its type is: made again past what it gave.
    Walk,
    /// It is what such an iterator gave.
    Item,
}

/// Methods that point into what they are called on.
const PROJECTIONS: &[&str] = &[
    "back",
    "borrow",
    "bytes",
    "char_indices",
    "chars",
    "chunks",
    "chunks_exact",
    "deref",
    "first",
    "first_key_value",
    "front",
    "get",
    "get_key_value",
    "iter",
    "keys",
    "last",
    "last_key_value",
    "lines",
    "match_indices",
    "matches",
    "range",
    "rchunks",
    "rsplit",
    "rsplit_once",
    "rsplitn",
    "split",
    "split_ascii_whitespace",
    "split_at",
    "split_first",
    "split_last",
    "split_once",
    "split_terminator",
    "split_whitespace",
    "splitn",
    "strip_prefix",
    "strip_suffix",
    "to_string_lossy",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_matches",
    "trim_start",
    "trim_start_matches",
    "values",
    "windows",
];

/// Methods that go on from what such a method gave, and do nothing else.
const ADAPTERS: &[&str] = &[
    "and_then",
    "chain",
    "cloned",
    "copied",
    "enumerate",
    "filter",
    "find",
    "find_map",
    "flatten",
    "fuse",
    "map",
    "max",
    "max_by",
    "max_by_key",
    "min",
    "min_by",
    "min_by_key",
    "next",
    "next_back",
    "nth",
    "ok",
    "or",
    "peekable",
    "rev",
    "rfind",
    "skip",
    "skip_while",
    "step_by",
    "take",
    "take_while",
    "unwrap_or",
    "unwrap_or_default",
    "zip",
];

/// Methods of iterators that give one of the items.
const PICKS: &[&str] =
    &["find", "find_map", "last", "max", "max_by", "max_by_key", "min", "min_by", "min_by_key", "next", "next_back", "nth", "rfind"];

/// Methods that give what is inside, or end the function.
const SUCCESSES: &[&str] = &["unwrap", "expect"];

/// Methods that only change what a failure is.
const FAILURES: &[&str] = &["ok_or", "ok_or_else", "context", "with_context", "map_err"];

fn is_projection(name: &str) -> bool {
    PROJECTIONS.contains(&name) || name.starts_with("as_") || name.ends_with("_mut")
}

/// Whether a method points into what it is called on, or goes on from there.
pub(crate) fn points_into(name: &str) -> bool {
    is_projection(name) || ADAPTERS.contains(&name)
}

/// Whether a method gives what is in what it is called on, or fails.
pub(crate) fn takes_out(name: &str) -> bool {
    SUCCESSES.contains(&name) || FAILURES.contains(&name)
}

/// Whether a method gives what is in what it is called on, or fails, or gives something else instead.
pub(crate) fn passes_on(name: &str) -> bool {
    takes_out(name) || matches!(name, "ok" | "or" | "unwrap_or")
}

/// Whether an expression gives a borrow that can be taken again.
pub(crate) fn borrow(locals: &Locals, expr: &Expr) -> Option<Borrow> {
    match expr {
        Expr::Paren(e) => borrow(locals, &e.expr),
        Expr::Group(e) => borrow(locals, &e.expr),
        Expr::Reference(e) if e.mutability.is_none() && is_promoted(locals, &e.expr) => Some(Borrow::Sure),
        Expr::Reference(e) => (chain_root(locals, &e.expr).is_some() && is_place(locals, &e.expr)).then_some(Borrow::Sure),
        Expr::Path(_) => {
            let local = &locals[locals.of(expr)?];
            if local.origin == Origin::Lent {
                Some(Borrow::Sure)
            } else {
                local.borrow.filter(|kind| *kind != Borrow::Made)
            }
        }
        // What is copied out of what is lent may be a borrow that is in it.
        Expr::Field(_) | Expr::Index(_) | Expr::Unary(_) if locals.lent_within => {
            (is_place(locals, expr) && root_of(locals, expr).is_some_and(|id| is_lent(locals, id))).then_some(Borrow::ByType)
        }
        Expr::MethodCall(_) => is_chain(locals, expr).then_some(Borrow::ByType),
        Expr::Try(e) => is_success(locals, &e.expr).then_some(Borrow::ByType),
        Expr::Tuple(e) => {
            let parts: Vec<Option<Borrow>> = e.elems.iter().map(|e| borrow(locals, e)).collect();
            let settled = e.elems.iter().zip(&parts).all(|(e, part)| part.is_some() || is_settled(locals, e));
            if !settled || parts.iter().all(Option::is_none) {
                None
            } else if parts.iter().all(|part| *part == Some(Borrow::Sure)) {
                Some(Borrow::Sure)
            } else {
                Some(Borrow::ByType)
            }
        }
        _ => None,
    }
}

/// The expression that gives a borrow again: what had not failed does not fail.
pub(crate) fn retake(expr: &Expr) -> Expr {
    match expr {
        Expr::Paren(e) => retake(&e.expr),
        Expr::Group(e) => retake(&e.expr),
        Expr::Try(e) => succeeded(&e.expr),
        Expr::MethodCall(e) if SUCCESSES.contains(&e.method.to_string().as_str()) => succeeded(&e.receiver),
        Expr::MethodCall(e) => {
            if let Some((map, key)) = entry(expr) {
                return entries::found(map, key);
            }
            let mut e = e.clone();
            let receiver = retake(&e.receiver);
            let picks = PICKS.contains(&e.method.to_string().as_str()) && is_iteration(&receiver);
            *e.receiver = if picks { syn::parse_quote!(::coroutine_runtime::__private::in_order(#receiver)) } else { receiver };
            Expr::MethodCall(e)
        }
        Expr::Reference(e) => {
            let mut e = e.clone();
            *e.expr = retake(&e.expr);
            Expr::Reference(e)
        }
        Expr::Field(e) => {
            let mut e = e.clone();
            *e.base = retake(&e.base);
            Expr::Field(e)
        }
        Expr::Index(e) => {
            let mut e = e.clone();
            *e.expr = retake(&e.expr);
            Expr::Index(e)
        }
        Expr::Unary(e) => {
            let mut e = e.clone();
            *e.expr = retake(&e.expr);
            Expr::Unary(e)
        }
        Expr::Tuple(e) => {
            let mut e = e.clone();
            e.elems.iter_mut().for_each(|part| *part = retake(part));
            Expr::Tuple(e)
        }
        expr => expr.clone(),
    }
}

fn succeeded(expr: &Expr) -> Expr {
    let mut inner = expr;
    while let Expr::MethodCall(e) = inner {
        if !FAILURES.contains(&e.method.to_string().as_str()) {
            break;
        }
        inner = &e.receiver;
    }
    let inner = retake(inner);
    syn::parse_quote!(::coroutine_runtime::__private::succeeded(#inner))
}

fn is_success(locals: &Locals, expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(e) if FAILURES.contains(&e.method.to_string().as_str()) => is_success(locals, &e.receiver),
        expr => locals.is_optional(expr) || is_chain(locals, expr),
    }
}

/// Whether a chain surely is an iterator.
fn is_iteration(chain: &Expr) -> bool {
    let Expr::MethodCall(e) = chain else { return matches!(chain, Expr::Call(_)) };
    match e.method.to_string().as_str() {
        "iter" | "iter_mut" | "keys" | "values" | "values_mut" | "chars" | "lines" | "windows" | "chunks" | "enumerate" | "zip"
        | "skip" | "step_by" => true,
        "rev" | "map" | "filter" | "copied" | "cloned" | "filter_map" | "skip_while" | "take_while" | "take" => is_iteration(&e.receiver),
        _ => false,
    }
}

/// A place, or a chain of methods on one.
pub(crate) fn is_chain(locals: &Locals, expr: &Expr) -> bool {
    let Expr::MethodCall(e) = expr else { return false };
    let name = e.method.to_string();
    let name = name.as_str();
    if SUCCESSES.contains(&name) {
        return is_success(locals, &e.receiver);
    }
    // What is zipped or chained is borrowed for as long.
    let joins = matches!(name, "zip" | "chain");
    if !e.args.iter().all(|arg| is_settled(locals, arg) || (joins && borrow(locals, arg).is_some())) {
        return false;
    }
    if is_projection(name) && chain_root(locals, &e.receiver).is_some() && is_place(locals, &e.receiver) {
        return true;
    }
    // A closure that looks for an item might not find the one that it found once that has been changed.
    let finds = matches!(name, "find" | "rfind" | "find_map" | "max" | "max_by" | "max_by_key" | "min" | "min_by" | "min_by_key");
    let begins = locals.is_optional(&e.receiver) || is_chain(locals, &e.receiver);
    (is_projection(name) || ADAPTERS.contains(&name)) && begins && !(finds && is_mutable(&e.receiver))
}

/// Whether a chain borrows mutably.
pub(crate) fn is_mutable(chain: &Expr) -> bool {
    match chain {
        Expr::MethodCall(e) => e.method.to_string().ends_with("_mut") || is_mutable(&e.receiver),
        _ => false,
    }
}

/// Whether an argument may be a borrow that can be taken again: a chain of methods that makes no value of what it points to.
pub(crate) fn may_be_lent(locals: &Locals, arg: &Expr) -> bool {
    fn makes_value(chain: &Expr) -> bool {
        match chain {
            Expr::MethodCall(e) => {
                matches!(e.method.to_string().as_str(), "copied" | "cloned" | "unwrap_or_default") || makes_value(&e.receiver)
            }
            _ => false,
        }
    }
    matches!(arg, Expr::MethodCall(_)) && is_chain(locals, arg) && !makes_value(arg)
}

/// Notes the variables that a pattern binds to borrows which can be taken again.
pub(crate) fn note(locals: &mut Locals, pat: &Pat, value: &Expr) {
    each_part(pat, value, &mut |pat, value| {
        if let Some(kind) = borrow(locals, value) {
            note_as(locals, pat, kind);
        }
    });
}

/// Notes the variables that a pattern binds to parts of a borrow.
pub(crate) fn note_as(locals: &mut Locals, pat: &Pat, kind: Borrow) {
    for id in names(locals, pat, false) {
        locals[id].borrow = Some(kind);
    }
}

/// The names that a pattern binds to borrows: all but those of copies (behind a `&`, or `mut`), and of values that an adaptor stores.
/// `by_ref`: only those by `ref`.
pub(crate) fn names(locals: &Locals, pat: &Pat, by_ref: bool) -> Vec<LocalId> {
    struct Names<'a>(&'a Locals, bool, Vec<LocalId>);
    impl<'ast> Visit<'ast> for Names<'_> {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            let taken = pat.mutability.is_none() && pat.by_ref.is_some() == self.1;
            let local =
                self.0.find(&pat.ident).filter(|id| taken && self.0[*id].origin == Origin::Binding && self.0[*id].adaptor.is_none());
            self.2.extend(local.filter(|id| !self.2.contains(id)));
            syn::visit::visit_pat_ident(self, pat);
        }
        fn visit_pat_reference(&mut self, pat: &'ast syn::PatReference) {
            if self.0.lent_within && pat.mutability.is_none() {
                syn::visit::visit_pat_reference(self, pat);
            }
        }
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    let mut names = Names(locals, by_ref, Vec::new());
    names.visit_pat(pat);
    names.2
}

/// The place that a shared borrow by methods is taken from.
pub(crate) fn lender(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Paren(e) => lender(&e.expr),
        Expr::Try(e) => lender(&e.expr),
        Expr::MethodCall(_) if is_mutable(expr) => None,
        Expr::MethodCall(e) => match &*e.receiver {
            place @ (Expr::Path(_) | Expr::Field(_)) => Some(place),
            inner => lender(inner),
        },
        _ => None,
    }
}

/// A place: the same whenever it is evaluated while it is borrowed.
pub(crate) fn is_place(locals: &Locals, expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.qself.is_none(),
        Expr::Field(e) => is_place(locals, &e.base),
        Expr::Paren(e) => is_place(locals, &e.expr),
        Expr::Group(e) => is_place(locals, &e.expr),
        Expr::Unary(e) => matches!(e.op, syn::UnOp::Deref(_)) && is_place(locals, &e.expr),
        Expr::Index(e) => is_place(locals, &e.expr) && is_settled(locals, &e.index),
        Expr::MethodCall(_) => is_chain(locals, expr),
        Expr::Try(e) => is_success(locals, &e.expr),
        _ => false,
    }
}

/// Whether a variable is lent, or is a borrow that can be taken again.
fn is_lent(locals: &Locals, id: LocalId) -> bool {
    locals[id].origin == Origin::Lent || locals[id].borrow.is_some_and(|kind| kind != Borrow::Made)
}

/// The variable that a place begins with.
fn root_of(locals: &Locals, place: &Expr) -> Option<LocalId> {
    super::flow::root(place).and_then(|name| locals.find(name))
}

/// The variable that a place begins with, through methods too.
pub(crate) fn chain_root(locals: &Locals, expr: &Expr) -> Option<LocalId> {
    match expr {
        Expr::Path(_) => locals.of(expr),
        Expr::Field(e) => chain_root(locals, &e.base),
        Expr::Paren(e) => chain_root(locals, &e.expr),
        Expr::Group(e) => chain_root(locals, &e.expr),
        Expr::Unary(e) => chain_root(locals, &e.expr),
        Expr::Reference(e) => chain_root(locals, &e.expr),
        Expr::Index(e) => chain_root(locals, &e.expr),
        Expr::MethodCall(e) => chain_root(locals, &e.receiver),
        Expr::Try(e) => chain_root(locals, &e.expr),
        _ => None,
    }
}

/// `&make()`, where it is what a `let` binds: the value lives as long as the variable. Calls `f` on each.
pub(crate) fn each_extended(locals: &Locals, init: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    match init {
        Expr::Reference(e) => match &mut *e.expr {
            value if e.mutability.is_none() && is_promoted(locals, value) => (),
            value @ (Expr::Call(_)
            | Expr::MethodCall(_)
            | Expr::Macro(_)
            | Expr::Struct(_)
            | Expr::Array(_)
            | Expr::Repeat(_)
            | Expr::Tuple(_)
            | Expr::Binary(_)
            | Expr::Cast(_)
            | Expr::Lit(_)) => f(value),
            Expr::Reference(_) => each_extended(locals, &mut e.expr, f),
            _ => (),
        },
        Expr::Paren(e) => each_extended(locals, &mut e.expr, f),
        Expr::Tuple(e) => e.elems.iter_mut().for_each(|e| each_extended(locals, e, f)),
        Expr::Array(e) => e.elems.iter_mut().for_each(|e| each_extended(locals, e, f)),
        Expr::Struct(e) => e.fields.iter_mut().for_each(|field| each_extended(locals, &mut field.expr, f)),
        _ => (),
    }
}

/// What is the same whenever it is evaluated, and lasts forever where it is borrowed.
pub(crate) fn is_promoted(locals: &Locals, expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) => true,
        Expr::Path(_) => locals.of(expr).is_none(),
        // (Of an empty one, nobody would know the type where it is lent to nothing.)
        Expr::Array(e) => !e.elems.is_empty() && e.elems.iter().all(|e| is_promoted(locals, e)),
        Expr::Tuple(e) => e.elems.iter().all(|e| is_promoted(locals, e)),
        Expr::Unary(e) => is_promoted(locals, &e.expr),
        Expr::Reference(e) => is_promoted(locals, &e.expr),
        Expr::Paren(e) => is_promoted(locals, &e.expr),
        _ => false,
    }
}

/// Whether an argument has the same value whenever it is evaluated.
pub(crate) fn is_settled(locals: &Locals, arg: &Expr) -> bool {
    match arg {
        Expr::Lit(_) => true,
        Expr::Path(_) => locals.of(arg).is_none_or(|id| is_constant(locals, id)),
        Expr::Paren(e) => is_settled(locals, &e.expr),
        Expr::Group(e) => is_settled(locals, &e.expr),
        Expr::Reference(e) => e.mutability.is_none() && is_settled_place(locals, &e.expr),
        Expr::Range(e) => e.start.iter().chain(&e.end).all(|e| is_settled(locals, e)),
        Expr::Array(e) => e.elems.iter().all(|e| is_settled(locals, e)),
        Expr::Tuple(e) => e.elems.iter().all(|e| is_settled(locals, e)),
        // (What is behind a part of something may be changed through it.)
        Expr::Unary(e) => is_settled(locals, &e.expr) && !(matches!(e.op, syn::UnOp::Deref(_)) && is_part(locals, &e.expr)),
        Expr::MethodCall(e) => {
            let name = e.method.to_string();
            (is_projection(&name) || name == "into_iter")
                && is_settled_place(locals, &e.receiver)
                && e.args.iter().all(|a| is_settled(locals, a))
        }
        Expr::Closure(e) => {
            let mut captured = Captured { locals, constant: true };
            captured.visit_expr(&e.body);
            captured.constant
        }
        _ => false,
    }
}

fn is_settled_place(locals: &Locals, expr: &Expr) -> bool {
    match expr {
        Expr::Field(e) => is_settled_place(locals, &e.base),
        Expr::Index(e) => is_settled_place(locals, &e.expr) && is_settled(locals, &e.index),
        expr => is_settled(locals, expr),
    }
}

fn is_constant(locals: &Locals, id: LocalId) -> bool {
    !locals[id].mutable
}

/// Whether an expression is a variable that a pattern binds to a part of a place, maybe by `&mut`, and that is changed.
fn is_part(locals: &Locals, expr: &Expr) -> bool {
    locals.of(expr).is_some_and(|id| locals[id].uses.changed_part)
}

/// Whether a closure captures only what does not change.
struct Captured<'a> {
    locals: &'a Locals,
    constant: bool,
}

impl Captured<'_> {
    fn note(&mut self, ident: &Ident) {
        if let Some(id) = self.locals.find(ident) {
            self.constant &= self.locals[id].origin == Origin::Inner || is_constant(self.locals, id) && !self.locals[id].uses.changed_part;
        }
    }
}

impl<'ast> Visit<'ast> for Captured<'_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        path.path.get_ident().into_iter().for_each(|ident| self.note(ident));
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let mut found = Vec::new();
        macros::map_idents(mac.tokens.clone(), &mut |ident| {
            found.push(ident.clone());
            None
        });
        found.iter().for_each(|ident| self.note(ident));
    }
}

/// The methods at the end of a chain that run a closure for each item: what they are put on, and how they are put on it.
pub(crate) fn adapters(expr: &Expr) -> (&Expr, Vec<&syn::ExprMethodCall>) {
    let mut chain = Vec::new();
    let mut at = expr;
    let mut closures = 0;
    while let Expr::MethodCall(e) = at {
        let by_closure = matches!(e.method.to_string().as_str(), "map" | "filter" | "filter_map" | "inspect");
        let follows = matches!(e.method.to_string().as_str(), "copied" | "cloned") && !chain.is_empty();
        let callable = e.args.iter().all(|arg| matches!(arg, Expr::Closure(_) | Expr::Path(_)));
        if !(follows || by_closure && callable) {
            break;
        }
        closures += usize::from(by_closure);
        chain.push(e);
        at = &e.receiver;
    }
    if closures == 0 || !matches!(at, Expr::MethodCall(_)) {
        return (expr, Vec::new());
    }
    chain.reverse();
    (at, chain)
}

/// Copies the variables that a loop over a borrow takes by value: for each item its iterator is made anew.
pub(crate) fn repeat(locals: &Locals, items: &mut Expr) {
    let mut at = items;
    while let Expr::MethodCall(e) = at {
        if matches!(e.method.to_string().as_str(), "zip" | "chain") {
            for arg in &mut e.args {
                if locals.of(arg).is_some_and(|id| locals[id].origin != Origin::Lent && locals[id].borrow.is_none()) {
                    *arg = syn::parse_quote_spanned! {arg.span()=>
                        (&&::coroutine_runtime::__private::of(&#arg)).__durable_repeat().copy(&#arg)
                    };
                }
            }
        }
        at = &mut e.receiver;
    }
}

/// The value at the root of a chain of methods, where it is no place: it must be kept for what borrows from it.
pub(crate) fn root_value(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::Paren(e) => root_value(&mut e.expr),
        Expr::Reference(e) => root_value(&mut e.expr),
        Expr::MethodCall(e) => {
            let name = e.method.to_string();
            if is_projection(&name) && is_value(&e.receiver) {
                Some(&mut e.receiver)
            } else if is_projection(&name) || ADAPTERS.contains(&name.as_str()) {
                root_value(&mut e.receiver)
            } else {
                None
            }
        }
        _ => None,
    }
}

fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Call(_) | Expr::Macro(_) => true,
        Expr::MethodCall(e) => {
            let name = e.method.to_string();
            !is_projection(&name) && ![ADAPTERS, SUCCESSES, FAILURES].iter().any(|list| list.contains(&name.as_str()))
        }
        _ => false,
    }
}

/// The operands of a borrow that could change: indices and arguments, in the order of their evaluation.
pub(crate) fn operands<'e>(locals: &Locals, expr: &'e mut Expr, found: &mut Vec<&'e mut Expr>) {
    match expr {
        Expr::Paren(e) => operands(locals, &mut e.expr, found),
        Expr::Group(e) => operands(locals, &mut e.expr, found),
        Expr::Reference(e) => operands(locals, &mut e.expr, found),
        // A value is taken out of a result once.
        Expr::Try(syn::ExprTry { expr: inner, .. }) if locals.of(inner).is_some() => found.push(expr),
        Expr::MethodCall(e) if SUCCESSES.contains(&e.method.to_string().as_str()) && locals.of(&e.receiver).is_some() => found.push(expr),
        Expr::Try(e) => operands(locals, &mut e.expr, found),
        Expr::Field(e) => operands(locals, &mut e.base, found),
        Expr::Unary(e) => operands(locals, &mut e.expr, found),
        Expr::Index(e) => {
            operands(locals, &mut e.expr, found);
            operand(locals, &mut e.index, found);
        }
        Expr::Tuple(e) => {
            for part in &mut e.elems {
                if matches!(part, Expr::Reference(_) | Expr::MethodCall(_) | Expr::Paren(_)) {
                    operands(locals, part, found);
                } else {
                    operand(locals, part, found);
                }
            }
        }
        Expr::MethodCall(e) => {
            operands(locals, &mut e.receiver, found);
            let name = e.method.to_string();
            if is_projection(&name) || matches!(name.as_str(), "entry" | "nth" | "skip" | "step_by" | "take" | "unwrap_or") {
                e.args.iter_mut().for_each(|arg| operand(locals, arg, found));
            }
        }
        _ => (),
    }
}

/// The arguments of any calls that give a borrow, and that could change, in the order of their evaluation.
pub(crate) fn arguments<'e>(locals: &Locals, expr: &'e mut Expr, found: &mut Vec<&'e mut Expr>) {
    match expr {
        Expr::Call(e) => e.args.iter_mut().for_each(|arg| argument(locals, arg, found)),
        Expr::MethodCall(e) => {
            arguments(locals, &mut e.receiver, found);
            e.args.iter_mut().for_each(|arg| argument(locals, arg, found));
        }
        expr => operands(locals, expr, found),
    }
}

fn argument<'e>(locals: &Locals, arg: &'e mut Expr, found: &mut Vec<&'e mut Expr>) {
    match arg {
        Expr::Call(_) | Expr::MethodCall(_) => arguments(locals, arg, found),
        arg => operand(locals, arg, found),
    }
}

/// The first mutable borrow that an expression writes.
pub(crate) fn first_mutable(expr: &Expr) -> Option<&syn::ExprReference> {
    struct Mutable<'a>(Option<&'a syn::ExprReference>);
    impl<'a> Visit<'a> for Mutable<'a> {
        fn visit_expr_reference(&mut self, e: &'a syn::ExprReference) {
            if e.mutability.is_some() {
                self.0.get_or_insert(e);
            }
            syn::visit::visit_expr_reference(self, e);
        }
    }
    let mut mutable = Mutable(None);
    mutable.visit_expr(expr);
    mutable.0
}

/// What a borrow may be of, that any calls give.
pub(crate) fn lenders<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    match expr {
        Expr::Paren(e) => lenders(&e.expr, found),
        Expr::Try(e) => lenders(&e.expr, found),
        Expr::Reference(e) if matches!(*e.expr, Expr::Path(_) | Expr::Field(_) | Expr::Index(_)) => found.push(&e.expr),
        Expr::Reference(e) => lenders(&e.expr, found),
        Expr::Call(e) => e.args.iter().for_each(|arg| lenders(arg, found)),
        Expr::MethodCall(e) => {
            match &*e.receiver {
                place @ (Expr::Path(_) | Expr::Field(_) | Expr::Index(_)) => found.push(place),
                inner => lenders(inner, found),
            }
            e.args.iter().for_each(|arg| lenders(arg, found));
        }
        _ => (),
    }
}

fn operand<'e>(locals: &Locals, arg: &'e mut Expr, found: &mut Vec<&'e mut Expr>) {
    if is_settled(locals, arg) {
        return;
    }
    match arg {
        Expr::Range(e) => e.start.iter_mut().chain(&mut e.end).for_each(|e| operand(locals, e, found)),
        Expr::Tuple(e) => e.elems.iter_mut().for_each(|e| operand(locals, e, found)),
        Expr::Reference(e) => {
            // A place is borrowed where it lies: its value may be anything. Another value is kept.
            let place = matches!(&*e.expr, Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Unary(_));
            if e.mutability.is_none() && !place {
                found.push(&mut e.expr);
            }
        }
        Expr::Closure(_) => (),
        arg => found.push(arg),
    }
}
