//! An await as two arms of the machine: one that makes what is awaited and offers a checkpoint, one that waits.

use super::again;
use super::names;
use super::region::{edge_to, mentioned, region, state_path, Shell};
use crate::compiler::again::Group;
use crate::compiler::borrows::Borrow;
use crate::compiler::cfg::{Arm, Edge};
use crate::compiler::concurrent;
use crate::compiler::flow::{Flow, Kind, Use};
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin, ScopeId};
use crate::compiler::liveness::{boxed, lends, lends_of_branches, Lend};
use crate::compiler::place::{mentioned_expr, root_local, Mode, Placed, Receiver};
use crate::compiler::rewrite::{leaves_early, Exits, Found, Rewriter};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Ident, Lifetime, Pat, Stmt};

/// So many arguments of a call are told by their own types. (Each doubles what is written.)
const BY_TYPE: usize = 3;

/// Exits of code that runs inside an operand's async block.
struct Leaving<'a> {
    shell: &'a Shell<'a>,
    scope: ScopeId,
    edges: Vec<Edge>,
}

impl Exits for Leaving<'_> {
    fn returns(&mut self, value: TokenStream) -> TokenStream {
        let ret = &self.shell.ret;
        quote!(return ::coroutine_runtime::__private::Flow::<_, #ret>::Return(#value))
    }
    fn jumps(&mut self, label: &Lifetime, again: bool) -> Option<TokenStream> {
        let edge = edge_to(self.shell.placed, self.scope, label, again)?;
        let index = self.edges.iter().position(|e| *e == edge).unwrap_or_else(|| {
            self.edges.push(edge);
            self.edges.len() - 1
        });
        let (index, ret) = (u32::try_from(index).unwrap_or(u32::MAX), &self.shell.ret);
        Some(quote!(return ::coroutine_runtime::__private::Flow::<_, #ret>::Jump(#index)))
    }
}

/// The two states of an await, as a pattern, and their code.
pub(super) fn takeoff(shell: &Shell<'_>, id: AwaitId) -> (TokenStream, TokenStream) {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let early = leaves_early(placed, |f| {
        it.moved.iter().for_each(|stmt| f(Found::Stmt(stmt)));
        f(Found::Expr(&it.operand));
    });
    let mut exits = Leaving { shell, scope: it.scope, edges: Vec::new() };
    let mut reached = Reached::default();
    let choice = host(shell, id, &mut exits, &mut reached);
    let reached = reached.bindings(placed);
    let (outside, inside) = bindings(placed, arm, &mut exits, &mut reach(placed, arm), Hosting::Known);
    let moved: TokenStream = it.moved.iter().map(|stmt| moved(placed, arm, stmt, &mut exits)).collect();
    let operand = operand(placed, arm, &it.operand, &mut exits);
    let span = it.span.resolved_at(proc_macro2::Span::call_site());
    let ret = &shell.ret;
    let opaque = it.step && matches!(&it.operand, Expr::Block(e) if matches!(&e.block.stmts[..], [Stmt::Expr(Expr::Macro(_), None)]));
    let same = (choice.is_some() && concurrent::branches(&it.operand).is_none())
        .then(|| quote!(::coroutine_runtime::__private::same(&__given, &__it);));
    let landing = if opaque {
        // A `return` that a macro hides means the function's: the block that it leaves gives what the function does.
        quote! {
            match ::coroutine_runtime::__private::opaque::<_, #ret, _>(|__cell| async move {
                let __value = #operand;
                ::coroutine_runtime::__private::settle(&__cell, __value);
                ::coroutine_runtime::__private::never().await
            }).await {
                ::coroutine_runtime::__private::Flow::On(__value) => ::coroutine_runtime::__private::IsValue(__value),
                ::coroutine_runtime::__private::Flow::Return(__value) => return ::coroutine_runtime::__private::Flow::<_, #ret>::Return(__value),
                ::coroutine_runtime::__private::Flow::Jump(_) => ::coroutine_runtime::__private::empty(),
            }
        }
    } else if it.step {
        quote!(::coroutine_runtime::__private::IsValue(#operand))
    } else {
        // (What was picked is bound: else what it was picked by would live across the `.await`, and be stored in the block.)
        quote_spanned! {span=> match #operand {
            __it => {
                #same
                let __land = (&&&&::coroutine_runtime::__private::of(&__it)).__durable_pick();
                __land.land(__it).await
            }
        } }
    };
    let early = early || opaque;
    let output = if early { quote!(::coroutine_runtime::__private::Flow::<_, #ret>::On(#landing)) } else { landing };
    let lent = lent_in(shell, &mentioned(placed, arm), &quote!(::coroutine_runtime::__private::lent(__lent)));
    let own = own(placed, arm, &it.operand);
    let (next, waiting) = (state_path(placed, arm), state_path(placed, Arm::Region(it.landing)));
    let set = names::wait_set(placed, id, &quote!(__operand.begin()));
    let wait = wait_arm(shell, id, early, &exits.edges);
    let body = quote! {
        let __begins = ::core::matches!(__at, #next);
        if __begins {
            #reached
            #choice
            let __operand = {
                #lent
                #outside
                ::coroutine_runtime::__private::operand(__lent, async move { #own #inside #moved #output })
            };
            if (&__operand).announce(__cx, ::core::matches!(__entry, #next)) {
                __f.at = __at;
                return ::core::task::Poll::Pending;
            }
            #set;
            __at = #waiting;
        }
        #wait
    };
    (quote!(#next | #waiting), body)
}

/// Branches outlive the block that makes them: references that it captures become variables of it, for what is reached through those
/// may be borrowed for longer.
fn own(placed: &Placed, arm: Arm, operand: &Expr) -> TokenStream {
    if concurrent::branches(operand).is_none() {
        return TokenStream::new();
    }
    let mentioned = mentioned(placed, arm);
    let captured = placed.cfg.order.iter().filter(|local| mentioned.contains(local) && !placed.again.contains(**local));
    let names = captured.filter_map(|local| {
        let it = &placed.cfg.locals[*local];
        let in_place = placed.enters(arm, *local) && matches!(placed.mode(arm, *local), Some(Mode::InPlace | Mode::Optional));
        (in_place || it.origin == Origin::Lent).then_some(&it.ident)
    });
    quote!(#(let #names = #names;)*)
}

/// What is awaited; of what runs beside each other, each branch.
fn operand(placed: &Placed, arm: Arm, operand: &Expr, exits: &mut dyn Exits) -> TokenStream {
    let Some((way, branches)) = concurrent::branches(operand) else { return Rewriter::new(placed, arm, exits).value(operand) };
    let mentions: Vec<LocalSet> = branches.iter().map(|branch| mentioned_expr(&placed.cfg, branch)).collect();
    let branches: Vec<TokenStream> = branches
        .into_iter()
        .enumerate()
        .map(|(n, branch)| {
            let tokens = Rewriter::new(placed, arm, &mut *exits).value(branch);
            let alone = mentions.iter().enumerate().all(|(other, mentioned)| other == n || mentioned.is_disjoint(&mentions[n]));
            match syn::parse2::<syn::ExprAsync>(tokens.clone()) {
                // It outlives the variables of the block that makes it: what it alone uses moves into it, slots by reference.
                Ok(mut block) if alone && block.capture.is_none() => {
                    block.capture = Some(Default::default());
                    quote!(#block)
                }
                _ => tokens,
            }
        })
        .collect();
    // With the macro's span: what a branch gives and cannot be stored is an error there.
    quote_spanned!(way.span()=> ::coroutine_runtime::__together!(#way kept; #((#branches)),*))
}

/// `let (a, b): (&A, &mut B) = ..;` of what is lent, where any of it is used.
fn lent_in(shell: &Shell<'_>, mentioned: &LocalSet, value: &TokenStream) -> TokenStream {
    let placed = shell.placed;
    let lent = &shell.lent;
    if mentioned.iter().any(|id| placed.cfg.locals[*id].origin == Origin::Lent) {
        quote!(#lent = #value;)
    } else {
        TokenStream::new()
    }
}

/// A slot for the block of an operand.
fn reach(placed: &Placed, arm: Arm) -> impl FnMut(LocalId) -> TokenStream + '_ {
    move |local| {
        let field = names::field(placed, local);
        let by_value = |uses: &Vec<Use>| uses.iter().filter(|used| used.local == local).all(|used| used.kind == Kind::Value);
        if placed.uses.get(&arm).is_some_and(by_value) {
            quote!(::coroutine_runtime::__private::reach_value(&mut __f.slots.#field, __lent))
        } else {
            quote!(::coroutine_runtime::__private::reach(&mut __f.slots.#field, __lent))
        }
    }
}

/// Slots that are reached where something may be in flight: for what is awaited to be lent something again, or for a type.
#[derive(Default)]
struct Reached(LocalSet);

impl Reached {
    /// The slot, where it is used.
    fn again(&mut self, placed: &Placed, local: LocalId) -> TokenStream {
        self.0.insert(local);
        let slot = slot_name(&placed.cfg.locals[local].ident);
        quote!(#slot.again())
    }

    /// The slot of a borrow that is taken again, if it has one, under the name that [`borrowed_slot`] gives it.
    fn borrowed(&mut self, placed: &Placed, local: LocalId) -> TokenStream {
        if !placed.is_slot(local) {
            return TokenStream::new();
        }
        let (again, slot) = (self.again(placed, local), slot_name(&placed.cfg.locals[local].ident));
        quote!(let #slot = #again;)
    }

    /// What defines them.
    fn bindings(&self, placed: &Placed) -> TokenStream {
        let bindings = self.0.iter().map(|local| {
            let (field, slot) = (names::field(placed, *local), slot_name(&placed.cfg.locals[*local].ident));
            quote!(let #slot = ::coroutine_runtime::__private::slot(&raw mut __f.slots.#field, __lent);)
        });
        bindings.collect()
    }
}

fn borrowed_slot(placed: &Placed) -> impl Fn(LocalId) -> TokenStream + '_ {
    |local| {
        let slot = slot_name(&placed.cfg.locals[local].ident);
        quote!(*#slot)
    }
}

fn slot_name(ident: &Ident) -> Ident {
    format_ident!("__slot_{}", ident, span = proc_macro2::Span::mixed_site())
}

/// Whether it is known where that lies what a method is called on, or is only asked.
#[derive(Clone, Copy, PartialEq)]
enum Hosting {
    Asked,
    Known,
}

/// What is bound outside of the async block (references to slots) and inside it (what is moved out, borrows taken again).
fn bindings(
    placed: &Placed,
    arm: Arm,
    exits: &mut Leaving<'_>,
    reach: &mut dyn FnMut(LocalId) -> TokenStream,
    hosting: Hosting,
) -> (TokenStream, TokenStream) {
    let mentioned = mentioned(placed, arm);
    let entering: LocalSet = mentioned.iter().copied().filter(|local| placed.enters(arm, *local)).collect();
    let (mut outside, mut inside) = (TokenStream::new(), TokenStream::new());
    for local in placed.cfg.order.iter().filter(|l| mentioned.contains(l)) {
        let ident = &placed.cfg.locals[*local].ident;
        let enters = placed.enters(arm, *local);
        if let Some(group) = placed.again.get(*local) {
            if !enters {
                continue;
            }
            if placed.is_slot(*local) {
                let (reached, slot) = (reach(*local), slot_name(ident));
                outside.extend(quote!(let #slot = #reached;));
            }
            if last_of(group, &entering) == Some(*local) {
                inside.extend(again::take(placed, arm, group, &entering, &borrowed_slot(placed), again::As::Placed, exits));
            }
            continue;
        }
        if is_deferred(placed, arm, *local) {
            let mutable = names::mutable(ident);
            inside.extend(quote!(let #mutable;));
        }
        let Some(mode) = placed.mode(arm, *local) else { continue };
        let slot = slot_name(ident);
        // (Who borrows it already is not to meet a `&mut`.)
        if (enters, mode, hosting) == (true, Mode::InPlace, Hosting::Known) && placed.pinned.contains(local) {
            let field = names::field(placed, *local);
            outside.extend(quote!(let #ident = ::coroutine_runtime::__private::pinned(&__f.slots.#field);));
            continue;
        }
        let reached = reach(*local);
        match (enters, mode) {
            (true, Mode::InPlace) if placed.pinned.contains(local) => {
                outside.extend(quote!(let #ident = ::coroutine_runtime::__private::pinned(#reached);));
            }
            (true, Mode::InPlace) => outside.extend(quote!(let #ident = ::coroutine_runtime::__private::full(#reached);)),
            (true, Mode::Local) => {
                let mutable = names::mutable(ident);
                outside.extend(quote!(let #slot = #reached;));
                inside.extend(quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);));
            }
            (true, Mode::Optional) => outside.extend(quote!(let #ident = #reached;)),
            (true, Mode::Hosted) if hosting == Hosting::Asked => {
                let mutable = names::mutable(ident);
                outside.extend(quote!(let #slot = #reached;));
                inside.extend(quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);));
            }
            (true, Mode::Hosted) => {
                let (receiver, mutable) = (receiver_name(ident), names::mutable(ident));
                outside.extend(quote!(let #slot = #reached;));
                inside.extend(quote!(let #mutable = #receiver.take(#slot);));
            }
            (false, Mode::Optional) if !is_defined(placed, arm, *local) => outside.extend(quote!(let #ident = #reached;)),
            (false, Mode::InPlace | Mode::Optional | Mode::Hosted) => outside.extend(quote!(let #slot = #reached;)),
            // (A borrow that is taken again was bound before.)
            (false, Mode::Local) | (_, Mode::Through) => (),
        }
    }
    (outside, inside)
}

/// Whether a variable is a Rust local that is assigned here first.
fn is_deferred(placed: &Placed, arm: Arm, local: LocalId) -> bool {
    matches!(placed.cfg.locals[local].origin, Origin::Binding | Origin::Temp)
        && matches!(placed.mode(arm, local), Some(Mode::Local) | None)
        && !placed.enters(arm, local)
        && !is_defined(placed, arm, local)
}

/// The last declared variable of a group that is wanted: the others are bound with it.
fn last_of(group: &Group, wanted: &LocalSet) -> Option<LocalId> {
    group.locals.iter().copied().filter(|local| wanted.contains(local)).max()
}

fn is_defined(placed: &Placed, arm: Arm, local: LocalId) -> bool {
    placed.uses.get(&arm).is_some_and(|uses| uses.iter().any(|u| u.local == local && u.kind == Kind::Defined))
}

/// A statement that runs as part of the step.
fn moved(placed: &Placed, arm: Arm, stmt: &Stmt, exits: &mut dyn Exits) -> TokenStream {
    let tokens = Rewriter::new(placed, arm, exits).stmt(stmt);
    let Stmt::Local(local) = stmt else { return tokens };
    let mut names = Vec::new();
    crate::compiler::normalize::bindings(&local.pat, &mut names);
    let fills = names.iter().filter_map(|ident| {
        let slot = slot_name(ident);
        match placed.mode(arm, placed.cfg.locals.find(ident)?)? {
            Mode::InPlace => Some(quote!(let #ident = ::coroutine_runtime::__private::fill(#slot, #ident);)),
            Mode::Optional => Some(quote!(let #ident = ::coroutine_runtime::__private::refill(#slot, #ident);)),
            Mode::Hosted => {
                let (receiver, mutable) = (receiver_name(ident), names::mutable(ident));
                Some(quote!(let #mutable = #receiver.put(#slot, #ident);))
            }
            Mode::Local | Mode::Through => None,
        }
    });
    quote!(#tokens #(#fills)*)
}

/// Where that lies what an await's methods are called on: by the calls' types, from calls that are not evaluated.
fn host(shell: &Shell<'_>, id: AwaitId, exits: &mut Leaving<'_>, reached: &mut Reached) -> Option<TokenStream> {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let receivers = placed.hosted_receivers(id);
    if receivers.is_empty() {
        return None;
    }
    let (outside, inside) = bindings(placed, arm, exits, &mut |local| reached.again(placed, local), Hosting::Asked);
    let moved = it.moved.iter().map(|stmt| Rewriter::new(placed, arm, exits).bound(&it.hosted).stmt(stmt)).collect::<TokenStream>();
    let lent = lent_in(shell, &mentioned(placed, arm), &quote!(__lent));
    let ret = &shell.ret;
    let names: Vec<Ident> = receivers.iter().map(|receiver| receiver_name(&placed.cfg.locals[receiver.local].ident)).collect();
    let branches = lends_of_branches(&placed.cfg, &placed.again, &placed.live.during[id.0], it);
    // Of a generic call, what it gives may be known only from the one that is evaluated.
    let alone = concurrent::branches(&it.operand).is_none();
    let same = alone.then(|| quote!(::coroutine_runtime::__private::same(&__given, __it);));
    let calls = receivers.iter().zip(&names).map(|(receiver, name)| {
        let call = Rewriter::new(placed, arm, exits).bound(&it.hosted).value(receiver.call);
        let lends = match &branches {
            Some(branches) => branches.get(receiver.branch).map_or(0, Vec::len),
            None => lends(&placed.cfg, &placed.again, &placed.live.during[id.0], it).len(),
        };
        let arity = arity(lends + 1);
        quote! {
            let #name = match #call {
                ref __it => {
                    #same
                    (&(&&::coroutine_runtime::__private::of(__it)).__durable_lends()).#arity().receives()
                }
            };
        }
    });
    let calls = calls.collect::<TokenStream>();
    let given = alone.then(|| quote!(let __given = ::coroutine_runtime::__private::of_any();));
    Some(quote! {
        #given
        let (#(#names,)*) = ::coroutine_runtime::__private::chosen(__lent, |__lent| {
            #lent
            #outside
            async move {
                #inside
                #moved
                #calls
                ::coroutine_runtime::__private::Flow::<_, #ret>::On((#(#names,)*))
            }
        });
    })
}

/// The choice of where that lies what is called on.
fn receiver_name(ident: &Ident) -> Ident {
    format_ident!("__receiver_{}", ident, span = proc_macro2::Span::mixed_site())
}

fn arity(count: usize) -> Ident {
    format_ident!("__durable_arity{count}")
}

fn wait_arm(shell: &Shell<'_>, id: AwaitId, early: bool, edges: &[Edge]) -> TokenStream {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let (part, clear) = (names::wait_part(placed, id), names::wait_clear(placed));
    let mut reached = Reached::default();
    let (pick, lend) = lend_again(shell, id, &mut reached);
    let moving = moving(placed, id)
        .into_iter()
        .map(|local| quote_spanned!(placed.cfg.locals[local].ident.span()=> __awaiting.is_lent_what_moves();));
    let boxed = boxed(&it.operand).is_some();
    let choice = if boxed { host(shell, id, &mut Leaving { shell, scope: it.scope, edges: Vec::new() }, &mut reached) } else { None };
    let thaw = boxed.then(|| thaw(shell, id, &mut reached));
    let reached = reached.bindings(placed);
    let thawed = boxed.then(|| quote!(.thaw(__thaw)));
    let body = region(shell, it.landing);
    let landed = if early {
        let run = names::run_label();
        let jumps = edges.iter().enumerate().map(|(n, edge)| {
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            let clear = super::region::clear(placed, Arm::Takeoff(id), &edge.leaving);
            let state = state_path(placed, Arm::Region(edge.target));
            quote!(::coroutine_runtime::__private::Flow::Jump(#n) => { #clear __at = #state; })
        });
        quote! {
            match __flow {
                ::coroutine_runtime::__private::Flow::On(__landed) => { #body }
                ::coroutine_runtime::__private::Flow::Return(__value) => break #run __value,
                #(#jumps)*
                ::coroutine_runtime::__private::Flow::Jump(_) => ::coroutine_runtime::__private::empty(),
            }
        }
    } else {
        quote!(let __landed = __flow; #body)
    };
    quote! {{
        #reached
        #choice
        #thaw
        let __awaiting = ::coroutine_runtime::__private::awaiting(#part, __begins) #thawed;
        #(#moving)*
        #pick
        match __awaiting.resume(__lent, #lend, __cx)
        {
            ::core::task::Poll::Pending => {
                __f.at = __at;
                return ::core::task::Poll::Pending;
            }
            ::core::task::Poll::Ready(__flow) => {
                #clear;
                #landed
            }
        }
    }}
}

/// The variables that an await lends, by themselves or by borrows of them, and that some piece of code takes out of their slots.
fn moving(placed: &Placed, id: AwaitId) -> Vec<LocalId> {
    let lends = lends(&placed.cfg, &placed.again, &placed.live.during[id.0], &placed.cfg.awaits[id.0]);
    let takes = |local: &LocalId| {
        let mut modes = placed.modes.iter().filter(|((_, of), _)| of == local);
        modes.any(|((arm, _), mode)| matches!(mode, Mode::Local | Mode::Hosted) && placed.enters(*arm, *local))
    };
    lenders(placed, &lends).into_iter().filter(takes).collect()
}

/// The variables that are needed to lend.
fn lenders<'a, 'l: 'a>(placed: &Placed, lends: impl IntoIterator<Item = &'a Lend<'l>>) -> LocalSet {
    let mut lenders = LocalSet::new();
    let jumps = |_: &Lifetime, _: bool| LocalSet::new();
    let mut flow = Flow::new(&placed.cfg.locals, &jumps, &placed.again);
    lends.into_iter().for_each(|lend| flow.borrow(lend.place(), &mut lenders));
    lenders
}

/// What a child is lent again after a restore, if it is anything.
fn lend_again(shell: &Shell<'_>, id: AwaitId, reached: &mut Reached) -> (TokenStream, TokenStream) {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let after = &placed.live.during[id.0];
    let lends = lends(&placed.cfg, &placed.again, after, it);
    let branches = lends_of_branches(&placed.cfg, &placed.again, after, it);
    let receivers = placed.hosted_receivers(id);
    if lends.is_empty() && branches.is_none() && receivers.is_empty() {
        return (quote!(), quote!(::coroutine_runtime::__private::nothing));
    }
    let bindings = rebound(shell, arm, &lends, reached);
    if let Some(branches) = branches {
        let (picks, all) = lend_branches(placed, arm, &branches, &receivers, &bindings, reached);
        return (picks, all);
    }
    let count = |of: fn(&Lend<'_>) -> bool| lends.iter().filter(|lend| of(lend)).count();
    let (by_type, unsure) = (count(|lend| matches!(lend, Lend::ByType(_))), count(|lend| !lend.is_sure()));
    let kinds = [by_type, count(|lend| matches!(lend, Lend::Perhaps(_))), count(|lend| matches!(lend, Lend::Wrapped(_)))];
    let several = kinds.iter().filter(|count| **count > 0).count() > 1 || by_type > 1;
    if receivers.is_empty() && by_type <= BY_TYPE && unsure > 1 && several {
        return lend_by_type(shell, arm, &lends, reached);
    }
    let all = lends.iter().map(|lend| lend_tokens(placed, arm, lend)).collect::<Vec<_>>();
    let received = receivers.first().map(|receiver| received(placed, arm, receiver, &bindings, &all, reached));
    let all = quote!({ #bindings (#(#all,)*) });
    if lends.iter().all(Lend::is_sure) {
        return match received {
            Some(received) => {
                let arity = arity(lends.len() + 1);
                let pick = quote!(let __receives = (&(&__awaiting).arity()).#arity(););
                (pick, quote!(|__lent| __receives.when(__lent, |__lent| #received, |__lent| #all)))
            }
            None => (quote!(), quote!(|__lent| #all)),
        };
    }
    // Literals and what may be a borrow are lent or given: the callee's type says, by how much it is lent.
    let sure = lends.iter().filter(|lend| lend.is_sure()).collect::<Vec<_>>();
    let bindings = rebound(shell, arm, sure.iter().copied(), reached);
    let sure = sure.into_iter().map(|lend| lend_tokens(placed, arm, lend));
    let sure = quote!({ #bindings (#(#sure,)*) });
    let fits = arity(lends.len());
    let which = quote!(__pick.when(__lent, |__lent| #all, |__lent| #sure));
    match received {
        Some(received) => {
            let arity = arity(lends.len() + 1);
            let pick = quote! {
                let __receives = (&(&__awaiting).arity()).#arity();
                let __pick = (&__receives.others()).#fits();
            };
            (pick, quote!(|__lent| __receives.when(__lent, |__lent| #received, |__lent| #which)))
        }
        None => (quote!(let __pick = (&(&__awaiting).arity()).#fits();), quote!(|__lent| #which)),
    }
}

/// What is mentioned of what is lent, bound. Of what a variable may be, only what is lent: anything else was given.
fn rebound<'a, 'l: 'a>(shell: &Shell<'_>, arm: Arm, lends: impl IntoIterator<Item = &'a Lend<'l>>, reached: &mut Reached) -> TokenStream {
    let placed = shell.placed;
    let needed = lenders(placed, lends);
    let lent = lent_in(shell, &needed, &quote!(__lent));
    let mut bindings = quote!(#lent);
    for local in placed.cfg.order.iter().filter(|l| needed.contains(l)) {
        let ident = &placed.cfg.locals[*local].ident;
        if let Some(group) = placed.again.get(*local) {
            bindings.extend(reached.borrowed(placed, *local));
            if last_of(group, &needed) == Some(*local) {
                bindings.extend(again::take(
                    placed,
                    arm,
                    group,
                    &needed,
                    &borrowed_slot(placed),
                    again::As::Value,
                    &mut super::region::NoExits(placed),
                ));
            }
        } else if placed.is_slot(*local) {
            let slot = reached.again(placed, *local);
            bindings.extend(match placed.mode(arm, *local) {
                Some(Mode::Optional) => quote!(let #ident = #slot;),
                _ => quote!(let #ident = ::coroutine_runtime::__private::full(#slot);),
            });
        }
    }
    bindings
}

/// What is lent where several arguments may be: those that may be borrows if they are, by their types, and then the literals by how much
/// the callee is lent.
fn lend_by_type(shell: &Shell<'_>, arm: Arm, lends: &[Lend<'_>], reached: &mut Reached) -> (TokenStream, TokenStream) {
    let placed = shell.placed;
    let mut picks = quote!(let __arity = (&__awaiting).arity(););
    let mut names = Vec::new();
    for (n, lend) in lends.iter().enumerate() {
        let Lend::ByType(place) = lend else {
            names.push(None);
            continue;
        };
        let name = format_ident!("__by_type{n}", span = proc_macro2::Span::mixed_site());
        let of = match placed.cfg.locals.of(place).filter(|local| placed.is_slot(*local)) {
            Some(local) => {
                reached.0.insert(local);
                let slot = slot_name(&placed.cfg.locals[local].ident);
                quote!(#slot.of())
            }
            None => {
                let (bindings, tokens) = (rebound(shell, arm, [lend], reached), lend_tokens(placed, arm, lend));
                quote!(::coroutine_runtime::__private::type_of_call(__lent, |__lent| { #bindings #tokens }))
            }
        };
        picks.extend(quote!(let #name = (&&#of).__durable_lent();));
        names.push(Some(name));
    }
    let tree = lent_by_type(shell, arm, lends, &names, (&quote!(__arity), &[]), reached);
    (picks, quote!(|__lent| #tree))
}

/// What is lent, where it is decided which are of those that `names` has no more of.
fn lent_by_type(
    shell: &Shell<'_>,
    arm: Arm,
    lends: &[Lend<'_>],
    names: &[Option<Ident>],
    (arity, lent): (&TokenStream, &[&Lend<'_>]),
    reached: &mut Reached,
) -> TokenStream {
    let Some((name, names)) = names.split_first() else { return lent_as_decided(shell, arm, arity, lent, reached) };
    let with = [lent, &[&lends[lends.len() - names.len() - 1]]].concat();
    let Some(name) = name else { return lent_by_type(shell, arm, lends, names, (arity, &with), reached) };
    let yes = lent_by_type(shell, arm, lends, names, (&quote!(#name.lent(&#arity)), &with), reached);
    let no = lent_by_type(shell, arm, lends, names, (&quote!(#name.given(&#arity)), lent), reached);
    quote!(#name.when(__lent, |__lent| #yes, |__lent| #no))
}

fn lent_as_decided(shell: &Shell<'_>, arm: Arm, by: &TokenStream, lent: &[&Lend<'_>], reached: &mut Reached) -> TokenStream {
    // All that there are, or one kind of literals, or none: by how much is lent.
    let kinds: [fn(&Lend<'_>) -> bool; 4] = [
        |_| true,
        |lend| !matches!(lend, Lend::Wrapped(_)),
        |lend| !matches!(lend, Lend::Perhaps(_)),
        |lend| !matches!(lend, Lend::Perhaps(_) | Lend::Wrapped(_)),
    ];
    let mut lists = kinds.map(|of| lent.iter().copied().filter(|lend| of(lend)).collect::<Vec<_>>()).to_vec();
    lists.dedup_by_key(|list| list.len());
    let fits = |n: usize| format_ident!("__fits{n}", span = proc_macro2::Span::mixed_site());
    let (mut picks, mut by) = (TokenStream::new(), by.clone());
    let last = lists.len() - 1;
    for (n, list) in lists[..last].iter().enumerate() {
        let (fits, arity) = (fits(n), arity(list.len()));
        picks.extend(quote!(let #fits = (&#by).#arity();));
        by = quote!(#fits.others());
    }
    picks.extend(quote!(let __least = #by;));
    let mut tokens = TokenStream::new();
    for (n, list) in lists.iter().enumerate().rev() {
        let bindings = rebound(shell, arm, list.iter().copied(), reached);
        let lent = list.iter().map(|lend| lend_tokens(shell.placed, arm, lend));
        let lent = quote!({ #bindings (#(#lent,)*) });
        let fits = fits(n);
        tokens = if n == last {
            quote!(__least.exactly(__lent, |__lent| #lent))
        } else {
            quote!(#fits.when(__lent, |__lent| #lent, |__lent| #tokens))
        };
    }
    quote!({ #picks #tokens })
}

/// What is lent where what a method is called on is, too: it lies in its slot.
fn received(
    placed: &Placed,
    arm: Arm,
    receiver: &Receiver<'_>,
    bindings: &TokenStream,
    others: &[TokenStream],
    reached: &mut Reached,
) -> TokenStream {
    let (ident, slot) = (&placed.cfg.locals[receiver.local].ident, reached.again(placed, receiver.local));
    let tokens = lend_tokens(placed, arm, &Lend::Receiver(receiver.place));
    quote!({ #bindings let #ident = ::coroutine_runtime::__private::full(#slot); (#tokens, #(#others,)*) })
}

/// What each of several branches is lent again. What it lends for sure is made once; by how much it is lent, its type says.
fn lend_branches(
    placed: &Placed,
    arm: Arm,
    branches: &[Vec<Lend<'_>>],
    receivers: &[Receiver<'_>],
    bindings: &TokenStream,
    reached: &mut Reached,
) -> (TokenStream, TokenStream) {
    let (mut picks, mut all) = (TokenStream::new(), Vec::new());
    for (n, lends) in branches.iter().enumerate() {
        let (branch, fit) = (format_ident!("branch{n}"), format_ident!("__fit{n}"));
        let receiver = receivers.iter().find(|receiver| receiver.branch == n);
        let fits = arity(lends.len());
        let receives = format_ident!("__receives{n}");
        match receiver {
            Some(_) => {
                let received = arity(lends.len() + 1);
                picks.extend(quote! {
                    let #receives = (&(&__awaiting).arity().#branch()).#received();
                    let #fit = (&#receives.others()).#fits();
                });
            }
            None => picks.extend(quote!(let #fit = (&(&__awaiting).arity().#branch()).#fits();)),
        }
        let (mut sure, mut names, mut both) = (Vec::new(), Vec::new(), Vec::new());
        for (n, lend) in lends.iter().enumerate() {
            let tokens = lend_tokens(placed, arm, lend);
            if !lend.is_sure() {
                both.push(tokens);
            } else {
                let name = format_ident!("__lent{n}", span = proc_macro2::Span::mixed_site());
                sure.push(tokens);
                both.push(quote!(#name));
                names.push(name);
            }
        }
        let args = match receiver {
            Some(_) => quote!((#(#names,)*)),
            None => quote!((#(#sure,)*)),
        };
        let fitted = quote!(#fit.fit(#args, |(#(#names,)*)| (#(#both,)*), |(#(#names,)*)| (#(#names,)*)));
        all.push(match receiver {
            Some(receiver) => {
                let (ident, slot) = (&placed.cfg.locals[receiver.local].ident, reached.again(placed, receiver.local));
                let lent = lend_tokens(placed, arm, &Lend::Receiver(receiver.place));
                let lent = quote!({ let #ident = ::coroutine_runtime::__private::full(#slot); #lent });
                quote!(#receives.fit((#(#sure,)*), |(#(#names,)*)| (#lent, #(#both,)*), |(#(#names,)*)| #fitted))
            }
            None => fitted,
        });
    }
    (picks, quote!(|__lent| { #bindings (#(#all,)*) }))
}

fn lend_tokens(placed: &Placed, arm: Arm, lend: &Lend<'_>) -> TokenStream {
    let place = lend.place();
    let local = root_local(&placed.cfg, place);
    let lent = local.filter(|id| placed.cfg.locals[*id].origin == Origin::Lent);
    let taken = local.and_then(|id| placed.again.get(id)).filter(|group| group.kind != Borrow::Made);
    let shared = taken.map_or_else(
        || local.is_some_and(|id| !placed.cfg.locals[id].mutable && placed.cfg.locals[id].origin != Origin::Temp),
        |group| !group.is_mutable(),
    );
    let bare = matches!(place, Expr::Path(_));
    // A borrow that was taken again stands under its own name.
    let names = again::borrows(placed);
    let mut none = super::region::NoExits(placed);
    let tokens = Rewriter::new(placed, arm, &mut none).bound(&names).in_slots().expr(place);
    match lend {
        // (Where it is not lent nobody says what it would be an option of.)
        Lend::Wrapped(Expr::Path(_)) => quote! {
            if false { ::core::option::Option::Some(::core::unreachable!()) } else { #tokens }
        },
        Lend::Argument(Expr::Reference(_)) => tokens,
        Lend::Argument(_) | Lend::Receiver(_) if bare && taken.is_some() => tokens,
        Lend::Argument(_) | Lend::Receiver(_) if bare && lent.is_some() => {
            if shared {
                tokens
            } else {
                quote!(&mut *#tokens)
            }
        }
        Lend::Argument(_) | Lend::Perhaps(_) | Lend::Wrapped(_) | Lend::ByType(_) => tokens,
        Lend::Receiver(_) if shared || fields(place) > 1 => quote!(&#tokens),
        Lend::Receiver(_) => quote!(&mut #tokens),
    }
}

fn fields(place: &Expr) -> usize {
    match place {
        Expr::Field(e) => 1 + fields(&e.base),
        Expr::Paren(e) => fields(&e.expr),
        _ => 0,
    }
}

/// The type of a boxed operand, from an expression that is never evaluated.
fn thaw(shell: &Shell<'_>, id: AwaitId, reached: &mut Reached) -> TokenStream {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let mut exits = super::region::NoExits(placed);
    let mentioned = mentioned(placed, arm);
    let entering: LocalSet = mentioned.iter().copied().filter(|local| placed.enters(arm, *local)).collect();
    let lent = lent_in(shell, &mentioned, &quote!(__lent));
    let mut bindings = TokenStream::new();
    for local in placed.cfg.order.iter().filter(|l| mentioned.contains(l)) {
        let ident = &placed.cfg.locals[*local].ident;
        if !placed.enters(arm, *local) {
            match (placed.mode(arm, *local), is_defined(placed, arm, *local)) {
                (Some(Mode::Hosted | Mode::InPlace), true) => bindings.extend(reached.borrowed(placed, *local)),
                (Some(Mode::Optional), false) => {
                    let slot = reached.again(placed, *local);
                    bindings.extend(quote!(let #ident = #slot;));
                }
                _ if is_deferred(placed, arm, *local) => {
                    let mutable = names::mutable(ident);
                    bindings.extend(quote!(let #mutable;));
                }
                _ => (),
            }
            continue;
        }
        if let Some(group) = placed.again.get(*local) {
            bindings.extend(reached.borrowed(placed, *local));
            if last_of(group, &entering) == Some(*local) {
                bindings.extend(again::take(placed, arm, group, &entering, &borrowed_slot(placed), again::As::Placed, &mut exits));
            }
            continue;
        }
        let Some(mode) = placed.mode(arm, *local) else { continue };
        let slot = reached.again(placed, *local);
        bindings.extend(match mode {
            Mode::InPlace => quote!(let #ident = ::coroutine_runtime::__private::full(#slot);),
            Mode::Local => {
                let mutable = names::mutable(ident);
                quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);)
            }
            Mode::Optional => quote!(let #ident = #slot;),
            Mode::Through => TokenStream::new(),
            Mode::Hosted => {
                let (receiver, mutable) = (receiver_name(ident), names::mutable(ident));
                quote!(let #mutable = #receiver.take(#slot);)
            }
        });
    }
    let moved: TokenStream = it
        .moved
        .iter()
        .filter(|stmt| matches!(stmt, Stmt::Local(local) if !matches!(local.pat, Pat::Wild(_))))
        .map(|stmt| moved(placed, arm, stmt, &mut exits))
        .collect();
    let operand = Rewriter::new(placed, arm, &mut exits).value(&it.operand);
    quote! {
        let __thaw = (&&::coroutine_runtime::__private::type_of_call(__lent, |__lent| { #lent #bindings #moved #operand })).__durable_thaws();
    }
}
