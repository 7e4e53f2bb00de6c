//! `root = name`: beside the function one that takes the data of its references by value, keeps it, and lends it.

use crate::compiler::diag::Diag;
use crate::compiler::loans::optional;
use crate::compiler::parse::{Function, Param, Returns};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, FnArg, Ident, ItemFn, Pat, Type};

/// Reports what a root cannot be of; then there is none.
pub(crate) fn check(function: &mut Function, diag: &mut Diag) {
    let Some(root) = &function.options.root else { return };
    let inputs = &function.original.sig.inputs;
    let keeps = |input: &FnArg| match input {
        FnArg::Receiver(receiver) => matches!(receiver.kind, syn::ReceiverKind::Reference(..)),
        FnArg::Typed(typed) => kept(&typed.ty).is_some(),
    };
    let why = if function.declared {
        NO_BODY
    } else if matches!(function.returns, Returns::Lent { .. }) {
        GIVES_A_BORROW
    } else if !inputs.iter().any(keeps) {
        NOTHING_TO_KEEP
    } else {
        for chosen in root.kept.iter().flatten() {
            match inputs.iter().find(|input| name_of(input).is_some_and(|name| name == *chosen)) {
                None => diag.error(chosen, NO_SUCH_PARAMETER),
                Some(input) if !keeps(input) => diag.error(chosen, NO_DATA),
                Some(_) => (),
            }
        }
        return;
    };
    diag.error(&root.name, why);
    function.options.root = None;
}

const NO_BODY: &str = "what has no body has no root\nhelp: say `root = ..` where the body is";

const GIVES_A_BORROW: &str = "a root cannot give a borrow of what it keeps: it is gone by then\nhelp: return an owned value; or start a durable function that does what is to be done with the borrow";

const NOTHING_TO_KEEP: &str = "no parameter is a reference whose data a root could keep\nhelp: start the function itself, without `root`";

const NO_SUCH_PARAMETER: &str =
    "there is no parameter of this name\nhelp: `root = name(parameter, ..)` names those whose data the root keeps";

const NO_DATA: &str = "of this type the root cannot keep the data\nhelp: it can of `&T`, `&mut T`, an `Option` of these, and tuples of these, `T` being of known size, `str`, a slice or a path";

