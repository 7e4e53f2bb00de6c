//! [`Function`] → [`Resolved`]: every variable gets a name that is unique in the function, every loop a label that is.
//!
//! Afterwards an identifier that stands in [`Locals`] *is* that variable, and every `break` and `continue` names its target.
//! `self` becomes an ordinary variable; items of the body are taken out of it, to stand once. Closures and async blocks keep
//! their own labels. Nothing is reordered.

use super::adaptors;
use super::concurrent;
use super::defines::{self, Rules};
use super::diag::Diag;
use super::id::{Locals, Origin};
use super::macros::{self, Known};
use super::parse::{Function, Param, THIS};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident, Item, Lifetime, Pat, Stmt};

/// A body whose names are unique.
pub(crate) struct Resolved {
    pub(crate) locals: Locals,
    pub(crate) block: Block,
    /// The user's body without its items: the twin's.
    pub(crate) twin: Block,
    /// The body's items, which stand before both.
    pub(crate) items: Vec<Item>,
}

/// Resolves the names of a function.
pub(crate) fn resolve(function: &Function, diag: &mut Diag) -> Resolved {
    // Twice: the first time shows which names stand for something else than a variable, somewhere (`let user = user(id)`), so
    // that the second time no variable is called so.
    let free = body(function, BTreeSet::new(), &mut Diag::default()).1;
    body(function, free, diag).0
}

fn body(function: &Function, free: BTreeSet<String>, diag: &mut Diag) -> (Resolved, BTreeSet<String>) {
    let mut block = (*function.item.block).clone();
    let mut hoist = Hoist::default();
    hoist.visit_block_mut(&mut block);
    let mut twin = block.clone();
    super::twin::strip(&mut twin);
    concurrent::expand(&mut block, diag);
    let mut taken = BTreeSet::new();
    names_in(function.item.to_token_stream(), &mut taken);
    let mut resolver = Resolver {
        locals: Locals::avoiding(taken, free, function.item.sig.ident.span()),
        scopes: vec![BTreeMap::new()],
        free: RefCell::default(),
        labels: Vec::new(),
        next_label: 0,
        inner: 0,
        macros: Vec::new(),
        rules: BTreeMap::new(),
        diag,
    };
    for param in &function.params {
        match param {
            Param::Value { pat, adaptor, .. } => {
                let mut pat = pat.clone();
                resolver.bind(&mut pat, Origin::Param, true);
                resolver.adapt(&pat, adaptor.clone());
            }
            Param::Lent { ident, loan, .. } => {
                let unique = resolver.declare(ident, Origin::Lent, loan.mutable);
                if let Some(id) = resolver.locals.find(&unique) {
                    resolver.locals[id].optional = loan.optional;
                }
                resolver.locals.lent_within |= loan.inside || loan.within;
            }
        }
    }
    resolver.visit_block_mut(&mut block);
    // Macros first: what they define is in scope after them.
    let mut items = resolver.macros;
    items.extend(hoist.items);
    (Resolved { locals: resolver.locals, block, twin, items }, resolver.free.into_inner())
}

fn names_in(tokens: TokenStream, names: &mut BTreeSet<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => names_in(group.stream(), names),
            _ => (),
        }
    }
}

/// Takes the items out of a body, but for those in closures and async blocks.
#[derive(Default)]
struct Hoist {
    items: Vec<Item>,
    names: BTreeSet<String>,
}

impl VisitMut for Hoist {
    fn visit_block_mut(&mut self, block: &mut Block) {
        self.rename_doubled(block);
        for stmt in std::mem::take(&mut block.stmts) {
            match stmt {
                // A macro stays until it is known what its body can see.
                Stmt::Item(item @ Item::Macro(_)) => block.stmts.push(Stmt::Item(item)),
                Stmt::Item(item) => self.items.push(item),
                mut stmt => {
                    self.visit_stmt_mut(&mut stmt);
                    block.stmts.push(stmt);
                }
            }
        }
    }
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
}

