//! A caller that has promised something is not there any more when a stored coroutine goes on.
use coroutine_runtime::prelude::*;

#[durable]
async unsafe fn ask() {}

fn main() {}
