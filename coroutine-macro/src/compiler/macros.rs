//! The macros of std that take expressions, parsed, so that the passes see what is inside; and what is known of the others.
//!
//! Names that a format string captures (`"{total}"`) are written out as arguments, so that later passes see every use.

use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, Ident, Lit, LitStr, Macro, Pat, Token};

/// One argument of a macro.
pub(crate) struct Arg {
    pub(crate) name: Option<Ident>,
    pub(crate) expr: Expr,
    /// Whether the macro only borrows it.
    pub(crate) by_ref: bool,
}

/// A macro whose tokens are known to be expressions.
pub(crate) enum Known {
    /// `format!`, `assert_eq!`, `vec![a, b]` and the like.
    Args(Vec<Arg>),
    /// `vec![elem; len]`.
    Repeat(Expr, Expr),
    /// `matches!(expr, pat if guard)`.
    Matches(Expr, Pat),
}

/// Where a macro's format string stands, and which arguments before it are borrowed.
struct Kind {
    format_at: Option<usize>,
    refs_before: bool,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "format" | "print" | "println" | "eprint" | "eprintln" | "panic" | "unreachable" | "todo" | "unimplemented" | "format_args" => {
            Kind { format_at: Some(0), refs_before: false }
        }
        "write" | "writeln" => Kind { format_at: Some(1), refs_before: true },
        "assert" | "debug_assert" => Kind { format_at: Some(1), refs_before: false },
        "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => Kind { format_at: Some(2), refs_before: true },
        "vec" | "dbg" => Kind { format_at: None, refs_before: false },
        _ => return None,
    })
}

/// The last segment of a macro's path.
pub(crate) fn name(mac: &Macro) -> String {
    mac.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default()
}

/// Parses a macro of std. `None`: another macro, or tokens that are not what it takes.
pub(crate) fn parse(mac: &Macro) -> Option<Known> {
    let name = name(mac);
    if name == "matches" {
        return (|input: ParseStream<'_>| {
            let expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let pat = Pat::parse_multi_with_leading_vert(input)?;
            let pat = if input.peek(Token![if]) {
                let if_token = input.parse()?;
                let guard = input.parse()?;
                Pat::Guard(syn::PatGuard { attrs: Vec::new(), pat: Box::new(pat), if_token, guard: Box::new(guard) })
            } else {
                pat
            };
            input.parse::<Option<Token![,]>>()?;
            Ok(Known::Matches(expr, pat))
        })
        .parse2(mac.tokens.clone())
        .ok();
    }
    let kind = kind(&name)?;
    if name == "vec" {
        let repeat = |input: ParseStream<'_>| {
            let elem = input.parse()?;
            input.parse::<Token![;]>()?;
            Ok(Known::Repeat(elem, input.parse()?))
        };
        if let Ok(repeat) = repeat.parse2(mac.tokens.clone()) {
            return Some(repeat);
        }
    }
    struct Args(Vec<Arg>);
    impl Parse for Args {
        fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
            let mut args = Vec::new();
            while !input.is_empty() {
                let name = if input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
                    let name = input.call(Ident::parse_any)?;
                    input.parse::<Token![=]>()?;
                    Some(name)
                } else {
                    None
                };
                args.push(Arg { name, expr: input.parse()?, by_ref: false });
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(Args(args))
        }
    }
    let Args(mut args) = syn::parse2(mac.tokens.clone()).ok()?;
    for (n, arg) in args.iter_mut().enumerate() {
        arg.by_ref = match kind.format_at {
            Some(at) => n >= at || kind.refs_before,
            None => false,
        };
    }
    if let Some(at) = kind.format_at {
        write_out_captures(&mut args, at);
    }
    Some(Known::Args(args))
}

