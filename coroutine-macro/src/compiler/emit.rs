//! [`Placed`] → tokens: the function that makes the machine, its states and slots, and the code that resumes, saves and loads.

mod again;
mod frame;
mod lend;
mod names;
mod reached;
mod region;
mod root;
mod shell;
mod takeoff;
mod text;

pub(crate) use root::check as check_root;
pub(crate) use shell::{declaration, emit, fallback};
