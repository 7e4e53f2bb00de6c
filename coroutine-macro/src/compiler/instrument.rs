//! What `#[tracing::instrument]` makes of a function, where it stands above `#[durable]`: the body lies in one async block, which would be one
//! step. In: such a function; out: the function as it was written, and the span that its call is in, as where the attribute stands below.

use super::normalize::binding_name;
use proc_macro2::{Ident, TokenTree};
use syn::{Block, Expr, ItemFn, Stmt};

/// The names that the attribute gives.
const SPAN: &str = "__tracing_attr_span";
const FUTURE: &str = "__tracing_instrument_future";

/// Takes the body out of the block that the attribute has put it into, and gives the statement that makes the span. `Err`: it does more with
/// the block than to run it (`err`, `ret`).
pub(crate) fn take_out(item: &mut ItemFn) -> Result<Option<Stmt>, ()> {
    let Some(future) = bound(&item.block, FUTURE) else { return Ok(None) };
    let body = match value(future) {
        Some(Expr::Async(block)) if !waits_inside(&block.block) => block.block.clone(),
        _ => return Err(()),
    };
    let span = bound(&item.block, SPAN).cloned().ok_or(())?;
    *item.block = body;
    Ok(Some(span))
}

/// The option of `#[instrument(..)]`, below, that looks at what the function gives.
pub(crate) fn looks_at_value(attr: &syn::Attribute) -> Option<Ident> {
    let syn::Meta::List(list) = &attr.meta else { return None };
    let named = list.path.segments.last().is_some_and(|last| last.ident == "instrument");
    let mut options = list.tokens.clone().into_iter().filter(|_| named);
    options.find_map(|tree| match tree {
        TokenTree::Ident(ident) if ident == "err" || ident == "ret" => Some(ident),
        _ => None,
    })
}

/// The statement that binds a name of the block's own.
fn bound<'b>(block: &'b Block, name: &str) -> Option<&'b Stmt> {
    block.stmts.iter().find(|stmt| matches!(stmt, Stmt::Local(local) if binding_name(&local.pat).is_some_and(|bound| bound == name)))
}

fn value(stmt: &Stmt) -> Option<&Expr> {
    match stmt {
        Stmt::Local(local) => local.init.as_ref().map(|init| &*init.expr),
        _ => None,
    }
}

/// Whether the body lies in a block within the block: what it gives is looked at.
fn waits_inside(block: &Block) -> bool {
    fn waits(expr: &Expr) -> bool {
        matches!(expr, Expr::Await(e) if matches!(&*e.base, Expr::Async(_)))
    }
    match block.stmts.first() {
        Some(Stmt::Expr(Expr::Match(e), _)) => waits(&e.expr),
        Some(stmt @ Stmt::Local(_)) => value(stmt).is_some_and(waits),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::take_out;
    use syn::ItemFn;

    fn wrapped(future: &str) -> ItemFn {
        let body = format!(
            "let __tracing_attr_span = span!(n); let __tracing_instrument_future = {future}; \
             if on {{ instrument(__tracing_instrument_future, __tracing_attr_span).await }} else {{ __tracing_instrument_future.await }}"
        );
        syn::parse_str(&format!("async fn f(n: u8) -> u8 {{ {body} }}")).unwrap()
    }

    #[test]
    fn the_body_is_what_it_was() {
        let mut item = wrapped("async move { { if false { return fake; } { g(n).await } } }");
        let span = take_out(&mut item).unwrap();
        assert_eq!(span, Some(syn::parse_quote!(let __tracing_attr_span = span!(n);)));
        assert_eq!(
            *item.block,
            syn::parse_quote!({
                {
                    if false {
                        return fake;
                    }
                    {
                        g(n).await
                    }
                }
            })
        );
        assert_eq!(
            take_out(&mut syn::parse_quote!(
                async fn f() {
                    g().await
                }
            )),
            Ok(None)
        );
    }

    #[test]
    fn unless_what_it_gives_is_looked_at() {
        assert!(
            take_out(&mut wrapped("async move { match async move { g(n).await }.await { Ok(x) => Ok(x), Err(e) => Err(e) } }")).is_err()
        );
        assert!(take_out(&mut wrapped("async move { let x = async move { g(n).await }.await; event(x); x }")).is_err());
    }
}
