//! The index types, and the table of a function's variables.

use super::borrows::Borrow;
use proc_macro2::Span;
use std::collections::{BTreeMap, BTreeSet};
use syn::spanned::Spanned;
use syn::{Expr, ExprMethodCall, Ident, Type};

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) usize);
    )* };
}
index! {
    /// A variable of the function: a parameter, a binding, or a temporary of the compiler.
    LocalId;
    /// A scope whose end drops what it declares.
    ScopeId;
    /// A region of code that runs without a suspension: one arm of the machine.
    RegionId;
    /// An await of the function.
    AwaitId;
}

/// Where a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A parameter by value: part of the first state.
    Param,
    /// A reference parameter: lent again at every resume, never stored.
    Lent,
    /// A binding of the body.
    Binding,
    /// A closure's own parameter or a binding inside one: never leaves its expression.
    Inner,
    /// Made by the compiler for a value in the middle of an expression.
    Temp,
}

/// One variable.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// Its name, unique in the function: shadowed ones are numbered.
    pub(crate) ident: Ident,
    /// The name that the user wrote.
    pub(crate) shown: String,
    pub(crate) origin: Origin,
    pub(crate) mutable: bool,
    /// The type that its `let` gave, where assignments are split from it.
    pub(crate) ty: Option<Type>,
    /// It is an `Option` of what is lent.
    pub(crate) optional: bool,
    /// It is a part of a variable that was split.
    pub(crate) part: bool,
    /// What is known of the borrow that it is, if it can be taken again.
    pub(crate) borrow: Option<Borrow>,
    /// It may be an iterator over a borrow, which is made again past what it gave.
    pub(crate) walks: bool,
    /// The type of a borrow of which the user says that it can be taken again: `#[again] let name: &str = order.name();`.
    pub(crate) told: Option<Type>,
    /// A macro binds it that nobody can read.
    pub(crate) by_macro: bool,
    /// What its uses say.
    pub(crate) uses: Uses,
    /// It is an entry of a map, which is found again.
    pub(crate) entry: bool,
    /// It is a list of borrows, which is collected again.
    pub(crate) list: Option<List>,
    /// What stores it, if its type does not decide: `#[with(..)]`.
    pub(crate) adaptor: Option<Box<Type>>,
}

/// What the uses of a variable say that is not `mut`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Uses {
    /// Something is changed through it, or by a method of it whose name says so.
    pub(crate) changed: bool,
    /// It is changed so, and a pattern binds it to a part of a place.
    pub(crate) changed_part: bool,
    /// It surely is a mutable borrow, and a branch that waits uses it, which it is not declared in.
    pub(crate) taken_before: bool,
}

/// A list of borrows.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// The calls after it that put it in order.
    pub(crate) arranged: Vec<ExprMethodCall>,
    /// It has items, rather than entries.
    pub(crate) items: bool,
    /// Its declared type.
    pub(crate) ty: Option<Type>,
}

impl Local {
    fn new(ident: Ident, shown: String, origin: Origin, mutable: bool) -> Self {
        Local {
            ident,
            shown,
            origin,
            mutable,
            ty: None,
            optional: false,
            part: false,
            borrow: None,
            walks: false,
            told: None,
            by_macro: false,
            uses: Uses::default(),
            entry: false,
            list: None,
            adaptor: None,
        }
    }
}

/// A set of variables, in order of declaration.
pub(crate) type LocalSet = BTreeSet<LocalId>;

/// All variables of a function. After name resolution an identifier that stands here *is* that variable wherever it occurs.
#[derive(Clone, Debug)]
pub(crate) struct Locals {
    /// A token of the user's.
    span: Span,
    all: Vec<Local>,
    by_name: BTreeMap<String, LocalId>,
    taken: BTreeSet<String>,
    /// Names that stand for something else somewhere in the body: no variable may be called so.
    free: BTreeSet<String>,
    /// Whether there may be borrows in what is lent, so that a copy of a part of it may be one.
    pub(crate) lent_within: bool,
}

impl Locals {
    /// A table that will not give out any of the names in `taken` for a shadowing variable.
    pub(crate) fn avoiding(taken: BTreeSet<String>, free: BTreeSet<String>, span: Span) -> Self {
        Self { span, all: Vec::new(), by_name: BTreeMap::new(), taken, free, lent_within: false }
    }

    /// Adds a variable that the user named `ident`.
    pub(crate) fn declare(&mut self, ident: &Ident, origin: Origin, mutable: bool) -> LocalId {
        let shown = ident.to_string();
        let mut unique = shown.clone();
        let mut n = 1;
        let fixed = matches!(origin, Origin::Param | Origin::Lent);
        while self.by_name.contains_key(&unique) || (!fixed && self.free.contains(&unique)) || (n > 1 && self.taken.contains(&unique)) {
            n += 1;
            unique = format!("{}_{n}", shown.trim_start_matches("r#"));
        }
        let ident = if n == 1 { ident.clone() } else { Ident::new(&unique, ident.span()) };
        self.add(Local::new(ident, shown, origin, mutable))
    }

    /// Adds a temporary named after `what`, which stands for an expression: where it cannot be kept, rustc underlines that.
    pub(crate) fn temp_of(&mut self, what: &str, expr: &Expr) -> Ident {
        self.temp_at(what, expr.span().resolved_at(self.span))
    }

    /// Adds a temporary named after `what`.
    pub(crate) fn temp(&mut self, what: &str) -> Ident {
        self.temp_at(what, self.span)
    }

    fn temp_at(&mut self, what: &str, span: Span) -> Ident {
        let mut n = 0;
        let mut unique;
        loop {
            n += 1;
            unique = format!("__{what}{n}");
            if !self.by_name.contains_key(&unique) && !self.taken.contains(&unique) {
                break;
            }
        }
        // With a span of the user's: its edition counts where the temporary stands in a condition.
        let ident = Ident::new(&unique, span);
        self.add(Local::new(ident.clone(), format!("{what} {n}"), Origin::Temp, false));
        ident
    }

    fn add(&mut self, local: Local) -> LocalId {
        let id = LocalId(self.all.len());
        self.by_name.insert(local.ident.to_string(), id);
        self.all.push(local);
        id
    }

    /// The variable of this (unique) name.
    pub(crate) fn find(&self, ident: &Ident) -> Option<LocalId> {
        self.by_name.get(&ident.to_string()).copied()
    }

    /// Whether an expression is a variable that is an `Option` of what is lent.
    pub(crate) fn is_optional(&self, expr: &Expr) -> bool {
        self.of(expr).is_some_and(|id| self[id].optional)
    }

    /// The variable that an expression is, if it is one.
    pub(crate) fn of(&self, expr: &Expr) -> Option<LocalId> {
        match expr {
            Expr::Path(path) if path.qself.is_none() => self.find(path.path.get_ident()?),
            Expr::Paren(e) => self.of(&e.expr),
            Expr::Group(e) => self.of(&e.expr),
            _ => None,
        }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = LocalId> + '_ {
        (0..self.all.len()).map(LocalId)
    }

    pub(crate) fn set_type(&mut self, id: LocalId, ty: Type) {
        if let Some(local) = self.all.get_mut(id.0) {
            local.ty = Some(ty);
        }
    }
}

impl std::ops::IndexMut<LocalId> for Locals {
    fn index_mut(&mut self, id: LocalId) -> &mut Local {
        &mut self.all[id.0]
    }
}

impl std::ops::Index<LocalId> for Locals {
    type Output = Local;
    fn index(&self, id: LocalId) -> &Local {
        &self.all[id.0]
    }
}
