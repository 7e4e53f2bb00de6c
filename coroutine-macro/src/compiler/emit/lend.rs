//! What a child is lent again after a restore. In: an await's lends; out: the closure that lends, and the choices by type before it.

use super::again;
use super::names;
use super::reached::{borrowed_slot, Reached};
use super::region::{NoExits, Shell};
use super::text;
use crate::compiler::borrows::Borrow;
use crate::compiler::cfg::Arm;
use crate::compiler::concurrent;
use crate::compiler::flow::Flow;
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin};
use crate::compiler::liveness::{lends, lends_of_branches, Lend};
use crate::compiler::many::{self, All};
use crate::compiler::operands::bare;
use crate::compiler::place::{root_local, Mode, Placed, Receiver};
use crate::compiler::rewrite::Rewriter;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Lifetime, Member};

/// So many arguments of a call are told by their own types. (Each doubles what is written.)
const BY_TYPE: usize = 3;

/// The variables that an await lends, by themselves or by borrows of them, and that some piece of code takes out of their slots.
pub(super) fn moving(placed: &Placed, id: AwaitId) -> Vec<LocalId> {
    let lends = lends(&placed.cfg, &placed.again, &placed.live.during[id.0], &placed.cfg.awaits[id.0]);
    let takes = |local: &LocalId| {
        let mut modes = placed.modes.iter().filter(|((_, of), _)| of == local);
        modes.any(|((arm, _), mode)| matches!(mode, Mode::Local | Mode::Hosted) && placed.enters(*arm, *local))
    };
    lenders(placed, &lends).into_iter().filter(takes).collect()
}

/// The variables that an await may lend copies of.
pub(super) fn texts(placed: &Placed, id: AwaitId) -> Vec<LocalId> {
    let lends = lends(&placed.cfg, &placed.again, &placed.live.during[id.0], &placed.cfg.awaits[id.0]);
    lenders(placed, &lends).into_iter().filter(|local| placed.is_text(*local)).collect()
}

