//! The user's own expressions, as they stand in the machine: slots reached in place, early exits as exits of the region.

use super::cfg::Arm;
use super::id::{LocalId, LocalSet, Origin};
use super::macros::{self, Known};
use super::operands;
use super::place::{Mode, Placed};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned, ToTokens};
use std::collections::BTreeMap;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Ident, Lifetime, Pat, Stmt};

/// What an early exit becomes; the emitter says.
pub(crate) trait Exits {
    /// `return value`.
    fn returns(&mut self, value: TokenStream) -> TokenStream;
    /// `break 'label` or `continue 'label` out of the region. `None`: the label is inside.
    fn jumps(&mut self, label: &Lifetime, again: bool) -> Option<TokenStream>;
    /// Drops what the slot of a variable holds that was not moved out of it. `None`: it cannot be reached here.
    fn clears(&mut self, _: LocalId) -> Option<TokenStream> {
        None
    }
}

/// Rewrites one statement or expression of a piece of code.
pub(crate) struct Rewriter<'a, 'e> {
    pub(crate) placed: &'a Placed,
    pub(crate) arm: Arm,
    pub(crate) exits: &'e mut dyn Exits,
    /// Variables that stand under their own name here.
    plain: LocalSet,
    /// How many closures and async blocks we are in.
    inside: usize,
    /// Whether a place is only looked at.
    looking: bool,
    /// Whether what is hosted lies in its slot.
    in_slots: bool,
    /// Whether lists of borrows lie in cells.
    in_cells: bool,
    /// Whether this is the code itself, and not what makes a borrow of it again.
    itself: bool,
}

impl<'a, 'e> Rewriter<'a, 'e> {
    pub(crate) fn new(placed: &'a Placed, arm: Arm, exits: &'e mut dyn Exits) -> Self {
        Self { placed, arm, exits, plain: LocalSet::new(), inside: 0, looking: false, in_slots: false, in_cells: false, itself: false }
    }

    /// Variables that a pattern has just bound, and that are not in their slots yet.
    pub(crate) fn bound(mut self, names: &[Ident]) -> Self {
        self.plain.extend(names.iter().filter_map(|name| self.placed.cfg.locals.find(name)));
        self
    }

    /// This is the code itself, as its uses were found.
    pub(crate) fn itself(mut self) -> Self {
        self.itself = true;
        self
    }

    /// What is hosted lies in its slot.
    pub(crate) fn in_slots(mut self) -> Self {
        self.in_slots = true;
        self
    }

    /// Lists of borrows lie in cells.
    pub(crate) fn in_cells(mut self) -> Self {
        self.in_cells = true;
        self
    }

    pub(crate) fn expr(&mut self, expr: &Expr) -> TokenStream {
        let mut expr = expr.clone();
        self.visit_expr_mut(&mut expr);
        expr.into_token_stream()
    }

    pub(crate) fn stmt(&mut self, stmt: &Stmt) -> TokenStream {
        let mut stmt = stmt.clone();
        self.visit_stmt_mut(&mut stmt);
        stmt.into_token_stream()
    }

    pub(crate) fn ty(&mut self, ty: &syn::Type) -> TokenStream {
        let mut ty = ty.clone();
        self.visit_type_mut(&mut ty);
        ty.into_token_stream()
    }

    /// An expression that is used by value.
    pub(crate) fn value(&mut self, expr: &Expr) -> TokenStream {
        let mut expr = expr.clone();
        self.give(&mut expr);
        self.visit_expr_mut(&mut expr);
        expr.into_token_stream()
    }

    fn in_place(&self, ident: &Ident) -> Option<LocalId> {
        let id = self.placed.cfg.locals.find(ident)?;
        if self.in_cells && self.placed.cfg.locals[id].list.is_some() {
            return Some(id);
        }
        let in_place = match self.placed.mode(self.arm, id)? {
            Mode::InPlace | Mode::Optional => true,
            Mode::Hosted => self.in_slots,
            Mode::Local | Mode::Through => false,
        };
        (in_place && !self.plain.contains(&id)).then_some(id)
    }

    fn is_optional(&self, local: LocalId) -> bool {
        self.placed.mode(self.arm, local) == Some(Mode::Optional)
    }

