//! The function that stands in for the user's: its signature, its twin, and the machine it makes.

use super::region::{region, state_path, Shell};
use super::takeoff::takeoff;
use super::{frame, names, root};
use crate::compiler::bounds;
use crate::compiler::cfg::Arm;
use crate::compiler::loans;
use crate::compiler::parse::{Function, Param, Returns, THIS};
use crate::compiler::place::Placed;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::{Ident, Lifetime};

/// A function of at most so many awaits is inlined where its frame is resumed. In a larger one the call does not matter, and its
/// code would be there twice where it is both started and awaited.
const SMALL_AWAITS: usize = 4;

/// The function's replacement.
pub(crate) fn emit(function: &Function, placed: &Placed) -> TokenStream {
    let lent = Lent::of(function);
    let port = port(function);
    let family = &lent.family;
    let shape = match &function.returns {
        Returns::Lent { shape, .. } => Some(shape.clone()),
        _ => None,
    };
    let shell = Shell { placed, ret: ret(function), shape, lent: lent.binding.clone() };
    let (types, adaptors) = (frame::types(placed), frame::adaptors(placed));
    let info = frame::info(placed, &name(function));
    let (full, blank) = (frame::start(placed, true), frame::start(placed, false));
    let resume = resume(&shell);
    let (save, load) = (frame::save(placed, &port), frame::load(placed));
    let (values, covariant) = (&lent.values, &lent.covariant);
    let (signature, given) = signature(function, &lent, &port);
    let kept = kept(function);
    let (call, typed) = match &function.returns {
        // (What a `return` gives in an async block is coerced to what the first of them gives.)
        Returns::Lent { .. } => (
            quote!(::coroutine_runtime::__private::Giving::of(__call)),
            quote!(if false { return ::coroutine_runtime::__private::never_made::<#given>(); }),
        ),
        _ => (quote!(__call), TokenStream::new()),
    };
    let attrs = &function.item.attrs;
    let vis = &function.item.vis;
    let items = &placed.cfg.items;
    let owned = owned(function);
    let yields = yield_item(function);
    // The user's own braces: their edition says when temporaries are dropped.
    let twin_body = &placed.cfg.twin;
    let own = own_parameters(function);
    let (twin, root) = (twin(function), root::root(function));
    let info_name = names::info();
    let span = function.span.as_ref().map(|span| quote!(#span let __tracing_attr_guard = __tracing_attr_span.enter();));
    quote! {
        #(#attrs)*
        #vis #signature {
            #span
            #(#items)*
            #yields
            if false {
                ::coroutine_runtime::__private::check::<#given>(async move {
                    #own
                    #typed
                    let __twin: #given = #twin_body;
                    #[allow(unreachable_code)]
                    return __twin;
                });
                ::core::unreachable!()
            }
            #owned
            #[allow(warnings, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
            let __call = {
                use ::coroutine_runtime::__private::picks::*;
                #covariant
                #types
                #adaptors
                #info
                ::coroutine_runtime::__private::machine::<#family, #kept, #port, _, _, _, _, _>(
                    #values,
                    #full,
                    || {
                        let __types = ::coroutine_runtime::__private::types();
                        ::coroutine_runtime::__private::Code {
                            types: __types,
                            info: #info_name,
                            resume: #resume,
                            save: #save,
                            blank: || #blank,
                            load: #load,
                        }
                    },
                )
            };
            #call
        }
        #twin
        #root
    }
}

