//! What the emitted code calls its own things.

use crate::compiler::cfg::{Arm, Entry};
use crate::compiler::id::{AwaitId, LocalId};
use crate::compiler::place::Placed;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Lifetime};

/// How many variants a `Wait` enum has at most: each mention of one costs rustc a type variable for each of them. Where there are more
/// awaits, enums are variants of others, and those of others again.
const CHUNK: usize = 8;

/// An identifier that the user's code cannot see.
pub(super) fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

pub(super) fn at() -> Ident {
    own("__DurableAt")
}

pub(super) fn wait() -> Ident {
    own("__DurableWait")
}

pub(super) fn slots() -> Ident {
    own("__DurableSlots")
}

pub(super) fn info() -> Ident {
    own("__DURABLE_INFO")
}

pub(super) fn block_label() -> Lifetime {
    Lifetime::new("'__block", Span::mixed_site())
}

pub(super) fn run_label() -> Lifetime {
    Lifetime::new("'__run", Span::mixed_site())
}

/// The variant of a piece of code.
pub(super) fn state(placed: &Placed, arm: Arm) -> Ident {
    match arm {
        Arm::Takeoff(id) => format_ident!("{}_Next", placed.cfg.awaits[id.0].label, span = Span::mixed_site()),
        Arm::Region(id) => match placed.cfg.regions[id.0].entry {
            Entry::Start => own("Start_"),
            Entry::Jump(name) => format_ident!("{name}_{}", id.0, span = Span::mixed_site()),
            Entry::Landing(id) => waiting(placed, id),
        },
    }
}

/// The variant of an await that is under way.
pub(super) fn waiting(placed: &Placed, id: AwaitId) -> Ident {
    own(&placed.cfg.awaits[id.0].label)
}

/// A slot's field.
pub(super) fn field(placed: &Placed, local: LocalId) -> Ident {
    let mut ident = placed.cfg.locals[local].ident.clone();
    ident.set_span(Span::mixed_site());
    ident
}

/// A slot that is reached by a reference.
pub(super) fn slot(ident: &Ident) -> Ident {
    format_ident!("__slot_{}", ident, span = Span::mixed_site())
}

/// The choice of where that lies what is called on.
pub(super) fn receiver(ident: &Ident) -> Ident {
    format_ident!("__receiver_{}", ident, span = Span::mixed_site())
}

/// Asks whether a callee is lent so many.
pub(super) fn arity(count: usize) -> Ident {
    format_ident!("__durable_arity{count}")
}

/// An enum of awaits, or of such enums.
#[derive(Clone, Copy)]
struct Group {
    /// How many enums are within each other below it.
    level: u32,
    /// Which of its level it is.
    n: usize,
}

impl Group {
    /// The one that has all awaits.
    fn all(placed: &Placed) -> Self {
        let mut level = 0;
        while CHUNK.pow(level + 1) < placed.cfg.awaits.len() {
            level += 1;
        }
        Group { level, n: 0 }
    }

    /// The one that has an await as a variant.
    fn of(id: AwaitId) -> Self {
        Group { level: 0, n: id.0 / CHUNK }
    }

    /// The one that has this as a variant, and the variant.
    fn parent(self) -> (Self, Ident) {
        let part = own(&format!("Part{}", self.n));
        (Group { level: self.level + 1, n: self.n / CHUNK }, part)
    }

    fn is_all(self, placed: &Placed) -> bool {
        self.level == Self::all(placed).level
    }

    /// The numbers of the awaits in it, or those of the groups a level below.
    fn members(self, placed: &Placed) -> std::ops::Range<usize> {
        let members = placed.cfg.awaits.len().div_ceil(CHUNK.pow(self.level));
        self.n * CHUNK..members.min((self.n + 1) * CHUNK)
    }

    fn below(self, placed: &Placed) -> impl Iterator<Item = Group> {
        let members = if self.level == 0 { 0..0 } else { self.members(placed) };
        members.map(move |n| Group { level: self.level - 1, n })
    }

    /// The groups within it, from the outermost.
    fn within(self, placed: &Placed) -> Vec<Group> {
        let mut groups: Vec<Group> = self.below(placed).collect();
        let mut seen = 0;
        while let Some(group) = groups.get(seen) {
            groups.extend(group.below(placed));
            seen += 1;
        }
        groups
    }

    /// What is called `prefix` and is this group's.
    fn own(self, prefix: &str) -> Ident {
        own(&format!("{prefix}{}_{}", self.level, self.n))
    }

    fn name(self, placed: &Placed) -> Ident {
        if self.is_all(placed) {
            wait()
        } else {
            self.own("__DurableWait")
        }
    }
}

