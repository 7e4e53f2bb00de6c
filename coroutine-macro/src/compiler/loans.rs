//! The type of a parameter → how it is lent: as a family of borrows. Out: a [`Loan`], or why it cannot be lent.
//!
//! What is lent is borrows through and through: `&T`, `&mut T`, and options and tuples of these. Behind a `&` there may be what borrows in
//! its turn, if it borrows for as long; that such a type may be held for a shorter time than it was made for, rustc is asked to check.

use super::diag::Diag;
use super::id::Locals;
use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Ident, Lifetime, Pat, Type};

/// How a parameter is lent.
pub(crate) struct Loan {
    /// The family of its borrows.
    pub(crate) family: TokenStream,
    /// Its type, as a variable has it.
    pub(crate) ty: Type,
    /// Whether it is a `&mut`, which is borrowed in its turn where it is lent on.
    pub(crate) mutable: bool,
    /// Whether the borrow is inside of something that the function may take apart.
    pub(crate) inside: bool,
    /// Whether that is an `Option`.
    pub(crate) optional: bool,
    /// Whether there are borrows in what a `&` is of.
    pub(crate) within: bool,
    /// Of what borrows in its turn, the types of which nobody knows whether they may be held for a shorter time.
    pub(crate) unknown: Vec<Type>,
}

/// Why a type is neither lent nor state: where, and what to write.
pub(crate) type Refused = (TokenStream, &'static str);

const IN_ITS_TURN: &str =
    "what is lent by `&mut` cannot borrow in its turn: it is handed in again at every resume\nhelp: pass what it borrows as a reference parameter of its own";
const BY_VALUE: &str =
    "a parameter by value is stored, so it cannot hold a borrow\nhelp: take it as a reference parameter (`&T`, `&mut T`, `Option<&T>`), or by an owned type";
const BESIDE: &str = "what is stored and what is lent cannot be in one parameter\nhelp: take it as a parameter of its own";

/// How a parameter of this type is lent; its type gets the lifetime of what is lent. `None`: it borrows nothing, so it is state.
pub(crate) fn loan(ty: &mut Type, lifetime: &Lifetime) -> Result<Option<Loan>, Refused> {
    if borrow_in(ty, lifetime).is_none() {
        return Ok(None);
    }
    let mut found = Found::default();
    let family = family(ty, lifetime, &mut found)?;
    let Found { within, unknown } = found;
    let mut named = ty.clone();
    Lifetimes { of: lifetime, to: None }.visit_type_mut(&mut named);
    let inside = !matches!(bare(ty), Type::Reference(_));
    let mutable = matches!(bare(ty), Type::Reference(reference) if reference.mutability.is_some());
    let optional = optional(bare(ty)).is_some();
    Ok(Some(Loan { family, ty: named, mutable, inside, optional, within, unknown }))
}

/// Whether a type is a `Cow` that may borrow: of what it holds an owned value can be made.
pub(crate) fn is_borrowing_cow(ty: &Type, lifetime: &Lifetime) -> bool {
    let Some(args) = arguments(bare(ty), "Cow") else { return false };
    // (What it borrows must not borrow in its turn.)
    let inside = |arg: &syn::GenericArgument| matches!(arg, syn::GenericArgument::Type(inside) if borrow_in(inside, lifetime).is_some());
    borrow_in(ty, lifetime).is_some() && !args.args.iter().any(inside)
}

/// Takes the lifetime of what is lent out of a type.
pub(crate) fn elide(ty: &mut Type, lifetime: &Lifetime) {
    Lifetimes { of: lifetime, to: None }.visit_type_mut(ty);
}

/// A type that is returned and borrows from what is lent: with this lifetime, without any, and its shape.
pub(crate) fn returned(ty: &Type, lifetime: &Lifetime) -> (Type, Type, TokenStream) {
    let named = with(ty, lifetime, lifetime);
    let mut plain = ty.clone();
    Lifetimes { of: lifetime, to: None }.visit_type_mut(&mut plain);
    // (Nobody holds it for a shorter time but who awaits it, in the twin.)
    let shape = shape(&named, lifetime, &mut Vec::new());
    (named, plain, shape)
}

/// A `&self` or `&mut self`.
pub(crate) fn of_self(ty: Type, mutable: bool) -> Loan {
    let family = by_reference(&ty, mutable);
    let ty = if mutable { syn::parse_quote!(&mut #ty) } else { syn::parse_quote!(&#ty) };
    Loan { family, ty, mutable, inside: false, optional: false, within: false, unknown: Vec::new() }
}

/// A type whose borrows have another lifetime.
pub(crate) fn with(ty: &Type, of: &Lifetime, to: &Lifetime) -> Type {
    let mut ty = ty.clone();
    Lifetimes { of, to: Some(to) }.visit_type_mut(&mut ty);
    ty
}

/// Refuses what would change a lent `Option` itself: it is lent again at every resume, as it was.
pub(crate) fn check(block: &syn::Block, locals: &Locals, diag: &mut Diag) {
    struct Changes<'a>(&'a Locals, &'a mut Diag);
    impl Changes<'_> {
        /// What is matched by parts is not changed as a whole.
        fn matched(&mut self, expr: &Expr) {
            match expr {
                Expr::Reference(e) if self.0.is_optional(&e.expr) => (),
                expr => self.visit_expr(expr),
            }
        }
    }
    const LENT_AGAIN: &str =
        "what is lent is lent again at every resume, so this `Option` does not change\nhelp: match on its `as_deref_mut()`, and keep in a variable what else has to be known";
    impl<'ast> Visit<'ast> for Changes<'_> {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Assign(e) if self.0.is_optional(&e.left) => self.1.error(&e.left, LENT_AGAIN),
                Expr::Reference(e) if e.mutability.is_some() && self.0.is_optional(&e.expr) => self.1.error(e, LENT_AGAIN),
                Expr::MethodCall(e) if self.0.is_optional(&e.receiver) => {
                    let name = e.method.to_string();
                    if matches!(name.as_str(), "take" | "take_if" | "replace" | "insert") || name.starts_with("get_or_insert") {
                        self.1.error(&e.method, LENT_AGAIN);
                    }
                }
                _ => (),
            }
            match expr {
                Expr::Let(e) => self.matched(&e.expr),
                Expr::Match(e) => {
                    self.matched(&e.expr);
                    e.arms.iter().for_each(|arm| self.visit_arm(arm));
                }
                Expr::Reference(e) if self.0.is_optional(&e.expr) => (),
                expr => visit::visit_expr(self, expr),
            }
        }
        fn visit_local(&mut self, local: &'ast syn::Local) {
            let Some(init) = &local.init else { return };
            match &local.pat {
                Pat::TupleStruct(_) => self.matched(&init.expr),
                _ => self.visit_expr(&init.expr),
            }
            init.diverge.iter().for_each(|(_, diverge)| self.visit_expr(diverge));
        }
    }
    if locals.ids().any(|id| locals[id].optional) {
        Changes(locals, diag).visit_block(block);
    }
}

