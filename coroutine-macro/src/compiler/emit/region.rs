//! A region as an arm of the machine: slots bound, the user's statements, the exits.

use super::{names, text};
use crate::compiler::cfg::{Arm, Edge, Entry, Op};
use crate::compiler::flow::{self, Mentioned};
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin, RegionId, ScopeId};
use crate::compiler::place::{each_op_of, Mode, Placed};
use crate::compiler::rewrite::{leaves_early, Exits, Found, Rewriter};
use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::visit::Visit;
use syn::{Expr, Ident, Lifetime, Pat, Stmt};

/// What stays the same for all regions of a function.
pub(super) struct Shell<'a> {
    pub(super) placed: &'a Placed,
    /// The return type, `_` where it cannot be named.
    pub(super) ret: TokenStream,
    /// Its shape, where it borrows from what is lent.
    pub(super) shape: Option<TokenStream>,
    /// `let (a, b): (&A, &mut B) = `, without what follows; empty where nothing is lent.
    pub(super) lent: TokenStream,
}

impl Shell<'_> {
    /// `let (a, b): (&A, &mut B) = ..;` of what is lent, where any of it is used.
    pub(super) fn lent(&self, used: &LocalSet, value: &TokenStream) -> TokenStream {
        let lent = &self.lent;
        let any = used.iter().any(|id| self.placed.cfg.locals[*id].origin == Origin::Lent);
        if any {
            quote!(#lent = #value;)
        } else {
            TokenStream::new()
        }
    }
}

/// Where a region's exit goes.
#[derive(Clone, PartialEq)]
enum Goal {
    Region(Edge),
    Takeoff(AwaitId),
}

struct Writer<'a> {
    shell: &'a Shell<'a>,
    arm: Arm,
    scope: ScopeId,
    /// Whether exits leave a labelled block; else the region is straight and its one exit falls out at its end.
    labelled: bool,
    /// Whether it has a macro that nobody can read.
    opaque: bool,
    goals: Vec<Goal>,
    /// What was mentioned on the way to what is written now.
    met: LocalSet,
}