impl Hoist {
    /// Two blocks may have items of the same name: those of the inner one are renamed with all that mentions them.
    fn rename_doubled(&mut self, block: &mut Block) {
        for at in 0..block.stmts.len() {
            let Some(ident) = block.stmts.get(at).and_then(item_name).cloned() else { continue };
            if self.names.insert(ident.to_string()) {
                continue;
            }
            let mut n = 2;
            while !self.names.insert(format!("{ident}_{n}")) {
                n += 1;
            }
            let new = Ident::new(&format!("{ident}_{n}"), ident.span());
            RenameItem(&ident, &new).visit_block_mut(block);
        }
    }
}

/// The name of an item that has one.
fn item_name(stmt: &Stmt) -> Option<&Ident> {
    let Stmt::Item(item) = stmt else { return None };
    Some(match item {
        Item::Const(i) => &i.ident,
        Item::Enum(i) => &i.ident,
        Item::Fn(i) => &i.sig.ident,
        Item::Static(i) => &i.ident,
        Item::Struct(i) => &i.ident,
        Item::Trait(i) => &i.ident,
        Item::Type(i) => &i.ident,
        Item::Union(i) => &i.ident,
        _ => return None,
    })
}

struct RenameItem<'a>(&'a Ident, &'a Ident);

impl RenameItem<'_> {
    fn rename_in(&self, tokens: &mut TokenStream) {
        *tokens = macros::map_idents(std::mem::take(tokens), &mut |ident| (ident == self.0).then(|| self.1.to_token_stream()));
    }
}

impl VisitMut for RenameItem<'_> {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if ident == self.0 {
            *ident = Ident::new(&self.1.to_string(), ident.span());
        }
    }
    fn visit_member_mut(&mut self, _: &mut syn::Member) {}
    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        self.rename_in(&mut mac.tokens);
    }
    fn visit_meta_list_mut(&mut self, list: &mut syn::MetaList) {
        if list.path.is_ident("with") {
            self.rename_in(&mut list.tokens);
        }
    }
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        self.visit_expr_mut(&mut call.receiver);
        call.args.iter_mut().for_each(|arg| self.visit_expr_mut(arg));
        call.turbofish.iter_mut().for_each(|generics| self.visit_angle_bracketed_generic_arguments_mut(generics));
    }
}

struct Label {
    user: Option<String>,
    unique: Lifetime,
    is_loop: bool,
}

struct Resolver<'d> {
    locals: Locals,
    scopes: Vec<BTreeMap<String, Ident>>,
    /// Names that were looked up and are no variables there.
    free: RefCell<BTreeSet<String>>,
    labels: Vec<Label>,
    next_label: usize,
    /// How many closures and async blocks we are in.
    inner: usize,
    /// The macros of the body.
    macros: Vec<Item>,
    /// What is known of them.
    rules: BTreeMap<String, Rules>,
    diag: &'d mut Diag,
}

