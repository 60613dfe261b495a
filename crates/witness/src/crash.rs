//! Signals that would end the process: in a model they are its verdict. And `process::exit`, which would end it well.
//!
//! The handler of a signal marks the model as crashed and never returns, so that the model's OS thread stays where it is
//! and the test binary goes on. It does nothing but store to an atomic and sleep, both of which are allowed in a handler.
//! Where there are no signals (Windows), a crash ends the process as it always does.
//!
//! An exit cannot be held up for good, since the process's own exit would wait for it. So it marks the model as well, and
//! gives the thread that waits for the model the time to say what happened, and to end the process as a failure.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

/// The signal that a model died of; 0 while it lives, [`EXIT`] if it exits. One for each model, leaked.
pub(crate) type Mark = &'static AtomicI32;

/// No signal: the model's code has called `process::exit`.
const EXIT: i32 = -1;

/// How a model's code has ended, or is about to end, the process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// The signal's name.
    Signal(&'static str),
    Exit,
}

/// From now on a crash of the calling OS thread sets `mark`.
pub(crate) fn watch(mark: Mark) {
    imp::watch(mark);
}

/// What `mark` says, if anything.
pub(crate) fn death(mark: Mark) -> Option<Death> {
    match mark.load(Relaxed) {
        0 => None,
        EXIT => Some(Death::Exit),
        signal => Some(Death::Signal(imp::name(signal))),
    }
}

/// Ends the process as a failed test binary ends, whatever the code was that a model wanted to exit with.
pub(crate) fn exit() -> ! {
    imp::exit(101)
}

#[cfg(unix)]
mod imp {
    use std::cell::Cell;
    use std::ptr::null_mut;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering::Relaxed;
    use std::thread;
    use std::time::Duration;

    use super::{EXIT, Mark};

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
        PREVIOUS.get_or_init(|| {
            // SAFETY: `at_exit` may be called at any time, and does not unwind.
            unsafe { libc::atexit(at_exit) };
            SIGNALS.iter().map(|&(signal, _)| install(signal)).collect()
        });
    }

    /// Runs on the thread that exits, at the beginning of the exit.
    extern "C" fn at_exit() {
        let Some(mark) = MARK.get() else { return };
        // A model that was given up as an endless loop has nobody who waits for it any more.
        if mark.compare_exchange(0, EXIT, Relaxed, Relaxed).is_ok() {
            thread::sleep(Duration::from_secs(5));
        }
    }

    pub(super) fn exit(code: i32) -> ! {
        // SAFETY: it has no preconditions. (`process::exit` would wait for the exit that is under way.)
        unsafe { libc::_exit(code) }
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

    pub(super) fn exit(code: i32) -> ! {
        std::process::exit(code)
    }

    pub(super) fn name(_signal: i32) -> &'static str {
        "a signal"
    }

    pub(super) fn watch(_mark: Mark) {}
}
