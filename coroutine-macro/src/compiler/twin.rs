//! The twin: the user's body, which rustc checks. It is left as it was written but for one thing: a `let` whose borrow is taken again by
//! a method keeps what it borrows from borrowed for as long as the variable lives. (`status.as_str()` may give a `&'static str`, which
//! borrows nothing: taken again, it would be that of another status.)

use super::again::Again;
use super::borrows::{self, Borrow};
use super::concurrent;
use super::id::{Locals, Origin};
use super::macros;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Ident, Local, Pat};

/// The attributes that are the compiler's.
const OURS: [&str; 3] = ["again", "step", "with"];

/// Takes the attributes out that are the compiler's.
pub(crate) fn strip(block: &mut Block) {
    struct Strip;
    impl VisitMut for Strip {
        fn visit_local_mut(&mut self, local: &mut Local) {
            local.attrs.retain(|attr| !OURS.iter().any(|ours| attr.path().is_ident(ours)));
            visit_mut::visit_local_mut(self, local);
        }
        fn visit_expr_block_mut(&mut self, block: &mut syn::ExprBlock) {
            block.attrs.retain(|attr| !OURS.iter().any(|ours| attr.path().is_ident(ours)));
            visit_mut::visit_expr_block_mut(self, block);
        }
        fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
            if concurrent::is_written_out(mac) {
                mac.tokens = without(mac.tokens.clone());
            } else if OURS.iter().any(|name| macros::mentions(&mac.tokens, name)) {
                macros::each_expr_mut(mac, &mut |expr| self.visit_expr_mut(expr));
            }
        }
    }
    Strip.visit_block_mut(block);
}

/// The same in the tokens of a macro that the compiler writes out: they are no expressions.
fn without(tokens: TokenStream) -> TokenStream {
    let is_ours = |tree: &TokenTree| match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => match group.stream().into_iter().next() {
            Some(TokenTree::Ident(first)) => OURS.iter().any(|ours| first == ours),
            _ => false,
        },
        _ => false,
    };
    let mut kept = TokenStream::new();
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(hash) if hash.as_char() == '#' && trees.peek().is_some_and(is_ours) => drop(trees.next()),
            TokenTree::Group(group) => {
                let mut new = Group::new(group.delimiter(), without(group.stream()));
                new.set_span(group.span());
                kept.extend([TokenTree::Group(new)]);
            }
            tree => kept.extend([tree]),
        }
    }
    kept
}

/// What each `let` of a resolved body binds, in the order of the source.
pub(crate) fn lets(block: &Block, locals: &Locals) -> Vec<Vec<Ident>> {
    struct Lets<'a>(&'a Locals, Vec<Vec<Ident>>);
    impl<'ast> Visit<'ast> for Lets<'_> {
        fn visit_local(&mut self, local: &'ast Local) {
            let mut names = Vec::new();
            super::normalize::bindings(&local.pat, &mut names);
            let ours = |name: &Ident| self.0.find(name).is_some_and(|id| self.0[id].origin == Origin::Temp || self.0[id].by_macro);
            // (A destructuring assignment was made a `let` of temporaries, and a macro that binds something a `let`, too.)
            if names.is_empty() || !names.iter().all(ours) {
                self.1.push(names);
            }
            visit::visit_local(self, local);
        }
    }
    let mut lets = Lets(locals, Vec::new());
    lets.visit_block(block);
    lets.1
}

/// How the value of a `let` is checked.
#[derive(PartialEq)]
enum How {
    /// It borrows what a known method is called on, if it is a borrow.
    Tied,
    /// It borrows what it is made of: the user says that it can be taken again.
    Told,
    /// It is made again after a restore: no borrow.
    Made,
}

/// Ties what is taken again by a method to what it borrows from.
pub(crate) fn tie(twin: &mut Block, lets: &[Vec<Ident>], locals: &Locals, again: &Again) {
    struct Tie<'a> {
        lets: std::slice::Iter<'a, Vec<Ident>>,
        locals: &'a Locals,
        again: &'a Again,
    }
    impl Tie<'_> {
        fn how(&self, pat: &Pat, names: &[Ident]) -> Option<How> {
            let mut written = Vec::new();
            super::normalize::bindings(pat, &mut written);
            let ids: Vec<_> = names.iter().filter_map(|name| self.locals.find(name)).collect();
            let same = written.len() == ids.len() && written.iter().zip(&ids).all(|(name, id)| *name == self.locals[*id].shown);
            let group = ids.iter().filter(|_| same).find_map(|id| self.again.get(*id))?;
            match group.kind {
                Borrow::ByType => Some(How::Tied),
                Borrow::Sure if ids.iter().any(|id| self.locals[*id].told.is_some()) => Some(How::Told),
                Borrow::Made => Some(How::Made),
                Borrow::Sure | Borrow::Walk | Borrow::Item => None,
            }
        }
    }
    impl VisitMut for Tie<'_> {
        fn visit_local_mut(&mut self, local: &mut Local) {
            let names = self.lets.next();
            let how = names.and_then(|names| self.how(&local.pat, names));
            visit_mut::visit_local_mut(self, local);
            let (Some(init), Some(how)) = (&mut local.init, how) else { return };
            let mut places = Vec::new();
            match how {
                How::Tied => places.extend(borrows::lender(&init.expr)),
                How::Told => borrows::lenders(&init.expr, &mut places),
                How::Made => (),
            }
            if places.is_empty() && how != How::Made {
                return;
            }
            let value = &init.expr;
            let it = Ident::new("__it", proc_macro2::Span::mixed_site());
            let mut checked = quote::quote!(#it);
            for place in places {
                let place = quote::quote_spanned!(place.span()=> &#place);
                checked = quote::quote!((&&&::coroutine_runtime::__private::of(&#it)).__durable_tied(#place, #checked));
            }
            if how == How::Made {
                let span = local.pat.span();
                checked = quote::quote_spanned!(span=> {
                    (&&::coroutine_runtime::__private::of(&#it)).__durable_made().check();
                    #it
                });
            }
            *init.expr = syn::parse_quote!(match #value { #it => { use ::coroutine_runtime::__private::picks::*; #checked } });
        }
    }
    Tie { lets: lets.iter(), locals, again }.visit_block_mut(twin);
}