/// A trait's function without a body: what its impls give.
pub(crate) fn declaration(function: &Function) -> TokenStream {
    let attrs = &function.item.attrs;
    let (signature, _) = signature(function, &Lent::of(function), &port(function));
    quote!(#(#attrs)* #signature;)
}

/// The function as it was written, for where it cannot be compiled: one mistake, one message.
pub(crate) fn fallback(function: &Function) -> TokenStream {
    let mut item = function.original.clone();
    item.block = syn::parse_quote!({ ::core::unreachable!() });
    item.attrs.push(syn::parse_quote!(#[allow(unused)]));
    let root = root::item(function).map(|mut root| {
        root.block = item.block.clone();
        root.attrs = vec![syn::parse_quote!(#[allow(unused)])];
        root
    });
    quote!(#item #root)
}

fn ret(function: &Function) -> TokenStream {
    match &function.returns {
        Returns::Type(ty) | Returns::Lent { plain: ty, .. } => ty.to_token_stream(),
        Returns::Impl(_) => quote!(_),
        Returns::Never => quote!(<fn() -> ! as ::coroutine_runtime::__private::Never>::Is),
    }
}

/// The return type as a frame has it.
fn kept(function: &Function) -> TokenStream {
    match &function.returns {
        Returns::Lent { shape, .. } => quote!(::coroutine_runtime::__private::Given<#shape>),
        _ => ret(function),
    }
}

/// A function's name in snapshots.
fn name(function: &Function) -> TokenStream {
    match &function.options.name {
        Some(name) => name.to_token_stream(),
        None => {
            let ident = function.item.sig.ident.to_string();
            let ident = ident.trim_start_matches("r#");
            quote!(::core::concat!(::core::module_path!(), "::", #ident))
        }
    }
}

fn port(function: &Function) -> TokenStream {
    match (&function.options.yields, &function.options.resume) {
        (Some(yields), Some(resume)) => quote!(::coroutine_runtime::__private::Yields<#yields, #resume>),
        (Some(yields), None) => quote!(::coroutine_runtime::__private::Yields<#yields, ()>),
        (None, _) => quote!(::coroutine_runtime::__private::Silent),
    }
}

/// `yield_` as this function yields, so that literals and results are typed without annotations.
fn yield_item(function: &Function) -> TokenStream {
    let Some(yields) = &function.options.yields else { return TokenStream::new() };
    let resume = function.options.resume.as_ref().map_or_else(|| quote!(()), ToTokens::to_token_stream);
    let generics: Vec<String> = function.item.sig.generics.type_params().map(|p| p.ident.to_string()).chain(["Self".to_string()]).collect();
    if mentions_any(yields.to_token_stream(), &generics) || mentions_any(resume.clone(), &generics) {
        return TokenStream::new();
    }
    let name = Ident::new("yield_", Span::call_site());
    quote! {
        #[allow(dead_code)]
        fn #name(value: #yields) -> ::coroutine_runtime::Call<'static, (), ::coroutine_runtime::Yield<#yields, #resume>> {
            ::coroutine_runtime::yield_(value)
        }
    }
}

fn mentions_any(tokens: TokenStream, names: &[String]) -> bool {
    tokens.into_iter().any(|tree| match tree {
        proc_macro2::TokenTree::Ident(ident) => names.contains(&ident.to_string()),
        proc_macro2::TokenTree::Group(group) => mentions_any(group.stream(), names),
        _ => false,
    })
}

/// What a function is lent: the family of the borrows, their values at the call, and the pattern that binds them.
struct Lent {
    family: TokenStream,
    values: TokenStream,
    binding: TokenStream,
    /// Asks rustc whether types that borrow may be held for a shorter time than they were made for: none is unsafe then.
    covariant: TokenStream,
    any: bool,
}

impl Lent {
    fn of(function: &Function) -> Self {
        let (mut families, mut values, mut names, mut types) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut covariant = TokenStream::new();
        for param in &function.params {
            let Param::Lent { ident, variable, loan } = param else { continue };
            families.push(&loan.family);
            values.push(if ident == THIS { quote!(self) } else { quote!(#ident) });
            names.push(quote!(#variable #ident));
            types.push(&loan.ty);
            for ty in &loan.unknown {
                let span = syn::spanned::Spanned::span(ty).resolved_at(Span::mixed_site());
                let elem = |lifetime: &str| loans::with(ty, &function.lifetime, &Lifetime::new(lifetime, Span::mixed_site()));
                let (long, short) = (elem("'static"), elem("'__short"));
                covariant.extend(quote_spanned!(span=> let _: for<'__short> fn(&'__short #long) -> &'__short #short = |__it| __it;));
            }
        }
        Self {
            covariant,
            any: !families.is_empty(),
            family: quote!((#(#families,)*)),
            values: quote!((#(#values,)*)),
            binding: quote!(let (#(#names,)*): (#(#types,)*)),
        }
    }
}

/// The parameters as variables of the twin's body, as an `async fn` has them: so that errors name them, and lints see whether they are used.
fn own_parameters(function: &Function) -> TokenStream {
    let mut own = TokenStream::new();
    for (input, param) in function.item.sig.inputs.iter().zip(&function.params) {
        let attrs = match input {
            syn::FnArg::Receiver(receiver) => &receiver.attrs,
            syn::FnArg::Typed(typed) => &typed.attrs,
        };
        let mut bind = |mutable: Option<&syn::token::Mut>, ident: &Ident| {
            if ident != THIS {
                own.extend(quote!(#(#attrs)* let #mutable #ident = #ident;));
            }
        };
        match param {
            Param::Value { pat, .. } => each_binding(pat, &mut bind),
            Param::Lent { ident, variable, .. } => bind(variable.as_ref(), ident),
        }
    }
    own
}

/// Parameters that may borrow, as values.
fn owned(function: &Function) -> TokenStream {
    let mut owned = TokenStream::new();
    for param in &function.params {
        if let Param::Value { pat, owned: true, .. } = param {
            each_binding(pat, &mut |_, ident| owned.extend(quote!(let #ident = ::coroutine_runtime::__private::owned(#ident);)));
        }
    }
    owned
}

fn each_binding(pat: &syn::Pat, f: &mut dyn FnMut(Option<&syn::token::Mut>, &Ident)) {
    struct Bindings<'f>(&'f mut dyn FnMut(Option<&syn::token::Mut>, &Ident));
    impl<'ast> syn::visit::Visit<'ast> for Bindings<'_> {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            (self.0)(pat.mutability.as_ref(), &pat.ident);
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    syn::visit::Visit::visit_pat(&mut Bindings(f), pat);
}

/// The signature: `async` gone, a call as the result. The `impl` has this crate's edition (2021), where it captures all types
/// and no lifetime; the frame's type must not name the lifetime of what is lent, or no parent could keep it.
fn signature(function: &Function, lent: &Lent, port: &TokenStream) -> (TokenStream, TokenStream) {
    let mut sig = function.item.sig.clone();
    sig.asyncness = None;
    sig.inputs.iter_mut().for_each(immutable);
    let lifetimes = lifetimes(function, &mut sig);
    let lifetime = lifetimes.first().cloned().unwrap_or_else(|| Lifetime::new("'static", Span::call_site()));
    let more = lifetimes.iter().skip(1);
    let family = &lent.family;
    let imp = Ident::new("impl", Span::mixed_site());
    let ret = match &function.returns {
        Returns::Impl(bounds) => quote!(#imp #bounds),
        _ => kept(function),
    };
    let frame = quote!(#family, #imp ::coroutine_runtime::Frame<Lent = #family, Return = #ret, Port = #port>, (#(&#more (),)*));
    let (output, given) = match &function.returns {
        Returns::Lent { ty, shape, .. } => (
            quote!(::coroutine_runtime::__private::Giving<#lifetime, #shape, #frame>),
            loans::with(ty, &function.lifetime, &lifetime).to_token_stream(),
        ),
        _ => (quote!(::coroutine_runtime::Call<#lifetime, #frame>), self::ret(function)),
    };
    sig.output = syn::ReturnType::Default;
    bounds::add(&mut sig);
    let where_clause = sig.generics.where_clause.take();
    (quote!(#sig -> #output #where_clause), given)
}

/// The call only hands its parameters on: in the twin they are variables.
fn immutable(input: &mut syn::FnArg) {
    struct Immutable;
    impl syn::visit_mut::VisitMut for Immutable {
        fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
            pat.mutability = None;
            syn::visit_mut::visit_pat_ident_mut(self, pat);
        }
    }
    // (`self` has no other name in the twin.)
    if let syn::FnArg::Typed(typed) = input {
        syn::visit_mut::VisitMut::visit_pat_mut(&mut Immutable, &mut typed.pat);
    }
}

/// The lifetimes of what is lent, in order. Where none was named each has its own, as in an async function.
fn lifetimes(function: &Function, sig: &mut syn::Signature) -> Vec<Lifetime> {
    let lent = function.params.iter().filter(|param| matches!(param, Param::Lent { .. })).count();
    let common = &function.lifetime;
    let named = function.original.sig.generics.lifetimes().next().is_some();
    if lent == 0 {
        return Vec::new();
    }
    if lent == 1 || named {
        sig.generics.params.insert(0, syn::parse_quote!(#common));
        return vec![common.clone(); lent];
    }
    struct Rename<'a>(&'a Lifetime, &'a Lifetime);
    impl syn::visit_mut::VisitMut for Rename<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime == self.0 {
                *lifetime = self.1.clone();
            }
        }
    }
    let mut all = Vec::new();
    for input in &mut sig.inputs {
        let own = Lifetime::new(&format!("'__lent{}", all.len() + 1), Span::mixed_site());
        let before = quote!(#input).to_string();
        syn::visit_mut::VisitMut::visit_fn_arg_mut(&mut Rename(common, &own), input);
        if quote!(#input).to_string() != before {
            all.push(own);
        }
    }
    for lifetime in all.iter().rev() {
        sig.generics.params.insert(0, syn::parse_quote!(#lifetime));
    }
    all
}

/// The transition: the machine's loop.
fn resume(shell: &Shell<'_>) -> TokenStream {
    let placed = shell.placed;
    let (at, run, ret) = (names::at(), names::run_label(), &shell.ret);
    let parts = names::wait_parts(placed);
    let mut arms: Vec<(TokenStream, TokenStream)> = Vec::new();
    for arm in &placed.cfg.sequence {
        match arm {
            Arm::Region(id) => {
                // A landing stands in the arm that waits for it.
                if !matches!(placed.cfg.regions[id.0].entry, crate::compiler::cfg::Entry::Landing(_)) {
                    let state = state_path(placed, *arm);
                    let body = region(shell, *id);
                    arms.push((state, body));
                }
            }
            Arm::Takeoff(id) => arms.push(takeoff(shell, *id)),
        }
    }
    let unreached: Vec<TokenStream> = (0..placed.cfg.regions.len())
        .map(|n| Arm::Region(crate::compiler::id::RegionId(n)))
        .filter(|arm| !placed.cfg.sequence.contains(arm))
        .map(|arm| state_path(placed, arm))
        .collect();
    if !unreached.is_empty() {
        arms.push((quote!(#(#unreached)|*), quote!(::coroutine_runtime::__private::empty())));
    }
    arms.push((quote!(#at::Returned_), quote!(::coroutine_runtime::__private::finished())));
    arms.push((quote!(#at::Broken_), quote!(::coroutine_runtime::__private::broken())));
    let (states, bodies): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
    let small = placed.cfg.awaits.len() <= SMALL_AWAITS;
    // In a small function a jump to code that follows is no dispatch: rustc sees where it leads.
    let arms =
        if small { quote!(#(if ::core::matches!(__at, #states) { #bodies })*) } else { quote!(match __at { #(#states => { #bodies })* }) };
    // A function that returns empties its slots first.
    let clear: TokenStream = placed
        .slots
        .iter()
        .rev()
        .map(|local| {
            let field = names::field(placed, *local);
            quote!(__f.slots.#field = ::core::option::Option::None;)
        })
        .collect();
    let value = match &shell.shape {
        Some(shape) => quote!(::coroutine_runtime::__private::Given::<#shape>::of(__value)),
        None => quote!(__value),
    };
    let code = quote! {
        |__f, __lent, __cx| {
            let mut __at = ::core::mem::replace(&mut __f.at, #at::Broken_);
            let __entry = __at;
            #parts
            let __value: #ret = #run: loop {
                #arms
            };
            #clear
            __f.at = #at::Returned_;
            ::core::task::Poll::Ready(#value)
        }
    };
    if small {
        quote!(::coroutine_runtime::__private::inlined(__types, #[inline(always)] #code))
    } else {
        code
    }
}

/// The untouched function as a plain `async fn`, under the twin's name.
fn twin(function: &Function) -> TokenStream {
    let Some(name) = &function.options.twin else { return TokenStream::new() };
    let mut item = function.item.clone();
    item.sig.ident = name.clone();
    crate::compiler::twin::strip(&mut item.block);
    if Lent::of(function).any {
        let lifetime = &function.lifetime;
        item.sig.generics.params.insert(0, syn::parse_quote!(#lifetime));
    }
    if let Returns::Lent { ty, .. } = &function.returns {
        item.sig.output = syn::parse_quote!(-> #ty);
    }
    let yields = yield_item(function);
    if !yields.is_empty() {
        item.block.stmts.insert(0, syn::Stmt::Item(syn::Item::Verbatim(yields)));
    }
    item.attrs.retain(|a| !a.path().is_ident("durable"));
    quote!(#[allow(clippy::all, dead_code)] #item)
}