/// The variant of an await in its own enum, around `inner`: a pattern or an expression.
fn variant(placed: &Placed, id: AwaitId, inner: &TokenStream) -> TokenStream {
    let (wait, variant) = (Group::of(id).name(placed), waiting(placed, id));
    quote!(#wait::#variant(#inner))
}

/// Puts what an await keeps into `wait`, by what [`wait_parts`] defines.
pub(super) fn wait_set(placed: &Placed, id: AwaitId, inner: &TokenStream) -> TokenStream {
    let (group, value) = (Group::of(id), variant(placed, id, inner));
    if group.is_all(placed) {
        return quote!(__f.wait = #value);
    }
    let set = group.own("__set");
    quote!(#set(#value))
}

/// Empties `wait`, by what [`wait_parts`] defines.
pub(super) fn wait_clear(placed: &Placed) -> TokenStream {
    if Group::all(placed).level == 0 {
        let wait = wait();
        return quote!(__f.wait = #wait::Nothing_);
    }
    quote!(__clear())
}

/// What an await keeps, in `wait`: by what [`wait_parts`] defines.
pub(super) fn wait_part(placed: &Placed, id: AwaitId) -> TokenStream {
    let (group, pattern) = (Group::of(id), variant(placed, id, &quote!(__it)));
    let part = group.own("__part");
    let wait = if group.is_all(placed) { quote!(&mut __f.wait) } else { quote!(#part()) };
    quote!(match #wait { #pattern => __it, _ => ::coroutine_runtime::__private::empty() })
}

/// Closures over `wait`, where it is an enum of enums: they fill it and give a part of it. Each mention of its type, in the type of what
/// is called too, costs rustc type variables or obligations, at which it looks again with every expression as long as what they stand for
/// is not known: so it is mentioned once for each part, and not with every await.
pub(super) fn wait_parts(placed: &Placed) -> TokenStream {
    let (wait, all) = (wait(), Group::all(placed));
    if all.level == 0 {
        return TokenStream::new();
    }
    let parts = all.within(placed).into_iter().map(|group| {
        let (parent, variant) = group.parent();
        let (set, part, name) = (group.own("__set"), group.own("__part"), parent.name(placed));
        let (outer_set, outer_part) = (parent.own("__set"), parent.own("__part"));
        let (fill, whole) = if parent.is_all(placed) {
            (quote!(*__wait.get() = #name::#variant(__it)), quote!(__wait.get()))
        } else {
            (quote!(#outer_set(#name::#variant(__it))), quote!(#outer_part()))
        };
        quote! {
            let #set = |__it| #fill;
            let #part = || match #whole { #name::#variant(__it) => __it, _ => ::coroutine_runtime::__private::empty() };
        }
    });
    quote! {
        let __wait = ::coroutine_runtime::__private::wait(&raw mut __f.wait);
        let __clear = || *__wait.get() = #wait::Nothing_;
        #(#parts)*
    }
}

/// One arm for each await, by its state and what it keeps (`__it`), as a match over the state and `wait`, which is a reference.
pub(super) fn wait_match(placed: &Placed, at: &TokenStream, wait: &TokenStream, arm: impl Fn(AwaitId) -> TokenStream) -> TokenStream {
    fn of(placed: &Placed, group: Group, at: &TokenStream, wait: &TokenStream, arm: &dyn Fn(AwaitId) -> TokenStream) -> TokenStream {
        if group.level == 0 {
            let arms = group.members(placed).map(AwaitId).map(|id| {
                let (states, state, pattern, arm) = (self::at(), waiting(placed, id), variant(placed, id, &quote!(__it)), arm(id));
                quote!((#states::#state, #pattern) => { #arm })
            });
            return quote!(match (#at, #wait) { #(#arms)* _ => () });
        }
        let name = group.name(placed);
        let nothing = group.is_all(placed).then(|| quote!(#name::Nothing_ => (),));
        let arms = group.below(placed).map(|below| {
            let ((_, variant), inner) = (below.parent(), of(placed, below, at, &quote!(__w), arm));
            quote!(#name::#variant(__w) => #inner,)
        });
        quote!(match #wait { #nothing #(#arms)* })
    }
    of(placed, Group::all(placed), at, wait, &arm)
}

/// The `Wait` enums.
pub(super) fn wait_enums(placed: &Placed) -> TokenStream {
    let all = Group::all(placed);
    let enums = all.within(placed).into_iter().chain([all]).map(|group| {
        let (name, nothing) = (group.name(placed), group.is_all(placed).then(|| quote!(Nothing_,)));
        let types: Vec<Ident> = group.members(placed).map(|n| format_ident!("C{n}")).collect();
        let variants: Vec<Ident> = match group.level {
            0 => group.members(placed).map(|n| waiting(placed, AwaitId(n))).collect(),
            _ => group.below(placed).map(|below| below.parent().1).collect(),
        };
        quote!(enum #name<#(#types),*> { #nothing #(#variants(#types)),* })
    });
    enums.collect()
}

/// `mut name`, for a variable of the user's. With the name's span: else rustc would take the variable for a macro's, and not name it in errors.
pub(super) fn mutable(ident: &Ident) -> TokenStream {
    quote_spanned!(ident.span()=> mut #ident)
}