/// Adds `name = name` for each name that the format string captures.
fn write_out_captures(args: &mut Vec<Arg>, at: usize) {
    let Some(Arg { expr: Expr::Lit(syn::ExprLit { lit: Lit::Str(format), .. }), .. }) = args.get(at) else { return };
    for ident in captures(format) {
        if !args.iter().any(|a| a.name.as_ref() == Some(&ident)) {
            let expr = syn::parse_quote!(#ident);
            args.push(Arg { name: Some(ident), expr, by_ref: true });
        }
    }
}

/// The names in a format string.
fn captures(format: &LitStr) -> Vec<Ident> {
    let text = format.value();
    let mut names = Vec::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let Some(close) = rest.find('}') else { break };
        let (argument, spec) = rest[..close].split_once(':').unwrap_or((&rest[..close], ""));
        names.push(argument.trim().to_string());
        // `{:>width$.precision$}`
        names.extend(spec.split('$').filter_map(|part| {
            let name: String = part.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let name: String = name.chars().rev().collect();
            (spec.contains(&format!("{name}$"))).then_some(name)
        }));
        rest = &rest[close + 1..];
    }
    let mut idents: Vec<Ident> = Vec::new();
    for name in names {
        if !name.starts_with(|c: char| c.is_ascii_digit()) {
            if let Some(mut ident) = identifier(&name) {
                ident.set_span(format.span());
                if !idents.contains(&ident) {
                    idents.push(ident);
                }
            }
        }
    }
    idents
}

/// A name as an identifier: raw if it is a keyword, but for `self`.
fn identifier(name: &str) -> Option<Ident> {
    let span = proc_macro2::Span::call_site();
    syn::parse_str::<Ident>(name).ok().or_else(|| match name {
        "self" => Some(Ident::new("self", span)),
        name if Ident::parse_any.parse_str(name).is_ok() => Some(Ident::new_raw(name, span)),
        _ => None,
    })
}