impl Exits for Writer<'_> {
    fn returns(&mut self, value: TokenStream) -> TokenStream {
        let (block, ret) = (names::block_label(), &self.shell.ret);
        quote!(break #block ::coroutine_runtime::__private::Exit::<#ret>::Return(#value))
    }
    fn jumps(&mut self, label: &Lifetime, again: bool) -> Option<TokenStream> {
        let edge = edge_to(self.shell.placed, self.scope, label, again)?;
        Some(self.exit(Goal::Region(edge)))
    }
    fn clears(&mut self, local: LocalId) -> Option<TokenStream> {
        let field = names::field(self.shell.placed, local);
        Some(quote!(__f.slots.#field = ::core::option::Option::None;))
    }
}

/// The edge of a `break` or `continue` in the user's own statements.
pub(super) fn edge_to(placed: &Placed, from: ScopeId, label: &Lifetime, again: bool) -> Option<Edge> {
    let target = placed.cfg.labels.get(&label.to_string())?;
    let (target, scope) = if again { target.continues? } else { target.breaks };
    Some(Edge { target, leaving: placed.cfg.leaving(from, scope) })
}

/// The code of a region, which ends by setting `at` or by leaving the machine's loop with the return value.
pub(super) fn region(shell: &Shell<'_>, id: RegionId) -> TokenStream {
    let placed = shell.placed;
    let region = &placed.cfg.regions[id.0];
    let opaque = has_unknown_macro(&region.ops);
    let labelled = opaque || !is_straight(placed, &region.ops);
    let mut writer = Writer { shell, arm: Arm::Region(id), scope: region.scope, labelled, opaque, goals: Vec::new(), met: LocalSet::new() };
    let landed = match region.entry {
        Entry::Landing(id) => writer.landed(id),
        Entry::Start | Entry::Jump(_) => TokenStream::new(),
    };
    let body = writer.body(&region.ops, landed);
    writer.finish(body)
}

fn is_straight(placed: &Placed, ops: &[Op]) -> bool {
    let branches = ops.iter().any(|op| matches!(op, Op::If { .. } | Op::Match { .. }));
    !branches
        && !leaves_early(placed, |f| {
            for op in ops {
                match op {
                    Op::Plain(stmt) => f(Found::Stmt(stmt)),
                    Op::Return(expr) => f(Found::Expr(expr)),
                    _ => (),
                }
            }
        })
}

/// Whether the user's own statements call a macro that nobody can read.
fn has_unknown_macro(ops: &[Op]) -> bool {
    struct Unknown(bool);
    impl<'ast> syn::visit::Visit<'ast> for Unknown {
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            use crate::compiler::macros::Known;
            match crate::compiler::macros::parse(mac) {
                Some(Known::Args(args)) => args.iter().for_each(|arg| {
                    let mut inner = Unknown(false);
                    inner.visit_expr(&arg.expr);
                    self.0 |= inner.0;
                }),
                Some(_) => (),
                None => self.0 = true,
            }
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    }
    use syn::visit::Visit;
    let mut unknown = Unknown(false);
    for op in ops {
        match op {
            Op::Plain(stmt) => unknown.visit_stmt(stmt),
            Op::Return(expr) => unknown.visit_expr(expr),
            Op::If { cond, then, els } => {
                unknown.visit_expr(cond);
                unknown.0 |= has_unknown_macro(then) || has_unknown_macro(els);
            }
            Op::Match { scrutinee, arms } => {
                unknown.visit_expr(scrutinee);
                unknown.0 |= arms.iter().any(|(_, ops)| has_unknown_macro(ops));
            }
            Op::Open(_) | Op::Close(_) | Op::Jump(_) | Op::Await(_) => (),
        }
    }
    unknown.0
}

/// The variables that a piece of code mentions.
pub(super) fn mentioned(placed: &Placed, arm: Arm) -> LocalSet {
    placed.uses.get(&arm).map(|uses| uses.iter().map(|u| u.local).collect()).unwrap_or_default()
}

impl Writer<'_> {
    fn placed(&self) -> &Placed {
        self.shell.placed
    }

    /// The await's result, under its name.
    fn landed(&mut self, id: AwaitId) -> TokenStream {
        let result = &self.placed().cfg.awaits[id.0].result;
        let mut tokens = quote!(let mut #result = __landed;);
        if let Some(local) = self.placed().cfg.locals.find(result) {
            tokens.extend(self.fill(local));
        }
        tokens
    }

    /// After a binding: into its slot, if it is used in place.
    fn fill(&self, local: LocalId) -> TokenStream {
        let (ident, field) = (&self.placed().cfg.locals[local].ident, names::field(self.placed(), local));
        if self.placed().again.is_by_type(local) {
            return super::again::fill(self.placed(), self.arm, local, &quote!(__f.slots.#field));
        }
        if self.placed().is_text(local) {
            return text::fill(self.placed(), local, self.placed().mode(self.arm, local), &quote!(__f.slots.#field));
        }
        match self.placed().mode(self.arm, local) {
            Some(Mode::InPlace) => quote!(let #ident = ::coroutine_runtime::__private::fill(&mut __f.slots.#field, #ident);),
            Some(Mode::Optional) => quote!(let #ident = ::coroutine_runtime::__private::refill(&mut __f.slots.#field, #ident);),
            Some(Mode::Local | Mode::Hosted | Mode::Through) | None => TokenStream::new(),
        }
    }

    fn fill_pat(&self, pat: &Pat) -> TokenStream {
        let mut names = Vec::new();
        crate::compiler::normalize::bindings(pat, &mut names);
        names.iter().filter_map(|n| self.placed().cfg.locals.find(n)).map(|id| self.fill(id)).collect()
    }

    /// The statements, with what they use bound before them. Scopes that end here though they began elsewhere are blocks
    /// around what comes before their end, so that Rust drops what was moved into them in its own order.
    fn body(&mut self, ops: &[Op], landed: TokenStream) -> TokenStream {
        let ending = ending(ops);
        let mut tokens = self.shell.lent(&mentioned(self.placed(), self.arm), &quote!(__lent.get()));
        let innermost = ending.first() == Some(&self.scope);
        if !innermost {
            tokens.extend(landed.clone());
        }
        tokens.extend(self.bind(&|scope| !ending.contains(&scope)));
        for scope in ending.iter().rev() {
            let inner = self.bind(&|s| s == *scope);
            tokens.extend(quote!(#OPEN #inner));
        }
        if innermost {
            tokens.extend(landed);
        }
        self.ops(ops, &mut tokens);
        close(tokens)
    }

    /// Binds what is used of the variables of some scopes, in order of declaration.
    fn bind(&mut self, of: &dyn Fn(ScopeId) -> bool) -> TokenStream {
        let shell = self.shell;
        let mentioned = mentioned(shell.placed, self.arm);
        let entering: LocalSet = mentioned.iter().copied().filter(|local| shell.placed.enters(self.arm, *local)).collect();
        let mut taken = Vec::new();
        let mut tokens = TokenStream::new();
        for local in self.placed().cfg.order.clone() {
            let placed = self.placed();
            if !placed.scope_of.get(&local).is_some_and(|s| of(*s)) {
                continue;
            }
            if !mentioned.contains(&local) {
                if placed.is_slot(local) && placed.moves_all(self.arm) && !placed.pinned.contains(&local) && !placed.again.is_made(local) {
                    let field = names::field(placed, local);
                    let held = quote::format_ident!("__held_{}", field);
                    tokens.extend(quote!(let #held = __f.slots.#field.take();));
                }
                continue;
            }
            let enters = placed.enters(self.arm, local);
            let ident = placed.cfg.locals[local].ident.clone();
            if let Some(group) = shell.placed.again.get(local).filter(|_| enters) {
                if !taken.contains(&group.locals) {
                    taken.push(group.locals.clone());
                    let slot = |local| {
                        let field = names::field(shell.placed, local);
                        quote!(__f.slots.#field)
                    };
                    tokens.extend(super::again::take(shell.placed, self.arm, group, &entering, &slot, super::again::As::Placed, self));
                }
                continue;
            }
            if placed.again.contains(local) {
                continue;
            }
            if placed.is_deferred(self.arm, local) {
                if !self.declares(local) {
                    tokens.extend(self.declaration(local));
                }
                continue;
            }
            let Some(mode) = placed.mode(self.arm, local) else { continue };
            let deferred = !enters && !placed.is_defined(self.arm, local);
            let field = names::field(placed, local);
            let text = enters && placed.is_text(local);
            if text && mode == Mode::InPlace && placed.pinned.contains(&local) {
                tokens.extend(text::seen(placed, local, &quote!(__f.slots.#field)));
                continue;
            }
            let (opened, slot) = if text {
                text::open(placed, local, &quote!(__f.slots.#field))
            } else {
                (TokenStream::new(), quote!(&mut __f.slots.#field))
            };
            tokens.extend(opened);
            tokens.extend(match (enters, mode) {
                (true, Mode::InPlace) if placed.pinned.contains(&local) => {
                    quote!(let #ident = ::coroutine_runtime::__private::seen(&__f.slots.#field);)
                }
                (true, Mode::InPlace) => quote!(let #ident = ::coroutine_runtime::__private::full(#slot);),
                (true, Mode::Local) => {
                    let mutable = names::mutable(&ident);
                    quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);)
                }
                (true, Mode::Optional) => quote!(let #ident = #slot;),
                // (Where all is moved out, so is this, to be dropped in its turn.)
                (false, Mode::Optional) if deferred && placed.moves_all(self.arm) && !placed.again.is_made(local) => {
                    let held = quote::format_ident!("__held_{}", field);
                    quote!(let mut #held = __f.slots.#field.take(); let #ident = &mut #held;)
                }
                (false, Mode::Optional) if deferred => quote!(let #ident = &mut __f.slots.#field;),
                (true, Mode::Hosted | Mode::Through) | (false, _) => TokenStream::new(),
            });
        }
        tokens
    }

    /// Whether the `let` of a variable that is assigned later stands here.
    fn declares(&self, local: LocalId) -> bool {
        let Arm::Region(id) = self.arm else { return false };
        let mut declares = false;
        each_op_of(&self.placed().cfg.regions[id.0].ops, &mut |op| {
            if let Op::Plain(Stmt::Local(syn::Local { pat, init: None, .. })) = op {
                declares |= self.declared(pat) == Some(local);
            }
        });
        declares
    }

    fn declared(&self, pat: &Pat) -> Option<LocalId> {
        self.placed().cfg.locals.find(&crate::compiler::normalize::binding_name(pat)?)
    }

    fn declaration(&self, local: LocalId) -> TokenStream {
        let local = &self.placed().cfg.locals[local];
        let mutable = names::mutable(&local.ident);
        match &local.ty {
            Some(ty) => quote!(let #mutable: #ty;),
            None => quote!(let #mutable;),
        }
    }

    fn rewrite(&mut self, bound: &[Ident], f: impl FnOnce(&mut Rewriter<'_, '_>) -> TokenStream) -> TokenStream {
        let shell = self.shell;
        let arm = self.arm;
        let mut rewriter = Rewriter::new(shell.placed, arm, self).itself().bound(bound);
        f(&mut rewriter)
    }

    fn ops(&mut self, ops: &[Op], tokens: &mut TokenStream) {
        let paired = paired(ops);
        for op in ops {
            match op {
                Op::Plain(stmt) => {
                    self.meets(|mentioned| mentioned.visit_stmt(stmt));
                    let stmt = self.plain(stmt);
                    tokens.extend(stmt);
                }
                Op::Open(scope) => {
                    self.scope = *scope;
                    if paired.contains(scope) {
                        tokens.extend(OPEN.into_token_stream());
                    }
                }
                Op::Close(scope) => {
                    tokens.extend(CLOSE.into_token_stream());
                    let clear = self.clear(&[*scope]);
                    tokens.extend(clear);
                    self.scope = self.placed().cfg.scopes[scope.0].parent.unwrap_or(*scope);
                }
                Op::If { cond, then, els } => {
                    let mut names = Vec::new();
                    syn::visit::Visit::visit_expr(&mut crate::compiler::lower::LetBindings(&mut names), cond);
                    self.meets(|mentioned| mentioned.visit_expr(cond));
                    let condition = self.rewrite(&names, |r| r.value(cond));
                    let fills: TokenStream =
                        names.iter().filter_map(|n| self.placed().cfg.locals.find(n)).map(|id| self.fill(id)).collect();
                    let then = self.branch(then);
                    let els = self.branch(els);
                    // With the user's span: the keyword's edition says what a condition may be.
                    let span = let_span(cond).unwrap_or_else(|| syn::spanned::Spanned::span(cond));
                    let keyword = Ident::new("if", span);
                    tokens.extend(quote!(#keyword #condition { #fills #then } else { #els }));
                }
                Op::Match { scrutinee, arms } => {
                    self.meets(|mentioned| mentioned.visit_expr(scrutinee));
                    let scrutinee = self.rewrite(&[], |r| r.expr(scrutinee));
                    let arms: Vec<TokenStream> = arms
                        .iter()
                        .map(|(pat, ops)| {
                            let fills = self.fill_pat(pat);
                            let ops = self.branch(ops);
                            let mut bound = Vec::new();
                            crate::compiler::normalize::bindings(pat, &mut bound);
                            let pat = self.rewrite(&bound, |r| {
                                let mut pat = pat.clone();
                                syn::visit_mut::VisitMut::visit_pat_mut(r, &mut pat);
                                pat.into_token_stream()
                            });
                            quote!(#pat => { #fills #ops })
                        })
                        .collect();
                    tokens.extend(quote!(match #scrutinee { #(#arms)* }));
                }
                Op::Jump(edge) => {
                    let exit = self.exit(Goal::Region(edge.clone()));
                    tokens.extend(exit);
                }
                Op::Await(id) => {
                    let exit = self.exit(Goal::Takeoff(*id));
                    tokens.extend(exit);
                }
                Op::Return(value) => {
                    self.meets(|mentioned| mentioned.visit_expr(value));
                    let value = self.rewrite(&[], |r| r.value(value));
                    let run = names::run_label();
                    let back = self.spills(&LocalSet::new());
                    let exit = if self.labelled { self.returns(value) } else { quote!(break #run #value) };
                    tokens.extend(quote!(#back #exit;));
                }
            }
        }
    }

    fn branch(&mut self, ops: &[Op]) -> TokenStream {
        let (scope, met) = (self.scope, self.met.clone());
        let mut tokens = TokenStream::new();
        self.ops(ops, &mut tokens);
        (self.scope, self.met) = (scope, met);
        close(tokens)
    }

    fn plain(&mut self, stmt: &Stmt) -> TokenStream {
        let Stmt::Local(local) = stmt else { return self.rewrite(&[], |r| r.stmt(stmt)) };
        let mut names = Vec::new();
        crate::compiler::normalize::bindings(&local.pat, &mut names);
        let slots: Vec<LocalId> = names
            .iter()
            .filter_map(|n| self.placed().cfg.locals.find(n))
            .filter(|id| self.placed().mode(self.arm, *id).is_some())
            .collect();
        let Some(init) = &local.init else {
            // What is assigned elsewhere first is declared there.
            let assigned = self.declared(&local.pat).filter(|id| self.placed().is_deferred(self.arm, *id));
            return assigned.map(|id| self.declaration(id)).unwrap_or_default();
        };
        if let ([id], Pat::Ident(pat), None) = (&slots[..], &local.pat, &init.diverge) {
            if self.placed().mode(self.arm, *id) == Some(Mode::InPlace)
                && !self.placed().again.is_by_type(*id)
                && !self.placed().is_text(*id)
                && pat.by_ref.is_none()
                && pat.subpat.is_none()
            {
                let field = names::field(self.placed(), *id);
                let ident = &pat.ident;
                let value = self.rewrite(&[], |r| r.value(&init.expr));
                // Made in its slot: on the way there, a large value would be copied.
                return quote! {
                    __f.slots.#field = ::core::option::Option::Some(#value);
                    let #ident = ::coroutine_runtime::__private::full(&mut __f.slots.#field);
                };
            }
        }
        let fills = self.fill_pat(&local.pat);
        // A variable that is moved back into its slot may be changed there.
        let stmt = self.rewrite(&[], |r| r.stmt(stmt));
        quote!(#stmt #fills)
    }

    /// Leaves the region.
    fn exit(&mut self, goal: Goal) -> TokenStream {
        let placed = self.placed();
        let spills = self.spills(match &goal {
            Goal::Region(edge) => &placed.live.entry[edge.target.0],
            Goal::Takeoff(id) => &placed.live.before[id.0],
        });
        let index = match self.goals.iter().position(|g| *g == goal) {
            Some(index) => index,
            None => {
                self.goals.push(goal);
                self.goals.len() - 1
            }
        };
        if !self.labelled {
            return spills;
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let (block, ret) = (names::block_label(), &self.shell.ret);
        quote!({ #spills break #block ::coroutine_runtime::__private::Exit::<#ret>::Jump(#index) })
    }

    /// What was moved out and is used after an exit goes back into its slot; so does what was moved out for another way than the one to
    /// here, to be dropped in its turn. (Not where all ways return: there everything is moved out, and Rust drops it.)
    fn spills(&self, live: &LocalSet) -> TokenStream {
        let placed = self.placed();
        let back: LocalSet = if placed.returns(self.arm) { LocalSet::new() } else { placed.unmet(self.arm, &self.met).collect() };
        let goes = |local: &&LocalId| placed.mode(self.arm, **local) == Some(Mode::Local) && (live.contains(local) || back.contains(local));
        let spills = placed.slots.iter().filter(goes).map(|local| {
            let (ident, field) = (&placed.cfg.locals[*local].ident, names::field(placed, *local));
            if placed.again.is_by_type(*local) {
                return super::again::spill(placed, *local, &quote!(__f.slots.#field));
            }
            let value = if placed.is_text(*local) { text::stash(placed, *local) } else { quote!(#ident) };
            quote!(__f.slots.#field = ::core::option::Option::Some(#value);)
        });
        spills.collect()
    }

    fn meets(&mut self, visit: impl FnOnce(&mut Mentioned<'_>)) {
        let met = flow::mentioned(&self.placed().cfg.locals, visit);
        self.met.extend(met);
    }

    /// Empties the slots of scopes that end, innermost scope and last declared first.
    fn clear(&self, scopes: &[ScopeId]) -> TokenStream {
        clear(self.placed(), self.arm, scopes)
    }

    fn finish(self, body: TokenStream) -> TokenStream {
        let placed = self.shell.placed;
        let arrive = |goal: &Goal| match goal {
            Goal::Region(edge) => {
                let clear = clear(placed, self.arm, &edge.leaving);
                let state = state_path(placed, destination(placed, edge.target));
                quote!(#clear __at = #state;)
            }
            Goal::Takeoff(id) => {
                let state = state_path(placed, Arm::Takeoff(*id));
                quote!(__at = #state;)
            }
        };
        // The start is run once: in a function of its own, what it builds takes no room on the stack of every resume.
        let start = matches!(self.arm, Arm::Region(id) if
            matches!(placed.cfg.regions[id.0].entry, Entry::Start) && !matches!(effects(placed, id)[..], [Op::Await(_) | Op::Jump(_)]));
        if !self.labelled {
            let Some(goal) = self.goals.first() else { return quote!({ #body }) };
            let arrive = arrive(goal);
            return if start { quote!(::coroutine_runtime::__private::apart(|| { #body }); #arrive) } else { quote!({ #body } #arrive) };
        }
        let (block, run, ret) = (names::block_label(), names::run_label(), &self.shell.ret);
        let arms = self.goals.iter().enumerate().map(|(n, goal)| {
            let (n, arrive) = (u32::try_from(n).unwrap_or(u32::MAX), arrive(goal));
            quote!(::coroutine_runtime::__private::Exit::Jump(#n) => { #arrive })
        });
        // A macro that nobody can read may hold a `return`: an async block gives it a place to return to.
        let exit = if self.opaque {
            quote! {
                let mut __left = ::core::option::Option::None;
                let __exit = match ::coroutine_runtime::__private::once::<#ret, _>(async {
                    __left = ::core::option::Option::Some(#block: { #body });
                    ::coroutine_runtime::__private::never().await
                }) {
                    ::core::option::Option::Some(__value) => ::coroutine_runtime::__private::Exit::<#ret>::Return(__value),
                    ::core::option::Option::None => ::coroutine_runtime::__private::take(&mut __left),
                };
            }
        } else if start {
            quote!(let __exit = ::coroutine_runtime::__private::apart(|| -> ::coroutine_runtime::__private::Exit<#ret> { #block: { #body } });)
        } else {
            quote!(let __exit: ::coroutine_runtime::__private::Exit<#ret> = #block: { #body };)
        };
        quote! {
            #exit
            match __exit {
                ::coroutine_runtime::__private::Exit::Return(__value) => break #run __value,
                #(#arms)*
                ::coroutine_runtime::__private::Exit::Jump(_) => ::coroutine_runtime::__private::empty(),
            }
        }
    }
}

/// Where a jump to a region comes to, past regions that do nothing but go on.
fn destination(placed: &Placed, mut region: RegionId) -> Arm {
    for _ in 0..placed.cfg.regions.len() {
        match effects(placed, region)[..] {
            [Op::Await(id)] => return Arm::Takeoff(*id),
            [Op::Jump(edge)] if edge.leaving.iter().all(|scope| ends_nothing(placed, *scope)) => region = edge.target,
            _ => break,
        }
    }
    Arm::Region(region)
}

/// What a region does, without what only says where variables are in scope.
fn effects(placed: &Placed, region: RegionId) -> Vec<&Op> {
    let does_something = |op: &&Op| match op {
        Op::Open(_) => false,
        Op::Close(scope) => !ends_nothing(placed, *scope),
        Op::Plain(Stmt::Local(local)) => local.init.is_some(),
        _ => true,
    };
    placed.cfg.regions[region.0].ops.iter().filter(does_something).collect()
}

/// Whether no slot is emptied where a scope ends.
fn ends_nothing(placed: &Placed, scope: ScopeId) -> bool {
    !placed.cfg.scopes[scope.0].declares.iter().any(|local| placed.is_slot(*local))
}

/// Empties the slots of scopes that end. What a region moved out is gone already.
pub(super) fn clear(placed: &Placed, arm: Arm, scopes: &[ScopeId]) -> TokenStream {
    let mut tokens = TokenStream::new();
    for scope in scopes {
        for local in placed.cfg.scopes[scope.0].declares.iter().rev() {
            if placed.is_slot(*local) && placed.mode(arm, *local) != Some(Mode::Local) {
                let field = names::field(placed, *local);
                tokens.extend(quote!(__f.slots.#field = ::core::option::Option::None;));
            }
        }
    }
    tokens
}

pub(super) fn state_path(placed: &Placed, arm: Arm) -> TokenStream {
    let (at, state) = (names::at(), names::state(placed, arm));
    quote!(#at::#state)
}

/// The scopes that end among the operations though they began before, innermost first.
fn ending(ops: &[Op]) -> Vec<ScopeId> {
    let paired = paired(ops);
    ops.iter().filter_map(|op| if let Op::Close(scope) = op { Some(*scope) } else { None }).filter(|s| !paired.contains(s)).collect()
}

/// The scopes that begin and end among the operations.
fn paired(ops: &[Op]) -> Vec<ScopeId> {
    let closed: Vec<ScopeId> = ops.iter().filter_map(|op| if let Op::Close(scope) = op { Some(*scope) } else { None }).collect();
    ops.iter().filter_map(|op| if let Op::Open(scope) = op { Some(*scope) } else { None }).filter(|s| closed.contains(s)).collect()
}

/// Where a condition's first `let` stands.
fn let_span(cond: &Expr) -> Option<proc_macro2::Span> {
    match cond {
        Expr::Let(e) => Some(e.let_token.span),
        Expr::Binary(e) => let_span(&e.left).or_else(|| let_span(&e.right)),
        Expr::Paren(e) => let_span(&e.expr),
        _ => None,
    }
}

/// Marks of a block's start and end, which [`close`] turns into groups: tokens cannot hold half a pair of braces.
#[derive(Clone, Copy)]
struct Mark(&'static str);
const OPEN: Mark = Mark("__durable_open");
const CLOSE: Mark = Mark("__durable_close");

impl ToTokens for Mark {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend([proc_macro2::TokenTree::Ident(names::own(self.0))]);
    }
}

/// Turns the marks of one list into braces.
fn close(tokens: TokenStream) -> TokenStream {
    let mut stack = vec![TokenStream::new()];
    for tree in tokens {
        let mark = match &tree {
            proc_macro2::TokenTree::Ident(ident) => ident.to_string(),
            _ => String::new(),
        };
        if mark == OPEN.0 {
            stack.push(TokenStream::new());
        } else if mark == CLOSE.0 {
            let inner = stack.pop().unwrap_or_default();
            match stack.last_mut() {
                Some(outer) => outer.extend(quote!({ #inner })),
                None => stack.push(inner),
            }
        } else if let Some(top) = stack.last_mut() {
            top.extend([tree]);
        }
    }
    // A region that stops inside a scope leaves it open.
    while stack.len() > 1 {
        let inner = stack.pop().unwrap_or_default();
        if let Some(outer) = stack.last_mut() {
            outer.extend(inner);
        }
    }
    stack.pop().unwrap_or_default()
}

/// An expression of the machine that has no exits of its own.
pub(super) struct NoExits<'a>(pub(super) &'a Placed);

impl Exits for NoExits<'_> {
    fn returns(&mut self, _: TokenStream) -> TokenStream {
        quote!(::core::unreachable!())
    }
    fn jumps(&mut self, label: &Lifetime, _: bool) -> Option<TokenStream> {
        self.0.cfg.labels.contains_key(&label.to_string()).then(|| quote!(::core::unreachable!()))
    }
}