/// Where the lists lie whose items an await lends.
pub(super) fn cells(placed: &Placed, id: AwaitId) -> TokenStream {
    let lends = lends(&placed.cfg, &placed.again, &placed.live.during[id.0], &placed.cfg.awaits[id.0]);
    again::cells(placed, &lenders(placed, &lends))
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
pub(super) fn lend_again(shell: &Shell<'_>, id: AwaitId, reached: &mut Reached) -> (TokenStream, TokenStream) {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let after = &placed.live.during[id.0];
    let lends = lends(&placed.cfg, &placed.again, after, it);
    let branches = lends_of_branches(&placed.cfg, &placed.again, after, it);
    let receivers = placed.hosted_receivers(id);
    if let Some(all) = many::all(&it.operand) {
        return lend_all(shell, arm, (&it.operand, &all), &lends, reached);
    }
    if lends.is_empty() && branches.is_none() && receivers.is_empty() {
        return (quote!(), quote!(::coroutine_runtime::__private::nothing));
    }
    let bindings = rebound(shell, arm, &lends, reached);
    if let Some(branches) = branches {
        let (picks, all) = lend_branches(placed, id, &branches, &receivers, &bindings, reached);
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
                let arity = names::arity(lends.len() + 1);
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
    let fits = names::arity(lends.len());
    let which = quote!(__pick.when(__lent, |__lent| #all, |__lent| #sure));
    match received {
        Some(received) => {
            let arity = names::arity(lends.len() + 1);
            let pick = quote! {
                let __receives = (&(&__awaiting).arity()).#arity();
                let __pick = (&__receives.others()).#fits();
            };
            (pick, quote!(|__lent| __receives.when(__lent, |__lent| #received, |__lent| #which)))
        }
        None => (quote!(let __pick = (&(&__awaiting).arity()).#fits();), quote!(|__lent| #which)),
    }
}

/// What each of any number of coroutines of one function is lent again.
fn lend_all(
    shell: &Shell<'_>,
    arm: Arm,
    (operand, all): (&Expr, &All<'_>),
    lends: &[Lend<'_>],
    reached: &mut Reached,
) -> (TokenStream, TokenStream) {
    let bindings = rebound(shell, arm, lends, reached);
    let lend = to_all(shell.placed, arm, operand, all, lends);
    (quote!(let __all = (&&&__awaiting).__durable_all();), quote!(|__lent| { #bindings #lend }))
}

/// What any number of calls are lent again, by `__all`.
fn to_all(placed: &Placed, arm: Arm, operand: &Expr, all: &All<'_>, lends: &[Lend<'_>]) -> TokenStream {
    match all {
        All::Again(calls) => {
            let names = bound(placed, lenders(placed, lends));
            let calls =
                Rewriter::new(placed, arm, &mut NoExits(placed)).bound(&names).in_slots().in_cells().expr(&many::only_looking(calls));
            quote!(__all.calls(|| #calls))
        }
        All::Same(call) => {
            let all = lends.iter().map(|lend| lend_tokens(placed, arm, lend));
            let of = call.unwrap_or(operand);
            let span = of.span().resolved_at(proc_macro2::Span::call_site());
            let method = Ident::new(if call.is_some() { "same" } else { "given" }, span);
            quote_spanned!(span=> __all.#method((#(#all,)*)))
        }
    }
}

/// The names of those that are bound by value to be lent.
fn bound(placed: &Placed, of: impl IntoIterator<Item = LocalId>) -> Vec<Ident> {
    let mut names = again::borrows(placed);
    names.extend(of.into_iter().filter(|local| placed.is_text(*local)).map(|local| placed.cfg.locals[local].ident.clone()));
    names
}

/// What is mentioned of what is lent, bound. Of what a variable may be, only what is lent: anything else was given.
fn rebound<'a, 'l: 'a>(shell: &Shell<'_>, arm: Arm, lends: impl IntoIterator<Item = &'a Lend<'l>>, reached: &mut Reached) -> TokenStream {
    let placed = shell.placed;
    let needed = lenders(placed, lends);
    let lent = shell.lent(&needed, &quote!(__lent));
    let mut bindings = quote!(#lent);
    for local in placed.cfg.order.iter().filter(|l| needed.contains(l)) {
        let ident = &placed.cfg.locals[*local].ident;
        if let Some(group) = placed.again.get(*local) {
            bindings.extend(reached.borrowed(placed, *local));
            if group.last_of(&needed) == Some(*local) {
                bindings.extend(again::take(placed, arm, group, &needed, &borrowed_slot(placed), again::As::Value, &mut NoExits(placed)));
            }
        } else if placed.is_text(*local) {
            bindings.extend(reached.borrowed(placed, *local));
            bindings.extend(text::lend(placed, *local, &borrowed_slot(placed)(*local)));
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
                reached.note(local);
                let slot = names::slot(&placed.cfg.locals[local].ident);
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
        let (fits, arity) = (fits(n), names::arity(list.len()));
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
    id: AwaitId,
    branches: &[Vec<Lend<'_>>],
    receivers: &[Receiver<'_>],
    bindings: &TokenStream,
    reached: &mut Reached,
) -> (TokenStream, TokenStream) {
    let arm = Arm::Takeoff(id);
    let (mut picks, mut all) = (TokenStream::new(), Vec::new());
    let calls = concurrent::branches(&placed.cfg.awaits[id.0].operand).map_or_else(Vec::new, |(_, calls)| calls);
    for (n, (lends, call)) in branches.iter().zip(calls).enumerate() {
        if let Some(many) = many::all(call) {
            let (branch, name) = (format_ident!("branch{n}"), format_ident!("__all{n}"));
            picks.extend(quote!(let #name = (&&&(&__awaiting).arity().#branch()).__durable_all();));
            let lend = to_all(placed, arm, call, &many, lends);
            all.push(quote!({ let __all = #name; #lend }));
            continue;
        }
        let (branch, fit) = (format_ident!("branch{n}"), format_ident!("__fit{n}"));
        let receiver = receivers.iter().find(|receiver| receiver.branch == n);
        let fits = names::arity(lends.len());
        let receives = format_ident!("__receives{n}");
        match receiver {
            Some(_) => {
                let received = names::arity(lends.len() + 1);
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
    let text = local.filter(|id| placed.is_text(*id));
    let shared = taken.map_or_else(
        || local.is_some_and(|id| !placed.cfg.locals[id].mutable && placed.cfg.locals[id].origin != Origin::Temp),
        |group| !group.is_mutable(),
    );
    let bare = matches!(place, Expr::Path(_));
    // A borrow that was taken again stands under its own name.
    let names = bound(placed, local);
    let tokens = |place: &Expr| Rewriter::new(placed, arm, &mut NoExits(placed)).bound(&names).in_slots().in_cells().expr(place);
    let (first, members) = path(place);
    if matches!(lend, Lend::Receiver(_)) && !shared && !members.is_empty() {
        let first = tokens(first);
        return members.iter().fold(quote!(&mut #first), |borrow, member| {
            quote!(match #borrow {
                __it => (&&&::coroutine_runtime::__private::of(&__it)).__durable_path().field(__it, |__it| &__it.#member, |__it| &mut __it.#member),
            })
        });
    }
    let tokens = tokens(place);
    match lend {
        // (Where it is not lent nobody says what it would be an option of.)
        Lend::Wrapped(Expr::Path(_)) => quote! {
            if false { ::core::option::Option::Some(::core::unreachable!()) } else { #tokens }
        },
        Lend::Argument(Expr::Reference(_)) => tokens,
        Lend::Argument(_) | Lend::Receiver(_) if bare && (taken.is_some() || text.is_some()) => tokens,
        Lend::Argument(_) | Lend::Receiver(_) if bare && lent.is_some() => {
            if shared {
                tokens
            } else {
                quote!(&mut *#tokens)
            }
        }
        Lend::Argument(_) | Lend::Perhaps(_) | Lend::Wrapped(_) | Lend::ByType(_) => tokens,
        Lend::Calls(_) => tokens,
        Lend::Receiver(_) if shared => quote!(&#tokens),
        Lend::Receiver(_) => quote!(&mut #tokens),
    }
}

/// A place up to its first field, and the fields after that.
fn path(place: &Expr) -> (&Expr, Vec<&Member>) {
    match place {
        Expr::Paren(e) => path(&e.expr),
        Expr::Field(e) if matches!(bare(&e.base), Expr::Field(_)) => {
            let (first, mut members) = path(&e.base);
            members.push(&e.member);
            (first, members)
        }
        place => (place, Vec::new()),
    }
}
