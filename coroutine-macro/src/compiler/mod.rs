//! The pipeline, readable as a table of contents: tokens → [`variants`] → [`parse`] → [`resolve`] → [`calls`] → [`uniques`] → [`lists`] → [`entries`] → [`split`] → [`normalize`] → [`lower`] →
//! [`place`] (with [`again`], [`walks`], [`texts`] and [`liveness`]) → [`emit`].
//!
//! Each pass is a function from one representation to the next. Errors accumulate in [`diag::Diag`] and stop the pipeline
//! between passes; what is emitted then is the error and the plain async fn, so that one mistake gives one message.

pub(crate) mod adaptors;
pub(crate) mod again;
pub(crate) mod anf;
pub(crate) mod borrows;
pub(crate) mod bounds;
pub(crate) mod calls;
pub(crate) mod cfg;
pub(crate) mod concurrent;
pub(crate) mod defines;
pub(crate) mod diag;
#[cfg(test)]
pub(crate) mod dump;
pub(crate) mod emit;
pub(crate) mod entries;
pub(crate) mod flow;
pub(crate) mod id;
pub(crate) mod instrument;
pub(crate) mod lists;
pub(crate) mod liveness;
pub(crate) mod loans;
pub(crate) mod lower;
pub(crate) mod macros;
pub(crate) mod many;
pub(crate) mod methods;
pub(crate) mod normalize;
pub(crate) mod operands;
pub(crate) mod options;
pub(crate) mod owned;
pub(crate) mod parse;
pub(crate) mod place;
pub(crate) mod resolve;
pub(crate) mod rewrite;
pub(crate) mod split;
pub(crate) mod texts;
pub(crate) mod twin;
pub(crate) mod uniques;
pub(crate) mod variants;
pub(crate) mod walks;

#[cfg(test)]
mod tests;

use diag::Diag;
use proc_macro2::TokenStream;

/// The whole compiler: the attribute's options and the function, to the function's replacement.
pub(crate) fn compile(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = Diag::default();
    let variants = variants::variants(item.clone(), &mut diag);
    if diag.any() {
        return diag.with(TokenStream::new());
    }
    variants.into_iter().map(|variant| variant_of(options.clone(), variant)).collect()
}

fn variant_of(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = Diag::default();
    let Some(mut function) = parse::parse(options, item.clone(), &mut diag) else {
        return diag.with(item);
    };
    emit::check_root(&mut function, &mut diag);
    if function.declared && !diag.any() {
        return emit::declaration(&function);
    }
    match passes(&function, &mut diag) {
        Some(emitted) if !diag.any() => emitted,
        _ => diag.with(emit::fallback(&function)),
    }
}

fn passes(function: &parse::Function, diag: &mut Diag) -> Option<TokenStream> {
    placed(function, diag).map(|placed| emit::emit(function, &placed))
}

/// All passes but the last.
pub(crate) fn placed(function: &parse::Function, diag: &mut Diag) -> Option<place::Placed> {
    let resolved = resolve::resolve(function, diag);
    loans::check(&resolved.block, &resolved.locals, diag);
    if diag.any() {
        return None;
    }
    let lets = twin::lets(&resolved.block, &resolved.locals);
    let resolved = borrowing(calls::at_awaits(resolved));
    let resolved = split::split(function, resolved);
    let anf = normalize::normalize(resolved, function.free_name(), diag);
    if diag.any() {
        return None;
    }
    let cfg = lower::lower(anf);
    let mut placed = place::place(cfg);
    owned::check(&placed, diag);
    twin::tie(&mut placed.cfg.twin, &lets, &placed.cfg.locals, &placed.again);
    Some(placed)
}

/// What variables borrow, as far as their declarations and uses say it.
fn borrowing(resolved: resolve::Resolved) -> resolve::Resolved {
    entries::entries(lists::lists(uniques::uniques(resolved)))
}
