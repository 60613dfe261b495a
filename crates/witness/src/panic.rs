//! The twin of `std::panic::catch_unwind`.

use std::panic::UnwindSafe;

use crate::session;

/// A twin of [`std::panic::catch_unwind`]: a panic inside of `f` does not fail the model.
///
/// Anywhere else, a panic is a verdict as soon as it happens.
///
/// # Errors
///
/// The panic's payload.
pub fn catch_unwind<R>(f: impl FnOnce() -> R + UnwindSafe) -> std::thread::Result<R> {
    let session = session::current();
    let thread = session.current_thread();
    session.catching.borrow_mut()[thread] += 1;
    let result = std::panic::catch_unwind(f);
    session.catching.borrow_mut()[thread] -= 1;
    result
}
