//! What the emitted code calls its own things.

use crate::compiler::cfg::{Arm, Entry};
use crate::compiler::id::{AwaitId, LocalId};
use crate::compiler::place::Placed;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Ident, Lifetime};

/// How many awaits share one `Wait` enum: each mention of a variant costs rustc a type variable for each parameter.
const CHUNK: usize = 8;

/// An identifier that the user's code cannot see.
pub(super) fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

pub(super) fn at() -> Ident {
    own("__DurableAt")
}

pub(super) fn wait() -> Ident {
    own("__DurableWait")
}

pub(super) fn slots() -> Ident {
    own("__DurableSlots")
}

pub(super) fn info() -> Ident {
    own("__DURABLE_INFO")
}

pub(super) fn block_label() -> Lifetime {
    Lifetime::new("'__block", Span::mixed_site())
}

pub(super) fn run_label() -> Lifetime {
    Lifetime::new("'__run", Span::mixed_site())
}

/// The variant of a piece of code.
pub(super) fn state(placed: &Placed, arm: Arm) -> Ident {
    match arm {
        Arm::Takeoff(id) => format_ident!("{}_Next", placed.cfg.awaits[id.0].label, span = Span::mixed_site()),
        Arm::Region(id) => match placed.cfg.regions[id.0].entry {
            Entry::Start => own("Start_"),
            Entry::Jump(name) => format_ident!("{name}_{}", id.0, span = Span::mixed_site()),
            Entry::Landing(id) => waiting(placed, id),
        },
    }
}

/// The variant of an await that is under way.
pub(super) fn waiting(placed: &Placed, id: AwaitId) -> Ident {
    own(&placed.cfg.awaits[id.0].label)
}

/// A slot's field.
pub(super) fn field(placed: &Placed, local: LocalId) -> Ident {
    let mut ident = placed.cfg.locals[local].ident.clone();
    ident.set_span(Span::mixed_site());
    ident
}

/// The `Wait` value of an await, around `inner`: a pattern or an expression.
pub(super) fn wait_variant(placed: &Placed, id: AwaitId, inner: TokenStream) -> TokenStream {
    let (wait, variant) = (wait(), waiting(placed, id));
    if placed.cfg.awaits.len() <= CHUNK {
        return quote!(#wait::#variant(#inner));
    }
    let (chunk, part) = (format_ident!("{wait}{}", id.0 / CHUNK), format_ident!("Part{}", id.0 / CHUNK));
    quote!(#wait::#part(#chunk::#variant(#inner)))
}

/// The `Wait` enums.
pub(super) fn wait_enums(placed: &Placed) -> TokenStream {
    let wait = wait();
    let awaits: Vec<AwaitId> = (0..placed.cfg.awaits.len()).map(AwaitId).collect();
    let one = |name: &Ident, ids: &[AwaitId], nothing: TokenStream| {
        let types: Vec<Ident> = ids.iter().map(|id| format_ident!("C{}", id.0)).collect();
        let variants = ids.iter().map(|id| waiting(placed, *id));
        quote!(enum #name<#(#types),*> { #nothing #(#variants(#types)),* })
    };
    if awaits.len() <= CHUNK {
        return one(&wait, &awaits, quote!(Nothing_,));
    }
    let mut tokens = TokenStream::new();
    let mut parts = Vec::new();
    let mut names = Vec::new();
    for (n, chunk) in awaits.chunks(CHUNK).enumerate() {
        let name = format_ident!("{wait}{n}");
        tokens.extend(one(&name, chunk, TokenStream::new()));
        parts.push(format_ident!("Part{n}"));
        names.push(format_ident!("P{n}"));
    }
    tokens.extend(quote!(enum #wait<#(#names),*> { Nothing_, #(#parts(#names)),* }));
    tokens
}
