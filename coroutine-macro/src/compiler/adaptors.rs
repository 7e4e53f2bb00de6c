//! `#[with(AsUrl)]` on a `let` or a parameter: the adaptor that stores its variable. Taken off of what it stands on, and read.

use super::diag::Diag;
use syn::{Attribute, FnArg, Ident, ItemFn, Pat, Type};

const HOW: &str = "`#[with(..)]` names the one adaptor that stores the variable\nhelp: `#[with(AsUrl)] let client = ..;`, where `impl coroutine_runtime::Adapt<Client> for AsUrl`";

/// Takes the attribute off, and gives its adaptor.
pub(crate) fn take(attrs: &mut Vec<Attribute>, diag: &mut Diag) -> Option<Box<Type>> {
    let (with, rest): (Vec<_>, Vec<_>) = std::mem::take(attrs).into_iter().partition(|attr| attr.path().is_ident("with"));
    *attrs = rest;
    let mut adaptors = Vec::new();
    for (n, attr) in with.into_iter().enumerate() {
        match attr.parse_args::<Type>() {
            Ok(_) if attrs.iter().any(|attr| attr.path().is_ident("again")) => {
                diag.error(attr, "`#[with(..)]` says how the variable is stored, and `#[again]` that it is not\nhelp: write one of them");
            }
            Ok(adaptor) if n == 0 => adaptors.push(Box::new(adaptor)),
            _ => diag.error(attr, HOW),
        }
    }
    adaptors.pop()
}

/// Takes the attributes of a function's parameters off: for each, its adaptor.
pub(crate) fn of_params(item: &mut ItemFn, diag: &mut Diag) -> Vec<Option<Box<Type>>> {
    let attrs = item.sig.inputs.iter_mut().map(|input| match input {
        FnArg::Receiver(receiver) => &mut receiver.attrs,
        FnArg::Typed(typed) => &mut typed.attrs,
    });
    attrs.map(|attrs| take(attrs, diag)).collect()
}

/// Reports an adaptor of what is not stored.
pub(crate) fn refuse(adaptor: Option<Box<Type>>, why: &str, diag: &mut Diag) {
    if let Some(adaptor) = adaptor {
        diag.error(adaptor, why);
    }
}

/// The variable that an adaptor is for, of those that a pattern binds.
pub(crate) fn only(names: &[Ident], pat: &Pat, diag: &mut Diag) -> Option<Ident> {
    if let [name] = names {
        return Some(name.clone());
    }
    let message = match names {
        [] => "`#[with(..)]` stores one variable, and nothing is bound here\nhelp: remove it, or name the value: `#[with(AsUrl)] let _client = ..;`",
        _ => "`#[with(..)]` stores one variable, and several are bound here\nhelp: give it a `let` of its own behind this one: `#[with(AsUrl)] let client = client;`",
    };
    diag.error(pat, message);
    None
}
