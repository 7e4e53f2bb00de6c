//! The log of one run, one per thread.
use std::cell::RefCell;
use std::fmt::{Debug, Display};

thread_local! { static LOG: RefCell<Log> = const { RefCell::new(Log { entries: Vec::new(), muted: 0 }) } }

struct Log {
    entries: Vec<String>,
    muted: usize,
}

/// Adds an entry to the trace.
pub fn log(entry: impl Display) {
    // A value may be dropped while the thread ends: nobody reads the trace then.
    let _ = LOG.try_with(|log| {
        let mut log = log.borrow_mut();
        if log.muted == 0 {
            log.entries.push(entry.to_string());
        }
    });
}

/// Logs a value and gives it back: shows when an expression is evaluated.
pub fn say<T: Debug>(value: T) -> T {
    log(format!("say {value:?}"));
    value
}

/// Runs `body` without a trace: what a frame drops when the process ends is not seen by the program.
pub fn muted<R>(body: impl FnOnce() -> R) -> R {
    struct Unmute;
    impl Drop for Unmute {
        fn drop(&mut self) {
            LOG.with(|log| log.borrow_mut().muted -= 1);
        }
    }
    LOG.with(|log| log.borrow_mut().muted += 1);
    let _unmute = Unmute;
    body()
}

/// Ends the trace of one run.
pub fn take_trace() -> Vec<String> {
    LOG.with(|log| std::mem::take(&mut log.borrow_mut().entries))
}
