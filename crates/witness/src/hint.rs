//! Twins of `std::hint`.

/// A twin of [`std::hint::spin_loop`]: as [`thread::yield_now`](crate::thread::yield_now), since a model does not get
/// anywhere while the spinning thread runs.
#[track_caller]
pub fn spin_loop() {
    crate::thread::yield_now();
}
