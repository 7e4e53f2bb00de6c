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
        "select" => "Select",
        "timeout" => "Timeout",
        _ => "SelectWanted",
    };
    let Some(Expr::Tuple(tuple)) = call.args.first() else { return None };
    Some((Ident::new(way, name.span().resolved_at(Span::mixed_site())), tuple.elems.iter().collect()))
}

/// Which branches are wanted from the start, and the functions that say which values are.
pub(crate) fn wanted(operand: &Expr) -> Option<(&Expr, Vec<&Expr>)> {
    branches(operand)?;
    let Expr::Call(call) = operand else { return None };
    match (call.args.get(1), call.args.get(2)) {
        (Some(wanted), Some(Expr::Tuple(accepts))) => Some((wanted, accepts.elems.iter().collect())),
        _ => None,
    }
}

/// The limit of a branch, and the function that is given both where the branch is a step: tokio's `timeout`.
pub(crate) fn limit(operand: &Expr) -> Option<(&Expr, &Expr)> {
    branches(operand).filter(|(way, _)| way == "Timeout")?;
    let Expr::Call(call) = operand else { return None };
    Some((call.args.get(1)?, call.args.get(2)?))
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
        if let Expr::Await(e) = expr {
            if let Some(limited) = limited(&e.base) {
                *e.base = limited;
            }
        }
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
                let select = match syn::parse2::<Select>(mac.tokens.clone()) {
                    Ok(select) => select,
                    Err(error) => {
                        self.diag.push(error);
                        return None;
                    }
                };
                self.bounded(mac, &name, select.arms.len())?;
                Some(select.written_out(mac))
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

/// `tokio::time::timeout(limit, f())`: if `f` is a coroutine, it runs beside a sleep.
fn limited(operand: &Expr) -> Option<Expr> {
    let Expr::Call(call) = operand else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    let of_tokio = names.next().is_some_and(|name| name == "timeout") && names.next().is_none_or(|module| module == "time");
    let mut args = call.args.iter();
    let (Some(limit), Some(branch), None) = (args.next(), args.next(), args.next()) else { return None };
    let none = quote!(::coroutine_runtime::__private::limited());
    (of_tokio && may_be_coroutine(branch))
        .then(|| syn::parse_quote!(::coroutine_runtime::__private::together::timeout((#branch, #none), #limit, #path)))
}

/// Whether an argument may be a call of a coroutine, and no value of a type (`Duration::from_secs(1)`, `Some(1)`).
fn may_be_coroutine(arg: &Expr) -> bool {
    let Expr::Call(call) = arg else { return matches!(arg, Expr::MethodCall(_)) };
    let Expr::Path(path) = &*call.func else { return false };
    let named = |ident: &Ident| ident.to_string().starts_with(char::is_lowercase);
    let of_std = |ident: &Ident| ["Duration", "Instant", "SystemTime", "String", "Vec", "Arc", "Box"].iter().any(|name| ident == name);
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(named) && !names.next().is_some_and(of_std)
}

/// `together::name((branches)).await`
fn together<'e>(mac: &Macro, name: &str, branches: impl Iterator<Item = &'e Expr>) -> Expr {
    together_with(mac, name, branches, &TokenStream::new())
}

/// `together::name((branches), more).await`
fn together_with<'e>(mac: &Macro, name: &str, branches: impl Iterator<Item = &'e Expr>, more: &TokenStream) -> Expr {
    let span = mac.path.segments.last().map_or_else(Span::call_site, |s| s.ident.span());
    let name = Ident::new(name, span);
    let awaiting: TokenStream = quote_spanned!(span=> .await);
    syn::parse_quote!(::coroutine_runtime::__private::together::#name((#(#branches,)*), #more) #awaiting)
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

struct Select {
    arms: Vec<SelectArm>,
    /// What it gives when no branch is left.
    none: Option<Expr>,
}

struct SelectArm {
    pat: Pat,
    future: Expr,
    wanted: Option<Expr>,
    handler: Expr,
}

impl Select {
    /// A `match` on which branch was first.
    fn written_out(&self, mac: &Macro) -> Expr {
        let one_of = format_ident!("OneOf{}", self.arms.len());
        let futures = self.arms.iter().map(|arm| &arm.future);
        let branch = |n: usize| {
            let branch = format_ident!("Branch{n}");
            quote!(::coroutine_runtime::__private::#one_of::#branch)
        };
        let plain = self.none.is_none() && self.arms.iter().all(|arm| arm.wanted.is_none() && !may_not_match(&arm.pat));
        if plain {
            let awaited = together(mac, "select", futures);
            let arms = self.arms.iter().enumerate().map(|(n, SelectArm { pat, handler, .. })| {
                let branch = branch(n);
                quote!(#branch(#pat) => #handler,)
            });
            return syn::parse_quote!(match #awaited { #(#arms)* });
        }
        let accepts = self.arms.iter().map(|arm| {
            let mut pat = arm.pat.clone();
            Unbound.visit_pat_mut(&mut pat);
            match pat {
                Pat::Wild(_) => quote!(|_| true),
                pat => quote!(|__value| ::core::matches!(*__value, #pat)),
            }
        });
        let conditions = self.arms.iter().map(|arm| arm.wanted.clone().unwrap_or_else(|| syn::parse_quote!(true)));
        let some = self.arms.iter().any(|arm| arm.wanted.is_some());
        // (They are evaluated before any branch is.)
        let name = Ident::new("__wanted", mac.path.segments.last().map_or_else(Span::call_site, |s| s.ident.span()));
        let before = some.then(|| quote!(let #name = [#(#conditions),*];));
        let wanted = match some {
            true => quote!(#name),
            false => {
                let all = self.arms.iter().map(|_| quote!(true));
                quote!([#(#all),*])
            }
        };
        let awaited = together_with(mac, "select_wanted", futures, &quote!(#wanted, (#(#accepts,)*)));
        let arms = self.arms.iter().enumerate().map(|(n, SelectArm { pat, handler, .. })| {
            let branch = branch(n);
            quote!(::core::option::Option::Some(#branch(#pat)) => #handler,)
        });
        let none = match &self.none {
            Some(none) => quote!(#none),
            None => quote!(::coroutine_runtime::__private::none_wanted()),
        };
        let chosen = quote!(match #awaited { #(#arms)* _ => #none });
        match before {
            Some(before) => syn::parse_quote!({ #before #chosen }),
            None => syn::parse_quote!(#chosen),
        }
    }
}

/// Takes what a pattern binds out of it: it only says what matches.
struct Unbound;

impl VisitMut for Unbound {
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        if let Pat::Ident(name) = pat {
            let constant = name.by_ref.is_none() && name.mutability.is_none() && name.ident.to_string().starts_with(char::is_uppercase);
            match name.subpat.take() {
                Some((_, sub)) => *pat = *sub,
                None if constant => return,
                None => *pat = syn::parse_quote!(_),
            }
        }
        visit_mut::visit_pat_mut(self, pat);
    }
    fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
        if field.colon_token.is_none() {
            field.colon_token = Some(Default::default());
        }
        self.visit_pat_mut(&mut field.pat);
    }
}

impl Parse for Select {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        biased(input)?;
        let mut arms = Vec::new();
        let mut none = None;
        while !input.is_empty() {
            if input.parse::<Option<Token![else]>>()?.is_some() {
                input.parse::<Token![=>]>()?;
                none = Some(input.parse()?);
                input.parse::<Option<Token![,]>>()?;
                break;
            }
            let pat = Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Token![=]>()?;
            let future = input.parse()?;
            let mut wanted = None;
            if input.peek(Token![,]) && input.peek2(Token![if]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                wanted = Some(input.parse()?);
            }
            input.parse::<Token![=>]>()?;
            let handler = Expr::parse_with_earlier_boundary_rule(input)?;
            let block =
                matches!(handler, Expr::Block(_) | Expr::If(_) | Expr::Match(_) | Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_));
            if !input.is_empty() && (!block || input.peek(Token![,])) {
                input.parse::<Token![,]>()?;
            }
            arms.push(SelectArm { pat, future, wanted, handler });
        }
        Ok(Select { arms, none })
    }
}

/// Whether a pattern may not match, as far as its form tells.
fn may_not_match(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => false,
        Pat::Ident(it) => it.subpat.is_some() || it.ident.to_string().starts_with(char::is_uppercase),
        Pat::Tuple(it) => it.elems.iter().any(may_not_match),
        Pat::Paren(it) => may_not_match(&it.pat),
        Pat::Type(it) => may_not_match(&it.pat),
        Pat::Reference(it) => may_not_match(&it.pat),
        _ => true,
    }
}