impl Known {
    /// The macro's tokens again.
    pub(crate) fn into_tokens(self) -> TokenStream {
        match self {
            Known::Args(args) => {
                let args = args.into_iter().map(|Arg { name, expr, .. }| match name {
                    Some(name) => quote!(#name = #expr),
                    None => expr.into_token_stream(),
                });
                quote!(#(#args),*)
            }
            Known::Repeat(elem, len) => quote!(#elem; #len),
            Known::Matches(expr, pat) => quote!(#expr, #pat),
        }
    }
}

/// Calls `f` on the expressions of a macro of std, and writes them back.
pub(crate) fn each_expr_mut(mac: &mut Macro, f: &mut dyn FnMut(&mut Expr)) {
    let Some(mut known) = parse(mac) else { return };
    match &mut known {
        Known::Args(args) => args.iter_mut().for_each(|arg| f(&mut arg.expr)),
        Known::Repeat(elem, len) => {
            f(elem);
            f(len);
        }
        Known::Matches(expr, _) => f(expr),
    }
    mac.tokens = known.into_tokens();
}

/// Calls `f` on the expressions of a macro of std.
pub(crate) fn each_expr(mac: &Macro, f: &mut dyn FnMut(&Expr)) {
    each_expr_mut(&mut mac.clone(), &mut |expr| f(expr));
}

/// Whether a macro that nobody parsed may contain an await of this function.
pub(crate) fn mentions_await(tokens: &TokenStream) -> bool {
    mentions(tokens, "await")
}

/// Whether a name stands among tokens.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

/// The first `break` or `continue` among the tokens of a macro that nobody parsed.
pub(crate) fn jumps(tokens: &TokenStream) -> Option<TokenTree> {
    tokens.clone().into_iter().find_map(|tree| match &tree {
        TokenTree::Ident(ident) if ["break", "continue"].iter().any(|k| ident == k) => Some(tree),
        TokenTree::Group(group) => jumps(&group.stream()),
        _ => None,
    })
}

/// Calls `f` on every identifier in a macro's `tokens` that can be a variable: not after `.`, and not before `:` (a field's name) or
/// `!`. A string that is an argument by itself may be a format string: what it captures is mentioned, and follows when it is renamed.
pub(crate) fn map_idents(tokens: TokenStream, f: &mut dyn FnMut(&Ident) -> Option<TokenStream>) -> TokenStream {
    map_trees(tokens, true, f)
}

fn map_trees(tokens: TokenStream, arguments: bool, f: &mut dyn FnMut(&Ident) -> Option<TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    for (n, tree) in trees.iter().enumerate() {
        let is = |at: Option<usize>, c: char| matches!(at.and_then(|at| trees.get(at)), Some(TokenTree::Punct(p)) if p.as_char() == c);
        match tree {
            TokenTree::Group(group) => {
                let of_macro = is(n.checked_sub(1), '!');
                let mut new = proc_macro2::Group::new(group.delimiter(), map_trees(group.stream(), of_macro, f));
                new.set_span(group.span());
                out.extend([TokenTree::Group(new)]);
            }
            TokenTree::Ident(ident) => {
                let range = is(n.checked_sub(1), '.') && is(n.checked_sub(2), '.');
                let named = (is(n.checked_sub(1), '.') && !range)
                    || (is(Some(n + 1), ':') && !is(Some(n + 2), ':'))
                    || is(n.checked_sub(1), '$')
                    || (is(n.checked_sub(1), ':') && is(n.checked_sub(2), ':'))
                    || (is(Some(n + 1), ':') && is(Some(n + 2), ':'))
                    || is(n.checked_sub(1), '\'');
                match (named, f(ident)) {
                    (false, Some(new)) => out.extend(new),
                    _ => out.extend([tree.clone()]),
                }
            }
            TokenTree::Literal(literal) => {
                let alone = (n == 0 || is(n.checked_sub(1), ',')) && (n + 1 == trees.len() || is(Some(n + 1), ','));
                let format = (arguments && alone).then(|| syn::parse_str::<LitStr>(&literal.to_string()).ok()).flatten();
                match format.and_then(|mut format| {
                    format.set_span(literal.span());
                    renamed(&format, f)
                }) {
                    Some(format) => format.to_tokens(&mut out),
                    None => out.extend([tree.clone()]),
                }
            }
            tree => out.extend([tree.clone()]),
        }
    }
    out
}

/// A format string after its captures were renamed. `None`: as it was.
fn renamed(format: &LitStr, f: &mut dyn FnMut(&Ident) -> Option<TokenStream>) -> Option<LitStr> {
    let mut text = format.value();
    let mut changed = false;
    for name in captures(format) {
        // What is reached through a reference stands there under its own name.
        let Some(new) = f(&name).and_then(|new| syn::parse2::<Ident>(new).ok()).filter(|new| *new != name) else { continue };
        for (before, after) in [("{", "}"), ("{", ":"), (":", "$"), (".", "$"), (">", "$"), ("<", "$"), ("^", "$")] {
            // `{{` is a brace of the text.
            let (from, to) = (format!("{before}{name}{after}"), format!("{before}{new}{after}"));
            text = text.split("{{").map(|part| part.replace(&from, &to)).collect::<Vec<_>>().join("{{");
        }
        changed = true;
    }
    changed.then(|| LitStr::new(&text, format.span()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_format_string_captures() {
        let names = |s: &str| captures(&LitStr::new(s, proc_macro2::Span::call_site())).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("{a} {{b}} {0} {} {c:?} {d:>width$} {:.prec$}"), ["a", "c", "d", "width", "prec"]);
    }

    #[test]
    fn strings_in_unknown_macros_follow() {
        let tokens: TokenStream = syn::parse_quote!(target: "e", "got {e} {e:?} {{e}} {:>e$}", f("{e}"), anyhow!("{e}"));
        let mut rename = |ident: &Ident| (ident == "e").then(|| quote!(e_2));
        let text = map_idents(tokens, &mut rename).to_string();
        assert_eq!(text, r#"target : "e" , "got {e_2} {e_2:?} {{e}} {:>e_2$}" , f ("{e}") , anyhow ! ("{e_2}")"#);
    }

    #[test]
    fn writes_captures_out() {
        let mac: Macro = syn::parse_quote!(println!("{a} {b}", b = c + 1));
        let tokens = parse(&mac).map(|k| k.into_tokens().to_string());
        assert_eq!(tokens.as_deref(), Some("\"{a} {b}\" , b = c + 1 , a = a"));
    }
}
