//! Borrows that are taken again where they are used, and what their slots hold.

use super::names;
use crate::compiler::again::Group;
use crate::compiler::borrows::Borrow;
use crate::compiler::cfg::Arm;
use crate::compiler::flow::Kind;
use crate::compiler::id::{LocalId, LocalSet};
use crate::compiler::place::{mentioned_expr, Mode, Placed};
use crate::compiler::rewrite::{Exits, Rewriter};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

fn pick(placed: &Placed, local: LocalId) -> Ident {
    format_ident!("__pick_{}", names::field(placed, local), span = Span::mixed_site())
}

fn again(placed: &Placed, local: LocalId) -> Ident {
    format_ident!("__again_{}", names::field(placed, local), span = Span::mixed_site())
}

/// How [`take`] leaves a variable whose type decides.
#[derive(Clone, Copy)]
pub(super) enum As {
    /// As the piece of code reaches it.
    Placed,
    /// A borrow by value, to be lent; anything else stays where it lies.
    Value,
}

/// Takes the variables of a group again, those that are in `wanted`. `slot`: where a variable's slot is.
pub(super) fn take(
    placed: &Placed,
    arm: Arm,
    group: &Group,
    wanted: &LocalSet,
    slot: &dyn Fn(LocalId) -> TokenStream,
    left: As,
    exits: &mut dyn Exits,
) -> TokenStream {
    let mut rewriter = Rewriter::new(placed, arm, exits);
    if matches!(left, As::Value) {
        // Borrows that this one is taken from are there by value, too.
        rewriter = rewriter.bound(&borrows(placed)).in_cells();
    }
    let value = rewriter.expr(&group.value);
    let pat = &group.pat;
    if let (As::Value, Some(local)) = (left, list(placed, group)) {
        let (ident, cell) = (&placed.cfg.locals[local].ident, cell(placed, local));
        let value = match &placed.cfg.locals[local].list.as_ref().and_then(|list| list.ty.as_ref()) {
            Some(ty) => {
                let ty = rewriter.ty(ty);
                quote!({ let __list: #ty = #value; __list })
            }
            None => value,
        };
        return quote!(let #ident = #cell.get_or_init(|| #value););
    }
    if group.kind == Borrow::Sure {
        let local = group.locals.first().map(|local| &placed.cfg.locals[*local]);
        let declared = local.and_then(|local| local.told.as_ref().or_else(|| local.list.as_ref()?.ty.as_ref()));
        return if let Some(ty) = declared {
            let ty = rewriter.ty(ty);
            quote!(let #pat: #ty = #value;)
        } else if group.whole() {
            quote!(let #pat = #value;)
        } else {
            quote!(let #pat = #value else { ::coroutine_runtime::__private::empty() };)
        };
    }
    if group.kind == Borrow::Walk {
        let Some(local) = group.locals.first().copied() else { return TokenStream::new() };
        let (pick, again, slot) = (pick(placed, local), again(placed, local), slot(local));
        let ident = &placed.cfg.locals[local].ident;
        let bound = match placed.mode(arm, local) {
            Some(Mode::Optional) => TokenStream::new(),
            Some(Mode::Local) => {
                let mutable = super::names::mutable(ident);
                quote!(let #mutable = ::coroutine_runtime::__private::take(#ident);)
            }
            _ => quote!(let #ident = ::coroutine_runtime::__private::full(#ident);),
        };
        return quote! {
            let #pick = (&&::coroutine_runtime::__private::of_slot(&#slot)).__durable_walk();
            let mut #again = ::core::option::Option::None;
            let #ident = #pick.open(&mut #slot, &mut #again, || #value);
            #bound
        };
    }
    if group.kind == Borrow::Made {
        let Some(local) = group.locals.first().copied() else { return TokenStream::new() };
        let slot = slot(local);
        let made = quote!(::coroutine_runtime::__private::remade(&mut #slot, || #value));
        return match placed.mode(arm, local) {
            Some(Mode::Optional) => quote!(#made; let #pat = &mut #slot;),
            Some(Mode::Local) => quote!(#made; let mut #pat = ::coroutine_runtime::__private::take(&mut #slot);),
            _ => quote!(let #pat = #made;),
        };
    }
    let locals: Vec<LocalId> = group.locals.iter().copied().filter(|local| wanted.contains(local) && placed.is_slot(*local)).collect();
    let mut tokens = TokenStream::new();
    for local in &locals {
        let (pick, again, slot) = (pick(placed, *local), again(placed, *local), slot(*local));
        let choose = choose(group.kind);
        tokens.extend(quote! {
            let #pick = (&&::coroutine_runtime::__private::of_slot(&#slot)).#choose();
            let mut #again = ::core::option::Option::None;
        });
    }
    let retakes = locals.iter().map(|local| pick(placed, *local));
    let bound = locals.iter().map(|local| {
        let (again, ident) = (again(placed, *local), &placed.cfg.locals[*local].ident);
        quote!(#again = ::core::option::Option::Some(#ident);)
    });
    let taken = if group.whole() {
        quote!({ let #pat = #value; #(#bound)* })
    } else {
        quote!(match #value { #pat => { #(#bound)* } _ => ::coroutine_runtime::__private::empty() })
    };
    let at = (group.kind == Borrow::Item).then(|| {
        let at = locals.iter().map(|local| {
            let (pick, slot) = (pick(placed, *local), slot(*local));
            quote!(or(#pick.at(&#slot)))
        });
        quote!(let __nth = ::core::option::Option::None #(.#at)*;)
    });
    tokens.extend(quote!(if #(#retakes.retakes())||* { #at #taken }));
    for local in &locals {
        let (pick, again, slot) = (pick(placed, *local), again(placed, *local), slot(*local));
        let ident = &placed.cfg.locals[*local].ident;
        tokens.extend(quote!(let #ident = #pick.slot(&mut #slot, &mut #again);));
        tokens.extend(match (left, placed.mode(arm, *local)) {
            (As::Placed, Some(Mode::InPlace)) => quote!(let #ident = ::coroutine_runtime::__private::full(#ident);),
            (As::Placed, Some(Mode::Optional)) => TokenStream::new(),
            (As::Value, _) => {
                let mutable = super::names::mutable(ident);
                quote!(let #mutable = #pick.lend(#ident);)
            }
            (_, Some(Mode::Through)) => {
                let mutable = super::names::mutable(ident);
                let given = placed.uses.get(&arm).is_some_and(|uses| uses.iter().any(|u| u.local == *local && u.kind == Kind::Value));
                if given {
                    quote!(let #mutable = #pick.give(#ident);)
                } else {
                    quote!(let #mutable = #pick.lend(#ident);)
                }
            }
            (_, Some(Mode::Local | Mode::Hosted) | None) => {
                let mutable = super::names::mutable(ident);
                quote!(let #mutable = ::coroutine_runtime::__private::take(#ident);)
            }
        });
    }
    tokens
}

/// The list of borrows that a group makes again.
fn list(placed: &Placed, group: &Group) -> Option<LocalId> {
    group.locals.first().copied().filter(|local| placed.cfg.locals[*local].list.is_some())
}

/// Where a list of borrows lies while what is in it is lent.
fn cell(placed: &Placed, local: LocalId) -> Ident {
    format_ident!("__list_{}", names::field(placed, local), span = Span::mixed_site())
}

/// The cells of the lists that are among these variables.
pub(super) fn cells(placed: &Placed, of: &LocalSet) -> TokenStream {
    let lists = of.iter().filter(|local| placed.again.contains(**local) && placed.cfg.locals[**local].list.is_some());
    let cells = lists.map(|local| cell(placed, *local));
    quote!(#(let #cells = ::core::cell::OnceCell::new();)*)
}

/// The method that chooses by type.
fn choose(kind: Borrow) -> Ident {
    let name = match kind {
        Borrow::Walk => "__durable_walk",
        Borrow::Item => "__durable_item",
        Borrow::ByType | Borrow::Sure | Borrow::Made => "__durable_again",
    };
    Ident::new(name, Span::mixed_site())
}

/// The names of all borrows that are taken again. (What is made again is no borrow: it lies in its slot.)
pub(super) fn borrows(placed: &Placed) -> Vec<Ident> {
    let groups = placed.again.groups.iter().filter(|group| group.kind != Borrow::Made);
    groups.flat_map(|group| &group.locals).map(|id| placed.cfg.locals[*id].ident.clone()).collect()
}

/// After the binding of a variable whose type decides.
pub(super) fn fill(placed: &Placed, arm: Arm, local: LocalId, slot: &TokenStream) -> TokenStream {
    let (Some(mode), Some(group)) = (placed.mode(arm, local), placed.again.get(local)) else { return TokenStream::new() };
    let (pick, again, choose) = (pick(placed, local), again(placed, local), choose(group.kind));
    let ident = &placed.cfg.locals[local].ident;
    let refill = match group.kind {
        Borrow::Walk | Borrow::Item => quote!(fill),
        Borrow::ByType | Borrow::Sure | Borrow::Made => quote!(refill),
    };
    let mut picked = quote!(let #pick = (&&::coroutine_runtime::__private::of(&#ident)).#choose(););
    if let Some(walk) = walk(placed, arm, group) {
        picked.extend(quote!(#pick.note(&mut #slot, (&&::coroutine_runtime::__private::of(&#walk)).__durable_given(&#walk));));
    }
    let refill = quote! {
        let mut #again = ::core::option::Option::None;
        let #ident = #pick.#refill(&mut #slot, &mut #again, #ident);
    };
    match mode {
        Mode::InPlace => quote!(#picked #refill let #ident = ::coroutine_runtime::__private::full(#ident);),
        Mode::Optional => quote!(#picked #refill),
        // (What it gives is counted in its slot.)
        Mode::Local if group.kind == Borrow::Walk => {
            let mutable = super::names::mutable(ident);
            quote!(#picked #refill let #mutable = ::coroutine_runtime::__private::take(#ident);)
        }
        Mode::Local | Mode::Hosted | Mode::Through => picked,
    }
}

/// The iterator that gave an item, as a place.
fn walk(placed: &Placed, arm: Arm, group: &Group) -> Option<TokenStream> {
    if group.kind != Borrow::Item {
        return None;
    }
    let walk = mentioned_expr(&placed.cfg, &group.value).into_iter().find(|local| placed.cfg.walks.contains_key(local))?;
    let ident = &placed.cfg.locals[walk].ident;
    Some(match placed.mode(arm, walk) {
        Some(Mode::InPlace) => quote!(*#ident),
        Some(Mode::Optional) => quote!(*::coroutine_runtime::__private::full(#ident)),
        _ => quote!(#ident),
    })
}

/// Puts a variable back into its slot that was moved out.
pub(super) fn spill(placed: &Placed, local: LocalId, slot: &TokenStream) -> TokenStream {
    let (pick, ident) = (pick(placed, local), &placed.cfg.locals[local].ident);
    match placed.again.get(local).map(|group| group.kind) {
        Some(Borrow::Walk | Borrow::Item) => {
            let back = format_ident!("__back_{}", names::field(placed, local), span = Span::mixed_site());
            quote!(let #back = #pick.back(#ident); #pick.put(&mut #slot, #back);)
        }
        _ => quote!(#slot = ::core::option::Option::Some(#pick.stash(#ident));),
    }
}