/// The root, or nothing where none is asked for.
pub(super) fn root(function: &Function) -> TokenStream {
    let Some(mut item) = item(function) else { return TokenStream::new() };
    for (input, param) in item.sig.inputs.iter_mut().zip(&function.params) {
        let Param::Value { adaptor: Some(adaptor), .. } = param else { continue };
        let (FnArg::Receiver(syn::Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = input;
        attrs.push(syn::parse_quote!(#[with(#adaptor)]));
    }
    let doc = format!("`{}`, with the data of its references given by value and kept.", function.original.sig.ident);
    let port = function.options.port();
    quote! {
        #[doc = #doc]
        #[::coroutine_runtime::durable(#port)]
        #item
    }
}

/// As a plain async fn.
pub(super) fn item(function: &Function) -> Option<ItemFn> {
    let root = function.options.root.as_ref()?;
    let mut item = function.original.clone();
    let is_kept = |name: &Ident| root.kept.as_ref().is_none_or(|kept| kept.contains(name));
    let mut given: Vec<Expr> = Vec::new();
    for (n, input) in item.sig.inputs.iter_mut().enumerate() {
        let name = name_of(input);
        match input {
            FnArg::Receiver(receiver) => {
                let this = &receiver.self_token;
                let (by_ref, mutable) = match &receiver.kind {
                    syn::ReceiverKind::Reference(_, _, mutability) => (true, mutability.is_some()),
                    _ => (false, false),
                };
                if by_ref && is_kept(&Ident::from(*this)) {
                    given.push(if mutable { syn::parse_quote!(&mut #this) } else { syn::parse_quote!(&#this) });
                    *receiver = if mutable { syn::parse_quote!(mut #this) } else { syn::parse_quote!(#this) };
                } else {
                    given.push(syn::parse_quote!(#this));
                    receiver.mutability = None;
                }
            }
            FnArg::Typed(typed) => {
                let ident = name.clone().unwrap_or_else(|| format_ident!("argument{n}", span = Span::mixed_site()));
                let place: Expr = syn::parse_quote!(#ident);
                match kept(&typed.ty).filter(|_| name.as_ref().map_or(root.kept.is_none(), is_kept)) {
                    Some(Kept { ty, mutable, lend }) => {
                        given.push(lend(&place));
                        *typed.ty = ty;
                        *typed.pat = if mutable { syn::parse_quote!(mut #ident) } else { syn::parse_quote!(#ident) };
                    }
                    None => {
                        given.push(place);
                        *typed.pat = syn::parse_quote!(#ident);
                    }
                }
            }
        }
    }
    let called = &function.original.sig.ident;
    let path = match function.free_name() {
        Some(name) => quote!(#name),
        None => quote!(Self::#called),
    };
    item.sig.ident = root.name.clone();
    item.block = syn::parse_quote!({ #path(#(#given),*).await });
    item.attrs.retain(|attr| ["allow", "expect", "cfg"].iter().any(|kept| attr.path().is_ident(kept)));
    Some(item)
}

/// The name of a parameter.
fn name_of(input: &FnArg) -> Option<Ident> {
    match input {
        FnArg::Receiver(receiver) => Some(Ident::from(receiver.self_token)),
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pat) => Some(pat.ident.clone()),
            _ => None,
        },
    }
}

/// How the data of a parameter is kept, and lent from there.
struct Kept {
    ty: Type,
    mutable: bool,
    lend: Box<dyn Fn(&Expr) -> Expr>,
}

/// How the data of a reference is kept. `None`: it is no data, or nobody can tell how.
fn kept(ty: &Type) -> Option<Kept> {
    match ty {
        Type::Paren(ty) => kept(&ty.elem),
        Type::Reference(reference) => {
            let mutable = reference.mutability.is_some();
            let ty = owned(&reference.elem)?;
            let lend = move |place: &Expr| if mutable { syn::parse_quote!(&mut #place) } else { syn::parse_quote!(&#place) };
            Some(Kept { ty, mutable, lend: Box::new(lend) })
        }
        Type::Tuple(tuple) if !tuple.elems.is_empty() => {
            let parts = tuple.elems.iter().map(kept).collect::<Option<Vec<_>>>()?;
            let types = parts.iter().map(|part| &part.ty);
            let (ty, mutable) = (syn::parse_quote!((#(#types,)*)), parts.iter().any(|part| part.mutable));
            let lend = move |place: &Expr| {
                let lent = parts.iter().enumerate().map(|(n, part)| {
                    let n = syn::Index::from(n);
                    (part.lend)(&syn::parse_quote!(#place.#n))
                });
                syn::parse_quote!((#(#lent,)*))
            };
            Some(Kept { ty, mutable, lend: Box::new(lend) })
        }
        ty => {
            let Type::Reference(reference) = optional(ty)? else { return None };
            let (mutable, whole) = (reference.mutability.is_some(), &*reference.elem);
            let inner = owned(whole)?;
            let method = match (inner == *whole, mutable) {
                (true, false) => "as_ref",
                (true, true) => "as_mut",
                (false, false) => "as_deref",
                (false, true) => "as_deref_mut",
            };
            let method = Ident::new(method, Span::mixed_site());
            let lend = move |place: &Expr| syn::parse_quote!(#place.#method());
            Some(Kept { ty: syn::parse_quote!(::core::option::Option<#inner>), mutable, lend: Box::new(lend) })
        }
    }
}

/// The type of a variable that holds what a reference leads to.
fn owned(of: &Type) -> Option<Type> {
    match of {
        Type::Slice(slice) => {
            let of = &slice.elem;
            (!matches!(**of, Type::Reference(_))).then(|| syn::parse_quote!(::std::vec::Vec<#of>))
        }
        Type::Path(path) => {
            let named = |name: &str| path.path.segments.last().is_some_and(|last| last.ident == name && last.arguments.is_none());
            Some(match path {
                _ if named("str") => syn::parse_quote!(::std::string::String),
                _ if named("Path") => syn::parse_quote!(::std::path::PathBuf),
                _ if named("OsStr") => syn::parse_quote!(::std::ffi::OsString),
                path => Type::Path(path.clone()),
            })
        }
        Type::Array(_) | Type::Tuple(_) => Some(of.clone()),
        _ => None,
    }
}
