//! What a frame is: its slots, its states, and how they are saved and loaded.

use super::names;
use crate::compiler::cfg::Arm;
use crate::compiler::id::{AwaitId, LocalId, Origin};
use crate::compiler::place::{Kept, Placed};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

/// The enums and the struct of a frame.
pub(super) fn types(placed: &Placed) -> TokenStream {
    let (at, slots) = (names::at(), names::slots());
    let mut states: Vec<Ident> = vec![names::own("Start_")];
    for n in 0..placed.cfg.awaits.len() {
        states.push(names::state(placed, Arm::Takeoff(AwaitId(n))));
        states.push(names::waiting(placed, AwaitId(n)));
    }
    let jumps = placed.cfg.regions.iter().enumerate().filter(|(_, r)| matches!(r.entry, crate::compiler::cfg::Entry::Jump(_)));
    states.extend(jumps.map(|(n, _)| names::state(placed, Arm::Region(crate::compiler::id::RegionId(n)))));
    let waits = names::wait_enums(placed);
    // Fields are dropped in the order in which they stand: last declared first.
    let fields: Vec<Ident> = placed.slots.iter().rev().map(|l| names::field(placed, *l)).collect();
    let types: Vec<Ident> = (0..fields.len()).map(|n| format_ident!("T{n}")).collect();
    quote! {
        #[derive(Clone, Copy)]
        enum #at { #(#states,)* Returned_, Broken_ }
        #waits
        struct #slots<#(#types),*> { #(#fields: ::core::option::Option<#types>),* }
    }
}

