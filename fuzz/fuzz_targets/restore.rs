//! Feeds the readers of snapshots with whatever the fuzzer makes up.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| coroutine_fuzz::read(data));
