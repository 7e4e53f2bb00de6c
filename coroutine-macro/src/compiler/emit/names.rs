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

/// Which of the enums that share the awaits has this one; none where there is but one.
fn chunk(placed: &Placed, id: AwaitId) -> Option<usize> {
    (placed.cfg.awaits.len() > CHUNK).then_some(id.0 / CHUNK)
}

fn chunk_name(n: usize) -> Ident {
    own(&format!("{}{n}", wait()))
}

/// The variant of an await in its own enum, around `inner`: a pattern or an expression.
fn variant(placed: &Placed, id: AwaitId, inner: &TokenStream) -> TokenStream {
    let (wait, variant) = (chunk(placed, id).map_or_else(wait, chunk_name), waiting(placed, id));
    quote!(#wait::#variant(#inner))
}

/// The `Wait` value of an await, by what [`wait_makers`] defines.
pub(super) fn wait_value(placed: &Placed, id: AwaitId, inner: &TokenStream) -> TokenStream {
    let value = variant(placed, id, inner);
    match chunk(placed, id) {
        Some(n) => {
            let into = own(&format!("__into{n}"));
            quote!(#into(#value))
        }
        None => value,
    }
}

/// What an await keeps, in `wait`: by what [`wait_parts`] defines.
pub(super) fn wait_part(placed: &Placed, id: AwaitId, wait: &TokenStream) -> TokenStream {
    let pattern = variant(placed, id, &quote!(__it));
    let wait = match chunk(placed, id) {
        Some(n) => {
            let part = own(&format!("__part{n}"));
            quote!(#part(#wait))
        }
        None => wait.clone(),
    };
    quote!(match #wait { #pattern => __it, _ => ::coroutine_runtime::__private::empty() })
}

/// Closures that make the `Wait` value of an enum of awaits. Each mention of a variant costs rustc type variables, and each of those
/// obligations that it looks at again with every expression, as long as what the variables stand for is not known: so it is mentioned
/// once, and not with every await.
pub(super) fn wait_makers(placed: &Placed) -> TokenStream {
    let wait = wait();
    let makers = chunks(placed).map(|n| {
        let (into, part) = (own(&format!("__into{n}")), own(&format!("Part{n}")));
        quote!(let #into = |__it| #wait::#part(__it);)
    });
    quote!(#(#makers)*)
}

/// Closures that give an enum of awaits in a `Wait`.
pub(super) fn wait_parts(placed: &Placed) -> TokenStream {
    let wait = wait();
    let parts = chunks(placed).map(|n| {
        let (of, part) = (own(&format!("__part{n}")), own(&format!("Part{n}")));
        quote!(let #of = ::coroutine_runtime::__private::part(|__w| match __w { #wait::#part(__it) => __it, _ => ::coroutine_runtime::__private::empty() });)
    });
    quote!(#(#parts)*)
}

fn chunks(placed: &Placed) -> std::ops::Range<usize> {
    match placed.cfg.awaits.len() {
        ..=CHUNK => 0..0,
        awaits => 0..awaits.div_ceil(CHUNK),
    }
}

/// One arm for each await, by its state and what it keeps (`__it`), as a match over the state and `wait`, which is a reference.
pub(super) fn wait_match(placed: &Placed, at: &TokenStream, wait: &TokenStream, arm: impl Fn(AwaitId) -> TokenStream) -> TokenStream {
    let arms = |ids: std::ops::Range<usize>| {
        let arms = ids.map(AwaitId).map(|id| {
            let (states, state, pattern, arm) = (self::at(), waiting(placed, id), variant(placed, id, &quote!(__it)), arm(id));
            quote!((#states::#state, #pattern) => { #arm })
        });
        quote!(#(#arms)* _ => ())
    };
    let awaits = placed.cfg.awaits.len();
    if awaits <= CHUNK {
        let arms = arms(0..awaits);
        return quote!(match (#at, #wait) { #arms });
    }
    let enums = self::wait();
    let parts = chunks(placed).map(|n| {
        let (part, arms) = (own(&format!("Part{n}")), arms(n * CHUNK..awaits.min((n + 1) * CHUNK)));
        quote!(#enums::#part(__w) => match (#at, __w) { #arms },)
    });
    quote!(match #wait { #enums::Nothing_ => (), #(#parts)* })
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
        let name = chunk_name(n);
        tokens.extend(one(&name, chunk, TokenStream::new()));
        parts.push(own(&format!("Part{n}")));
        names.push(format_ident!("P{n}"));
    }
    tokens.extend(quote!(enum #wait<#(#names),*> { Nothing_, #(#parts(#names)),* }));
    tokens
}
