//! Signals that would end the process: in a model they are its verdict.
//!
//! The handler marks the model as crashed and never returns, so that the model's OS thread stays where it is and the
//! test binary goes on. It does nothing but store to an atomic and sleep, both of which are allowed in a handler. Where
//! there are no signals (Windows), a crash ends the process as it always does.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

/// The signal that a model died of; 0 while it lives. One for each model, leaked.
pub(crate) type Mark = &'static AtomicI32;

/// The name of `signal`.
pub(crate) fn name(signal: i32) -> &'static str {
    imp::name(signal)
}

/// From now on a crash of the calling OS thread sets `mark`.
pub(crate) fn watch(mark: Mark) {
    imp::watch(mark);
}

/// The signal in `mark`, if there was one.
pub(crate) fn signal(mark: Mark) -> Option<i32> {
    match mark.load(Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}

#[cfg(unix)]
mod imp {
    use std::cell::Cell;
    use std::ptr::null_mut;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering::Relaxed;

    use super::Mark;

    const SIGNALS: [(i32, &str); 5] = [
        (libc::SIGSEGV, "SIGSEGV, a segmentation fault"),
        (libc::SIGBUS, "SIGBUS, a bus error"),
        (libc::SIGILL, "SIGILL, an illegal instruction"),
        (libc::SIGFPE, "SIGFPE, an arithmetic fault"),
        (libc::SIGABRT, "SIGABRT, an abort"),
    ];

    thread_local! {
        static MARK: Cell<Option<Mark>> = const { Cell::new(None) };
    }

    static PREVIOUS: OnceLock<Vec<libc::sigaction>> = OnceLock::new();

    pub(super) fn name(signal: i32) -> &'static str {
        SIGNALS.iter().find(|&&(number, _)| number == signal).map_or("a signal", |&(_, name)| name)
    }

    pub(super) fn watch(mark: Mark) {
        MARK.set(Some(mark));
        PREVIOUS.get_or_init(|| SIGNALS.iter().map(|&(signal, _)| install(signal)).collect());
    }

    fn install(signal: i32) -> libc::sigaction {
        // SAFETY: an all-zero `sigaction` is a valid value of that C struct.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        let mut previous: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: both point to live structs, and `handler` has the signature that SA_SIGINFO asks for and does only
        // what a handler may.
        unsafe { libc::sigaction(signal, &action, &mut previous) };
        previous
    }

    extern "C" fn handler(signal: i32, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
        if let Some(mark) = MARK.get() {
            mark.store(signal, Relaxed);
            loop {
                // SAFETY: async-signal-safe, and has no preconditions.
                unsafe { libc::pause() };
            }
        }
        // Not a model's thread: put back what was there, and let the signal come again.
        let index = SIGNALS.iter().position(|&(number, _)| number == signal);
        if let (Some(previous), Some(index)) = (PREVIOUS.get(), index) {
            // SAFETY: `previous` is what `sigaction` gave us for this signal.
            unsafe { libc::sigaction(signal, &previous[index], null_mut()) };
            if signal == libc::SIGABRT {
                // SAFETY: async-signal-safe; this signal does not come again by itself.
                unsafe { libc::raise(signal) };
            }
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use super::Mark;

    pub(super) fn name(_signal: i32) -> &'static str {
        "a signal"
    }

    pub(super) fn watch(_mark: Mark) {}
}