/// The adaptors, for rustc to see those of variables without a slot, too.
pub(super) fn adaptors(placed: &Placed) -> TokenStream {
    let adaptors = placed.cfg.locals.ids().filter_map(|local| placed.cfg.locals[local].adaptor.as_ref());
    quote!(#(let _: ::core::marker::PhantomData<#adaptors>;)*)
}

/// The static description of a frame.
pub(super) fn info(placed: &Placed, name: &TokenStream) -> TokenStream {
    let info = names::info();
    let slot = |local: &LocalId| placed.slots.iter().position(|s| s == local).unwrap_or(0);
    let state = |label: &str, span: Span, kept: &Kept| {
        let (live, held) = (kept.live.iter().map(slot), kept.held.iter().map(slot));
        let line = quote_spanned!(span=> ::core::line!());
        quote!(::coroutine_runtime::__private::State { label: #label, line: #line, live: &[#(#live),*], held: &[#(#held),*] })
    };
    let mut states = vec![state("start", Span::call_site(), &at_start(placed))];
    for (it, (next, waits)) in placed.cfg.awaits.iter().zip(&placed.kept) {
        states.push(state(&format!("before {}", it.label), it.span, next));
        states.push(state(&it.label, it.span, waits));
    }
    let mut seen = std::collections::BTreeSet::new();
    let slots: Vec<String> = placed
        .slots
        .iter()
        .map(|l| {
            let local = &placed.cfg.locals[*l];
            let shown = if local.shown == crate::compiler::parse::THIS { "self".to_string() } else { local.shown.clone() };
            // A shadowing variable is shown under its number.
            if seen.insert(shown.clone()) {
                shown
            } else {
                local.ident.to_string()
            }
        })
        .collect();
    quote! {
        const #info: &::coroutine_runtime::__private::Info = &::coroutine_runtime::__private::Info {
            name: #name,
            file: ::core::file!(),
            states: &[#(#states),*],
            slots: &[#(#slots),*],
        };
    }
}

fn at_start(placed: &Placed) -> Kept {
    let params = placed.slots.iter().copied().filter(|l| placed.cfg.locals[*l].origin == Origin::Param).collect();
    Kept { live: params, ..Kept::default() }
}

/// The variables at the start: the parameters, or nothing.
pub(super) fn start(placed: &Placed, full: bool) -> TokenStream {
    let (at, wait, slots) = (names::at(), names::wait(), names::slots());
    let fields = placed.slots.iter().rev().map(|local| {
        let field = names::field(placed, *local);
        let ident = &placed.cfg.locals[*local].ident;
        if full && placed.cfg.locals[*local].origin == Origin::Param {
            let value = if ident == crate::compiler::parse::THIS { quote!(self) } else { quote!(#ident) };
            quote!(#field: ::core::option::Option::Some(#value))
        } else {
            quote!(#field: ::core::option::Option::None)
        }
    });
    quote!(::coroutine_runtime::__private::Vars::new(#at::Start_, #wait::Nothing_, #slots { #(#fields),* }))
}

/// The closure that saves a frame.
pub(super) fn save(placed: &Placed, port: &TokenStream) -> TokenStream {
    let info = names::info();
    let keeper = |local: &LocalId| format_ident!("__keep_{}", names::field(placed, *local), span = Span::call_site());
    let holder = |local: &LocalId| format_ident!("__hold_{}", names::field(placed, *local), span = Span::call_site());
    let mut picks = TokenStream::new();
    for local in &placed.slots {
        let (field, keeper) = (names::field(placed, *local), keeper(local));
        let keep = keep(placed, *local, &quote!(::coroutine_runtime::__private::of_slot(&__f.slots.#field)));
        picks.extend(quote!(let #keeper = #keep;));
        if is_held(placed, *local) {
            let holder = holder(local);
            let hold = hold(placed, *local, &quote!(::coroutine_runtime::__private::of_slot(&__f.slots.#field)));
            picks.extend(quote!(let #holder = #hold;));
        }
    }
    let waits = names::wait_match(placed, &quote!(__f.at), &quote!(&__f.wait), |id| {
        let (it, kept) = (&placed.cfg.awaits[id.0], &placed.kept[id.0].1);
        // At the variable's own name, so that rustc underlines it.
        let crosses = kept.live.iter().map(|local| {
            let mut keeper = keeper(local);
            let span = placed.cfg.locals[*local].ident.span().resolved_at(Span::call_site());
            keeper.set_span(span);
            quote_spanned!(span=> __it.crosses(#keeper);)
        });
        let holds = kept.held.iter().filter(|local| !kept.lent.contains(local)).map(|local| {
            let mut holder = holder(local);
            let span = placed.cfg.locals[*local].ident.span().resolved_at(Span::call_site());
            holder.set_span(span);
            quote_spanned!(span=> __it.holds(#holder);)
        });
        let passes = quote_spanned!(it.span.resolved_at(Span::call_site())=> __it.passes::<#port>(););
        quote!(#(#crosses)* #(#holds)* #passes __out.awaits(__it);)
    });
    let saves = |of: &dyn Fn(&LocalId) -> Ident, slots: Vec<LocalId>| {
        let arms = slots.iter().map(|local| {
            let (n, field, keeper) = (index(placed, *local), names::field(placed, *local), of(local));
            quote!(#n => #keeper.save(&__f.slots.#field, __out)?)
        });
        quote!(match *__slot { #(#arms,)* _ => ::coroutine_runtime::__private::empty() })
    };
    let live = saves(&keeper, placed.slots.clone());
    let held = saves(&holder, placed.slots.iter().copied().filter(|l| is_held(placed, *l)).collect());
    quote! {
        |__f, __out| {
            #picks
            let __state = __out.state(__f.at as ::core::primitive::usize)?;
            #waits
            for __slot in #info.states[__state].live { #live }
            for __slot in #info.states[__state].held { #held }
            ::core::result::Result::Ok(())
        }
    }
}

/// The closure that loads a frame.
pub(super) fn load(placed: &Placed) -> TokenStream {
    let (at, info) = (names::at(), names::info());
    let loads = |held: bool| {
        let arms = placed.slots.iter().filter(|l| !held || is_held(placed, **l)).map(|local| {
            let (n, field) = (index(placed, *local), names::field(placed, *local));
            let of = quote!(::coroutine_runtime::__private::of_slot(&__f.slots.#field));
            if held {
                let hold = hold(placed, *local, &of);
                quote!(#n => __f.slots.#field = #hold.load(#of, __input)?)
            } else {
                let keep = keep(placed, *local, &of);
                quote!(#n => __f.slots.#field = ::core::option::Option::Some(#keep.load(#of, __input)?))
            }
        });
        quote!(match *__slot { #(#arms,)* _ => ::coroutine_runtime::__private::empty() })
    };
    let (live, held) = (loads(false), loads(true));
    let mut all = vec![names::own("Start_")];
    let (mut waits, parts) = (TokenStream::new(), names::wait_parts(placed));
    for n in 0..placed.cfg.awaits.len() {
        let waiting = names::waiting(placed, AwaitId(n));
        all.push(names::state(placed, Arm::Takeoff(AwaitId(n))));
        let set = names::wait_set(placed, AwaitId(n), &quote!(::coroutine_runtime::__private::Awaited::load(__input)?));
        waits.extend(quote!(#at::#waiting => #set,));
        all.push(waiting);
    }
    quote! {
        |__f, __input| {
            let __state = __input.state(#info)?;
            for __slot in #info.states[__state].live { #live }
            for __slot in #info.states[__state].held { #held }
            __f.at = [#(#at::#all),*][__state];
            #parts
            match __f.at { #waits _ => () }
            ::core::result::Result::Ok(())
        }
    }
}

/// How a variable is stored: by its adaptor, or as its type decides.
fn keep(placed: &Placed, local: LocalId, of: &TokenStream) -> TokenStream {
    by_adaptor(placed, local, of, "kept_by").unwrap_or_else(|| quote!((&&&&&#of).__durable_keep()))
}

/// At the adaptor, so that rustc underlines it.
fn by_adaptor(placed: &Placed, local: LocalId, of: &TokenStream, method: &str) -> Option<TokenStream> {
    let adaptor = placed.cfg.locals[local].adaptor.as_ref()?;
    let span = syn::spanned::Spanned::span(adaptor).resolved_at(Span::call_site());
    let method = Ident::new(method, span);
    Some(quote_spanned!(span=> #of.#method::<#adaptor>()))
}

/// How a variable is held. What may be lent to a child is stored even if its drop cannot be felt.
fn hold(placed: &Placed, local: LocalId, of: &TokenStream) -> TokenStream {
    if let Some(held) = by_adaptor(placed, local, of, "held_by") {
        held
    } else if placed.is_lent_last(local) {
        quote!((&&&&#of).__durable_hold_lent())
    } else {
        quote!((&&&&&#of).__durable_hold())
    }
}

fn index(placed: &Placed, local: LocalId) -> usize {
    placed.slots.iter().position(|s| *s == local).unwrap_or(0)
}

fn is_held(placed: &Placed, local: LocalId) -> bool {
    placed.kept.iter().any(|(next, waits)| next.held.contains(&local) || waits.held.contains(&local))
}
