//! Slots that are reached while something may be in flight. In: the variables; out: their slots' names, and what defines those.

use super::names;
use crate::compiler::id::{LocalId, LocalSet};
use crate::compiler::place::Placed;
use proc_macro2::TokenStream;
use quote::quote;

/// Slots that are reached where something may be in flight: for what is awaited to be lent something again, or for a type.
#[derive(Default)]
pub(super) struct Reached(LocalSet);

impl Reached {
    /// One that is only looked at.
    pub(super) fn note(&mut self, local: LocalId) {
        self.0.insert(local);
    }

    /// The slot, where it is used.
    pub(super) fn again(&mut self, placed: &Placed, local: LocalId) -> TokenStream {
        self.note(local);
        let slot = names::slot(&placed.cfg.locals[local].ident);
        quote!(#slot.again())
    }

    /// The slot of a borrow that is taken again, if it has one, under the name that [`borrowed_slot`] gives it.
    pub(super) fn borrowed(&mut self, placed: &Placed, local: LocalId) -> TokenStream {
        if !placed.is_slot(local) {
            return TokenStream::new();
        }
        let (again, slot) = (self.again(placed, local), names::slot(&placed.cfg.locals[local].ident));
        quote!(let #slot = #again;)
    }

    /// What defines them.
    pub(super) fn bindings(&self, placed: &Placed) -> TokenStream {
        let bindings = self.0.iter().map(|local| {
            let (field, slot) = (names::field(placed, *local), names::slot(&placed.cfg.locals[*local].ident));
            quote!(let #slot = ::coroutine_runtime::__private::slot(&raw mut __f.slots.#field, __lent);)
        });
        bindings.collect()
    }
}

pub(super) fn borrowed_slot(placed: &Placed) -> impl Fn(LocalId) -> TokenStream + '_ {
    |local| {
        let slot = names::slot(&placed.cfg.locals[local].ident);
        quote!(*#slot)
    }
}
