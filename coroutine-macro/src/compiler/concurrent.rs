//! `join!`, `try_join!`, `race!`, `select!`, `timeout!` and `retry!` written out: a body → a body with awaits instead.
//!
//! What runs branches beside each other becomes an await of `together` over a tuple of them, a path that only this file writes and
//! recognizes; `select!` becomes a `match` on which branch was first. The macros are told by their last name, as those of std are. What
//! stands in closures and async blocks is left alone: there they are what they were.

use super::diag::Diag;
use super::macros;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Macro, Pat, Stmt, Token};

/// How many branches there may be.
const BRANCHES_MAX: usize = 6;

/// Whether a macro is one of these, by its name.
pub(crate) fn is_written_out(mac: &Macro) -> bool {
    ["join", "try_join", "race", "select", "timeout", "retry"].contains(&macros::name(mac).as_str())
}

/// Writes the macros out.
pub(crate) fn expand(block: &mut Block, diag: &mut Diag) {
    Expand { diag }.visit_block_mut(block);
}

/// The way and the branches of an operand that runs several beside each other.
pub(crate) fn branches(operand: &Expr) -> Option<(Ident, Vec<&Expr>)> {
    let Expr::Call(call) = operand else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let segments: Vec<&Ident> = path.path.segments.iter().map(|s| &s.ident).collect();
    let [root, private, together, name] = segments[..] else { return None };
    if path.path.leading_colon.is_none() || root != "coroutine_runtime" || private != "__private" || together != "together" {
        return None;
    }
    let way = match name.to_string().as_str() {
        "join" => "All",
        "try_join" => "Try",
        "race" => "Race",
        _ => "Select",
    };
    let Some(Expr::Tuple(tuple)) = call.args.first() else { return None };
    Some((Ident::new(way, name.span().resolved_at(Span::mixed_site())), tuple.elems.iter().collect()))
}

/// As [`branches`], to change them.
pub(crate) fn branches_mut(operand: &mut Expr) -> Option<Vec<&mut Expr>> {
    branches(operand)?;
    let Expr::Call(call) = operand else { return None };
    match call.args.first_mut() {
        Some(Expr::Tuple(tuple)) => Some(tuple.elems.iter_mut().collect()),
        _ => None,
    }
}

struct Expand<'d> {
    diag: &'d mut Diag,
}

impl VisitMut for Expand<'_> {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Macro(mac) = stmt {
            if let Some(expr) = self.written_out(&mac.mac) {
                *stmt = Stmt::Expr(expr, mac.semi_token);
            }
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(mac) = expr {
            if let Some(new) = self.written_out(&mac.mac) {
                *expr = new;
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        macros::each_expr_mut(mac, &mut |expr| self.visit_expr_mut(expr));
    }

    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

impl Expand<'_> {
    fn written_out(&mut self, mac: &Macro) -> Option<Expr> {
        let name = macros::name(mac);
        let of_futures = mac.path.segments.first().is_some_and(|s| s.ident == "futures" || s.ident == "futures_util");
        match name.as_str() {
            "join" | "try_join" | "race" => {
                let Branches(branches) = syn::parse2(mac.tokens.clone()).ok()?;
                self.bounded(mac, &name, branches.len())?;
                Some(together(mac, &name, branches.iter()))
            }
            "timeout" => {
                let Branches(parts) = syn::parse2(mac.tokens.clone()).ok()?;
                let (Some(limit), Some(branch), 2) = (parts.first(), parts.last(), parts.len()) else { return None };
                let sleep: Expr = syn::parse_quote!(::coroutine_runtime::sleep(#limit));
                let awaited = together(mac, "select", [branch, &sleep].into_iter());
                Some(syn::parse_quote! {
                    match #awaited {
                        ::coroutine_runtime::__private::OneOf2::Branch0(__value) => ::core::result::Result::Ok(__value),
                        ::coroutine_runtime::__private::OneOf2::Branch1(()) => ::core::result::Result::Err(::coroutine_runtime::Elapsed),
                    }
                })
            }
            "retry" => {
                let Branches(parts) = syn::parse2(mac.tokens.clone()).ok()?;
                let (Some(waits), Some(step), 2) = (parts.first(), parts.last(), parts.len()) else { return None };
                let span = mac.path.segments.last().map_or_else(Span::call_site, |s| s.ident.span());
                let awaiting: TokenStream = quote_spanned!(span=> .await);
                // (Named where the macro is: what cannot be stored is an error there.)
                let name = Ident::new("__waits", span);
                Some(syn::parse_quote!({
                    let mut #name = #waits;
                    loop {
                        match #step #awaiting {
                            ::core::result::Result::Ok(__value) => break ::core::result::Result::Ok(__value),
                            ::core::result::Result::Err(__error) => match ::core::iter::Iterator::next(&mut #name) {
                                ::core::option::Option::Some(__wait) => {
                                    ::core::mem::drop(__error);
                                    ::coroutine_runtime::sleep(__wait) #awaiting
                                }
                                ::core::option::Option::None => break ::core::result::Result::Err(__error),
                            },
                        }
                    }
                }))
            }
            "select" if !of_futures => {
                let Select(arms) = match syn::parse2(mac.tokens.clone()) {
                    Ok(select) => select,
                    Err(error) => {
                        self.diag.push(error);
                        return None;
                    }
                };
                self.bounded(mac, &name, arms.len())?;
                let awaited = together(mac, &name, arms.iter().map(|arm| &arm.future));
                let one_of = format_ident!("OneOf{}", arms.len());
                let arms = arms.iter().enumerate().map(|(n, SelectArm { pat, handler, .. })| {
                    let branch = format_ident!("Branch{n}");
                    quote!(::coroutine_runtime::__private::#one_of::#branch(#pat) => #handler,)
                });
                Some(syn::parse_quote!(match #awaited { #(#arms)* }))
            }
            _ => None,
        }
    }

    fn bounded(&mut self, mac: &Macro, name: &str, count: usize) -> Option<()> {
        if (2..=BRANCHES_MAX).contains(&count) {
            return Some(());
        }
        let text = format!("`{name}!` takes 2 to {BRANCHES_MAX} branches here\nhelp: await a single one as it is, and put some of many into a `{name}!` of their own");
        self.diag.error(&mac.path, &text);
        None
    }
}

/// `together::name((branches)).await`
fn together<'e>(mac: &Macro, name: &str, branches: impl Iterator<Item = &'e Expr>) -> Expr {
    let span = mac.path.segments.last().map_or_else(Span::call_site, |s| s.ident.span());
    let name = Ident::new(name, span);
    let awaiting: TokenStream = quote_spanned!(span=> .await);
    syn::parse_quote!(::coroutine_runtime::__private::together::#name((#(#branches,)*)) #awaiting)
}

/// `biased;`, which is what we do anyway.
fn biased(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        input.parse::<syn::Ident>()?;
        input.parse::<Token![;]>()?;
    }
    Ok(())
}

struct Branches(Punctuated<Expr, Token![,]>);

impl Parse for Branches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        biased(input)?;
        Punctuated::parse_terminated(input).map(Branches)
    }
}

