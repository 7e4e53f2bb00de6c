//! An await as two arms of the machine: one that makes what is awaited and offers a checkpoint, one that waits.

use super::again;
use super::lend::{lend_again, moving};
use super::names;
use super::reached::{borrowed_slot, Reached};
use super::region::{edge_to, mentioned, region, state_path, Shell};
use super::text;
use crate::compiler::cfg::{Arm, Edge};
use crate::compiler::concurrent;
use crate::compiler::flow::{self, Kind, Use};
use crate::compiler::id::{AwaitId, LocalId, LocalSet, Origin, ScopeId};
use crate::compiler::liveness::{boxed, lends, lends_of_branches};
use crate::compiler::place::{mentioned_expr, Mode, Placed};
use crate::compiler::rewrite::{leaves_early, Exits, Found, Rewriter};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::visit::Visit;
use syn::{Expr, Ident, Lifetime, Pat, Stmt};

/// Exits of code that runs inside an operand's async block.
struct Leaving<'a> {
    shell: &'a Shell<'a>,
    scope: ScopeId,
    edges: Vec<Edge>,
}

impl Exits for Leaving<'_> {
    fn returns(&mut self, value: TokenStream) -> TokenStream {
        let ret = &self.shell.ret;
        quote!(return ::coroutine_runtime::__private::Flow::<_, #ret>::Return(#value))
    }
    fn jumps(&mut self, label: &Lifetime, again: bool) -> Option<TokenStream> {
        let edge = edge_to(self.shell.placed, self.scope, label, again)?;
        let index = self.edges.iter().position(|e| *e == edge).unwrap_or_else(|| {
            self.edges.push(edge);
            self.edges.len() - 1
        });
        let (index, ret) = (u32::try_from(index).unwrap_or(u32::MAX), &self.shell.ret);
        Some(quote!(return ::coroutine_runtime::__private::Flow::<_, #ret>::Jump(#index)))
    }
}

/// The two states of an await, as a pattern, and their code.
pub(super) fn takeoff(shell: &Shell<'_>, id: AwaitId) -> (TokenStream, TokenStream) {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let early = leaves_early(placed, |f| {
        it.moved.iter().for_each(|stmt| f(Found::Stmt(stmt)));
        f(Found::Expr(&it.operand));
    });
    let mut exits = Leaving { shell, scope: it.scope, edges: Vec::new() };
    let mut reached = Reached::default();
    let choice = host(shell, id, &mut exits, &mut reached);
    let outlives = may_name_loans(placed, id).then(|| outlives(shell, id, choice.is_none(), &mut reached));
    let reached = reached.bindings(placed);
    let (outside, inside) = bindings(placed, arm, &mut exits, &mut reach(placed, arm, outlives.is_some()), Hosting::Known);
    let moved: TokenStream = it.moved.iter().map(|stmt| moved(placed, arm, stmt, &mut exits)).collect();
    let operand = operand(placed, arm, &it.operand, &mut exits);
    let span = it.span.resolved_at(proc_macro2::Span::call_site());
    let ret = &shell.ret;
    let opaque = it.step && matches!(&it.operand, Expr::Block(e) if matches!(&e.block.stmts[..], [Stmt::Expr(Expr::Macro(_), None)]));
    let same = ((choice.is_some() || outlives.is_some()) && concurrent::branches(&it.operand).is_none())
        .then(|| quote!(::coroutine_runtime::__private::same(&__given, &__it);));
    let landing = if opaque {
        // A `return` that a macro hides means the function's: the block that it leaves gives what the function does.
        quote! {
            match ::coroutine_runtime::__private::opaque::<_, #ret, _>(|__cell| async move {
                let __value = #operand;
                ::coroutine_runtime::__private::settle(&__cell, __value);
                ::coroutine_runtime::__private::never().await
            }).await {
                ::coroutine_runtime::__private::Flow::On(__value) => ::coroutine_runtime::__private::IsValue(__value),
                ::coroutine_runtime::__private::Flow::Return(__value) => return ::coroutine_runtime::__private::Flow::<_, #ret>::Return(__value),
                ::coroutine_runtime::__private::Flow::Jump(_) => ::coroutine_runtime::__private::empty(),
            }
        }
    } else if it.step {
        quote!(::coroutine_runtime::__private::IsValue(#operand))
    } else {
        // (What was picked is bound: else what it was picked by would live across the `.await`, and be stored in the block.)
        quote_spanned! {span=> match #operand {
            __it => {
                #same
                let __land = (&&&&::coroutine_runtime::__private::of(&__it)).__durable_pick();
                __land.land(__it).await
            }
        } }
    };
    let early = early || opaque;
    let output = if early { quote!(::coroutine_runtime::__private::Flow::<_, #ret>::On(#landing)) } else { landing };
    let lent = match outlives {
        Some(_) => quote!(__outlives.lent(__lent)),
        None => quote!(::coroutine_runtime::__private::lent(__lent)),
    };
    let lent = shell.lent(&mentioned(placed, arm), &lent);
    let own = own(placed, arm, &it.operand);
    let (next, waiting) = (state_path(placed, arm), state_path(placed, Arm::Region(it.landing)));
    let set = names::wait_set(placed, id, &quote!(__operand.begin()));
    let wait = wait_arm(shell, id, early, &exits.edges);
    let body = quote! {
        let __begins = ::core::matches!(__at, #next);
        if __begins {
            #reached
            #choice
            #outlives
            let __operand = {
                #lent
                #outside
                ::coroutine_runtime::__private::operand(__lent, async move { #own #inside #moved #output })
            };
            if false {
                // (Where rustc could not tell what it is, it has said so: after this it says nothing of what follows from that.)
                ::coroutine_runtime::__private::output(&__operand).__durable_known();
            }
            if (&__operand).announce(__cx, ::core::matches!(__entry, #next)) {
                __f.at = __at;
                return ::core::task::Poll::Pending;
            }
            #set;
            __at = #waiting;
        }
        #wait
    };
    (quote!(#next | #waiting), body)
}

/// By how long the block of an operand has what it is lent and what it reaches: by what it is the operand of, each of its branches.
fn outlives(shell: &Shell<'_>, id: AwaitId, alone: bool, reached: &mut Reached) -> TokenStream {
    let placed = shell.placed;
    let operand = &placed.cfg.awaits[id.0].operand;
    let before = asked(shell, id, reached);
    let mut exits = super::region::NoExits(placed);
    let mut asks = |call: &Expr, same: TokenStream| {
        let call = Rewriter::new(placed, Arm::Takeoff(id), &mut exits).value(call);
        quote! {
            match #call {
                ref __it => {
                    #same
                    (&&::coroutine_runtime::__private::of(__it)).__durable_outlives()
                }
            }
        }
    };
    let (given, asked) = match concurrent::branches(operand) {
        Some((_, branches)) => {
            let branches = branches.into_iter().map(|branch| asks(branch, TokenStream::new()));
            (None, quote!(::coroutine_runtime::__private::all_outlive((#(#branches,)*))))
        }
        None => {
            let given = alone.then(|| quote!(let __given = ::coroutine_runtime::__private::of_any();));
            (given, asks(operand, quote!(::coroutine_runtime::__private::same(&__given, __it);)))
        }
    };
    quote! {
        #given
        let __outlives = ::coroutine_runtime::__private::asked(__lent, |__lent| {
            #before
            let __outlives = #asked;
            __outlives
        });
    }
}

/// Branches outlive the block that makes them: references that it captures become variables of it, for what is reached through those
/// may be borrowed for longer.
fn own(placed: &Placed, arm: Arm, operand: &Expr) -> TokenStream {
    if concurrent::branches(operand).is_none() {
        return TokenStream::new();
    }
    let mentioned = mentioned(placed, arm);
    let captured =
        placed.cfg.order.iter().filter(|local| mentioned.contains(local) && !placed.again.contains(**local) && !placed.is_text(**local));
    let names = captured.filter_map(|local| {
        let it = &placed.cfg.locals[*local];
        let in_place = placed.enters(arm, *local) && matches!(placed.mode(arm, *local), Some(Mode::InPlace | Mode::Optional));
        (in_place || it.origin == Origin::Lent).then_some(&it.ident)
    });
    quote!(#(let #names = #names;)*)
}

/// What is awaited; of what runs beside each other, each branch.
fn operand(placed: &Placed, arm: Arm, operand: &Expr, exits: &mut dyn Exits) -> TokenStream {
    let Some((way, branches)) = concurrent::branches(operand) else { return Rewriter::new(placed, arm, exits).itself().value(operand) };
    let mentions: Vec<LocalSet> = branches.iter().map(|branch| mentioned_expr(&placed.cfg, branch)).collect();
    let branches: Vec<TokenStream> = branches
        .into_iter()
        .enumerate()
        .map(|(n, branch)| {
            let tokens = Rewriter::new(placed, arm, &mut *exits).itself().value(branch);
            let alone = mentions.iter().enumerate().all(|(other, mentioned)| other == n || mentioned.is_disjoint(&mentions[n]));
            match syn::parse2::<syn::ExprAsync>(tokens.clone()) {
                // It outlives the variables of the block that makes it: what it alone uses moves into it, slots by reference.
                Ok(mut block) if alone && block.capture.is_none() => {
                    block.capture = Some(Default::default());
                    quote!(#block)
                }
                _ => tokens,
            }
        })
        .collect();
    if let (Some((limit, by)), Some(branch)) = (concurrent::limit(operand), branches.first()) {
        let (limit, by) = (Rewriter::new(placed, arm, &mut *exits).expr(limit), Rewriter::new(placed, arm, &mut *exits).expr(by));
        return quote! {
            match #limit {
                __limit => match #branch {
                    __it => (&&::coroutine_runtime::__private::of(&__it)).__durable_timed().within(__limit, __it, |__limit, __it| #by(__limit, __it)),
                },
            }
        };
    }
    if let Some((wanted, accepts)) = concurrent::wanted(operand) {
        let wanted = Rewriter::new(placed, arm, &mut *exits).expr(wanted);
        let branches = branches.iter().zip(accepts).enumerate().map(|(n, (branch, accepts))| quote!((#branch, (#wanted)[#n], #accepts)));
        return quote_spanned!(way.span()=> ::coroutine_runtime::__together!(@ wanted kept; #(#branches),*));
    }
    // With the macro's span: what a branch gives and cannot be stored is an error there.
    quote_spanned!(way.span()=> ::coroutine_runtime::__together!(#way kept; #((#branches)),*))
}

/// A slot for the block of an operand.
fn reach(placed: &Placed, arm: Arm, by_type: bool) -> impl FnMut(LocalId) -> TokenStream + '_ {
    move |local| {
        let field = names::field(placed, local);
        let by_value = |uses: &Vec<Use>| uses.iter().filter(|used| used.local == local).all(|used| used.kind == Kind::Value);
        let by_value = placed.uses.get(&arm).is_some_and(by_value);
        if placed.is_text(local) && (by_value || by_type) {
            text::reach(placed, local, by_value)
        } else if by_value {
            quote!(::coroutine_runtime::__private::reach_value(&mut __f.slots.#field, __lent))
        } else if by_type {
            quote!(__outlives.reach(&mut __f.slots.#field, __lent))
        } else {
            quote!(::coroutine_runtime::__private::reach(&mut __f.slots.#field, __lent))
        }
    }
}

/// Whether it is known where that lies what a method is called on, or is only asked.
#[derive(Clone, Copy, PartialEq)]
enum Hosting {
    Asked,
    Known,
}

/// What is bound outside of the async block (references to slots) and inside it (what is moved out, borrows taken again).
fn bindings(
    placed: &Placed,
    arm: Arm,
    exits: &mut Leaving<'_>,
    reach: &mut dyn FnMut(LocalId) -> TokenStream,
    hosting: Hosting,
) -> (TokenStream, TokenStream) {
    let mentioned = mentioned(placed, arm);
    let entering: LocalSet = mentioned.iter().copied().filter(|local| placed.enters(arm, *local)).collect();
    let (mut outside, mut inside) = (TokenStream::new(), TokenStream::new());
    for local in placed.cfg.order.iter().filter(|l| mentioned.contains(l)) {
        let ident = &placed.cfg.locals[*local].ident;
        let enters = placed.enters(arm, *local);
        if let Some(group) = placed.again.get(*local) {
            if !enters {
                continue;
            }
            if placed.is_slot(*local) {
                let (reached, slot) = (reach(*local), names::slot(ident));
                outside.extend(quote!(let #slot = #reached;));
            }
            if group.last_of(&entering) == Some(*local) {
                inside.extend(again::take(placed, arm, group, &entering, &borrowed_slot(placed), again::As::Placed, exits));
            }
            continue;
        }
        if placed.is_deferred(arm, *local) {
            let mutable = names::mutable(ident);
            inside.extend(quote!(let #mutable;));
        }
        let Some(mode) = placed.mode(arm, *local) else { continue };
        let slot = names::slot(ident);
        let text = enters && placed.is_text(*local);
        if text && mode == Mode::InPlace && placed.pinned.contains(local) {
            let reached = match hosting {
                Hosting::Known => text::pinned(placed, *local),
                Hosting::Asked => reach(*local),
            };
            outside.extend(quote!(let #slot = #reached;));
            inside.extend(text::seen(placed, *local, &quote!(*#slot)));
            continue;
        }
        // (Who borrows it already is not to meet a `&mut`.)
        if (enters, mode, hosting) == (true, Mode::InPlace, Hosting::Known) && placed.pinned.contains(local) {
            let field = names::field(placed, *local);
            outside.extend(quote!(let #ident = ::coroutine_runtime::__private::pinned(&__f.slots.#field);));
            continue;
        }
        let reached = reach(*local);
        if text {
            let (opened, lies) = text::open(placed, *local, &quote!(*#slot));
            let bound = in_place(ident, mode, &lies);
            outside.extend(quote!(let #slot = #reached;));
            inside.extend(quote!(#opened #bound));
            continue;
        }
        match (enters, mode) {
            (true, Mode::InPlace) if placed.pinned.contains(local) => {
                outside.extend(quote!(let #ident = ::coroutine_runtime::__private::pinned(#reached);));
            }
            (true, Mode::InPlace) => outside.extend(quote!(let #ident = ::coroutine_runtime::__private::full(#reached);)),
            (true, Mode::Local) => {
                let mutable = names::mutable(ident);
                outside.extend(quote!(let #slot = #reached;));
                inside.extend(quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);));
            }
            (true, Mode::Optional) => outside.extend(quote!(let #ident = #reached;)),
            (true, Mode::Hosted) if hosting == Hosting::Asked => {
                let mutable = names::mutable(ident);
                outside.extend(quote!(let #slot = #reached;));
                inside.extend(quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);));
            }
            (true, Mode::Hosted) => {
                let (receiver, mutable) = (names::receiver(ident), names::mutable(ident));
                outside.extend(quote!(let #slot = #reached;));
                inside.extend(quote!(let #mutable = #receiver.take(#slot);));
            }
            (false, Mode::Optional) if !placed.is_defined(arm, *local) => outside.extend(quote!(let #ident = #reached;)),
            (false, Mode::InPlace | Mode::Optional | Mode::Hosted) => outside.extend(quote!(let #slot = #reached;)),
            // (A borrow that is taken again was bound before.)
            (false, Mode::Local) | (_, Mode::Through) => (),
        }
    }
    (outside, inside)
}

/// Binds a variable that lies in a slot. `slot`: the `&mut` of it.
fn in_place(ident: &Ident, mode: Mode, slot: &TokenStream) -> TokenStream {
    match mode {
        Mode::InPlace => quote!(let #ident = ::coroutine_runtime::__private::full(#slot);),
        Mode::Local => {
            let mutable = names::mutable(ident);
            quote!(let #mutable = ::coroutine_runtime::__private::take(#slot);)
        }
        Mode::Optional => quote!(let #ident = #slot;),
        Mode::Through => TokenStream::new(),
        Mode::Hosted => {
            let (receiver, mutable) = (names::receiver(ident), names::mutable(ident));
            quote!(let #mutable = #receiver.take(#slot);)
        }
    }
}

/// A statement that runs as part of the step.
fn moved(placed: &Placed, arm: Arm, stmt: &Stmt, exits: &mut dyn Exits) -> TokenStream {
    let tokens = Rewriter::new(placed, arm, exits).itself().stmt(stmt);
    let Stmt::Local(local) = stmt else { return tokens };
    let mut names = Vec::new();
    crate::compiler::normalize::bindings(&local.pat, &mut names);
    let fills = names.iter().filter_map(|ident| {
        let slot = names::slot(ident);
        let local = placed.cfg.locals.find(ident)?;
        match placed.mode(arm, local)? {
            mode @ (Mode::InPlace | Mode::Optional) if placed.is_text(local) => {
                Some(text::fill(placed, local, Some(mode), &quote!(*#slot)))
            }
            Mode::InPlace => Some(quote!(let #ident = ::coroutine_runtime::__private::fill(#slot, #ident);)),
            Mode::Optional => Some(quote!(let #ident = ::coroutine_runtime::__private::refill(#slot, #ident);)),
            Mode::Hosted => {
                let (receiver, mutable) = (names::receiver(ident), names::mutable(ident));
                Some(quote!(let #mutable = #receiver.put(#slot, #ident);))
            }
            Mode::Local | Mode::Through => None,
        }
    });
    quote!(#tokens #(#fills)*)
}

/// Where that lies what an await's methods are called on: by the calls' types, from calls that are not evaluated.
fn host(shell: &Shell<'_>, id: AwaitId, exits: &mut Leaving<'_>, reached: &mut Reached) -> Option<TokenStream> {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let receivers = placed.hosted_receivers(id);
    if receivers.is_empty() {
        return None;
    }
    let (outside, inside) = bindings(placed, arm, exits, &mut |local| reached.again(placed, local), Hosting::Asked);
    let moved = it.moved.iter().map(|stmt| Rewriter::new(placed, arm, exits).bound(&it.hosted).stmt(stmt)).collect::<TokenStream>();
    let lent = shell.lent(&mentioned(placed, arm), &quote!(__lent));
    let ret = &shell.ret;
    let names: Vec<Ident> = receivers.iter().map(|receiver| names::receiver(&placed.cfg.locals[receiver.local].ident)).collect();
    let branches = lends_of_branches(&placed.cfg, &placed.again, &placed.live.during[id.0], it);
    // Of a generic call, what it gives may be known only from the one that is evaluated.
    let alone = concurrent::branches(&it.operand).is_none();
    let same = alone.then(|| quote!(::coroutine_runtime::__private::same(&__given, __it);));
    let calls = receivers.iter().zip(&names).map(|(receiver, name)| {
        let call = Rewriter::new(placed, arm, exits).bound(&it.hosted).value(receiver.call);
        let lends = match &branches {
            Some(branches) => branches.get(receiver.branch).map_or(0, Vec::len),
            None => lends(&placed.cfg, &placed.again, &placed.live.during[id.0], it).len(),
        };
        let arity = names::arity(lends + 1);
        quote! {
            let #name = match #call {
                ref __it => {
                    #same
                    (&(&&::coroutine_runtime::__private::of(__it)).__durable_lends()).#arity().receives()
                }
            };
        }
    });
    let calls = calls.collect::<TokenStream>();
    let given = alone.then(|| quote!(let __given = ::coroutine_runtime::__private::of_any();));
    Some(quote! {
        #given
        let (#(#names,)*) = ::coroutine_runtime::__private::chosen(__lent, |__lent| {
            #lent
            #outside
            async move {
                #inside
                #moved
                #calls
                ::coroutine_runtime::__private::Flow::<_, #ret>::On((#(#names,)*))
            }
        });
    })
}

fn wait_arm(shell: &Shell<'_>, id: AwaitId, early: bool, edges: &[Edge]) -> TokenStream {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let (part, clear) = (names::wait_part(placed, id), names::wait_clear(placed));
    let mut reached = Reached::default();
    let (pick, lend) = lend_again(shell, id, &mut reached);
    let moving = moving(placed, id)
        .into_iter()
        .map(|local| quote_spanned!(placed.cfg.locals[local].ident.span()=> __awaiting.is_lent_what_moves();));
    let boxed = boxed(&it.operand).is_some();
    let choice = if boxed { host(shell, id, &mut Leaving { shell, scope: it.scope, edges: Vec::new() }, &mut reached) } else { None };
    let thaw = boxed.then(|| {
        let before = asked(shell, id, &mut reached);
        let operand = Rewriter::new(placed, Arm::Takeoff(id), &mut super::region::NoExits(placed)).value(&it.operand);
        quote! {
            let __thaw = (&&::coroutine_runtime::__private::type_of_call(__lent, |__lent| { #before #operand })).__durable_thaws();
        }
    });
    let texts: TokenStream = super::lend::texts(placed, id).into_iter().map(|local| text::is_lent(placed, local, &mut reached)).collect();
    let reached = reached.bindings(placed);
    let cells = super::lend::cells(placed, id);
    let accepts = concurrent::wanted(&it.operand).map(|(_, accepts)| quote!(__awaiting.accept((#(#accepts,)*));));
    let thawed = boxed.then(|| quote!(.thaw(__thaw)));
    let known = (!boxed).then(|| {
        quote! {
            if false {
                ::coroutine_runtime::__private::awaited(&__awaiting).__durable_known();
            }
        }
    });
    let body = region(shell, it.landing);
    let landed = if early {
        let run = names::run_label();
        let jumps = edges.iter().enumerate().map(|(n, edge)| {
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            let clear = super::region::clear(placed, Arm::Takeoff(id), &edge.leaving);
            let state = state_path(placed, Arm::Region(edge.target));
            quote!(::coroutine_runtime::__private::Flow::Jump(#n) => { #clear __at = #state; })
        });
        quote! {
            match __flow {
                ::coroutine_runtime::__private::Flow::On(__landed) => { #body }
                ::coroutine_runtime::__private::Flow::Return(__value) => break #run __value,
                #(#jumps)*
                ::coroutine_runtime::__private::Flow::Jump(_) => ::coroutine_runtime::__private::empty(),
            }
        }
    } else {
        quote!(let __landed = __flow; #body)
    };
    quote! {{
        #reached
        #choice
        #thaw
        let __awaiting = ::coroutine_runtime::__private::awaiting(#part, __begins) #thawed;
        #known
        #(#moving)*
        #texts
        #cells
        #accepts
        #pick
        match __awaiting.resume(__lent, #lend, __cx)
        {
            ::core::task::Poll::Pending => {
                __f.at = __at;
                return ::core::task::Poll::Pending;
            }
            ::core::task::Poll::Ready(__flow) => {
                #clear;
                #landed
            }
        }
    }}
}

/// What an operand needs, where it is never evaluated.
fn asked(shell: &Shell<'_>, id: AwaitId, reached: &mut Reached) -> TokenStream {
    let placed = shell.placed;
    let it = &placed.cfg.awaits[id.0];
    let arm = Arm::Takeoff(id);
    let mut exits = super::region::NoExits(placed);
    let mentioned = mentioned(placed, arm);
    let entering: LocalSet = mentioned.iter().copied().filter(|local| placed.enters(arm, *local)).collect();
    let lent = shell.lent(&mentioned, &quote!(__lent));
    let mut bindings = TokenStream::new();
    for local in placed.cfg.order.iter().filter(|l| mentioned.contains(l)) {
        let ident = &placed.cfg.locals[*local].ident;
        if !placed.enters(arm, *local) {
            match (placed.mode(arm, *local), placed.is_defined(arm, *local)) {
                (Some(Mode::Hosted | Mode::InPlace), true) => bindings.extend(reached.borrowed(placed, *local)),
                (Some(Mode::Optional), false) => {
                    let slot = reached.again(placed, *local);
                    bindings.extend(quote!(let #ident = #slot;));
                }
                _ if placed.is_deferred(arm, *local) => {
                    let mutable = names::mutable(ident);
                    bindings.extend(quote!(let #mutable;));
                }
                _ => (),
            }
            continue;
        }
        if let Some(group) = placed.again.get(*local) {
            bindings.extend(reached.borrowed(placed, *local));
            if group.last_of(&entering) == Some(*local) {
                bindings.extend(again::take(placed, arm, group, &entering, &borrowed_slot(placed), again::As::Placed, &mut exits));
            }
            continue;
        }
        let Some(mode) = placed.mode(arm, *local) else { continue };
        if placed.is_text(*local) {
            bindings.extend(reached.borrowed(placed, *local));
            let (opened, lies) = text::open(placed, *local, &borrowed_slot(placed)(*local));
            let bound = in_place(ident, mode, &lies);
            bindings.extend(quote!(#opened #bound));
        } else {
            bindings.extend(in_place(ident, mode, &reached.again(placed, *local)));
        }
    }
    let moved: TokenStream = it
        .moved
        .iter()
        .filter(|stmt| matches!(stmt, Stmt::Local(local) if !matches!(local.pat, Pat::Wild(_))))
        .map(|stmt| moved(placed, arm, stmt, &mut exits))
        .collect();
    quote!(#lent #bindings #moved)
}

/// Whether a method may be a trait's coroutine, whose type names for how long it is lent what it is lent by `&mut`.
fn may_name_loans(placed: &Placed, id: AwaitId) -> bool {
    let (it, arm) = (&placed.cfg.awaits[id.0], Arm::Takeoff(id));
    let calls = concurrent::branches(&it.operand).map_or_else(|| vec![&it.operand], |(_, branches)| branches);
    if !calls.iter().any(|call| matches!(call, Expr::MethodCall(_))) {
        return false;
    }
    let unique = |local: &LocalId| {
        let lent = placed.cfg.locals[*local].origin == Origin::Lent;
        let in_place = placed.enters(arm, *local) && matches!(placed.mode(arm, *local), Some(Mode::InPlace | Mode::Hosted));
        placed.cfg.locals[*local].mutable && (lent || in_place && !placed.pinned.contains(local))
    };
    // (What is made for the call and outlives it has no `'static` of what the function uses again.)
    let made = flow::mentioned(&placed.cfg.locals, |found| it.moved.iter().for_each(|stmt| found.visit_stmt(stmt)));
    let outlived = !it.hosted.is_empty() && made.iter().any(unique);
    !it.step && !outlived && boxed(&it.operand).is_none() && mentioned(placed, arm).iter().any(unique)
}
