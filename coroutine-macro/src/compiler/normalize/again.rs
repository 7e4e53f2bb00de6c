//! `#[again]` on a `let`: a value that is made again after a restore, or a borrow of which the user says that it can be taken again.

use super::{has_await, untyped, Normalizer};
use crate::compiler::borrows;
use crate::compiler::id::LocalId;
use crate::compiler::loans::{bare, optional};
use syn::{Pat, Type};

impl Normalizer<'_> {
    /// `#[again] let client = Client::new(&url);`: not stored, and made again after a restore.
    pub(super) fn made_again(&mut self, local: syn::Local, again: &syn::Attribute) {
        let name = match untyped(&local.pat) {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
            _ => None,
        };
        let plain = local.init.as_ref().filter(|init| init.diverge.is_none() && !has_await(&init.expr));
        let (Some(id), Some(_)) = (name.and_then(|name| self.locals.find(name)), plain) else {
            return self.diag.error(
                again,
                "`#[again]` goes on a `let` that names one variable and whose value is made without an await\nhelp: `#[again] let client = Client::new(&url);`",
            );
        };
        match declared_borrow(&local.pat) {
            Some(ty) => self.told(local, id, ty),
            None => {
                self.locals[id].borrow = Some(borrows::Borrow::Made);
                self.plain(syn::Stmt::Local(local));
            }
        }
    }

    /// `#[again] let name: &str = order.name();`: the user says that the borrow can be taken again.
    fn told(&mut self, mut local: syn::Local, id: LocalId, ty: Type) {
        let Some(init) = &mut local.init else { return };
        if let Some(changed) = borrows::first_mutable(&init.expr) {
            return self.diag.error(
                changed,
                "what is borrowed mutably to be borrowed from cannot be borrowed again\nhelp: change it in a statement of its own, before",
            );
        }
        let mut operands = Vec::new();
        borrows::arguments(&self.locals, &mut init.expr, &mut operands);
        let lets = self.temporaries(operands);
        lets.into_iter().for_each(|stmt| self.plain(stmt));
        self.locals[id].borrow = Some(borrows::Borrow::Sure);
        self.locals[id].told = Some(ty);
        self.plain(syn::Stmt::Local(local));
    }
}

/// The declared type of one variable, if it is `&T` or an `Option` of that.
fn declared_borrow(pat: &Pat) -> Option<Type> {
    fn is_borrow(ty: &Type) -> bool {
        let inside = |ty: &Type| matches!(bare(ty), Type::Reference(reference) if reference.mutability.is_none());
        inside(ty) || optional(bare(ty)).is_some_and(inside)
    }
    let Pat::Type(typed) = pat else { return None };
    let constant = matches!(&*typed.pat, Pat::Ident(pat) if pat.mutability.is_none());
    (constant && is_borrow(&typed.ty)).then(|| (*typed.ty).clone())
}
