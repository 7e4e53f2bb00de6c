//! Expressions with awaits inside: their operands, in the order in which Rust evaluates them.

use super::conditions::leaves_temporaries;
use super::{has_await, macro_has_await, mentions, Dest, Hosted, Normalizer};
use crate::compiler::anf::Stmt;
use crate::compiler::borrows;
use crate::compiler::concurrent;
use crate::compiler::flow;
use crate::compiler::id::{LocalId, LocalSet, Origin};
use crate::compiler::liveness::boxed;
use crate::compiler::macros::{self, Arg, Known};
use crate::compiler::methods::clones;
use crate::compiler::operands::{is_compound, whole};
use crate::compiler::uniques;
use syn::visit::Visit;
use syn::{Block, Expr, Ident};

/// What a temporary is called that owns what was taken out of a borrow.
pub(crate) const TAKEN: &str = "taken";

/// How an operand is used.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Use {
    /// By value, of which nothing is felt while it waits to be used: a number.
    Value,
    /// By value, of any type: a variable is moved out of where it is, so that what it waits for drops it first.
    Given,
    /// As a place: borrowed, assigned to, or called on.
    Place,
}

impl Normalizer<'_> {
    /// The expression without its awaits: they are statements now, and their results temporaries.
    pub(super) fn expr(&mut self, expr: Expr) -> Expr {
        if !has_await(&expr) || self.dead() {
            return expr;
        }
        match expr {
            Expr::Await(e) => self.await_expr(e),
            Expr::Call(mut e) => {
                let func = std::mem::replace(&mut *e.func, unit());
                let mut operands = vec![(func, Use::Place)];
                operands.extend(std::mem::take(&mut e.args).into_iter().map(|a| (a, Use::Given)));
                let mut operands = self.operands(operands).into_iter();
                *e.func = operands.next().unwrap_or_else(unit);
                e.args = operands.collect();
                Expr::Call(e)
            }
            Expr::MethodCall(mut e) => {
                let receiver = std::mem::replace(&mut *e.receiver, unit());
                let mut operands = vec![(receiver, Use::Place)];
                operands.extend(std::mem::take(&mut e.args).into_iter().map(|a| (a, Use::Given)));
                let mut operands = self.operands(operands).into_iter();
                *e.receiver = operands.next().unwrap_or_else(unit);
                e.args = operands.collect();
                Expr::MethodCall(e)
            }
            Expr::Binary(e) => self.binary(e),
            Expr::Assign(mut e) => {
                // The value first, then the place.
                let value = self.expr(*e.right);
                let value = if has_await(&e.left) { self.freeze(value, Use::Value, &[]) } else { value };
                *e.left = self.place(*e.left);
                e.right = Box::new(value);
                Expr::Assign(e)
            }
            Expr::Field(mut e) => {
                *e.base = self.place(*e.base);
                Expr::Field(e)
            }
            Expr::Index(mut e) => {
                let mut operands = self.operands(vec![(*e.expr, Use::Place), (*e.index, Use::Value)]).into_iter();
                *e.expr = operands.next().unwrap_or_else(unit);
                *e.index = operands.next().unwrap_or_else(unit);
                Expr::Index(e)
            }
            Expr::Reference(mut e) => {
                *e.expr = self.place(*e.expr);
                Expr::Reference(e)
            }
            Expr::Unary(mut e) => {
                *e.expr = if matches!(e.op, syn::UnOp::Deref(_)) { self.place(*e.expr) } else { self.expr(*e.expr) };
                Expr::Unary(e)
            }
            Expr::Cast(mut e) => {
                *e.expr = self.expr(*e.expr);
                Expr::Cast(e)
            }
            Expr::Paren(mut e) => {
                *e.expr = self.expr(*e.expr);
                Expr::Paren(e)
            }
            Expr::Group(e) => self.expr(*e.expr),
            Expr::Try(mut e) => {
                *e.expr = self.expr(*e.expr);
                Expr::Try(e)
            }
            Expr::Tuple(mut e) => {
                e.elems = self.values(e.elems);
                Expr::Tuple(e)
            }
            Expr::Array(mut e) => {
                e.elems = self.values(e.elems);
                Expr::Array(e)
            }
            Expr::Repeat(mut e) => {
                *e.expr = self.expr(*e.expr);
                Expr::Repeat(e)
            }
            Expr::Range(mut e) => {
                let ends = [&mut e.start, &mut e.end];
                let operands = ends.iter().filter_map(|end| end.as_ref().map(|end| ((**end).clone(), Use::Value))).collect();
                let mut operands = self.operands(operands).into_iter();
                for end in ends.into_iter().flatten() {
                    **end = operands.next().unwrap_or_else(unit);
                }
                Expr::Range(e)
            }
            Expr::Struct(mut e) => {
                let mut operands: Vec<_> = e.fields.iter().map(|f| (f.expr.clone(), Use::Given)).collect();
                operands.extend(e.rest.as_ref().map(|rest| ((**rest).clone(), Use::Place)));
                let mut operands = self.operands(operands).into_iter();
                for field in &mut e.fields {
                    field.expr = operands.next().unwrap_or_else(unit);
                }
                if let Some(rest) = &mut e.rest {
                    **rest = operands.next().unwrap_or_else(unit);
                }
                Expr::Struct(e)
            }
            Expr::Macro(e) => self.macro_expr(e),
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => {
                self.expr_into(expr, &Dest::Ignore);
                syn::parse_quote!(::core::unreachable!())
            }
            Expr::Block(e) if super::is_step(&e.attrs) => self.step(e),
            Expr::Match(e) if !has_await_in_arms(&e) => {
                let scrutinee = self.place(*e.expr);
                Expr::Match(syn::ExprMatch { expr: Box::new(scrutinee), ..e })
            }
            Expr::If(e) if !has_let(&e.cond) && !if_branches_await(&e) => {
                let cond = self.condition(*e.cond);
                Expr::If(syn::ExprIf { cond: Box::new(cond), ..e })
            }
            Expr::If(_) | Expr::Match(_) | Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Block(_) | Expr::Unsafe(_) => {
                let value = self.locals.temp("value");
                self.plain(syn::parse_quote!(let #value;));
                self.expr_into(expr, &Dest::Into(value.clone()));
                syn::parse_quote!(#value)
            }
            expr => {
                self.diag.error(&expr, UNSUPPORTED);
                expr
            }
        }
    }

    fn await_expr(&mut self, e: syn::ExprAwait) -> Expr {
        let mut operand = self.expr(*e.base);
        self.take_out(&mut operand);
        let mut hosted = Hosted::default();
        match concurrent::branches_mut(&mut operand) {
            Some(branches) => branches.into_iter().for_each(|branch| self.host(branch, &mut hosted)),
            None => self.host(&mut operand, &mut hosted),
        }
        if self.dead() {
            return syn::parse_quote!(::core::unreachable!());
        }
        if let Expr::Call(call) = &operand {
            let named = |function: &Ident| matches!(&*call.func, Expr::Path(path) if path.path.is_ident(function));
            if self.locals.of(&call.func).is_none() && self.function.as_ref().is_some_and(named) {
                self.diag.error(&call.func, "a coroutine that awaits itself would contain itself\nhelp: `Box::pin(..).await` the call");
            }
        }
        let label = label(&operand);
        self.await_with(operand, hosted, e.await_token.span, label, false)
    }

    /// `f(take(batch)).await`, `f(*count).await`: what is taken out of a borrow that cannot be taken again is taken before.
    fn take_out(&mut self, operand: &mut Expr) {
        let mut kept = LocalSet::new();
        let args = match operand {
            Expr::Call(e) => &mut e.args,
            Expr::MethodCall(e) => {
                kept.extend(flow::mentioned(&self.locals, |mentioned| mentioned.visit_expr(&e.receiver)));
                &mut e.args
            }
            _ => return,
        };
        // Of each variable, all or nothing is taken out.
        let unknown = |id: &LocalId| self.locals[*id].uses.taken_before && self.locals[*id].borrow.is_none();
        for arg in args.iter() {
            if uniques::taken_from(&self.locals, arg).is_none() {
                kept.extend(flow::mentioned(&self.locals, |mentioned| mentioned.visit_expr(arg)));
            }
        }
        let taken = |arg: &Expr| uniques::taken_from(&self.locals, arg).filter(unknown).filter(|id| !kept.contains(id));
        let all: Vec<bool> = args.iter().map(|arg| taken(arg).is_some()).collect();
        let mut before: Vec<&Expr> = Vec::new();
        for (arg, taken) in args.iter_mut().zip(all) {
            if taken && before.iter().all(|earlier| self.stable(earlier, Use::Value, &[arg])) {
                let temp = self.locals.temp_of(TAKEN, arg);
                let value = std::mem::replace(arg, syn::parse_quote!(#temp));
                self.plain(syn::parse_quote!(let #temp = #value;));
            }
            before.push(arg);
        }
    }

    /// `f(&make()).await`, `make().f().await`: what is lent to a child must outlive the operand, and lives to the end of the statement.
    /// So an owned value that is borrowed there becomes a temporary, which lies where the operand's type says.
    fn host(&mut self, operand: &mut Expr, hosted: &mut Hosted) {
        let call = match operand {
            Expr::Paren(e) => return self.host(&mut e.expr, hosted),
            Expr::Call(_) if boxed(operand).is_some() => match operand {
                Expr::Call(e) => return e.args.iter_mut().for_each(|call| self.host(call, hosted)),
                _ => return,
            },
            call => call,
        };
        let mut before: Vec<&mut Expr> = Vec::new();
        let args = match call {
            Expr::Call(e) => &mut e.args,
            Expr::MethodCall(e) => {
                if self.is_owned_value(&e.receiver) {
                    self.host_value(&mut e.receiver, hosted);
                }
                // (It is borrowed where it stands: of what has an effect there, its arguments' temporaries come first.)
                &mut e.args
            }
            _ => return,
        };
        for arg in args {
            self.host_borrowed(arg, &mut before, hosted);
            before.push(arg);
        }
    }

    /// The owned values that an argument borrows. What is evaluated before them becomes a temporary, too.
    fn host_borrowed(&mut self, arg: &mut Expr, before: &mut Vec<&mut Expr>, hosted: &mut Hosted) {
        match arg {
            Expr::Reference(e) if self.borrows_value(e) => {
                for earlier in before.iter_mut() {
                    if self.stable(earlier, Use::Value, &[]) {
                        continue;
                    }
                    let temp = self.locals.temp_of("operand", earlier);
                    let value = std::mem::replace(*earlier, syn::parse_quote!(#temp));
                    hosted.moved.push(syn::parse_quote!(let #temp = #value;));
                }
                self.host_value(whole(&mut e.expr), hosted);
            }
            arg => {
                let mut first = before.iter().all(|e| self.stable(e, Use::Value, &[]));
                self.host_inside(arg, &mut first, hosted);
            }
        }
    }

    /// As [`host_borrowed`](Self::host_borrowed), inside of an argument. `first`: nothing with an effect is evaluated before it; where
    /// something is, the temporary is made in its place.
    fn host_inside(&mut self, expr: &mut Expr, first: &mut bool, hosted: &mut Hosted) {
        match expr {
            Expr::Reference(e) if self.borrows_value(e) => {
                if *first {
                    return self.host_value(whole(&mut e.expr), hosted);
                }
                let temp = self.locals.temp_of("borrowed", &e.expr);
                let mut value = std::mem::replace(whole(&mut e.expr), syn::parse_quote!(#temp));
                self.host_inside(&mut value, first, hosted);
                *expr = syn::parse_quote!({ #temp = #value; #expr });
                hosted.inside.push(temp);
            }
            Expr::Call(e) if matches!(&*e.func, Expr::Path(_)) => {
                e.args.iter_mut().for_each(|arg| self.host_inside(arg, first, hosted));
                *first = false;
            }
            Expr::MethodCall(e) => {
                self.host_inside(&mut e.receiver, first, hosted);
                e.args.iter_mut().for_each(|arg| self.host_inside(arg, first, hosted));
                *first = false;
            }
            Expr::Binary(e) if !matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) && !is_compound(&e.op) => {
                self.host_inside(&mut e.left, first, hosted);
                self.host_inside(&mut e.right, first, hosted);
            }
            Expr::Unary(e) => self.host_inside(&mut e.expr, first, hosted),
            Expr::Cast(e) => self.host_inside(&mut e.expr, first, hosted),
            Expr::Paren(e) => self.host_inside(&mut e.expr, first, hosted),
            Expr::Field(e) => self.host_inside(&mut e.base, first, hosted),
            Expr::Tuple(e) => e.elems.iter_mut().for_each(|e| self.host_inside(e, first, hosted)),
            Expr::Array(e) => e.elems.iter_mut().for_each(|e| self.host_inside(e, first, hosted)),
            Expr::Struct(e) => e.fields.iter_mut().for_each(|field| self.host_inside(&mut field.expr, first, hosted)),
            expr => *first &= self.stable(expr, Use::Value, &[]),
        }
    }

    /// Whether a borrow is one of an owned value, or of a field of one.
    fn borrows_value(&self, e: &syn::ExprReference) -> bool {
        let mut place = &*e.expr;
        while let Expr::Field(syn::ExprField { base: inner, .. }) | Expr::Paren(syn::ExprParen { expr: inner, .. }) = place {
            place = inner;
        }
        !self.is_constant_borrow(e) && self.is_owned_value(place)
    }

    /// `&5`, `&LIMIT`, `&["a", "b"]`: what lasts forever where it is borrowed.
    fn is_constant_borrow(&self, e: &syn::ExprReference) -> bool {
        e.mutability.is_none() && (matches!(&*e.expr, Expr::Path(_)) || borrows::is_promoted(&self.locals, &e.expr))
    }

    fn host_value(&mut self, value: &mut Expr, hosted: &mut Hosted) {
        let temp = self.locals.temp_of("borrowed", value);
        let mut value = std::mem::replace(value, syn::parse_quote!(#temp));
        self.host_inside(&mut value, &mut true, hosted);
        hosted.moved.push(syn::parse_quote!(let mut #temp = #value;));
        hosted.names.push(temp);
    }

    /// Whether an expression makes a value that holds no borrow, as far as can be told without types.
    fn is_owned_value(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) | Expr::Binary(_) | Expr::Cast(_) => true,
            Expr::Paren(e) => self.is_owned_value(&e.expr),
            Expr::Unary(e) => !matches!(e.op, syn::UnOp::Deref(_)) && self.is_owned_value(&e.expr),
            Expr::Macro(e) => match (macros::name(&e.mac).as_str(), macros::parse(&e.mac)) {
                ("format", _) => true,
                ("vec", Some(Known::Args(args))) => args.iter().all(|arg| self.is_owned_part(&arg.expr)),
                ("vec", Some(Known::Repeat(elem, _))) => self.is_owned_part(&elem),
                _ => false,
            },
            Expr::MethodCall(e) => matches!(e.method.to_string().as_str(), "to_string" | "to_owned" | "to_vec" | "clone" | "len"),
            Expr::Struct(e) => e.rest.is_none() && e.fields.iter().all(|f| self.is_owned_part(&f.expr)),
            Expr::Tuple(e) => e.elems.iter().all(|e| self.is_owned_part(e)),
            Expr::Array(e) => e.elems.iter().all(|e| self.is_owned_part(e)),
            Expr::Call(e) => clones(expr) || matches!(&*e.func, Expr::Path(_)) && e.args.iter().all(|e| self.is_owned_part(e)),
            Expr::Block(e) => self.is_owned_block(&e.block),
            Expr::If(e) => {
                self.is_owned_block(&e.then_branch) && e.else_branch.as_ref().is_some_and(|(_, branch)| self.is_owned_value(branch))
            }
            Expr::Match(e) => e.arms.iter().all(|arm| self.is_owned_value(&arm.body)),
            _ => false,
        }
    }

    fn is_owned_block(&self, block: &Block) -> bool {
        matches!(&block.stmts[..], [syn::Stmt::Expr(e, None)] if self.is_owned_part(e))
    }

    fn is_owned_part(&self, expr: &Expr) -> bool {
        match self.locals.of(expr) {
            Some(id) => self.locals[id].origin != Origin::Lent && self.locals[id].borrow.is_none(),
            None => matches!(expr, Expr::Path(_)) || self.is_owned_value(expr),
        }
    }

    fn values(&mut self, elems: syn::punctuated::Punctuated<Expr, syn::Token![,]>) -> syn::punctuated::Punctuated<Expr, syn::Token![,]> {
        let trailing = elems.trailing_punct();
        let mut elems: syn::punctuated::Punctuated<Expr, syn::Token![,]> =
            self.operands(elems.into_iter().map(|e| (e, Use::Given)).collect()).into_iter().collect();
        if trailing && !elems.is_empty() {
            elems.push_punct(Default::default());
        }
        elems
    }

    /// Operands that are evaluated in this order: those before the last await are evaluated into temporaries.
    pub(super) fn operands(&mut self, operands: Vec<(Expr, Use)>) -> Vec<Expr> {
        let last = operands.iter().rposition(|(e, _)| has_await(e));
        let exprs: Vec<Expr> = operands.iter().map(|(e, _)| e.clone()).collect();
        operands
            .into_iter()
            .enumerate()
            .map(|(n, (operand, used))| {
                if last.is_none_or(|last| n > last) {
                    return operand;
                }
                let value = if used == Use::Place { self.place(operand) } else { self.expr(operand) };
                let later: Vec<&Expr> = exprs.iter().skip(n + 1).collect();
                if Some(n) == last {
                    value
                } else {
                    self.freeze(value, used, &later)
                }
            })
            .collect()
    }

    /// As [`Self::expr`], where the expression is used as a place: what is a place stays one.
    pub(super) fn place(&mut self, expr: Expr) -> Expr {
        self.expr(expr)
    }

    /// Evaluates an operand now, unless that is the same as evaluating it after the `later` ones.
    pub(super) fn freeze(&mut self, expr: Expr, used: Use, later: &[&Expr]) -> Expr {
        if self.dead() || self.stable(&expr, used, later) {
            return expr;
        }
        match (used, expr) {
            (Use::Place, Expr::Field(mut e)) => {
                *e.base = self.freeze(*e.base, Use::Place, later);
                Expr::Field(e)
            }
            (Use::Place, Expr::Index(mut e)) => {
                *e.expr = self.freeze(*e.expr, Use::Place, later);
                *e.index = self.freeze(*e.index, Use::Value, later);
                Expr::Index(e)
            }
            (Use::Place, Expr::Unary(mut e)) if matches!(e.op, syn::UnOp::Deref(_)) => {
                *e.expr = self.freeze(*e.expr, Use::Place, later);
                Expr::Unary(e)
            }
            (_, Expr::Reference(mut e)) => {
                *e.expr = self.freeze(*e.expr, Use::Place, later);
                Expr::Reference(e)
            }
            (used, Expr::Paren(e)) => self.freeze(*e.expr, used, later),
            // `text.as_bytes()[at().await]`: a variable that holds a borrow.
            (Use::Place, expr) if matches!(expr, Expr::MethodCall(_)) && borrows::borrow(&self.locals, &expr).is_some() => {
                let temp = self.locals.temp_of("operand", &expr);
                if let Some(id) = self.locals.find(&temp) {
                    self.locals[id].origin = Origin::Binding;
                }
                self.stmt(syn::parse_quote!(let #temp = #expr;));
                syn::parse_quote!(#temp)
            }
            (_, mut expr) => {
                // What it borrows lives to the end of the statement.
                let mut hosted = Hosted::default();
                self.host_inside(&mut expr, &mut true, &mut hosted);
                hosted.moved.into_iter().for_each(|stmt| self.plain(stmt));
                hosted.inside.iter().for_each(|temp| self.plain(syn::parse_quote!(let mut #temp;)));
                let temp = self.locals.temp_of("operand", &expr);
                self.plain(syn::parse_quote!(let mut #temp = #expr;));
                syn::parse_quote!(#temp)
            }
        }
    }

    /// Whether evaluating an expression after the `later` ones is the same as evaluating it now.
    fn stable(&self, expr: &Expr, used: Use, later: &[&Expr]) -> bool {
        match expr {
            Expr::Lit(_) | Expr::Closure(_) | Expr::Infer(_) => true,
            Expr::Path(path) => match self.locals.of(expr) {
                None => true,
                Some(id) => {
                    let local = &self.locals[id];
                    used == Use::Place
                        || (local.origin == Origin::Lent)
                        || local.origin == Origin::Temp
                        || (used == Use::Value || local.borrow.is_some())
                            && !path.path.get_ident().is_some_and(|name: &Ident| later.iter().any(|e| mentions(e, name)))
                }
            },
            Expr::Field(e) => used == Use::Place && self.stable(&e.base, Use::Place, later),
            Expr::Index(e) => used == Use::Place && self.stable(&e.expr, Use::Place, later) && self.stable(&e.index, Use::Value, later),
            Expr::Unary(e) => match e.op {
                syn::UnOp::Deref(_) => used == Use::Place && self.stable(&e.expr, Use::Place, later),
                _ => matches!(*e.expr, Expr::Lit(_)),
            },
            Expr::Reference(e) => self.stable(&e.expr, Use::Place, later),
            Expr::Paren(e) => self.stable(&e.expr, used, later),
            Expr::Tuple(e) => e.elems.iter().all(|e| self.stable(e, used, later)),
            Expr::Array(e) => e.elems.iter().all(|e| self.stable(e, used, later)),
            Expr::Range(e) => e.start.iter().chain(&e.end).all(|e| self.stable(e, Use::Value, later)),
            _ => false,
        }
    }

    fn binary(&mut self, mut e: syn::ExprBinary) -> Expr {
        use syn::BinOp;
        match e.op {
            BinOp::And(_) | BinOp::Or(_) if !has_await(&e.right) => {
                *e.left = self.expr(*e.left);
                Expr::Binary(e)
            }
            BinOp::And(_) | BinOp::Or(_) => {
                let and = matches!(e.op, BinOp::And(_));
                let value = self.locals.temp("value");
                self.plain(syn::parse_quote!(let #value;));
                let dest = Dest::Into(value.clone());
                let cond = self.expr(*e.left);
                let more = self.body(|this| this.expr_into(*e.right, &dest));
                let settled = self.body(|this| {
                    let known: Expr = if and { syn::parse_quote!(false) } else { syn::parse_quote!(true) };
                    this.deliver(known, &dest);
                });
                let (then, els) = if and { (more, settled) } else { (settled, more) };
                self.push(Stmt::If { cond, then, els });
                syn::parse_quote!(#value)
            }
            op if is_compound(&op) => {
                // On primitive types the value is evaluated before the place, on others after it. Where the place is no more than
                // a variable's, the order cannot be seen.
                let indices = self.indices_before(&mut e.left);
                let value = self.expr(*e.right);
                let value = if indices.is_some() { self.freeze(value, Use::Value, &[]) } else { value };
                self.indices_after(indices);
                let value = if has_await(&e.left) { self.freeze(value, Use::Value, &[]) } else { value };
                *e.left = self.place(*e.left);
                *e.right = value;
                Expr::Binary(e)
            }
            op => {
                let used = if is_comparison(&op) { Use::Place } else { Use::Value };
                let mut operands = self.operands(vec![(*e.left, used), (*e.right, used)]).into_iter();
                *e.left = operands.next().unwrap_or_else(unit);
                *e.right = operands.next().unwrap_or_else(unit);
                Expr::Binary(e)
            }
        }
    }

    /// `place[index()] op= value`: the indices, evaluated here unless the place's type is primitive.
    fn indices_before(&mut self, place: &mut Expr) -> Option<(Ident, Vec<(Ident, Expr)>)> {
        let mut indices = Vec::new();
        let mut at = &mut *place;
        loop {
            at = match at {
                Expr::Index(e) => {
                    if !self.stable(&e.index, Use::Value, &[]) && !has_await(&e.index) {
                        let name = self.locals.temp("index");
                        indices.push((name, (*e.index).clone()));
                    }
                    &mut e.expr
                }
                Expr::Field(e) => &mut e.base,
                Expr::Paren(e) => &mut e.expr,
                Expr::Unary(e) => &mut e.expr,
                _ => break,
            };
        }
        if indices.is_empty() || has_await(place) {
            return None;
        }
        // Innermost index first, as Rust evaluates them.
        indices.reverse();
        let primitive = self.locals.temp("primitive");
        let original = place.clone();
        self.plain(syn::parse_quote! {
            let #primitive = {
                use ::coroutine_runtime::__private::picks::*;
                (&::coroutine_runtime::__private::of_call(|| &#original)).__durable_is_primitive()
            };
        });
        for (name, _) in &indices {
            self.plain(syn::parse_quote!(let mut #name = ::core::option::Option::None;));
        }
        struct Swap<'a>(&'a [(Ident, Expr)]);
        impl syn::visit_mut::VisitMut for Swap<'_> {
            fn visit_expr_index_mut(&mut self, e: &mut syn::ExprIndex) {
                self.visit_expr_mut(&mut e.expr);
                if let Some((name, _)) = self.0.iter().find(|(_, index)| *index == *e.index) {
                    *e.index = syn::parse_quote!(::coroutine_runtime::__private::take(&mut #name));
                }
            }
        }
        syn::visit_mut::VisitMut::visit_expr_mut(&mut Swap(&indices), place);
        let first = self.body(|this| this.assign_all(&indices));
        self.push(Stmt::If { cond: syn::parse_quote!(!#primitive), then: first, els: Vec::new() });
        Some((primitive, indices))
    }

    fn indices_after(&mut self, indices: Option<(Ident, Vec<(Ident, Expr)>)>) {
        if let Some((primitive, indices)) = indices {
            let then = self.body(|this| this.assign_all(&indices));
            self.push(Stmt::If { cond: syn::parse_quote!(#primitive), then, els: Vec::new() });
        }
    }

    fn assign_all(&mut self, indices: &[(Ident, Expr)]) {
        for (name, index) in indices {
            self.plain(syn::parse_quote!(#name = ::core::option::Option::Some(#index);));
        }
    }

    /// A macro of std over its arguments, without their awaits.
    fn filled(&mut self, mut e: syn::ExprMacro, args: Vec<Arg>) -> Expr {
        let operands = args.iter().map(|a| (a.expr.clone(), if a.by_ref { Use::Place } else { Use::Given })).collect();
        let operands = self.operands(operands);
        let args = args.into_iter().zip(operands).map(|(a, expr)| Arg { expr, ..a }).collect();
        e.mac.tokens = Known::Args(args).into_tokens();
        Expr::Macro(e)
    }

    fn macro_expr(&mut self, mut e: syn::ExprMacro) -> Expr {
        let name = macros::name(&e.mac);
        match macros::parse(&e.mac) {
            Some(Known::Matches(expr, pat)) => {
                let matched: syn::ExprMatch = syn::parse_quote!(match #expr { _ => true, _ => false });
                let mut matched = matched;
                if let Some(arm) = matched.arms.first_mut() {
                    arm.pat = pat;
                }
                self.expr(Expr::Match(matched))
            }
            Some(Known::Repeat(elem, len)) => {
                let mut operands = self.operands(vec![(elem, Use::Given), (len, Use::Value)]).into_iter();
                let (elem, len) = (operands.next().unwrap_or_else(unit), operands.next().unwrap_or_else(unit));
                e.mac.tokens = Known::Repeat(elem, len).into_tokens();
                Expr::Macro(e)
            }
            Some(Known::Args(args)) if name.ends_with("assert") && args.iter().skip(1).any(|a| has_await(&a.expr)) => {
                // The message is evaluated only where the assertion fails.
                let mut args = args.into_iter();
                let cond = args.next().map_or_else(unit, |a| a.expr);
                let message = Known::Args(args.collect()).into_tokens();
                self.expr(syn::parse_quote!(if !(#cond) { ::core::panic!(#message) }))
            }
            Some(Known::Args(args)) if is_comparing(&name) && args.iter().skip(2).any(|a| has_await(&a.expr)) => {
                let sides = args.iter().take(2).map(|a| (a.expr.clone(), Use::Place)).collect::<Vec<_>>();
                let mut sides = self.operands(sides).into_iter();
                let (left, right) = (sides.next().unwrap_or_else(unit), sides.next().unwrap_or_else(unit));
                let (left, right) = (self.freeze(left, Use::Place, &[]), self.freeze(right, Use::Place, &[]));
                let op: syn::BinOp = if name.ends_with("eq") { syn::parse_quote!(==) } else { syn::parse_quote!(!=) };
                let path = e.mac.path.clone();
                let message = Known::Args(args.into_iter().skip(2).collect()).into_tokens();
                let text = self.locals.temp("message");
                self.expr(syn::parse_quote! {
                    if !(#left #op #right) {
                        let #text = ::std::format!(#message);
                        #path!(#left, #right, "{}", #text)
                    }
                })
            }
            // It expands to a block: what its arguments leave behind is dropped at its end.
            Some(Known::Args(args)) if is_block(&name) && args.iter().any(|a| has_await(&a.expr) && leaves_temporaries(&a.expr)) => {
                let value = self.locals.temp("value");
                self.plain(syn::parse_quote!(let #value;));
                let into = Dest::Into(value.clone());
                self.statement_scope(|this| {
                    let filled = this.filled(e, args);
                    this.deliver(filled, &into);
                });
                syn::parse_quote!(#value)
            }
            Some(Known::Args(args)) => self.filled(e, args),
            None => {
                if let Some(at) = macros::jumps(&e.mac.tokens) {
                    self.diag.error(
                        at,
                        &format!("`{name}!` has an await and a jump inside, and its tokens cannot be read\nhelp: put the await into a statement before it, or write what it expands to"),
                    );
                }
                if macros::mentions(&e.mac.tokens, "yield_") {
                    self.diag.error(
                        &e.mac.path,
                        &format!("`{name}!` has a yield inside, and its tokens cannot be read: it would be one step, and a step cannot yield\nhelp: yield in a `let` before it"),
                    );
                }
                debug_assert!(macro_has_await(&e.mac));
                let span = e.mac.path.segments.last().map_or_else(proc_macro2::Span::call_site, |s| s.ident.span());
                let operand: Expr = syn::parse_quote!({ #e });
                self.await_on(operand, span, camel(&name), true)
            }
        }
    }
}

/// Whether a macro of std expands to a block.
fn is_block(name: &str) -> bool {
    matches!(name, "format" | "print" | "println" | "eprint" | "eprintln")
}

const UNSUPPORTED: &str = "an await in this kind of expression is not supported\nhelp: put the await into a `let` before it";

fn unit() -> Expr {
    syn::parse_quote!(())
}

fn is_comparing(name: &str) -> bool {
    name.ends_with("assert_eq") || name.ends_with("assert_ne")
}

pub(crate) fn is_comparison(op: &syn::BinOp) -> bool {
    use syn::BinOp::*;
    matches!(op, Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_))
}

fn has_await_in_arms(e: &syn::ExprMatch) -> bool {
    e.arms.iter().any(|arm| has_await(&arm.body) || super::pat_has_await(&arm.pat))
}

pub(super) fn if_branches_await(e: &syn::ExprIf) -> bool {
    e.then_branch.stmts.iter().any(super::stmt_has_await) || e.else_branch.as_ref().is_some_and(|(_, e)| has_await(e))
}

pub(super) fn has_let(cond: &Expr) -> bool {
    match cond {
        Expr::Let(_) => true,
        Expr::Binary(e) => has_let(&e.left) || has_let(&e.right),
        Expr::Paren(e) => has_let(&e.expr),
        _ => false,
    }
}

/// What a state is called: after what is awaited there.
fn label(operand: &Expr) -> String {
    let name = match operand {
        Expr::Call(e) => match &*e.func {
            Expr::Path(path) => match (path.path.segments.last(), e.args.first()) {
                (Some(segment), Some(Expr::Call(inner))) if segment.ident == "pin" => return label(&Expr::Call(inner.clone())),
                (Some(segment), Some(Expr::MethodCall(inner))) if segment.ident == "pin" => return label(&Expr::MethodCall(inner.clone())),
                (Some(segment), _) => segment.ident.to_string(),
                _ => String::new(),
            },
            _ => String::new(),
        },
        Expr::MethodCall(e) => e.method.to_string(),
        Expr::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default(),
        Expr::Reference(e) => return label(&e.expr),
        Expr::Paren(e) => return label(&e.expr),
        Expr::Macro(e) => macros::name(&e.mac),
        Expr::Async(_) => "step".into(),
        _ => String::new(),
    };
    camel(&name)
}

/// `snake_case_` → `SnakeCase`.
fn camel(name: &str) -> String {
    let name = name.trim_start_matches("r#");
    let camel: String = name
        .split('_')
        .filter(|part| !part.is_empty())
        .map(|part| part.chars().take(1).flat_map(char::to_uppercase).chain(part.chars().skip(1)).collect::<String>())
        .collect();
    if camel.is_empty() || camel.starts_with(|c: char| c.is_ascii_digit()) {
        format!("Await{camel}")
    } else {
        camel
    }
}
