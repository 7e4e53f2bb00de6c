//! A function of another ABI.
use coroutine_runtime::prelude::*;

#[durable]
async extern "C" fn ask() {}

fn main() {}
