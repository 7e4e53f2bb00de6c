//! [`Placed`] → tokens: the function that makes the machine, its states and slots, and the code that resumes, saves and loads.

mod again;
mod frame;
mod names;
mod region;
mod shell;
mod takeoff;

pub(crate) use shell::{declaration, emit, fallback};
