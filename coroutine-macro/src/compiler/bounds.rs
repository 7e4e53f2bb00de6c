//! The bounds of a function's type parameters. In: a signature; out: what a frame needs of them, added, or what cannot be had, told.

use super::diag::Diag;
use super::loans::{bare, borrow_in};
use proc_macro2::Span;
use quote::format_ident;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{FnArg, GenericParam, Ident, ItemFn, Lifetime, Pat, Signature, Token, Type, TypeParamBound, WherePredicate};

type Bounds = Punctuated<TypeParamBound, Token![+]>;

/// Gives a name to each `impl Trait` that is lent: what a frame is lent is named again in what the function returns.
pub(crate) fn name_lent(sig: &mut Signature) {
    struct Names(Vec<syn::TypeParam>);
    impl VisitMut for Names {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            syn::visit_mut::visit_type_mut(self, ty);
            match ty {
                Type::ImplTrait(imp) => {
                    let (ident, bounds) = (format_ident!("__Impl{}", self.0.len(), span = imp.impl_token.span), &imp.bounds);
                    self.0.push(syn::parse_quote!(#ident: #bounds));
                    *ty = syn::parse_quote!(#ident);
                }
                Type::Paren(paren) if matches!(*paren.elem, Type::Path(_)) => *ty = (*paren.elem).clone(),
                _ => {}
            }
        }
    }
    let mut names = Names(Vec::new());
    let elided = Lifetime::new("'_", Span::call_site());
    for input in &mut sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        if !matches!(bare(&typed.ty), Type::ImplTrait(_)) && borrow_in(&typed.ty, &elided).is_some() {
            names.visit_type_mut(&mut typed.ty);
        }
    }
    sig.generics.params.extend(names.0.into_iter().map(GenericParam::Type));
}

/// What a frame holds, it holds for any time and in any thread; what it is lent by `&` is used in any thread.
pub(crate) fn add(sig: &mut Signature) {
    struct Argument;
    impl VisitMut for Argument {
        fn visit_type_impl_trait_mut(&mut self, ty: &mut syn::TypeImplTrait) {
            let more = of_frame(&ty.bounds, false);
            ty.bounds.extend(more);
        }
    }
    sig.inputs.iter_mut().for_each(|input| Argument.visit_fn_arg_mut(input));
    let mut shared = Shared::default();
    sig.inputs.iter().for_each(|input| shared.visit_fn_arg(input));
    let is_shared = |ident: &Ident| shared.names.contains(ident);
    // Where its bounds stand already: clippy wants them in one place.
    let (inline, elsewhere): (Vec<_>, Vec<_>) = sig.generics.type_params_mut().partition(|param| !param.bounds.is_empty());
    for param in inline {
        let more = of_frame(&param.bounds, is_shared(&param.ident));
        param.bounds.extend(more);
    }
    let types: Vec<Ident> = elsewhere.iter().map(|param| param.ident.clone()).collect();
    let of_self = sig.receiver().is_some();
    if types.is_empty() && !of_self {
        return;
    }
    let clause = sig.generics.make_where_clause();
    let more: Vec<WherePredicate> = types
        .iter()
        .map(|ty| {
            let bounds = clause.predicates.iter().filter_map(|predicate| on(predicate, ty)).flatten().cloned().collect();
            let more = of_frame(&bounds, is_shared(ty));
            syn::parse_quote!(#ty: #(#more)+*)
        })
        .collect();
    clause.predicates.extend(more);
    if of_self {
        clause.predicates.push(syn::parse_quote!(Self: 'static));
    }
}

/// What a type parameter with these bounds must be besides. A loop over what it is holds its iterator.
fn of_frame(bounds: &Bounds, shared: bool) -> Vec<TypeParamBound> {
    let mut more: Vec<TypeParamBound> = vec![syn::parse_quote!(::core::marker::Send), syn::parse_quote!('static)];
    if shared {
        more.push(syn::parse_quote!(::core::marker::Sync));
    }
    if bounds.iter().filter_map(name).any(|name| name == "IntoIterator") {
        more.push(syn::parse_quote!(::core::iter::IntoIterator<IntoIter: ::core::marker::Send>));
    }
    more
}

/// The names in the types that are lent by `&`.
#[derive(Default)]
struct Shared {
    names: Vec<Ident>,
    within: bool,
}

impl<'ast> Visit<'ast> for Shared {
    fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
        let outside = self.within;
        self.within |= reference.mutability.is_none();
        syn::visit::visit_type_reference(self, reference);
        self.within = outside;
    }
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.names.extend(path.get_ident().filter(|_| self.within).cloned());
        syn::visit::visit_path(self, path);
    }
}

/// The bounds that a predicate has on a type parameter.
fn on<'a>(predicate: &'a WherePredicate, param: &Ident) -> Option<&'a Bounds> {
    match predicate {
        WherePredicate::Type(predicate) if names(&predicate.bounded_ty, param) => Some(&predicate.bounds),
        _ => None,
    }
}

fn names(ty: &Type, ident: &Ident) -> bool {
    matches!(ty, Type::Path(ty) if ty.qself.is_none() && ty.path.is_ident(ident))
}

/// What a bound's trait is called.
fn name(bound: &TypeParamBound) -> Option<&Ident> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

/// Refuses to call what is known as an `AsyncFn` only: no bound says that the futures which it gives are `Send`.
pub(crate) fn check(item: &ItemFn, diag: &mut Diag) {
    let mut called = Called::default();
    called.visit_block(&item.block);
    for input in &item.sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let Pat::Ident(pat) = &*typed.pat else { continue };
        if let Some((param, name)) = asynchronous(&item.sig, &typed.ty).filter(|_| called.0.contains(&pat.ident)) {
            diag.error(name, &wanted(&param, name));
        }
    }
}

/// The functions that are called by a name alone.
#[derive(Default)]
struct Called(Vec<Ident>);

impl<'ast> Visit<'ast> for Called {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            self.0.extend(path.path.get_ident().cloned());
        }
        syn::visit::visit_expr_call(self, call);
    }
}

/// The `AsyncFn` that a parameter of this type is, and the name of its type.
fn asynchronous<'a>(sig: &'a Signature, ty: &'a Type) -> Option<(String, &'a Ident)> {
    let is_one = |name: &&Ident| ["AsyncFn", "AsyncFnMut", "AsyncFnOnce"].iter().any(|one| name == one);
    let find = |bounds: &'a Bounds| bounds.iter().filter_map(name).find(is_one);
    match bare(ty) {
        Type::Reference(reference) => asynchronous(sig, &reference.elem),
        Type::ImplTrait(imp) => find(&imp.bounds).map(|name| ("F".to_owned(), name)),
        _ => sig.generics.type_params().filter(|param| names(ty, &param.ident)).find_map(|param| {
            let clause = sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
            let bounds = clause.filter_map(|predicate| on(predicate, &param.ident));
            std::iter::once(&param.bounds).chain(bounds).find_map(find).map(|name| (param.ident.to_string(), name))
        }),
    }
}

/// What to write instead of an `AsyncFn`.
fn wanted(param: &str, name: &Ident) -> String {
    let plain = name.to_string().replace("Async", "");
    format!(
        "what a coroutine awaits is polled by any thread, and no bound says that the futures of an `{name}` are `Send`\n\
         help: write `{param}: {plain}(..) -> Fut` and `Fut: Future<Output = ..> + Send`"
    )
}
