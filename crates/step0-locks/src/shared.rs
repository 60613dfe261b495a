//! What the three designs have in common, so that one model, and one measurement, serves them all.

/// A value that many threads look at, and some replace.
pub trait Shared<T> {
    /// Calls `look` with the value as it is now, and with the same value until `look` returns.
    fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R;

    /// Replaces the value by `rebuild` of it, so that no other update is lost. `rebuild` may be called again, when another
    /// update came between.
    fn update(&self, rebuild: impl FnMut(&T) -> T);
}
