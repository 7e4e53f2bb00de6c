//! A durable function in a file. In: the file's text and the function's name; out: the function and its attribute's options.
use crate::compiler;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Meta};

/// A function and what its attribute says.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) options: TokenStream,
    pub(crate) item: TokenStream,
    /// Whether it is in an `impl`.
    method: bool,
}

/// Finds a function by its name, a method by its type's and its own.
pub(crate) fn find(source: &str, name: &str) -> Result<Found, String> {
    let file = syn::parse_file(source).map_err(|error| {
        let at = error.span().start();
        format!("{}:{}: {error}", at.line, at.column + 1)
    })?;
    let mut finder = Finder { name, of: None, found: None, others: Vec::new() };
    finder.visit_file(&file);
    finder.found.ok_or_else(|| match &finder.others[..] {
        [] => "there is no `#[durable]` function".into(),
        others => format!("there is no `#[durable]` function `{name}`; there are: {}", others.join(", ")),
    })
}

/// The emitted code.
pub(crate) fn code(found: Found) -> String {
    let emitted = compiler::compile(found.options, found.item);
    let file = if found.method { syn::parse2(quote::quote!(impl Type { #emitted })) } else { syn::parse2(emitted.clone()) };
    match file {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => format!("{emitted}\n"),
    }
}

struct Finder<'a> {
    name: &'a str,
    /// The type whose `impl` this is.
    of: Option<String>,
    found: Option<Found>,
    others: Vec<String>,
}

impl Finder<'_> {
    fn function(&mut self, attrs: &[Attribute], ident: &syn::Ident, item: impl ToTokens) {
        let is_durable = |attr: &&Attribute| attr.path().segments.last().is_some_and(|s| s.ident == "durable");
        let Some(attr) = attrs.iter().find(is_durable) else { return };
        let options = match &attr.meta {
            Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        let name = self.of.as_ref().map_or_else(|| ident.to_string(), |of| format!("{of}::{ident}"));
        if name == self.name {
            self.found = Some(Found { options, item: item.into_token_stream(), method: self.of.is_some() });
        }
        self.others.push(name);
    }
}

/// The attributes but the compiler's own.
fn without(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().segments.last().is_none_or(|s| s.ident != "durable")).cloned().collect()
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let bare = syn::ItemFn { attrs: without(&item.attrs), ..item.clone() };
        self.function(&item.attrs, &item.sig.ident, bare);
        visit::visit_item_fn(self, item);
    }
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
            _ => None,
        };
        let outer = std::mem::replace(&mut self.of, of);
        visit::visit_item_impl(self, item);
        self.of = outer;
    }
    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let bare = syn::ImplItemFn { attrs: without(&item.attrs), ..item.clone() };
        self.function(&item.attrs, &item.sig.ident, bare);
    }
}
