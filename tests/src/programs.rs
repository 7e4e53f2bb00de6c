//! The programs, by topic. Each module has a `cases()`.
//!
//! Programs under `programs/pending/` are not compiled: what they drop is dropped earlier than in plain async.
#![allow(unused, non_local_definitions, private_interfaces, non_snake_case, for_loops_over_fallibles, break_with_label_and_loop)] // programs have dead code on purpose

pub mod adapted;
pub mod assignments;
pub mod attributes;
pub mod bindings;
pub mod borrows;
pub mod branches;
pub mod children;
pub mod concurrency;
pub mod drops;
pub mod entries;
pub mod erased;
pub mod for_loops;
pub mod fused;
pub mod generics;
pub mod giving;
pub mod keepers;
pub mod labels;
pub mod lending;
pub mod lists;
pub mod loans;
pub mod loops;
pub mod macros_std;
pub mod many;
pub mod matching;
pub mod methods;
pub mod moves;
pub mod names;
pub mod operands;
pub mod ordered;
pub mod ordinary;
pub mod question;
pub mod receivers;
pub mod recursion;
pub mod resources;
pub mod returns;
pub mod roots;
pub mod selects;
pub mod short_circuit;
pub mod steps;
pub mod streams;
pub mod texts;
pub mod timeouts;
pub mod trait_coroutines;
pub mod traits;
pub mod traps;
pub mod walks;
pub mod yields;

use crate::harness::Case;

/// Every topic.
pub fn all() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("adapted", adapted::cases()),
        ("assignments", assignments::cases()),
        ("attributes", attributes::cases()),
        ("bindings", bindings::cases()),
        ("borrows", borrows::cases()),
        ("branches", branches::cases()),
        ("children", children::cases()),
        ("concurrency", concurrency::cases()),
        ("drops", drops::cases()),
        ("entries", entries::cases()),
        ("erased", erased::cases()),
        ("for_loops", for_loops::cases()),
        ("fused", fused::cases()),
        ("generics", generics::cases()),
        ("giving", giving::cases()),
        ("keepers", keepers::cases()),
        ("labels", labels::cases()),
        ("lending", lending::cases()),
        ("lists", lists::cases()),
        ("loans", loans::cases()),
        ("loops", loops::cases()),
        ("macros_std", macros_std::cases()),
        ("many", many::cases()),
        ("matching", matching::cases()),
        ("methods", methods::cases()),
        ("moves", moves::cases()),
        ("names", names::cases()),
        ("operands", operands::cases()),
        ("ordered", ordered::cases()),
        ("ordinary", ordinary::cases()),
        ("question", question::cases()),
        ("receivers", receivers::cases()),
        ("recursion", recursion::cases()),
        ("resources", resources::cases()),
        ("returns", returns::cases()),
        ("roots", roots::cases()),
        ("selects", selects::cases()),
        ("short_circuit", short_circuit::cases()),
        ("steps", steps::cases()),
        ("streams", streams::cases()),
        ("timeouts", timeouts::cases()),
        ("trait_coroutines", trait_coroutines::cases()),
        ("traits", traits::cases()),
        ("texts", texts::cases()),
        ("traps", traps::cases()),
        ("walks", walks::cases()),
        ("yields", yields::cases()),
    ]
}