impl Resolver<'_> {
    fn declare(&mut self, ident: &Ident, origin: Origin, mutable: bool) -> Ident {
        let id = self.locals.declare(ident, origin, mutable);
        let unique = self.locals[id].ident.clone();
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(ident.to_string(), unique.clone());
        }
        unique
    }

    fn lookup(&self, ident: &Ident) -> Option<Ident> {
        let name = if ident == "self" { THIS.to_string() } else { ident.to_string() };
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(&name));
        if found.is_none() {
            self.free.borrow_mut().insert(name.clone());
        }
        let found = found?;
        let mut found = found.clone();
        if name != THIS {
            found.set_span(ident.span());
        }
        Some(found)
    }

    fn origin(&self) -> Origin {
        if self.inner > 0 {
            Origin::Inner
        } else {
            Origin::Binding
        }
    }

    /// Declares what a pattern binds. `certain`: a name in it cannot be a constant.
    fn bind(&mut self, pat: &mut Pat, origin: Origin, certain: bool) {
        let mut bind = Bind { resolver: self, origin, certain, seen: BTreeMap::new() };
        bind.visit_pat_mut(pat);
        let seen = bind.seen;
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(seen);
        }
    }

    /// Notes the adaptor of the variable that a pattern binds.
    fn adapt(&mut self, pat: &Pat, adaptor: Option<Box<syn::Type>>) {
        let Some(adaptor) = adaptor else { return };
        let mut names = Vec::new();
        super::normalize::bindings(pat, &mut names);
        names.retain(|name| self.locals.find(name).is_some());
        if let Some(id) = adaptors::only(&names, pat, self.diag).and_then(|name| self.locals.find(&name)) {
            self.locals[id].adaptor = Some(adaptor);
        }
    }

    fn scoped<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        self.scopes.push(BTreeMap::new());
        let result = f(self);
        self.scopes.pop();
        result
    }

    fn labelled(&mut self, label: &mut Option<syn::Label>, is_loop: bool, f: impl FnOnce(&mut Self)) {
        let user = label.as_ref().map(|l| l.name.ident.to_string());
        if !is_loop && user.is_none() {
            return f(self);
        }
        self.next_label += 1;
        let name = format!("'__{}{}", user.as_deref().unwrap_or("loop"), self.next_label);
        let unique = Lifetime::new(&name, label.as_ref().map_or_else(Span::mixed_site, |l| l.name.span()));
        *label = Some(syn::Label { name: unique.clone(), colon_token: Default::default() });
        self.labels.push(Label { user, unique, is_loop });
        f(self);
        self.labels.pop();
    }

    fn target(&self, label: &Option<Lifetime>) -> Option<Lifetime> {
        let found = self.labels.iter().rev().find(|l| match label {
            Some(label) => l.user.as_deref() == Some(label.ident.to_string().as_str()),
            None => l.is_loop,
        });
        found.map(|l| l.unique.clone())
    }

    /// A closure's or an async block's inside: its labels are its own.
    fn inside(&mut self, f: impl FnOnce(&mut Self)) {
        let labels = std::mem::take(&mut self.labels);
        self.inner += 1;
        self.scoped(f);
        self.inner -= 1;
        self.labels = labels;
    }

    /// The left side of a destructuring assignment as a pattern, and the assignments of what it binds.
    fn assignee(&mut self, left: &Expr, assigns: &mut Vec<Stmt>) -> Option<Pat> {
        match left {
            Expr::Tuple(e) => {
                let pats = e.elems.iter().map(|e| self.assignee(e, assigns)).collect::<Option<Vec<_>>>()?;
                Some(syn::parse_quote!((#(#pats,)*)))
            }
            Expr::Array(e) => {
                let pats = e.elems.iter().map(|e| self.assignee(e, assigns)).collect::<Option<Vec<_>>>()?;
                Some(syn::parse_quote!([#(#pats),*]))
            }
            Expr::Infer(_) => Some(syn::parse_quote!(_)),
            Expr::Range(e) if e.start.is_none() && e.end.is_none() => Some(syn::parse_quote!(..)),
            Expr::Paren(e) => self.assignee(&e.expr, assigns),
            Expr::Call(e) => {
                let pats = e.args.iter().map(|e| self.assignee(e, assigns)).collect::<Option<Vec<_>>>()?;
                let func = &e.func;
                syn::parse::Parser::parse2(Pat::parse_single, quote::quote!(#func(#(#pats),*))).ok()
            }
            Expr::Struct(e) if e.rest.is_none() => {
                let pats = e.fields.iter().map(|f| self.assignee(&f.expr, assigns)).collect::<Option<Vec<_>>>()?;
                let (path, members) = (&e.path, e.fields.iter().map(|f| &f.member));
                let dots = e.dot2_token;
                syn::parse::Parser::parse2(Pat::parse_single, quote::quote!(#path { #(#members: #pats,)* #dots })).ok()
            }
            Expr::Struct(_) => None,
            place => {
                let temp = self.locals.temp("assigned");
                assigns.push(syn::parse_quote!(#place = #temp;));
                Some(syn::parse_quote!(#temp))
            }
        }
    }

    /// The variables that a macro of the body binds, if something means them after it.
    fn bound_by(&self, mac: &syn::Macro, rest: &VecDeque<Stmt>) -> Vec<Ident> {
        let rules = mac.path.get_ident().and_then(|name| self.rules.get(&name.to_string()));
        let mut names = rules.and_then(|rules| rules.bound_by(&mac.tokens)).unwrap_or_default();
        names.retain(|name| name.to_string().starts_with(|c: char| c.is_lowercase() || c == '_') && name != "_" && name != "self");
        names.retain(|name| defines::is_meant(name, rest.iter()));
        names
    }

    /// `define!(a = 1);` is `let a = { define!(a = 1); a };`.
    fn binding_macro(&mut self, mac: &mut syn::StmtMacro, names: &[Ident]) -> Stmt {
        // (Of a name that meant something before, only what is bound is the new one: `define!(n = n + 1)`.)
        let mut bound: BTreeMap<String, (Ident, bool)> = BTreeMap::new();
        for name in names {
            let again = self.scopes.iter().any(|scope| scope.contains_key(&name.to_string()));
            let id = self.locals.declare(name, Origin::Inner, true);
            bound.insert(name.to_string(), (self.locals[id].ident.clone(), again));
        }
        let inner: Vec<Ident> = names.iter().filter_map(|name| Some(bound.get(&name.to_string())?.0.clone())).collect();
        let this = &*self;
        let mut met = BTreeSet::new();
        mac.mac.tokens = macros::map_idents(std::mem::take(&mut mac.mac.tokens), &mut |ident| match bound.get(&ident.to_string()) {
            Some((inner, again)) if met.insert(ident.to_string()) || !again => {
                let mut inner = inner.clone();
                inner.set_span(ident.span());
                Some(inner.into_token_stream())
            }
            _ => this.lookup(ident).map(ToTokens::into_token_stream),
        });
        let outer: Vec<Ident> = names
            .iter()
            .map(|name| {
                let mut unique = self.declare(name, Origin::Binding, true);
                if let Some(id) = self.locals.find(&unique) {
                    self.locals[id].by_macro = true;
                }
                unique.set_span(name.span());
                unique
            })
            .collect();
        let (attrs, mac) = (&mac.attrs, &mac.mac);
        match (&outer[..], &inner[..]) {
            ([outer], [inner]) => syn::parse_quote!(let mut #outer = { #(#attrs)* #mac; #inner };),
            _ => syn::parse_quote!(let (#(mut #outer),*) = { #(#attrs)* #mac; (#(#inner),*) };),
        }
    }

    fn tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let this = &*self;
        macros::map_idents(tokens, &mut |ident| this.lookup(ident).map(ToTokens::into_token_stream))
    }
}

/// Gives the bindings of one pattern their unique names; the alternatives of an or-pattern bind the same variables.
struct Bind<'r, 'd> {
    resolver: &'r mut Resolver<'d>,
    origin: Origin,
    certain: bool,
    seen: BTreeMap<String, Ident>,
}

impl VisitMut for Bind<'_, '_> {
    fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
        let name = pat.ident.to_string();
        let constant = !self.certain
            && pat.by_ref.is_none()
            && pat.mutability.is_none()
            && pat.subpat.is_none()
            && name.trim_start_matches('_').starts_with(|c: char| c.is_uppercase());
        if !constant {
            let unique = match self.seen.get(&name) {
                Some(unique) => unique.clone(),
                None => {
                    let id = self.resolver.locals.declare(&pat.ident, self.origin, pat.mutability.is_some());
                    self.resolver.locals[id].ident.clone()
                }
            };
            self.seen.insert(name, unique.clone());
            let span = pat.ident.span();
            pat.ident = unique;
            pat.ident.set_span(span);
        }
        if let Some((_, sub)) = &mut pat.subpat {
            self.certain = false;
            self.visit_pat_mut(sub);
        }
    }
    fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
        if field.colon_token.is_none() {
            field.colon_token = Some(Default::default());
        }
        self.certain = false;
        self.visit_pat_mut(&mut field.pat);
    }
    fn visit_pat_tuple_struct_mut(&mut self, pat: &mut syn::PatTupleStruct) {
        self.certain = false;
        visit_mut::visit_pat_tuple_struct_mut(self, pat);
    }
    // The guard sees the bindings: it is resolved after them.
    fn visit_pat_guard_mut(&mut self, pat: &mut syn::PatGuard) {
        self.visit_pat_mut(&mut pat.pat);
    }
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
}

impl VisitMut for Resolver<'_> {
    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        if path.qself.is_none() && path.path.segments.len() == 1 && path.path.leading_colon.is_none() {
            if let Some(segment) = path.path.segments.first_mut() {
                if segment.arguments.is_empty() {
                    if let Some(unique) = self.lookup(&segment.ident) {
                        segment.ident = unique;
                        return;
                    }
                }
            }
        }
        visit_mut::visit_expr_path_mut(self, path);
    }

    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        if field.colon_token.is_none() {
            field.colon_token = Some(Default::default());
        }
        self.visit_expr_mut(&mut field.expr);
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        let Item::Macro(def) = item else { return };
        if let Some(name) = &def.ident {
            self.rules.insert(name.to_string(), defines::rules(def));
        }
        let mut used = None;
        macros::map_idents(def.mac.tokens.clone(), &mut |name| {
            used = used.take().or_else(|| self.lookup(name).map(|_| name.clone()));
            None
        });
        match used {
            Some(used) => self.diag.error(
                &used,
                "a macro in a coroutine cannot use the function's variables by itself\nhelp: pass the variable as one of the macro's arguments",
            ),
            None if self.inner == 0 => self.macros.push(item.clone()),
            None => (),
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.scoped(|this| {
            let mut rest: VecDeque<Stmt> = std::mem::take(&mut block.stmts).into();
            while let Some(mut stmt) = rest.pop_front() {
                match &mut stmt {
                    Stmt::Macro(mac) if this.inner == 0 && macros::parse(&mac.mac).is_none() => match this.bound_by(&mac.mac, &rest) {
                        names if names.is_empty() => this.visit_stmt_mut(&mut stmt),
                        names => stmt = this.binding_macro(mac, &names),
                    },
                    stmt => this.visit_stmt_mut(stmt),
                }
                block.stmts.push(stmt);
            }
        });
    }

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        if let Some(init) = &mut local.init {
            self.visit_expr_mut(&mut init.expr);
            if let Some((_, diverge)) = &mut init.diverge {
                self.visit_expr_mut(diverge);
            }
        }
        let certain = local.init.as_ref().is_none_or(|init| init.diverge.is_none());
        let origin = self.origin();
        let adaptor = adaptors::take(&mut local.attrs, self.diag);
        self.bind(&mut local.pat, origin, certain);
        self.adapt(&local.pat, adaptor);
    }

    fn visit_expr_let_mut(&mut self, expr: &mut syn::ExprLet) {
        self.visit_expr_mut(&mut expr.expr);
        let origin = self.origin();
        self.bind(&mut expr.pat, origin, false);
    }

    fn visit_expr_if_mut(&mut self, expr: &mut syn::ExprIf) {
        self.scoped(|this| {
            this.visit_expr_mut(&mut expr.cond);
            this.visit_block_mut(&mut expr.then_branch);
        });
        if let Some((_, branch)) = &mut expr.else_branch {
            self.visit_expr_mut(branch);
        }
    }

    fn visit_expr_match_mut(&mut self, expr: &mut syn::ExprMatch) {
        self.visit_expr_mut(&mut expr.expr);
        for arm in &mut expr.arms {
            self.scoped(|this| {
                let origin = this.origin();
                this.bind(&mut arm.pat, origin, false);
                if let Pat::Guard(guard) = &mut arm.pat {
                    this.visit_expr_mut(&mut guard.guard);
                }
                this.visit_expr_mut(&mut arm.body);
            });
        }
    }

    fn visit_expr_while_mut(&mut self, expr: &mut syn::ExprWhile) {
        let mut label = expr.label.take();
        self.labelled(&mut label, true, |this| {
            this.scoped(|this| {
                this.visit_expr_mut(&mut expr.cond);
                this.visit_block_mut(&mut expr.body);
            });
        });
        expr.label = label;
    }

    fn visit_expr_for_loop_mut(&mut self, expr: &mut syn::ExprForLoop) {
        self.visit_expr_mut(&mut expr.expr);
        let mut label = expr.label.take();
        self.labelled(&mut label, true, |this| {
            this.scoped(|this| {
                let origin = this.origin();
                this.bind(&mut expr.pat, origin, true);
                this.visit_block_mut(&mut expr.body);
            });
        });
        expr.label = label;
    }

    fn visit_expr_loop_mut(&mut self, expr: &mut syn::ExprLoop) {
        let mut label = expr.label.take();
        self.labelled(&mut label, true, |this| this.visit_block_mut(&mut expr.body));
        expr.label = label;
    }

    fn visit_expr_block_mut(&mut self, expr: &mut syn::ExprBlock) {
        let mut label = expr.label.take();
        self.labelled(&mut label, false, |this| this.visit_block_mut(&mut expr.block));
        expr.label = label;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Assign(assign) = expr {
            if matches!(&*assign.left, Expr::Tuple(_) | Expr::Array(_) | Expr::Call(_) | Expr::Struct(_)) {
                let mut assigns = Vec::new();
                if let Some(pat) = self.assignee(&assign.left, &mut assigns) {
                    let value = &assign.right;
                    *expr = syn::parse_quote!({ let #pat = #value; #(#assigns)* });
                }
            }
        }
    }

    fn visit_expr_break_mut(&mut self, expr: &mut syn::ExprBreak) {
        expr.label = self.target(&expr.label).or(expr.label.take());
        if let Some(value) = &mut expr.expr {
            self.visit_expr_mut(value);
        }
    }

    fn visit_expr_continue_mut(&mut self, expr: &mut syn::ExprContinue) {
        expr.label = self.target(&expr.label).or(expr.label.take());
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        self.inside(|this| {
            for input in &mut closure.inputs {
                this.bind(input, Origin::Inner, true);
            }
            this.visit_expr_mut(&mut closure.body);
        });
    }

    fn visit_expr_async_mut(&mut self, expr: &mut syn::ExprAsync) {
        self.inside(|this| this.visit_block_mut(&mut expr.block));
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        mac.tokens = match macros::parse(mac) {
            Some(Known::Args(mut args)) => {
                for arg in &mut args {
                    self.visit_expr_mut(&mut arg.expr);
                }
                Known::Args(args).into_tokens()
            }
            Some(Known::Repeat(mut elem, mut len)) => {
                self.visit_expr_mut(&mut elem);
                self.visit_expr_mut(&mut len);
                Known::Repeat(elem, len).into_tokens()
            }
            Some(Known::Matches(mut expr, mut pat)) => {
                self.visit_expr_mut(&mut expr);
                self.scoped(|this| {
                    let origin = this.origin();
                    this.bind(&mut pat, origin, false);
                    if let Pat::Guard(guard) = &mut pat {
                        this.visit_expr_mut(&mut guard.guard);
                    }
                });
                Known::Matches(expr, pat).into_tokens()
            }
            None => {
                let tokens = std::mem::take(&mut mac.tokens);
                self.tokens(tokens)
            }
        };
    }
}
