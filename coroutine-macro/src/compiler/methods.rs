//! What the name of a method says of what it is called on, where only a type could tell more. In: a call; out: whether it surely is not
//! given what it is called on, or surely copies it.

use syn::{Expr, ExprMethodCall};

/// Whether a call is one of those that give a guard or a permit of what they are called on: such are never given their receiver.
pub(crate) fn gives_guard(call: &ExprMethodCall) -> bool {
    matches!(call.method.to_string().as_str(), "lock" | "read" | "write" | "acquire" | "acquire_many") && call.args.len() <= 1
}

/// Whether a method, by its name, looks at what it is called on: what has such a name and takes its receiver nobody writes.
pub(crate) fn looks(call: &ExprMethodCall) -> bool {
    let name = call.method.to_string();
    let takes = matches!(name.as_str(), "is_some_and" | "is_none_or" | "is_ok_and" | "is_err_and")
        || name.starts_with("is_sorted")
        || name.starts_with("is_partitioned");
    let looks = matches!(name.as_str(), "clone" | "borrow" | "len" | "iter" | "keys" | "values" | "load" | "store" | "try_lock")
        || ["is_", "as_", "to_", "num_", "contains", "fetch_"].iter().any(|start| name.starts_with(start))
        || name.ends_with("_mut")
        || (name.starts_with("get") && !call.args.is_empty());
    looks && !takes
}

/// Whether a method whose value nobody takes changes, by its name, what it is called on.
pub(crate) fn changes(call: &ExprMethodCall) -> bool {
    const CHANGES: &[&str] = &[
        "add",
        "append",
        "clear",
        "extend",
        "increment",
        "insert",
        "pop",
        "push",
        "record",
        "remove",
        "replace",
        "reserve",
        "reset",
        "retain",
        "reverse",
        "set",
        "sort",
        "swap",
        "truncate",
        "update",
    ];
    let name = call.method.to_string();
    CHANGES.contains(&name.split('_').next().unwrap_or_default()) || looks(call)
}

/// Whether a value is a copy: `item.clone()`, `Arc::clone(&item)`.
pub(crate) fn clones(value: &Expr) -> bool {
    match value {
        Expr::MethodCall(e) => e.method == "clone",
        Expr::Call(e) => {
            let Expr::Path(path) = &*e.func else { return false };
            path.path.segments.len() > 1 && path.path.segments.iter().next_back().is_some_and(|last| last.ident == "clone")
        }
        _ => false,
    }
}

/// Whether a value is surely a borrow, which nobody takes again.
pub(crate) fn gives_borrow(expr: &Expr) -> bool {
    let Expr::MethodCall(e) = expr else { return false };
    matches!(
        e.method.to_string().as_str(),
        "or_default" | "or_insert" | "or_insert_with" | "or_insert_with_key" | "get_or_insert" | "get_or_insert_with"
    )
}
