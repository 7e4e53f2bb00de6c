//! Tokens → tokens: a function with `#[cfg(..)]` inside becomes one function for each way its conditions may turn out, each under
//! `#[cfg]` of just that, with nothing conditional left inside. A macro does not know the conditions, and a variable that may not be
//! there has no slot.

use super::diag::Diag;
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, ItemFn, Meta};

/// Each condition doubles the functions.
const CONDITIONS_MAX: usize = 4;

/// The variants of a function. One, where nothing in it is conditional.
pub(crate) fn variants(item: TokenStream, diag: &mut Diag) -> Vec<TokenStream> {
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else { return vec![item] };
    let mut found = Find::default();
    found.visit_signature_mut(&mut function.sig.clone());
    found.visit_block_mut(&mut (*function.block).clone());
    if found.0.is_empty() {
        return vec![item];
    }
    if let Some((_, attr)) = found.0.iter().nth(CONDITIONS_MAX) {
        diag.error(
            attr,
            &format!("more than {CONDITIONS_MAX} different `#[cfg]` conditions in one function\nhelp: put what is conditional into a function of its own"),
        );
        return vec![item];
    }
    let conditions: Vec<(String, TokenStream)> =
        found.0.into_iter().filter_map(|(key, attr)| Some((key, attr.meta.require_list().ok()?.tokens.clone()))).collect();
    let ways = 0..1_usize << conditions.len();
    ways.map(|way| {
        let mut variant = function.clone();
        let holds = |n: usize| way & (1 << n) != 0;
        let held = conditions.iter().enumerate().map(|(n, (key, _))| (key.clone(), holds(n))).collect();
        let mut choose = Choose(&held);
        choose.visit_signature_mut(&mut variant.sig);
        choose.visit_block_mut(&mut variant.block);
        let all = conditions.iter().enumerate().map(|(n, (_, tokens))| if holds(n) { tokens.clone() } else { quote::quote!(not(#tokens)) });
        variant.attrs.push(syn::parse_quote!(#[cfg(all(#(#all),*))]));
        variant.into_token_stream()
    })
    .collect()
}

/// What a `#[cfg]` asks.
fn condition(attr: &Attribute) -> Option<String> {
    matches!(&attr.meta, Meta::List(list) if list.path.is_ident("cfg")).then(|| attr.meta.to_token_stream().to_string())
}

/// The conditions, by their text.
#[derive(Default)]
struct Find(BTreeMap<String, Attribute>);

impl VisitMut for Find {
    fn visit_attribute_mut(&mut self, attr: &mut Attribute) {
        if let Some(key) = condition(attr) {
            self.0.entry(key).or_insert_with(|| attr.clone());
        }
    }
    // Items are left as they are: nothing in them has a slot.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// Takes out what is not there.
struct Choose<'a>(&'a BTreeMap<String, bool>);

impl Choose<'_> {
    /// Whether what has these attributes is there; if so, they no longer ask.
    fn keeps(&self, attrs: &mut Vec<Attribute>) -> bool {
        let mut kept = true;
        attrs.retain(|attr| match condition(attr).and_then(|key| self.0.get(&key)) {
            Some(holds) => {
                kept &= holds;
                false
            }
            None => true,
        });
        kept
    }
}

impl VisitMut for Choose<'_> {
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain_mut(|stmt| match stmt {
            syn::Stmt::Local(local) => self.keeps(&mut local.attrs),
            syn::Stmt::Macro(mac) => self.keeps(&mut mac.attrs),
            syn::Stmt::Expr(expr, _) => attrs_mut(expr).is_none_or(|attrs| self.keeps(attrs)),
            syn::Stmt::Item(_) => true,
        });
        visit_mut::visit_block_mut(self, block);
    }
    fn visit_expr_match_mut(&mut self, e: &mut syn::ExprMatch) {
        e.arms.retain_mut(|arm| self.keeps(&mut arm.attrs));
        visit_mut::visit_expr_match_mut(self, e);
    }
    fn visit_expr_struct_mut(&mut self, e: &mut syn::ExprStruct) {
        e.fields =
            std::mem::take(&mut e.fields).into_iter().filter_map(|mut field| self.keeps(&mut field.attrs).then_some(field)).collect();
        visit_mut::visit_expr_struct_mut(self, e);
    }
    fn visit_pat_struct_mut(&mut self, p: &mut syn::PatStruct) {
        p.fields =
            std::mem::take(&mut p.fields).into_iter().filter_map(|mut field| self.keeps(&mut field.attrs).then_some(field)).collect();
        visit_mut::visit_pat_struct_mut(self, p);
    }
    fn visit_signature_mut(&mut self, signature: &mut syn::Signature) {
        let inputs = std::mem::take(&mut signature.inputs).into_iter();
        signature.inputs = inputs
            .filter_map(|mut input| {
                let attrs = match &mut input {
                    syn::FnArg::Receiver(receiver) => &mut receiver.attrs,
                    syn::FnArg::Typed(typed) => &mut typed.attrs,
                };
                self.keeps(attrs).then_some(input)
            })
            .collect();
    }
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// The attributes of an expression that is a statement.
fn attrs_mut(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    Some(match expr {
        Expr::Assign(e) => &mut e.attrs,
        Expr::Async(e) => &mut e.attrs,
        Expr::Await(e) => &mut e.attrs,
        Expr::Binary(e) => &mut e.attrs,
        Expr::Block(e) => &mut e.attrs,
        Expr::Break(e) => &mut e.attrs,
        Expr::Call(e) => &mut e.attrs,
        Expr::Continue(e) => &mut e.attrs,
        Expr::ForLoop(e) => &mut e.attrs,
        Expr::If(e) => &mut e.attrs,
        Expr::Loop(e) => &mut e.attrs,
        Expr::Macro(e) => &mut e.attrs,
        Expr::Match(e) => &mut e.attrs,
        Expr::MethodCall(e) => &mut e.attrs,
        Expr::Path(e) => &mut e.attrs,
        Expr::Return(e) => &mut e.attrs,
        Expr::Struct(e) => &mut e.attrs,
        Expr::Try(e) => &mut e.attrs,
        Expr::Tuple(e) => &mut e.attrs,
        Expr::Unsafe(e) => &mut e.attrs,
        Expr::While(e) => &mut e.attrs,
        _ => return None,
    })
}
