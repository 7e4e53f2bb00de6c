//! What macros bind. In: the definition of a `macro_rules!` of the body, and a call of it; out: the names that the call binds, as far as its
//! rules are simple: a `let` of what is captured, by a matcher without repetitions. And whether they are used after it.

use super::macros;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Expr, ItemMacro, Stmt};

/// The rules of one macro.
pub(crate) struct Rules(Vec<Rule>);

struct Rule {
    matcher: Vec<TokenTree>,
    /// The captures that its expansion binds.
    binds: BTreeSet<String>,
}

/// The rules of a `macro_rules!`.
pub(crate) fn rules(def: &ItemMacro) -> Rules {
    let mut rules = Vec::new();
    let mut matcher = None;
    for tree in def.mac.tokens.clone() {
        let TokenTree::Group(group) = tree else { continue };
        match matcher.take() {
            None => matcher = Some(group.stream().into_iter().collect()),
            Some(matcher) => {
                let mut binds = BTreeSet::new();
                bound(group.stream(), &mut binds);
                rules.push(Rule { matcher, binds });
            }
        }
    }
    Rules(rules)
}

/// The captures in the patterns of `let`s.
fn bound(tokens: TokenStream, binds: &mut BTreeSet<String>) {
    let mut pattern = false;
    for tree in tokens {
        match &tree {
            TokenTree::Ident(ident) if ident == "let" => pattern = true,
            TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | ';') => pattern = false,
            TokenTree::Group(group) if pattern => captures(group.stream(), binds),
            TokenTree::Group(group) => bound(group.stream(), binds),
            TokenTree::Ident(ident) if pattern => drop(binds.insert(ident.to_string())),
            _ => (),
        }
    }
}

fn captures(tokens: TokenStream, binds: &mut BTreeSet<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => drop(binds.insert(ident.to_string())),
            TokenTree::Group(group) => captures(group.stream(), binds),
            _ => (),
        }
    }
}

impl Rules {
    /// The names that a call binds; `None` where that is not known.
    pub(crate) fn bound_by(&self, call: &TokenStream) -> Option<Vec<Ident>> {
        let call: Vec<TokenTree> = call.clone().into_iter().collect();
        self.0.iter().find_map(|rule| {
            let mut captured = BTreeMap::new();
            matches(&rule.matcher, &call, &mut captured).then(|| {
                let bound = captured.into_iter().filter(|(name, _)| rule.binds.contains(name));
                bound.flat_map(|(_, idents)| idents).collect()
            })
        })
    }
}

/// Whether a matcher takes all of a call. `captured`: the names in what it captures.
fn matches(matcher: &[TokenTree], call: &[TokenTree], captured: &mut BTreeMap<String, Vec<Ident>>) -> bool {
    match matcher {
        [] => call.is_empty(),
        [TokenTree::Punct(dollar), TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Ident(kind), rest @ ..]
            if dollar.as_char() == '$' =>
        {
            let taken = match kind.to_string().as_str() {
                "ident" | "tt" => 1.min(call.len()),
                _ => call.iter().position(|tree| rest.first().is_some_and(|next| same(next, tree))).unwrap_or(call.len()),
            };
            let mut idents = Vec::new();
            names(call[..taken].iter().cloned().collect(), &mut idents);
            captured.insert(name.to_string(), idents);
            taken > 0 && matches(rest, &call[taken..], captured)
        }
        [TokenTree::Punct(dollar), ..] if dollar.as_char() == '$' => false,
        [TokenTree::Group(one), rest @ ..] => match call {
            [TokenTree::Group(other), after @ ..] if one.delimiter() == other.delimiter() => {
                let inside = |group: &proc_macro2::Group| group.stream().into_iter().collect::<Vec<_>>();
                matches(&inside(one), &inside(other), captured) && matches(rest, after, captured)
            }
            _ => false,
        },
        [one, rest @ ..] => call.first().is_some_and(|other| same(one, other)) && matches(rest, &call[1..], captured),
    }
}

fn same(one: &TokenTree, other: &TokenTree) -> bool {
    match (one, other) {
        (TokenTree::Group(one), TokenTree::Group(other)) => one.delimiter() == other.delimiter() && one.delimiter() != Delimiter::None,
        (one, other) => one.to_string() == other.to_string(),
    }
}

fn names(tokens: TokenStream, idents: &mut Vec<Ident>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) if ident != "mut" && ident != "ref" => idents.push(ident),
            TokenTree::Group(group) => names(group.stream(), idents),
            _ => (),
        }
    }
}

/// Whether statements mean a variable by a name, before they bind another.
pub(crate) fn is_meant<'s>(name: &Ident, stmts: impl Iterator<Item = &'s Stmt>) -> bool {
    let mut meant = Meant { name, found: None };
    stmts.for_each(|stmt| meant.visit_stmt(stmt));
    meant.found == Some(true)
}

/// Looks for the first that says something of a name: whether it means a variable.
struct Meant<'a> {
    name: &'a Ident,
    found: Option<bool>,
}

impl<'ast> Visit<'ast> for Meant<'_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if path.path.get_ident() == Some(self.name) {
            self.found.get_or_insert(true);
        }
    }
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        if pat.ident == *self.name {
            self.found.get_or_insert(false);
        }
        visit::visit_pat_ident(self, pat);
    }
    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.visit_local_init(init);
        }
        self.visit_pat(&local.pat);
    }
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // (A function of that name is none.)
        if !matches!(&*call.func, Expr::Path(_)) {
            self.visit_expr(&call.func);
        }
        call.args.iter().for_each(|arg| self.visit_expr(arg));
    }
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if macros::mentions(&mac.tokens, &self.name.to_string()) && macros::parse(mac).is_some() {
            self.found.get_or_insert(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rules;
    use quote::quote;

    #[test]
    fn names_in_the_pattern_of_a_let() {
        let def = syn::parse_quote! {
            macro_rules! pair {
                ($a:ident, $b:ident = $value:expr) => { let ($a, mut $b) = ($value, $value + 1); };
                ($a:pat => $value:expr; $($more:tt)*) => { let $a = $value; };
                ($a:ident) => { println!("{}", $a); let other = $a; };
            }
        };
        let bound = |call| rules(&def).bound_by(&call).map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(bound(quote!(x, y = x + z)).unwrap(), ["x", "y"]);
        assert_eq!(bound(quote!(x)).unwrap(), [""; 0]);
        assert_eq!(bound(quote!((x, y) => 1; more)), None);
    }
}
