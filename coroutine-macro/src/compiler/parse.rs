//! Tokens → [`Function`]: the signature taken apart, with what comes by value and what is lent told from each other.

use super::adaptors;
use super::bounds;
use super::diag::Diag;
use super::instrument;
use super::loans::{self, borrow_in, Loan};
use super::options::{self, Options};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, ToTokens};
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{FnArg, Ident, ItemFn, Lifetime, Pat, ReturnType, Stmt, Type};

/// A parameter, by how it comes.
pub(crate) enum Param {
    /// By value: state.
    Value {
        pat: Pat,
        adaptor: Option<Box<Type>>,
        /// It may borrow, and an owned value of it is kept: `Cow<'_, str>`.
        owned: bool,
    },
    /// By reference: the world, lent at every resume.
    Lent {
        ident: Ident,
        /// Where the function may change the variable itself: `mut it: Option<&mut T>`.
        variable: Option<syn::token::Mut>,
        loan: Box<Loan>,
    },
}

/// What the function gives back.
pub(crate) enum Returns {
    /// A type that can be named (`()` where nothing is written).
    Type(Box<Type>),
    /// A type with borrows of what is lent: with their lifetime, without any, and its shape.
    Lent { ty: Box<Type>, plain: Box<Type>, shape: TokenStream },
    /// `impl Trait`: its bounds.
    Impl(TokenStream),
    /// `!`.
    Never,
}

/// A parsed function.
pub(crate) struct Function {
    /// As it was written.
    pub(crate) original: ItemFn,
    /// With one lifetime for all that is lent, and parameters that the machine can take.
    pub(crate) item: ItemFn,
    pub(crate) options: Options,
    pub(crate) params: Vec<Param>,
    pub(crate) returns: Returns,
    /// The one lifetime of what is lent.
    pub(crate) lifetime: Lifetime,
    /// It is a trait's, without a body.
    pub(crate) declared: bool,
    /// Makes the span that its call is in, where `#[tracing::instrument]` has asked for one.
    pub(crate) span: Option<Stmt>,
}