struct Select(Vec<SelectArm>);

struct SelectArm {
    pat: Pat,
    future: Expr,
    handler: Expr,
}

impl Parse for Select {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        biased(input)?;
        let mut arms = Vec::new();
        while !input.is_empty() {
            if let Ok(token) = input.parse::<Token![else]>() {
                return Err(syn::Error::new(
                    token.span,
                    "an `else` branch of `select!` is not supported: all branches wait until one is ready\nhelp: leave it out, and bind what a branch gives as it is",
                ));
            }
            let pat = Pat::parse_multi_with_leading_vert(input)?;
            if let Some(refutable) = refutable(&pat) {
                return Err(syn::Error::new_spanned(
                    refutable,
                    "a pattern of `select!` that may not match is not supported\nhelp: bind what the branch gives, and `match` it in the handler",
                ));
            }
            input.parse::<Token![=]>()?;
            let future = input.parse()?;
            if input.peek(Token![,]) && input.peek2(Token![if]) {
                return Err(syn::Error::new(
                    input.span(),
                    "an `if` of a branch of `select!` is not supported\nhelp: wait for `std::future::pending()` where the branch is not wanted",
                ));
            }
            input.parse::<Token![=>]>()?;
            let handler = Expr::parse_with_earlier_boundary_rule(input)?;
            let block =
                matches!(handler, Expr::Block(_) | Expr::If(_) | Expr::Match(_) | Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_));
            if !input.is_empty() && (!block || input.peek(Token![,])) {
                input.parse::<Token![,]>()?;
            }
            arms.push(SelectArm { pat, future, handler });
        }
        Ok(Select(arms))
    }
}

/// What of a pattern may not match, as far as its form tells.
fn refutable(pat: &Pat) -> Option<&Pat> {
    match pat {
        Pat::Lit(_) | Pat::Range(_) => Some(pat),
        Pat::TupleStruct(it) => {
            let name = it.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
            if ["Some", "Ok", "Err"].contains(&name.as_str()) {
                Some(pat)
            } else {
                it.elems.iter().find_map(refutable)
            }
        }
        Pat::Ident(it) if it.ident == "None" => Some(pat),
        Pat::Tuple(it) => it.elems.iter().find_map(refutable),
        Pat::Paren(it) => refutable(&it.pat),
        Pat::Type(it) => refutable(&it.pat),
        _ => None,
    }
}
