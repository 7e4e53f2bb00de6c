//! The attribute's options.

use super::diag::Diag;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token, Type};

/// What stands in `#[durable(..)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) yields: Option<Type>,
    pub(crate) resume: Option<Type>,
    pub(crate) name: Option<LitStr>,
    pub(crate) twin: Option<Ident>,
    pub(crate) root: Option<Root>,
}

impl Options {
    /// Those that say what passes in and out while it runs.
    pub(crate) fn port(&self) -> TokenStream {
        let yields = self.yields.iter().map(|ty| quote!(yield = #ty));
        let resume = self.resume.iter().map(|ty| quote!(resume = #ty));
        let both = yields.chain(resume);
        quote!(#(#both),*)
    }
}

/// `root = name` or `root = name(parameter, ..)`.
pub(crate) struct Root {
    pub(crate) name: Ident,
    /// The parameters whose data it keeps; all, if none are named.
    pub(crate) kept: Option<Vec<Ident>>,
}

impl Parse for Root {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        if !input.peek(syn::token::Paren) {
            return Ok(Self { name, kept: None });
        }
        let list;
        syn::parenthesized!(list in input);
        let kept = list.parse_terminated(Ident::parse_any, Token![,])?;
        Ok(Self { name, kept: Some(kept.into_iter().collect()) })
    }
}

enum Given {
    Yield(Type),
    Resume(Type),
    Name(LitStr),
    Twin(Ident),
    Root(Root),
}

struct Item {
    key: Ident,
    given: Given,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = Ident::parse_any(input)?;
        let known = matches!(key.to_string().as_str(), "yield" | "resume" | "name" | "twin" | "root");
        if !known {
            return Err(syn::Error::new(
                key.span(),
                format!("unknown option `{key}`\nhelp: the options are `yield = T`, `resume = T`, `name = \"..\"`, `root = ident` and `twin = ident`"),
            ));
        }
        if !input.peek(Token![=]) {
            return Err(syn::Error::new(key.span(), format!("`{key}` needs a value\nhelp: write `{key} = ..`")));
        }
        input.parse::<Token![=]>()?;
        let given = match key.to_string().as_str() {
            "yield" => Given::Yield(input.parse()?),
            "resume" => Given::Resume(input.parse()?),
            "name" => Given::Name(input.parse()?),
            "root" => Given::Root(input.parse()?),
            _ => Given::Twin(input.parse()?),
        };
        Ok(Self { key, given })
    }
}

/// Parses the options, reporting what is unknown, doubled or incomplete.
pub(crate) fn parse(tokens: TokenStream, diag: &mut Diag) -> Options {
    struct All(Punctuated<Item, Token![,]>);
    impl Parse for All {
        fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
            Punctuated::parse_terminated(input).map(All)
        }
    }
    let mut options = Options::default();
    let All(items) = match syn::parse2(tokens) {
        Ok(items) => items,
        Err(error) => {
            diag.push(error);
            return options;
        }
    };
    let mut resume_key = None;
    for Item { key, given } in items {
        let doubled = match given {
            Given::Yield(ty) => options.yields.replace(ty).is_some(),
            Given::Resume(ty) => {
                resume_key = Some(key.clone());
                options.resume.replace(ty).is_some()
            }
            Given::Name(name) => options.name.replace(name).is_some(),
            Given::Twin(name) => options.twin.replace(name).is_some(),
            Given::Root(root) => options.root.replace(root).is_some(),
        };
        if doubled {
            diag.error(&key, &format!("`{key}` is given twice\nhelp: keep one of them"));
        }
    }
    if let (Some(key), None) = (resume_key, &options.yields) {
        diag.error(key, "`resume` without `yield`\nhelp: say what the function yields: `yield = T, resume = U`");
    }
    options
}
