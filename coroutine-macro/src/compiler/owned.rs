//! Refuses variables that by their declared types hold borrows, and that a frame would have to keep: it has no lifetime. (Where only
//! rustc knows the type, so do its errors.) In: [`Placed`]; out: errors at the types.

use super::cfg::Op;
use super::diag::Diag;
use super::id::{LocalId, LocalSet, Origin};
use super::normalize::binding_name;
use super::place::{each_op, mentioned_expr, Placed};
use syn::visit::{self, Visit};
use syn::{Expr, Local, Pat, Stmt, Type};

/// Reports each variable that is kept, is not taken again, and is declared to hold borrows.
pub(crate) fn check(placed: &Placed, diag: &mut Diag) {
    let kept = |pat: &Pat| {
        let local = placed.cfg.locals.find(&binding_name(pat)?)?;
        (placed.is_slot(local) && !placed.again.contains(local) && !placed.is_text(local)).then_some(local)
    };
    let fed = fed(placed);
    each_op(&placed.cfg, &mut |op| {
        let Op::Plain(Stmt::Local(local)) = op else { return };
        let Some(kept) = kept(&local.pat) else { return };
        // Texts may be literals, which are kept, where no borrow goes in.
        let literals = !fed.contains(&kept) && !local.init.as_ref().is_some_and(|init| borrows(placed, &init.expr));
        if let Some(found) = declared(local).and_then(|declared| borrow_in(declared, literals)) {
            diag.error(found, HOLDS_BORROWS);
        }
    });
}

/// Whether a value is made of what is lent, or of a borrow that is taken again.
fn borrows(placed: &Placed, value: &Expr) -> bool {
    let borrow = |local: &LocalId| {
        placed.cfg.locals[*local].origin == Origin::Lent || placed.again.contains(*local) && !placed.again.is_made(*local)
    };
    mentioned_expr(&placed.cfg, value).iter().any(borrow)
}

/// The variables of which a method is called with a borrow.
fn fed(placed: &Placed) -> LocalSet {
    struct Fed<'a>(&'a Placed, LocalSet);
    impl<'ast> Visit<'ast> for Fed<'_> {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            if call.args.iter().any(|arg| borrows(self.0, arg)) {
                self.1.extend(self.0.cfg.locals.of(&call.receiver));
            }
            visit::visit_expr_method_call(self, call);
        }
    }
    let mut fed = Fed(placed, LocalSet::new());
    each_op(&placed.cfg, &mut |op| match op {
        Op::Plain(stmt) => fed.visit_stmt(stmt),
        Op::If { cond: expr, .. } | Op::Match { scrutinee: expr, .. } | Op::Return(expr) => fed.visit_expr(expr),
        _ => (),
    });
    fed.1
}

const HOLDS_BORROWS: &str = "this variable is kept while the function waits, and what is kept cannot hold borrows\nhelp: keep owned values, or indices; a borrow that lives forever is `&'static`";

/// The type that a `let` gives its variable, itself or in the path that it calls.
fn declared(local: &Local) -> Option<Declared<'_>> {
    if let Pat::Type(typed) = &local.pat {
        return Some(Declared::Type(&typed.ty));
    }
    match &*local.init.as_ref()?.expr {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Some(Declared::Path(&path.path)),
            _ => None,
        },
        _ => None,
    }
}

enum Declared<'a> {
    Type(&'a Type),
    Path(&'a syn::Path),
}

/// A borrow that a type holds, for less than forever. (A text that is not in a list may be a literal, too.)
fn borrow_in(declared: Declared<'_>, literals: bool) -> Option<&syn::TypeReference> {
    struct Borrows<'a> {
        in_list: bool,
        literals: bool,
        found: Option<&'a syn::TypeReference>,
    }
    impl<'a> Visit<'a> for Borrows<'a> {
        fn visit_type_reference(&mut self, reference: &'a syn::TypeReference) {
            let forever = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            let text = matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str"));
            if !forever && !(text && (self.literals || !self.in_list)) {
                self.found.get_or_insert(reference);
            }
        }
        fn visit_path_segment(&mut self, segment: &'a syn::PathSegment) {
            let outer = self.in_list;
            self.in_list |= LISTS.contains(&segment.ident.to_string().as_str());
            visit::visit_path_segment(self, segment);
            self.in_list = outer;
        }
        // Of a function's own parameters nothing is held.
        fn visit_type_fn_ptr(&mut self, _: &'a syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &'a syn::ParenthesizedGenericArguments) {}
    }
    let mut borrows = Borrows { in_list: false, literals, found: None };
    match declared {
        Declared::Type(ty) => borrows.visit_type(ty),
        Declared::Path(path) => borrows.visit_path(path),
    }
    borrows.found
}

const LISTS: &[&str] = &["Vec", "VecDeque", "LinkedList", "BinaryHeap", "HashMap", "HashSet", "BTreeMap", "BTreeSet"];
