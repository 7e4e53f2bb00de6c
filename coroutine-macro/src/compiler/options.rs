//! The attribute's options.

use super::diag::Diag;
use proc_macro2::TokenStream;
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
}

enum Given {
    Yield(Type),
    Resume(Type),
    Name(LitStr),
    Twin(Ident),
}

struct Item {
    key: Ident,
    given: Given,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        use syn::ext::IdentExt;
        let key = Ident::parse_any(input)?;
        let known = matches!(key.to_string().as_str(), "yield" | "resume" | "name" | "twin");
        if !known {
            return Err(syn::Error::new(
                key.span(),
                format!("unknown option `{key}`\nhelp: the options are `yield = T`, `resume = T`, `name = \"..\"` and `twin = ident`"),
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
