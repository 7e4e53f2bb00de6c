//! [`Resolved`] → [`Anf`]: awaits hoisted out of expressions, in Rust's evaluation order.
//!
//! An expression without an await stays as it stands. Of one that has awaits, each operand that is evaluated before the last
//! of them goes into a temporary, unless evaluating it later is the same (places, borrows of places, literals, closures).
//! `&&`, `||`, `if`, `match` and loops with an await inside become statements.

mod again;
mod conditions;
mod expressions;
mod lets;

pub(crate) use expressions::{is_comparison, TAKEN};

use super::anf::{diverges, Anf, Await, Stmt};
use super::borrows;
use super::diag::Diag;
use super::id::{Locals, Origin};
use super::macros::{self, Known};
use super::resolve::Resolved;
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident, Lifetime, Pat};

/// Normalizes a body.
pub(crate) fn normalize(resolved: Resolved, function: Option<&Ident>, diag: &mut Diag) -> Anf {
    let mut normalizer = Normalizer {
        locals: resolved.locals,
        awaits: Vec::new(),
        currents: BTreeMap::new(),
        stmts: Vec::new(),
        targets: BTreeMap::new(),
        labels: BTreeMap::new(),
        function: function.cloned(),
        diag,
    };
    let body = normalizer.body(|this| this.block(resolved.block, &Dest::Return));
    let Normalizer { locals, awaits, currents, .. } = normalizer;
    Anf { locals, body, awaits, currents, items: resolved.items, twin: resolved.twin }
}

/// Temporaries that an await's operand borrows: they live to the end of its statement.
#[derive(Default)]
struct Hosted {
    /// What makes them, and what is evaluated before them.
    moved: Vec<syn::Stmt>,
    names: Vec<Ident>,
    /// Those that are made where they stand.
    inside: Vec<Ident>,
}

/// Where a value goes.
#[derive(Clone)]
enum Dest {
    Ignore,
    Into(Ident),
    Return,
}

struct Normalizer<'d> {
    locals: Locals,
    awaits: Vec<Await>,
    /// What gives a loop's current item again, by its cursor's name.
    currents: BTreeMap<String, Expr>,
    /// The sequence that is being written.
    stmts: Vec<Stmt>,
    /// What a `break` with a value to a label that was taken apart does with it.
    targets: BTreeMap<String, Dest>,
    /// How often each label of a state was given.
    labels: BTreeMap<String, usize>,
    /// The function's own name, where that is what it is called by.
    function: Option<Ident>,
    diag: &'d mut Diag,
}