    /// The place of a variable that is used where it lies.
    fn place_of(&self, ident: &Ident, local: LocalId) -> TokenStream {
        // With the user's span: its edition counts where this stands in a condition.
        let span = ident.span();
        if self.is_optional(local) && self.looking {
            quote_spanned!(span=> (*::coroutine_runtime::__private::seen(&*#ident)))
        } else if self.is_optional(local) {
            quote_spanned!(span=> (*::coroutine_runtime::__private::full(#ident)))
        } else {
            quote_spanned!(span=> (*#ident))
        }
    }

    fn given(&self, ident: &Ident, local: LocalId) -> TokenStream {
        // (A closure that takes nothing out of a slot only looks at it.)
        if self.inside > 0 && self.placed.outlives_closures(self.arm, local) {
            return quote_spanned!(ident.span()=> (*::coroutine_runtime::__private::seen(&*#ident)));
        }
        // (Its type may not be known here yet.)
        if self.placed.cfg.locals[local].origin == Origin::Temp {
            return quote_spanned!(ident.span()=> ::coroutine_runtime::__private::take(#ident));
        }
        let of = quote_spanned!(ident.span()=> ::coroutine_runtime::__private::of_slot(#ident));
        if self.itself && self.inside == 0 && self.placed.is_given_last(self.arm, local) {
            // If nobody uses it again it does not matter whether it is a copy.
            return quote_spanned!(ident.span()=> #of.give_away(#ident));
        }
        quote_spanned!(ident.span()=> (&&&#of).__durable_give(#ident))
    }

    /// A variable used by value: taken out of its slot, or copied, as its type says.
    fn give(&self, expr: &mut Expr) {
        match expr {
            Expr::Paren(e) => self.give(&mut e.expr),
            Expr::Group(e) => self.give(&mut e.expr),
            Expr::Path(path) => {
                if let Some(ident) = path.path.get_ident() {
                    if let Some(id) = self.in_place(ident).filter(|id| self.is_optional(*id)) {
                        *expr = Expr::Verbatim(self.given(ident, id));
                    }
                }
            }
            Expr::Field(_) => {
                if let Some(part) = self.part(expr) {
                    *expr = Expr::Verbatim(part);
                }
            }
            _ => (),
        }
    }

    /// A part of a variable that stays where it lies, used by value: copied, or moved out, as its type says.
    fn part(&self, expr: &Expr) -> Option<TokenStream> {
        let mut part = expr.clone();
        let Expr::Path(variable) = operands::whole(&mut part) else { return None };
        let ident = &variable.path.get_ident()?.clone();
        let id = self.in_place(ident).filter(|id| !self.placed.again.contains(*id))?;
        let span = ident.span();
        let mut place = |of: TokenStream| {
            *operands::whole(&mut part) = Expr::Verbatim(of);
            part.clone()
        };
        let (seen, used) = if self.is_optional(id) {
            (quote_spanned!(span=> (*::coroutine_runtime::__private::seen(&*#ident))), self.place_of(ident, id))
        } else {
            (self.place_of(ident, id), self.place_of(ident, id))
        };
        let (seen, used) = (place(seen), place(used));
        // (In parentheses: after `0..`, in the head of a loop, a block would be taken for the loop's.)
        Some(quote_spanned! {span=> ({
            let __part = (&&&::coroutine_runtime::__private::of(&#seen)).__durable_part();
            if __part.copies() {
                __part.copy(&#seen)
            } else {
                __part.moves();
                __part.out(&mut #used)
            }
        }) })
    }

    /// `let Order { items, .. } = order;` where the order stays where it lies: a `let` for each part.
    fn taken_apart(&self, stmt: &Stmt) -> Option<TokenStream> {
        let Stmt::Local(local) = stmt else { return None };
        let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
        let whole = self.placed.cfg.locals.of(&init.expr).filter(|id| self.is_optional(*id));
        if whole.is_some() && operands::takes_apart(&local.pat, init) {
            return None;
        }
        let mut parts = Vec::new();
        parts_of(&local.pat, &init.expr, &mut parts)?;
        let mut lets = TokenStream::new();
        for (ident, place) in parts {
            let part = self.part(&place)?;
            lets.extend(quote!(let #ident = #part;));
        }
        (!lets.is_empty()).then_some(lets)
    }

    /// A closure or an async block. By `move` it would capture the reference to a slot: what lives on in its slot is copied first.
    fn capturing(&mut self, expr: &mut Expr, by_move: bool) {
        self.inside += 1;
        let outer = self.plain.clone();
        let mut lets = TokenStream::new();
        if by_move {
            let mut captured = Mentions { rewriter: self, found: BTreeMap::new(), fields: BTreeMap::new() };
            captured.visit_expr(expr);
            let (found, fields) = (captured.found, captured.fields);
            for (id, ident) in found {
                match fields.get(&id) {
                    Some(paths) => {
                        for (n, path) in paths.iter().enumerate() {
                            let name = quote::format_ident!("__{}_{n}", ident, span = proc_macro2::Span::mixed_site());
                            let mut place = path.clone();
                            self.visit_expr_mut(&mut place);
                            lets.extend(quote!(let mut #name = #place;));
                            Replace(path, &name).visit_expr_mut(expr);
                        }
                    }
                    None => {
                        let value = if self.is_optional(id) { self.given(&ident, id) } else { quote!(*#ident) };
                        lets.extend(quote!(let mut #ident = #value;));
                        self.plain.insert(id);
                    }
                }
            }
        }
        match expr {
            Expr::Closure(e) => self.visit_expr_mut(&mut e.body),
            Expr::Async(e) => self.visit_block_mut(&mut e.block),
            _ => (),
        }
        self.plain = outer;
        self.inside -= 1;
        if !lets.is_empty() {
            *expr = Expr::Verbatim(quote!({ #lets #expr }));
        }
    }
}

/// The slots in place that an expression mentions, and, of those of which only fields are mentioned, the fields.
struct Mentions<'r, 'a, 'e> {
    rewriter: &'r Rewriter<'a, 'e>,
    found: BTreeMap<LocalId, Ident>,
    fields: BTreeMap<LocalId, Vec<Expr>>,
}

impl<'ast> Visit<'ast> for Mentions<'_, '_, '_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Field(_) => {
                let mut base = expr;
                while let Expr::Field(e) = base {
                    base = &e.base;
                }
                if let Expr::Path(path) = base {
                    if let Some((ident, id)) = path.path.get_ident().and_then(|i| Some((i, self.rewriter.in_place(i)?))) {
                        let bare = self.found.contains_key(&id) && !self.fields.contains_key(&id);
                        self.found.insert(id, ident.clone());
                        if !bare {
                            let fields = self.fields.entry(id).or_default();
                            if !fields.contains(expr) {
                                fields.push(expr.clone());
                            }
                        }
                        return;
                    }
                }
                visit::visit_expr(self, expr);
            }
            Expr::Path(path) => {
                if let Some((ident, id)) = path.path.get_ident().and_then(|i| Some((i, self.rewriter.in_place(i)?))) {
                    self.found.insert(id, ident.clone());
                    self.fields.remove(&id);
                }
            }
            expr => visit::visit_expr(self, expr),
        }
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        macros::map_idents(mac.tokens.clone(), &mut |ident| {
            if let Some(id) = self.rewriter.in_place(ident) {
                self.found.insert(id, ident.clone());
                self.fields.remove(&id);
            }
            None
        });
    }
}

struct Replace<'a>(&'a Expr, &'a Ident);

impl VisitMut for Replace<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if expr == self.0 {
            let name = self.1;
            *expr = syn::parse_quote!(#name);
        } else {
            visit_mut::visit_expr_mut(self, expr);
        }
    }
}

impl Rewriter<'_, '_> {
    /// `order.as_deref_mut()`, `order` being an `Option` of what is lent, where what it gives is lent on: for as long as what it is in, not
    /// for as long as the variable.
    fn lends_inside(&self, call: &syn::ExprMethodCall) -> bool {
        matches!(self.arm, Arm::Takeoff(_))
            && (call.method == "as_deref_mut" || call.method == "as_deref")
            && self.placed.cfg.locals.is_optional(&call.receiver)
    }

    /// `list.truncate(list.len() - 1)`: a slot is not borrowed in two phases, as a variable is, so the arguments come first.
    fn called_with_itself(&self, call: &syn::ExprMethodCall) -> bool {
        let Some(root) = crate::compiler::flow::root(&call.receiver).filter(|_| is_bare_place(&call.receiver)) else { return false };
        let Some(id) = self.in_place(root).filter(|id| self.is_optional(*id)) else { return false };
        let locals = &self.placed.cfg.locals;
        call.args.iter().any(|arg| crate::compiler::flow::mentioned(locals, |mentioned| mentioned.visit_expr(arg)).contains(&id))
    }

    /// What an assignment drops that was left in the slot, where the variable is a local that nothing is moved into before.
    fn replaced(&mut self, place: &Expr) -> Option<TokenStream> {
        let local = self.placed.cfg.locals.of(place).filter(|id| self.inside == 0 && self.placed.is_slot(*id))?;
        if self.placed.is_deferred(self.arm, local) {
            self.exits.clears(local)
        } else {
            None
        }
    }

    /// A place that is only looked at, so that it may be looked at twice.
    fn look(&mut self, place: &mut Expr) {
        let outer = std::mem::replace(&mut self.looking, is_bare_place(place));
        self.visit_expr_mut(place);
        self.looking = outer;
    }
}

/// What a pattern of structs binds by value, each as a part of `place`. `None`: it does something else, too.
fn parts_of<'p>(pat: &'p Pat, place: &Expr, parts: &mut Vec<(&'p Ident, Expr)>) -> Option<()> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() && matches!(place, Expr::Field(_)) => {
            parts.push((&pat.ident, place.clone()));
        }
        Pat::Struct(pat) => {
            for field in &pat.fields {
                let member = &field.member;
                parts_of(&field.pat, &syn::parse_quote!(#place.#member), parts)?;
            }
        }
        Pat::Wild(_) => (),
        _ => return None,
    }
    Some(())
}

/// A variable or a field of one.
fn is_bare_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(e) => is_bare_place(&e.base),
        Expr::Paren(e) => is_bare_place(&e.expr),
        _ => false,
    }
}

impl VisitMut for Rewriter<'_, '_> {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Local(local) = stmt {
            // (Where nothing is awaited nothing is made again.)
            local.attrs.retain(|attr| !attr.path().is_ident("again"));
        }
        if let Some(lets) = self.taken_apart(stmt) {
            *stmt = Stmt::Expr(Expr::Verbatim(lets), None);
            return;
        }
        operands::each_value_of_stmt(stmt, &mut |value, _| self.give(value));
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let parts = operands::takes_any(expr);
        operands::each_value(expr, &mut |value, _| {
            if parts || !matches!(value, Expr::Field(_)) {
                self.give(value);
            }
        });
        match expr {
            Expr::MethodCall(e) if self.lends_inside(e) => {
                let (receiver, method) = (&e.receiver, &e.method);
                let deref = Ident::new(&format!("inside_{method}"), method.span());
                *expr = Expr::Verbatim(quote!(::coroutine_runtime::__private::#deref(#receiver)));
            }
            Expr::MethodCall(e) if self.called_with_itself(e) => {
                let mut lets = TokenStream::new();
                for (n, arg) in e.args.iter_mut().enumerate() {
                    self.visit_expr_mut(arg);
                    let name = quote::format_ident!("__arg{n}", span = proc_macro2::Span::mixed_site());
                    lets.extend(quote!(let #name = #arg;));
                    *arg = syn::parse_quote!(#name);
                }
                self.visit_expr_mut(&mut e.receiver);
                *expr = Expr::Verbatim(quote!({ #lets #e }));
            }
            Expr::Path(path) if path.qself.is_none() => {
                if let Some(ident) = path.path.get_ident() {
                    if let Some(id) = self.in_place(ident) {
                        *expr = Expr::Verbatim(self.place_of(ident, id));
                    }
                }
            }
            Expr::Assign(e) => {
                let optional = match &*e.left {
                    Expr::Path(path) => {
                        path.path.get_ident().cloned().and_then(|i| Some((self.in_place(&i)?, i))).filter(|(id, _)| self.is_optional(*id))
                    }
                    _ => None,
                };
                self.visit_expr_mut(&mut e.right);
                match optional {
                    Some((id, ident)) => {
                        let value = &e.right;
                        let value = match &self.placed.cfg.locals[id].ty {
                            Some(ty) => quote!({ let __value: #ty = #value; __value }),
                            None => quote!(#value),
                        };
                        *expr = Expr::Verbatim(quote!(*#ident = ::core::option::Option::Some(#value)));
                    }
                    None => {
                        self.visit_expr_mut(&mut e.left);
                        if let Some(clear) = self.replaced(&e.left) {
                            *expr = Expr::Verbatim(quote!({ #e; #clear }));
                        }
                    }
                }
            }
            Expr::Reference(e) if e.mutability.is_none() => self.look(&mut e.expr),
            Expr::Binary(e) if crate::compiler::normalize::is_comparison(&e.op) => {
                self.look(&mut e.left);
                self.look(&mut e.right);
            }
            Expr::Closure(e) => {
                let by_move = e.capture.is_some();
                self.capturing(expr, by_move);
            }
            Expr::Async(e) => {
                let by_move = e.capture.is_some();
                self.capturing(expr, by_move);
            }
            Expr::Return(e) if self.inside == 0 => {
                let value = match &mut e.expr {
                    Some(value) => {
                        self.visit_expr_mut(value);
                        value.to_token_stream()
                    }
                    None => quote!(()),
                };
                *expr = Expr::Verbatim(self.exits.returns(value));
            }
            Expr::Try(e) if self.inside == 0 => {
                self.visit_expr_mut(&mut e.expr);
                let inner = &e.expr;
                let value = quote!(::coroutine_runtime::__private::FromRest::from_rest(__rest));
                let exit = self.exits.returns(value);
                *expr = Expr::Verbatim(quote! {
                    (match ::coroutine_runtime::__private::Tri::branch(#inner) {
                        ::core::result::Result::Ok(__value) => __value,
                        ::core::result::Result::Err(__rest) => #exit,
                    })
                });
            }
            Expr::Break(e) if self.inside == 0 => {
                if let Some(exit) = e.label.as_ref().and_then(|l| self.exits.jumps(l, false)) {
                    *expr = Expr::Verbatim(exit);
                } else {
                    visit_mut::visit_expr_break_mut(self, e);
                }
            }
            Expr::Continue(e) if self.inside == 0 => {
                if let Some(exit) = e.label.as_ref().and_then(|l| self.exits.jumps(l, true)) {
                    *expr = Expr::Verbatim(exit);
                }
            }
            expr => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        mac.tokens = match macros::parse(mac) {
            Some(Known::Args(mut args)) => {
                // (What `write!` writes to is used mutably.)
                let writes = macros::name(mac).starts_with("write");
                for (n, arg) in args.iter_mut().enumerate() {
                    if !arg.by_ref {
                        self.give(&mut arg.expr);
                    }
                    if arg.by_ref && !(writes && n == 0) {
                        self.look(&mut arg.expr);
                    } else {
                        self.visit_expr_mut(&mut arg.expr);
                    }
                }
                Known::Args(args).into_tokens()
            }
            Some(Known::Repeat(mut elem, mut len)) => {
                self.give(&mut elem);
                self.visit_expr_mut(&mut elem);
                self.visit_expr_mut(&mut len);
                Known::Repeat(elem, len).into_tokens()
            }
            Some(Known::Matches(mut expr, mut pat)) => {
                self.visit_expr_mut(&mut expr);
                self.visit_pat_mut(&mut pat);
                Known::Matches(expr, pat).into_tokens()
            }
            None => {
                let tokens = std::mem::take(&mut mac.tokens);
                let this = &*self;
                macros::map_idents(tokens, &mut |ident| this.in_place(ident).map(|id| this.place_of(ident, id)))
            }
        };
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    // Lifetimes of the signature have no meaning in the machine.
    fn visit_type_mut(&mut self, ty: &mut syn::Type) {
        struct Elide;
        impl VisitMut for Elide {
            fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
                if lifetime.ident != "static" {
                    lifetime.ident = Ident::new("_", lifetime.ident.span());
                }
            }
            fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
        }
        Elide.visit_type_mut(ty);
    }
}

/// Whether code leaves its region early: by `return`, `?`, or a jump to a label in `labels`.
pub(crate) fn leaves_early(placed: &Placed, visit: impl FnOnce(&mut dyn FnMut(Found<'_>))) -> bool {
    let mut early = false;
    visit(&mut |found| {
        let mut finder = Early { placed, found: false };
        match found {
            Found::Stmt(stmt) => finder.visit_stmt(stmt),
            Found::Expr(expr) => finder.visit_expr(expr),
        }
        early |= finder.found;
    });
    early
}

/// What [`leaves_early`] looks into.
pub(crate) enum Found<'a> {
    Stmt(&'a Stmt),
    Expr(&'a Expr),
}

struct Early<'a> {
    placed: &'a Placed,
    found: bool,
}

impl<'ast> Visit<'ast> for Early<'_> {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.found = true;
    }
    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.found = true;
    }
    fn visit_lifetime(&mut self, label: &'ast Lifetime) {
        self.found |= self.placed.cfg.labels.contains_key(&label.to_string());
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        match macros::parse(mac) {
            Some(Known::Args(args)) => args.iter().for_each(|a| Early { placed: self.placed, found: false }.into(&a.expr, &mut self.found)),
            Some(Known::Repeat(elem, _)) => Early { placed: self.placed, found: false }.into(&elem, &mut self.found),
            Some(Known::Matches(expr, _)) => Early { placed: self.placed, found: false }.into(&expr, &mut self.found),
            None => (),
        }
    }
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
}

impl Early<'_> {
    fn into(mut self, expr: &Expr, found: &mut bool) {
        self.visit_expr(expr);
        *found |= self.found;
    }
}
