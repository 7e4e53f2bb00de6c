//! Variables that may hold text: where they lie, by their types. Their slots hold copies of text, and anything else as it is.

use super::names;
use super::reached::Reached;
use crate::compiler::id::LocalId;
use crate::compiler::place::{Mode, Placed};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

fn own(placed: &Placed, local: LocalId, what: &str) -> Ident {
    format_ident!("__{}_{}", what, names::field(placed, local), span = Span::mixed_site())
}

fn picked(pick: &Ident, slot: &TokenStream) -> TokenStream {
    quote!(let #pick = (&&::coroutine_runtime::__private::of_slot(&#slot)).__durable_text();)
}

/// A slot, for the block of an operand that is what `__outlives` says.
pub(super) fn reach(placed: &Placed, local: LocalId, by_value: bool) -> TokenStream {
    let field = names::field(placed, local);
    let pick = quote!((&&::coroutine_runtime::__private::of_slot(&__f.slots.#field)).__durable_text());
    if by_value {
        quote!(#pick.reach_value(&mut __f.slots.#field, __lent))
    } else {
        quote!(#pick.reach(&mut __f.slots.#field, __lent, |__slot, __lent| __outlives.reach(__slot, __lent)))
    }
}

/// The slot of a variable that a step borrows.
pub(super) fn pinned(placed: &Placed, local: LocalId) -> TokenStream {
    let field = names::field(placed, local);
    quote!((&&::coroutine_runtime::__private::of_slot(&__f.slots.#field)).__durable_text().pinned(&__f.slots.#field, __lent))
}

/// Where a variable is lent, if it is text.
pub(super) fn is_lent(placed: &Placed, local: LocalId, reached: &mut Reached) -> TokenStream {
    reached.note(local);
    let (ident, slot) = (&placed.cfg.locals[local].ident, names::slot(&placed.cfg.locals[local].ident));
    quote_spanned!(ident.span()=> (&&#slot.of()).__durable_text().is_lent_to(&__awaiting);)
}

/// Finds where a variable lies that is there. What it gives stands for the slot from then on, as a `&mut Option<_>`.
pub(super) fn open(placed: &Placed, local: LocalId, slot: &TokenStream) -> (TokenStream, TokenStream) {
    let (pick, room, lies) = (own(placed, local, "text"), own(placed, local, "room"), own(placed, local, "lies"));
    let picked = picked(&pick, slot);
    let lets = quote! {
        #picked
        let mut #room = ::core::option::Option::None;
        let #lies = #pick.open(&mut #slot, &mut #room);
    };
    (lets, quote!(#lies))
}

/// Binds a variable that is there and stays there. `slot`: a place.
pub(super) fn seen(placed: &Placed, local: LocalId, slot: &TokenStream) -> TokenStream {
    let (pick, room) = (own(placed, local, "text"), own(placed, local, "room"));
    let (picked, ident) = (picked(&pick, slot), &placed.cfg.locals[local].ident);
    quote! {
        #picked
        let mut #room = ::core::option::Option::None;
        let #ident = #pick.seen(&#slot, &mut #room);
    }
}

/// Binds a variable to be lent: text by value, anything else where it lies.
pub(super) fn lend(placed: &Placed, local: LocalId, slot: &TokenStream) -> TokenStream {
    let pick = own(placed, local, "text");
    let (picked, ident) = (picked(&pick, slot), &placed.cfg.locals[local].ident);
    quote!(#picked let #ident = #pick.lend(&mut #slot);)
}

/// After the binding of a variable. `slot`: a place.
pub(super) fn fill(placed: &Placed, local: LocalId, mode: Option<Mode>, slot: &TokenStream) -> TokenStream {
    let (pick, room) = (own(placed, local, "text"), own(placed, local, "room"));
    let ident = &placed.cfg.locals[local].ident;
    let picked = quote!(let #pick = (&&::coroutine_runtime::__private::of(&#ident)).__durable_text(););
    let filled = quote! {
        #picked
        let mut #room = ::core::option::Option::None;
        let #ident = #pick.fill(&mut #slot, &mut #room, #ident);
    };
    match mode {
        Some(Mode::InPlace) => quote!(#filled let #ident = ::coroutine_runtime::__private::full(#ident);),
        Some(Mode::Optional) => filled,
        Some(Mode::Local) => picked,
        Some(Mode::Hosted | Mode::Through) | None => TokenStream::new(),
    }
}

/// What goes into the slot of a variable that was moved out.
pub(super) fn stash(placed: &Placed, local: LocalId) -> TokenStream {
    let (pick, ident) = (own(placed, local, "text"), &placed.cfg.locals[local].ident);
    quote!(#pick.stash(#ident))
}