/// A type without parentheses.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        ty => ty,
    }
}

fn by_reference(elem: &Type, mutable: bool) -> TokenStream {
    if mutable {
        quote!(::coroutine_runtime::__private::Mut<#elem>)
    } else {
        quote!(::coroutine_runtime::__private::Ref<#elem>)
    }
}

/// What is found in a type besides.
#[derive(Default)]
struct Found {
    within: bool,
    unknown: Vec<Type>,
}

fn family(ty: &mut Type, lifetime: &Lifetime, found: &mut Found) -> Result<TokenStream, Refused> {
    match ty {
        Type::Paren(paren) => family(&mut paren.elem, lifetime, found),
        Type::Group(group) => family(&mut group.elem, lifetime, found),
        Type::Reference(reference) if !is_static(reference) => {
            reference.lifetime = Some(lifetime.clone());
            let mutable = reference.mutability.is_some();
            if let Some(at) = borrow_in(&reference.elem, lifetime) {
                if mutable {
                    return Err((at, IN_ITS_TURN));
                }
                Lifetimes { of: lifetime, to: Some(lifetime) }.visit_type_mut(&mut reference.elem);
                found.within = true;
                let shape = shape(&reference.elem, lifetime, &mut found.unknown);
                return Ok(quote!(::coroutine_runtime::__private::Within<#shape>));
            }
            if let Type::TraitObject(object) = bare(&reference.elem) {
                let bounds = &object.bounds;
                *reference.elem = syn::parse_quote!((dyn #bounds + 'static));
            }
            Ok(by_reference(bare(&reference.elem), mutable))
        }
        Type::Tuple(tuple) => {
            let mut families = Vec::new();
            for elem in &mut tuple.elems {
                if borrow_in(elem, lifetime).is_none() {
                    return Err((elem.to_token_stream(), BESIDE));
                }
                families.push(family(elem, lifetime, found)?);
            }
            Ok(quote!(::coroutine_runtime::__private::Tuple<(#(#families,)*)>))
        }
        ty => match option(ty) {
            Some(inner) => {
                let family = family(inner, lifetime, found)?;
                Ok(quote!(::coroutine_runtime::__private::Opt<#family>))
            }
            None => Err((borrow_in(ty, lifetime).unwrap_or_else(|| ty.to_token_stream()), BY_VALUE)),
        },
    }
}

/// The shape of a type behind a `&`.
fn shape(ty: &Type, lifetime: &Lifetime, unknown: &mut Vec<Type>) -> TokenStream {
    let shapes = quote!(::coroutine_runtime::__private::shapes);
    if borrow_in(ty, lifetime).is_none() {
        return quote!(#shapes::Fixed<#ty>);
    }
    match ty {
        Type::Paren(paren) => shape(&paren.elem, lifetime, unknown),
        Type::Group(group) => shape(&group.elem, lifetime, unknown),
        Type::Reference(reference) if !is_static(reference) && !matches!(bare(&reference.elem), Type::TraitObject(_)) => {
            let shape = shape(&reference.elem, lifetime, unknown);
            let borrow = if reference.mutability.is_some() { quote!(Unique) } else { quote!(Shared) };
            quote!(#shapes::#borrow<#shape>)
        }
        Type::Slice(slice) => {
            let shape = shape(&slice.elem, lifetime, unknown);
            quote!(#shapes::Slice<#shape>)
        }
        Type::Array(array) => {
            let (shape, len) = (shape(&array.elem, lifetime, unknown), &array.len);
            quote!(#shapes::Array<#shape, { #len }>)
        }
        Type::Tuple(tuple) => {
            let shapes_of = tuple.elems.iter().map(|elem| shape(elem, lifetime, unknown)).collect::<Vec<_>>();
            quote!(#shapes::Together<(#(#shapes_of,)*)>)
        }
        ty => {
            let mut known = ty.clone();
            for (name, of) in [("Vec", quote!(Several)), ("Option", quote!(Perhaps))] {
                if let Some(inner) = argument(&mut known, name) {
                    let shape = shape(inner, lifetime, unknown);
                    return quote!(#shapes::#of<#shape>);
                }
            }
            if let Some((value, error)) = result(ty) {
                let (value, error) = (shape(value, lifetime, unknown), shape(error, lifetime, unknown));
                return quote!(#shapes::Either<#value, #error>);
            }
            unknown.push(ty.clone());
            let x = Lifetime::new("'__x", proc_macro2::Span::mixed_site());
            let elem = with(ty, lifetime, &x);
            quote!(dyn for<#x> ::coroutine_runtime::__private::Over<#x, Is = #elem>)
        }
    }
}

/// What is in an `Option`. (If it is another of that name, rustc says so: the family's types are not the parameter's.)
fn option(ty: &mut Type) -> Option<&mut Type> {
    argument(ty, "Option")
}

/// The first argument of a type of this name.
fn argument<'t>(ty: &'t mut Type, name: &str) -> Option<&'t mut Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last_mut().filter(|segment| segment.ident == name)?;
    let syn::PathArguments::AngleBracketed(args) = &mut segment.arguments else { return None };
    match args.args.first_mut() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}

/// The arguments of a type of this name.
fn arguments<'t>(ty: &'t Type, name: &str) -> Option<&'t syn::AngleBracketedGenericArguments> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == name)?;
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(args) => Some(args),
        _ => None,
    }
}

/// What is in an `Option`, to look at.
pub(crate) fn optional(ty: &Type) -> Option<&Type> {
    match arguments(ty, "Option")?.args.first() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}

/// What is in a `Result` of two arguments.
fn result(ty: &Type) -> Option<(&Type, &Type)> {
    let args = arguments(ty, "Result")?;
    match (args.args.len(), args.args.first()?, args.args.last()?) {
        (2, syn::GenericArgument::Type(value), syn::GenericArgument::Type(error)) => Some((value, error)),
        _ => None,
    }
}

fn is_static(reference: &syn::TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|l| l.ident == "static")
}

/// Gives all borrows in a type one lifetime, or none.
struct Lifetimes<'a> {
    of: &'a Lifetime,
    to: Option<&'a Lifetime>,
}

impl VisitMut for Lifetimes<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if !is_static(reference) {
            reference.lifetime = self.to.cloned();
        }
        self.visit_type_mut(&mut reference.elem);
    }
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" || lifetime.ident == self.of.ident {
            lifetime.ident = self.to.map_or_else(|| Ident::new("_", lifetime.span()), |to| to.ident.clone());
        }
    }
    // A function type's own lifetimes are no borrows.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}
}

/// The first borrow in a type: a reference that is not `'static`, or a lifetime argument.
pub(crate) fn borrow_in(ty: &Type, lifetime: &Lifetime) -> Option<TokenStream> {
    struct Find<'a>(&'a Lifetime, Option<TokenStream>);
    impl VisitMut for Find<'_> {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            if !is_static(reference) && self.1.is_none() {
                self.1 = Some(quote!(#reference));
            }
            visit_mut::visit_type_reference_mut(self, reference);
        }
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if (lifetime.ident == "_" || lifetime.ident == self.0.ident) && self.1.is_none() {
                self.1 = Some(quote!(#lifetime));
            }
        }
        // A function type's own lifetimes are no borrows.
        fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}
    }
    let mut find = Find(lifetime, None);
    find.visit_type_mut(&mut ty.clone());
    find.1
}