impl Normalizer<'_> {
    fn push(&mut self, mut stmt: Stmt) {
        if self.dead() {
            return;
        }
        let mut values = BreakValues(&self.targets);
        match &mut stmt {
            Stmt::Plain(stmt) => values.visit_stmt_mut(stmt),
            Stmt::If { cond: e, .. } | Stmt::Match { scrutinee: e, .. } | Stmt::Return(e) => values.visit_expr_mut(e),
            _ => (),
        }
        self.stmts.push(stmt);
    }

    /// Whether what would be pushed now is never reached.
    fn dead(&self) -> bool {
        diverges(&self.stmts)
    }

    fn plain(&mut self, stmt: syn::Stmt) {
        self.push(Stmt::Plain(stmt));
    }

    /// Writes a sequence of its own.
    fn body(&mut self, f: impl FnOnce(&mut Self)) -> Vec<Stmt> {
        let outer = std::mem::take(&mut self.stmts);
        f(self);
        std::mem::replace(&mut self.stmts, outer)
    }

    fn block(&mut self, block: Block, dest: &Dest) {
        let mut stmts = block.stmts.into_iter().peekable();
        while let Some(stmt) = stmts.next() {
            match stmt {
                syn::Stmt::Expr(expr, None) if stmts.peek().is_none() => return self.tail(expr, dest),
                syn::Stmt::Macro(mac) if stmts.peek().is_none() && mac.semi_token.is_none() => {
                    let expr = Expr::Macro(syn::ExprMacro { attrs: mac.attrs, mac: mac.mac });
                    return self.tail(expr, dest);
                }
                syn::Stmt::Local(local) if self.else_waits(&local) => {
                    let brace_token = block.brace_token;
                    return self.let_else(local, Block { brace_token, stmts: stmts.collect() }, dest);
                }
                stmt => self.stmt(stmt),
            }
            if self.dead() {
                return;
            }
        }
        match dest {
            Dest::Ignore => (),
            Dest::Into(ident) => self.plain(syn::parse_quote!(#ident = ();)),
            Dest::Return => self.push(Stmt::Return(syn::parse_quote!(()))),
        }
    }

    /// The value of a block. Its temporaries go before the block's variables do.
    fn tail(&mut self, expr: Expr, dest: &Dest) {
        match dest {
            Dest::Return => self.expr_into(expr, dest),
            _ if has_await(&expr) => self.statement_scope(|this| this.expr_into(expr, dest)),
            _ => self.expr_into(expr, dest),
        }
    }

    /// Writes a statement whose temporaries are dropped at its end.
    fn statement_scope(&mut self, f: impl FnOnce(&mut Self)) {
        let body = self.body(f);
        let temporaries = body.iter().any(|s| matches!(s, Stmt::Await { .. } | Stmt::Plain(syn::Stmt::Local(_))));
        if temporaries {
            self.push(Stmt::Scope { label: None, body });
        } else {
            for stmt in body {
                self.push(stmt);
            }
        }
    }

    fn stmt(&mut self, stmt: syn::Stmt) {
        match stmt {
            syn::Stmt::Local(local) => self.local(local),
            syn::Stmt::Item(_) => (),
            syn::Stmt::Expr(expr, Some(_)) if has_await(&expr) => self.ignored(expr),
            syn::Stmt::Expr(expr, _) if has_await(&expr) => {
                self.statement_scope(|this| this.expr_into(expr, &Dest::Ignore));
            }
            syn::Stmt::Macro(mac) if macro_has_await(&mac.mac) => {
                let expr = Expr::Macro(syn::ExprMacro { attrs: mac.attrs, mac: mac.mac });
                self.statement_scope(|this| this.expr_into(expr, &Dest::Ignore));
            }
            // What diverges must be seen to: `break`, `continue` and `return` as statements.
            syn::Stmt::Expr(expr @ (Expr::Break(_) | Expr::Continue(_) | Expr::Return(_)), _) => self.expr_into(expr, &Dest::Ignore),
            stmt => self.plain(stmt),
        }
    }

    /// A statement whose value nobody takes: it is dropped at the statement's end, after what it is made of.
    fn ignored(&mut self, expr: Expr) {
        let gives = match &expr {
            Expr::Block(_) | Expr::If(_) | Expr::Match(_) | Expr::Paren(_) => is_control_flow(&expr),
            Expr::Loop(e) => breaks_with_value(e),
            _ => false,
        };
        if !gives {
            return self.statement_scope(|this| this.expr_into(expr, &Dest::Ignore));
        }
        let temp = self.locals.temp("ignored");
        self.statement_scope(|this| {
            this.plain(syn::parse_quote!(let #temp;));
            this.expr_into(expr, &Dest::Into(temp));
        });
    }

    /// An expression that may give a borrow: what it needs besides the place that it borrows, and that could change while the borrow
    /// lives, becomes a temporary, so that the borrow can be taken again.
    fn settle(&mut self, expr: Expr) -> Expr {
        let mut settled = expr.clone();
        let mut operands = Vec::new();
        borrows::operands(&self.locals, &mut settled, &mut operands);
        let lets = self.temporaries(operands);
        if lets.is_empty() || borrows::borrow(&self.locals, &settled).is_none() {
            return expr;
        }
        lets.into_iter().for_each(|stmt| self.plain(stmt));
        settled
    }

    /// Makes a temporary of each of these values, and gives the `let`s.
    fn temporaries(&mut self, values: Vec<&mut Expr>) -> Vec<syn::Stmt> {
        let mut lets = Vec::new();
        for place in values {
            let temp = self.locals.temp_of("operand", place);
            let value = std::mem::replace(place, syn::parse_quote!(#temp));
            lets.push(syn::parse_quote!(let #temp = #value;));
        }
        lets
    }

    /// What a loop or a match goes over: a value that a chain of methods borrows from lives as long as the loop.
    fn keep_root(&mut self, mut expr: Expr) -> Expr {
        let unkept = expr.clone();
        if let Some(root) = borrows::root_value(&mut expr) {
            let temp = self.locals.temp_of("operand", root);
            let value = std::mem::replace(root, syn::parse_quote!(#temp));
            if borrows::borrow(&self.locals, borrows::adapters(&expr).0).is_none() {
                return unkept;
            }
            self.plain(syn::parse_quote!(let mut #temp = #value;));
        }
        expr
    }

    /// Sends a value to where it goes.
    fn deliver(&mut self, value: Expr, dest: &Dest) {
        match dest {
            Dest::Ignore => {
                if !matches!(&value, Expr::Tuple(t) if t.elems.is_empty()) && !self.is_temp(&value) {
                    self.plain(syn::Stmt::Expr(value, Some(Default::default())));
                }
            }
            Dest::Into(ident) => self.plain(syn::parse_quote!(#ident = #value;)),
            Dest::Return => self.push(Stmt::Return(value)),
        }
    }

    fn is_temp(&self, value: &Expr) -> bool {
        self.locals.of(value).is_some_and(|id| self.locals[id].origin == Origin::Temp)
    }

    /// A value into where it goes; control flow delivers from each of its branches.
    fn expr_into(&mut self, expr: Expr, dest: &Dest) {
        if self.dead() {
            return;
        }
        match expr {
            Expr::Break(e) => self.jump_out(e),
            Expr::Continue(syn::ExprContinue { label: Some(label), .. }) => self.push(Stmt::Continue(label)),
            Expr::Return(e) => match e.expr {
                Some(value) => self.expr_into(*value, &Dest::Return),
                None => self.push(Stmt::Return(syn::parse_quote!(()))),
            },
            expr if !has_await(&expr) => self.deliver(expr, dest),
            Expr::Paren(e) => self.expr_into(*e.expr, dest),
            Expr::Group(e) => self.expr_into(*e.expr, dest),
            Expr::Block(e) if is_step(&e.attrs) => {
                let value = self.step(e);
                self.deliver(value, dest);
            }
            Expr::Block(e) => self.block_into(e.block, e.label.map(|l| l.name), dest),
            Expr::Unsafe(e) => {
                self.diag.error(e.unsafe_token, "an await inside `unsafe`\nhelp: make the unsafe part smaller, so that it has no await");
            }
            Expr::If(e) => self.if_into(e, dest),
            Expr::Match(e) => self.match_into(e, dest),
            Expr::Loop(e) => {
                let Some(label) = e.label.map(|l| l.name) else { return };
                self.targets.insert(label.to_string(), dest.clone());
                let body = self.body(|this| this.block(e.body, &Dest::Ignore));
                self.push(Stmt::Loop { label, body });
            }
            Expr::While(e) => self.while_into(e, dest),
            Expr::ForLoop(e) => self.for_into(e, dest),
            expr => {
                let value = self.expr(expr);
                if !self.dead() {
                    self.deliver(value, dest);
                }
            }
        }
    }

    fn block_into(&mut self, block: Block, label: Option<Lifetime>, dest: &Dest) {
        if let Some(label) = &label {
            self.targets.insert(label.to_string(), dest.clone());
        }
        let body = self.body(|this| this.block(block, dest));
        self.push(Stmt::Scope { label, body });
    }

    /// `break 'label value` to a loop or block that may have been taken apart.
    fn jump_out(&mut self, e: syn::ExprBreak) {
        let Some(label) = e.label.clone() else { return };
        let dest = self.targets.get(&label.to_string()).cloned();
        match (e.expr, dest) {
            (Some(value), Some(dest)) => {
                self.expr_into(*value, &dest);
                self.push(Stmt::Break(label));
            }
            (Some(value), None) => {
                let value = self.expr(*value);
                self.plain(syn::parse_quote!(break #label #value;));
            }
            (None, dest) => {
                if let Some(dest @ (Dest::Into(_) | Dest::Return)) = dest {
                    self.deliver(syn::parse_quote!(()), &dest);
                }
                self.push(Stmt::Break(label));
            }
        }
    }

    fn while_into(&mut self, e: syn::ExprWhile, dest: &Dest) {
        let Some(label) = e.label.map(|l| l.name) else { return };
        self.targets.insert(label.to_string(), Dest::Ignore);
        let out = label.clone();
        let body = self.body(|this| {
            this.statement_scope(|this| {
                this.branch(*e.cond, |this| this.scoped_block(e.body), |this| this.push(Stmt::Break(out)));
            });
        });
        self.push(Stmt::Loop { label, body });
        self.deliver(syn::parse_quote!(()), dest);
    }

    fn scoped_block(&mut self, block: Block) {
        self.block(block, &Dest::Ignore);
    }

    /// `for pat in iter { body }`: an iterator or a cursor of the runtime, advanced by hand.
    fn for_into(&mut self, mut e: syn::ExprForLoop, dest: &Dest) {
        let Some(label) = e.label.map(|l| l.name) else { return };
        self.targets.insert(label.to_string(), Dest::Ignore);
        let scope = self.body(|this| {
            let items = this.expr(*e.expr);
            let items = this.keep_root(items);
            if !e.body.stmts.iter().any(stmt_has_await) {
                // Only the iterator's expression waits: the loop itself stays as it was written.
                let (pat, body, for_token, in_token) = (e.pat, e.body, e.for_token, e.in_token);
                let attrs = e.attrs;
                let label = syn::Label { name: label.clone(), colon_token: Default::default() };
                this.plain(syn::Stmt::Expr(
                    Expr::ForLoop(syn::ExprForLoop { attrs, label: Some(label), for_token, pat, in_token, expr: Box::new(items), body }),
                    None,
                ));
                return;
            }
            let walk = this.walk(&items);
            let cursor = this.locals.temp_of("items", &items);
            let next = if let Some(walk) = walk { syn::parse_quote!(#walk.next()) } else { this.cursor(&cursor, items) };
            if this.currents.contains_key(&cursor.to_string()) {
                borrows::note_as(&mut this.locals, &e.pat, borrows::Borrow::ByType);
            } else if is_wild(&e.pat) {
                // An item that nobody binds is there until its turn has ended.
                let item = this.locals.temp("item");
                *e.pat = syn::parse_quote!(#item);
            }
            let out = label.clone();
            let body = this.body(|this| {
                let then = this.body(|this| this.scoped_block(e.body));
                let pat = *e.pat;
                this.push(Stmt::Match {
                    scrutinee: next,
                    arms: vec![
                        super::anf::Arm { pat: syn::parse_quote!(::core::option::Option::Some(#pat)), body: then },
                        super::anf::Arm { pat: syn::parse_quote!(::core::option::Option::None), body: vec![Stmt::Break(out)] },
                    ],
                });
            });
            this.push(Stmt::Loop { label: label.clone(), body });
        });
        self.push(Stmt::Scope { label: None, body: scope });
        self.deliver(syn::parse_quote!(()), dest);
    }

    /// The variable that a loop goes over: an iterator that is made again past what it gave.
    fn walk(&self, items: &Expr) -> Option<Ident> {
        match items {
            Expr::MethodCall(e) if e.method == "by_ref" => self.walk(&e.receiver),
            Expr::Reference(e) if e.mutability.is_some() => self.walk(&e.expr),
            items => self.locals.of(items).map(|id| &self.locals[id]).filter(|local| local.walks).map(|local| local.ident.clone()),
        }
    }

    /// Starts a loop, and gives the expression that is its next item.
    fn cursor(&mut self, cursor: &Ident, items: Expr) -> Expr {
        let (base, adapters) = borrows::adapters(&items);
        let chain = |pulling: bool| {
            let mut chain: Expr = syn::parse_quote!(__items);
            // The item of now is one that passed the filters; looking at it was done, too.
            for adapter in adapters.iter().filter(|a| pulling || !matches!(a.method.to_string().as_str(), "filter" | "inspect")) {
                let mut adapter = (*adapter).clone();
                *adapter.receiver = chain;
                chain = Expr::MethodCall(adapter);
            }
            chain
        };
        let (next, current) = (chain(true), chain(false));
        let plain = adapters.is_empty();
        let mut base = self.settle(base.clone());
        if borrows::borrow(&self.locals, &base).is_none() || !closures_stay(&self.locals, &items) {
            let (base, next): (Expr, Expr) = if plain || !closures_stay(&self.locals, &items) {
                (items, syn::parse_quote!(::coroutine_runtime::__private::advance(&mut #cursor)))
            } else {
                (base, syn::parse_quote!(::coroutine_runtime::__private::next_through(&mut #cursor, |__items| #next.next())))
            };
            self.plain(syn::parse_quote! {
                let #cursor = match #base { __items => (&&&&::coroutine_runtime::__private::of(&__items)).__durable_cursor().start(__items) };
            });
            return next;
        }
        borrows::repeat(&self.locals, &mut base);
        let again = viewed(&self.locals, borrows::retake(&base));
        let base = viewed(&self.locals, base);
        self.plain(syn::parse_quote! {
            let #cursor = match #base { __items => (&&&&&&::coroutine_runtime::__private::of(&__items)).__durable_revisit().start(__items) };
        });
        let (next, current): (Expr, Expr) = if plain {
            (
                syn::parse_quote!(::coroutine_runtime::__private::next_of(&mut #cursor, || #again)),
                syn::parse_quote!(::coroutine_runtime::__private::current_of(&#cursor, || #again)),
            )
        } else {
            (
                syn::parse_quote!(::coroutine_runtime::__private::next_with(&mut #cursor, || #again, |__items| #next.next())),
                syn::parse_quote!(::coroutine_runtime::__private::current_with(&#cursor, || #again, |__items| #current.next())),
            )
        };
        let item: Expr = syn::parse_quote!(::core::option::Option::Some(::coroutine_runtime::__private::succeeded(#current)));
        self.currents.insert(cursor.to_string(), item);
        next
    }

    /// A block that is one step: its awaits stay inside.
    fn step(&mut self, mut e: syn::ExprBlock) -> Expr {
        e.attrs.retain(|a| !a.path().is_ident("step"));
        let span = e.block.brace_token.span.join();
        let operand = match e.label {
            Some(_) => Expr::Block(e),
            None => Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: e.block }),
        };
        self.await_on(operand, span, "step".into(), true)
    }

    /// Writes an await and gives its result's name.
    fn await_on(&mut self, operand: Expr, span: proc_macro2::Span, name: String, step: bool) -> Expr {
        self.await_with(operand, Hosted::default(), span, name, step)
    }

    fn await_with(&mut self, mut operand: Expr, mut hosted: Hosted, span: proc_macro2::Span, name: String, step: bool) -> Expr {
        let count = self.labels.entry(name.clone()).or_default();
        *count += 1;
        let label = if *count == 1 { name } else { format!("{name}{count}") };
        let mut values = BreakValues(&self.targets);
        values.visit_expr_mut(&mut operand);
        hosted.moved.iter_mut().for_each(|stmt| values.visit_stmt_mut(stmt));
        let result = self.locals.temp("result");
        let index = self.awaits.len();
        self.awaits.push(Await {
            operand,
            span,
            label,
            step,
            moved: hosted.moved,
            hosted: hosted.names.into_iter().chain(hosted.inside).collect(),
        });
        self.push(Stmt::Await { result: result.clone(), index });
        syn::parse_quote!(#result)
    }
}

/// Whether the closures of a loop's adapters can be made again for each item.
fn closures_stay(locals: &Locals, items: &Expr) -> bool {
    let (_, adapters) = borrows::adapters(items);
    adapters.iter().flat_map(|a| &a.args).all(|arg| match arg {
        Expr::Closure(closure) => closure.capture.is_none() || borrows::is_settled(locals, arg),
        _ => true,
    })
}

/// `break 'label value`, inside a statement without awaits, to a loop or block that is taken apart: the value is delivered first.
struct BreakValues<'a>(&'a BTreeMap<String, Dest>);

impl VisitMut for BreakValues<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Break(e) = expr else { return };
        let Some(dest) = e.label.as_ref().and_then(|l| self.0.get(&l.to_string())) else { return };
        let label = &e.label;
        let value = e.expr.clone();
        let value = value.map_or_else(|| syn::parse_quote!(()), |v| *v);
        match dest {
            Dest::Ignore if e.expr.is_none() => (),
            Dest::Ignore => *expr = syn::parse_quote!({ #value; break #label }),
            Dest::Into(ident) => *expr = syn::parse_quote!({ #ident = #value; break #label }),
            Dest::Return => *expr = syn::parse_quote!(return #value),
        }
    }
    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::each_expr_mut(mac, &mut |expr| self.visit_expr_mut(expr));
    }
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
}

pub(crate) fn is_step(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|a| a.path().is_ident("step"))
}

fn is_control_flow(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(e) => is_control_flow(&e.expr),
        Expr::Block(e) => !is_step(&e.attrs),
        Expr::If(_) | Expr::Match(_) | Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Unsafe(_) => true,
        Expr::Binary(e) => matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)),
        _ => false,
    }
}

/// Whether a loop gives a value.
fn breaks_with_value(of: &syn::ExprLoop) -> bool {
    struct Breaks<'a>(Option<&'a syn::Lifetime>, bool);
    impl<'ast> Visit<'ast> for Breaks<'_> {
        fn visit_expr_break(&mut self, e: &'ast syn::ExprBreak) {
            self.1 |= e.expr.is_some() && e.label.as_ref() == self.0;
            syn::visit::visit_expr_break(self, e);
        }
    }
    let mut breaks = Breaks(of.label.as_ref().map(|label| &label.name), false);
    breaks.visit_block(&of.body);
    breaks.1
}

fn is_wild(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) => true,
        Pat::Type(typed) => is_wild(&typed.pat),
        _ => false,
    }
}

/// What a loop goes over, by a method on a place: an ordered map is gone over by its keys.
fn viewed(locals: &Locals, items: Expr) -> Expr {
    let Expr::MethodCall(e) = &items else { return items };
    let by_key = e.args.is_empty() && ["iter", "keys", "values"].iter().any(|name| e.method == name);
    let listed = borrows::chain_root(locals, &e.receiver).is_some_and(|id| locals[id].list.is_some());
    if !by_key || listed || !borrows::is_place(locals, &e.receiver) {
        return items;
    }
    let (place, method) = (&e.receiver, &e.method);
    syn::parse_quote! {
        (&&::coroutine_runtime::__private::of(&#place)).__durable_view().#method(&#place, || #items)
    }
}

pub(crate) fn untyped(pat: &Pat) -> &Pat {
    match pat {
        Pat::Type(typed) => untyped(&typed.pat),
        pat => pat,
    }
}

/// The name that a pattern binds, if it binds the whole.
pub(crate) fn binding_name(pat: &Pat) -> Option<Ident> {
    match pat {
        Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none() => Some(pat.ident.clone()),
        Pat::Type(typed) => binding_name(&typed.pat),
        _ => None,
    }
}

/// The names that a pattern binds.
pub(crate) fn bindings(pat: &Pat, names: &mut Vec<Ident>) {
    struct Collect<'a>(&'a mut Vec<Ident>);
    impl<'ast> Visit<'ast> for Collect<'_> {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            if !self.0.contains(&pat.ident) {
                self.0.push(pat.ident.clone());
            }
            visit::visit_pat_ident(self, pat);
        }
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    Collect(names).visit_pat(pat);
}

/// Finds awaits of the function itself: not those of closures and async blocks.
#[derive(Default)]
struct Awaits(bool);

impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, _: &'ast syn::ExprAwait) {
        self.0 = true;
    }
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'ast syn::Item) {}
    fn visit_expr_block(&mut self, e: &'ast syn::ExprBlock) {
        self.0 |= is_step(&e.attrs);
        visit::visit_expr_block(self, e);
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        match macros::parse(mac) {
            Some(Known::Args(args)) => args.iter().for_each(|a| self.visit_expr(&a.expr)),
            Some(Known::Repeat(elem, len)) => {
                self.visit_expr(&elem);
                self.visit_expr(&len);
            }
            Some(Known::Matches(expr, pat)) => {
                self.visit_expr(&expr);
                self.visit_pat(&pat);
            }
            None => self.0 |= macros::mentions_await(&mac.tokens),
        }
    }
}

/// Whether an expression has an await of this function inside.
pub(crate) fn has_await(expr: &Expr) -> bool {
    let mut awaits = Awaits::default();
    awaits.visit_expr(expr);
    awaits.0
}

pub(crate) fn stmt_has_await(stmt: &syn::Stmt) -> bool {
    let mut awaits = Awaits::default();
    awaits.visit_stmt(stmt);
    awaits.0
}

fn pat_has_await(pat: &Pat) -> bool {
    let mut awaits = Awaits::default();
    awaits.visit_pat(pat);
    awaits.0
}

fn macro_has_await(mac: &syn::Macro) -> bool {
    let mut awaits = Awaits::default();
    awaits.visit_macro(mac);
    awaits.0
}

/// Whether a variable is mentioned anywhere in an expression.
fn mentions(expr: &Expr, name: &Ident) -> bool {
    macros::mentions(&expr.to_token_stream(), &name.to_string())
}
