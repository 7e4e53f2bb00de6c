//! Borrows that are taken again where they are used, and what their slots hold.

use super::names;
use crate::compiler::again::Group;
use crate::compiler::borrows::Borrow;
use crate::compiler::cfg::Arm;
use crate::compiler::flow::Kind;
use crate::compiler::id::{LocalId, LocalSet};
use crate::compiler::place::{Mode, Placed};
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
        rewriter = rewriter.bound(&borrows(placed));
    }
    let value = rewriter.expr(&group.value);
    let pat = &group.pat;
    if group.kind == Borrow::Sure {
        let told = group.locals.first().and_then(|local| placed.cfg.locals[*local].told.as_ref());
        return if let Some(ty) = told {
            let ty = rewriter.ty(ty);
            quote!(let #pat: #ty = #value;)
        } else if group.whole() {
            quote!(let #pat = #value;)
        } else {
            quote!(let #pat = #value else { ::coroutine_runtime::__private::empty() };)
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
        tokens.extend(quote! {
            let #pick = (&&::coroutine_runtime::__private::of_slot(&#slot)).__durable_again();
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
    tokens.extend(quote!(if #(#retakes.retakes())||* { #taken }));
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

/// The names of all borrows that are taken again. (What is made again is no borrow: it lies in its slot.)
pub(super) fn borrows(placed: &Placed) -> Vec<Ident> {
    let groups = placed.again.groups.iter().filter(|group| group.kind != Borrow::Made);
    groups.flat_map(|group| &group.locals).map(|id| placed.cfg.locals[*id].ident.clone()).collect()
}

/// After the binding of a variable whose type decides.
pub(super) fn fill(placed: &Placed, arm: Arm, local: LocalId, slot: &TokenStream) -> TokenStream {
    let Some(mode) = placed.mode(arm, local) else { return TokenStream::new() };
    let (pick, again) = (pick(placed, local), again(placed, local));
    let ident = &placed.cfg.locals[local].ident;
    let picked = quote!(let #pick = (&&::coroutine_runtime::__private::of(&#ident)).__durable_again(););
    let refill = quote! {
        let mut #again = ::core::option::Option::None;
        let #ident = #pick.refill(&mut #slot, &mut #again, #ident);
    };
    match mode {
        Mode::InPlace => quote!(#picked #refill let #ident = ::coroutine_runtime::__private::full(#ident);),
        Mode::Optional => quote!(#picked #refill),
        Mode::Local | Mode::Hosted | Mode::Through => picked,
    }
}

/// What goes into the slot of a variable that was moved out.
pub(super) fn stash(placed: &Placed, local: LocalId) -> TokenStream {
    let (pick, ident) = (pick(placed, local), &placed.cfg.locals[local].ident);
    quote!(#pick.stash(#ident))
}