impl Function {
    /// The function's name, unless it is seen to be a method: there the bare name is another function's.
    pub(crate) fn free_name(&self) -> Option<&Ident> {
        let sig = &self.original.sig;
        let method = sig.receiver().is_some() || quote!(#sig).to_string().contains("Self");
        (!method).then_some(&sig.ident)
    }
}

/// The name that `self` has in a machine's code.
pub(crate) const THIS: &str = "__this";

/// Parses the attribute's options and its function. `None`: there is no function to work on.
pub(crate) fn parse(options: TokenStream, item: TokenStream, diag: &mut Diag) -> Option<Function> {
    let options = options::parse(options, diag);
    let (mut original, declared) = match (syn::parse2::<ItemFn>(item.clone()), syn::parse2::<syn::TraitItemFn>(item.clone())) {
        (Ok(item), _) => (item, false),
        (Err(_), Ok(syn::TraitItemFn { attrs, sig, default: None, .. })) => (syn::parse_quote!(#(#attrs)* #sig {}), true),
        (Err(error), _) => {
            not_a_function(&item, error, diag);
            return None;
        }
    };
    if let Some(looking) = original.attrs.iter().find_map(instrument::looks_at_value) {
        diag.error(looking, TAKEN_BY_INSTRUMENT);
    }
    let span = instrument::take_out(&mut original).unwrap_or_else(|()| {
        diag.error(original.sig.fn_token, TAKEN_BY_INSTRUMENT);
        None
    });
    check_signature(&original, diag);
    bounds::check(&original, diag);
    bounds::name_lent(&mut original.sig);
    if let Some(twin) = options.twin.as_ref().filter(|_| declared) {
        diag.error(twin, "what has no body has no twin\nhelp: name it where the body is");
    }
    let mut adaptors = adaptors::of_params(&mut original, diag);
    if declared {
        adaptors.iter_mut().for_each(|adaptor| adaptors::refuse(adaptor.take(), DECLARED, diag));
    }
    let mut item = original.clone();
    let lifetime = one_lifetime(&mut item);
    let params = params(&mut item, adaptors, &lifetime, diag);
    let returns = match &item.sig.output {
        ReturnType::Default => Returns::Type(Box::new(syn::parse_quote!(()))),
        ReturnType::Type(_, ty) => match &**ty {
            Type::Never(_) => Returns::Never,
            Type::ImplTrait(imp) => Returns::Impl(imp.bounds.to_token_stream()),
            ty => match borrow_in(ty, &lifetime) {
                None => Returns::Type(Box::new(ty.clone())),
                Some(_) => {
                    if unclear(&original, &params) {
                        // As rustc says of any function.
                        return None;
                    }
                    let (ty, plain, shape) = loans::returned(ty, &lifetime);
                    Returns::Lent { ty: Box::new(ty), plain: Box::new(plain), shape }
                }
            },
        },
    };
    Some(Function { original, item, options, params, returns, lifetime, declared, span })
}

/// Whether a borrow that is returned may be of any of several parameters.
fn unclear(item: &ItemFn, params: &[Param]) -> bool {
    let lent = params.iter().filter(|param| matches!(param, Param::Lent { .. })).count();
    let of_self = matches!(params.first(), Some(Param::Lent { ident, .. }) if ident == THIS);
    let named = item.sig.generics.lifetimes().next().is_some();
    !named && (lent == 0 || lent > 1 && !of_self)
}

fn not_a_function(item: &TokenStream, error: syn::Error, diag: &mut Diag) {
    if syn::parse2::<syn::Item>(item.clone()).is_ok() {
        diag.error(item.clone().into_iter().next(), "`#[durable]` goes on an `async fn`");
    } else {
        diag.push(error);
    }
}

fn check_signature(item: &ItemFn, diag: &mut Diag) {
    let sig = &item.sig;
    if sig.generics.lifetimes().any(|l| l.lifetime.ident == "async_trait") {
        diag.error(sig.fn_token, TAKEN_BY_ASYNC_TRAIT);
    } else if sig.asyncness.is_none() {
        diag.error(sig.fn_token, "`#[durable]` needs an `async fn`\nhelp: write `async fn`");
    }
    if let Some(token) = &sig.constness {
        diag.error(token, "a coroutine cannot be `const`\nhelp: remove `const`");
    }
    if !matches!(sig.safety, syn::Safety::Default) {
        diag.error(&sig.safety, "a coroutine cannot be an `unsafe fn`\nhelp: take what makes it unsafe as a checked argument");
    }
    if let Some(token) = &sig.abi {
        diag.error(token, "a coroutine has no ABI of its own\nhelp: remove `extern`");
    }
    if let Some(token) = &sig.variadic {
        diag.error(token, "a coroutine cannot be variadic");
    }
}

const LENT: &str = "what comes by reference is lent and not stored, so nothing adapts it\nhelp: leave `#[with(..)]` out";
const DECLARED: &str = "what has no body stores nothing\nhelp: write `#[with(..)]` where the body is";

const TAKEN_BY_ASYNC_TRAIT: &str = "`#[async_trait]` has made this a function that gives a boxed future\nhelp: let the method await a `#[durable]` function; or leave `#[async_trait]` out, and put `#[durable]` on the trait's functions, too";

const TAKEN_BY_INSTRUMENT: &str = "`err` and `ret` of `#[tracing::instrument]` look at what a function gives, which a coroutine gives to who awaits it\nhelp: leave them out, and log what it gives where it is awaited, or in its body";

/// Replaces every lifetime of the function by one, so that what is lent is lent for one time.
fn one_lifetime(item: &mut ItemFn) -> Lifetime {
    let declared: Vec<Lifetime> = item.sig.generics.lifetimes().map(|l| l.lifetime.clone()).collect();
    let lifetime = declared.first().cloned().unwrap_or_else(|| Lifetime::new("'__lent", Span::mixed_site()));
    struct Merge<'a>(&'a [Lifetime], &'a Lifetime);
    impl VisitMut for Merge<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if self.0.contains(lifetime) {
                lifetime.ident = self.1.ident.clone();
            }
        }
    }
    item.sig.generics.params =
        std::mem::take(&mut item.sig.generics.params).into_iter().filter(|p| !matches!(p, syn::GenericParam::Lifetime(_))).collect();
    if let Some(clause) = &mut item.sig.generics.where_clause {
        clause.predicates =
            std::mem::take(&mut clause.predicates).into_iter().filter(|p| !matches!(p, syn::WherePredicate::Lifetime(_))).collect();
    }
    Merge(&declared, &lifetime).visit_item_fn_mut(item);
    lifetime
}

fn params(item: &mut ItemFn, adaptors: Vec<Option<Box<Type>>>, lifetime: &Lifetime, diag: &mut Diag) -> Vec<Param> {
    let mut params = Vec::new();
    let mut lets: Vec<Stmt> = Vec::new();
    for (n, (input, adaptor)) in item.sig.inputs.iter_mut().zip(adaptors).enumerate() {
        match input {
            FnArg::Receiver(receiver) => {
                let ident = Ident::new(THIS, receiver.self_token.span);
                let by_ref = match &mut receiver.kind {
                    syn::ReceiverKind::Reference(_, given, mutability) => {
                        *given = Some(lifetime.clone());
                        Some((syn::parse_quote!(Self), mutability.is_some()))
                    }
                    syn::ReceiverKind::Typed(_, ty) => match &mut **ty {
                        Type::Reference(reference) => {
                            reference.lifetime = Some(lifetime.clone());
                            Some(((*reference.elem).clone(), reference.mutability.is_some()))
                        }
                        _ => None,
                    },
                    _ => None,
                };
                params.push(match by_ref {
                    Some((ty, mutable)) => {
                        adaptors::refuse(adaptor, LENT, diag);
                        Param::Lent { ident, variable: None, loan: Box::new(loans::of_self(ty, mutable)) }
                    }
                    None => {
                        let mutable = receiver.mutability;
                        Param::Value { pat: syn::parse_quote!(#mutable #ident), adaptor, owned: false }
                    }
                });
            }
            FnArg::Typed(typed) if loans::is_borrowing_cow(&typed.ty, lifetime) => {
                loans::elide(&mut typed.ty, lifetime);
                if !matches!(&*typed.pat, Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none()) {
                    taken_apart(&mut typed.pat, n, &mut lets);
                }
                params.push(Param::Value { pat: (*typed.pat).clone(), adaptor, owned: true });
            }
            FnArg::Typed(typed) => match loans::loan(&mut typed.ty, lifetime) {
                Ok(Some(loan)) => {
                    adaptors::refuse(adaptor, LENT, diag);
                    let (ident, variable) = match &*typed.pat {
                        Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none() => {
                            (pat.ident.clone(), pat.mutability.filter(|_| loan.inside))
                        }
                        // It is lent as a whole, and taken apart in the body.
                        _ => (taken_apart(&mut typed.pat, n, &mut lets), None),
                    };
                    params.push(Param::Lent { ident, variable, loan: Box::new(loan) });
                }
                Err((at, why)) => diag.error(at, why),
                Ok(None) => {
                    if let Pat::Wild(wild) = &*typed.pat {
                        let ident = format_ident!("_argument{n}", span = wild.underscore_token.span);
                        *typed.pat = syn::parse_quote!(#ident);
                    } else if binds_by_ref(&typed.pat) {
                        taken_apart(&mut typed.pat, n, &mut lets);
                    }
                    params.push(Param::Value { pat: (*typed.pat).clone(), adaptor, owned: false });
                }
            },
        }
    }
    item.block.stmts.splice(0..0, lets);
    params
}

/// Gives a parameter a name, under which the body takes it apart.
fn taken_apart(pat: &mut Pat, n: usize, lets: &mut Vec<Stmt>) -> Ident {
    let ident = format_ident!("__argument{n}", span = Span::mixed_site());
    let pat = std::mem::replace(pat, syn::parse_quote!(#ident));
    lets.push(syn::parse_quote!(let #pat = #ident;));
    ident
}

fn binds_by_ref(pat: &Pat) -> bool {
    struct ByRef(bool);
    impl<'ast> Visit<'ast> for ByRef {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.0 |= pat.by_ref.is_some();
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    let mut by_ref = ByRef(false);
    by_ref.visit_pat(pat);
    by_ref.0
}
